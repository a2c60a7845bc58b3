"""By agent: what they have, what they did themselves, what came of it. Small samples are marked, not ranked."""

from __future__ import annotations

from frappe import _

from prospect_mgmt.procedure.review import DEFINITIONS, SMALL_SAMPLE, ranks
from prospect_mgmt.reporting import colleagues, figures, period, show

MEANINGS = DEFINITIONS | {
	"received": "Enquiries whose first contact was in the period and that the agent has today; spam and duplicates are not counted.",
	"calls": "Calls the agent made in the period, whatever their result, on whoever's enquiry.",
	"revived": "Enquiries that went from Revive back to an earlier stage in the period while the agent had them.",
	"saved": "Of the enquiries revived, those that have been won since.",
	"rank": "The place by success rate; agents with fewer than ten closed enquiries are not ranked.",
}


def execute(filters=None):
	"""Columns, rows with their total, definitions, chart and summary."""
	asked = period.read(filters)
	money = show.currency(asked)
	agents = figures.of(asked, figures.AGENT)
	all_together = agents.pop(figures.TOTAL)
	agents = {key: found for key, found in agents.items() if any(found.values())}
	# One among others who are not told apart has no place.
	places = ranks({key: found for key, found in agents.items() if key and colleagues.OTHERS not in agents})
	rows = [_row(key, found, places.get(key), money) for key, found in agents.items()]
	rows.sort(
		key=lambda row: (
			"is_others" in row,
			row["rank"] or len(rows) + 1,
			-row["received"],
			row["key"],
		)
	)
	total = {
		**show.with_rates(all_together),
		"agent": _("Total"),
		"key": "",
		"currency": money,
		"is_total": 1,
		"bold": 1,
	}
	return show.result(
		_columns(asked, money), [*rows, total] if rows else [], MEANINGS, _chart(rows), _summary(total)
	)


def behind(filters, figure: str, row: dict):
	"""The entries that a figure counts."""
	key = None if row.get("is_total") else row.get("key", "")
	return figures.behind(period.read(filters), figure, figures.AGENT, key)


def _row(key: str, found: dict, place: int | None, money: str | None) -> dict:
	is_small = found["closed"] < SMALL_SAMPLE and key not in ("", colleagues.OTHERS)
	row = {
		"agent": colleagues.name_of(key),
		"key": key,
		"currency": money,
		**show.with_rates(found),
		"rank": place,
		"sample": _("Small sample") if is_small else None,
	}
	return colleagues.mark(row, key)


def _columns(asked, money: str | None) -> list[dict]:
	names_all = colleagues.lists_named() is None

	def drill(figure: str, **filters):
		"""No filter of a list says on which lists the agents are named."""
		if names_all:
			return show.entries(asked.scope, {"agent": "key"}, **filters)
		return show.behind(figure)

	received, closed = {"first_contact_on": ["between", asked.days]}, {"done_on": ["between", asked.days]}
	quoted = drill("quoted", **received, quotation=["is", "set"])
	won = drill("won", **closed, outcome="Won")
	columns = [
		show.column("agent", _("Agent"), "Data"),
		show.column("received", _("Assigned"), drill=drill("received", **received)),
		show.column(
			"acknowledged_in_time",
			_("Acknowledged in time"),
			drill=drill("acknowledged_in_time", **received, acknowledge_status="Met"),
		),
		show.column(
			"satisfied_in_time",
			_("Satisfied in time"),
			drill=drill("satisfied_in_time", **received, satisfy_status="Met"),
		),
		*(
			show.column(figure, label, drill=show.behind(figure))
			for figure, label in (
				("calls", _("Calls")),
				("calls_reached", _("Reached")),
				("mails", _("Mails")),
				("revived", _("Revived")),
				("saved", _("Saved")),
			)
		),
		show.column("quoted", _("Quoted"), drill=quoted),
		show.column("quoted_amount", _("Amount quoted"), "Currency", "currency", quoted),
		show.column("closed", _("Closed"), drill=drill("closed", **closed)),
		show.column("won", _("Won"), drill=won),
		show.column("sale_value", _("Sale value"), "Currency", "currency", won),
		show.column("success_rate", _("Success rate"), "Percent", drill=drill("closed", **closed)),
		show.column("rank", _("Rank")),
		show.column("sample", _("Sample"), "Data"),
		show.column("open", _("Open", context="Prospect Review Agent"), drill=show.behind("open")),
	]
	return columns if money else show.without_amounts(columns)


def _chart(rows: list[dict]) -> dict:
	shown = rows[:12]
	return show.bars(
		[row["agent"] for row in shown],
		(_("Assigned"), [row["received"] for row in shown], "blue"),
		(_("Calls"), [row["calls"] for row in shown], "grey"),
		(_("Won"), [row["won"] for row in shown], "green"),
	)


def _summary(total: dict) -> list[dict]:
	return [
		show.figure(_("Assigned"), total["received"], figure="received"),
		show.figure(_("Calls"), total["calls"], figure="calls"),
		show.figure(_("Revived"), total["revived"], indicator="Orange", figure="revived"),
		show.figure(_("Won"), total["won"], indicator="Green", figure="won"),
		show.figure(_("Success rate"), total["success_rate"], "Percent", "Green", figure="success_rate"),
		show.figure(
			_("Open", context="Prospect Review Agent"), total["open"], indicator="Grey", figure="open"
		),
	]
