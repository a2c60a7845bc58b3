"""The enquiry form as a visitor meets it, on a large screen and on a telephone."""

import frappe
import pytest

from tests.browser.conftest import SIZES


@pytest.mark.parametrize("size", SIZES)
def test_a_visitor_writes_and_gets_a_number(visitor, stack, size):
	page = visitor(size)
	page.goto("/enquiry/new?utm_source=facebook")
	page.wait_for_function("() => frappe.web_form?.get_value('origin')")
	assert not page.locator('[data-fieldname="website"] input').evaluate(
		"e => { const r = e.getBoundingClientRect(); return r.right > 0 && r.width > 0 && r.left >= 0; }"
	)
	assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
	page.locator('input[data-fieldname="person_name"]').fill("Ada Lovelace")
	page.locator('input[data-fieldname="email"]').fill(f"ada-{size}@example.com")
	page.locator('textarea[data-fieldname="message"]').fill("Please send me a price list.")
	page.locator('input[data-fieldname="consent"]').check()
	page.screenshot(path=str(stack.root / f"enquiry-form-{size}.png"))
	page.wait_for_timeout(3000)  # a person takes as long
	page.get_by_role("button", name="Send").click()
	page.locator(".success-page").wait_for()
	frappe.db.rollback()
	lead = frappe.get_doc("Lead", {"email_id": f"ada-{size}@example.com"})
	assert f"Your number is {lead.name}." in page.locator(".success-message").inner_text()
	assert lead.source == "Facebook" and frappe.db.exists("Prospect List Entry", lead.name)
	page.screenshot(path=str(stack.root / f"enquiry-sent-{size}.png"))
	assert not page.errors
