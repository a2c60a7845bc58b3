"""Lines as wide as the terminal they are printed on."""

from __future__ import annotations

import shutil
import textwrap

UNKNOWN = 80  # columns; also of a pipe and a file, so that what they get is the same each time
NARROWEST = 40  # below it the indentation leaves no room for words


def fitted(line: str, hang: int = 0) -> list[str]:
	"""A line in as many as it needs, the further ones indented by `hang`; an address or a path is never broken."""
	width = max(shutil.get_terminal_size((UNKNOWN, 0)).columns, NARROWEST)
	return textwrap.wrap(
		line, width, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False
	) or [""]
