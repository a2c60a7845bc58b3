"""What supervisors, managers and admins do besides the day of an agent; each at a desk and on a phone."""

from datetime import timedelta

import frappe
import pytest
from frappe.email.queue import flush
from frappe.utils import now_datetime

from prospect_mgmt import enrolment
from tests import factories
from tests.browser.acting import (
	choose,
	confirm,
	dialog,
	entry_with,
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

both_sizes = pytest.mark.parametrize("size", ["desktop", "phone"])
SETTINGS = "Prospect Management Settings"


@pytest.fixture
def team(stack):
	return team_of(stack)


def press_head(page, label: str) -> None:
	"""Press a button of the form's head; on a phone it stands in the menu."""
	head = page.locator(".page-head:visible")
	if page.viewport_size["width"] > 768:
		return head.get_by_role("button", name=label, exact=True).click()
	item = head.locator(".menu-btn-group .dropdown-menu").get_by_text(label, exact=True)
	item.wait_for(state="attached")
	head.locator(".menu-btn-group > button").click()
	item.click()


# ------------------------------------------------------------- supervisor
@both_sizes
def test_a_supervisor_is_warned_and_enrols_who_was_there_before(team, page_as, worker, size):
	# Given leads from before the list was there, of which one cannot be enrolled, and a sweep that nobody runs.
	waiting = entry_with(team)
	step = frappe.get_all("Prospect Due Step", {"entry": waiting.name, "status": "Scheduled"}, pluck="name")[
		0
	]
	frappe.db.set_value("Prospect Due Step", step, "due_on", now_datetime() - timedelta(minutes=20))
	frappe.db.set_value("Prospect List", team.list, "enrol_new_leads", 0)
	enrolment.forget_lists()
	frappe.db.set_single_value("System Settings", "enable_scheduler", 0)
	earlier = [factories.lead().name for _n in range(3)]
	frappe.db.set_value("Lead", earlier[2], "disabled", 1)
	page = page_as(team.supervisor, size)
	# When the supervisor looks, they are told what is wrong, on the list of entries and on the list itself.
	page.open("prospect-list-entry")
	page.get_by_text("The scheduler of this site is off").first.wait_for()
	page.get_by_text("The sweep is behind").first.wait_for()
	page.open(f"prospect-list/{team.list}")
	page.locator(".form-message", has_text="The sweep is behind").wait_for()
	no_sideways(page)
	# And when they enrol all that match, the run shows how far it is and what was refused.
	press_head(page, "Enrol all that match")
	dialog(page).get_by_text("3 of them match").wait_for()
	no_sideways(page)
	confirm(page, "Enrol 3 leads")
	page.wait_for_url("**/prospect-enrolment/*")
	page.get_by_text("Waiting for a worker").wait_for()
	worker(burst=True)
	page.get_by_text("3 of 3 leads seen: 2 enrolled, 1 refused.").first.wait_for()
	page.locator(".grid-row", has_text="is disabled").first.wait_for()
	no_sideways(page)
	assert frappe.db.count("Prospect List Entry", {"lead": ("in", earlier)}) == 2


@both_sizes
def test_a_supervisor_assigns_and_moves(team, page_as, size):
	other = factories.prospect_list(team.agent, title="Fairs", supervisor=team.supervisor)
	entry = entry_with(team)
	entry.assign(None)
	page = page_as(team.supervisor, size)
	open_entry(page, entry.name)
	press(page, "Assign")
	choose(page, "agent", team.agent)
	fill(page, "note", "Rings after five")
	no_sideways(page)
	submit(page, "Assign")
	assert fresh(entry).agent == team.agent
	press(page, "Move to another list")
	choose(page, "prospect_list", other.name)
	submit(page, "Move")
	assert (fresh(entry).prospect_list, entry.agent) == ("Fairs", team.agent)
	panel(page).get_by_text("Fairs").first.wait_for()
	no_sideways(page)


def test_who_does_not_supervise_a_list_sees_it_and_changes_nothing(team, page_as):
	colleague = factories.user("Sales User").name
	main = frappe.get_doc("Prospect List", team.list)
	main.append("agents", {"user": colleague, "enabled": 1})
	main.save()
	page = page_as(colleague)
	page.open(f"prospect-list/{team.list}")
	page.get_by_role("button", name="Open entries").wait_for()
	assert not page.get_by_role("button", name="Enrol all that match").count()
	assert not page.get_by_role("button", name="Save", exact=True).is_visible()
	assert not page.locator("[data-fieldname=enrol_condition] :is(input, textarea):visible").count()


# ------------------------------------------------------------- manager
@both_sizes
def test_a_manager_tries_a_fact_again(team, page_as, size):
	# Given a lead that could not be enrolled while no Workflow was on.
	workflow = frappe.get_doc("Workflow", "Prospect Procedure")
	workflow.is_active = 0
	workflow.save()
	lead = factories.lead()
	page = page_as(factories.user("Sales Manager").name, size)
	page.open("prospect-signal-failure")
	page.locator(".list-row-container").get_by_role("link", name=lead.name).first.click()
	no_sideways(page)
	# When it is tried before anything was mended, the reason is still shown.
	press_head(page, "Try again")
	page.get_by_text("It failed again").wait_for()
	page.get_by_text("switch one on").first.wait_for()
	# And once it is mended, the fact is taken in.
	workflow.is_active = 1
	workflow.save()
	frappe.db.commit()
	page.reload()
	press_head(page, "Try again")
	page.get_by_text("Taken in.").wait_for()
	frappe.db.rollback()
	assert frappe.db.exists("Prospect List Entry", {"open_lead": lead.name})
	page.open("prospect-signal-failure")
	page.get_by_text("No Prospect Signal Failure found with matching filters").wait_for()


# ------------------------------------------------------------- admin
@both_sizes
def test_an_admin_tries_the_procedure_on_themselves(team, page_as, size, smtp):
	admin = factories.user("System Manager").name
	page = page_as(admin, size)
	page.open(f"prospect-procedure/{factories.procedure().name}")
	press_head(page, "Try it on myself")
	no_sideways(page)
	confirm(page, "Open the settings")
	page.wait_for_url("**/prospect-management-settings")
	page.locator("td", has_text="WEB-0001").first.wait_for()
	page.get_by_text("Not Saved").first.wait_for()
	page.locator(".page-head:visible").get_by_role("button", name="Save", exact=True).click()
	page.get_by_text("Not Saved").first.wait_for(state="hidden")
	page.get_by_text(f"every mail goes to {admin}").first.wait_for()
	no_sideways(page)
	frappe.db.rollback()
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	entry = entry_with(team)
	entry.send_information("Our prices", "<p>Here they are.</p>")
	frappe.db.commit()
	flush()
	[mail] = smtp.wait_for(1, to=admin)
	assert entry.email_id in mail.subject and not smtp.messages(to=entry.email_id)


def test_replanning_is_previewed_on_a_phone(team, page_as):
	entry = entry_with(team)
	procedure = factories.procedure()
	next(step for step in procedure.steps if step.title == "Acknowledge soon").after = 3600 * 20
	procedure.save()
	page = page_as(factories.user("System Manager").name, "phone")
	page.open(f"prospect-procedure/{procedure.name}")
	press_head(page, "Re-plan open entries")
	dialog(page).locator("td", has_text=entry.name).first.wait_for()
	no_sideways(page)
	assert dialog(page).get_by_role("button", name="Re-plan 1 entries").is_enabled()


# ------------------------------------------------------------- agent
@both_sizes
def test_a_file_goes_out_with_the_information(team, page_as, smtp, size):
	entry = entry_with(team)
	values = {"attached_to_doctype": entry.doctype, "attached_to_name": entry.name, "is_private": 1}
	frappe.get_doc(doctype="File", file_name="prices.txt", content="1 EUR", **values).insert()
	page = page_as(team.agent, size)
	open_entry(page, entry.name)
	press(page, "Send information")
	dialog(page).locator(".ql-editor[contenteditable=true]").wait_for()
	dialog(page).get_by_label("prices").check()
	dialog(page).get_by_role("button", name="Upload a file").click()
	with page.expect_file_chooser() as chooser:
		page.locator(".file-upload-area:visible").get_by_text("My Device").click()
	chooser.value.set_files({"name": "plan.txt", "mimeType": "text/plain", "buffer": b"a plan"})
	page.locator(".modal.show").last.get_by_role("button", name="Upload", exact=True).click()
	page.wait_for_function("document.querySelectorAll('.modal.show').length == 1")
	dialog(page).get_by_label("plan").wait_for()
	assert dialog(page).get_by_label("plan").is_checked()
	no_sideways(page)
	submit(page, "Send")
	assert fresh(entry).information_sent_on
	panel(page).get_by_text("Nothing is asked of you right now.").wait_for()
	frappe.db.commit()
	flush()
	[mail] = smtp.wait_for(1, to=entry.email_id)
	assert {part.get_content().strip() for part in mail.message.iter_attachments()} == {"1 EUR", "a plan"}
	forgive(page, "socket.io")
