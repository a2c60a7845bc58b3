"""A review as HTML with charts drawn here, for the form, the print and the mail: no script, nothing loaded."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import cint, flt, fmt_money, format_duration, formatdate, get_fullname
from markupsafe import Markup

from prospect_mgmt.reporting import improvements
from prospect_mgmt.reporting.show import AMOUNTS
from prospect_mgmt.sheet import charts

TEMPLATES = "prospect_mgmt/templates/review"
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
	values = {"charts": _charts(doc), "headline": _headline(doc), "steps": _steps(doc)}
	return _rendered("review.html", doc, left_open=_left_open(doc), **values)


def alone(doc) -> str:
	"""The page of a review as a document of its own that loads nothing: a PDF maker needs no way to the site."""
	return f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>{of_review(doc)}</body></html>'


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
		"shown": lambda figure, value: shown(figure, value, doc.currency),
		"duration": _duration,
		"fullname": get_fullname,
		"agent_columns": AGENT_COLUMNS,
		"month": formatdate(doc.month, "MMMM yyyy"),
	}
	return frappe.render_template(f"{TEMPLATES}/{template}", {**shared, **values})


def label(figure: str) -> str:
	"""The name of a figure in words."""
	return _(figure.replace("_", " ").capitalize())


def shown(figure: str, value, currency: str | None) -> str:
	"""A figure as it is read: an amount, a percentage or a count."""
	if value is None:
		return "–"
	if figure in AMOUNTS:
		return fmt_money(value, currency=currency)
	return f"{flt(value, 1):g} %" if figure == "success_rate" else f"{cint(value):,}"


def _duration(seconds) -> str:
	return format_duration(cint(seconds) // 60 * 60) if cint(seconds) >= 60 else "–"


def _headline(doc) -> list[tuple[str, str]]:
	values = {row.figure: row.value for row in doc.figures}
	return [(label(figure), shown(figure, values.get(figure), doc.currency)) for figure in HEADLINE]


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
	drawn = [
		charts.columns(
			_("Enquiries received, and won"), [formatdate(each, "MMM yyyy") for each in months], series
		),
		charts.bars(
			_("Promises kept, in percent"),
			{row.standard: flt(row.kept, 1) for row in doc.standards if cint(row.met) + cint(row.missed)},
			"b",
		),
		charts.bars(
			_("Enquiries by source"), {row.source: row.received for row in doc.sources}, most=MOST_BARS
		),
		charts.bars(
			_("Objections heard"), {row.objection: row.count for row in doc.objections}, "c", most=MOST_BARS
		),
	]
	return [Markup(each) for each in drawn]  # drawn by us: every text in it is escaped


def _own_chart(doc) -> Markup:
	figures = ("received", "calls", "calls_reached", "mails", "won")
	values = {row.figure: row.own for row in doc.figures}
	return Markup(charts.bars(_("What I did this month"), {label(f): flt(values.get(f)) for f in figures}))


def _left_open(doc) -> list[dict]:
	"""What was agreed in earlier reviews of the list and is not done yet."""
	improvement, review = (
		frappe.qb.DocType(name) for name in ("Prospect Review Improvement", "Prospect Performance Review")
	)
	query = frappe.qb.from_(improvement).join(review).on(review.name == improvement.parent)
	query = query.select(improvement.improvement, improvement.owner_user, improvement.due_on, review.month)
	query = query.where((review.prospect_list == doc.prospect_list) & (review.month < doc.month))
	return query.where(improvement.status == "Open").orderby(improvement.due_on).run(as_dict=True)


def _steps(doc) -> list[dict]:
	"""The steps of the procedure that was in force."""
	procedure = frappe.parse_json(doc.procedure_in_force or "{}")
	return procedure.get("steps") or []
