"""The promises of `procedure.review_promises`, computed by the database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import frappe
from frappe.query_builder import Case, CustomFunction
from frappe.query_builder.functions import Count, Sum
from frappe.utils import add_months
from pypika.terms import Field, LiteralValue, ValueWrapper

from prospect_mgmt.procedure import standards
from prospect_mgmt.procedure.review import BROKEN, KEEPS, KEPT, PROMISES, percent
from prospect_mgmt.reporting.ranks import nearest_ranks
from prospect_mgmt.reporting.sql import (
	ANSWER,
	ANSWERS_IN_TIME,
	ENTRY,
	Coalesce,
	MicrosecondsBetween,
	count_if,
	entries,
	of_entries,
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


@dataclass(frozen=True)
class Columns:
	"""Where a kind of promise is kept."""

	due_on: Field
	kept_on: Field
	status: Field
	late: Field
	waited: Field


def columns(promise: str) -> Columns:
	"""Those to answer them are a table of their own, the others are on the entry."""
	if promise == "respond":
		answer = table(ANSWER)
		return Columns(answer.respond_by, answer.responded_on, answer.status, answer.late, answer.waited)
	entry = table(ENTRY)
	names = (f"{promise}_by", KEEPS[promise], *(f"{promise}_{what}" for what in ("status", "late", "waited")))
	return Columns(*(entry[name] for name in names))


def promises(asked, by: str, now: datetime) -> dict[tuple[date, str], dict]:
	"""As `review_promises.promises`."""
	result = {}
	for promise in PROMISES:
		moment = bucket(columns(promise).due_on, by)
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
	column = columns(promise)
	missed = _of(asked, promise).where(column.status == BROKEN)
	kept = nearest_ranks(missed.where(_is_late(column)), group, late=(_delay(column), (50, 90)))
	not_yet = missed.where(_is_late(column).negate())
	so_far = nearest_ranks(not_yet, group, late=(_late_at(column, now), (50,)))
	return {
		key: {
			"late_median": kept.get(key, {}).get("late_50"),
			"late_ninety": kept.get(key, {}).get("late_90"),
			"late_so_far": so_far.get(key, {}).get("late_50"),
		}
		for key in kept.keys() | so_far.keys()
	}


def _of(asked, promise: str):
	column = columns(promise)
	if promise == "respond":
		answer, entry = table(ANSWER), table(ENTRY)
		query = (
			frappe.qb.from_(answer).force_index(ANSWERS_IN_TIME).join(entry).on(entry.name == answer.parent)
		)
		query = of_entries(query, asked.scope)
	else:
		# Every status is named: the index begins with it.
		query = entries(asked.scope).where(column.status.isin(STATUSES))
	return query.where(within(column.due_on, asked))


def conditions(promise: str) -> dict:
	"""Which promises each figure counts."""
	column = columns(promise)
	missed = column.status == BROKEN
	return {
		"met": column.status == KEPT,
		"missed": missed,
		"pending": column.status == "Pending",
		"void": column.status == "Void",
		"not_yet": missed & _is_late(column).negate(),
	}


def _is_late(column: Columns):
	"""Whether it was kept, too late. Never NULL, so that it can be negated."""
	kept_on, due_on = column.kept_on, column.due_on
	return (column.status == BROKEN) & kept_on.notnull() & (Coalesce(kept_on, due_on) > due_on)


def _delay(column: Columns):
	return MicrosecondsBetween(LiteralValue("SECOND"), column.due_on, column.kept_on)


def _late_at(column: Columns, now: datetime):
	"""How late a promise not kept is by now; after the closing it gets no later."""
	until = Coalesce(table(ENTRY).done_on, ValueWrapper(now))
	return MicrosecondsBetween(LiteralValue("SECOND"), column.due_on, until)


def _counts(asked, promise: str, moment):
	column = columns(promise)
	late = _is_late(column)
	worked, waited, whole = (
		Sum(Case().when(late, Coalesce(seconds, 0)).else_(0))
		for seconds in (column.late, column.waited, _delay(column))
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
	return query.where(_is_late(columns(promise)) if figure == "late" else conditions(promise)[figure])


def only_bucket(asked, by: str, day: date):
	"""The part of what is asked that a row is of. `day`: the first day of its day, week or month."""
	first = datetime.combine(day, time.min)
	after = {"Day": timedelta(days=1), "Week": timedelta(days=7)}.get(by)
	end = first + after if after else datetime.combine(add_months(first.date(), 1), time.min)
	return replace(asked, start=max(first, asked.start), end=min(end, asked.end))
