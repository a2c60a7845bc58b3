"""A review beside the same month computed again from its history: what differs, and why."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import add_months, get_fullname, getdate

from prospect_mgmt.procedure.review_history import Difference
from prospect_mgmt.procedure.review_history import differences as compared
from prospect_mgmt.reporting import month, past, review_page, since

# Of each table what names a row, and what is compared. What stands there of the months before is compared in their reviews.
COMPARED = {
	"figures": (None, ()),
	"standards": ("standard", ("met", "missed", "kept", "late_ours", "late_waiting", "late_outside")),
	"sources": ("source", month.OF_SOURCES),
	"objections": ("objection", ("count", "closed", "revived", "won_back")),
	"agents": ("agent", review_page.AGENT_COLUMNS),
	"findings": ("finding", ("sample",)),
}
DURATIONS = ("late_ours", "late_waiting", "late_outside")


def differences(doc) -> dict:
	"""{figures: [{label, frozen, now}], reasons}: both are empty when all is as it was."""
	first, procedure = getdate(doc.month), frappe.parse_json(doc.procedure_in_force)
	histories = [
		past.History(doc.prospect_list, add_months(first, -back), doc.computed_on, procedure)
		for back in range(3)
	]
	today = month.rows(doc.prospect_list, first, past.numbers(histories))
	found = [
		difference
		for table in COMPARED
		for difference in compared(table, _rows(table, doc.get(table)), _rows(table, getattr(today, table)))
	]
	if not found:
		return {"figures": [], "reasons": []}
	return {
		"figures": [_shown(difference) for difference in found],
		"reasons": since.reasons(doc.prospect_list, histories[0].names, doc.computed_on),
	}


def _rows(table: str, rows: list) -> dict[str | None, dict]:
	"""{row: {figure: value}}"""
	key, figures = COMPARED[table]
	if table == "figures":
		return {None: {row["figure"]: row["value"] for row in map(_values, rows)}}
	found = map(_values, rows)
	if table == "findings":
		return {review_page.said(row): {"sample": row["sample"]} for row in found}
	return {row[key]: {figure: row.get(figure) for figure in figures} for row in found}


def _values(row) -> dict:
	return row if isinstance(row, dict) else row.as_dict()


def _shown(difference: Difference) -> dict:
	"""As people read it. Figures of the team are plain numbers, for other tools as well."""
	if difference.table == "figures":
		return {
			"label": review_page.label(difference.figure),
			"frozen": difference.frozen,
			"now": difference.now,
		}
	row = get_fullname(difference.row) if difference.table == "agents" else _(difference.row)
	figure = _("Heard") if difference.figure == "count" else review_page.label(difference.figure)
	values = (difference.frozen, difference.now)
	if difference.figure in DURATIONS:
		values = map(review_page.duration, values)
	frozen, now = values
	return {"label": f"{row}: {figure}", "frozen": frozen, "now": now}
