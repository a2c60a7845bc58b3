"""What the Desk would cut off on our screens is read in full, at a desk and on a phone."""

import frappe
import pytest
from frappe.utils import nowdate

from tests.browser.acting import entry_with, forgive, no_sideways, team_of
from tests.browser.test_worklist import settled

ENTRY = "Prospect List Entry"
both_sizes = pytest.mark.parametrize("size", ["desktop", "phone"])
# What is shown of these elements is narrower or lower than what they hold.
CUT_OFF = """(selector) => [...document.querySelectorAll(selector)].filter((each) => each.offsetParent)
	.filter((each) => each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1)
	.map((each) => each.innerText)"""


@pytest.fixture
def team(stack):
	return team_of(stack)


def cut_off(page, selector: str) -> list[str]:
	page.locator(selector).locator("visible=true").first.wait_for()
	settled(page)
	return page.evaluate(CUT_OFF, selector)


@both_sizes
def test_cards_rows_and_steps_say_whose_and_when(team, page_as, size):
	entry = entry_with(
		team, company_name="Analytical Engines of the North Ltd", last_name="Countess of Lovelace"
	)
	waiting = entry_with(team)
	waiting.log_call("Spoke to her")
	waiting.send_information("Price list", "<p>Here</p>")
	for each, due_on in ((entry, "23:59:00"), (waiting, "23:58:00")):
		frappe.db.set_value(ENTRY, each.name, "next_due_on", f"{nowdate()} {due_on}")
	page = page_as(team.agent, size)
	page.open("prospect-list-entry/view/kanban/Prospect Stages")
	assert cut_off(page, ".kanban-card-doc .text-truncate") == []
	assert cut_off(page, ".page-title .title-text") == []
	page.open("prospect-list-entry/view/list")
	pills = ".list-row .indicator-pill > .ellipsis"
	assert cut_off(page, pills) == [] and page.locator(pills, has_text="Waiting for them").count()
	if size == "desktop":
		assert cut_off(page, ".list-row .list-row-col:nth-child(6)") == []
	page.open("prospect-list-entry/view/calendar/default")
	assert cut_off(page, ".fc-event .fc-content, .fc-list-item-title") == []
	no_sideways(page)


def test_on_a_phone_each_row_of_a_history_says_whose_it_is(team, page_as):
	entry = entry_with(team)
	entry.log_call("Spoke to her")
	frappe.db.commit()
	page = page_as(team.agent, "phone")
	for doctype, said in (
		("prospect-interaction", f"{entry.name} · Phone · "),
		("prospect-due-step", f"{entry.name} · Call them"),
		("prospect-stage-change", f"{entry.name} · Call → Email"),
	):
		page.open(f"{doctype}/view/list")
		page.locator(".list-row:visible .list-subject", has_text=said).first.wait_for()
		no_sideways(page)


@both_sizes
def test_the_bars_of_charts_are_named(team, page_as, size):
	entry_with(team)
	page = page_as(team.supervisor, size)
	page.open("prospect-management")
	assert cut_off(page, ".page-title .title-text") == []
	names = page.locator(".dashboard-widget-box", has_text="Stage funnel").locator(".x.axis text")
	names.locator("tspan").first.wait_for()
	assert names.all_text_contents() == ["Received", "Reached", "Informed", "Quoted", "Won"]
	# Names with a space, and longer ones, stand on two lines; nothing is left out of them.
	agent = page.locator(".dashboard-widget-box", has_text="Agents").locator(".x.axis text").first
	agent.locator("tspan").first.wait_for()
	said = "".join(agent.locator("tspan").all_text_contents())
	assert said.replace(" ", "") == frappe.utils.get_fullname(team.agent).replace(" ", "")
	theirs = page_as(team.agent, size)
	theirs.open("prospect-own-figures")
	theirs.locator(".prospect-own-chart .x.axis tspan").first.wait_for()
	own = theirs.locator(".prospect-own-chart .x.axis text").all_text_contents()
	assert own == ["Received", "Calls", "Mails", "Won", "Open"]
	assert cut_off(theirs, ".page-title .title-text") == []
	forgive(page, "removeChild", "<svg> attribute")  # of charts, which go on drawing after the page was left
