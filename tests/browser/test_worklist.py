"""A day on the worklist: at a desk and on a phone, with the keyboard alone, with colleagues at the same entries."""

from datetime import timedelta

import frappe
import pytest
from frappe.utils import add_to_date, now_datetime

from prospect_mgmt import sweep
from tests import factories
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
	team_of,
)
from tests.browser.conftest import SIZES

ENTRY = "Prospect List Entry"
both_sizes = pytest.mark.parametrize("size", ["desktop", "phone"])
OTHER = {"desktop": "phone", "phone": "desktop"}


@pytest.fixture
def team(stack):
	return team_of(stack)


def asked(*entries) -> None:
	"""The procedure has asked its agent to act on each entry."""
	frappe.db.commit()
	sweep.run()
	assert all(frappe.db.get_value(ENTRY, entry.name, "task") for entry in entries)


def asked_for_today(*entries) -> None:
	"""The same, to be done by this evening, at whatever hour the test runs."""
	asked(*entries)
	for entry in entries:
		frappe.db.set_value(ENTRY, entry.name, "act_by", f"{frappe.utils.nowdate()} 23:59:00")
	frappe.db.commit()


def open_worklist(page) -> None:
	page.open("prospect-worklist")
	page.locator(".prospect-groups[aria-busy=false]").wait_for()


def row(page, entry):
	return page.locator(f".prospect-row[data-entry='{entry.name}']")


def group(page, key: str):
	return page.locator(f".prospect-group[data-key={key}]")


def settled(page) -> None:
	page.wait_for_function("!frappe.request.ajax_count")


def submit(page, label: str) -> None:
	"""Press the dialog's button and wait until the list was read again."""
	with page.expect_response(lambda answer: "worklist.get_worklist" in answer.url):
		confirm(page, label)
	page.locator(".modal.show").wait_for(state="detached")
	settled(page)


@both_sizes
def test_a_contractor_works_from_the_list(team, page_as, size):
	late, new = entry_with(team), entry_with(team, company_name=HOSTILE)
	nobody, other = entry_with(team), entry_with(team, agent=team.supervisor)
	nobody.assign(None)
	asked(late, new)
	frappe.db.set_value(ENTRY, late.name, "act_by", add_to_date(now_datetime(), hours=-3))
	page = page_as(team.agent, size)
	open_worklist(page)
	no_sideways(page)

	# What is asked, why and by when; nothing of a colleague's, and no amounts.
	assert group(page, "overdue").locator(".prospect-row").count() == 1
	assert "overdue by 3 h" in row(page, late).inner_text() and "Call them" in row(page, late).inner_text()
	assert (
		row(page, new).get_by_role("link", name="Call", exact=True).get_attribute("href")
		== "tel:+4915112345678"
	)
	assert (
		row(page, new).get_by_role("link", name="WhatsApp").get_attribute("href")
		== "https://wa.me/4915112345678"
	)
	assert new.email_id.replace("@", "%40") in row(page, new).get_by_role(
		"link", name="Mail", exact=True
	).get_attribute("href")
	assert not row(page, other).count() and not page.get_by_role("button", name="Team").count()
	assert page.evaluate("window.hacked") is None

	# A call that reached nobody, in place; the agent knows a better time for the next.
	row(page, late).get_by_role("button", name="Log a call").click()
	choose(page, "result", "No answer")
	assert field(page, "next_attempt_on").input_value()
	better = now_datetime().replace(second=0, microsecond=0) + timedelta(days=3)
	fill_moment(page, "next_attempt_on", better)
	submit(page, "Save the call")
	assert (fresh(late).attempts, late.agreed_time) == (1, better)
	assert "attempts in vain: " in row(page, late).inner_text()

	# What nobody has is taken, and given back by "Undo".
	group(page, "unassigned").get_by_role("button", name="Take it").click()
	page.get_by_text("1 taken: they are yours now.").wait_for()
	settled(page)
	assert fresh(nobody).agent == team.agent
	page.locator(".prospect-said-done").get_by_role("button", name="Undo").click()
	page.get_by_text("1 undone.").wait_for()
	assert not fresh(nobody).agent
	no_sideways(page)


def test_the_keyboard_does_all_of_it(team, page_as):
	colleague = factories.user("Prospect Agent").name
	main = frappe.get_doc("Prospect List", team.list)
	main.append("agents", {"user": colleague, "enabled": 1})
	main.save()
	first, second, nobody = entry_with(team), entry_with(team), entry_with(team)
	nobody.assign(None)
	asked(first, second)
	page = page_as(team.agent)
	open_worklist(page)
	page.get_by_text("log: no answer").wait_for()

	def press(key: str, entry) -> None:
		row(page, entry).focus()
		page.keyboard.press(key)

	# J goes down, K up; C logs a call.
	for key in ("j", "j", "k"):
		page.keyboard.press(key)
	current = page.locator(".prospect-row:focus").get_attribute("data-entry")
	assert current == page.locator(".prospect-row").first.get_attribute("data-entry")
	entry, other = (first, second) if current == first.name else (second, first)
	page.keyboard.press("c")
	fill(page, "summary", "Would like to know the price")
	submit(page, "Save the call")
	assert fresh(entry).stage == "Email"

	# N: an attempt; M: the information; W: a message of ours; A: an answer of theirs; T: a time; E: closed.
	press("n", other)
	assert field(page, "result").input_value() == "No answer"
	submit(page, "Save the call")
	assert fresh(other).attempts == 1
	press("m", entry)
	dialog(page).locator(".ql-editor[contenteditable=true]").wait_for()
	submit(page, "Send")
	assert fresh(entry).information_sent_on
	press("a", entry)
	fill(page, "content", "How much for two?")
	submit(page, "Save the answer")
	assert fresh(entry).respond_status == "Pending"
	press("w", entry)
	fill(page, "content", "Ten for two")
	submit(page, "Save the message")
	assert fresh(entry).respond_status == "Met"
	press("t", entry)
	fill_moment(page, "until", now_datetime() + timedelta(days=30))
	fill(page, "reason", "They decide then")
	submit(page, "Hold until then")
	assert fresh(entry).paused_until
	press("e", entry)
	choose(page, "outcome", "Won")
	submit(page, "Close the enquiry")
	assert fresh(entry).outcome == "Won"
	entry.reopen()

	# R asks again; O shows everything about an entry, and closes it again.
	frappe.db.commit()
	page.keyboard.press("r")
	row(page, entry).wait_for()
	press("o", entry)
	page.locator(".prospect-opened .prospect-number").wait_for()
	page.keyboard.press("o")
	page.locator(".prospect-opened").wait_for(state="detached")

	# U takes what nobody has; G hands it on, with a word about it.
	press("u", nobody)
	page.get_by_text("1 taken: they are yours now.").wait_for()
	settled(page)
	assert fresh(nobody).agent == team.agent
	press("g", nobody)
	choose(page, "agent", colleague)
	confirm(page, "Assign or hand over")
	page.get_by_text("Missing Values Required").wait_for()
	page.locator(".modal.show .btn-modal-close").last.click()
	fill(page, "note", "Speaks Spanish only")
	submit(page, "Assign or hand over")
	assert fresh(nobody).agent == colleague

	# X, or Space on its box, selects; S marks those as spam, wherever the focus is; Z takes it back.
	press("x", entry)
	row(page, other).get_by_role("checkbox").focus()
	page.keyboard.press(" ")
	page.get_by_text("2 selected").wait_for()
	assert page.evaluate("document.activeElement.type") == "checkbox"
	page.keyboard.press("s")
	page.get_by_text("2 marked as spam.").wait_for()
	settled(page)
	assert (fresh(entry).outcome, fresh(other).outcome) == ("Spam", "Spam")
	assert page.get_by_text("Nothing needs you.").is_visible()
	page.keyboard.press("z")
	page.get_by_text("2 undone.").wait_for()
	assert not fresh(entry).done_on and not fresh(other).done_on

	# Frappe's own list of shortcuts knows them.
	page.keyboard.press("Shift+?")
	dialog(page).get_by_text("record an answer").wait_for()


def test_a_thumb_does_all_of_it(team, page_as):
	entry, other = entry_with(team, ["How much?"]), entry_with(team)
	asked(entry, other)
	page = page_as(team.agent, "phone")
	open_worklist(page)

	def tap(label: str) -> None:
		here = row(page, entry).locator(".prospect-do")
		if here.locator("> .btn").inner_text() != label:
			here.get_by_role("button", name="More").tap()
		here.get_by_role("button", name=label, exact=True).tap()

	# A message by WhatsApp is our contact; whether it informs is said by who wrote it.
	tap("Record a message")
	assert not field(page, "information_sent").is_checked()
	fill(page, "content", "We ring you this afternoon")
	no_sideways(page)
	submit(page, "Save the message")
	assert (fresh(entry).stage, entry.acknowledge_status, entry.satisfy_status) == ("Call", "Met", "Pending")
	tap("Send information")
	dialog(page).locator(".ql-editor[contenteditable=true]").wait_for()
	submit(page, "Send")
	assert (fresh(entry).stage, entry.satisfy_status) == ("Follow up", "Met")
	tap("Record an answer")
	choose(page, "channel", "WhatsApp")
	fill(page, "content", "Can I have two?")
	submit(page, "Save the answer")
	assert fresh(entry).respond_status == "Pending"
	tap("Agree a time")
	fill_moment(page, "until", now_datetime() + timedelta(days=30))
	fill(page, "reason", "They decide then")
	submit(page, "Hold until then")
	assert fresh(entry).paused_until
	tap("Close")
	choose(page, "outcome", "Lost")
	choose(page, "objection", "Price")
	submit(page, "Close the enquiry")
	assert (fresh(entry).outcome, entry.objection) == ("Lost", "Price")
	entry.reopen()
	frappe.db.commit()

	# Many at once, and back.
	with page.expect_response(lambda answer: "worklist.get_worklist" in answer.url):
		page.evaluate("frappe.pages['prospect-worklist'].worklist.refresh()")
	row(page, entry).wait_for()
	for each in (entry, other):
		row(page, each).get_by_role("checkbox").check()
	page.locator(".prospect-chosen").get_by_role("button", name="Mark spam").tap()
	page.get_by_text("2 marked as spam.").wait_for()
	settled(page)
	assert (fresh(entry).outcome, fresh(other).outcome) == ("Spam", "Spam")
	page.locator(".prospect-said-done").get_by_role("button", name="Undo").tap()
	page.get_by_text("2 undone.").wait_for()
	assert not fresh(entry).done_on and not fresh(other).done_on
	no_sideways(page)


@both_sizes
def test_what_was_typed_stays_when_it_cannot_be_saved(team, page_as, size):
	entry, gone = entry_with(team), entry_with(team)
	asked(entry, gone)
	page = page_as(team.agent, size)
	open_worklist(page)

	# The server fails while saving.
	row(page, entry).get_by_role("button", name="Log a call").click()
	fill(page, "summary", "A long talk that nobody wants to type twice")
	page.route("**/run_doc_method", lambda route: route.fulfill(status=500, json={}))
	confirm(page, "Save the call")
	dialog(page).get_by_text("What you typed is still here").wait_for()
	assert field(page, "summary").input_value() == "A long talk that nobody wants to type twice"
	page.unroute("**/run_doc_method")
	submit(page, "Save the call")
	assert fresh(entry).stage == "Email"

	# It was given to somebody else meanwhile: that is said, and the list shows it no more.
	frappe.db.set_value("Prospect List Agent", {"user": team.agent}, "enabled", 0)
	gone.assign(team.supervisor)
	frappe.db.commit()
	row(page, gone).get_by_role("button", name="Log a call").click()
	page.locator(".modal.show").get_by_text("Not done").wait_for()
	settled(page)
	assert not row(page, gone).count()
	forgive(page, "run_doc_method", "get_panel", "PermissionError", "Traceback")

	# What a dialog offers cannot be read: that is said in words.
	page.locator(".modal.show .btn-modal-close").click()
	page.locator(".modal-backdrop").wait_for(state="detached")
	page.route("**/*get_choices", lambda route: route.fulfill(status=500, json={}))
	row(page, entry).focus()
	page.keyboard.press("e")
	page.locator(".modal.show").get_by_text(
		"The server could not be reached, or it could not do this."
	).wait_for()
	page.unroute("**/*get_choices")
	forgive(page, "get_choices")

	# The list itself cannot be read: what was there stays, with a button that tries again.
	page.locator(".modal.show .btn-modal-close").click()
	page.locator(".modal-backdrop").wait_for(
		state="detached"
	)  # a key is for the dialog as long as it is there
	page.route("**/*get_worklist", lambda route: route.abort())
	page.keyboard.press("r")
	page.get_by_text("what you see may be old").wait_for()
	assert row(page, entry).is_visible()
	page.unroute("**/*get_worklist")
	page.get_by_role("button", name="Try again").click()
	page.get_by_text("what you see may be old").wait_for(state="detached")
	forgive(page, "get_worklist")


def test_what_others_do_appears_by_itself(team, live_web, page_as):
	"""At a desk and on a phone, at the same time."""
	# Given a list that is open, and Frappe's own realtime server.
	entry, closing = entry_with(team), entry_with(team)
	frappe.db.commit()
	pages = [page_as(team.agent, size, server=live_web) for size in OTHER]
	for page in pages:
		open_worklist(page)
		page.wait_for_function("frappe.realtime.socket?.connected", timeout=10_000)
		assert "say who you are" not in row(page, entry).inner_text()
	# When the sweep asks for a call, it is there long before the page would look by itself.
	sweep.run()
	for page in pages:
		row(page, entry).get_by_text("say who you are").wait_for(timeout=20_000)
	# When a colleague closes an enquiry, it goes.
	fresh(closing).close("Lost", objection="Price")
	frappe.db.commit()
	for page in pages:
		row(page, closing).wait_for(state="detached", timeout=20_000)


@both_sizes
def test_without_events_it_looks_by_itself(team, page_as, size):
	# Given that no event comes, as on this site without a realtime server.
	entry = entry_with(team)
	asked(entry)
	page = page_as(team.agent, size)
	page.clock.install()
	open_worklist(page)
	# When an enquiry is closed elsewhere, it is gone within a minute,
	fresh(entry).close("Lost", objection="Price")
	frappe.db.commit()
	page.clock.run_for(61_000)
	row(page, entry).wait_for(state="detached")
	# and when it is reopened, as soon as somebody looks at the page again.
	fresh(entry).reopen()
	frappe.db.commit()
	page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
	page.clock.run_for(2_000)
	row(page, entry).wait_for()


TOLD = "frappe.realtime.socket.listeners('prospect_worklist').forEach((told) => told())"


@both_sizes
def test_two_people_on_one_entry_see_each_other(team, page_as, size):
	entry, other = entry_with(team), entry_with(team)
	asked(entry, other)
	mine, theirs = page_as(team.agent, size), page_as(team.supervisor, OTHER[size])
	open_worklist(mine)
	open_worklist(theirs)
	theirs.get_by_role("button", name="Team").click()
	theirs.get_by_role("button", name="Show the entries of").first.click()
	# The supervisor hands one to nobody while the agent is at a menu: nothing moves under their hand.
	row(mine, entry).get_by_role("button", name="More").click()
	row(theirs, other).get_by_role("button", name="More").click()
	row(theirs, other).get_by_role("button", name="Mark spam").click()
	theirs.get_by_text("1 marked as spam.").wait_for()
	mine.evaluate(TOLD)
	mine.wait_for_timeout(4000)  # longer than an event takes, and than a pointer counts as aiming
	assert row(mine, other).is_visible() and mine.locator(".dropdown-menu.show").is_visible()
	# Once they are done the list follows.
	mine.keyboard.press("Escape")
	row(mine, other).wait_for(state="detached", timeout=10_000)

	# The supervisor closes the other while the agent has its dialog open.
	row(mine, entry).get_by_role("button", name="Log a call").click()
	fill(mine, "summary", "Spoke to her")
	fresh(entry).close("Lost", objection="Price")
	frappe.db.commit()
	mine.evaluate(TOLD)
	row(mine, entry).wait_for(state="detached")
	# A click beside the dialog throws nothing away. What was typed is kept with the closed entry: a fact is a fact.
	mine.locator(".modal.show").click(position={"x": 3, "y": 3})
	mine.wait_for_timeout(500)
	assert field(mine, "summary").input_value() == "Spoke to her"
	submit(mine, "Save the call")
	assert frappe.db.count("Prospect Interaction", {"entry": entry.name, "summary": "Spoke to her"}) == 1


@both_sizes
def test_a_page_that_was_never_read_says_so_and_a_right_that_is_gone_shows_nothing(team, page_as, size):
	late = entry_with(team)
	asked(late)
	page = page_as(team.supervisor, size)
	page.route("**/*get_worklist", lambda route: route.abort())
	page.open("prospect-worklist")
	page.get_by_text("This could not be loaded. The server could not be reached").wait_for()
	page.unroute("**/*get_worklist")
	page.get_by_role("button", name="Try again").click()
	page.get_by_role("button", name="Team").click()
	page.locator(".prospect-team").wait_for()
	# Given the supervisor is none any more, the team is gone and their own entries are there.
	frappe.db.set_value("Prospect List", team.list, {"supervisor": "Administrator", "deputy": None})
	frappe.clear_document_cache("Prospect List", team.list)
	frappe.db.commit()
	page.evaluate("frappe.pages['prospect-worklist'].worklist.refresh()")
	page.get_by_text("Only supervisors see what their team has to do.").wait_for()
	page.get_by_text("Nothing needs you.").wait_for()
	assert not page.locator(".prospect-team").count() and not page.get_by_role("button", name="Team").count()
	no_sideways(page)
	forgive(page, "get_worklist", "get_team", "PermissionError", "Traceback")


def test_buttons_stay_on_one_line_in_every_language(team, page_as):
	asked(entry_with(team))
	page = page_as(team.agent)
	for language in ("de", "fr", "es", "pt"):
		frappe.db.set_value("User", team.agent, "language", language)
		frappe.clear_cache(user=team.agent)
		frappe.db.commit()
		open_worklist(page)
		for size in SIZES.values():
			page.set_viewport_size(size)
			no_sideways(page)
			assert page.evaluate(BROKEN) == [], language


# Labels of buttons whose text stands on more than one line.
BROKEN = """() => [...document.querySelectorAll(".prospect-worklist .btn")].filter((button) => button.checkVisibility()).filter((button) => {
	const text = document.createRange();
	text.selectNodeContents(button);
	return new Set([...text.getClientRects()].filter((line) => line.width).map((line) => Math.round(line.bottom / 8))).size > 1;
}).map((button) => button.innerText)"""


@both_sizes
def test_a_supervisor_sees_the_team_and_shares_the_work_anew(team, page_as, size):
	other = factories.user("Sales User").name
	main = frappe.get_doc("Prospect List", team.list)
	main.agents[0].capacity = 2
	main.append("agents", {"user": other, "enabled": 1, "away_from": "2020-01-01", "cover": team.agent})
	main.save()
	first, second = entry_with(team), entry_with(team)
	asked(first, second)
	page = page_as(team.supervisor if size == "desktop" else factories.user("Sales Manager").name, size)
	open_worklist(page)
	page.get_by_role("button", name="Team").click()
	line = page.locator(".prospect-team tr", has_text=frappe.utils.get_fullname(team.agent)).first
	line.wait_for()
	assert "2 of 2 full" in line.inner_text().replace("\n", " ")
	assert page.get_by_text("away, covered by").is_visible()
	no_sideways(page)
	line.get_by_role("button", name="Show the entries of").click()
	page.get_by_text("Entries of").wait_for()
	for entry in (first, second):
		row(page, entry).get_by_role("checkbox").check()
	page.locator(".prospect-chosen").get_by_role("button", name="Assign or hand over").click()
	choose(page, "agent", other)
	fill(page, "note", "While she is away")
	submit(page, "Assign or hand over")
	assert (fresh(first).agent, fresh(second).agent) == (other, other)
	page.locator(".prospect-said-done").get_by_role("button", name="Undo").click()
	page.get_by_text("2 undone.").wait_for()
	assert fresh(first).agent == team.agent
	no_sideways(page)


@both_sizes
def test_a_supervisor_with_nothing_of_their_own_comes_to_who_is_late(team, page_as, size):
	late = entry_with(team)
	asked(late)
	page = page_as(team.supervisor, size)
	open_worklist(page)
	page.get_by_text("Nothing needs you.").wait_for()
	frappe.db.set_value(ENTRY, late.name, "act_by", add_to_date(now_datetime(), hours=-3))
	frappe.db.commit()
	page.evaluate("frappe.pages['prospect-worklist'].worklist.refresh()")
	page.get_by_text("Nothing of your own. Late in the team: 1").wait_for()
	no_sideways(page)
	page.get_by_role("button", name="See who is late").click()
	line = page.locator(".prospect-team tr", has_text=frappe.utils.get_fullname(team.agent))
	line.locator(".indicator-pill.red", has_text="1").wait_for()


# ------------------------------------------------------------- one thing to do, the same everywhere
@both_sizes
def test_row_and_panel_offer_the_one_thing_that_is_due(team, page_as, size):
	by_mail, wrote, sold = (
		entry_with(team, mobile_no=None, first_name="Web"),
		entry_with(team, first_name="Answers"),
		entry_with(team, first_name="Buys"),
	)
	wrote.log_call("Spoke to her")
	wrote.send_information("Price list", "<p>Here</p>")
	wrote.record_response("How much for two?")
	sold.db_set("won_proposed", 1)
	asked(by_mail)
	page = page_as(team.agent, size)
	open_worklist(page)
	for entry, label in ((by_mail, "Send information"), (wrote, "Send information"), (sold, "Close as Won")):
		button = row(page, entry).locator(".prospect-do > .btn")
		assert button.inner_text() == label
		row(page, entry).get_by_role("button", name="More").click()
		row(page, entry).get_by_role("button", name="Show everything").click()
		page.locator(".prospect-opened .prospect-number").wait_for()
		assert page.locator(".prospect-opened .btn-primary").inner_text() == label
		page.evaluate("frappe.pages['prospect-worklist'].worklist.close_panel()")
	no_sideways(page)
	# What a row that is sold offers, it does.
	row(page, sold).get_by_role("button", name="Close as Won").click()
	assert field(page, "outcome").input_value() == "Won"
	submit(page, "Close the enquiry")
	assert fresh(sold).outcome == "Won"
	# They write again: a new enquiry is what is due.
	sold.record_response("Ten more, please")
	frappe.db.commit()
	page.evaluate("frappe.pages['prospect-worklist'].worklist.refresh()")
	row(page, sold).get_by_role("button", name="New enquiry").click()
	submit(page, "Open the enquiry")
	assert frappe.db.count(ENTRY, {"lead": sold.lead}) == 2


# ------------------------------------------------------------- many at once
MANY = 23


@both_sizes
def test_a_whole_group_is_chosen_at_once_and_changed_in_portions(team, page_as, size):
	entries = [entry_with(team) for _number in range(MANY)]
	asked_for_today(*entries)
	page = page_as(team.agent, size)
	open_worklist(page)
	today = group(page, "today")
	assert today.locator(".prospect-row").count() == 10
	today.get_by_role("button", name="Show more").click()
	today.locator(".prospect-row").nth(MANY - 1).wait_for()
	settled(page)
	every = today.get_by_role("checkbox", name="Select all that are shown: Today")
	every.check()
	page.get_by_text(f"{MANY} selected").wait_for()
	no_sideways(page)
	# One that is left out unticks the box of the group, and the box ticks it again.
	today.locator(".prospect-pick").first.uncheck()
	assert not every.is_checked()
	page.get_by_text(f"{MANY - 1} selected").wait_for()
	every.check()

	# More than one request may change are sent in portions, and how far it is can be seen.
	requests = []
	page.on("request", lambda request: requests.append(request.url.split("/")[-1]))
	page.evaluate("(at_once) => { prospect_mgmt.worklist_at_once = at_once; }", 10)
	page.locator(".prospect-chosen").get_by_role("button", name="Mark spam").click()
	page.get_by_text(f"{MANY} marked as spam.").wait_for()
	assert requests.count("prospect_mgmt.worklist.mark_spam") == 3
	settled(page)
	frappe.db.rollback()
	assert frappe.db.count(ENTRY, {"outcome": "Spam"}) == MANY
	page.locator(".prospect-said-done").get_by_role("button", name="Undo").click()
	page.get_by_text(f"{MANY} undone.").wait_for()
	assert requests.count("prospect_mgmt.worklist.undo_spam") == 3
	settled(page)
	frappe.db.rollback()
	assert not frappe.db.count(ENTRY, {"outcome": "Spam"})


def test_what_ends_midway_is_said_and_what_was_done_can_be_undone(team, page_as):
	entries = [entry_with(team) for _number in range(12)]
	asked_for_today(*entries)
	page = page_as(team.agent)
	open_worklist(page)
	group(page, "today").get_by_role("button", name="Show more").click()
	group(page, "today").locator(".prospect-row").nth(11).wait_for()
	settled(page)
	# By the key: all of the group in which the focus is.
	group(page, "today").locator(".prospect-row").first.focus()
	page.keyboard.press("Shift+X")
	page.get_by_text("12 selected").wait_for()
	page.evaluate("() => { prospect_mgmt.worklist_at_once = 5; }")
	seen = []

	def fail_the_second(route) -> None:
		seen.append(route)
		route.continue_() if len(seen) == 1 else route.fulfill(status=500, json={})

	page.route("**/*mark_spam", fail_the_second)
	page.keyboard.press("s")
	page.get_by_text("5 marked as spam.").wait_for()
	page.get_by_text("7 of them: The server could not be reached").wait_for()
	settled(page)
	frappe.db.rollback()
	assert frappe.db.count(ENTRY, {"outcome": "Spam"}) == 5
	page.keyboard.press("z")
	page.get_by_text("5 undone.").wait_for()
	forgive(page, "mark_spam")


@both_sizes
def test_entries_of_several_agents_are_brought_together(team, page_as, size):
	other = factories.user("Sales User").name
	main = frappe.get_doc("Prospect List", team.list)
	main.append("agents", {"user": other, "enabled": 1})
	main.save()
	fairs = factories.prospect_list(title="Fairs", supervisor=team.supervisor).name
	mine, theirs, there = entry_with(team), entry_with(team), entry_with(team)
	for entry in (mine, theirs, there):
		entry.assign(None)
	there.move_to_list(fairs)
	frappe.db.commit()
	page = page_as(factories.user("Sales Manager").name, size)
	open_worklist(page)
	# Given one of them has somebody, when both are chosen, then they can be given to who has it already.
	mine.assign(other)
	frappe.db.commit()
	for entry in (mine, theirs):
		row(page, entry).get_by_role("checkbox").check()
	page.locator(".prospect-chosen").get_by_role("button", name="Assign or hand over").click()
	choose(page, "agent", other)
	submit(page, "Assign or hand over")
	assert (fresh(mine).agent, fresh(theirs).agent) == (other, other)
	# Of lists that have no agent in common nobody is offered, and it is said why.
	fresh(theirs).assign(None)
	frappe.db.commit()
	page.evaluate("frappe.pages['prospect-worklist'].worklist.refresh()")
	for entry in (theirs, there):
		row(page, entry).get_by_role("checkbox").check()
	page.locator(".prospect-chosen").get_by_role("button", name="Assign or hand over").click()
	dialog(page).get_by_text(f"Nobody is an agent of all their lists: Fairs, {team.list}.").wait_for()
	assert field(page, "agent").locator("option").count() == 1
	no_sideways(page)


# ------------------------------------------------------------- single letters
def test_letters_act_only_where_the_focus_is_and_can_be_turned_off(team, page_as):
	entry, other = entry_with(team), entry_with(team)
	asked(entry, other)
	page = page_as(team.supervisor)
	open_worklist(page)
	page.get_by_role("button", name="Team").click()
	page.get_by_role("button", name="Show the entries of").first.click()
	row(page, entry).focus()

	def nothing_happens(*keys: str) -> None:
		for key in keys:
			page.keyboard.press(key)
		page.wait_for_timeout(500)
		settled(page)
		assert not page.locator(".modal.show").count() and not page.get_by_text("marked as spam").count()
		assert not fresh(entry).done_on and not fresh(other).done_on

	# Beside the rows a letter does nothing to the row that was visited last; nor on the team's page.
	page.get_by_role("button", name="Back to mine").focus()
	nothing_happens("s", "c", "e")
	row(page, entry).focus()
	page.get_by_role("button", name="Team").click()
	page.locator(".prospect-team").wait_for()
	nothing_happens("s", "c")
	page.evaluate("document.activeElement.blur()")
	nothing_happens("s", "c")
	page.get_by_role("button", name="Show the entries of").first.focus()
	nothing_happens("s", "c")

	# Turned off they do nothing on a row either, and that is remembered.
	page.get_by_role("button", name="Show the entries of").first.click()
	row(page, entry).wait_for()
	switch = page.get_by_role("checkbox", name="Shortcuts: a single letter acts")
	switch.uncheck()
	settled(page)
	row(page, entry).focus()
	nothing_happens("s", "c", "x")
	open_worklist(page)
	settled(page)
	assert not switch.is_checked()
	page.get_by_role("button", name="Team").click()
	page.get_by_role("button", name="Show the entries of").first.click()
	row(page, entry).focus()
	nothing_happens("s", "c", "x")
	switch.check()
	row(page, entry).focus()
	page.keyboard.press("c")
	dialog(page).get_by_role("button", name="Save the call").wait_for()


def test_the_panel_that_is_open_is_what_letters_act_on(team, page_as):
	first, second = entry_with(team), entry_with(team)
	asked(first, second)
	page = page_as(team.agent)
	open_worklist(page)
	row(page, first).focus()
	page.keyboard.press("o")
	page.locator(".prospect-opened .prospect-number").wait_for()
	row(page, second).focus()
	page.locator(".prospect-opened .btn-primary").focus()
	page.keyboard.press("c")
	dialog(page).get_by_text(f"Log a call: {first.name}").wait_for()


# ------------------------------------------------------------- what is wrong
@both_sizes
def test_who_supervises_is_warned_on_worklist_team_and_workspace(team, page_as, size):
	frappe.db.set_single_value("System Settings", "enable_scheduler", 0)
	warning = "The scheduler of this site is off"
	page = page_as(team.supervisor, size)
	open_worklist(page)
	page.locator(".prospect-warnings", has_text=warning).wait_for()
	page.get_by_role("button", name="Team").click()
	page.locator(".prospect-group").first.wait_for()
	assert page.locator(".prospect-warnings:visible", has_text=warning).count() == 1
	no_sideways(page)
	page.open("prospect-management")
	page.locator("#page-Workspaces .prospect-warnings", has_text=warning).wait_for()
	no_sideways(page)
	# It goes with the page it belongs to, and agents are not bothered with it.
	page.evaluate("frappe.set_route('Workspaces', 'CRM')")
	page.locator("#page-Workspaces .prospect-warnings").wait_for(state="detached")
	theirs = page_as(team.agent, size)
	open_worklist(theirs)
	theirs.open("prospect-management")
	settled(theirs)
	assert not theirs.locator(".prospect-warnings").count()
	# Once it is mended it goes by itself.
	open_worklist(page)
	page.locator(".prospect-warnings", has_text=warning).wait_for()
	frappe.db.set_single_value("System Settings", "enable_scheduler", 1)
	frappe.db.commit()
	page.evaluate("frappe.pages['prospect-worklist'].worklist.refresh()")
	page.locator(".prospect-warnings", has_text=warning).wait_for(state="detached")
	# Of two workspaces that are opened at once Frappe makes the user's Dashboard Settings twice.
	forgive(page, "dashboard_settings", "undefined")
