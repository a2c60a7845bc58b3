"""The line is lost after the server has done it: nobody is told that it was not saved, and pressing again does it once."""

import frappe
import pytest
from playwright.sync_api import expect

from tests.browser.acting import (
	confirm,
	dialog,
	entry_with,
	field,
	fill,
	forgive,
	fresh,
	no_sideways,
	open_entry,
	panel,
	press,
	submit,
	team_of,
)
from tests.browser.test_dialogs import DAY
from tests.browser.test_worklist import open_worklist, row

INTERACTION = "Prospect Interaction"
both_sizes = pytest.mark.parametrize("size", ["desktop", "phone"])


@pytest.fixture
def team(stack):
	return team_of(stack)


def lose_answers(page, method: str) -> None:
	"""From now on the server does what it is asked, and its answer never comes."""

	def lose(route) -> None:
		assert route.fetch().ok
		route.abort()

	page.route(f"**/{method}", lose)


@both_sizes
def test_each_dialog_says_what_is_certain_and_does_it_once(team, page_as, size):
	entry = entry_with(team)
	page = page_as(team.agent, size)
	open_entry(page, entry.name)
	facts = 0
	for button, typing, save in DAY:
		press(page, button)
		dialog(page).get_by_role("button", name=save, exact=True).wait_for()
		typed = typing(page)
		kept = typed and field(page, typed).input_value()
		lose_answers(page, "run_doc_method*")
		confirm(page, save)
		refusal = dialog(page).locator(".prospect-refusal", has_text="We do not know whether it was saved")
		refusal.wait_for()
		assert "pressing again is safe" in refusal.inner_text() and "Not saved" not in refusal.inner_text()
		assert not typed or field(page, typed).input_value() == kept
		no_sideways(page)
		page.unroute("**/run_doc_method*")
		fresh(entry)
		facts = frappe.db.count(INTERACTION, {"entry": entry.name})
		mails = frappe.db.count("Email Queue", {"reference_name": entry.lead})
		submit(page, save)
		frappe.db.rollback()
		assert frappe.db.count(INTERACTION, {"entry": entry.name}) == facts, button
		assert frappe.db.count("Email Queue", {"reference_name": entry.lead}) == mails <= 1, button
	assert (facts, fresh(entry).stage, entry.outcome) == (3, "Follow up", None)
	forgive(page, "run_doc_method")


@both_sizes
def test_what_was_typed_after_the_line_was_lost_is_not_passed_over(team, page_as, size):
	entry = entry_with(team)
	page = page_as(team.agent, size)
	open_entry(page, entry.name)
	press(page, "Log a call")
	fill(page, "summary", "Wants the catalogue")
	lose_answers(page, "run_doc_method*")
	confirm(page, "Save the call")
	dialog(page).get_by_text("We do not know whether it was saved").wait_for()
	page.unroute("**/run_doc_method*")
	# Given they write on before they press again: it is said that this is not in what was saved.
	fill(page, "summary", "Wants the catalogue and a price")
	confirm(page, "Save the call")
	dialog(page).get_by_text("Not saved this time; the try before may have been.").wait_for()
	dialog(page).get_by_text("What you changed since is not in it.").wait_for()
	assert field(page, "summary").input_value() == "Wants the catalogue and a price"
	# As it was sent first, it is answered as it would have been then.
	fill(page, "summary", "Wants the catalogue")
	submit(page, "Save the call")
	fresh(entry)
	assert frappe.get_all(INTERACTION, {"entry": entry.name}, pluck="summary") == ["Wants the catalogue"]
	# The next dialog is another act.
	press(page, "Log a call")
	fill(page, "summary", "Wants the catalogue")
	submit(page, "Save the call")
	fresh(entry)
	assert frappe.db.count(INTERACTION, {"entry": entry.name}) == 2
	forgive(page, "run_doc_method", "ValidationError", "Traceback")


@both_sizes
def test_where_no_dialog_is_open_it_is_not_said_to_be_undone(team, page_as, size):
	entry = entry_with(team)
	page = page_as(team.agent, size)
	open_worklist(page)
	lose_answers(page, "prospect_mgmt.worklist.mark_spam")
	row(page, entry).get_by_role("button", name="More").click()
	row(page, entry).get_by_role("button", name="Mark spam").click()
	page.locator(".modal.show").get_by_text("It is not known whether it was done").wait_for()
	# The list is read again, and shows what is true.
	expect(row(page, entry)).to_have_count(0)
	assert fresh(entry).outcome == "Spam"
	forgive(page, "mark_spam")


def test_the_panel_of_the_entry_that_is_open_is_shown_however_slow_its_style_comes(team, page_as):
	first, second = entry_with(team), entry_with(team)
	page = page_as(team.agent)
	waiting = []
	page.route("**/prospect_panel.css*", lambda route: waiting.append(route))
	page.open(f"prospect-list-entry/{first.name}")
	page.wait_for_function("window.cur_frm?.doc?.name && !frappe.request.ajax_count")
	# Given the style of the panel has not come yet when they go on to another entry.
	page.evaluate("(name) => frappe.set_route('Form', 'Prospect List Entry', name)", second.name)
	page.wait_for_function(
		"(name) => cur_frm?.doc?.name === name && !frappe.request.ajax_count", arg=second.name
	)
	assert waiting
	for route in waiting:
		route.continue_()
	panel(page).locator(".prospect-number").wait_for()
	page.wait_for_function("!frappe.request.ajax_count")
	assert [number.inner_text() for number in page.locator(".prospect-number:visible").all()] == [second.lead]
