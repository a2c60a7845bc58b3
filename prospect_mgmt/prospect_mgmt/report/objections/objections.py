"""Every objection heard, by source, agent or interest, and what reviving won back."""

from __future__ import annotations

from frappe import _

from prospect_mgmt.procedure.review_records import OBJECTIONS
from prospect_mgmt.reporting import colleagues, period, records, show

FIELDS = {"Source": "source", "Agent": "agent", "Interest": "interest"}
GROUPS = {name: (field,) for name, field in FIELDS.items()} | {"All three": tuple(FIELDS.values())}
MEANINGS = OBJECTIONS | {"share": "Won back, in percent of the enquiries in which the objection was heard."}


def execute(filters=None):
	"""Columns, rows with a sum for each objection, definitions, chart and summary."""
	asked = _asked(filters)
	group = GROUPS[asked.own.group_by]
	found = records.objections_heard(asked, group)
	together = found.pop(records.TOGETHER)
	# Of all groups: an enquiry may be in several of them.
	sums = {objection: found.pop((objection, None)) for objection, key in list(found) if key is None}
	order = sorted(sums, key=lambda objection: (-sums[objection]["heard"], objection))
	rows = [
		_row(objection, key, found[objection, key], group)
		for objection in order
		for key in sorted(key for name, key in found if name == objection)
	]
	total = {"objection": _("Total"), "key": "", **together, "is_total": 1, "bold": 1}
	total["share"] = show.rate(together["won_back"], together["heard"])
	return show.result(
		_columns(asked),
		[*rows, total] if rows else [],
		MEANINGS,
		_chart(order, sums),
		_summary(order, sums, total),
	)


def behind(filters, figure: str, row: dict):
	"""The entries that a figure counts."""
	asked = _asked(filters)
	group = GROUPS[asked.own.group_by]
	if row.get("is_total"):
		return records.objections_behind(asked, figure, None, group)
	key = None if row.get("all_groups") else row.get("key", "")
	objection = row.get("lost_reason") or row["objection"]  # the ID; tools that read English name it as shown
	return records.objections_behind(asked, figure, objection, group, key)


def _asked(filters):
	return period.read(filters, group_by=tuple(GROUPS))


def _row(objection: str, key: str, found: dict, group: tuple[str, ...]) -> dict:
	values = dict(zip(group, key.split(records.SEPARATOR), strict=False))
	if "agent" in values:
		values["agent"] = colleagues.name_of(values["agent"])
	if "source" in values:
		values["source"] = show.source(values["source"])
	if "interest" in values:
		values["interest"] = show.named(values["interest"])
	row = {
		"objection": show.named(objection),
		"lost_reason": objection,
		**{field: value or _("Not known") for field, value in values.items()},
		"key": key,
		**found,
		"share": show.rate(found["won_back"], found["heard"]),
	}
	return colleagues.mark(row, key)


def _columns(asked) -> list[dict]:
	counted = (
		("heard", _("Heard")),
		("closed", _("Closed for it")),
		("revived", _("Revived")),
		("won_back", _("Won back")),
	)
	return [
		show.column("objection", _("Objection"), "Data"),
		*(
			show.column(field, _(name, context="Prospect List Entry"), "Data")
			for name, field in FIELDS.items()
			if field in GROUPS[asked.own.group_by]
		),
		*(show.column(figure, label, drill=show.behind(figure)) for figure, label in counted),
		show.column("share", _("Won back of heard"), "Percent", drill=show.behind("heard")),
	]


def _chart(order: list[str], sums: dict[str, dict]) -> dict:
	series = (
		("heard", _("Heard"), "blue"),
		("closed", _("Closed for it"), "orange"),
		("won_back", _("Won back"), "green"),
	)
	shown = order[:12]
	return show.bars(
		[show.named(name) for name in shown],
		*((label, [sums[name][figure] for name in shown], colour) for figure, label, colour in series),
	)


def _summary(order: list[str], sums: dict[str, dict], total: dict) -> list[dict]:
	if not order:
		return []
	most = {"drill": show.behind("heard"), "row": {"lost_reason": order[0], "all_groups": 1}}
	return [
		show.figure(_("Heard most"), show.named(order[0]), "Data", "Orange", **most),
		show.figure(_("Enquiries with it"), sums[order[0]]["heard"], **most),
		show.figure(_("Heard, all objections"), total["heard"], figure="heard"),
		show.figure(_("Revived, all objections"), total["revived"], indicator="Grey", figure="revived"),
		show.figure(_("Won back, all objections"), total["won_back"], indicator="Green", figure="won_back"),
	]
