"""The board by stage: columns follow the Workflow, and a dragged card does what the Workflow's action does."""

import frappe
import pytest

from prospect_mgmt import board, panel
from tests import factories
from tests.site import sweeping

BOARD = "Prospect Stages"


@pytest.fixture
def team(stack, clock):
	clock.at(sweeping.MONDAY)
	return sweeping.team(stack)


def columns() -> dict[str, str]:
	doc = frappe.get_doc("Kanban Board", BOARD)
	return {column.column_name: column.indicator for column in doc.columns}


def drag(entry, stage: str):
	return board.update_order_for_single_card(BOARD, entry.name, entry.stage, stage, 0, 0)


def test_the_columns_are_the_stages_and_follow_them():
	assert list(columns()) == ["Call", "Email", "Follow up", "Revive", "Done"]
	doc = frappe.get_doc("Kanban Board", BOARD)
	doc.columns[0].indicator = "Purple"  # by an admin
	doc.save()
	frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": "Quote", "style": "Info"}).insert()
	workflow = frappe.get_doc("Workflow", "Prospect Procedure")
	workflow.append(
		"states", {"state": "Quote", "doc_status": "0", "allow_edit": "Desk User", "is_optional_state": 1}
	)
	workflow.save()
	assert list(columns()) == ["Call", "Email", "Follow up", "Revive", "Done", "Quote"]
	assert (columns()["Call"], columns()["Quote"]) == ("Purple", "Light Blue")


def test_a_board_that_an_admin_deleted_stays_away():
	frappe.delete_doc("Kanban Board", BOARD)
	frappe.get_doc("Workflow", "Prospect Procedure").save()
	assert not frappe.db.exists("Kanban Board", BOARD)


def test_a_dragged_card_moves_its_entry_and_the_board_keeps_no_ids(team):
	entry = sweeping.informed(team)
	frappe.set_user(team.agent)
	drag(entry, "Revive")
	assert entry.reload().stage == "Revive"
	board.update_order(BOARD, frappe.as_json({"Revive": [entry.name]}))
	assert entry.name not in frappe.get_doc("Kanban Board", BOARD).as_json()


def test_what_asks_something_is_asked_first(team):
	entry = sweeping.enquiry(team, mobile_no="+49 151 12345678")
	frappe.set_user(team.agent)
	for stage, act in (("Email", "call"), ("Follow up", "mail"), ("Done", "close")):
		with pytest.raises(board.AskFirst):
			drag(entry, stage)
		assert frappe.response["ask"] == {"entry": entry.name, "act": act}
	with pytest.raises(frappe.ValidationError, match="no action that leads from Call to Revive"):
		drag(entry, "Revive")
	frappe.set_user(factories.user("Prospect Agent").name)
	with pytest.raises(frappe.PermissionError):
		drag(entry, "Email")
	assert entry.reload().stage == "Call"


def test_an_action_that_only_a_sale_means_proposes_won(team):
	entry = sweeping.enquiry(team, mobile_no="+49 151 12345678")
	frappe.set_user(team.agent)
	assert panel.get_panel(entry.name)["actions"]["Close"] == "Closed"  # it means a sale, too
	frappe.set_user("Administrator")
	procedure = factories.procedure()
	procedure.set("moves", [move for move in procedure.moves if move.event != "Closed"])
	procedure.save()
	frappe.set_user(team.agent)
	assert panel.get_panel(entry.name)["actions"]["Close"] == "Sale"
	with pytest.raises(board.AskFirst):
		drag(entry, "Done")
	assert frappe.response["ask"]["act"] == "won"


def test_boards_over_other_records_are_frappes_own():
	todo = frappe.get_doc({"doctype": "ToDo", "description": "Write"}).insert()
	other = frappe.get_doc(
		{
			"doctype": "Kanban Board",
			"kanban_board_name": "Things",
			"reference_doctype": "ToDo",
			"field_name": "status",
			"columns": [{"column_name": "Open"}, {"column_name": "Closed"}],
		}
	).insert()
	board.update_order_for_single_card(other.name, todo.name, "Open", "Closed", 0, 0)
	assert todo.reload().status == "Closed"


def shown(user: str, **asked) -> dict:
	"""What the board shows a user: {stage: (cards, how many there are)}."""
	frappe.set_user(user)
	fields = [
		"`tabProspect List Entry`.`name`",
		"`tabProspect List Entry`.`stage`",
		"`tabProspect List Entry`.`next_due_on`",
	]
	is_open = [["Prospect List Entry", "done_on", "is", "not set"]]
	request = {
		"doctype": "Prospect List Entry",
		"fields": fields,
		"filters": is_open,
		"board": BOARD,
		**asked,
	}
	frappe.local.form_dict = frappe._dict(
		{key: frappe.as_json(value) if isinstance(value, list) else value for key, value in request.items()}
	)
	answer = board.get_cards(BOARD)
	at = {key: answer["keys"].index(key) for key in answer["keys"]}
	cards = {
		stage: [row[at["name"]] for row in answer["values"] if row[at["stage"]] == stage]
		for stage in answer["stages"]
	}
	return {
		stage: (cards[stage], number["count"], number["capped"], number["more"])
		for stage, number in answer["stages"].items()
	}


def test_each_stage_shows_what_is_due_next_and_says_how_many_there_are(team, clock, stack, monkeypatch):
	# Given five in Call, one informed, one closed, and one on a list of others.
	entries = []
	for _ in range(5):
		entries.append(sweeping.enquiry(team, mobile_no="+49 151 12345678"))
		clock.forward(minutes=5)
	informed, closed = sweeping.informed(team), sweeping.enquiry(team)
	closed.close("Unreachable")
	sweeping.enquiry(sweeping.team(stack), mobile_no="+49 151 12345678")
	monkeypatch.setattr(board, "CARDS", 2)
	# When it is opened, then each stage shows those due first, and how many there are, of what its reader may see.
	first = [entry.name for entry in sorted(entries, key=lambda entry: entry.reload().next_due_on)[:2]]
	for user in (team.agent, team.supervisor):
		assert shown(user)["Call"] == (first, 5, False, True)
		assert shown(user)["Follow up"] == ([informed.name], 1, False, False)
		assert shown(user)["Done"] == ([], 0, False, False)
	assert shown(factories.user("Sales Manager").name)["Call"][1] == 6
	# The reader's own filters hold, and a contractor sees their own.
	only = [["Prospect List Entry", "lead", "=", entries[4].lead]]
	assert shown(team.agent, filters=only)["Call"] == ([entries[4].name], 1, False, False)
	assert shown(team.agent, filters=[["Prospect List Entry", "outcome", "=", "Unreachable"]])["Done"][1] == 1
	assert shown(factories.user("Prospect Agent").name)["Call"] == ([], 0, False, False)
	# More than a cap are not counted.
	monkeypatch.setattr(board, "CAP", 3)
	assert shown(team.agent)["Call"][1:] == (3, True, True)
