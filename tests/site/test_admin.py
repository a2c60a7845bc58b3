"""What an admin changes in the Desk, without code, and what follows from it."""

from datetime import datetime

import frappe
import pytest
from frappe.email.queue import flush
from frappe.utils import get_datetime

from prospect_mgmt import sweep
from prospect_mgmt.entry import replan
from tests import factories

ENTRY, STEP = "Prospect List Entry", "Prospect Due Step"
HOUR, DAY = 3600, 86400
LIST = "Prospects"
MONDAY = "2026-06-08 09:00"


@pytest.fixture
def monday(clock):
	"""The clock, standing at nine on a Monday."""
	clock.at(MONDAY)
	return clock


@pytest.fixture
def workflow():
	"""The Workflow that governs entries, as its form has it."""
	return frappe.get_doc("Workflow", "Prospect Procedure")


@pytest.fixture
def procedure():
	"""The shipped procedure."""
	return factories.procedure()


def new_entry(**fields):
	lead = factories.lead(**fields)
	return frappe.get_doc(ENTRY, {"open_lead": lead.name})


def coming(entry) -> dict[str, datetime]:
	"""The coming steps of an entry: when each is due."""
	rows = frappe.get_all(
		STEP, filters={"entry": entry.name, "status": "Scheduled"}, fields=["step_title", "due_on"]
	)
	return {row.step_title: row.due_on for row in rows}


def ledger(entry) -> list[tuple]:
	"""Every row of an entry's ledger."""
	rows = frappe.get_all(
		STEP,
		filters={"entry": entry.name},
		fields=["name", "step_title", "due_on", "status", "reason", "action"],
		order_by="name",
	)
	return [tuple(row.values()) for row in rows]


def warnings_on(entry) -> list[str]:
	return frappe.get_all(
		"Comment", filters={"reference_name": entry.name, "comment_type": "Info"}, pluck="content"
	)


def sweep_now():
	frappe.db.commit()
	tally = sweep.run()
	assert not tally.errors
	return tally


def transition(workflow, state: str, action: str):
	return next(t for t in workflow.transitions if (t.state, t.action) == (state, action))


def add_state(workflow, state: str, before: str) -> None:
	"""As the form does: a row in the table of states, dragged to its place."""
	if not frappe.db.exists("Workflow State", state):
		frappe.get_doc(doctype="Workflow State", workflow_state_name=state).insert()
	place = next(row.idx for row in workflow.states if row.state == before)
	row = workflow.append(
		"states", {"state": state, "doc_status": "0", "allow_edit": "Desk User", "is_optional_state": 1}
	)
	workflow.states.remove(row)
	workflow.states.insert(place - 1, row)
	for number, state_row in enumerate(workflow.states, 1):
		state_row.idx = number


def add_transition(workflow, state: str, action: str, next_state: str) -> None:
	if not frappe.db.exists("Workflow Action Master", action):
		frappe.get_doc(doctype="Workflow Action Master", workflow_action_name=action).insert()
	workflow.append(
		"transitions", {"state": state, "action": action, "next_state": next_state, "allowed": "Desk User"}
	)


# ------------------------------------------------------------- a stage more
def test_a_new_stage_is_worked_without_any_code(workflow, procedure, stack, monday):
	# Given an admin who draws the state Demo between Email and Follow up, and adds a row for it to the procedure.
	factories.email_account(stack)
	add_state(workflow, "Demo", before="Follow up")
	transition(workflow, "Email", "Information sent").next_state = "Demo"
	add_transition(workflow, "Demo", "Demo held", "Follow up")
	add_transition(workflow, "Demo", "Close", "Done")
	workflow.save()
	procedure.append(
		"steps", {"stage": "Demo", "title": "Show it to them", "action": "Remind agent", "after": 2 * HOUR}
	)
	procedure.append("moves", {"event": "Call reached", "workflow_action": "Demo held"})
	procedure.save()
	assert procedure.describe()["problems"] == []
	# When an entry is called and mailed.
	entry = new_entry(mobile_no="+49 30 23125 001")
	entry.log_call("Wants to see it")
	entry.send_information("Our appointment", "<p>See you.</p>")
	# Then it stands in Demo, its step is planned and counted there, and the list counts it there.
	assert entry.stage == "Demo"
	assert coming(entry)["Show it to them"] == datetime(2026, 6, 8, 11)
	assert frappe.get_doc("Prospect List", LIST).get_counts()["stages"] == {"Demo": 1}
	# And the sweep reminds, the event in the table moves it on, and the ledger tells all of it.
	monday.forward(hours=2)
	sweep_now()
	assert entry.reload().task == "Show it to them"
	entry.log_call("Liked what they saw")
	assert entry.stage == "Follow up"
	assert "Courtesy note" in coming(entry)
	changes = frappe.get_all(
		"Prospect Stage Change", {"entry": entry.name}, pluck="to_stage", order_by="changed_on, creation"
	)
	assert sorted(changes) == ["Call", "Demo", "Email", "Follow up"]
	entry.close("Not a prospect")
	assert entry.stage == "Done"
	assert frappe.get_doc("Prospect List", LIST).get_counts()["stages"] == {}


def test_a_redrawn_workflow_works_through_the_table_of_moves(workflow, procedure, monday):
	# Given a Workflow whose action has another name, which the admin names in the table.
	old = transition(workflow, "Call", "Call completed")
	add_transition(workflow, "Call", "Spoken with them", "Email")
	workflow.remove(old)
	workflow.save()
	next(
		move for move in procedure.moves if move.event == "Call reached"
	).workflow_action = "Spoken with them"
	procedure.save()
	# When they are reached, then the stage moves.
	entry = new_entry(mobile_no="+49 30 23125 001")
	entry.log_call("Wants a price list")
	assert entry.stage == "Email"


# ------------------------------------------------------------- what does not fit
def test_a_missing_action_is_a_warning_on_the_entry(workflow, monday):
	# Given a Workflow in which nobody drew what "call reached" means.
	workflow.remove(transition(workflow, "Call", "Call completed"))
	workflow.save()
	entry = new_entry(mobile_no="+49 30 23125 001")
	# When they are reached.
	entry.log_call("Wants a price list")
	# Then the call is kept, the promise met, the stage stays, and the entry says what an admin can mend.
	assert (entry.stage, entry.acknowledge_status) == ("Call", "Met")
	[warning] = warnings_on(entry)
	assert "the Workflow has no action “Call completed”" in warning and "table of moves" in warning


def test_a_missing_action_never_refuses_an_invoice(workflow, monday):
	# Given a Workflow without any way to Done.
	workflow.transitions = [t for t in workflow.transitions if t.action != "Close"]
	workflow.save()
	entry = new_entry()
	customer = factories.customer_from(frappe.get_doc("Lead", entry.lead))
	# When the sale is booked.
	invoice = factories.sales_invoice(customer, rate=900)
	# Then the invoice stands, the entry is closed as Won with its amount, and says what is missing.
	assert invoice.docstatus == 1
	entry.reload()
	assert entry.done_on and (entry.outcome, entry.sale_value) == ("Won", 900)
	assert any("“Close”" in warning for warning in warnings_on(entry))
	assert not frappe.db.count("Prospect Signal Failure")


def switch_off(workflow):
	workflow.is_active = 0
	workflow.save()


def keep_state_elsewhere(workflow):
	workflow.db_set("workflow_state_field", "task")
	frappe.clear_cache(doctype=ENTRY)


def mend_switch(workflow):
	workflow.is_active = 1
	workflow.save()


def mend_field(workflow):
	workflow.db_set("workflow_state_field", "stage")
	frappe.clear_cache(doctype=ENTRY)


@pytest.mark.parametrize(
	("spoil", "mend", "words"),
	[
		(switch_off, mend_switch, "Open the Workflow list and switch one on"),
		(keep_state_elsewhere, mend_field, "open it and set Workflow State Field"),
	],
	ids=["no workflow", "another state field"],
)
def test_without_a_fitting_workflow_leads_still_come_in(workflow, procedure, monday, spoil, mend, words):
	# Given a site whose Workflow was switched off, or keeps its state elsewhere.
	spoil(workflow)
	# When a lead comes in.
	lead = factories.lead()
	# Then it is there, with its number; what could not be done is kept, and says where an admin can mend it.
	assert lead.name.startswith("LEAD-")
	assert not frappe.db.exists(ENTRY, lead.name)
	[failure] = frappe.get_all(
		"Prospect Signal Failure", fields=["name", "reason", "reference_name", "status"]
	)
	assert words in failure.reason and (failure.reference_name, failure.status) == (lead.name, "Failed")
	assert words in procedure.describe()["problems"][0]
	# And once it is mended, it can be tried again.
	mend(workflow.reload())
	assert frappe.get_doc("Prospect Signal Failure", failure.name).retry() == "Done"
	assert (
		frappe.get_doc(ENTRY, lead.name).stage == "Email"
	)  # where mail can reach them: they have no telephone


def test_another_workflow_governs(workflow, procedure, monday):
	# Given an admin's own Workflow, drawn with other states.
	mine = frappe.copy_doc(workflow)
	mine.update({"workflow_name": "Mine", "states": [], "transitions": []})
	for state in ("Fresh", "Finished"):
		frappe.get_doc(doctype="Workflow State", workflow_state_name=state).insert()
		mine.append(
			"states", {"state": state, "doc_status": "0", "allow_edit": "Desk User", "is_optional_state": 1}
		)
	add_transition(mine, "Fresh", "Finish", "Finished")
	mine.insert()
	# When a lead comes in, then it stands in the first state of that Workflow,
	entry = new_entry(mobile_no="+49 30 23125 001")
	assert entry.stage == "Fresh"
	# and the procedure names each row of its own that does not fit.
	problems = "\n".join(procedure.describe()["problems"])
	assert "Step 1 “Call them” is for the stage Call, which the Workflow does not have." in problems
	assert "“Closed” means “Close”, which the Workflow does not have." in problems
	# A call is kept all the same, and named in the table the admin's own action closes.
	entry.log_call("Wants a price list")
	assert entry.acknowledge_status == "Met"
	for move in procedure.moves:
		move.workflow_action = "Finish"
	procedure.save()
	entry.close("Not a prospect")
	assert (entry.stage, entry.outcome) == ("Finished", "Not a prospect")


def test_a_stage_that_was_removed_is_named_where_it_can_be_mended(workflow, monday):
	# Given an entry in Email.
	entry = new_entry(mobile_no="+49 30 23125 001")
	entry.log_call("Wants a price list")
	# When an admin takes Email out of the Workflow.
	frappe.clear_messages()
	workflow.states = [row for row in workflow.states if row.state != "Email"]
	workflow.transitions = [t for t in workflow.transitions if "Email" not in (t.state, t.next_state)]
	workflow.save()
	# Then the Workflow form says who still stands there, and which row of the procedure was for it.
	said = " ".join(message["message"] for message in frappe.get_message_log())
	assert "1 open entries stand in the stage Email" in said
	assert "“Send the information” is for the stage Email" in said
	# And leads still come in.
	assert new_entry().stage == "Call"


def test_a_stage_redrawn_under_another_name_is_named_where_it_can_be_mended(workflow, procedure, monday):
	# Given an entry in Email.
	entry = new_entry(mobile_no="+49 30 23125 001")
	entry.log_call("Wants a price list")
	frappe.db.commit()
	# When an admin draws another state in its place.
	frappe.get_doc(doctype="Workflow State", workflow_state_name="Inform them").insert()
	frappe.clear_messages()
	redraw(workflow, "Email", "Inform them")
	frappe.db.commit()
	# Then the Workflow form says who stands where nothing is drawn any more, and which row of the procedure is for it.
	said = " ".join(message["message"] for message in frappe.get_message_log())
	assert "1 open entries stand in the stage Email" in said
	assert "“Send the information” is for the stage Email" in said
	# And whoever works an entry there is told what an admin has to mend; what arrives by itself is kept for later.
	with pytest.raises(frappe.ValidationError, match="Please update your Workflow and try again"):
		entry.reload().log_call("Spoke again")
	frappe.db.rollback()
	# When the admin draws the old state beside the new one, with a way on, and names the new one in the procedure.
	add_state(workflow.reload(), "Email", before="Follow up")
	add_transition(workflow, "Email", "Information sent", "Follow up")
	workflow.save()
	next(step for step in procedure.steps if step.title == "Send the information").stage = "Inform them"
	procedure.save()
	# Then nothing is left to mend: the old entry goes on from where it stood, a new one by the new drawing.
	assert procedure.describe()["problems"] == []
	entry.reload().record_message("The price list")
	assert entry.stage == "Follow up"
	fresh = new_entry(mobile_no="+49 30 23125 002")
	fresh.log_call("Wants a price list")
	assert fresh.stage == "Inform them" and "Send the information" in coming(fresh)


def redraw(workflow, old: str, new: str) -> None:
	for row in workflow.states:
		row.state = new if row.state == old else row.state
	for row in workflow.transitions:
		row.state = new if row.state == old else row.state
		row.next_state = new if row.next_state == old else row.next_state
	workflow.save()


# ------------------------------------------------------------- a changed procedure
def test_a_changed_procedure_changes_no_promise_that_was_given(procedure, monday):
	# Given an entry with its promises and steps.
	entry = new_entry()
	promised = (entry.acknowledge_by, entry.satisfy_by, ledger(entry))
	# When an admin halves every duration, and adds a step that would be due at once.
	for field in ("acknowledge_within", "satisfy_within", "respond_within"):
		procedure.set(field, procedure.get(field) / 2)
	for step in procedure.steps:
		step.after = (step.after or 0) / 2
	procedure.append(
		"steps", {"title": "New", "action": "Alert supervisor", "counted_from": "First contact", "after": 0}
	)
	procedure.save()
	sweep_now()
	entry.reload().add_comment("Comment", "Something else")
	entry.save()
	# Then the old entry keeps what it had, and a new one gets the new.
	assert (entry.acknowledge_by, entry.satisfy_by) == promised[:2]
	now_due = {row[0]: row[2] for row in ledger(entry)}
	assert {row[0]: now_due[row[0]] for row in promised[2]} == {row[0]: row[2] for row in promised[2]}
	assert "New" not in coming(entry)
	assert get_datetime(new_entry().acknowledge_by) == datetime(2026, 6, 8, 21)


def test_replanning_does_what_its_preview_shows(procedure, monday):
	# Given two entries, one of them acknowledged already, and a changed procedure.
	first, second = new_entry(mobile_no="+49 30 23125 001"), new_entry(mobile_no="+49 30 23125 002")
	second.log_call("Wants a price list")
	next(step for step in procedure.steps if step.title == "Acknowledge soon").after = 12 * HOUR
	procedure.append(
		"steps",
		{
			"title": "Look at it",
			"action": "Alert supervisor",
			"counted_from": "First contact",
			"after": 30 * HOUR,
		},
	)
	procedure.save()
	before = {entry.name: ledger(entry) for entry in (first, second)}
	# When the admin asks what re-planning would change.
	shown = procedure.preview_replan()
	# Then nothing is changed yet,
	assert {entry.name: ledger(entry) for entry in (first, second)} == before
	expected = {
		(first.name, "Acknowledge soon", "dropped", datetime(2026, 6, 9, 3)),
		(first.name, "Acknowledge soon", "planned", datetime(2026, 6, 8, 21)),
		(first.name, "Look at it", "planned", datetime(2026, 6, 9, 15)),
		(second.name, "Look at it", "planned", datetime(2026, 6, 9, 15)),
	}
	assert {tuple(row.values()) for row in shown["rows"]} == expected
	assert (shown["entries"], shown["changed"]) == (2, 2)
	# and when it is done, it is exactly that.
	frappe.db.commit()
	replan.carry_out(procedure.name)
	done = set()
	for entry in (first, second):
		old = {row[0]: row for row in before[entry.name]}
		for row in ledger(entry):
			if row[0] not in old:
				done.add((entry.name, row[1], "planned", row[2]))
			elif row[3] != old[row[0]][3]:
				done.add((entry.name, row[1], "dropped", row[2]))
				assert row[4] == "re-planned by a changed procedure"
	assert done == expected
	# And asked again there is nothing more to change.
	assert procedure.preview_replan()["rows"] == []


# ------------------------------------------------------------- mail
def test_a_procedure_can_be_tried_on_oneself(stack, smtp, monday):
	# Given an admin who lets all mail come to themselves.
	factories.email_account(stack)
	frappe.db.set_single_value("Prospect Management Settings", "try_out_with", "admin@musterwerk.example")
	entry = new_entry(mobile_no="+49 30 23125 001")
	entry.log_call("Wants a price list")
	entry.send_information("Our price list", "<p>Here.</p>", cc="boss@example.com")
	monday.forward(hours=48)
	sweep_now()
	flush()
	# Then the agent's mail and the courtesy note reach the admin, and name whom they were for; nobody else gets one.
	mails = smtp.wait_for(2)
	assert {address for mail in mails for address in mail.recipients} == {"admin@musterwerk.example"}
	assert all(f"[{entry.email_id}]" in mail.subject for mail in mails)


def test_one_switch_stops_all_mail(stack, smtp, monday):
	# Given a courtesy note that comes due while all mail is stopped.
	factories.email_account(stack)
	entry = new_entry(mobile_no="+49 30 23125 001")
	entry.log_call("Wants a price list")
	entry.send_information("Our price list", "<p>Here.</p>")
	flush()
	smtp.wait_for(1)
	frappe.db.set_single_value("Prospect Management Settings", "stop_all_mail", 1)
	monday.forward(hours=48)
	sweep_now()
	# Then it is held, not skipped, and an agent who would mail is told why not.
	[held] = frappe.get_all(STEP, {"entry": entry.name, "step_title": "Courtesy note"}, ["status", "reason"])
	assert (held.status, held.reason) == ("Scheduled", "held: all mail is stopped")
	with pytest.raises(frappe.ValidationError, match="All mail to prospects is stopped"):
		entry.send_information("More", "<p>More.</p>")
	# When it is switched on again, then the note goes out, once.
	frappe.db.set_single_value("Prospect Management Settings", "stop_all_mail", 0)
	monday.forward(minutes=16)
	sweep_now()
	sweep_now()
	flush()
	assert len(smtp.wait_for(2)) == 2


# ------------------------------------------------------------- working hours
@pytest.fixture
def office_hours(procedure):
	"""Eight to twelve and one to five, Monday to Friday, closed on Monday 15 June 2026."""
	holidays = frappe.get_doc(
		doctype="Holiday List", holiday_list_name="Closed", from_date="2026-01-01", to_date="2026-12-31"
	)
	holidays.append("holidays", {"holiday_date": "2026-06-15", "description": "Works outing"})
	procedure.update({"holiday_list": holidays.insert().name, "working_hours": []})
	for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
		for begin, end in (("08:00", "12:00"), ("13:00", "17:00")):
			procedure.append("working_hours", {"weekday": day, "from_time": begin, "to_time": end})
	return procedure


def test_each_promise_counts_working_or_elapsed_time(office_hours, clock):
	# Given a promise of 10 working hours to acknowledge, and of 72 elapsed ones to satisfy.
	office_hours.update({"acknowledge_within": 10 * HOUR, "acknowledge_in_working_time": 1})
	office_hours.save()
	# When an enquiry comes on a Friday at half past eleven, before a Monday on which nobody works.
	clock.at("2026-06-12 11:30")
	entry = new_entry()
	# Then half an hour and four hours are left on Friday, and the rest is on Tuesday, lunch left out.
	assert get_datetime(entry.acknowledge_by) == datetime(2026, 6, 16, 14, 30)
	assert get_datetime(entry.satisfy_by) == datetime(2026, 6, 15, 11, 30)


def test_elapsed_time_is_right_over_summer_time(clock):
	clock.at("2026-03-28 12:00")
	assert get_datetime(new_entry().acknowledge_by) == datetime(2026, 3, 29, 13)
	clock.at("2026-10-24 12:00")
	assert get_datetime(new_entry().acknowledge_by) == datetime(2026, 10, 25, 11)


def test_mail_waits_for_the_end_of_lunch(office_hours, stack, smtp, clock):
	# Given information that went out at a quarter past twelve on a Monday.
	office_hours.save()
	factories.email_account(stack)
	clock.at("2026-06-08 12:15")
	entry = new_entry(mobile_no="+49 30 23125 001")
	entry.log_call("Wants a price list")
	entry.send_information("Our price list", "<p>Here.</p>")
	# When the courtesy note comes due on Wednesday in the lunch break, then it is held until one o'clock, and goes.
	clock.forward(hours=48)
	sweep_now()
	assert coming(entry)["Courtesy note"] == datetime(2026, 6, 10, 13)
	clock.at("2026-06-10 13:00")
	sweep_now()
	assert "Courtesy note" not in coming(entry)


@pytest.mark.parametrize(
	("change", "words"),
	[
		(lambda p: p.update({"acknowledge_within": 0}), "“Acknowledge within” must be longer than nothing"),
		(
			lambda p: p.append("steps", {"title": "Write", "action": "Send email"}),
			"“Write” sends a mail: choose an E-mail template",
		),
		(
			lambda p: p.append("steps", {"title": "Go", "action": "Move stage"}),
			"“Go” moves the stage: choose a Workflow action",
		),
		(
			lambda p: p.append(
				"steps",
				{"title": "Wait", "action": "Remind agent", "stage": "Done", "counted_from": "Previous step"},
			),
			"“Wait” counts from a previous step, but is the first of its stage",
		),
		(
			lambda p: p.append("steps", {"title": "Nag", "action": "Remind agent", "repeat_every": 5}),
			"“Nag” repeats more often than every minute",
		),
		(
			lambda p: p.append("steps", {"title": "Back", "action": "Remind agent", "after": -60}),
			"“Back”: a duration cannot be negative",
		),
		(
			lambda p: p.append(
				"working_hours", {"weekday": "Monday", "from_time": "08:00", "to_time": "10:00"}
			),
			"Working hours: .*Monday.*overlap",
		),
		(
			lambda p: p.append(
				"working_hours", {"weekday": "Sunday", "from_time": "18:00", "to_time": "09:00"}
			),
			"Working hours: .*Sunday",
		),
	],
	ids=["promise", "mail", "move", "previous", "repeat", "negative", "overlap", "backwards"],
)
def test_a_procedure_that_cannot_be_worked_is_refused_with_its_row(procedure, change, words):
	change(procedure)
	with pytest.raises(frappe.ValidationError, match=words):
		procedure.save()


def test_a_stage_that_nobody_can_leave_is_named_and_one_where_entries_are_closed_is_not(workflow, procedure):
	workflow.transitions = [row for row in workflow.transitions if row.state not in ("Revive", "Done")]
	workflow.save()
	found = [text for text in procedure.describe()["problems"] if "way out" in text]
	assert found == ["The stage Revive has no way out: add a transition from it to the Workflow."]


def test_the_picture_follows_what_is_typed_before_it_is_saved(procedure):
	row = procedure.steps[0]
	row.update(
		{"action": "Send email", "email_template": None, "after": 7200, "title": "Write <b>at once</b>"}
	)
	shown = procedure.describe()
	assert shown["errors"] == [
		"Step 1 “Write &lt;b&gt;at once&lt;/b&gt;” sends a mail: choose an E-mail template."
	]
	step = next(stage for stage in shown["stages"] if stage.stage == "Call").steps[0]
	assert step.when == "2h after “Stage entered”"
	assert [stage.stage for stage in shown["stages"]] == ["Call", "Email", "Follow up", "Revive", "Done", ""]
	assert {"action": "Answered", "to": "Follow up"} in shown["stages"][3].ways
