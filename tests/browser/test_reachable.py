"""Reachable for everyone: axe finds nothing serious in what this app adds to the Desk and to the website."""

from urllib.parse import quote

import frappe
import pytest
from frappe.utils import add_to_date, now_datetime

from prospect_mgmt import sweep
from tests import factories
from tests.browser.acting import (
	cancel,
	choose,
	entry_with,
	forgive,
	open_entry,
	open_lead,
	panel,
	press,
	team_of,
)
from tests.browser.reachable import coloured, faults
from tests.browser.test_worklist import open_worklist, row

ENTRY = "Prospect List Entry"
# In widgets of the workspace: their menus, their pills of a count, the buttons of the page.
FRAPPES = (".widget-control", ".btn-new-workspace", ".btn-edit-workspace", ".chart-container")
PANEL, DIALOG = ".prospect-panel", ".modal.show .modal-content"


@pytest.fixture
def team(stack):
	return team_of(stack)


def shown(page) -> None:
	"""A dialog has faded in."""
	page.wait_for_function("window.cur_dialog?.display && !frappe.request.ajax_count")
	page.wait_for_timeout(200)


def test_what_an_agent_uses_daily(team, page_as):
	late, waiting, nobody, closed = (entry_with(team, ["How much?"]) for _ in range(4))
	waiting.log_call("Would like the price list")
	waiting.send_information("Price list", "<p>Here it is.</p>")
	nobody.assign(None)
	closed.close("Lost", objection="Price", note="Too much")
	frappe.db.commit()
	sweep.run()
	frappe.db.set_value(ENTRY, late.name, "act_by", add_to_date(now_datetime(), hours=-3))
	page = page_as(team.agent)
	found = []
	open_worklist(page)
	row(page, nobody).get_by_role("button", name="Take it").click()
	page.get_by_text("1 taken").wait_for()
	row(page, late).get_by_role("checkbox").check()
	row(page, late).get_by_role("button", name="More").click()
	found += faults(page, ".prospect-worklist")
	page.keyboard.press("Escape")
	row(page, late).focus()
	page.keyboard.press("o")
	page.locator(".prospect-opened .prospect-number").wait_for()
	found += faults(page, ".prospect-opened")

	# Each dialog.
	for key in "cmateg":
		row(page, late).focus()
		page.keyboard.press(key)
		shown(page)
		if key == "c":
			choose(page, "result", "No answer")
		found += faults(page, DIALOG)
		cancel(page)

	open_entry(page, waiting.name)
	found += faults(page, PANEL)
	open_entry(page, closed.name)
	found += faults(page, PANEL)
	for label in ("Reopen", "New enquiry"):
		press(page, label)
		shown(page)
		found += faults(page, DIALOG)
		cancel(page)
	page.open("prospect-own-figures")
	page.locator(".prospect-own-chart svg").first.wait_for()
	found += faults(page, ".prospect-own-figures")
	page.open("prospect-management")
	page.locator(".number-widget-box .number").first.wait_for()
	found += faults(page, ".layout-main-section", besides=FRAPPES)
	forgive(page, "removeChild", "<svg> attribute")  # of charts, which go on drawing after the page was left
	assert not found, "\n".join(found)


def test_what_supervisors_and_managers_use(team, page_as):
	entry, other = entry_with(team, ["How much?"]), entry_with(team)
	entry.log_call("Would like the price list")
	entry.send_information("Price list", "<p>Here it is.</p>")
	other.assign(None)
	frappe.db.commit()
	sweep.run()
	found = []
	page = page_as(factories.user("Sales Manager", "Sales User").name)
	open_worklist(page)
	page.get_by_role("button", name="Team").click()
	page.locator(".prospect-team").wait_for()
	found += faults(page, ".prospect-worklist")
	open_lead(page, entry.lead)
	found += faults(page, PANEL)
	open_entry(page, entry.name)
	press(page, "Move to another list")
	shown(page)
	found += faults(page, DIALOG)
	cancel(page)
	for label in ("Move", "Cancel"):
		panel(page).get_by_role("button", name=f"{label}: ").first.click()
		shown(page)
		found += faults(page, DIALOG)
		cancel(page)
	page.open(f"prospect-procedure/{factories.procedure().name}")
	page.locator(".sop-stage").first.wait_for()
	found += faults(page, ".sop-stages", ".sop-promises")
	page.evaluate("cur_frm.set_intro('<b>This cannot be saved yet</b>', 'red')")
	found += faults(page, ".form-message")
	page.locator(".page-head:visible .menu-btn-group > button").click()
	page.get_by_text("Show me around", exact=True).click()
	page.locator("#driver-popover-item .driver-popover-title").wait_for()
	# A button that cannot be pressed yet is Frappe's, and grey on purpose.
	found += faults(page, "#driver-popover-item", besides=(".driver-disabled",))
	page.keyboard.press("Escape")
	page.open(
		f"prospect-due-step/{frappe.db.get_value('Prospect Due Step', {'entry': entry.name, 'status': 'Scheduled'})}"
	)
	page.get_by_role("button", name="Run now").wait_for()
	found += faults(page, "[data-page-route*='Prospect Due Step'] .custom-actions")
	page.open("prospect-list-entry/view/kanban/Prospect Stages")
	page.locator(".kanban-card-wrapper").first.wait_for()
	found += faults(page, ".kanban-card-body")
	for report in ("Prospect Funnel", "Step Ledger"):
		page.open(f"query-report/{quote(report)}")
		page.locator("a.prospect-drill:visible").first.wait_for()
		found += faults(page, ".prospect-meanings", "a.prospect-drill")
	page.open("prospect-management")
	page.locator(".dashboard-widget-box svg.frappe-chart").first.wait_for()
	found += faults(page, ".layout-main-section", besides=FRAPPES)
	forgive(page, "removeChild", "<svg> attribute")  # of charts, which go on drawing after the page was left
	assert not found, "\n".join(found)


def test_what_admins_use(page_as):
	found = []
	frappe.db.set_single_value("System Settings", "enable_onboarding", 1)
	page = page_as(factories.user("System Manager").name)
	page.open("prospect-management-settings")
	page.locator("td", has_text="WEB-0001").first.wait_for()
	found += faults(page, "[data-fieldname=next_numbers]")
	page.open("prospect-management")
	page.locator(".onboarding-widget-box .onboarding-step").first.wait_for()
	found += faults(page, ".onboarding-widget-box", besides=FRAPPES)
	page.open(f"notification-settings/{page.evaluate('frappe.session.user')}")
	page.locator("input[data-fieldname=prospect_digest]").wait_for()
	found += faults(
		page, "[data-fieldname=prospect_section] .section-head", "select[data-fieldname^=prospect_]"
	)
	assert not found, "\n".join(found)


def test_what_visitors_use(visitor):
	page = visitor("desktop")
	page.goto("/enquiry/new")
	page.wait_for_function("() => frappe.web_form?.get_value('origin')")
	found = faults(page, ".web-form")
	assert not found, "\n".join(found)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_colour_is_never_the_only_sign(team, page_as, size):
	"""What is coloured says in words what the colour says: something, and nothing that is there in another colour, too."""
	late, waiting, paused, won, lost, sold = (entry_with(team, ["How much?"]) for _ in range(6))
	waiting.log_call("Would like the price list")
	waiting.send_information("Price list", "<p>Here it is.</p>")
	paused.pause(add_to_date(now_datetime(), days=3), "They decide then")
	won.close("Won")
	lost.close("Lost", objection="Price", note="Too much")
	frappe.db.commit()
	sweep.run()
	frappe.db.set_value(ENTRY, late.name, "act_by", add_to_date(now_datetime(), hours=-3))
	frappe.db.set_value(ENTRY, sold.name, "won_proposed", 1)
	page = page_as(team.supervisor, size)
	found = {}

	def look(place: str, *selectors: str, least: int = 1) -> None:
		page.wait_for_function("!frappe.request.ajax_count")
		here = coloured(page, *selectors)
		assert len(here) >= least, (place, here)
		found[place] = here

	page.open("prospect-worklist?view=entries")
	page.locator(".prospect-worklist").wait_for()
	page.evaluate(
		"agent => { frappe.route_options = { agent, view: 'entries' }; frappe.pages['prospect-worklist'].worklist.show(); }",
		team.agent,
	)
	row(page, late).wait_for()
	look("worklist", ".prospect-worklist", least=2)
	for entry in (late, waiting, paused, won, lost, sold):
		open_entry(page, entry.name)
		look(f"panel of {entry.stage} {entry.outcome}", PANEL)
	page.open("prospect-list-entry/view/list?done_on=")
	page.evaluate("cur_list.filter_area.clear()")
	page.locator(".list-row").nth(5).wait_for()
	look("list", ".frappe-list .result", least=4)
	page.open("prospect-due-step")
	page.locator(".list-row").first.wait_for()
	look("steps", ".frappe-list .result", least=2)
	for place, here in found.items():
		assert not [colour for text, colour in here if not text], (place, here)
		assert len({text for text, _colour in here}) == len(here), (place, sorted(here))
