"""Every step due in a period and how it ended: done + skipped + failed + coming = all, always."""

from __future__ import annotations

from frappe import _
from frappe.utils import formatdate

from prospect_mgmt.procedure.review_records import ENDS, STEPS
from prospect_mgmt.reasons import kind_in_words
from prospect_mgmt.reporting import colleagues, period, records, show

COLOURS = {"done": "Green", "skipped": "Grey", "failed": "Red", "coming": "Blue"}
GROUPS = ("Step", "Reason", "Day", "Agent", "Prospect List")


def execute(filters=None):
	"""Columns, rows with their total, definitions, chart and summary."""
	asked = _asked(filters)
	group = asked.own.group_by
	found = records.steps(asked, group)
	order = (
		sorted(found, key=str) if group == "Day" else sorted(found, key=lambda key: (-found[key]["due"], key))
	)
	rows = [
		colleagues.mark({"group": _label(group, key), "key": str(key), **found[key]}, str(key))
		for key in order
	]
	total = {"group": _("Total"), "key": "", **show.sums(rows, *STEPS), "is_total": 1, "bold": 1}
	return show.result(
		_columns(group), [*rows, total] if rows else [], STEPS, _chart(rows, group), _summary(total)
	)


def behind(filters, figure: str, row: dict):
	"""The entries whose steps a figure counts."""
	asked = _asked(filters)
	return records.steps_behind(
		asked, figure, asked.own.group_by, None if row.get("is_total") else row.get("key", "")
	)


def _asked(filters):
	return period.read(filters, group_by=GROUPS)


def _label(group: str, key) -> str:
	if group == "Day":
		return formatdate(key)
	if group == "Agent":
		return colleagues.name_of(key)
	if group == "Reason" and key:
		return kind_in_words(key)
	if group == "Step" and key:
		return _(key)  # it is stored in plain English
	return key or (_("Done or coming, without a reason") if group == "Reason" else "")


def _columns(group: str) -> list[dict]:
	labels = {
		"due": _("Due"),
		"done": _("Done"),
		"skipped": _("Skipped"),
		"failed": _("Failed"),
		"coming": _("Coming"),
	}
	first = show.column("group", _(group, context="Prospect Due Step"), "Data") | {"width": 320}
	return [
		first,
		*(show.column(figure, label, drill=show.behind(figure)) for figure, label in labels.items()),
	]


def _chart(rows: list[dict], group: str) -> dict:
	"""No more bars than there is room for what they are called."""
	labels = {"done": _("Done"), "skipped": _("Skipped"), "failed": _("Failed"), "coming": _("Coming")}
	shown = rows[: 31 if group == "Day" else 8]
	series = (
		(label, [row[figure] for row in shown], COLOURS[figure].lower()) for figure, label in labels.items()
	)
	return show.bars([row["group"][:40] for row in shown], *series, stacked=True)


def _summary(total: dict) -> list[dict]:
	labels = {"done": _("Done"), "skipped": _("Skipped"), "failed": _("Failed"), "coming": _("Coming")}
	ends = [
		show.figure(labels[figure], total[figure], indicator=COLOURS[figure], figure=figure)
		for figure in ENDS
	]
	return [*ends, show.figure(_("Due, all together"), total["due"], figure="due")]
