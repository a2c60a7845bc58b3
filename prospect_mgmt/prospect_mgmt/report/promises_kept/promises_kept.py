"""The standards by day, week or month: kept or missed, how late, and whose delay it was."""

from __future__ import annotations

from frappe import _
from frappe.utils import formatdate, now_datetime

from prospect_mgmt.procedure.review import PROMISES
from prospect_mgmt.procedure.review_promises import BUCKETS, DEFINITIONS
from prospect_mgmt.reporting import period, promises, show

COUNTED = (
	"promised",
	"met",
	"missed",
	"pending",
	"void",
	"not_yet",
	"late_ours",
	"late_waiting",
	"late_outside",
)


def execute(filters=None):
	"""Columns, rows with their total, definitions, chart and summary."""
	asked, now = _asked(filters), now_datetime()
	found = promises.promises(asked, asked.own.by, now)
	order = list(PROMISES)
	rows = [
		_row(*key, found[key], asked.own.by)
		for key in sorted(found, key=lambda key: (key[0], order.index(key[1])))
	]
	totals = {
		promise: _total(asked, promise, [row for row in rows if row["promise"] == promise], now)
		for promise in order
	}
	shown = [*rows, *(total for total in totals.values() if total["promised"])] if rows else []
	return show.result(_columns(), shown, DEFINITIONS, _chart(rows), _summary(totals))


def behind(filters, figure: str, row: dict):
	"""The entries that a figure counts."""
	asked = _asked(filters)
	if not row.get("is_total"):
		asked = promises.only_bucket(asked, asked.own.by, period.day_of(row))
	return promises.behind(asked, figure, row["promise"])


def _asked(filters):
	return period.read(filters, by=BUCKETS)


def _label(promise: str) -> str:
	return {"acknowledge": _("Acknowledge"), "satisfy": _("Satisfy"), "respond": _("Respond")}[promise]


def _row(day, promise: str, found: dict, by: str) -> dict:
	shown = show.month(day) if by == "Month" else formatdate(day)
	return {
		"bucket": shown,
		"day": str(day),
		"promise": promise,
		"standard": _label(promise),
		**found,
		"kept": _kept(found),
	}


def _kept(found: dict) -> float | None:
	return show.rate(found["met"], found["met"] + found["missed"])


def _total(asked, promise: str, rows: list[dict], now) -> dict:
	total = show.sums(rows, *COUNTED)
	late = promises.lateness(asked, promise, now) if rows[1:] else rows[0] if rows else promises.NOT_LATE
	return {
		"bucket": _("Total"),
		"promise": promise,
		"standard": _label(promise),
		**total,
		**{figure: late[figure] for figure in promises.NOT_LATE},
		"kept": _kept(total),
		"is_total": 1,
		"bold": 1,
	}


def _columns() -> list[dict]:
	counted = (
		("promised", _("Promised")),
		("met", _("Met")),
		("missed", _("Missed", context="Prospect List Entry")),
		("pending", _("Pending", context="Prospect List Entry")),
		("void", _("Void")),
		("not_yet", _("Not kept yet")),
	)
	times = (
		("late_median", _("Late, median")),
		("late_ninety", _("Late, 90th percentile")),
		("late_ours", _("Delay, ours")),
		("late_waiting", _("Delay, waiting for the prospect")),
		("late_outside", _("Delay, outside working hours")),
	)
	return [
		show.column("bucket", _("Period"), "Data"),
		show.column("standard", _("Standard"), "Data"),
		*(show.column(figure, label, drill=show.behind(figure)) for figure, label in counted),
		show.column("late_so_far", _("Not kept yet, late so far"), "Duration", drill=show.behind("not_yet")),
		show.column("kept", _("Kept"), "Percent", drill=show.behind("met")),
		*(show.column(figure, label, "Duration", drill=show.behind("late")) for figure, label in times),
	]


def _chart(rows: list[dict]) -> dict:
	"""Without the periods in which no promise was kept or missed. Frappe would show 0 % for what is no percentage."""
	judged = [row for row in rows if row["kept"] is not None]
	buckets = list(dict.fromkeys(row["bucket"] for row in judged))
	kept = {(row["bucket"], row["promise"]): row["kept"] for row in judged}
	series = (
		(f"{_label(promise)} (%)", [kept.get((bucket, promise)) for bucket in buckets], colour)
		for promise, colour in zip(PROMISES, ("blue", "green", "purple"), strict=True)
	)
	return show.bars(buckets, *series, fieldtype=None)


def _summary(totals: dict[str, dict]) -> list[dict]:
	return [
		show.figure(
			_label(promise),
			total["kept"],
			"Percent",
			"Green" if total["kept"] >= 90 else "Red",
			figure="kept",
			row={"is_total": 1, "promise": promise},
		)
		for promise, total in totals.items()
		if total["met"] + total["missed"]
	]
