"""What becomes of a step that is due: fire, hold, skip, each with its reason."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from prospect_mgmt.procedure.firing import LOOK_AGAIN, Conditions, held_by_previous, judge
from tests.unit.shipped import CALENDAR, STEPS
from tests.unit.test_steps import MONDAY, H, facts, planned, row

STATE = facts("Follow up", 3, information_sent_on=MONDAY)
NOTE = row()
OK = Conditions(email_id="ada@example.com", mail_calendar=CALENDAR)
NOW = MONDAY + 48 * H  # Wednesday 10:00
SATURDAY = datetime(2026, 6, 13, 12)


def test_a_due_note_fires():
	verdict = judge(NOTE, STATE, OK, NOW)
	assert (verdict.act, verdict.action) == ("Fire", "Send email")


@pytest.mark.parametrize(
	("change", "reason"),
	[
		({"do_not_contact": True}, "they asked not to be contacted"),
		({"unsubscribed": True}, "they unsubscribed from mail"),
	],
)
def test_what_can_never_go_out_is_skipped(change, reason):
	verdict = judge(NOTE, STATE, replace(OK, **change), NOW)
	assert (verdict.act, verdict.reason) == ("Skip", reason)


@pytest.mark.parametrize(
	("change", "now", "until", "reason"),
	[
		({"list_enabled": False}, NOW, NOW + LOOK_AGAIN, "held: the list is switched off"),
		({"mail_stopped": True}, NOW, NOW + LOOK_AGAIN, "held: all mail is stopped"),
		({"paused_until": NOW + 9 * H}, NOW, NOW + 9 * H, "held: paused until 2026-06-10 19:00"),
		({}, SATURDAY, datetime(2026, 6, 15, 9), "held: outside sending hours, until 2026-06-15 09:00"),
	],
)
def test_what_cannot_go_out_now_is_held(change, now, until, reason):
	verdict = judge(NOTE, STATE, replace(OK, **change), now)
	assert (verdict.act, verdict.until, verdict.reason) == ("Hold", until, reason)


def test_sending_hours_hold_mail_only():
	reminder = replace(NOTE, action="Remind agent")
	assert judge(reminder, STATE, OK, SATURDAY).act == "Fire"
	assert judge(NOTE, STATE, replace(OK, mail_calendar=None), SATURDAY).act == "Fire"


@pytest.mark.parametrize("change", [{"email_id": None}, {"bounced": True}])
def test_without_a_good_address_the_agent_is_reminded_instead(change):
	verdict = judge(NOTE, STATE, replace(OK, **change), NOW)
	assert (verdict.act, verdict.action) == ("Fire", "Remind agent")
	assert "call or message instead" in verdict.reason


def test_an_answer_beats_every_hold():
	answered = replace(STATE, last_response_on=MONDAY + H)
	assert judge(NOTE, answered, replace(OK, list_enabled=False), NOW).act == "Skip"


def test_old_leads_enrolled_together_raise_no_alert_for_each():
	alert = row(
		action="Alert supervisor", counted_from="Unassigned since", stage_visit=0, skip_if_responded=False
	)
	state = facts(unassigned_since=MONDAY)
	assert judge(alert, state, OK, NOW).act == "Fire"
	assert judge(alert, state, replace(OK, enrolled_in_bulk=True), NOW).act == "Skip"


def test_the_move_waits_while_the_note_before_it_is_still_held():
	state = replace(STATE, acknowledged_on=MONDAY, satisfied_on=MONDAY)
	note, move = planned(state).add
	held_note = replace(note, due_on=note.due_on + timedelta(days=3))
	verdict = held_by_previous(move, STEPS, [held_note, move])
	assert (verdict.act, verdict.until) == ("Hold", held_note.due_on + 24 * H)
	assert held_by_previous(move, STEPS, [replace(note, status="Done"), move]) is None
