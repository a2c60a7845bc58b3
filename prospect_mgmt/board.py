"""Kanban by stage: a card that is dragged performs the action of the Workflow, and asks what that action asks.

Frappe writes the order of cards into the board, which everybody reads, and sets the field directly; for boards over
entries both are left out here.
"""

import frappe
from frappe import _
from frappe.desk.doctype.kanban_board import kanban_board
from frappe.model.workflow import apply_workflow

from prospect_mgmt.entry import moves, start
from prospect_mgmt.entry.rules import rules_of

ENTRY, BOARD = start.DOCTYPE, "Prospect Stages"
COLORS = {
	"Primary": "Blue",
	"Info": "Light Blue",
	"Success": "Green",
	"Warning": "Orange",
	"Danger": "Red",
}


class AskFirst(frappe.ValidationError):
	"""The action asks something (how it ended, what was said): the browser opens the dialog that asks it."""

	http_status_code = 417


@frappe.whitelist(methods=["POST"])
def update_order(board_name: str, order: str):
	"""Frappe's own for other boards; entries have no order of their own."""
	board = frappe.get_doc("Kanban Board", board_name)
	if board.reference_doctype != ENTRY:
		return kanban_board.update_order(board_name, order)
	board.check_permission("read")
	return board, []


@frappe.whitelist(methods=["POST"])
def update_order_for_single_card(
	board_name: str, docname: str, from_colname: str, to_colname: str, old_index: int, new_index: int
):
	"""A card was dragged: perform the action that leads there. Raises AskFirst where that asks something."""
	board = frappe.get_doc("Kanban Board", board_name)
	if board.reference_doctype != ENTRY:
		return kanban_board.update_order_for_single_card(
			board_name, docname, from_colname, to_colname, old_index, new_index
		)
	board.check_permission("read")
	entry = frappe.get_doc(ENTRY, docname)
	entry.begin("write")
	if board.field_name != "stage":
		frappe.throw(_("Entries are moved by their stage only."))
	if entry.stage != to_colname:
		_perform(entry, to_colname)
	return board


def _perform(entry, stage: str) -> None:
	action = next(
		(
			t.action
			for t in moves.workflow().transitions
			if t.state == entry.stage and t.next_state == stage and moves.available(entry, t.action)
		),
		None,
	)
	if not action:
		text = _("The Workflow has no action that leads from {0} to {1}.")
		frappe.throw(text.format(_(entry.stage), _(stage)), title=_("Not moved"))
	event = next((event for event, name in rules_of(entry.prospect_list).moves if name == action), None)
	if event in ASKS:
		frappe.local.response["ask"] = {"entry": entry.name, "act": ASKS[event]}
		raise AskFirst(_("{0} asks something first.").format(_(action)))
	apply_workflow(entry, action)


# The dialog of each event, as on the form (prospect_list_entry.js).
ASKS = {
	"Call reached": "call",
	"Information sent": "mail",
	"Answered": "answer",
	"Sale": "close",
	"Closed": "close",
	"Reopened": "reopen",
}


def follow_workflow() -> None:
	"""Keep the columns of the shipped board in step with the stages of the Workflow; colours that an admin chose stay."""
	if not frappe.db.exists("Kanban Board", BOARD):
		return
	board = frappe.get_doc("Kanban Board", BOARD)
	known = {column.column_name: column for column in board.columns}
	stages = list(dict.fromkeys(state.state for state in moves.workflow().states))
	if [column.column_name for column in board.columns] == stages:
		return
	board.set("columns", [])
	for stage in stages:
		kept = known.get(stage)
		color = kept.indicator if kept else COLORS.get(frappe.db.get_value("Workflow State", stage, "style"))
		board.append("columns", {"column_name": stage, "status": "Active", "indicator": color or "Gray"})
	board.flags.ignore_permissions = True  # the Workflow was changed by who may, the board follows
	board.save()


def columns() -> list[dict]:
	"""The columns of a new board."""
	stages = dict.fromkeys(state.state for state in moves.workflow().states)
	return [
		{
			"column_name": stage,
			"status": "Active",
			"indicator": COLORS.get(frappe.db.get_value("Workflow State", stage, "style"), "Gray"),
		}
		for stage in stages
	]
