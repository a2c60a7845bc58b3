"""A day at the entry form, lived by an outside contractor, at a desk and on a phone."""

from datetime import timedelta

import frappe
import pytest
from frappe.email.queue import flush
from frappe.utils import now_datetime

from tests import factories
from tests.browser.acting import (
	HOSTILE,
	at_once,
	cancel,
	choose,
	confirm,
	dialog,
	entry_with,
	field,
	fill,
	fill_moment,
	forgive,
	fresh,
	no_sideways,
	open_entry,
	panel,
	press,
	submit,
	team_of,
)

both_sizes = pytest.mark.parametrize("size", ["desktop", "phone"])


@pytest.fixture
def team(stack):
	"""A contractor with only the role Prospect Agent, and their list."""
	return team_of(stack)


@both_sizes
def test_a_contractor_lives_the_whole_day(team, page_as, smtp, size):
	entry = entry_with(team, ["How much is a stand?"])
	page = page_as(team.agent, size)
	open_entry(page, entry.name)
	no_sideways(page)

	# A call that reaches nobody offers the next attempt; left so, the procedure keeps it and counts.
	press(page, "Log a call")
	choose(page, "result", "No answer")
	assert field(page, "next_attempt_on").input_value()
	no_sideways(page)
	submit(page, "Save the call")
	assert fresh(entry).attempts == 1 and not entry.agreed_time
	again = {"entry": entry.name, "step_title": "Call again", "due_on": (">", now_datetime())}
	assert frappe.db.exists("Prospect Due Step", again)

	# The next one reaches them.
	press(page, "Log a call")
	fill(page, "summary", "Wants a <b>price</b> list {{ 7*7 }}")
	submit(page, "Save the call")
	assert (fresh(entry).stage, entry.acknowledge_status) == ("Email", "Met")

	# The information mail starts with what was said, and arrives.
	press(page, "Send information")
	editor = dialog(page).locator(".ql-editor[contenteditable=true]")
	editor.wait_for()
	assert "Wants a <b>price</b> list {{ 7*7 }}" in editor.inner_text()
	no_sideways(page)
	submit(page, "Send")
	assert (fresh(entry).stage, entry.satisfy_status) == ("Follow up", "Met")
	frappe.db.commit()
	flush()
	[mail] = smtp.wait_for(1, to=entry.email_id)
	assert entry.lead in mail.subject

	# They answer. A time is agreed, and ended again.
	press(page, "Record an answer")
	fill(page, "content", "Thanks, let us talk in March")
	submit(page, "Save the answer")
	assert fresh(entry).respond_status == "Pending"
	press(page, "Agree a time")
	fill_moment(page, "until", now_datetime() + timedelta(days=30))
	fill(page, "reason", "They decide then")
	submit(page, "Hold until then")
	assert fresh(entry).paused_until and entry.pause_reason == "They decide then"
	panel(page).get_by_text("Paused until").wait_for()
	at_once(page, "Resume")
	assert not fresh(entry).paused_until

	# Lost asks for the objection; reopening brings it back to where it was.
	press(page, "Close")
	choose(page, "outcome", "Lost")
	choose(page, "objection", "Price")
	fill(page, "note", "Ten percent too much")
	submit(page, "Close the enquiry")
	assert (fresh(entry).outcome, entry.objection, entry.stage) == ("Lost", "Price", "Done")
	panel(page).get_by_text("Closed: Lost").wait_for()
	press(page, "Reopen")
	submit(page, "Reopen")
	assert not fresh(entry).done_on and entry.stage == "Follow up"
	no_sideways(page)


@both_sizes
def test_lost_without_an_objection_is_not_closed(team, page_as, size):
	entry = entry_with(team)
	page = page_as(team.agent, size)
	open_entry(page, entry.name)
	press(page, "Close")
	choose(page, "outcome", "Lost")
	dialog(page).locator("[data-fieldname=objection] .reqd").wait_for()  # Frappe looks 0.1 s after a choice
	confirm(page, "Close the enquiry")
	page.get_by_text("Missing Values Required").wait_for()
	assert not fresh(entry).done_on


def test_mark_spam(team, page_as):
	entry = entry_with(team)
	page = page_as(team.agent)
	open_entry(page, entry.name)
	press(page, "Mark spam")
	submit(page, "Mark spam")
	assert (fresh(entry).outcome, entry.acknowledge_status) == ("Spam", "Void")


def test_a_failing_save_keeps_what_was_typed(team, page_as):
	entry = entry_with(team)
	page = page_as(team.agent, "phone")
	open_entry(page, entry.name)
	press(page, "Log a call")
	fill(page, "summary", "A long talk that nobody wants to type twice")
	entry.close("Unreachable")
	entry.reload()
	frappe.db.set_value("Prospect List Agent", {"user": team.agent}, "enabled", 0)
	entry.assign(team.supervisor)  # the contractor may not see it any more
	frappe.db.commit()
	confirm(page, "Save the call")
	dialog(page).get_by_text("What you typed is still here").wait_for()
	assert field(page, "summary").input_value() == "A long talk that nobody wants to type twice"
	no_sideways(page)

	# Where the network is gone as well.
	page.route("**/run_doc_method", lambda route: route.abort())
	confirm(page, "Save the call")
	dialog(page).get_by_text("We do not know whether it was saved").wait_for()
	assert field(page, "summary").input_value()
	forgive(page, "run_doc_method", "PermissionError")


def test_pressing_twice_saves_once(team, page_as):
	entry = entry_with(team)
	page = page_as(team.agent)
	open_entry(page, entry.name)
	press(page, "Log a call")
	fill(page, "summary", "Spoke to her")
	dialog(page).get_by_role("button", name="Save the call").dblclick()
	page.locator(".modal.show").wait_for(state="detached")
	page.wait_for_function("!frappe.request.ajax_count")
	assert frappe.db.count("Prospect Interaction", {"entry": entry.name}) == 1


@both_sizes
def test_some_questions_answered_in_a_call(team, page_as, size):
	entry = entry_with(team, ["How much?", "How fast?"])
	page = page_as(team.agent, size)
	open_entry(page, entry.name)
	press(page, "Log a call")
	fill(page, "summary", "Told her the price")
	dialog(page).locator(".unit-checkbox input").first.check()
	submit(page, "Save the call")
	answered = {row.detail: bool(row.satisfied_on) for row in fresh(entry).requirements}
	assert answered == {"How much?": True, "How fast?": False}
	assert entry.satisfy_status == "Pending"

	# The other one by a message of ours, which is the information then.
	press(page, "Record a message")
	choose(page, "channel", "SMS")
	page.wait_for_timeout(500)  # Frappe draws the fields anew a moment after a choice; nobody types that fast
	fill(page, "content", "In two days")
	assert field(page, "information_sent").is_checked()
	dialog(page).locator(".unit-checkbox input").first.check()
	no_sideways(page)
	submit(page, "Save the message")
	assert all(row.satisfied_on for row in fresh(entry).requirements)
	assert (entry.stage, entry.satisfy_status) == ("Follow up", "Met")
	panel(page).get_by_text("In two days").first.wait_for()


# ------------------------------------------------------------- Frappe's own workflow menu
def from_menu(page, action: str) -> None:
	page.locator(".actions-btn-group:visible > button").click()
	page.locator(".actions-btn-group .dropdown-menu").get_by_text(action, exact=True).click()


@both_sizes
def test_an_action_of_the_workflow_asks_what_its_button_asks(team, page_as, size):
	entry = entry_with(team)
	page = page_as(team.agent, size)
	open_entry(page, entry.name)
	for action, asks in (
		("Close", "outcome"),
		("Call completed", "summary"),
		("Information sent", "subject"),
	):
		from_menu(page, action)
		field(page, asks).wait_for()
		cancel(page)
		assert fresh(entry).stage == "Call" and not entry.done_on
		assert not page.locator("#freeze").count()

	# Asked again and answered, it is done.
	from_menu(page, "Close")
	assert not field(page, "outcome").input_value()  # it closes whatever the outcome is
	choose(page, "outcome", "Unreachable")
	submit(page, "Close the enquiry")
	assert (fresh(entry).stage, entry.outcome) == ("Done", "Unreachable")


# ------------------------------------------------------------- what others wrote
def test_text_from_outside_is_shown_and_never_run(team, page_as):
	entry = entry_with(team, [HOSTILE], company_name=HOSTILE)
	entry.record_response(HOSTILE)
	entry.log_call(HOSTILE)
	entry.pause(now_datetime() + timedelta(days=2), HOSTILE)
	entry.close("Lost", objection="Price", note=HOSTILE)
	frappe.db.commit()
	page = page_as(team.agent)
	open_entry(page, entry.name)
	assert panel(page).get_by_text("{{ 7*7 }}").count() >= 3
	entry.reopen()
	frappe.db.commit()
	open_entry(page, entry.name)
	for button in ("Log a call", "Send information", "Close"):
		press(page, button)
		dialog(page).locator(".modal-title").wait_for()
		page.wait_for_function("!frappe.request.ajax_count")
		cancel(page)
	assert page.evaluate("window.hacked") is None


def test_what_was_typed_is_shown_as_it_was_typed(team, page_as):
	"""Frappe keeps a text with a tag in it escaped."""
	typed = 'Ada <ada@example.com>: 4 < 5 & "a" <script>window.hacked=1</script>'
	entry = entry_with(team, [typed])
	entry.log_call(typed)
	entry.pause(now_datetime() + timedelta(days=2), typed)
	frappe.db.commit()
	page = page_as(team.agent)
	open_entry(page, entry.name)
	assert panel(page).locator(".prospect-said", has_text="Ada").inner_text() == typed
	assert panel(page).get_by_text(typed).count() >= 3  # the question, the pause, the call
	press(page, "Log a call")
	dialog(page).get_by_text(typed).first.wait_for()
	cancel(page)
	page.open("prospect-worklist")
	page.get_by_text(typed).first.wait_for()
	assert page.evaluate("window.hacked") is None


def test_one_click_says_that_a_mail_was_no_answer(team, page_as):
	entry = entry_with(team)
	entry.log_call("Spoke to her")
	entry.record_response("I am out of the office")
	frappe.db.commit()
	assert entry.reload().respond_status == "Pending"
	page = page_as(team.agent)
	open_entry(page, entry.name)
	at_once(page, "This was no answer")
	assert not fresh(entry).waiting_since
	at_once(page, "This was an answer")
	assert fresh(entry).waiting_since


def test_a_contractor_takes_hands_over_and_sees_no_amounts(team, page_as, http):
	colleague = factories.user("Prospect Agent")
	main = frappe.get_doc("Prospect List", team.list)
	main.append("agents", {"user": colleague.name, "enabled": 1})
	main.save()
	entry = entry_with(team)
	entry.assign(None)
	frappe.db.commit()
	page = page_as(team.agent)
	open_entry(page, entry.name)
	at_once(page, "Take it")
	assert fresh(entry).agent == team.agent
	assert not panel(page).get_by_text("Quote and sale").count()

	press(page, "Hand over")
	choose(page, "agent", colleague.name)
	fill(page, "note", "Speaks Spanish only")
	confirm(page, "Hand over")
	page.locator(".modal.show").wait_for(state="detached")
	assert fresh(entry).agent == colleague.name
	forgive(page, "get_panel", "getdoc", "PermissionError")


def test_the_panel_costs_one_call(team, page_as):
	entry = entry_with(team)
	page = page_as(team.agent)
	calls = []
	page.on("request", lambda request: calls.append(request.url))
	open_entry(page, entry.name)
	page.wait_for_function("!frappe.request.ajax_count")
	ours = [url for url in calls if "/api/method/prospect_mgmt" in url or "run_doc_method" in url]
	assert len(ours) == 1, ours
