"""The promises of `procedure.review_promises`, computed by the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from frappe.query_builder import Case, CustomFunction
from frappe.query_builder.functions import Count, Sum
from frappe.utils import add_months, getdate
from pypika.terms import LiteralValue, ValueWrapper

from prospect_mgmt.procedure import standards
from prospect_mgmt.procedure.review import BROKEN, KEPT, percent
from prospect_mgmt.procedure.review_promises import PROMISES
from prospect_mgmt.reporting.ranks import nearest_ranks
from prospect_mgmt.reporting.sql import (
	ENTRY,
	Coalesce,
	MicrosecondsBetween,
	count_if,
	entries,
	rows,
	table,
	within,
)

STATUSES = [standards.PENDING, standards.MET, standards.MISSED, standards.VOID]
NOT_LATE = {"late_median": None, "late_ninety": None, "late_so_far": None}
Date = CustomFunction("DATE", ["moment"])
Weekday = CustomFunction("WEEKDAY", ["moment"])
DayOfMonth = CustomFunction("DAYOFMONTH", ["moment"])
DaysBefore = CustomFunction("SUBDATE", ["day", "days"])


def bucket(moment, by: str):
	"""As `review_promises.bucket_of`."""
	if by == "Week":
		return DaysBefore(Date(moment), Weekday(moment))
	return DaysBefore(Date(moment), DayOfMonth(moment) - 1) if by == "Month" else Date(moment)


def promises(asked, by: str, now: datetime) -> dict[tuple[date, str], dict]:
	"""As `review_promises.promises`."""
	result = {}
	for promise in PROMISES:
		moment = bucket(table(ENTRY)[f"{promise}_by"], by)
		late = _lateness(asked, promise, moment, now)
		for row in rows(_counts(asked, promise, moment)):
			day = row.pop("day")
			kept = percent(row["met"], row["met"] + row["missed"])
			result[(day, promise)] = row | {"kept": kept} | late.get(day, NOT_LATE)
	return result


def lateness(asked, promise: str, now: datetime) -> dict[str, int | None]:
	"""As `review_promises.lateness`."""
	return _lateness(asked, promise, ValueWrapper("all"), now).get("all", NOT_LATE)


def _lateness(asked, promise: str, group, now: datetime) -> dict:
	"""{group: late_median, late_ninety, late_so_far}."""
	missed = _of(asked, promise).where(table(ENTRY)[f"{promise}_status"] == BROKEN)
	kept = nearest_ranks(missed.where(_is_late(promise)), group, late=(_delay(promise), (50, 90)))
	not_yet = missed.where(_is_late(promise).negate())
	so_far = nearest_ranks(not_yet, group, late=(_late_at(promise, now), (50,)))
	return {
		key: {
			"late_median": kept.get(key, {}).get("late_50"),
			"late_ninety": kept.get(key, {}).get("late_90"),
			"late_so_far": so_far.get(key, {}).get("late_50"),
		}
		for key in kept.keys() | so_far.keys()
	}


def _of(asked, promise: str):
	entry = table(ENTRY)
	# Every status is named: the index begins with it.
	query = entries(asked.scope).where(entry[f"{promise}_status"].isin(STATUSES))
	return query.where(within(entry[f"{promise}_by"], asked))


def conditions(promise: str) -> dict:
	"""Which enquiries each figure of a promise counts."""
	entry = table(ENTRY)
	status = entry[f"{promise}_status"]
	missed = status == BROKEN
	return {
		"met": status == KEPT,
		"missed": missed,
		"pending": status == "Pending",
		"void": status == "Void",
		"not_yet": missed & _is_late(promise).negate(),
	}


def _is_late(promise: str):
	"""Whether it was kept, too late. Never NULL, so that it can be negated."""
	entry = table(ENTRY)
	kept_on, due = entry[PROMISES[promise]], entry[f"{promise}_by"]
	condition = (entry[f"{promise}_status"] == BROKEN) & kept_on.notnull() & (Coalesce(kept_on, due) > due)
	return condition & entry.waiting_since.isnull() if promise == "respond" else condition


def _delay(promise: str):
	entry = table(ENTRY)
	return MicrosecondsBetween(LiteralValue("SECOND"), entry[f"{promise}_by"], entry[PROMISES[promise]])


def _late_at(promise: str, now: datetime):
	"""How late a promise not kept is by now; after the closing it gets no later."""
	entry = table(ENTRY)
	until = Coalesce(entry.done_on, ValueWrapper(now))
	return MicrosecondsBetween(LiteralValue("SECOND"), entry[f"{promise}_by"], until)


def _counts(asked, promise: str, moment):
	entry, late = table(ENTRY), _is_late(promise)
	worked, waited, whole = (
		Sum(Case().when(late, Coalesce(seconds, 0)).else_(0))
		for seconds in (entry[f"{promise}_late"], entry[f"{promise}_waited"], _delay(promise))
	)
	counts = [count_if(condition).as_(figure) for figure, condition in conditions(promise).items()]
	query = _of(asked, promise).groupby(moment).orderby(moment).select(moment.as_("day"))
	return query.select(
		Count("*").as_("promised"),
		*counts,
		(worked - waited).as_("late_ours"),
		waited.as_("late_waiting"),
		(whole - worked).as_("late_outside"),
	)


def behind(asked, figure: str, promise: str):
	"""A query of the IDs of the entries that a figure of a promise counts."""
	query = _of(asked, promise).select(table(ENTRY).name)
	if figure == "promised":
		return query
	return query.where(_is_late(promise) if figure == "late" else conditions(promise)[figure])


def only_bucket(asked, by: str, day: str):
	"""The part of what is asked that a row is of. `day`: the first day of its day, week or month."""
	first = datetime.combine(getdate(day), time.min)
	after = {"Day": timedelta(days=1), "Week": timedelta(days=7)}.get(by)
	end = first + after if after else datetime.combine(add_months(first.date(), 1), time.min)
	return replace(asked, start=max(first, asked.start), end=min(end, asked.end))
