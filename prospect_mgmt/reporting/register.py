"""The register of lead numbers, and the numbering itself reviewed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import frappe
from frappe.query_builder.functions import Count, Max, Min
from frappe.utils import getdate, now_datetime
from pypika.terms import ExistsCriterion

from prospect_mgmt import compat, numbers
from prospect_mgmt.reporting.promises import Date
from prospect_mgmt.reporting.sql import (
	ENTRY,
	REGISTER,
	Coalesce,
	count_if,
	of_entry,
	of_team,
	rows,
	table,
	within,
)

PACE = timedelta(days=90)  # what a series uses is measured over this long
FAR = 1000  # numbers further apart are looked up each for itself, not with all between them
ENDS = ("Given", "Deleted", "Merged", "Renamed")


def issued(asked, limit: int) -> list[dict]:
	"""The first `limit` numbers of the period, by prefix and number; `number_before`: the one given before under the prefix."""
	register, lead = table(REGISTER), table("Lead")
	first = _of_period(asked).select(register.star)
	numbered = _in_order(first, register).limit(limit).as_("numbered")
	query = frappe.qb.from_(numbered).left_join(lead).on(lead.name == numbered.lead)
	query = query.select(numbered.star, lead[compat.source_field()].as_("source_now"), lead.name.as_("found"))
	found = _in_order(query, numbered).run(as_dict=True)
	before = _numbers_before(found)
	return [row.update(number_before=before.get((row.prefix, row.number))) or row for row in found]


def _in_order(query, numbers):
	return query.orderby(numbers.prefix).orderby(numbers.number).orderby(numbers.name)


def _numbers_before(shown: list[dict]) -> dict[tuple[str, int], int | None]:
	"""{(prefix, number): the registered number before it}, by the index, whenever that one was given."""
	spans: list[tuple[str, list[int]]] = []
	for row in shown:
		if not (row.prefix and row.number):
			continue
		prefix, numbers_of = spans[-1] if spans else (None, [])
		if row.prefix == prefix and row.number - numbers_of[-1] < FAR:
			numbers_of.append(row.number)
		else:
			spans.append((row.prefix, [row.number]))
	before = {}
	for prefix, given in spans:
		for earlier, number in pairwise(_registered(prefix, given[0], given[-1])):
			before[prefix, number] = earlier
	return before


def _registered(prefix: str, first: int, last: int) -> list[int | None]:
	"""The numbers under a prefix from `first` to `last`, led by the one before them."""
	register = table(REGISTER)
	query = frappe.qb.from_(register).where(register.prefix == prefix)
	before = query.where(register.number < first).select(Max(register.number)).run()[0][0]
	return [
		before,
		*query.where(register.number[first:last])
		.select(register.number)
		.orderby(register.number)
		.run(pluck=True),
	]


def by_day(asked) -> list[dict]:
	"""For each day, series and prefix: issued, given, deleted, merged, renamed, first and last number."""
	register = table(REGISTER)
	keys = [Date(register.issued_on), Coalesce(register.series, ""), Coalesce(register.prefix, "")]
	query = _counted(
		asked, *(key.as_(name) for key, name in zip(keys, ("day", "series", "prefix"), strict=True))
	)
	query = query.select(Min(register.number).as_("first"), Max(register.number).as_("last"))
	for key in keys:
		query = query.groupby(key).orderby(key)
	return rows(query)


def by_series(asked) -> dict[str, dict]:
	"""{series: issued, given, deleted, merged, renamed, corrected (leads whose source is another today)}."""
	register, lead = table(REGISTER), table("Lead")
	series = Coalesce(register.series, "")
	query = _counted(asked, series.as_("series")).left_join(lead).on(lead.name == register.lead)
	return {
		row.pop("series"): row
		for row in rows(query.select(count_if(_corrected()).as_("corrected")).groupby(series))
	}


def behind(asked, figure: str, row: dict):
	"""A query of the numbers that a figure counts: all, or those of the row's series, and of its day and prefix."""
	register, lead = table(REGISTER), table("Lead")
	query = _of_period(asked).select(register.name)
	if figure == "corrected":
		query = query.join(lead).on(lead.name == register.lead).where(_corrected())
	elif figure != "issued":
		query = query.where(register.status == {status.lower(): status for status in ENDS}[figure])
	if row.get("is_total"):
		return query
	query = query.where(Coalesce(register.series, "") == row["series"])
	if not row.get("day"):
		return query
	query = query.where(Coalesce(register.prefix, "") == row["prefix"])
	return query.where(Date(register.issued_on) == getdate(row["day"]))


def _corrected():
	register, lead = table(REGISTER), table("Lead")
	changed = Coalesce(register.source, "") != Coalesce(lead[compat.source_field()], "")
	return (register.status == "Given") & lead.name.notnull() & changed


def _of_period(asked):
	register = table(REGISTER)
	query = frappe.qb.from_(register).where(within(register.issued_on, asked))
	if asked.scope.source:
		query = query.where(register.source == asked.scope.source)
	return query.where(_is_worked(asked.scope)) if is_narrowed(asked.scope) else query


def is_narrowed(scope) -> bool:
	"""Whether only the numbers are asked for whose leads are worked by somebody, somewhere."""
	return any((scope.prospect_list, scope.agent, scope.territory, scope.company))


def _is_worked(scope):
	"""Whether the lead that a number leads to has an enquiry that is asked for."""
	entry = table(ENTRY)
	scope = replace(scope, source=None)  # the number's source is the one it was issued for
	query = frappe.qb.from_(entry).select(entry.name).where(entry.lead == table(REGISTER).lead)
	return ExistsCriterion(query.where(of_team(scope, entry, entry.agent)).where(of_entry(scope, entry)))


def _counted(asked, *keys):
	register = table(REGISTER)
	query = _of_period(asked).select(*keys, Count("*").as_("issued"))
	return query.select(*(count_if(register.status == status).as_(status.lower()) for status in ENDS))


def pace(series: str) -> float:
	"""Numbers that a series gives in a day, over the last 90 days."""
	register = table(REGISTER)
	query = frappe.qb.from_(register).where(
		(register.series == series) & (register.issued_on >= now_datetime() - PACE)
	)
	return rows(query.select(Count("*").as_("issued")))[0].issued / PACE.days


def settings() -> tuple[dict[str, list[str]], list[str]]:
	"""({series: the sources numbered by it}, sources without a series of their own)."""
	doc = frappe.get_cached_doc("Prospect Management Settings")
	sources: dict[str, list[str]] = {series: [] for series in numbers.all_series_of(doc)}
	for row in doc.lead_number_series:
		sources[row.series].append(row.source)
	own = {row.source for row in doc.lead_number_series}
	known = frappe.get_all(compat.source_doctype(), pluck="name", order_by="name")
	return sources, [source for source in known if source not in own]
