"""Everything an agent does, with a thumb on 390 × 844, and at a desk without a mouse."""

import frappe
import pytest
from frappe.utils import add_to_date, now_datetime

from prospect_mgmt import sweep
from tests.browser.acting import (
	cancel,
	dialog,
	entry_with,
	fresh,
	no_sideways,
	open_entry,
	panel,
	press,
	team_of,
)
from tests.browser.reachable import focus_is_seen, too_small
from tests.browser.test_worklist import open_worklist, row, settled

ENTRY = "Prospect List Entry"
DIALOGS = (
	"Log a call",
	"Send information",
	"Record a message",
	"Record an answer",
	"Agree a time",
	"Close",
	"Hand over",
	"Mark spam",
)


@pytest.fixture
def team(stack):
	return team_of(stack)


@pytest.fixture
def day(team):
	"""An agent's day: something late, an answer that waits, an enquiry of nobody, one that is closed."""
	late, waiting, nobody, closed = (
		entry_with(team, ["How much is a stand?"], mobile_no="+49 (0)151 12345678") for _ in range(4)
	)
	waiting.log_call("Would like the price list")
	waiting.send_information("Price list", "<p>Here it is.</p>")
	waiting.record_response("Thank you, one more question: " + "verylongwordwithoutanyspace" * 4)
	nobody.assign(None)
	closed.close("Lost", objection="Price", note="Too much")
	frappe.db.commit()
	sweep.run()
	frappe.db.set_value(ENTRY, late.name, "act_by", add_to_date(now_datetime(), hours=-3))
	return frappe._dict(team, late=late, waiting=waiting, nobody=nobody, closed=closed)


def shown(page) -> None:
	page.wait_for_function("window.cur_dialog?.display && !frappe.request.ajax_count")


# ------------------------------------------------------------- a thumb
def test_all_that_an_agent_does_fits_a_phone(day, page_as):
	page = page_as(day.agent, "phone")
	found = []

	def look(place: str, *selectors: str) -> None:
		no_sideways(page)
		found.extend(f"{place}: {line}" for line in too_small(page, *selectors))

	page.open("prospect-management")
	page.locator(".number-widget-box .number").first.wait_for()
	look("workspace")
	open_worklist(page)
	look("worklist", ".prospect-worklist")
	for entry in (day.late, day.waiting):
		call = row(page, entry).get_by_role("link", name="Call", exact=True)
		assert call.get_attribute("href") == "tel:+4915112345678"
		whatsapp = row(page, entry).get_by_role("link", name="WhatsApp")
		assert whatsapp.get_attribute("href") == "https://wa.me/4915112345678"
	row(page, day.late).get_by_role("checkbox").check()
	look("chosen", ".prospect-chosen")
	row(page, day.late).get_by_role("button", name="More").tap()
	look("menu", ".dropdown-menu.show")
	page.locator(".dropdown-menu.show").get_by_role("button", name="Show everything").tap()
	page.locator(".prospect-opened .prospect-number").wait_for()
	look("opened", ".prospect-opened")
	opened = page.locator(".prospect-opened a[href^='tel:']").first
	assert opened.get_attribute("href") == "tel:+4915112345678"

	open_entry(page, day.waiting.name)
	look("entry", ".prospect-panel")
	for label in DIALOGS:
		press(page, label)
		shown(page)
		look(label, ".modal.show .modal-content")
		cancel(page)
	open_entry(page, day.closed.name)
	for label in ("Reopen", "New enquiry"):
		press(page, label)
		shown(page)
		look(label, ".modal.show .modal-content")
		cancel(page)
	for place, ready in (
		("prospect-list-entry", ".list-row-container"),
		("prospect-list-entry/view/kanban/Prospect Stages", ".kanban-card-wrapper"),
		("prospect-list-entry/view/calendar/default", ".fc-view"),
		("prospect-own-figures", ".prospect-own-chart svg"),
		("prospect-agent-review", ".page-head"),
	):
		page.open(place)
		page.locator(ready).first.wait_for()
		if "kanban" not in place:  # a board is as wide as its stages, and scrolls by itself
			look(place)
	assert not found, "\n".join(found)


# ------------------------------------------------------------- no mouse
def test_a_day_without_a_mouse(day, page_as):
	page = page_as(day.agent)
	open_worklist(page)

	def tab_to(name: str) -> None:
		"""Press Tab until the focus is on what has this name; it is seen wherever it goes."""
		for _press in range(40):
			page.keyboard.press("Tab")
			assert focus_is_seen(page), page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
			if (
				page.evaluate("document.activeElement.innerText?.trim() || document.activeElement.ariaLabel")
				== name
			):
				return
		raise AssertionError(f"Tab never came to {name}")

	def go_to(entry) -> None:
		for _press in range(10):
			page.keyboard.press("k")
		while page.evaluate("document.activeElement.dataset.entry") != entry.name:
			page.keyboard.press("j")
		assert focus_is_seen(page)

	# A call from the row's own button; what it asks is typed, and saved by its button.
	go_to(day.late)
	tab_to("Log a call")
	page.keyboard.press("Enter")
	shown(page)
	page.keyboard.press("Tab")
	page.keyboard.type("Would like the price list")
	tab_to("Save the call")
	page.keyboard.press("Enter")
	page.locator(".modal.show").wait_for(state="detached")
	settled(page)
	assert fresh(day.late).stage == "Email"
	# The focus is where it was: at that entry.
	page.wait_for_function(
		"(name) => document.activeElement.closest('.prospect-row')?.dataset.entry === name", arg=day.late.name
	)

	# A dialog that is left by Escape gives the focus back to its button.
	tab_to("Send information")
	page.keyboard.press("Enter")
	shown(page)
	page.keyboard.press("Escape")
	page.locator(".modal.show").wait_for(state="detached")
	page.wait_for_function("document.activeElement.innerText.trim() === 'Send information'")

	# What is marked as spam is given back by Z, from wherever the focus is.
	go_to(day.waiting)
	page.keyboard.press("s")
	page.get_by_text("1 marked as spam.").wait_for()
	settled(page)
	assert page.evaluate("Boolean(document.activeElement.closest('.prospect-row'))")
	page.keyboard.press("z")
	page.get_by_text("1 undone.").wait_for()
	settled(page)
	assert not fresh(day.waiting).done_on

	# The panel of an entry, and its button; then the form of the entry by its link.
	go_to(day.waiting)
	page.keyboard.press("o")
	page.locator(".prospect-opened .prospect-number").wait_for()
	tab_to("Send information")
	while not page.evaluate("Boolean(document.activeElement.closest('.prospect-panel'))"):
		tab_to("Send information")
	page.keyboard.press("Enter")
	shown(page)
	page.keyboard.press("Escape")
	page.locator(".modal.show").wait_for(state="detached")
	page.wait_for_function("document.activeElement.closest('.prospect-panel')")
	go_to(day.waiting)
	tab_to(day.waiting.name)
	page.keyboard.press("Enter")
	page.wait_for_url(f"**/prospect-list-entry/{day.waiting.name}")
	panel(page).locator(".prospect-number").wait_for()
	assert not dialog(page).count()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_tab_leads_through_the_information_mail_to_its_button(day, page_as, size):
	page = page_as(day.agent, size)
	open_entry(page, day.waiting.name)
	press(page, "Send information")
	shown(page)
	text = dialog(page).locator(".ql-editor[contenteditable=true]")
	text.click()
	before = text.inner_text()
	for _press in range(12):
		page.keyboard.press("Tab")
		if page.evaluate("document.activeElement.innerText?.trim()") == "Send":
			break
	assert page.evaluate("document.activeElement.innerText?.trim()") == "Send"
	assert text.inner_text() == before
	page.keyboard.press("Shift+Tab")
	assert page.evaluate("document.activeElement.innerText?.trim()") == "Preview"
	page.keyboard.press("Tab")
	page.keyboard.press("Enter")
	page.locator(".modal.show").wait_for(state="detached")
	assert fresh(day.waiting).respond_status == "Met"
