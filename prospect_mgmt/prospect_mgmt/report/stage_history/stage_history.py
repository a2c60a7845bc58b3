"""Who moved an entry, when, why, and how long it had stayed: of one entry or many."""

from __future__ import annotations

from dataclasses import replace

import frappe
from frappe import _

from prospect_mgmt.reasons import in_words
from prospect_mgmt.reporting import colleagues, history, period, show
from prospect_mgmt.reporting.stages import in_order

MEANINGS = {
	"changed_on": "When the entry entered the stage, oldest first. Moves of spam and duplicates are shown, too: this is a ledger.",
	"agent": "Who had the entry as it moved. A filter by agent asks for this.",
	"changed_by": "The user who caused the move: by hand, by recording a contact, or by a document.",
	"seconds_in_stage": "How long it had stayed in the stage it left, in elapsed time.",
	"working_seconds_in_stage": "The same in the working time of the procedure.",
}


def execute(filters=None):
	"""Columns, rows, definitions, chart and summary."""
	asked = _asked(filters)
	stages = history.by_stage(asked)
	lists = colleagues.lists_named()
	moves = history.moves(asked, show.most_rows())
	stages_moved = {stage for row in moves for stage in (row.from_stage, row.to_stage) if stage}
	said = {stage: _(stage) for stage in stages_moved}
	why = {cause: in_words(cause) for cause in {row.cause for row in moves}}
	rows = [_named(row, lists, said, why) for row in moves]
	total = sum(stages.values())
	rows = show.first_of(rows, total, "cause")
	return show.result(_columns(), rows, MEANINGS, _chart(stages), _summary(asked, total))


def behind(filters, figure: str, row: dict):
	"""The entries that moved. Every row names its own."""
	if figure != "entries":
		raise KeyError(figure)
	return history.moved(_asked(filters))


def _asked(filters):
	asked = period.read(filters)
	entry = period.known(frappe._dict(filters), "entry", "Prospect List Entry")
	return replace(asked, own=frappe._dict(entry=entry))


def _named(row: dict, lists: list[str] | None, said: dict[str, str], why: dict[str, str]) -> dict:
	mover, agent = (colleagues.known(user, row.prospect_list, lists) for user in (row.changed_by, row.agent))
	return {
		**row,
		"from_stage": said.get(row.from_stage),
		"to_stage": said[row.to_stage],
		"changed_by": colleagues.name_of(mover),
		"cause": why[row.cause],
		"agent": colleagues.name_of(agent) if agent else None,
	}


def _columns() -> list[dict]:
	return [
		show.column("changed_on", _("When"), "Datetime"),
		show.column("entry", _("Entry"), "Link", "Prospect List Entry"),
		show.column("lead_name", _("Prospect", context="Prospect List Entry"), "Data"),
		show.column("from_stage", _("From stage"), "Data"),
		show.column("to_stage", _("To stage"), "Data"),
		show.column("seconds_in_stage", _("Stayed"), "Duration"),
		show.column("working_seconds_in_stage", _("Stayed, working time"), "Duration"),
		show.column("changed_by", _("Moved by"), "Data"),
		show.column("cause", _("Why"), "Data"),
		show.column("agent", _("Agent"), "Data"),
		show.column("prospect_list", _("Prospect List"), "Link", "Prospect List"),
	]


def _chart(found: dict[str, int]) -> dict:
	"""In the order of the Workflow; stages that it has no more come last."""
	known = [stage for stage in in_order() if stage in found]
	shown = [*known, *(stage for stage in found if stage not in known)]
	moves = (_("Moves to the stage"), [found[stage] for stage in shown], "blue")
	return show.bars([_(stage) for stage in shown], moves)


def _summary(asked, total: int) -> list[dict]:
	behind = show.behind("entries")
	return [
		show.figure(_("Moves"), total, drill=behind),
		show.figure(_("Entries that moved"), history.entries(asked), drill=behind),
	]
