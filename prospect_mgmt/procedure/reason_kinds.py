"""Of which kind a reason of the ledger is: the words it was written in, whatever moment, name or text stands in them.

Words are written as `str.format` has them: "they answered on {0}".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

OTHER = "~other"  # what an error, an admin or another app said: no words of ours
GAP = re.compile(r"\{\d\}")


def pattern(words: str) -> re.Pattern:
	"""What was written in some words; the group at0 is what stands for {0}."""
	return re.compile(re.sub(r"\\\{(\d)\\\}", r"(?P<at\1>.+?)", re.escape(words)), re.DOTALL)


def kind_of(reason: str | None, known: Iterable[str]) -> str:
	"""The first of the known words that a reason is written in; OTHER when it is in none, "" for no reason."""
	if not reason:
		return ""
	return next((words for words in known if pattern(words).fullmatch(reason)), OTHER)


def has_gap(words: str) -> bool:
	"""Whether something stands in the words that is another each time."""
	return bool(GAP.search(words))


def like(words: str) -> str:
	"""The same for LIKE in SQL: at least one character in each gap."""
	return GAP.sub("_%", re.sub(r"([\\%_])", r"\\\1", words))
