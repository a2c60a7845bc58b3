"""When an enquiry was paused by agreement with the prospect, so that a delay can be told from a wait.

Kept on the entry as text, a line for each pause: `2026-05-04 10:00:00 / 2026-05-08 09:00:00`. All datetimes are naive
wall time of the site.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

Span = tuple[datetime, datetime]
BETWEEN = " / "


def read(text: str | None) -> list[Span]:
	"""The pauses, oldest first."""
	lines = (line.split(BETWEEN) for line in (text or "").splitlines())
	return [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in lines]


def written(pauses: Iterable[Span]) -> str:
	"""The text that says when the pauses were."""
	return "\n".join(BETWEEN.join(f"{moment:%Y-%m-%d %H:%M:%S}" for moment in pause) for pause in pauses)


def follow(text: str | None, until: datetime | None, now: datetime) -> str:
	"""The text after an enquiry was paused at `now` until a moment, or its pause was ended (None)."""
	before = [(start, min(end, now)) for start, end in read(text)]
	coming = [(now, until)] if until and until > now else []
	return written((start, end) for start, end in (*before, *coming) if start < end)


def together(spans: Iterable[Span]) -> list[Span]:
	"""Spans that may overlap, as spans that do not: no moment is in two of them."""
	result: list[Span] = []
	for start, end in sorted(spans):
		if result and start <= result[-1][1]:
			result[-1] = (result[-1][0], max(end, result[-1][1]))
		else:
			result.append((start, end))
	return result
