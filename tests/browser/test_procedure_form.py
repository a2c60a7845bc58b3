"""An admin checks and changes the procedure: the picture and what is wrong follow what is typed."""

import frappe
import pytest
from playwright.sync_api import expect

from prospect_mgmt.entry import moves
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
	said = page.locator(".form-message:not(.hidden)")

	# A mail step without a template, and mended.
	note = opened(page, "Courtesy note")
	put(note, "email_template", "")
	expect(said).to_contain_text("This cannot be saved yet")
	expect(said).to_contain_text("sends a mail: choose an E-mail template")
	expect(page.locator(".desk-alert")).to_contain_text("choose an E-mail template")
	put(note, "email_template", "Prospect Courtesy Note")
	expect(said).to_have_count(0)

	# A step for a stage that the Workflow lacks: it may be drawn next, so that can be saved.
	put(note, "stage", "Rejected")
	expect(said).to_contain_text("Does not fit the Workflow")
	expect(said).to_contain_text(
		"“Courtesy note” is for the stage Rejected, which the Workflow does not have"
	)
	expect(page.locator(".sop-unknown")).to_contain_text("The Workflow does not have this stage.")
	put(note, "stage", "Follow up")
	expect(said).to_have_count(0)


def test_a_stage_with_no_way_out_is_said_until_there_is_one(page_as):
	procedure = factories.procedure()
	workflow = moves.workflow()
	ways = [transition for transition in workflow.transitions if transition.state == "Revive"]
	for way in ways:
		workflow.remove(way)
	workflow.save()
	page = page_as(factories.user("Sales Manager").name)
	page.goto(f"/app/prospect-procedure/{procedure.name}")
	said = page.locator(".form-message:not(.hidden)")
	expect(said).to_contain_text("The stage Revive has no way out")
	workflow.extend("transitions", [way.as_dict(no_default_fields=True) for way in ways])
	workflow.save()
	frappe.db.commit()
	put(opened(page, "Courtesy note"), "title", "A note")
	expect(said).to_have_count(0)
	expect(page.locator(".sop-stage", has_text="A note")).to_be_visible()


def opened(page, title: str):
	"""The form of a step, opened in the table."""
	page.locator("[data-fieldname=steps] .grid-row", has_text=title).locator(".row-index").first.click()
	form = page.locator(".grid-row-open")
	form.locator("input[data-fieldname=title]").wait_for()
	return form


def put(form, fieldname: str, value: str) -> None:
	"""Type something in and leave the field."""
	field = form.locator(f"input[data-fieldname={fieldname}]")
	field.fill(value)
	field.press("Tab")
