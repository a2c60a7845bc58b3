"""Every lead number issued, each gap explained, and the numbering itself reviewed."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import formatdate

from prospect_mgmt import numbers
from prospect_mgmt.procedure import numbering
from prospect_mgmt.procedure.review_records import NUMBERS
from prospect_mgmt.reporting import period, register, show

ENDS = ("issued", "given", "deleted", "merged", "renamed", *register.GAPS)
MEANINGS = {
	"number": "A number given in the period, by series; old numbers still lead to the lead they became. A filter by source asks "
	"for the source it was given for; one by list, agent, territory or company for the enquiries of the lead it leads to.",
	"explained": "Why there is no lead of this number any more, or why numbers before it, or after the last one, are missing.",
	"first": "The lowest number given on the day.",
	"last": "The highest number given on the day.",
	"issued": "Numbers given in the period.",
	"given": "Of these, those whose lead is there under its number.",
	"deleted": "Of these, those whose lead was deleted; the number is never given again.",
	"merged": "Of these, those whose lead was merged into another, which the number leads to.",
	"renamed": "Of these, those whose lead got another ID, which the number leads to.",
	"missing": "Numbers before these, or after the last one of a prefix, that no lead was given. A click shows the numbers beside them.",
	"voided": "Of those missing, those drawn for a lead that was never saved; the others were IDs of leads already.",
	"corrected": "Of those given, those whose lead has another source today; the number stays.",
	"next": "The number that the series gives next.",
	"per_day": "Numbers that the series gave per day, over the last 90 days, or since its first number.",
	"lasts": "Days until the digits of the series are used up at this pace; then numbers get longer. A series with a date starts again and lasts for ever.",
}


def execute(filters=None):
	"""Columns, rows, definitions, chart and summary."""
	asked = period.read(filters, view=tuple(VIEWS))
	prefixes = register.by_prefix(asked)
	columns, rows, gaps = VIEWS[asked.own.view](asked, prefixes)
	series = register.by_series(prefixes, gaps)
	chart = _chart_of_days(rows) if asked.own.view == "Days" else _chart(series)
	columns, rows, message, *rest = show.result(columns, rows, MEANINGS, chart, _summary(series))
	return columns, rows, _warnings(asked) + message, *rest


def behind(filters, figure: str, row: dict):
	"""The numbers that a figure counts."""
	return register.behind(period.read(filters, view=tuple(VIEWS)), figure, row)


# ------------------------------------------------------------- numbers
def _numbers(asked, prefixes: list[dict]) -> tuple[list[dict], list[dict], list[dict]]:
	columns = [
		show.column("number", _("Number", context="Prospect Lead Number"), "Link", "Prospect Lead Number"),
		show.column("issued_on", _("Issued on"), "Datetime"),
		show.column("series", _("Series"), "Data"),
		show.column("source", _("Source when issued"), "Data"),
		show.column("source_now", _("Source today"), "Data"),
		show.column("status", _("Status"), "Data"),
		show.column("lead", _("Leads to"), "Link", "Lead"),
		show.column("explained", _("Explained"), "Data") | {"width": 360},
	]
	found = register.issued(asked, show.most_rows())
	total = sum(row.issued for row in prefixes)
	names = None if len(found) == total else [row.name for row in found]
	beside_those = register.missing(asked, register.prefixes_of(found), "name", names)
	beside, words = register.beside_each(beside_those), Words()
	gaps = beside_those if names is None else register.missing(asked, prefixes)
	rows = [_number(row, beside.get(row.name, []), words) for row in found]
	return columns, show.first_of(rows, total, "explained"), gaps


class Words:
	"""What is said of numbers, translated once: there are thousands of them."""

	def __init__(self):
		self.taken = {
			True: _("Of the {0} numbers after it {1} were IDs of leads already."),
			False: _("Of the {0} numbers before it {1} were IDs of leads already."),
		}
		self.voided = {
			True: _("Of the {0} numbers after it {1} were drawn for leads that were never saved."),
			False: _("Of the {0} numbers before it {1} were drawn for leads that were never saved."),
		}
		statuses = ("Given", "Deleted", "Merged", "Renamed")
		self.statuses = {status: _(status, context=register.REGISTER) for status in statuses}
		self.told = _("It was told to somebody who could not be taken in yet: see Prospect Capture.")
		self.deleted = _("The lead was deleted.")
		self.merged = _("Merged into {0}.")
		self.renamed = _("Renamed to {0}.")
		self.corrected = _("The source was corrected since.")


def _number(row: dict, beside: list[dict], words: Words) -> dict:
	explained = [*(_missing(gap, words) for gap in beside), _gone(row, words), _corrected(row, words)]
	return {
		"number": row.name,
		"issued_on": row.issued_on,
		"series": row.series,
		"source": show.source(row.source),
		"source_now": show.source(row.source_now),
		"status": words.statuses.get(row.status),
		"lead": row.lead if row.found else None,
		"explained": " ".join(filter(None, explained)),
	}


def _missing(gap: dict, words: Words) -> str:
	counts = ((words.taken, gap.missing - gap.voided), (words.voided, gap.voided))
	return " ".join(text[gap.is_after].format(gap.missing, count) for text, count in counts if count)


def _gone(row: dict, words: Words) -> str | None:
	if not row.lead:
		return words.told
	if row.status == "Deleted" or not row.found:
		return words.deleted
	if row.status == "Merged":
		return words.merged.format(row.lead)
	return words.renamed.format(row.lead) if row.status == "Renamed" else None


def _corrected(row: dict, words: Words) -> str | None:
	changed = row.found and row.status == "Given" and (row.source or "") != (row.source_now or "")
	return words.corrected if changed else None


# ------------------------------------------------------------- days and series
def _days(asked, prefixes: list[dict]) -> tuple[list[dict], list[dict], list[dict]]:
	columns = [
		show.column("shown", _("Day"), "Data"),
		show.column("series", _("Series"), "Data"),
		show.column("prefix", _("Prefix", context="Prospect Lead Number"), "Data"),
		show.column("first", _("First")),
		show.column("last", _("Last")),
		*_ends(asked, {"series": "series", "prefix": "prefix", "issued_on": "whole_day"}),
	]
	gaps = register.missing(asked, prefixes, "day")
	beside, nothing = register.beside_days(gaps), dict.fromkeys(register.GAPS, 0)
	rows = [
		{
			**row,
			"shown": formatdate(row.day),
			"whole_day": ["between", [str(row.day)] * 2],
			**beside.get((row.day, row.series, row.prefix), nothing),
		}
		for row in register.by_day(asked)
	]
	return columns, [*rows, _total(rows, *ENDS)] if rows else [], gaps


def _series(asked, prefixes: list[dict]) -> tuple[list[dict], list[dict], list[dict]]:
	gaps = register.missing(asked, prefixes)
	found = register.by_series(prefixes, gaps)
	sources, _unnumbered = register.settings()
	columns = [
		show.column("shown", _("Series"), "Data"),
		show.column("sources", _("Sources"), "Data"),
		*_ends(asked, {"series": "series"}),
		show.column(
			"corrected",
			_("Source corrected"),
			drill=show.behind("corrected", "Prospect Lead Number"),
		),
		show.column("next", _("Next number"), "Data"),
		show.column("per_day", _("Per day"), "Float"),
		show.column("lasts", _("Lasts, days"), "Data"),
	]
	rows = [
		_one_series(name, found.get(name), sources.get(name)) for name in dict.fromkeys([*sources, *found])
	]
	return columns, [*rows, _total(rows, *ENDS, "corrected")], gaps


def _total(rows: list[dict], *figures: str) -> dict:
	return {"shown": _("Total"), **show.sums(rows, *figures), "is_total": 1, "bold": 1}


def _one_series(series: str, found: dict | None, sources: list[str] | None) -> dict:
	blank = dict.fromkeys(NUMBERS, 0)
	row = {"series": series, "shown": series or _("IDs of our own, not numbered"), **blank, **(found or {})}
	row["sources"] = (
		", ".join(map(show.source, sources))
		if sources
		else _("all others")
		if sources is not None
		else _("not used any more")
	)
	if sources is None:
		return row
	return row | _coming(series)


def _coming(series: str) -> dict:
	per_day = register.pace(series)
	return {"next": numbers.upcoming(series), "per_day": round(per_day, 1), "lasts": _lasts(series, per_day)}


def _lasts(series: str, per_day: float) -> str:
	kinds = [part.kind for part in numbering.parts(series, frappe.get_meta("Lead").get_valid_columns())]
	if numbering.DATE in kinds:
		return _("starts again")
	if numbering.FIELD in kinds or not per_day:
		return "–"
	prefix, digits = numbering.prefix(series, frappe.utils.getdate())
	return str(max(int((10**digits - 1 - numbers.current_value(prefix)) / per_day), 0))


def _ends(asked, by: dict) -> list[dict]:
	labels = {
		"issued": _("Issued"),
		"given": _("Given"),
		"deleted": _("Deleted", context="Prospect Lead Number"),
		"merged": _("Merged"),
		"renamed": _("Renamed"),
		"missing": _("Missing"),
		"voided": _("Voided"),
	}

	def drill(figure: str) -> dict:
		if register.is_narrowed(asked.scope) or figure in register.GAPS:
			return show.behind(figure, "Prospect Lead Number")
		status = {} if figure == "issued" else {"status": figure.capitalize()}
		source = {"source": asked.scope.source} if asked.scope.source else {}
		return show.records("Prospect Lead Number", by, issued_on=["between", asked.days], **source, **status)

	return [show.column(figure, label, drill=drill(figure)) for figure, label in labels.items()]


VIEWS = {"Numbers": _numbers, "Days": _days, "Series": _series}


# ------------------------------------------------------------- around the table
def _warnings(asked) -> str:
	sources, unnumbered = register.settings()
	unused = register.gave_nothing(asked, list(sources))
	lines = []
	if unnumbered:
		lines.append(
			_("Sources without a series of their own, numbered by the default: {0}").format(
				", ".join(map(show.source, unnumbered))
			)
		)
	if unused:
		lines.append(_("Series that gave no number in the period: {0}").format(", ".join(unused)))
	return "".join(f"<p>{frappe.utils.escape_html(line)}</p>" for line in lines)


def _chart(found: dict) -> dict:
	names = sorted(found)
	labels = [name or _("Not numbered") for name in names]
	series = (
		("given", _("Given"), "blue"),
		("deleted", _("Deleted", context="Prospect Lead Number"), "orange"),
		("merged", _("Merged"), "grey"),
		("renamed", _("Renamed"), "purple"),
	)
	return show.bars(
		labels,
		*((label, [found[name][figure] for name in names], colour) for figure, label, colour in series),
		stacked=True,
	)


def _chart_of_days(rows: list[dict]) -> dict:
	issued: dict[str, int] = {}
	for row in rows[:-1]:
		issued[row["shown"]] = issued.get(row["shown"], 0) + row["issued"]
	return show.bars(list(issued), (_("Issued"), list(issued.values()), "blue"))


def _summary(found: dict) -> list[dict]:
	total = show.sums(list(found.values()), "issued", "deleted", "merged", "missing", "corrected")
	return [
		show.figure(_("Issued"), total["issued"], **_leads_to("issued")),
		show.figure(
			_("Deleted", context="Prospect Lead Number"),
			total["deleted"],
			indicator="Orange",
			**_leads_to("deleted"),
		),
		show.figure(_("Merged"), total["merged"], indicator="Grey", **_leads_to("merged")),
		show.figure(_("Missing"), total["missing"], indicator="Orange", **_leads_to("missing")),
		show.figure(_("Source corrected"), total["corrected"], indicator="Grey", **_leads_to("corrected")),
	]


def _leads_to(figure: str) -> dict:
	return {"drill": show.behind(figure, "Prospect Lead Number"), "row": {"is_total": 1}}
