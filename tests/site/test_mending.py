"""A supervisor cancels, runs now or moves a coming step: with a reason, and no entry falls silent."""

import frappe
import pytest
from frappe.utils import get_datetime

from prospect_mgmt.health import silent_entries
from tests.site import sweeping


@pytest.fixture
def team(stack, clock):
	clock.at(sweeping.MONDAY)
	return sweeping.team(stack)


def step(entry, title: str):
	return frappe.get_doc(sweeping.STEP, sweeping.row(entry, title, status="Scheduled").name)


def test_a_cancelled_note_is_not_sent_and_the_ledger_says_who_and_why(team, clock):
	entry = sweeping.informed(team)
	frappe.set_user(team.supervisor)
	step(entry, "Courtesy note").cancel_step("I spoke to her on the fair")
	clock.forward(hours=50)
	sweeping.sweep_now()
	row = sweeping.row(entry, "Courtesy note")
	assert (row.status, row.reason) == (
		"Skipped",
		f"cancelled by {team.supervisor}: I spoke to her on the fair",
	)
	assert not sweeping.notes(entry)
	assert entry.reload().next_step == "No answer: revive"


def test_a_slip_is_put_back_and_is_carried_out_as_it_was_planned(team, clock):
	entry = sweeping.informed(team)
	frappe.set_user(team.supervisor)
	note = step(entry, "Courtesy note")
	planned = note.due_on
	note.cancel_step("Wrong line")
	note.reload().put_back()
	assert (note.reload().status, note.due_on) == ("Scheduled", planned)
	assert "Wrong line" in note.intervention and "put back" in note.intervention
	assert entry.reload().next_step == "Courtesy note"
	with pytest.raises(frappe.ValidationError, match="is Scheduled by now"):
		note.put_back()
	frappe.set_user("Administrator")
	clock.forward(hours=50)
	sweeping.sweep_now()
	assert len(sweeping.notes(entry)) == 1


def test_only_what_a_supervisor_cancelled_is_put_back(team, clock):
	entry = sweeping.informed(team)
	clock.forward(hours=1)
	entry.record_response("Thank you")
	clock.forward(hours=50)
	sweeping.sweep_now()  # the note is skipped: they answered
	frappe.set_user(team.supervisor)
	note = frappe.get_doc(sweeping.STEP, sweeping.row(entry, "Courtesy note").name)
	with pytest.raises(frappe.ValidationError, match="that a supervisor cancelled"):
		note.put_back()


def test_cancelling_everything_leaves_a_reminder_to_decide(team):
	entry = sweeping.informed(team)
	frappe.set_user(team.supervisor)
	while titles := [row.step_title for row in sweeping.rows(entry, status="Scheduled")]:
		if titles == ["Decide what happens next"]:
			break
		step(entry, titles[0]).cancel_step("not now")
	assert entry.reload().next_step == "Decide what happens next" and entry.act_by
	frappe.set_user("Administrator")
	assert not silent_entries()


def test_a_cancelled_reminder_comes_again_when_it_is_due_next(team, clock):
	entry = sweeping.enquiry(team, mobile_no="+49 151 12345678")
	entry.log_call("", "No answer")
	frappe.set_user(team.supervisor)
	[first] = [row for row in sweeping.rows(entry, status="Scheduled") if row.step_title == "Call again"]
	frappe.get_doc(sweeping.STEP, first.name).cancel_step("I ring myself")
	[second] = [row for row in sweeping.rows(entry, status="Scheduled") if row.step_title == "Call again"]
	assert second.due_on > first.due_on


def test_run_now_is_done_by_the_next_sweep_and_keeps_its_reason(team):
	entry = sweeping.informed(team)
	frappe.set_user(team.supervisor)
	note = step(entry, "Courtesy note")
	note.run_now("She leaves tomorrow")
	assert get_datetime(entry.reload().next_due_on) <= frappe.utils.now_datetime()
	frappe.set_user("Administrator")
	sweeping.sweep_now()
	note.reload()
	assert note.status == "Done" and "She leaves tomorrow" in note.intervention
	assert len(sweeping.notes(entry)) == 1


def test_what_holds_a_step_holds_it_still(team):
	entry = sweeping.informed(team)
	entry.pause("2026-07-01 10:00", "In July")
	frappe.set_user(team.supervisor)
	note = step(entry, "Courtesy note")
	note.run_now("At once")
	sweeping.sweep_now()
	assert note.reload().status == "Scheduled" and "2026-07-01" in str(note.due_on)


def test_a_moved_step_is_due_then_and_was_first_due_before(team):
	entry = sweeping.informed(team)
	frappe.set_user(team.supervisor)
	note = step(entry, "Courtesy note")
	first = note.due_on
	note.move_step("2026-06-09 11:00", "They close on Wednesday")
	note.reload()
	assert (str(note.due_on), note.original_due_on) == ("2026-06-09 11:00:00", first)
	assert "They close on Wednesday" in note.reason and str(first)[:16] in note.reason
	assert str(entry.reload().next_due_on) == "2026-06-09 11:00:00"


@pytest.mark.parametrize(
	("act", "arguments", "refused"),
	[
		("cancel_step", {"reason": " "}, "Say why"),
		("run_now", {"reason": "x" * 501}, "too long"),
		("move_step", {"reason": "x", "due_on": "2026-06-01"}, "still to come"),
		("move_step", {"reason": "x", "due_on": ""}, "Say when"),
		("retry", {}, "is Scheduled by now"),
	],
)
def test_what_cannot_be_is_refused_in_words(team, act, arguments, refused):
	entry = sweeping.informed(team)
	frappe.set_user(team.supervisor)
	with pytest.raises(frappe.ValidationError, match=refused):
		getattr(step(entry, "Courtesy note"), act)(**arguments)


def test_steps_that_ended_and_those_of_agents_stay_as_they_are(team):
	entry = sweeping.informed(team)
	note = step(entry, "Courtesy note")
	frappe.set_user(team.agent)
	with pytest.raises(frappe.PermissionError, match="Only a supervisor"):
		note.cancel_step("I would rather not")
	frappe.set_user(team.supervisor)
	note.cancel_step("She would rather not")
	with pytest.raises(frappe.ValidationError, match="is Skipped by now"):
		note.move_step("2026-06-12 10:00", "once more")
