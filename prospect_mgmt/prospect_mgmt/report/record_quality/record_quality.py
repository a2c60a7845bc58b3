"""The third standard of the procedure, by agent: is what happened written down, completely and soon?"""

from __future__ import annotations

from frappe import _

from prospect_mgmt.procedure.review_records import QUALITY
from prospect_mgmt.reporting import colleagues, period, records, show

COUNTED = tuple(figure for figure in QUALITY if figure != "record_delay")
MEANINGS = QUALITY | {"summaries": "Calls with a summary, in percent of the calls."}


def execute(filters=None):
	"""Columns, rows with their total, definitions, chart and summary."""
	asked = period.read(filters)
	found = records.quality(asked)
	order = sorted(
		found,
		key=lambda key: (
			key == colleagues.OTHERS,
			-found[key]["no_summary"],
			-found[key]["recorded"],
			key,
		),
	)
	rows = [_row(colleagues.name_of(key), key, found[key]) for key in order]
	total = _total(asked, rows)
	return show.result(_columns(), [*rows, total] if rows else [], MEANINGS, _chart(rows), _summary(total))


def behind(filters, figure: str, row: dict):
	"""The entries that a figure counts."""
	return records.quality_behind(
		period.read(filters), figure, None if row.get("is_total") else row.get("key", "")
	)


def _row(label: str, key: str, found: dict) -> dict:
	row = {
		"agent": label,
		"key": key,
		**found,
		"summaries": show.rate(found["calls"] - found["no_summary"], found["calls"]),
	}
	return colleagues.mark(row, key)


def _total(asked, rows: list[dict]) -> dict:
	delay = rows[0]["record_delay"] if len(rows) == 1 else records.record_delay(asked)
	total = _row(_("Total"), "", show.sums(rows, *COUNTED))
	return total | {"record_delay": delay, "is_total": 1, "bold": 1}


def _columns() -> list[dict]:
	labels = {
		"received": _("Received"),
		"no_interest": _("No interest"),
		"no_source": _("No source"),
		"bounced": _("Mail came back"),
		"calls": _("Calls"),
		"no_summary": _("No summary"),
		"recorded": _("Contacts recorded"),
		"recorded_late": _("Recorded late"),
	}
	return [
		show.column("agent", _("Agent"), "Data"),
		*(show.column(figure, label, drill=show.behind(figure)) for figure, label in labels.items()),
		show.column("summaries", _("With summary"), "Percent", drill=show.behind("calls")),
		show.column("record_delay", _("Recorded within"), "Duration", drill=show.behind("recorded")),
	]


def _chart(rows: list[dict]) -> dict:
	series = (
		("no_summary", _("No summary"), "red"),
		("recorded_late", _("Recorded late"), "orange"),
		("no_source", _("No source"), "grey"),
	)
	return show.bars(
		[row["agent"] for row in rows[:12]],
		*((label, [row[figure] for row in rows[:12]], colour) for figure, label, colour in series),
	)


def _summary(total: dict) -> list[dict]:
	return [
		show.figure(
			_("Calls with summary"),
			total["summaries"],
			"Percent",
			"Green" if (total["summaries"] or 0) >= 90 else "Red",
			figure="summaries",
		),
		show.figure(_("Recorded late"), total["recorded_late"], indicator="Orange", figure="recorded_late"),
		show.figure(_("No interest"), total["no_interest"], figure="no_interest"),
		show.figure(_("No source"), total["no_source"], figure="no_source"),
		show.figure(_("Mail came back"), total["bounced"], figure="bounced"),
	]
