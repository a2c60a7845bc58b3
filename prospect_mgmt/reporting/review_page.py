"""A review as HTML with charts drawn here, for the form, the print and the mail: no script, nothing loaded."""

from __future__ import annotations

import json

import frappe
from frappe import _
from frappe.utils import (
	cint,
	flt,
	fmt_money,
	format_duration,
	formatdate,
	get_fullname,
	get_last_day,
	getdate,
)
from markupsafe import Markup

from prospect_mgmt.procedure import review_findings
from prospect_mgmt.reporting import improvements, month, show
from prospect_mgmt.reporting.show import AMOUNTS
from prospect_mgmt.sheet import charts

TEMPLATES = "prospect_mgmt/templates/review"
FONTS = "Inter, 'Helvetica Neue', Arial, 'Liberation Sans', 'Noto Sans', 'Noto Sans CJK SC', sans-serif"
MOST_BARS = 8
HEADLINE = ("received", "won", "success_rate", "sale_value")
AGENT_COLUMNS = (
	"received",
	"acknowledged_in_time",
	"satisfied_in_time",
	"calls",
	"mails",
	"won",
	"sale_value",
	"open",
)


def of_review(doc) -> str:
	"""The page of a review."""
	procedure = frappe.parse_json(doc.procedure_in_force or "{}")
	return _rendered(
		"review.html",
		doc,
		charts=_charts(doc),
		headline=_headline(doc),
		left_open=_left_open(doc),
		steps=procedure.get("steps") or [],
		within=[month.within(procedure, promise) for promise in month.STANDARDS],
		changed=_procedure_changes(doc, procedure),
	)


def alone(doc) -> str:
	"""The page of a review as a document of its own that loads nothing: a PDF maker needs no way to the site."""
	head = f'<meta charset="utf-8"><style>body {{ font-family: {FONTS}; margin: 0; }}</style>'
	return f"<!DOCTYPE html><html><head>{head}</head><body>{of_review(doc)}</body></html>"


def of_agent(doc, rows: list) -> str:
	"""The page of an agent: `rows` are the figures shown."""
	agreed = improvements.of(doc.review, doc.agent)
	return _rendered("agent.html", doc, rows=rows, charts=[_own_chart(doc)], agreed=agreed)


def summary(doc) -> str:
	"""What the mail says of a review."""
	return _rendered("mail.html", doc, headline=_headline(doc))


def _rendered(template: str, doc, **values) -> str:
	shared = {
		"doc": doc,
		"label": label,
		"heads_of": lambda figures: [(label(figure), "number") for figure in figures],
		"figures_of": lambda row, figures: [_of_row(row, each, doc.currency) for each in figures],
		"months_of": lambda rows, columns: _months_of(rows, columns, doc.currency),
		"kept": lambda percent, judged: shown("success_rate", percent, None) if percent or judged else "–",
		"duration": duration,
		"fullname": get_fullname,
		"agent": lambda row: get_fullname(row.agent),
		"owner": lambda row: get_fullname(row.owner_user) if row.owner_user else "",
		"said": said,
		"source": source,
		"named": show.named,
		"agent_columns": AGENT_COLUMNS,
		"source_columns": month.OF_SOURCES,
		"month": show.month(doc.month),
	}
	return frappe.render_template(f"{TEMPLATES}/{template}", {**shared, **values})


def label(figure: str) -> str:
	"""The name of a figure in words."""
	return _(figure.replace("_", " ").capitalize(), context="Prospect Review Agent")


def said(finding) -> str:
	"""A finding in the reader's language. `finding`: a row of a review, a document or a dictionary."""
	if not finding.get("said"):  # frozen as a sentence only
		return finding.get("finding")
	values = json.loads(finding.get("numbers"))
	if "source" in values:
		values["source"] = show.source(values["source"])
	if "objection" in values:
		values["objection"] = show.named(values["objection"])
	values = {name: value if isinstance(value, str) else show.number(value) for name, value in values.items()}
	return review_findings.said(finding.get("said"), values, _)


def source(row) -> str:
	"""Where enquiries came from, as a row of a review names it."""
	return _(row.source) if row.source == month.NO_SOURCE else show.source(row.source)


def shown(figure: str, value, currency: str | None) -> str:
	"""A figure as it is read: an amount, a percentage or a count."""
	if value is None:
		return "–"
	if figure in AMOUNTS:
		return fmt_money(value, currency=currency)
	return f"{show.number(flt(value, 1))} %" if figure == "success_rate" else show.number(cint(value))


def _of_row(row, figure: str, currency: str | None) -> str:
	"""A figure of a row that has all of them; of nothing closed there is no success rate."""
	is_none = figure == "success_rate" and not row.get("closed")
	return shown(figure, None if is_none else row.get(figure), currency)


def _months_of(rows: list, columns: tuple[str, ...], currency: str | None) -> list[tuple]:
	"""(figure, definition, its value in each column) of rows that have one figure each."""
	months = [{row.figure: row.get(column) for row in rows} for column in columns]
	return [
		(row.figure, row.definition, [_of_row(values, row.figure, currency) for values in months])
		for row in rows
	]


def duration(seconds) -> str:
	return format_duration(cint(seconds) // 60 * 60) if cint(seconds) >= 60 else "–"


def _headline(doc) -> list[tuple[str, str]]:
	values = {row.figure: row.value for row in doc.figures}
	return [(label(figure), _of_row(values, figure, doc.currency)) for figure in HEADLINE]


def _charts(doc) -> list[Markup]:
	values = {row.figure: row for row in doc.figures}
	months = [frappe.utils.add_months(doc.month, -back) for back in (2, 1, 0)]
	series = {
		label(figure): [
			flt(values[figure].get(column)) for column in ("two_months_before", "month_before", "value")
		]
		for figure in ("received", "won")
		if figure in values
	}
	words = _words()
	drawn = [
		charts.columns(
			_("Enquiries received, and won"),
			[show.month(each, short=True) for each in months],
			series,
			words=words,
		),
		charts.bars(
			_("Promises kept, in percent"),
			{_(row.standard): flt(row.kept, 1) for row in doc.standards if cint(row.met) + cint(row.missed)},
			"b",
			words=words,
			whole=100,
		),
		charts.bars(
			_("Enquiries by source"),
			{source(row): row.received for row in doc.sources if row.received},
			most=MOST_BARS,
			words=words,
		),
		charts.bars(
			_("Objections heard"),
			{show.named(row.objection): row.count for row in doc.objections},
			"c",
			most=MOST_BARS,
			words=words,
		),
	]
	return [Markup(each) for each in drawn]  # drawn by us: every text in it is escaped


def _own_chart(doc) -> Markup:
	figures = ("received", "calls", "calls_reached", "mails", "won")
	values = {row.figure: row.own for row in doc.figures}
	drawn = charts.bars(
		_("What I did this month"), {label(f): flt(values.get(f)) for f in figures}, words=_words()
	)
	return Markup(drawn)


def _words() -> charts.Words:
	return charts.Words(nothing=_("Nothing in this month."), others=_("Others"), number=show.number)


def _left_open(doc) -> list[dict]:
	"""What was agreed in earlier reviews of the list and is not done yet."""
	improvement, review = (
		frappe.qb.DocType(name) for name in ("Prospect Review Improvement", "Prospect Performance Review")
	)
	query = frappe.qb.from_(improvement).join(review).on(review.name == improvement.parent)
	query = query.select(improvement.improvement, improvement.owner_user, improvement.due_on, review.month)
	query = query.where((review.prospect_list == doc.prospect_list) & (review.month < doc.month))
	return query.where(improvement.status == "Open").orderby(improvement.due_on).run(as_dict=True)


def _procedure_changes(doc, procedure: dict) -> str | None:
	"""On which days of the month the procedure was changed, or the list was given another one; None when on none."""
	within = {"creation": ("between", (doc.month, get_last_day(doc.month)))}
	known = {"ref_doctype": "Prospect Procedure", "docname": procedure.get("name")}
	days = frappe.get_all("Version", {**within, **known}, pluck="creation")
	of_list = {"ref_doctype": "Prospect List", "docname": doc.prospect_list}
	for row in frappe.get_all("Version", {**within, **of_list}, ["creation", "data"]):
		if any(change[0] == "procedure" for change in frappe.parse_json(row.data).get("changed") or ()):
			days.append(row.creation)
	if not days:
		return None
	named = ", ".join(formatdate(day) for day in sorted({getdate(moment) for moment in days}))
	return _(
		"It was changed in this month, on {0}: what was promised before stayed as it was promised."
	).format(named)
