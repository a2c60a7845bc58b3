"""An admin checks and changes the procedure: the picture and what is wrong follow what is typed."""

import re

import frappe
import pytest
from playwright.sync_api import expect

from prospect_mgmt.entry import moves
from tests import factories
from tests.browser.acting import forgive, give_role, no_sideways, take_role

both_sizes = pytest.mark.parametrize("size", ["desktop", "phone"])
SERVER_ERROR = '{"exc_type": "OperationalError", "exc": "[\\"Traceback: the database went away\\"]"}'


@both_sizes
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


@both_sizes
def test_a_stage_with_no_way_out_is_said_until_there_is_one(page_as, size):
	procedure = factories.procedure()
	workflow = moves.workflow()
	ways = [transition for transition in workflow.transitions if transition.state == "Revive"]
	for way in ways:
		workflow.remove(way)
	workflow.save()
	page = page_as(factories.user("Sales Manager").name, size)
	page.goto(f"/app/prospect-procedure/{procedure.name}")
	said = page.locator(".form-message:not(.hidden)")
	expect(said).to_contain_text("The stage Revive has no way out")
	no_sideways(page)
	workflow.extend("transitions", [way.as_dict(no_default_fields=True) for way in ways])
	workflow.save()
	frappe.db.commit()
	put(opened(page, "Courtesy note"), "title", "A note")
	expect(said).to_have_count(0)
	expect(page.locator(".sop-stage", has_text="A note")).to_be_visible()


def test_what_was_typed_stays_when_the_server_fails(page_as):
	procedure = factories.procedure()
	page = page_as(factories.user("Sales Manager").name)
	page.goto(f"/app/prospect-procedure/{procedure.name}")
	page.locator(".sop-stage").first.wait_for()

	# The picture is as it was, and says that it does not show what was typed since.
	page.route("**/run_doc_method*", refuse)
	name_step(page, "Courtesy note", "A note")
	expect(page.locator(".sop-stale")).to_contain_text("does not show your last changes")
	expect(page.locator(".sop-stage", has_text="Courtesy note")).to_have_count(1)
	dismiss(page)
	page.unroute("**/run_doc_method*")
	name_step(page, "A note", "Another note")
	expect(page.locator(".sop-stage", has_text="Another note")).to_have_count(1)
	expect(page.locator(".sop-stale")).to_have_count(0)

	# The same when it is saved; once the server is there again, the same form saves it.
	page.route("**/*savedocs*", refuse)
	save(page)
	dismiss(page)
	page.unroute("**/*savedocs*")
	assert "Another note" in titles_typed(page)
	save(page)
	frappe.db.rollback()
	assert "Another note" in [step.title for step in procedure.reload().steps]
	forgive(page, "run_doc_method", "savedocs", "OperationalError", "Traceback")


@both_sizes
def test_what_was_typed_stays_when_the_right_was_lost_meanwhile(page_as, size):
	procedure = factories.procedure()
	admin = factories.user("Sales Manager").name
	page = page_as(admin, size)
	page.goto(f"/app/prospect-procedure/{procedure.name}")
	page.locator(".sop-stage").first.wait_for()
	take_role(admin, "Sales Manager")

	# The picture says that it is an old one; what is saved is refused, in words, and stays in the form.
	name_step(page, "Courtesy note", "A note")
	expect(page.locator(".sop-stale")).to_contain_text("does not show your last changes")
	dismiss(page)
	save(page)
	expect(page.locator(".modal.show").last).to_contain_text(
		re.compile("permission|not permitted", re.IGNORECASE)
	)
	dismiss(page)
	assert "A note" in titles_typed(page)
	assert "A note" not in titles(procedure)

	# Given back, the same form saves it.
	give_role(admin, "Sales Manager")
	save(page)
	page.get_by_text("Not Saved").first.wait_for(state="hidden")
	assert "A note" in titles(procedure)
	no_sideways(page)
	forgive(page, "run_doc_method", "savedocs", "PermissionError", "Traceback", "403")


@both_sizes
def test_of_two_admins_on_one_procedure_neither_undoes_the_other(page_as, size):
	procedure = factories.procedure()
	first, second = (page_as(factories.user("Sales Manager").name, size) for _ in range(2))
	for page in (first, second):
		page.goto(f"/app/prospect-procedure/{procedure.name}")
		page.locator(".sop-stage").first.wait_for()
	name_step(first, "Courtesy note", "The first one's note")
	name_step(second, "No answer: revive", "The second one's move")
	for page, name in ((first, "The first one's note"), (second, "The second one's move")):
		expect(page.locator(".sop-stage", has_text=name)).to_have_count(1)
	save(first)
	first.get_by_text("Not Saved").first.wait_for(state="hidden")

	# The second is told, and keeps what they typed; nothing of the first is undone.
	save(second)
	expect(second.locator(".modal.show").last).to_contain_text("has been modified after you have opened it")
	dismiss(second)
	expect(
		second.locator("[data-fieldname=steps] .grid-row", has_text="The second one's move")
	).to_have_count(1)
	assert "The first one's note" in titles(procedure) and "The second one's move" not in titles(procedure)
	no_sideways(second)

	# Loaded anew, they make their change beside that of the first.
	second.evaluate("cur_frm.reload_doc()")
	expect(second.locator(".sop-stage", has_text="The first one's note")).to_have_count(1)
	name_step(second, "No answer: revive", "The second one's move")
	save(second)
	second.get_by_text("Not Saved").first.wait_for(state="hidden")
	assert {"The first one's note", "The second one's move"} <= titles(procedure)
	forgive(second, "savedocs", "TimestampMismatchError", "Traceback", "417")


def titles_typed(page) -> list[str]:
	"""Of the steps in the form, whichever row is open for typing."""
	return page.evaluate("cur_frm.doc.steps.map((step) => step.title)")


def titles(procedure) -> set[str]:
	frappe.db.rollback()
	return {step.title for step in procedure.reload().steps}


def refuse(route) -> None:
	route.fulfill(status=500, body=SERVER_ERROR, content_type="application/json")


def name_step(page, title: str, name: str) -> None:
	row = opened(page, title)
	put(row, "title", name)
	row.locator(".grid-collapse-row").first.click()


def save(page) -> None:
	page.wait_for_function("!frappe.request.ajax_count")
	with page.expect_response("**/*savedocs*"):
		page.locator(".page-head:visible").get_by_role("button", name="Save", exact=True).click()


def dismiss(page) -> None:
	"""Frappe's own word that the server failed."""
	page.locator(".modal.show").wait_for()
	page.wait_for_timeout(400)  # it fades in
	page.locator(".modal.show .btn-modal-close").last.click()
	page.locator(".modal.show").wait_for(state="detached")


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
