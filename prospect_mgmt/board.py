"""Kanban by stage: a card that is dragged performs the action of the Workflow, and asks what that action asks.

Frappe writes the order of cards into the board, which everybody reads, and sets the field directly; for boards over
entries both are left out here.
"""

import frappe
from frappe import _
from frappe.desk import reportview
from frappe.desk.doctype.kanban_board import kanban_board
from frappe.model.workflow import apply_workflow

from prospect_mgmt import permissions
from prospect_mgmt.entry import moves, start

ENTRY, BOARD, LIST = start.DOCTYPE, "Prospect Stages", "Prospect List"
CARDS = 50  # of each stage, those that are due next; of more the board says how many there are
CAP = 999  # more than so many are not counted; three digits are the same in every number format
COLORS = {
	"Primary": "Blue",
	"Info": "Light Blue",
	"Success": "Green",
	"Warning": "Orange",
	"Danger": "Red",
}


# ------------------------------------------------------------- what it shows
@frappe.whitelist()
def get_cards(board: str) -> dict:
	"""The cards of a board over entries, as Frappe's list would answer {keys, values, user_info}, yet some of each stage.

	Takes the list's arguments (fields, filters …) from the request, as Frappe's own does. Besides, `stages`:
	{stage: {count, capped, more}}. Shows only what the caller may see.
	"""
	frappe.has_permission(ENTRY, "read", throw=True)
	document = frappe.get_doc("Kanban Board", board)
	document.check_permission("read")
	columns = [row.column_name for row in document.columns]
	frappe.local.form_dict.pop("board", None)  # the rest is the list's
	args = reportview.get_form_params()
	if args.doctype != ENTRY:
		raise frappe.PermissionError
	filters, rows, stages = list(args.filters or []), [], {}
	for stage in columns:
		found = _of_stage(args, [*filters, [ENTRY, "stage", "=", stage]])
		rows += found["cards"]
		for card in found["cards"]:
			card.next_step = _(card.next_step or "")  # stored in plain English
		stages[stage] = {key: found[key] for key in ("count", "capped", "more")}
	return {**(reportview.compress(rows, args=args) or {"keys": [], "values": []}), "stages": stages}


def _of_stage(args: dict, filters: list) -> dict:
	"""The cards of a stage that are due next, and how many there are. Each part is one range of an index (law 9)."""
	cards, count = {}, 0
	for part in _parts(filters):
		query = {**args, "filters": [*filters, *part], "order_by": "next_due_on asc", "start": 0}
		found = reportview.execute(**{**query, "page_length": CARDS + 1})
		if len(found) > CARDS:
			only_names = {
				**query,
				"fields": ["`tabProspect List Entry`.`name`"],
				"page_length": CAP + 1 - count,
			}
			count += len(reportview.execute(**{**only_names, "order_by": None}))
		else:
			count += len(found)
		cards.update((card.name, card) for card in found)
		if count > CAP:
			break
	first = sorted(cards.values(), key=lambda card: str(card.next_due_on or ""))[:CARDS]
	return {"cards": first, "count": min(count, CAP), "capped": count > CAP, "more": count > len(first)}


def _parts(filters: list) -> list[list]:
	"""Filters that divide what the caller sees: list by list for whoever sees whole lists, at once for the rest."""
	# Open entries are those with something coming: said so, the index gives them without the closed ones.
	is_open = [[ENTRY, "next_due_on", "is", "set"]] if [ENTRY, "done_on", "is", "not set"] in filters else []
	user = frappe.session.user
	if not (permissions.sees_all(user) or permissions.is_sales_user(user)):
		return [is_open]
	lists = frappe.get_list(LIST, pluck="name", order_by="name")
	elsewhere = [[[ENTRY, "agent", "=", user], [ENTRY, "prospect_list", "not in", lists]]] if lists else [[]]
	return [[*part, *is_open] for part in ([[ENTRY, "prospect_list", "=", name]] for name in lists)] + [
		[*part, *is_open] for part in elsewhere
	]


# ------------------------------------------------------------- a card that is dragged
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
	event = moves.meaning(entry, action)
	if event in ASKS:
		frappe.local.response["ask"] = {"entry": entry.name, "act": ASKS[event]}
		raise AskFirst(_("{0} asks something first.").format(_(action)))
	apply_workflow(entry, action)


# The dialog of each event, as on the form (prospect_list_entry.js).
ASKS = {
	"Call reached": "call",
	"Information sent": "mail",
	"Answered": "answer",
	"Sale": "won",
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
