"""A telephone rings: who it is is a click away, a stranger becomes a lead with one line."""

import frappe
import pytest

from prospect_mgmt import duplicates
from tests import factories
from tests.browser.conftest import SIZES


def call(number: str, user: str):
	log = {
		"doctype": "Call Log",
		"id": number,
		"type": "Incoming",
		"from": number,
		"to": "+4930",
		"status": "Ringing",
	}
	doc = frappe.get_doc(log).insert()
	doc.db_set("employee_user_id", user)
	return doc


@pytest.mark.parametrize("size", SIZES)
def test_a_stranger_becomes_a_lead_with_one_line(page_as, stack, size):
	agent = factories.user(
		"Sales User", "System Manager"
	).name  # ERPNext takes Employee away from who is none
	prospects = frappe.get_doc("Prospect List", "Prospects")
	prospects.append("agents", {"user": agent, "enabled": 1})
	prospects.save()
	known = factories.lead(first_name="Petra", last_name="Muster", mobile_no="+49 151 5550101")
	log, again = call("+491517770000", agent), call("01515550101", agent)
	page = page_as(agent, size)
	page.open(f"call-log/{log.name}")
	page.wait_for_function(
		"() => cur_frm?.doctype === 'Call Log' && cur_frm.custom_buttons['Make it a lead']"
	)
	# What the Desk does when the server says that it rings.
	page.evaluate(
		"call => prospect_mgmt.telephone.show(call)", {"call_log": log.name, "number": log.get("from")}
	)
	page.locator(".desk-alert").get_by_role("button", name="Make it a lead").click()
	dialog = page.locator(".modal.show")
	dialog.locator('input[data-fieldname="lead_name"]').fill("Ada Lovelace")
	dialog.locator('textarea[data-fieldname="detail"]').fill("Two machines")
	page.screenshot(path=str(stack.root / f"call-{size}.png"))
	dialog.get_by_role("button", name="Create").click()
	page.wait_for_function("() => cur_frm?.doctype === 'Prospect List Entry'")
	frappe.db.rollback()
	entry = frappe.get_doc("Prospect List Entry", {"mobile_no": "+491517770000"})
	assert (entry.lead_name, entry.agent) == ("Ada Lovelace", agent)
	page.open(f"call-log/{again.name}")
	page.wait_for_function(
		"() => cur_frm?.doctype === 'Call Log' && cur_frm.custom_buttons['Open their enquiry']"
	)
	page.evaluate("() => cur_frm.custom_buttons['Open their enquiry'].click()")
	page.wait_for_function(
		f"() => cur_frm?.doctype === 'Prospect List Entry' && cur_frm.docname === '{known.name}'"
	)


@pytest.mark.parametrize("size", SIZES)
def test_somebody_known_by_their_address_is_said_to_be_and_their_enquiry_opens(page_as, stack, size):
	agent = factories.user("Sales User", "System Manager").name
	prospects = frappe.get_doc("Prospect List", "Prospects")
	prospects.append("agents", {"user": agent, "enabled": 1})
	prospects.save()
	known = factories.lead(first_name="Petra", last_name="Muster", email_id="petra.q@gmail.com")
	log = call("+491517770000", agent)
	page = page_as(agent, size)
	page.open(f"call-log/{log.name}")
	page.wait_for_function("() => cur_frm?.custom_buttons?.['Make it a lead']")
	page.evaluate(
		"call => prospect_mgmt.telephone.ask(call)", {"call_log": log.name, "number": log.get("from")}
	)
	dialog = page.locator(".modal.show")
	dialog.locator('input[data-fieldname="email_id"]').fill("petraq+x@gmail.com")
	dialog.locator('textarea[data-fieldname="detail"]').fill("Two machines")
	dialog.get_by_role("button", name="Create").click()
	page.wait_for_function(
		f"() => cur_frm?.doctype === 'Prospect List Entry' && cur_frm.docname === '{known.name}'"
	)
	message = page.locator(".desk-alert").filter(has_text="Petra Muster is known already")
	message.wait_for()
	page.screenshot(path=str(stack.root / f"known-{size}.png"))
	frappe.db.rollback()
	assert frappe.db.count("Lead") == 1
	[noted] = frappe.get_all(
		"Comment", {"reference_name": known.name, "comment_type": "Info"}, pluck="content"
	)
	assert "Two machines" in noted


def test_a_merge_is_undone_with_a_click(page_as, stack):
	one = factories.lead(
		first_name="Petra", last_name="Muster", company_name="Musterbau GmbH", email_id="p@gmx.de"
	)
	other = factories.lead(first_name="P.", last_name="Muster", company_name="Musterbau", email_id="m@gmx.de")
	duplicates.nightly()
	pair = frappe.get_last_doc("Prospect Duplicate Pair")
	page = page_as("Administrator")
	page.open(f"prospect-duplicate-pair/{pair.name}")
	page.get_by_role("button", name="Merge", exact=True).first.click()
	dialog = page.locator(".modal.show")
	dialog.get_by_text("What differs").wait_for()
	page.screenshot(path=str(stack.root / "merge.png"))
	dialog.get_by_role("button", name="Merge", exact=True).click()
	page.wait_for_function("() => cur_frm?.doctype === 'Lead'")
	page.open(f"prospect-duplicate-pair/{pair.name}")
	page.get_by_role("button", name="Undo the merge").click()
	page.screenshot(path=str(stack.root / "undo.png"))
	page.locator(".modal.show").get_by_role("button", name="Yes").click()
	page.get_by_text("is a lead of its own again").wait_for()
	frappe.db.rollback()
	assert frappe.db.exists("Lead", one.name) and frappe.db.exists("Lead", other.name)
