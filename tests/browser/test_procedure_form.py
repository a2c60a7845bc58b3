"""An admin checks and changes the procedure: the picture and what is wrong follow what is typed."""

import pytest
from playwright.sync_api import expect

from tests import factories


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_procedure_is_seen_as_a_picture_and_checked_while_typing(page_as, size):
	admin = factories.user("Sales Manager").name
	procedure = factories.procedure()
	page = page_as(admin, size)
	page.goto(f"/app/prospect-procedure/{procedure.name}")
	stages = page.locator(".sop-stage h5")
	expect(stages).to_have_text(["Call", "Email", "Follow up", "Revive", "Done", "In every stage"])
	expect(page.locator(".sop-stage", has_text="Courtesy note")).to_contain_text(
		"48h after “Information sent”"
	)
	if size == "phone":
		assert page.evaluate("document.documentElement.scrollWidth") <= 390
	page.evaluate(
		"""() => {
			const row = cur_frm.doc.steps.find((step) => step.action === "Send email");
			frappe.model.set_value(row.doctype, row.name, "email_template", "");
		}"""
	)
	expect(page.locator(".form-message")).to_contain_text("This cannot be saved yet")
	expect(page.locator(".form-message")).to_contain_text("sends a mail: choose an E-mail template")
