"""Consent and forgetting, as a manager meets them on the forms."""

import frappe
from frappe.utils import add_to_date, now_datetime

from tests import factories


def test_rehearse_record_and_forget(page_as, stack):
	lead = factories.lead(first_name="Petra", last_name="Kranich")
	entry = frappe.get_doc("Prospect List Entry", lead.name)
	entry.close("No response")
	frappe.db.set_value("Prospect List Entry", entry.name, "done_on", add_to_date(now_datetime(), days=-40))
	page = page_as(factories.user("Sales Manager").name)
	page.open("prospect-list/Prospects")
	page.wait_for_function("() => cur_frm?.docname === 'Prospects'")
	page.evaluate("() => cur_frm.set_value('anonymise_after_days', 30)")
	page.locator('[data-fieldname="rehearse_anonymising"] button').click()
	page.get_by_text("1 leads would be anonymised tonight").wait_for()
	assert page.locator(".modal.show").get_by_text(lead.name).is_visible()
	page.screenshot(path=str(stack.root / "rehearsal.png"))

	page.open(f"lead/{lead.name}")
	page.wait_for_function("() => cur_frm?.doctype === 'Lead'")
	_menu(page, "Record consent")
	page.wait_for_function("() => cur_dialog?.display && cur_dialog.get_value('channel') === 'Phone'")
	page.evaluate("() => cur_dialog.set_values({text: 'The newsletter', place: 'Card 17 of the fair'})")
	page.locator(".modal.show").get_by_role("button", name="Submit").click()
	page.locator(".modal.show").wait_for(state="detached")
	_menu(page, "Anonymise")
	page.wait_for_function("() => cur_dialog?.display && cur_dialog.fields_dict.reason")
	page.evaluate("() => cur_dialog.set_value('reason', 'They asked')")
	page.locator(".modal.show").get_by_role("button", name="Anonymise").click()
	page.wait_for_function("() => cur_frm.doc.lead_name === '(anonymised)'")
	frappe.db.rollback()
	[said] = frappe.get_all("Prospect Consent", {"lead": lead.name}, ["text", "place", "email_id"])
	assert (said.text, said.place, said.email_id) == ("The newsletter", "Card 17 of the fair", None)


def _menu(page, item: str) -> None:
	page.locator(".page-head:visible .menu-btn-group button").click()
	page.locator(".page-head:visible .menu-btn-group").get_by_text(item, exact=True).click()
