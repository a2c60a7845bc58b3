"""Lists, workspace, and the forms of those who run the procedure."""

import frappe
import pytest
from frappe.utils import add_to_date, now_datetime

from prospect_mgmt import enrolment, sweep
from tests import factories
from tests.browser.acting import confirm, dialog, entry_with, field, fresh, no_sideways, team_of


@pytest.fixture
def team(stack):
	return team_of(stack)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_contractor_finds_their_entries_from_the_workspace(team, page_as, size):
	mine, other = entry_with(team), entry_with(team, agent=team.supervisor)
	page = page_as(team.agent, size)
	page.open("prospect-management")
	shortcut = page.locator(".shortcut-widget-box", has_text="My open entries")
	shortcut.get_by_text("1 open").wait_for()
	no_sideways(page)
	assert not page.locator(".link-item", has_text="Lead").count()
	shortcut.click()
	page.locator(".list-row-container", has_text=mine.lead_name).first.wait_for()
	assert not page.locator(".list-row-container", has_text=other.lead_name).count()
	no_sideways(page)


def test_the_list_says_in_words_how_each_entry_stands(team, page_as):
	late, done, paused = (entry_with(team) for _ in range(3))
	frappe.db.commit()
	sweep.run()
	frappe.db.set_value("Prospect List Entry", late.name, "act_by", add_to_date(now_datetime(), days=-2))
	done.close("Not a prospect")
	paused.pause(add_to_date(now_datetime(), days=30), "In spring")
	page = page_as(team.agent)
	page.open("prospect-list-entry")
	for entry, text in ((late, "Overdue"), (paused, "Paused")):
		row = page.locator(".list-row-container", has_text=entry.lead_name).first
		row.locator(".indicator-pill", has_text=text).first.wait_for()
	page.get_by_role("button", name="Show").click()
	page.locator(".dropdown-menu.show").get_by_text("Done", exact=True).click()
	page.locator(".list-row-container", has_text=done.lead_name).first.wait_for()
	page.locator(".indicator-pill", has_text="Done: Not a prospect").first.wait_for()


def test_selected_leads_are_enrolled_and_the_run_shows_each_refusal(team, page_as, worker):
	frappe.db.set_value("Prospect List", team.list, "enrol_new_leads", 0)
	enrolment.forget_lists()
	good, bad = factories.lead(), factories.lead()
	frappe.db.set_value("Lead", bad.name, "disabled", 1)
	page = page_as("Administrator")
	page.open("lead")
	for lead in (good, bad):
		page.locator(".list-row-container", has_text=lead.title).locator(".list-row-checkbox").first.check()
	page.get_by_role("button", name="Actions").click()
	page.get_by_text("Enrol on a Prospect List").click()
	page.wait_for_function("window.cur_dialog?.display")
	page.evaluate("(list) => cur_dialog.set_value('prospect_list', list)", team.list)
	confirm(page, "Enrol")
	page.wait_for_url("**/prospect-enrolment/*")
	page.get_by_text("Waiting for a worker").wait_for()
	worker(burst=True)
	page.get_by_text("1 enrolled, 1 refused").wait_for()
	page.locator(".grid-row", has_text="is disabled").first.wait_for()
	assert frappe.db.exists("Prospect List Entry", {"open_lead": good.name})


def test_the_list_form_counts_stages_and_asks_before_it_enrols_all(team, page_as):
	entry_with(team)
	frappe.db.set_value("Prospect List", team.list, "enrol_new_leads", 0)
	enrolment.forget_lists()
	factories.lead()
	page = page_as("Administrator")
	page.open(f"prospect-list/{team.list}")
	page.locator(".indicator", has_text="Call: 1").first.wait_for()
	page.get_by_role("button", name="Enrol all that match").click()
	dialog(page).get_by_text("1 of them match").wait_for()
	assert field(page, "use_true_first_contact").count()
	assert dialog(page).get_by_role("button", name="Enrol 1 leads").is_enabled()


def test_a_changed_procedure_shows_what_re_planning_would_do_before_it_does_it(team, page_as, worker):
	entry = entry_with(team)
	procedure = factories.procedure()
	next(step for step in procedure.steps if step.title == "Acknowledge soon").after = 3600 * 20
	procedure.moves[0].workflow_action = (
		frappe.get_doc({"doctype": "Workflow Action Master", "workflow_action_name": "Dance"}).insert().name
	)
	procedure.save()
	page = page_as("Administrator")
	page.open(f"prospect-procedure/{procedure.name}")
	page.get_by_text("“Dance”, which the Workflow does not have").first.wait_for()
	page.get_by_role("button", name="Re-plan open entries").click()
	dialog(page).locator("td", has_text=entry.name).first.wait_for()
	before = frappe.db.count("Prospect Due Step", {"entry": entry.name})
	confirm(page, "Re-plan 1 entries")
	page.locator(".modal.show").wait_for(state="detached")
	worker(burst=True)
	assert frappe.db.count("Prospect Due Step", {"entry": entry.name}) == before + 1
	assert fresh(entry).next_step


def test_a_changed_series_is_saved_only_after_a_warning(page_as):
	page = page_as("Administrator")
	page.open("prospect-management-settings")
	page.locator("td", has_text="WEB-0001").first.wait_for()
	page.get_by_role("button", name="Facebook: add row").click()
	page.get_by_role("button", name="Save").click()
	dialog(page).get_by_text("the next lead from Facebook becomes FAC-0001").wait_for()
	assert not frappe.db.exists("Prospect Lead Number Series", {"source": "Facebook"})
	confirm(page, "Yes")
	page.locator("td", has_text="FAC-0001").first.wait_for()
	frappe.db.rollback()
	assert frappe.db.get_value("Prospect Lead Number Series", {"source": "Facebook"}, "series") == "FAC-.####"


def test_a_failed_step_is_tried_again_from_its_ledger(team, page_as):
	entry = entry_with(team)
	step = frappe.get_all("Prospect Due Step", {"entry": entry.name}, pluck="name", order_by="due_on")[0]
	frappe.db.set_value("Prospect Due Step", step, {"status": "Failed", "reason": "no e-mail account"})
	page = page_as(team.supervisor)
	page.open("prospect-due-step?status=Failed")
	page.locator(".list-row-container").get_by_role("button", name="Try again").click()
	page.get_by_text("It is due now").wait_for()
	frappe.db.rollback()
	assert frappe.db.get_value("Prospect Due Step", step, "status") == "Scheduled"
