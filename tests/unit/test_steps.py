"""Which steps a stage schedules, when each is due, when it must not fire, and what comes after."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from prospect_mgmt.procedure.steps import (
	ANCHORS,
	NOTHING_PLANNED,
	Facts,
	Row,
	Step,
	drop_reason,
	following,
	next_attempt,
	plan,
	postponed_by_previous,
)
from tests.unit.shipped import CALENDAR, PROCEDURE, STEPS, WORKFLOW

MONDAY = datetime(2026, 6, 8, 10)
H = timedelta(hours=1)


def facts(stage="Call", visit=1, entered=MONDAY, **more) -> Facts:
	return Facts(stage=stage, stage_visit=visit, stage_entered_on=entered, first_contact_on=MONDAY, **more)


def planned(state: Facts, ledger=(), fresh=ANCHORS, now=None, steps=STEPS):
	return plan(steps, state, ledger, fresh, CALENDAR, now or state.stage_entered_on)


def due(result) -> dict[str, datetime]:
	return {row.step_title: row.due_on for row in result.add}


# ------------------------------------------------------------- the shipped procedure
def test_a_new_enquiry_that_nobody_has():
	assert due(planned(facts(unassigned_since=MONDAY))) == {
		"Call them": MONDAY,
		"Nobody has this enquiry": MONDAY + H,
		"Acknowledge soon": MONDAY + 18 * H,
		"Not acknowledged in time": MONDAY + 24 * H,
		"Answer their questions soon": MONDAY + 60 * H,
		"Questions not answered in time": MONDAY + 72 * H,
	}


def test_follow_up_schedules_the_note_and_the_move():
	sent = MONDAY + H
	state = facts("Follow up", 3, sent, acknowledged_on=sent, satisfied_on=sent, information_sent_on=sent)
	assert due(planned(state)) == {"Courtesy note": sent + 48 * H, "No answer: revive": sent + 72 * H}


def test_attempts_are_followed_by_two_hours_then_daily_then_closing():
	ledger, attempt = [], MONDAY
	expected = [attempt + 2 * H, attempt + 25 * H, attempt + 26 * H]
	for number in range(3):
		result = planned(facts(failed_attempt_on=attempt), ledger, {"Last attempt"})
		[row] = result.add
		assert (row.step_title, row.due_on, row.occurrence) == ("Call again", expected[number], number + 1)
		ledger = [*ledger, *result.add]
		attempt += H
	last = planned(facts(failed_attempt_on=attempt), ledger, {"Last attempt"})
	assert due(last) == {"Close as Unreachable?": attempt + 24 * H}
	assert [row.occurrence for row, reason in last.skip] == [1, 2, 3]


def test_a_reminder_to_call_again_that_nobody_heeds_repeats_then_asks_to_close():
	first = planned(facts(failed_attempt_on=MONDAY), (), {"Last attempt"}).add[0]
	state = facts(failed_attempt_on=MONDAY)
	second = following(first, STEPS, state, first.due_on, CALENDAR)
	assert [(r.step_title, r.occurrence, r.due_on) for r in second] == [
		("Call again", 2, first.due_on + 24 * H)
	]
	last = following(replace(first, occurrence=3), STEPS, state, MONDAY, CALENDAR)
	assert [r.step_title for r in last] == ["Close as Unreachable?"]


def test_a_reminder_that_is_due_asks_for_nothing_more_once_they_were_tried():
	# Given an enquiry that came in this minute: nothing has asked its agent to call yet.
	ledger, tried = planned(facts()).add, MONDAY + H / 60
	result = planned(facts(failed_attempt_on=tried), ledger, {"Last attempt"}, now=tried)
	assert due(result) == {"Call again": tried + 2 * H}
	reason = "an attempt was made on 2026-06-08 10:01"
	assert [(row.step_title, why) for row, why in result.skip] == [("Call them", reason)]
	# A promise that is about to run out is warned of all the same.
	late = MONDAY + 18 * H
	result = planned(facts(failed_attempt_on=late), ledger, {"Last attempt"}, now=late)
	assert "Acknowledge soon" not in [row.step_title for row, _reason in result.skip]


def test_a_reminder_that_an_attempt_settled_comes_again_as_it_would_have():
	ledger, tried = planned(facts("Revive", 4)).add, MONDAY + H / 60
	result = planned(facts("Revive", 4, failed_attempt_on=tried), ledger, {"Last attempt"}, now=tried)
	assert [row.step_title for row, _reason in result.skip] == ["Call to revive"]
	[again] = [row for row in result.add if row.step_title == "Call to revive"]
	assert (again.occurrence, again.due_on) == (2, tried + 24 * H)
	# What is still to come is not touched.
	assert not planned(
		facts("Revive", 4, failed_attempt_on=tried), result.add, {"Last attempt"}, now=tried
	).skip


def test_an_agreed_time_takes_the_place_of_the_next_reminder():
	state = facts(failed_attempt_on=MONDAY, agreed_time=MONDAY + 5 * H)
	result = planned(state, (), {"Last attempt", "Agreed time"})
	assert due(result) == {"Get in touch as agreed": MONDAY + 5 * H}
	assert [(row.step_title, reason) for row, reason in result.passed] == [
		("Call again", f"another time was chosen: {MONDAY + 5 * H:%Y-%m-%d %H:%M}")
	]


def _attempt(ledger: list, attempt, **values) -> tuple[list, list[str]]:
	"""(the ledger after an attempt that reached nobody, the titles of what it brought). What was due was asked before."""
	ledger = [
		replace(row, status="Done") if row.status == "Scheduled" and row.due_on <= attempt else row
		for row in ledger
	]
	result = planned(
		facts(failed_attempt_on=attempt, **values),
		ledger,
		{"Last attempt", *(["Agreed time"] if values else [])},
		now=attempt,
	)
	ended = {row.key for row, _reason in result.skip}
	kept = [replace(row, status="Skipped") if row.key in ended else row for row in ledger]
	passed = [replace(row, status="Skipped") for row, _reason in result.passed]
	return [*kept, *result.add, *passed], [row.step_title for row in result.add]


def test_attempts_count_also_when_the_agent_chose_another_time():
	ledger = []
	for number in range(3):
		attempt = MONDAY + number * 24 * H
		ledger, brought = _attempt(ledger, attempt, agreed_time=attempt + 5 * H)
		assert brought == ["Get in touch as agreed"]
	assert _attempt(ledger, MONDAY + 72 * H)[1] == ["Close as Unreachable?"]


def test_further_attempts_bring_no_second_question_whether_to_close():
	ledger, brought = [], []
	for number in range(8):
		ledger, titles = _attempt(ledger, MONDAY + number * H / 12)
		brought += titles
	assert brought == ["Call again"] * 3 + ["Close as Unreachable?"]
	assert [row.step_title for row in ledger if row.status == "Scheduled"] == ["Close as Unreachable?"]


def test_who_tries_again_instead_of_closing_is_asked_again():
	ledger, brought = [], []
	for number in range(6):
		ledger, titles = _attempt(ledger, MONDAY + number * 24 * H)
		brought += titles
	assert brought == ["Call again"] * 3 + ["Close as Unreachable?"] * 3


def test_an_attempt_that_is_recorded_late_leaves_the_reminders_that_came_after_it():
	friday, recorded = MONDAY - 72 * H, MONDAY + H
	ledger = planned(facts()).add
	result = planned(facts(failed_attempt_on=friday), ledger, {"Last attempt"}, now=recorded)
	assert "Call them" not in [row.step_title for row, _reason in result.skip]


def test_nobody_is_asked_to_close_as_unreachable_who_was_reached():
	ledger = []
	for number in range(4):
		ledger, _brought = _attempt(ledger, MONDAY + number * H)
	skipped = planned(facts(), ledger).skip
	assert [(row.step_title, reason) for row, reason in skipped] == [
		("Close as Unreachable?", "they were reached")
	]


def test_the_next_attempt_is_proposed_as_the_procedure_has_it():
	ledger = []
	for number, due_after in enumerate((2 * H, 24 * H, 24 * H)):
		now = MONDAY + number * H
		assert next_attempt(STEPS, facts(), ledger, CALENDAR, now) == now + due_after
		ledger, _brought = _attempt(ledger, now)
	assert next_attempt(STEPS, facts(), ledger, CALENDAR, MONDAY + 4 * H) is None
	assert next_attempt(STEPS, facts("Email"), [], CALENDAR, MONDAY) is None


def test_done_schedules_nothing_and_ends_what_was_coming():
	ledger = planned(facts()).add
	result = planned(facts("Done", 2, done_on=MONDAY + H), ledger)
	assert not result.add
	assert {reason for _row, reason in result.skip} == {"the entry was closed"}
	assert len(result.skip) == len(ledger)


@pytest.mark.parametrize(
	"stage", [state["state"] for state in WORKFLOW["states"] if state["state"] != "Done"]
)
def test_no_stage_of_the_shipped_workflow_is_silent(stage):
	assert planned(facts(stage)).add


def test_every_shipped_step_is_for_a_stage_and_an_action_that_the_workflow_has():
	states = {state["state"] for state in WORKFLOW["states"]}
	transitions = {(t["state"], t["action"]) for t in WORKFLOW["transitions"]}
	for step in STEPS:
		assert not step.stage or step.stage in states
		if step.action == "Move stage":
			assert (step.stage, step.workflow_action) in transitions
	assert {move["workflow_action"] for move in PROCEDURE["moves"]} <= {
		action for _state, action in transitions
	}


# ------------------------------------------------------------- when a row must not fire
def row(**more) -> Row:
	values = {
		"procedure_step": "s", "step_title": "S", "action": "Send email", "stage": "Follow up", "stage_visit": 3, "anchor": str(MONDAY),
		"occurrence": 1, "due_on": MONDAY + 48 * H, "counted_from": "Information sent", "skip_if_responded": True,
	}  # fmt: skip
	return Row(**{**values, **more})


INFORMED = facts("Follow up", 3, information_sent_on=MONDAY)


@pytest.mark.parametrize(
	("state", "reason"),
	[
		(INFORMED, None),
		(replace(INFORMED, last_response_on=MONDAY + H), "they answered on 2026-06-08 11:00"),
		(replace(INFORMED, last_response_on=MONDAY - H), None),
		(replace(INFORMED, stage="Revive", stage_visit=4), "stage left: Follow up"),
		(replace(INFORMED, information_sent_on=MONDAY + H), "counted again from 2026-06-08 11:00"),
		(replace(INFORMED, done_on=MONDAY + H), "the entry was closed"),
	],
)
def test_why_a_row_is_dropped(state, reason):
	assert drop_reason(row(), state) == reason


def test_an_alert_ends_when_what_it_waits_for_has_happened():
	alert = row(counted_from="First contact", only_while="Not acknowledged", stage_visit=0)
	assert drop_reason(alert, facts()) is None
	assert drop_reason(alert, facts(acknowledged_on=MONDAY + H)) == "it was acknowledged"


# ------------------------------------------------------------- law 6: a promise given stays as given
def test_a_row_added_to_the_procedure_reaches_nobody_without_its_anchor():
	new = Step(name="new", title="New", stage="Call", counted_from="Stage entered")
	ledger = planned(facts()).add
	assert not planned(facts(), ledger, fresh=(), steps=[*STEPS, new]).add


def test_a_row_removed_from_the_procedure_stays_scheduled():
	ledger = planned(facts()).add
	result = planned(facts(), ledger, fresh=(), steps=[])
	assert not result.skip and not result.add


# ------------------------------------------------------------- law 1: no silent entry
def test_a_stage_without_steps_gets_a_stand_in_that_repeats():
	[stand_in] = planned(facts("Demo"), steps=[]).add
	assert stand_in.procedure_step == NOTHING_PLANNED and stand_in.action == "Remind agent"
	[again] = following(stand_in, [], facts("Demo"), stand_in.due_on, CALENDAR)
	assert again.occurrence == 2 and again.due_on > stand_in.due_on


def test_the_stand_in_goes_when_a_step_is_planned_again():
	ledger = planned(facts("Demo"), steps=[]).add
	result = planned(facts("Demo", agreed_time=MONDAY + H), ledger, {"Agreed time"})
	assert due(result) == {"Get in touch as agreed": MONDAY + H}
	assert [reason for _row, reason in result.skip] == ["a step is planned again"]


# ------------------------------------------------------------- moments long past
def test_what_was_due_before_the_stage_was_entered_is_not_set_off_now():
	reopened = facts(
		"Follow up",
		5,
		MONDAY + 90 * 24 * H,
		information_sent_on=MONDAY,
		acknowledged_on=MONDAY,
		satisfied_on=MONDAY,
	)
	result = planned(reopened)
	assert {r.step_title for r, _reason in result.passed} == {"Courtesy note", "No answer: revive"}
	assert [r.procedure_step for r in result.add] == [NOTHING_PLANNED]


# ------------------------------------------------------------- distance between two steps
def test_the_move_keeps_a_day_from_a_late_note():
	state = facts("Follow up", 3, information_sent_on=MONDAY, acknowledged_on=MONDAY, satisfied_on=MONDAY)
	note, move = planned(state).add
	late = note.due_on + 30 * H
	[(moved, due_on)] = postponed_by_previous(note, late, STEPS, [move])
	assert (moved, due_on) == (move, late + 24 * H)
	assert not postponed_by_previous(note, note.due_on, STEPS, [move])


def test_the_same_plan_twice_schedules_nothing_twice():
	ledger = planned(facts(unassigned_since=MONDAY)).add
	assert not planned(facts(unassigned_since=MONDAY), ledger).add
