"""A day on the worklist: at a desk and on a phone, with the keyboard alone, with colleagues at the same entries."""

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
	forgive,
	fresh,
	no_sideways,
	team_of,
)

ENTRY = "Prospect List Entry"


@pytest.fixture
def team(stack):
	return team_of(stack)


def asked(*entries) -> None:
	"""The procedure has asked its agent to act on each entry."""
	frappe.db.commit()
	sweep.run()
	assert all(frappe.db.get_value(ENTRY, entry.name, "task") for entry in entries)


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


@pytest.mark.parametrize("size", ["desktop", "phone"])
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

	# A call that reached nobody, in place.
	row(page, late).get_by_role("button", name="Log a call").click()
	choose(page, "result", "No answer")
	assert field(page, "next_attempt_on").input_value()
	submit(page, "Save the call")
	assert fresh(late).attempts == 1
	assert "attempts in vain" in row(page, late).inner_text()

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
	first, second = entry_with(team), entry_with(team)
	asked(first, second)
	page = page_as(team.agent)
	open_worklist(page)
	page.get_by_text("log: no answer").wait_for()

	# J goes down; C logs a call.
	page.keyboard.press("j")
	current = page.locator(".prospect-row:focus").get_attribute("data-entry")
	entry, other = (first, second) if current == first.name else (second, first)
	page.keyboard.press("c")
	fill(page, "summary", "Would like to know the price")
	submit(page, "Save the call")
	assert fresh(entry).stage == "Email"

	# O shows everything about it, and closes it again.
	row(page, entry).focus()
	page.keyboard.press("o")
	page.locator(".prospect-opened .prospect-number").wait_for()
	page.keyboard.press("o")
	page.locator(".prospect-opened").wait_for(state="detached")

	# X selects two, S marks them as spam, Z takes it back.
	for each in (entry, other):
		row(page, each).focus()
		page.keyboard.press("x")
	page.get_by_text("2 selected").wait_for()
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


def test_what_was_typed_stays_when_it_cannot_be_saved(team, page_as):
	entry, gone = entry_with(team), entry_with(team)
	asked(entry, gone)
	page = page_as(team.agent, "phone")
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

	# The list itself cannot be read: what was there stays, with a button that tries again.
	page.locator(".modal.show .btn-modal-close").click()
	page.route("**/*get_worklist", lambda route: route.abort())
	page.keyboard.press("r")
	page.get_by_text("what you see may be old").wait_for()
	assert row(page, entry).is_visible()
	page.unroute("**/*get_worklist")
	page.get_by_role("button", name="Try again").click()
	page.get_by_text("what you see may be old").wait_for(state="detached")
	forgive(page, "get_worklist")


def test_what_others_do_appears_by_itself(team, live_web, page_as):
	# Given a list that is open, and Frappe's own realtime server.
	entry, closing = entry_with(team), entry_with(team)
	frappe.db.commit()
	page = page_as(team.agent, server=live_web)
	open_worklist(page)
	page.wait_for_function("frappe.realtime.socket?.connected", timeout=10_000)
	assert "say who you are" not in row(page, entry).inner_text()
	# When the sweep asks for a call, it is there long before the page would look by itself.
	sweep.run()
	row(page, entry).get_by_text("say who you are").wait_for(timeout=20_000)
	# When a colleague closes an enquiry, it goes.
	fresh(closing).close("Lost", objection="Price")
	frappe.db.commit()
	row(page, closing).wait_for(state="detached", timeout=20_000)


@pytest.mark.parametrize("size", ["desktop", "phone"])
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


def test_two_people_on_one_entry_see_each_other(team, page_as):
	entry = entry_with(team)
	asked(entry)
	mine, theirs = page_as(team.agent), page_as(team.supervisor)
	open_worklist(mine)
	open_worklist(theirs)
	# The supervisor marks it as spam while the agent has the dialog open.
	row(mine, entry).get_by_role("button", name="Log a call").click()
	fill(mine, "summary", "Spoke to her")
	fresh(entry).close("Lost", objection="Price")
	frappe.db.commit()
	mine.evaluate("frappe.realtime.socket.listeners('prospect_worklist').forEach((told) => told())")
	row(mine, entry).wait_for(state="detached")
	# What was typed is still there, and is kept with the closed entry: a fact is a fact.
	assert field(mine, "summary").input_value() == "Spoke to her"
	submit(mine, "Save the call")
	assert frappe.db.count("Prospect Interaction", {"entry": entry.name, "summary": "Spoke to her"}) == 1


@pytest.mark.parametrize("size", ["desktop", "phone"])
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
