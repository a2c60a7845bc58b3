"""What becomes of each step that is due: done, held, skipped or failed, each with its reason (law 3)."""

import datetime

import frappe
import pytest
from frappe.email.queue import flush
from frappe.utils import get_datetime, now_datetime

from prospect_mgmt import health, panel, sweep
from prospect_mgmt.patches.v1_1 import unreachable_is_asked_without_a_number
from tests import factories
from tests.site import sweeping
from tests.site.sweeping import (
	ENTRY,
	MONDAY,
	STEP,
	enquiry,
	informed,
	notes,
	row,
	rows,
	sweep_now,
	told,
)

NOTE, REVIVE = "Courtesy note", "No answer: revive"
PHONE = "+49 30 5557700"
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


@pytest.fixture
def team(stack, clock):
	clock.at(MONDAY)
	return sweeping.team(stack)


def at(moment: str) -> datetime.datetime:
	return get_datetime(moment)


def of(entry, *fields):
	return frappe.db.get_value(ENTRY, entry.name, fields if len(fields) > 1 else fields[0])


# ------------------------------------------------------------- the courtesy note and the revive call
def test_the_courtesy_note_goes_out_48_hours_after_the_information_and_not_a_minute_before(team, clock):
	entry = informed(team)
	clock.forward(hours=47, minutes=59)
	sweep_now()
	assert not notes(entry)

	clock.forward(minutes=1)
	sweep_now()
	[note] = notes(entry)
	done = row(entry, NOTE)
	assert (done.status, done.communication) == ("Done", note)
	assert of(entry, "next_step") == REVIVE

	sweep_now()
	assert len(notes(entry)) == 1


def test_an_entry_moves_to_revive_72_hours_after_the_information(team, clock):
	entry = informed(team)
	clock.forward(hours=48)
	sweep_now()
	clock.forward(hours=23, minutes=59)
	sweep_now()
	assert of(entry, "stage") == "Follow up"

	clock.forward(minutes=1)
	sweep_now()
	assert of(entry, "stage") == "Revive"
	assert row(entry, REVIVE).status == "Done"
	[change] = frappe.get_all("Prospect Stage Change", {"entry": entry.name, "to_stage": "Revive"}, ["cause"])
	assert REVIVE in change.cause


def test_a_late_note_puts_the_revive_move_off_to_24_hours_after_it(team, clock):
	"""Informed on Friday: the note waits for Monday 09:00, so the move waits for Tuesday 09:00."""
	clock.at("2026-06-12 10:00")
	entry = informed(team)
	clock.at("2026-06-15 10:00")  # 72 h later, the sweep was off over the weekend
	sweep_now()
	assert len(notes(entry)) == 1
	assert row(entry, REVIVE).due_on == at("2026-06-16 10:00")
	assert "24 h after" in row(entry, REVIVE).reason

	clock.at("2026-06-16 09:59")
	sweep_now()
	assert of(entry, "stage") == "Follow up"
	clock.at("2026-06-16 10:00")
	sweep_now()
	assert of(entry, "stage") == "Revive"


def test_the_move_waits_while_the_note_is_still_held(team, clock):
	clock.at("2026-06-11 08:00")
	entry = informed(team)
	clock.at("2026-06-13 08:00")  # a Saturday
	sweep_now()
	clock.at("2026-06-14 08:00")  # 72 h: the note is still to come
	sweep_now()
	assert of(entry, "stage") == "Follow up"
	assert row(entry, REVIVE).due_on == at("2026-06-16 09:00")
	assert row(entry, REVIVE).status == "Scheduled" and NOTE in row(entry, REVIVE).reason


# ------------------------------------------------------------- skipped
def test_an_answer_skips_note_and_move(team, clock):
	entry = informed(team)
	clock.forward(hours=47)
	entry.record_response("Thank you, I will read it")
	answered = now_datetime()
	for title in (NOTE, REVIVE):
		skipped = row(entry, title)
		assert skipped.status == "Skipped"
		assert skipped.reason == f"they answered on {answered:%Y-%m-%d %H:%M}"
	clock.forward(hours=30)
	sweep_now()
	assert not notes(entry) and of(entry, "stage") == "Follow up"


def test_an_answer_that_only_the_sweep_sees_still_skips_the_note(team, clock):
	"""The facts are read again under the lock: what was written without a plan counts too."""
	entry = informed(team)
	clock.forward(hours=47)
	frappe.db.set_value(ENTRY, entry.name, "last_response_on", now_datetime(), update_modified=False)
	clock.forward(hours=1)
	assert sweep_now().skipped >= 1
	assert row(entry, NOTE).reason.startswith("they answered on ")
	assert not notes(entry)


def test_a_closed_entry_gets_no_note(team, clock):
	entry = informed(team)
	clock.forward(hours=10)
	entry.close("Lost", objection="Price")
	clock.forward(hours=48)
	sweep_now()
	assert not notes(entry)
	assert row(entry, NOTE).reason == "the entry was closed"
	assert not rows(entry, status="Scheduled")


def test_a_stage_that_was_left_skips_its_steps(team, clock):
	entry = enquiry(team, mobile_no=PHONE)
	entry.log_call("Wants the price list")
	assert row(entry, "Call them").status == "Skipped"
	assert row(entry, "Call them").reason == "stage left: Call"


def test_someone_who_unsubscribed_gets_no_note_and_is_called_instead_later(team, clock):
	entry = informed(team)
	frappe.get_doc(
		doctype="Email Unsubscribe", email=entry.email_id, reference_doctype="Lead", reference_name=entry.lead
	).insert()
	clock.forward(hours=48)
	sweep_now()
	assert not notes(entry)
	assert (row(entry, NOTE).status, row(entry, NOTE).reason) == ("Skipped", "they unsubscribed from mail")
	clock.forward(hours=24)
	sweep_now()
	assert of(entry, "stage") == "Revive"


def test_an_unsubscription_from_everything_counts_as_well(team, clock):
	entry = informed(team)
	frappe.db.delete("Email Unsubscribe", {"email": entry.email_id})
	frappe.get_doc(doctype="Email Unsubscribe", email=entry.email_id, global_unsubscribe=1).insert()
	frappe.db.set_value(ENTRY, entry.name, "unsubscribed", 0)  # the register itself is asked
	clock.forward(hours=48)
	sweep_now()
	assert row(entry, NOTE).reason == "they unsubscribed from mail"


def test_someone_who_asked_not_to_be_contacted_gets_no_note(team, clock):
	entry = informed(team)
	lead = frappe.get_doc("Lead", entry.lead)
	lead.status = "Do Not Contact"
	lead.save()
	clock.forward(hours=48)
	sweep_now()
	assert not notes(entry)
	assert (row(entry, NOTE).status, row(entry, NOTE).reason) == ("Skipped", "they asked not to be contacted")


# ------------------------------------------------------------- held
def test_outside_sending_hours_the_note_waits_for_the_next_opening(team, clock):
	clock.at("2026-06-11 17:00")
	entry = informed(team)
	clock.at("2026-06-13 17:00")  # a Saturday
	sweep_now()
	held = row(entry, NOTE)
	assert (held.status, held.due_on) == ("Scheduled", at("2026-06-15 09:00"))
	assert held.reason == "held: outside sending hours, until 2026-06-15 09:00"
	assert of(entry, "next_due_on") <= at("2026-06-15 09:00")

	clock.at("2026-06-15 08:59")
	sweep_now()
	assert not notes(entry)
	clock.at("2026-06-15 09:00")
	sweep_now()
	assert len(notes(entry)) == 1


def test_a_list_that_is_switched_off_holds_its_steps(team, clock):
	entry = informed(team)
	prospect_list = frappe.get_doc("Prospect List", team.list)
	prospect_list.enabled = 0
	prospect_list.save()
	clock.forward(hours=48)
	sweep_now()
	assert not notes(entry)
	assert (row(entry, NOTE).status, row(entry, NOTE).reason) == (
		"Scheduled",
		"held: the list is switched off",
	)

	prospect_list.reload().enabled = 1
	prospect_list.save()
	clock.forward(minutes=15)
	sweep_now()
	assert len(notes(entry)) == 1


def test_one_switch_stops_all_mail_and_nothing_else(team, clock):
	entry, to_call = informed(team), enquiry(team, mobile_no=PHONE)
	frappe.get_doc("Prospect Management Settings").update({"stop_all_mail": 1}).save()
	clock.forward(hours=48)
	sweep_now()
	assert not notes(entry)
	assert (row(entry, NOTE).status, row(entry, NOTE).reason) == ("Scheduled", "held: all mail is stopped")
	assert row(to_call, "Call them").status == "Done"

	frappe.get_doc("Prospect Management Settings").update({"stop_all_mail": 0}).save()
	clock.forward(minutes=15)
	sweep_now()
	assert len(notes(entry)) == 1


def test_a_pause_holds_every_step_until_its_end(team, clock):
	entry = informed(team)
	until = now_datetime() + 9 * DAY
	entry.pause(until, "On holiday")
	clock.forward(hours=48)
	sweep_now()
	assert row(entry, NOTE).due_on == until
	assert row(entry, NOTE).reason == f"held: paused until {until:%Y-%m-%d %H:%M}"
	assert of(entry, "next_due_on") == until

	clock.at(until)
	sweep_now()
	assert len(notes(entry)) == 1


def test_of_what_a_pause_held_the_agreed_time_is_asked_for_last(team, clock):
	entry = enquiry(team, mobile_no=PHONE)
	until = now_datetime() + 3 * DAY
	entry.log_call("In a meeting", result="Asked to call back", next_attempt_on=until)
	clock.at(until - HOUR)
	sweep_now()  # holds "Call them" and the warnings until then
	assert len({r.due_on for r in rows(entry, status="Scheduled", action="Remind agent")}) == 1
	clock.at(until)
	sweep_now()
	assert of(entry, "task").startswith("Get in touch as agreed")


def test_a_pause_ended_early_lets_out_what_was_held(team, clock):
	entry = informed(team)
	entry.pause(now_datetime() + 9 * DAY, "On holiday")
	clock.forward(hours=48)
	sweep_now()
	entry.reload().resume()
	sweep_now()
	assert len(notes(entry)) == 1


# ------------------------------------------------------------- no way to mail them
def test_without_an_address_the_note_becomes_a_call_or_message_to_make(team, clock):
	entry = informed(team, email_id=None, mobile_no=PHONE)
	clock.forward(hours=48)
	sweep_now()
	done = row(entry, NOTE)
	assert (done.status, done.reason) == ("Done", "they have no e-mail address: call or message instead")
	assert of(entry, "task").startswith(NOTE)
	assert told(team.agent, NOTE)


def test_an_address_that_bounced_is_not_written_to_again(team, clock):
	entry = informed(team)
	frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Received",
			"sender": "mailer-daemon@mx.example.com",
			"subject": "Undelivered Mail Returned to Sender",
			"content": "user unknown",
			"reference_doctype": "Lead",
			"reference_name": entry.lead,
		}
	).insert()
	assert of(entry, "email_bounced_on")
	clock.forward(hours=48)
	sweep_now()
	assert not notes(entry)
	done = row(entry, NOTE)
	assert (done.status, done.reason) == ("Done", "mail to them came back: call or message instead")
	assert of(entry, "task").startswith(NOTE)


def test_someone_without_telephone_starts_where_mail_can_reach_them(team):
	entry = enquiry(team)
	assert entry.stage == "Email"
	assert row(entry, "Send the information").status == "Scheduled"
	assert row(entry, "Call them").status == "Skipped"


# ------------------------------------------------------------- failed
def break_template(_entry):
	frappe.db.set_value("Email Template", "Prospect Courtesy Note", "response_html", "{{ lead_name ")
	frappe.clear_document_cache("Email Template", "Prospect Courtesy Note")


def mend_template(_entry):
	frappe.db.set_value("Email Template", "Prospect Courtesy Note", "response_html", "<p>Did it arrive?</p>")
	frappe.clear_document_cache("Email Template", "Prospect Courtesy Note")


def delete_template(_entry):
	frappe.delete_doc("Email Template", "Prospect Courtesy Note", force=True)


def create_template(_entry):
	frappe.get_doc(
		doctype="Email Template",
		name="Prospect Courtesy Note",
		subject="Did it arrive?",
		use_html=1,
		response_html="<p>Did it arrive?</p>",
	).insert(set_name="Prospect Courtesy Note")


def _accounts(**values):
	for name in frappe.get_all("Email Account", pluck="name"):
		frappe.db.set_value("Email Account", name, values)
		frappe.clear_document_cache("Email Account", name)
	frappe.local.outgoing_email_account = {}


def disable_account(entry):
	account = frappe.get_all("Email Account", {"default_outgoing": 1}, pluck="name")[0]
	prospect_list = frappe.get_doc("Prospect List", entry.prospect_list)
	prospect_list.email_account = account
	prospect_list.save()
	_accounts(enable_outgoing=0)


def no_account(_entry):
	_accounts(enable_outgoing=0, default_outgoing=0)


def mend_account(_entry):
	_accounts(enable_outgoing=1, default_outgoing=1)


@pytest.mark.parametrize(
	("damage", "mend", "reason"),
	[
		(break_template, mend_template, "Prospect Courtesy Note cannot be rendered: unexpected end"),
		(delete_template, create_template, "Prospect Courtesy Note not found"),
		(disable_account, mend_account, "does not send: switch on Enable Outgoing"),
		(no_account, mend_account, "No outgoing e-mail account"),
	],
)
def test_a_note_that_cannot_be_made_fails_is_told_and_can_be_retried(team, clock, damage, mend, reason):
	entry, other = informed(team), enquiry(team, mobile_no=PHONE)
	damage(entry)
	clock.forward(hours=48)
	sweep_now()
	assert row(other, "Call them").status == "Done", "one failing step does not touch the next"

	for _attempt in range(sweep.RETRIES):
		clock.forward(minutes=10)
		sweep_now()
	failed = row(entry, NOTE)
	assert failed.status == "Failed" and reason in failed.reason, failed
	assert not notes(entry) and not frappe.db.exists(
		"Email Queue", {"reference_name": entry.lead, "subject": ("like", "Did%")}
	)
	assert len(told(team.supervisor, f"A step failed: {NOTE}")) == 1
	assert row(entry, REVIVE).status == "Scheduled", "the entry is not silent"

	mend(entry)
	frappe.set_user(team.supervisor)
	frappe.get_doc(STEP, failed.name).retry()
	frappe.set_user("Administrator")
	sweep_now()
	assert row(entry, NOTE).status == "Done"
	assert len(notes(entry)) == 1


def test_a_fault_that_may_pass_is_tried_again_ten_minutes_later(team, clock):
	entry = informed(team)
	break_template(entry)
	clock.forward(hours=48)
	sweep_now()
	held = row(entry, NOTE)
	assert (held.status, held.attempts, held.due_on) == ("Scheduled", 1, now_datetime() + 10 * HOUR / 60)
	assert held.reason.startswith("failed, will be tried again")

	mend_template(entry)
	clock.forward(minutes=10)
	sweep_now()
	assert row(entry, NOTE).status == "Done" and len(notes(entry)) == 1
	assert not told(team.supervisor, "A step failed")


def test_a_workflow_without_the_action_fails_the_move_and_says_what_to_mend(team, clock):
	workflow = frappe.get_doc("Workflow", "Prospect Procedure")
	workflow.transitions = [t for t in workflow.transitions if t.action != "No response"]
	workflow.save()
	entry = informed(team)
	clock.forward(hours=48)
	sweep_now()
	clock.forward(hours=24)
	for _attempt in range(sweep.RETRIES):
		sweep_now()
		clock.forward(minutes=10)
	failed = row(entry, REVIVE)
	assert failed.status == "Failed"
	assert "no action “No response” in the stage Follow up" in failed.reason
	assert told(team.supervisor, f"A step failed: {REVIVE}")
	assert row(entry, "Decide what happens next").status == "Scheduled"
	assert of(entry, "stage") == "Follow up"


def test_an_agent_cannot_retry_and_a_done_step_cannot_be_retried(team, clock):
	entry = informed(team)
	clock.forward(hours=48)
	sweep_now()
	with pytest.raises(frappe.ValidationError, match="is Done by now"):
		frappe.get_doc(STEP, row(entry, NOTE).name).retry()
	frappe.set_user(team.agent)
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc(STEP, row(entry, NOTE).name).retry()


def test_a_list_whose_procedure_cannot_be_read_holds_its_own_steps_only(team, clock, stack):
	entry = informed(team)
	other = informed(sweeping.team(stack))
	frappe.db.set_value("Prospect List", team.list, "procedure", "No such procedure")
	frappe.clear_document_cache("Prospect List", team.list)
	clock.forward(hours=48)
	sweep_now()
	assert len(notes(other)) == 1
	held = row(entry, NOTE)
	assert held.status == "Scheduled" and "cannot be read" in held.reason and held.due_on > now_datetime()
	assert frappe.db.exists("Error Log", {"method": ("like", f"%{team.list}%")})


# ------------------------------------------------------------- language
@pytest.mark.parametrize(
	("language", "subject"),
	[
		("de", "Sind unsere Informationen bei Ihnen angekommen?"),
		("de-AT", "Sind unsere Informationen bei Ihnen angekommen?"),
		("it", "Did our information reach you?"),
	],
)
def test_the_note_is_written_in_their_language_where_it_is_translated(team, clock, language, subject):
	if not frappe.db.exists("Language", language):
		frappe.get_doc(doctype="Language", language_code=language, language_name=language).insert()
	entry = informed(team, language=language)
	clock.forward(hours=48)
	sweep_now()
	[note] = notes(entry)
	assert frappe.db.get_value("Communication", note, "subject") == f"{subject} [{entry.lead}]"


# ------------------------------------------------------------- the mail itself
def test_the_note_names_the_lead_says_it_is_automatic_and_is_logged_on_both_timelines(team, clock, smtp):
	entry = informed(team)
	clock.forward(hours=48)
	sweep_now()
	flush()
	first, mail = sorted(smtp.wait_for(2, to=entry.email_id), key=lambda m: "Did our" in m.subject)
	assert mail.subject == f"Did our information reach you? [{entry.lead}]"
	assert mail.message["Auto-Submitted"] == "auto-generated"
	assert not first.message["Auto-Submitted"], "a person's mail is not marked as a machine's"
	assert "unsubscribe" in mail.html.lower()

	[note] = notes(entry)
	communication = frappe.get_doc("Communication", note)
	assert (communication.reference_doctype, communication.reference_name) == ("Lead", entry.lead)
	assert [
		(link.link_doctype, link.link_name)
		for link in communication.timeline_links
		if link.link_doctype == ENTRY
	] == [(ENTRY, entry.name)]
	assert communication.message_id == mail.message["Message-ID"].strip("<>")
	from frappe.desk.form.load import get_communication_data

	for doctype, name in (("Lead", entry.lead), (ENTRY, entry.name)):
		assert note in [c["name"] for c in get_communication_data(doctype, name)]
	interaction = frappe.get_doc("Prospect Interaction", {"fact_key": f"Communication:{note}"})
	assert (interaction.by, interaction.direction) == ("Automatic", "Outgoing")


def test_a_reply_to_the_note_finds_the_lead_and_counts_as_an_answer(team, clock, smtp):
	entry = informed(team)
	clock.forward(hours=48)
	sweep_now()
	[note] = notes(entry)
	clock.forward(hours=1)
	communication = frappe.get_doc("Communication", note)
	frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Received",
			"sender": entry.email_id,
			"subject": f"Re: {communication.subject}",
			"content": "It did, thank you",
			"in_reply_to": note,
			"reference_doctype": "Lead",
			"reference_name": entry.lead,
		}
	).insert()
	assert of(entry, "last_response_on") == now_datetime()
	assert row(entry, REVIVE).reason.startswith("they answered on ")


def test_following_the_unsubscribe_link_stops_the_next_note(team, clock, smtp, http):
	entry = informed(team)
	clock.forward(hours=48)
	sweep_now()
	flush()
	mail = next(m for m in smtp.wait_for(2, to=entry.email_id) if "Did our" in m.subject)
	link = _unsubscribe_link(mail)
	clock.release()
	answer = http().get(link)
	assert answer.status_code == 200, answer.text
	frappe.db.rollback()
	assert of(entry, "unsubscribed")

	clock.at("2026-06-15 10:00")
	entry = frappe.get_doc(ENTRY, entry.name)
	entry.record_message("The drawing", channel="WhatsApp")  # informed once more: a note would follow
	clock.forward(hours=48)
	sweep_now()
	assert len(notes(entry)) == 1
	assert "they unsubscribed from mail" in [r.reason for r in rows(entry, step_title=NOTE)]


def _unsubscribe_link(mail) -> str:
	import html
	import re

	[found] = re.findall(r'href="([^"]*unsubscribe[^"]*)"', mail.html)
	link = html.unescape(found)
	return "/api" + link.split("/api", 1)[1]


# ------------------------------------------------------------- chains, stand-ins, agreed times
def test_four_attempts_that_reach_nobody_end_in_close_as_unreachable(team, clock):
	entry = enquiry(team, mobile_no=PHONE)
	sweep_now()
	for attempt in range(1, 5):
		entry.reload().log_call("Nobody", result="No answer")
		again = rows(entry, step_title="Call again", status="Scheduled")
		if attempt < 4:
			assert again[0].occurrence == attempt
			assert again[0].due_on == now_datetime() + (2 * HOUR if attempt == 1 else DAY)
			clock.at(again[0].due_on)
			sweep_now()
	assert not rows(entry, step_title="Call again", status="Scheduled")
	close = row(entry, "Close as Unreachable?", status="Scheduled")
	assert close.due_on == now_datetime() + DAY
	clock.at(close.due_on)
	sweep_now()
	assert told(team.agent, "Close as Unreachable?")
	assert row(entry, "Close as Unreachable?", status="Scheduled").occurrence == 2


def test_whoever_calls_before_being_asked_to_is_asked_for_the_next_attempt(team, clock):
	"""They call the moment that the enquiry comes in, sooner than the sweep."""
	entry = enquiry(team, mobile_no=PHONE)
	entry.log_call("", result="No answer")
	again = now_datetime() + 2 * HOUR
	assert (entry.next_step, entry.next_due_on, entry.act_by) == ("Call again", again, again)
	sweep_now()
	assert not entry.reload().task and not told(team.agent, "Call them")
	assert row(entry, "Call them").status == "Skipped"
	clock.at(again)
	sweep_now()
	assert told(team.agent, "Call again") and entry.reload().task.startswith("Call again")


def test_reminders_alone_also_end_in_close_as_unreachable(team, clock):
	"""One attempt, then nobody does anything: reminded at most three times, then asked to close."""
	entry = enquiry(team, mobile_no=PHONE)
	sweep_now()
	entry.reload().log_call("Nobody", result="No answer")
	for _day in range(6):
		clock.forward(days=1)
		sweep_now()
	assert [r.occurrence for r in rows(entry, step_title="Call again", status="Done")] == [1, 2, 3]
	assert rows(entry, step_title="Close as Unreachable?")


def test_the_question_that_an_older_version_asked_is_mended_where_it_is_still_to_come(team, clock):
	entry = enquiry(team, mobile_no=PHONE)
	sweep_now()
	entry.reload().log_call("Nobody", result="No answer")
	done, coming = row(entry, "Call them", status="Done"), row(entry, "Call again", status="Scheduled")
	before = "Four attempts reached nobody. Close as Unreachable, or go on."
	for name in (done.name, coming.name):
		frappe.db.set_value(STEP, name, "instruction", before)
	frappe.db.set_value(ENTRY, entry.name, "task", before)
	for _again in range(2):
		unreachable_is_asked_without_a_number.execute()
		assert frappe.db.get_value(STEP, done.name, "instruction") == before
		for doctype, name, field in ((STEP, coming.name, "instruction"), (ENTRY, entry.name, "task")):
			now = frappe.db.get_value(doctype, name, field)
			assert now == "Nobody was reached. Close as Unreachable, or go on."


def test_revive_reminds_three_times_then_asks_to_close(team, clock):
	entry = informed(team)
	clock.forward(hours=48)
	sweep_now()
	clock.forward(hours=24)
	sweep_now()
	for _day in range(4):
		sweep_now()
		clock.forward(days=1)
	assert [r.occurrence for r in rows(entry, step_title="Call to revive", status="Done")] == [1, 2, 3]
	sweep_now()
	assert rows(entry, step_title="Close as No response?")[0].status in ("Done", "Scheduled")
	assert rows(entry, status="Scheduled")


def test_an_agreed_time_takes_the_place_of_the_next_reminder(team, clock):
	entry = enquiry(team, mobile_no=PHONE)
	sweep_now()
	agreed = now_datetime() + 3 * DAY
	entry.reload().log_call("His wife says Thursday", result="No answer", next_attempt_on=agreed)
	assert not rows(entry, step_title="Call again", status="Scheduled")
	assert row(entry, "Get in touch as agreed").due_on == agreed
	clock.at(agreed)
	sweep_now()
	assert told(team.agent, "Get in touch as agreed")
	assert rows(entry, status="Scheduled"), "and something comes after it"


def test_the_proposed_next_attempts_end_with_the_question_whether_to_close(team, clock):
	"""As the dialog does it: a time that is left as proposed is the procedure's to keep."""
	entry = enquiry(team, mobile_no=PHONE)
	proposed = []
	for _day in range(6):
		sweep_now()
		proposed.append(panel.get_panel(entry.name)["next_attempt"])
		entry.reload().log_call("", result="No answer")
		clock.forward(days=1)
	assert [bool(moment) for moment in proposed] == [True] * 3 + [False] * 3
	assert proposed[0] == get_datetime("2026-06-08 12:00") and not rows(
		entry, step_title="Get in touch as agreed"
	)
	sweep_now()
	assert len(rows(entry, step_title="Close as Unreachable?", status="Scheduled")) == 1
	assert len(told(team.agent, "Close as Unreachable?")) == 3  # once on each of three days
	entry.reload().log_call("At last")
	assert {r.reason for r in rows(entry, step_title="Close as Unreachable?", status="Skipped")} <= {
		"they were reached",
		"stage left: Call",
	}
	assert not rows(entry, step_title="Close as Unreachable?", status="Scheduled")


def test_where_a_stage_has_no_step_a_stand_in_asks_to_decide(team, clock):
	procedure = factories.procedure()
	procedure.steps = [s for s in procedure.steps if s.stage != "Email"]
	procedure.save()
	entry = enquiry(team, email_id=None, mobile_no=PHONE)
	entry.log_call("Wants the price list")
	clock.forward(days=5)
	for _again in range(3):
		sweep_now()
		clock.forward(days=1)
	stand_ins = rows(entry, step_title="Decide what happens next")
	assert len(stand_ins) >= 2 and stand_ins[-1].status == "Scheduled"
	assert told(team.agent, "Decide what happens next")


# ------------------------------------------------------------- promises past
def test_a_promise_turns_to_missed_on_its_own_and_the_supervisor_is_told_once_after_a_warning(team, clock):
	entry = enquiry(team, mobile_no=PHONE)
	sweep_now()
	clock.forward(hours=18)
	sweep_now()
	assert told(team.agent, "Acknowledge soon") and of(entry, "acknowledge_status") == "Pending"
	clock.forward(hours=6)
	sweep_now()
	assert of(entry, "acknowledge_status") == "Pending", "at 24 h it can still be met"
	clock.forward(minutes=1)
	assert sweep_now().missed == 1
	for _hour in range(3):
		clock.forward(hours=1)
		sweep_now()
	assert of(entry, "acknowledge_status") == "Missed"
	assert len(told(team.supervisor, "Not acknowledged in time")) == 1


def test_an_answer_of_theirs_that_waits_turns_to_missed(team, clock):
	entry = informed(team)
	clock.forward(hours=1)
	entry.record_response("What about delivery?")
	clock.forward(hours=24, minutes=1)
	sweep_now()
	assert of(entry, "respond_status") == "Missed"
	assert len(told(team.supervisor, "Their answer still waits")) == 1


def test_a_promise_of_an_entry_that_somebody_holds_makes_nobody_wait(team, clock, stack):
	held, free = enquiry(team, mobile_no=PHONE), enquiry(team, mobile_no=f"{PHONE}1")
	clock.forward(hours=25)
	frappe.db.commit()
	with stack.mariadb.connect(stack.site.database) as other, other.cursor() as cursor:
		cursor.execute("BEGIN")
		cursor.execute(f"SELECT name FROM `tab{ENTRY}` WHERE name=%s FOR UPDATE", (held.name,))
		started = datetime.datetime.now(datetime.timezone.utc)
		sweep_now()
		assert (of(held, "acknowledge_status"), of(free, "acknowledge_status")) == ("Pending", "Missed")
		assert row(held, "Call them").status == "Scheduled" and row(free, "Call them").status == "Done"
		cursor.execute("ROLLBACK")  # the server is slow to notice a connection that was closed
	assert datetime.datetime.now(datetime.timezone.utc) - started < datetime.timedelta(seconds=20)
	frappe.db.rollback()
	sweep_now()
	assert of(held, "acknowledge_status") == "Missed" and row(held, "Call them").status == "Done"


# ------------------------------------------------------------- many at once
def test_many_notifications_of_one_kind_are_gathered(team, clock):
	for number in range(12):
		enquiry(team, mobile_no=f"{PHONE}{number}")
	clock.forward(hours=18)
	sweep_now()
	subjects = told(team.agent, "Acknowledge soon")
	assert len(subjects) == 5
	assert sum("and 7 more" in subject for subject in subjects) == 1


def test_old_leads_enrolled_all_at_once_raise_no_storm(team, clock):
	"""Forty here: what is told does not grow with their number."""
	from prospect_mgmt import enrolment

	frappe.db.set_value("Prospect List", {"enrol_new_leads": 1}, "enrol_new_leads", 0)
	enrolment.forget_lists()
	leads = [factories.lead(lead_owner=None).name for _number in range(40)]
	frappe.db.commit()
	run = frappe.get_doc(
		{
			"doctype": "Prospect Enrolment",
			"prospect_list": team.list,
			"status": "Queued",
			"leads": frappe.as_json(leads),
			"use_true_first_contact": 1,
		}
	).insert()
	clock.forward(days=3)
	enrolment.carry_out(run.name)
	assert frappe.db.count(ENTRY, {"prospect_list": team.list}) == 40
	sweep_now()
	clock.forward(hours=2)
	sweep_now()
	clock.forward(hours=24)
	sweep_now()
	assert len(frappe.get_all("Notification Log", {"for_user": team.supervisor})) <= 10
	alerts = frappe.get_all(
		STEP, {"action": "Alert supervisor", "status": ("!=", "Scheduled")}, ["status", "reason"]
	)
	assert alerts and all(a.status == "Skipped" for a in alerts)


# ------------------------------------------------------------- is it running?
def test_supervisors_are_warned_when_the_sweep_is_behind(team, clock):
	enquiry(team, mobile_no=PHONE)
	clock.forward(minutes=4)
	frappe.set_user(team.supervisor)
	assert not any("behind" in warning for warning in health.warnings())
	clock.forward(minutes=2)
	assert any("behind" in warning for warning in health.warnings())
	frappe.set_user(team.agent)
	assert health.warnings() == []


def test_the_nightly_check_names_a_silent_entry(team):
	entry = enquiry(team)
	frappe.db.delete(STEP, {"entry": entry.name})
	assert entry.name in [silent.name for silent in health.silent_entries()]
	health.nightly()
	assert entry.name in told(team.supervisor, "1 entries of")[0]
	frappe.db.rollback()
