"""How the promises of a period were kept, and how late the missed ones were. Seconds are elapsed unless said otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from prospect_mgmt.procedure.review import BROKEN, EVERYTHING, KEPT, Enquiry, Scope, nearest_rank, percent

# The promise and the moment that keeps it.
PROMISES = {"acknowledge": "acknowledged_on", "satisfy": "satisfied_on", "respond": "responded_on"}
BUCKETS = ("Month", "Week", "Day")

DEFINITIONS = {
	"promised": "Promises whose moment was in the period: of each enquiry acknowledge and satisfy, and respond to their latest answer. "
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
	counted = [e for e in enquiries if e.counts and scope.has(e)]
	found: dict[tuple[date, str], list[Enquiry]] = {}
	for promise in PROMISES:
		for enquiry in counted:
			due = getattr(enquiry, f"{promise}_by")
			if due and start <= due < end:
				found.setdefault((bucket_of(due, by), promise), []).append(enquiry)
	return {key: _kept(theirs, key[1], now) for key, theirs in found.items()}


def lateness(
	enquiries: Iterable[Enquiry],
	start: datetime,
	end: datetime,
	promise: str,
	now: datetime,
	scope: Scope = EVERYTHING,
) -> dict[str, int | None]:
	"""How late a promise of the whole period was: `late_median` and `late_ninety` of those kept, `late_so_far` of the others."""
	due = [
		e
		for e in enquiries
		if e.counts
		and scope.has(e)
		and getattr(e, f"{promise}_by")
		and start <= getattr(e, f"{promise}_by") < end
		and getattr(e, f"{promise}_status") == BROKEN
	]
	return _lateness(due, promise, now)


def _lateness(missed: list[Enquiry], promise: str, now: datetime) -> dict[str, int | None]:
	late = [delay for e in missed if (delay := _delay(e, promise)) is not None]
	so_far = [_late_at(e, promise, now) for e in missed if _delay(e, promise) is None]
	return {
		"late_median": nearest_rank(late, 50),
		"late_ninety": nearest_rank(late, 90),
		"late_so_far": nearest_rank(so_far, 50),
	}


def _late_at(enquiry: Enquiry, promise: str, now: datetime) -> int:
	"""Elapsed seconds since the moment promised, of a promise not kept; after the closing it gets no later."""
	return int(((enquiry.done_on or now) - getattr(enquiry, f"{promise}_by")).total_seconds())


def _kept(enquiries: list[Enquiry], promise: str, now: datetime) -> dict:
	statuses = [getattr(e, f"{promise}_status") for e in enquiries]
	missed = [e for e, status in zip(enquiries, statuses, strict=True) if status == BROKEN]
	late = {e: delay for e in missed if (delay := _delay(e, promise)) is not None}
	worked = sum(getattr(e, f"{promise}_late") for e in late)
	waited = sum(getattr(e, f"{promise}_waited") for e in late)
	return {
		"promised": len(enquiries),
		"met": statuses.count(KEPT),
		"missed": len(missed),
		"pending": statuses.count("Pending"),
		"void": statuses.count("Void"),
		"kept": percent(statuses.count(KEPT), statuses.count(KEPT) + len(missed)),
		"not_yet": len(missed) - len(late),
		**_lateness(missed, promise, now),
		"late_ours": worked - waited,
		"late_waiting": waited,
		"late_outside": sum(late.values()) - worked,
	}


def _delay(enquiry: Enquiry, promise: str) -> int | None:
	"""Elapsed seconds between the moment promised and the one it was kept; None while it is not."""
	kept_on, due = getattr(enquiry, PROMISES[promise]), getattr(enquiry, f"{promise}_by")
	if not kept_on or kept_on <= due or (promise == "respond" and enquiry.waiting_since):
		return None
	return int((kept_on - due).total_seconds())
