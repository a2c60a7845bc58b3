"""How the promises of a period were kept, and how late the missed ones were. Seconds are elapsed unless said otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from prospect_mgmt.procedure.review import (
	BROKEN,
	EVERYTHING,
	KEPT,
	PROMISES,
	Enquiry,
	Promise,
	Scope,
	nearest_rank,
	percent,
)

Given = tuple[Promise, Enquiry]
BUCKETS = ("Month", "Week", "Day")

DEFINITIONS = {
	"promised": "Promises whose moment was in the period: of each enquiry acknowledge and satisfy, and respond to each answer of theirs. "
	"Spam and duplicates are not counted.",
	"met": "Of these, those kept in time.",
	"missed": "Of these, those kept too late or not yet although the moment has passed.",
	"pending": "Of these, those whose moment is still to come.",
	"void": "Of these, those that nobody waits for: the enquiry was closed before the moment came.",
	"kept": "Met, in percent of met and missed.",
	"not_yet": "Of those missed, those that have not been kept to this day.",
	"late_so_far": "Of those not kept yet: half have been late for no longer than this by now, or as they were closed, in elapsed time.",
	"late_median": "Of those kept too late: half were not later than this, in elapsed time.",
	"late_ninety": "Of those kept too late: nine of ten were not later than this, in elapsed time.",
	"late_ours": "The delay of all that were kept too late, as far as it was ours: in working hours, and our turn.",
	"late_waiting": "The part of this delay in which we waited for the prospect, in working hours: from the information until "
	"their answer, for 24 hours after a call that reached nobody, and while it was paused by agreement.",
	"late_outside": "The part of this delay outside the working hours of the procedure. Ours, waiting and outside are together the whole delay.",
}


def bucket_of(moment: datetime, by: str) -> date:
	"""The first day of the day, week (from Monday) or month of a moment."""
	day = moment.date()
	return {"Day": day, "Week": day - timedelta(days=day.weekday()), "Month": day.replace(day=1)}[by]


def promises(
	enquiries: Iterable[Enquiry],
	start: datetime,
	end: datetime,
	by: str,
	now: datetime,
	scope: Scope = EVERYTHING,
) -> dict[tuple[date, str], dict]:
	"""{(first day, promise): figures of DEFINITIONS}, as they are at `now`."""
	found: dict[tuple[date, str], list[Given]] = {}
	for promise in PROMISES:
		for given in _given(enquiries, promise, start, end, scope):
			found.setdefault((bucket_of(given[0].due_on, by), promise), []).append(given)
	return {key: _kept(theirs, now) for key, theirs in found.items()}


def lateness(
	enquiries: Iterable[Enquiry],
	start: datetime,
	end: datetime,
	promise: str,
	now: datetime,
	scope: Scope = EVERYTHING,
) -> dict[str, int | None]:
	"""How late a promise of the whole period was: `late_median` and `late_ninety` of those kept, `late_so_far` of the others."""
	return _lateness(_missed(_given(enquiries, promise, start, end, scope)), now)


def _given(
	enquiries: Iterable[Enquiry], promise: str, start: datetime, end: datetime, scope: Scope
) -> list[Given]:
	"""The promises of one kind whose moment is in the period."""
	return [
		(given, e)
		for e in enquiries
		if e.counts and scope.has(e)
		for given in e.promises(promise)
		if start <= given.due_on < end
	]


def _missed(given: list[Given]) -> list[Given]:
	return [(promise, enquiry) for promise, enquiry in given if promise.status == BROKEN]


def _lateness(missed: list[Given], now: datetime) -> dict[str, int | None]:
	late = [delay for promise, _enquiry in missed if (delay := _delay(promise)) is not None]
	so_far = [_late_at(promise, e.done_on or now) for promise, e in missed if _delay(promise) is None]
	return {
		"late_median": nearest_rank(late, 50),
		"late_ninety": nearest_rank(late, 90),
		"late_so_far": nearest_rank(so_far, 50),
	}


def _late_at(promise: Promise, moment: datetime) -> int:
	"""Elapsed seconds since the moment promised, of a promise not kept: by now, or by the closing, after which it gets no later."""
	return int((moment - promise.due_on).total_seconds())


def _kept(given: list[Given], now: datetime) -> dict:
	statuses = [promise.status for promise, _enquiry in given]
	missed = _missed(given)
	late = [promise for promise, _enquiry in missed if _delay(promise) is not None]
	worked, waited = sum(promise.late for promise in late), sum(promise.waited for promise in late)
	return {
		"promised": len(given),
		"met": statuses.count(KEPT),
		"missed": len(missed),
		"pending": statuses.count("Pending"),
		"void": statuses.count("Void"),
		"kept": percent(statuses.count(KEPT), statuses.count(KEPT) + len(missed)),
		"not_yet": len(missed) - len(late),
		**_lateness(missed, now),
		"late_ours": worked - waited,
		"late_waiting": waited,
		"late_outside": sum(map(_delay, late)) - worked,
	}


def _delay(promise: Promise) -> int | None:
	"""Elapsed seconds between the moment promised and the one it was kept; None while it is not."""
	if not promise.kept_on or promise.kept_on <= promise.due_on:
		return None
	return int((promise.kept_on - promise.due_on).total_seconds())
