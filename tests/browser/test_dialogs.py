"""Each dialog keeps what was typed until it is saved, whatever goes wrong, at a desk and on a phone."""

from datetime import timedelta

import frappe
import pytest
from frappe.utils import now_datetime
from playwright.sync_api import expect

from tests.browser.acting import (
	HOSTILE,
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

SERVER_ERROR = '{"exception": "OperationalError", "exc_type": "OperationalError", "exc": "[\\"Traceback\\"]"}'


@pytest.fixture
def team(stack):
	return team_of(stack)


def call(page) -> str:
	fill(page, "summary", "Wants the catalogue, typed at length")
	return "summary"


def mail(page) -> str:
	dialog(page).locator(".ql-editor[contenteditable=true]").wait_for()
	fill(page, "subject", "Our catalogue, typed at length")
	return "subject"


def answer(page) -> str:
	fill(page, "content", "Sounds good, typed at length")
	return "content"


def agree(page) -> str:
	fill_moment(page, "until", now_datetime() + timedelta(days=30))
	fill(page, "reason", "They decide then, typed at length")
	return "reason"


def close(page) -> str:
	choose(page, "outcome", "Lost")
	choose(page, "objection", "Price")
	fill(page, "note", "Ten percent too much, typed at length")
	return "note"


def reopen(page) -> None:
	return None


# A day in which each of them is used once: the button, what is typed, the button that saves it.
DAY = [
	("Log a call", call, "Save the call"),
	("Send information", mail, "Send"),
	("Record an answer", answer, "Save the answer"),
	("Agree a time", agree, "Hold until then"),
	("Close", close, "Close the enquiry"),
	("Reopen", reopen, "Reopen"),
]


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_nothing_typed_is_lost_when_the_server_fails_or_is_away(team, page_as, size):
	entry = entry_with(team)
	page = page_as(team.agent, size)
	open_entry(page, entry.name)
	for button, typing, save in DAY:
		press(page, button)
		dialog(page).get_by_role("button", name=save, exact=True).wait_for()
		typed = typing(page)
		kept = typed and field(page, typed).input_value()
		no_sideways(page)
		for refusal in (
			lambda route: route.fulfill(status=500, body=SERVER_ERROR, content_type="application/json"),
			lambda route: route.abort(),
		):
			page.route("**/run_doc_method*", refusal)
			confirm(page, save)
			dialog(page).get_by_text("What you typed is still here").wait_for()
			assert not typed or field(page, typed).input_value() == kept
			page.unroute("**/run_doc_method*")
		# Once the server is there again the same dialog saves it, once.
		submit(page, save)
	assert (fresh(entry).stage, entry.outcome, entry.attempts) == ("Follow up", None, 0)
	assert frappe.db.count("Prospect Interaction", {"entry": entry.name, "by": "Person"}) == 3
	forgive(page, "run_doc_method", "OperationalError", "Traceback")


def test_several_messages_of_the_server_do_not_run_together(team, page_as):
	entry = entry_with(team)
	page = page_as(team.agent)
	open_entry(page, entry.name)
	press(page, "Log a call")
	fill(page, "summary", "Wants the catalogue")
	messages = ["No mailbox.<br>Ask an admin.", "<ul><li>No telephone</li><li>No address</li></ul>"]
	said = frappe.as_json([frappe.as_json({"message": message}) for message in messages])
	refused = frappe.as_json({"exc_type": "ValidationError", "_server_messages": said})
	page.route(
		"**/run_doc_method*", lambda r: r.fulfill(status=417, body=refused, content_type="application/json")
	)
	confirm(page, "Save the call")
	dialog(page).get_by_text("No mailbox. Ask an admin. No telephone No address", exact=True).wait_for()
	forgive(page, "run_doc_method", "ValidationError")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_two_people_on_one_entry(team, page_as, size):
	entry = entry_with(team)
	page = page_as(team.agent, size)
	open_entry(page, entry.name)

	# While one types, the other closes it: it is refused in plain words, and nothing is lost.
	press(page, "Agree a time")
	agree(page)
	entry.close("Won")
	frappe.db.commit()
	confirm(page, "Hold until then")
	dialog(page).get_by_text(f"{entry.name} is closed (Won). Reopen it first.").wait_for()
	assert field(page, "reason").input_value() == "They decide then, typed at length"
	page.keyboard.press("Escape")
	page.locator(".modal.show").wait_for(state="detached")

	# The panel follows by itself: it asks again when it hears of it.
	page.evaluate("cur_frm.prospect_panel.refresh()")
	panel(page).get_by_text("Closed: Won").wait_for()

	# What happened is taken in nevertheless: a call is a fact.
	press(page, "Record an answer")
	answer(page)
	entry.reopen()
	frappe.db.commit()
	submit(page, "Save the answer")
	assert not fresh(entry).done_on
	assert frappe.db.count("Prospect Interaction", {"entry": entry.name, "direction": "Incoming"}) == 1

	# The entry is given to somebody else: what was typed can still be copied out of the dialog.
	press(page, "Log a call")
	call(page)
	entry.assign(team.supervisor)
	frappe.db.commit()
	confirm(page, "Save the call")
	dialog(page).get_by_text("What you typed is still here").wait_for()
	assert field(page, "summary").input_value()
	forgive(page, "run_doc_method", "get_panel", "ValidationError", "PermissionError", "getdoc")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_information_is_proposed_by_interest_and_seen_as_they_will_see_it(team, page_as, size):
	file = {"doctype": "File", "file_name": "prices.txt", "content": "1 EUR", "is_private": 1}
	frappe.get_doc({**file, "attached_to_doctype": "Prospect Interest", "attached_to_name": "Quote"}).insert()
	template = {"doctype": "Email Template", "name": "Prices", "subject": "Our prices", "use_html": 0}
	frappe.get_doc({**template, "response": "<p>For {{ lead_name }}</p>"}).insert()
	frappe.db.set_value("Prospect Interest", "Quote", "email_template", "Prices")
	entry = entry_with(team)
	entry.append("requirements", {"interest": "Quote", "detail": HOSTILE})
	entry.save()
	frappe.db.commit()
	page = page_as(team.agent, size)
	open_entry(page, entry.name)
	press(page, "Send information")
	dialog(page).locator(".ql-editor[contenteditable=true]").wait_for()
	assert field(page, "subject").input_value() == "Our prices"
	assert dialog(page).locator(".prospect-file", has_text="prices").locator("input").is_checked()

	# The preview: the very mail, in a frame that runs no script, with the number in its subject.
	dialog(page).locator(".ql-editor[contenteditable=true]").fill(HOSTILE)
	confirm(page, "Preview")
	shown = dialog(page).locator("iframe.prospect-mail")
	shown.wait_for()
	assert shown.get_attribute("sandbox") == ""
	page.frame_locator("iframe.prospect-mail").get_by_text("{{ 7*7 }}").wait_for()
	assert dialog(page).get_by_text(f"Our prices [{entry.lead}]").count()
	assert dialog(page).locator("[data-fieldname=preview]").get_by_text(".txt").is_visible()
	assert not field(page, "subject").is_visible() and page.evaluate("window.hacked") is None
	no_sideways(page)

	# Back to the text, which is as it was; then it is sent.
	confirm(page, "Back to the text")
	assert field(page, "subject").input_value() == "Our prices" and "{{ 7*7 }}" in dialog(page).inner_text()
	submit(page, "Send")
	[sent] = frappe.get_all(
		"Communication", {"reference_name": entry.lead, "sent_or_received": "Sent"}, pluck="name"
	)
	assert frappe.db.count("File", {"attached_to_doctype": "Communication", "attached_to_name": sent}) == 1


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_another_template_replaces_the_text_only_when_asked(team, page_as, size):
	template = {"doctype": "Email Template", "name": "Prices", "subject": "Our prices", "use_html": 0}
	frappe.get_doc({**template, "response": "<p>For {{ lead_name }}</p>"}).insert()
	frappe.db.set_value("Prospect Interest", "Quote", "email_template", "Prices")
	entry = entry_with(team)
	page = page_as(team.agent, size)
	open_entry(page, entry.name)
	press(page, "Send information")
	dialog(page).locator(".ql-editor[contenteditable=true]").wait_for()
	fill(page, "subject", "Typed at length")
	proposed = field(page, "email_template").input_value()

	# The other template cannot be had: the choice is as it was, and so is the text.
	page.route("**/*draft_information", lambda route: route.fulfill(status=500, json={}))
	choose(page, "email_template", "Prices")
	dialog(page).get_by_text("What you typed is still here").wait_for()
	expect(field(page, "email_template")).not_to_have_value("Prices")
	page.unroute("**/*draft_information")

	# No: the same. Yes: the text of the template.
	for answer, template, subject in (("No", proposed, "Typed at length"), ("Yes", "Prices", "Our prices")):
		choose(page, "email_template", "Prices")
		no_sideways(page)
		page.locator(".modal.show").last.get_by_role("button", name=answer, exact=True).click()
		page.wait_for_function("document.querySelectorAll('.modal.show').length == 1")
		assert (field(page, "email_template").input_value(), field(page, "subject").input_value()) == (
			template,
			subject,
		)
	forgive(page, "draft_information")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_panel_says_it_all_of_anybody(team, page_as, size):
	"""Long names, other scripts, emoji and markup; stages with dates; a countdown that runs; colleagues; one primary button."""
	long = "Anna-Maria " + "Wolkenkratzer" * 14
	entry = entry_with(
		team, ["How much? 🙂"], first_name=long[:120], company_name="株式会社 <script>alert(1)</script> 🏭"
	)
	company = entry.company_name
	colleague = entry_with(team, first_name="Grace", company_name=company)
	others = entry_with(team, agent=team.supervisor, first_name="Hidden", company_name=company)
	page = page_as(team.agent, size)
	open_entry(page, entry.name)
	no_sideways(page)
	assert panel(page).locator(".btn-primary").count() == 1
	assert panel(page).locator(".btn-primary").inner_text() == "Log a call"
	assert panel(page).locator(".prospect-stages li[aria-current] time").inner_text()

	# The countdown runs.
	frappe.db.set_value(
		"Prospect List Entry", entry.name, "next_due_on", now_datetime() + timedelta(minutes=5)
	)
	frappe.db.commit()
	page.evaluate("cur_frm.prospect_panel.refresh()")
	pill = panel(page).locator("[data-until]")
	pill.get_by_text("in 4 min").wait_for()
	before = pill.inner_text()
	page.wait_for_function(
		"(before) => document.querySelector('.prospect-panel [data-until]').innerText !== before", arg=before
	)

	# A contractor sees the colleague who is theirs, and not the one of somebody else.
	assert panel(page).get_by_role("link", name=colleague.name).count() == 1
	assert not panel(page).get_by_text(others.name).count()
	assert page.evaluate("window.hacked") is None

	# Reached: the information is owed, then their answer is waited for, then our reply by the way they wrote.
	for act, expected in (
		(lambda: entry.log_call("Spoke to her"), "Send information"),
		(lambda: entry.send_information("Price list", "<p>Here</p>"), "Record an answer"),
		(lambda: entry.record_response("Can you ring me?", channel="Phone"), "Log a call"),
	):
		act()
		frappe.db.commit()
		page.evaluate("cur_frm.prospect_panel.refresh()")
		panel(page).locator(".btn-primary", has_text=expected).wait_for()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_call_in_vain_promises_nothing_that_the_procedure_does_not_do(team, page_as, size):
	entry = entry_with(team)
	entry.log_call("Spoke to her")  # in Email, where nothing asks for another attempt, nor whether to close
	frappe.db.commit()
	page = page_as(team.agent, size)
	open_entry(page, entry.name)
	press(page, "Log a call")
	choose(page, "result", "No answer")
	dialog(page).get_by_text("The procedure asks for no further attempt.").wait_for()
	no_sideways(page)
