"""The promises to answer them that were given, one for each time they asked: each stays as it was given (law 6).

Kept on the entry as text, a line for each, when they asked and by when they were to have our answer:
`2026-05-04 10:00:00 / 2026-05-05 10:00:00`. All datetimes are naive wall time of the site.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

BETWEEN = " / "


def read(text: str | None) -> dict[datetime, datetime]:
	"""{when they asked: by when we promised to answer}, in the order in which the promises were given."""
	lines = (line.split(BETWEEN) for line in (text or "").splitlines())
	return {datetime.fromisoformat(asked): datetime.fromisoformat(due) for asked, due in lines}


def written(promises: Mapping[datetime, datetime]) -> str:
	"""The text that says what was promised."""
	return "\n".join(BETWEEN.join(map(str, promise)) for promise in promises.items())
