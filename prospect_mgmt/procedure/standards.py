"""Promises: when due, met, missed, void.

*acknowledge*: a person of ours has reached them, by default 24 h from the first contact.
*satisfy*: every question of theirs is answered, by default 72 h from the first contact.
*respond*: an answer of theirs has one of ours, by default 24 h from their answer.
All datetimes are naive wall time of the site; durations are seconds, elapsed or working as the procedure says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from prospect_mgmt.procedure.clock import WorkingCalendar

PENDING, MET, MISSED, VOID = "Pending", "Met", "Missed", "Void"
VOIDING_OUTCOMES = frozenset({"Spam", "Duplicate"})


@dataclass(frozen=True)
class Standard:
	"""A promise of the procedure: `within` seconds, `working` or elapsed."""

	within: float
	working: bool = False

	def due(self, start: datetime | None, calendar: WorkingCalendar) -> datetime | None:
		"""The moment by which the promise must be kept; None while there is nothing to count from."""
		return calendar.add(start, self.within, self.working) if start else None


def judge(
	due_on: datetime | None,
	met_on: datetime | None,
	now: datetime,
	closed: bool = False,
	outcome: str | None = None,
) -> str:
	"""The status of one promise at `now`: empty when nothing was promised.

	Spam and Duplicate void every promise. One still pending when the enquiry is closed is void: nobody waits for it.
	"""
	if not due_on:
		return ""
	if outcome in VOIDING_OUTCOMES:
		return VOID
	if met_on:
		return MET if met_on <= due_on else MISSED
	if now > due_on:
		return MISSED
	return VOID if closed else PENDING


def delay(
	due_on: datetime, met_on: datetime, turns: Iterable[tuple[datetime, datetime]], calendar: WorkingCalendar
) -> tuple[int, int]:
	"""How late a promise was kept, in working seconds; and how much of this was in `turns`, the prospect's."""
	theirs = ((max(start, due_on), min(end, met_on)) for start, end in turns)
	waited = sum(calendar.measure(start, end, working=True) for start, end in theirs if start < end)
	return calendar.measure(due_on, met_on, working=True), waited


def satisfied_on(requirements: Iterable[datetime | None], told_on: datetime | None) -> datetime | None:
	"""When the last of their questions was answered; None while one is open.

	`requirements`: for each question, when it was answered. Without a single question it is the moment somebody
	said that all was answered (`told_on`).
	"""
	answered = list(requirements)
	if not answered:
		return told_on
	return None if None in answered else max(answered)
