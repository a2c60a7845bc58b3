"""The register of lead numbers, and the numbering itself reviewed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import frappe
from frappe.query_builder.functions import Count, Max, Min
from frappe.utils import now_datetime
from pypika.terms import ExistsCriterion

from prospect_mgmt import compat, numbers
from prospect_mgmt.procedure.review_records import NUMBERS
from prospect_mgmt.reporting import gaps, period
from prospect_mgmt.reporting.promises import Date
from prospect_mgmt.reporting.sql import (
	ENTRY,
	REGISTER,
	Coalesce,
	Visible,
	count_if,
	of_entry,
	of_team,
	rows,
	table,
	within,
)

PACE = timedelta(days=90)  # what a series uses is measured over this long
SHOWN = ("name", "issued_on", "series", "source", "status", "lead", "prefix", "number")  # of each number
ENDS = ("Given", "Deleted", "Merged", "Renamed")
GAPS = ("missing", "voided")


def issued(asked, limit: int) -> list[dict]:
	"""The first `limit` numbers of the period, by prefix and number."""
	register, lead = table(REGISTER), table("Lead")
	first = _of_period(asked).select(*(register[column] for column in SHOWN))
	numbered = _in_order(first, register).limit(limit).as_("numbered")
	query = frappe.qb.from_(numbered).left_join(lead).on(lead.name == numbered.lead)
	query = query.select(numbered.star, lead[compat.source_field()].as_("source_now"), lead.name.as_("found"))
	return _in_order(query, numbered).run(as_dict=True)


def _in_order(query, numbers):
	return query.orderby(numbers.prefix).orderby(numbers.number).orderby(numbers.name)


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


def by_prefix(asked) -> list[dict]:
	"""For each series and prefix: issued, given, deleted, merged, renamed, first and last number, and `corrected` (leads
	whose source is another today)."""
	register, lead = table(REGISTER), table("Lead")
	series, prefix = Coalesce(register.series, ""), Coalesce(register.prefix, "")
	query = _counted(asked, series.as_("series"), prefix.as_("prefix"))
	query = query.left_join(lead).on(lead.name == register.lead)
	query = query.select(Min(register.number).as_("first"), Max(register.number).as_("last"))
	return rows(query.select(count_if(_corrected()).as_("corrected")).groupby(series).groupby(prefix))


def prefixes_of(shown: list[dict]) -> list[dict]:
	"""Series, prefix, first and last number of some numbers, as `by_prefix` has them."""
	found: dict[tuple, dict] = {}
	for row in shown:
		if row.number:
			span = found.setdefault(
				(row.series, row.prefix),
				frappe._dict(series=row.series, prefix=row.prefix, first=row.number, last=row.number),
			)
			span.update(first=min(span.first, row.number), last=max(span.last, row.number))
	return list(found.values())


def missing(asked, prefixes: list[dict], by: str | None = None, names: list[str] | None = None) -> list[dict]:
	"""[{series, prefix, missing, voided, is_after}] beside the numbers of the period, or beside those `names`.

	`by`: told apart, too, by `name` (of the number that they are beside) or by `day`.
	"""
	of_period, register = _of_period(asked), table(REGISTER)
	if names is not None:
		of_period = of_period.where(register.name.isin(names or [""]))
	spans = [
		gaps.Span(row.series, row.prefix, row.first, row.last)
		for row in prefixes
		if row.series and row.prefix and row.first
	]
	terms = {"name": register.name, "day": Date(register.issued_on)}
	return list(gaps.beside(of_period, spans, {by: terms[by]} if by else {}))


def beside_each(found: list[dict]) -> dict[str, list[dict]]:
	"""{number: what is missing before it, and after it}, of what was asked for by name."""
	result: dict[str, list[dict]] = {}
	for row in found:
		result.setdefault(row.name, []).append(row)
	return result


def beside_days(found: list[dict]) -> dict[tuple, dict]:
	"""{(day, series, prefix): missing, voided}, of what was asked for by day."""
	result: dict[tuple, dict] = {}
	for row in found:
		_add(result.setdefault((row.day, row.series, row.prefix), dict.fromkeys(GAPS, 0)), row, GAPS)
	return result


def by_series(prefixes: list[dict], found: list[dict]) -> dict[str, dict]:
	"""{series: issued, given, deleted, merged, renamed, corrected, missing, voided}. `found`: what is missing, however told apart."""
	result: dict[str, dict] = {}
	for row in (*prefixes, *found):
		_add(result.setdefault(row.series, frappe._dict.fromkeys(NUMBERS, 0)), row, NUMBERS)
	return result


def _add(sums: dict, row: dict, figures: tuple[str, ...]) -> None:
	for figure in figures:
		sums[figure] += row.get(figure, 0)


def behind(asked, figure: str, row: dict):
	"""A query of the numbers that a figure counts: all, or those of the row's series, and of its day and prefix."""
	register, lead = table(REGISTER), table("Lead")
	query = _of_period(asked).select(register.name)
	if figure == "corrected":
		query = query.join(lead).on(lead.name == register.lead).where(_corrected())
	elif figure in GAPS:
		query = query.where(register.name.isin(_beside(asked, figure) or [""]))
	elif figure != "issued":
		query = query.where(register.status == {status.lower(): status for status in ENDS}[figure])
	if row.get("is_total"):
		return query
	query = query.where(Coalesce(register.series, "") == row["series"])
	if not row.get("day"):
		return query
	query = query.where(Coalesce(register.prefix, "") == row["prefix"])
	return query.where(Date(register.issued_on) == period.day_of(row))


def _beside(asked, figure: str) -> list[str]:
	"""The numbers that stand beside the gaps which a figure counts: of what was never given there is no record."""
	found = beside_each(missing(asked, by_prefix(asked), by="name"))
	return [name for name, rows_of in found.items() if any(row[figure] for row in rows_of)]


def _corrected():
	register, lead = table(REGISTER), table("Lead")
	changed = Coalesce(register.source, "") != Coalesce(lead[compat.source_field()], "")
	return (register.status == "Given") & lead.name.notnull() & changed


def _of_period(asked):
	register = table(REGISTER)
	query = frappe.qb.from_(register).where(within(register.issued_on, asked))
	if not (seen := Visible(REGISTER)).is_everything:
		query = query.where(seen)
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
	"""Numbers that a series gives in a day, over the last 90 days; of a younger one, since its first."""
	register, now = table(REGISTER), now_datetime()
	query = frappe.qb.from_(register).where(register.series == series)
	first = query.select(Min(register.issued_on)).run()[0][0]
	if not first:
		return 0.0
	days = min(PACE, max(now - first, timedelta(days=1))) / timedelta(days=1)
	return query.where(register.issued_on >= now - PACE).select(Count("*")).run()[0][0] / days


def gave_nothing(asked, series: list[str]) -> list[str]:
	"""Which of some series gave no number in the period, whatever else is asked."""
	register = table(REGISTER)
	query = frappe.qb.from_(register).select(register.name).limit(1).where(within(register.issued_on, asked))
	return [name for name in series if not query.where(register.series == name).run()]


def settings() -> tuple[dict[str, list[str]], list[str]]:
	"""({series: the sources numbered by it}, sources without a series of their own)."""
	doc = frappe.get_cached_doc("Prospect Management Settings")
	sources: dict[str, list[str]] = {series: [] for series in numbers.all_series_of(doc)}
	for row in doc.lead_number_series:
		sources[row.series].append(row.source)
	own = {row.source for row in doc.lead_number_series}
	known = frappe.get_all(compat.source_doctype(), pluck="name", order_by="name")
	return sources, [source for source in known if source not in own]
