"""By source or number prefix: what came in, what was quoted and sold, each figure beside the same of the period before."""

from __future__ import annotations

from frappe import _

from prospect_mgmt.procedure.review import DEFINITIONS, OF_GROUPS
from prospect_mgmt.reporting import figures, period, show

GROUPS = {"Source": figures.SOURCE, "Number prefix": figures.PREFIX}
MEANINGS = DEFINITIONS | OF_GROUPS
BEFORE = "Each figure is followed by the same of as many days directly before the period."
# The figures in their order; each is shown beside the same of the period before.
FIGURES = {
	"received": "Int",
	"acknowledged_in_time": "Int",
	"quoted": "Int",
	"quoted_amount": "Currency",
	"conversion": "Percent",
	"closed": "Int",
	"won": "Int",
	"success_rate": "Percent",
	"sale_value": "Currency",
	"average_sale": "Currency",
	"days_to_sale": "Float",
}


def execute(filters=None):
	"""Columns, rows with their total, definitions, chart and summary."""
	asked = _asked(filters)
	group = GROUPS[asked.own.group_by]
	now, before = _figures(asked, group), _figures(asked.before(), group)
	money = show.currency(asked)
	all_now, all_before = now.pop(figures.TOTAL), before.pop(figures.TOTAL)
	name = show.source if group == figures.SOURCE else str
	rows = [_row(key, name(key), now.get(key), before.get(key), money) for key in _keys(now, before)]
	total = _row("", _("Total"), all_now, all_before, money) | {"is_total": 1, "bold": 1}
	return show.result(
		_columns(asked, group, money),
		[*rows, total] if rows else [],
		MEANINGS,
		_chart(rows),
		_summary(total),
		{_("Before"): BEFORE},
	)


def behind(filters, figure: str, row: dict):
	"""The entries that a figure counts."""
	asked = _asked(filters)
	if figure.endswith("_before"):
		asked, figure = asked.before(), figure.removesuffix("_before")
	return figures.behind(
		asked, figure, GROUPS[asked.own.group_by], None if row.get("is_total") else row.get("key", "")
	)


def _asked(filters):
	return period.read(filters, group_by=tuple(GROUPS))


def _figures(asked, group: str) -> dict[str | None, dict]:
	return figures.of(asked, group, parts=("received", "closed"))


def _keys(now: dict, before: dict) -> list[str]:
	"""The groups in which anything happened, the largest first."""
	active = {key for found in (now, before) for key, numbers in found.items() if any(numbers.values())}
	return sorted(active, key=lambda key: (-now.get(key, {}).get("received", 0), key))


def _row(key: str, name: str, now: dict | None, before: dict | None, money: str | None) -> dict:
	now, before = (show.with_rates(found or figures.NOTHING) for found in (now, before))
	return {
		"group": name or _("Not known"),
		"key": key,
		"currency": money,
		**now,
		**{f"{figure}_before": before[figure] for figure in FIGURES},
	}


def _labels() -> dict[str, str]:
	return {
		"received": _("Received"),
		"acknowledged_in_time": _("Acknowledged in time"),
		"quoted": _("Quoted"),
		"quoted_amount": _("Amount quoted"),
		"conversion": _("Conversion"),
		"closed": _("Closed"),
		"won": _("Won"),
		"success_rate": _("Success rate"),
		"sale_value": _("Sale value"),
		"average_sale": _("Average sale"),
		"days_to_sale": _("Days to sale"),
	}


def _columns(asked, group: str, money: str | None) -> list[dict]:
	by_source = group == figures.SOURCE
	columns = [
		show.column(
			"group", _("Source", context="Prospect List Entry") if by_source else _("Number prefix"), "Data"
		)
	]
	for figure, label in _labels().items():
		for suffix, shown, days in (
			("", label, asked.days),
			("_before", _("{0}, before").format(label), asked.before().days),
		):
			drill = (
				show.entries(asked.scope, {"source": "key"}, **_filters(figure, days))
				if by_source
				else show.behind(f"{figure}{suffix}")
			)
			kind = FIGURES[figure]
			currency = "currency" if kind == "Currency" else None
			columns.append(show.column(f"{figure}{suffix}", shown, kind, currency, drill))
	return columns if money else show.without_amounts(columns)


def _filters(figure: str, days: list[str]) -> dict:
	"""The list filters that say which entries a figure counts, or is a share or a sum of."""
	received, closed = {"first_contact_on": ["between", days]}, {"done_on": ["between", days]}
	quoted, won = {**received, "quotation": ["is", "set"]}, {**closed, "outcome": "Won"}
	return {
		"received": received,
		"acknowledged_in_time": {**received, "acknowledge_status": "Met"},
		"quoted": quoted,
		"quoted_amount": quoted,
		"conversion": {**received, "outcome": "Won", "done_on": ["is", "set"]},
		"closed": closed,
		"success_rate": closed,
	}.get(figure, won)


def _chart(rows: list[dict]) -> dict:
	shown = rows[:12]
	return show.bars(
		[row["group"] for row in shown],
		(_("Received"), [row["received"] for row in shown], "blue"),
		(_("Received before"), [row["received_before"] for row in shown], "grey"),
		(_("Won"), [row["won"] for row in shown], "green"),
	)


def _summary(total: dict) -> list[dict]:
	return [
		show.figure(_("Received"), total["received"], figure="received"),
		show.figure(
			_("Received before"), total["received_before"], indicator="Grey", figure="received_before"
		),
		show.figure(_("Conversion"), total["conversion"], "Percent", "Green", figure="conversion"),
		show.figure(_("Won"), total["won"], indicator="Green", figure="won"),
		show.figure(_("Success rate"), total["success_rate"], "Percent", "Green", figure="success_rate"),
		show.figure(_("Days to sale"), total["days_to_sale"], "Float", "Grey", figure="days_to_sale"),
	]
