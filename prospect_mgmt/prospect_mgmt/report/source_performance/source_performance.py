"""By source or number prefix: what came in, what was quoted and sold, against the period before."""

from __future__ import annotations

from frappe import _

from prospect_mgmt.procedure.review import DEFINITIONS
from prospect_mgmt.reporting import figures, period, show

GROUPS = {"Source": figures.SOURCE, "Number prefix": figures.PREFIX}
COMPARED = ("received", "won", "sale_value", "success_rate")
MEANINGS = DEFINITIONS | {
	"average_sale": "The sale value of the enquiries closed as Won in the period, divided by their number.",
	"days_to_sale": "Elapsed days from the first contact to the closing as Won, on average.",
	"received_before": "The same of as many days directly before the period.",
}


def execute(filters=None):
	"""Columns, rows with their total, definitions, chart and summary."""
	asked = _asked(filters)
	group = GROUPS[asked.own.group_by]
	now, before = _figures(asked, group), _figures(asked.before(), group)
	money = show.currency(asked)
	all_now, all_before = now.pop(figures.TOTAL), before.pop(figures.TOTAL)
	rows = [_row(key, now.get(key), before.get(key), money) for key in _keys(now, before)]
	total = _row("", all_now, all_before, money) | {
		"group": _("Total"),
		"is_total": 1,
		"bold": 1,
	}
	return show.result(
		_columns(asked, group, money), [*rows, total] if rows else [], MEANINGS, _chart(rows), _summary(total)
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


def _row(key: str, now: dict | None, before: dict | None, money: str | None) -> dict:
	now, before = now or figures.NOTHING, before or figures.NOTHING
	return {
		"group": key or _("Not known"),
		"key": key,
		"currency": money,
		**now,
		"average_sale": now["sale_value"] / now["won"] if now["won"] else 0,
		**{f"{figure}_before": before[figure] for figure in COMPARED},
	}


def _columns(asked, group: str, money: str | None) -> list[dict]:
	def drill(figure, **filters):
		return (
			show.behind(figure)
			if group == figures.PREFIX
			else show.entries(asked.scope, {"source": "key"}, **filters)
		)

	received = {"first_contact_on": ["between", asked.days]}
	sold = {"done_on": ["between", asked.days], "outcome": "Won"}
	earlier = asked.before()
	columns = [
		show.column("group", _("Source") if group == figures.SOURCE else _("Number prefix"), "Data"),
		show.column("received", _("Received"), drill=drill("received", **received)),
		show.column(
			"received_before",
			_("Before"),
			drill=drill("received_before", first_contact_on=["between", earlier.days]),
		),
		show.column(
			"acknowledged_in_time",
			_("Acknowledged in time"),
			drill=drill("acknowledged_in_time", **received, acknowledge_status="Met"),
		),
		show.column("quoted", _("Quoted"), drill=drill("quoted", **received, quotation=["is", "set"])),
		show.column(
			"quoted_amount",
			_("Amount quoted"),
			"Currency",
			"currency",
			drill("quoted", **received, quotation=["is", "set"]),
		),
		show.column("closed", _("Closed"), drill=drill("closed", done_on=["between", asked.days])),
		show.column("won", _("Won"), drill=drill("won", **sold)),
		show.column(
			"won_before",
			_("Won before"),
			drill=drill("won_before", done_on=["between", earlier.days], outcome="Won"),
		),
		show.column(
			"success_rate",
			_("Success rate"),
			"Percent",
			drill=drill("closed", done_on=["between", asked.days]),
		),
		show.column(
			"success_rate_before",
			_("Success rate before"),
			"Percent",
			drill=drill("closed_before", done_on=["between", earlier.days]),
		),
		show.column("sale_value", _("Sale value"), "Currency", "currency", drill("won", **sold)),
		show.column(
			"sale_value_before",
			_("Sale value before"),
			"Currency",
			"currency",
			drill("won_before", done_on=["between", earlier.days], outcome="Won"),
		),
		show.column("average_sale", _("Average sale"), "Currency", "currency", drill("won", **sold)),
		show.column("days_to_sale", _("Days to sale"), "Float", drill=drill("won", **sold)),
	]
	return columns if money else show.without_amounts(columns)


def _chart(rows: list[dict]) -> dict:
	shown = rows[:12]
	return show.bars(
		[row["group"] for row in shown],
		(_("Received"), [row["received"] for row in shown]),
		(_("Received before"), [row["received_before"] for row in shown]),
		(_("Won"), [row["won"] for row in shown]),
	)


def _summary(total: dict) -> list[dict]:
	return [
		show.figure(_("Received"), total["received"]),
		show.figure(_("Received before"), total["received_before"], indicator="Grey"),
		show.figure(_("Won"), total["won"], indicator="Green"),
		show.figure(_("Success rate"), total["success_rate"], "Percent", "Green"),
		show.figure(_("Days to sale"), total["days_to_sale"], "Float", "Grey"),
	]
