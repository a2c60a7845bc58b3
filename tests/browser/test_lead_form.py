"""The same panel on ERPNext's own Lead form, for a Sales User."""

import frappe
import pytest
from frappe.utils import now_datetime

from prospect_mgmt import enrolment
from tests import factories
from tests.browser.acting import (
	cancel,
	choose,
	confirm,
	dialog,
	entry_with,
	field,
	fill,
	forgive,
	fresh,
	no_sideways,
	open_lead,
	panel,
	press,
	submit,
	team_of,
)

both_sizes = pytest.mark.parametrize("size", ["desktop", "phone"])


@pytest.fixture
def team(stack):
	return team_of(stack, "Sales User")


@both_sizes
def test_the_essential_acts_on_the_lead(team, page_as, size):
	entry = entry_with(team)
	page = page_as(team.agent, size)
	open_lead(page, entry.lead)
	no_sideways(page)
	press(page, "Log a call")
	fill(page, "summary", "Wants the catalogue")
	submit(page, "Save the call")
	assert fresh(entry).stage == "Email"
	press(page, "Send information")
	dialog(page).locator(".ql-editor[contenteditable=true]").wait_for()
	submit(page, "Send")
	assert fresh(entry).information_sent_on
	press(page, "Close")
	choose(page, "outcome", "Won")
	submit(page, "Close the enquiry")
	assert fresh(entry).outcome == "Won"
	no_sideways(page)

	# Given a colleague may work it no more: the act is refused in plain words, then the lead says whose it is.
	press(page, "Record an answer")
	fill(page, "content", "One more, typed at length")
	frappe.db.set_value("Prospect List Agent", {"user": team.agent}, "enabled", 0)
	frappe.db.set_value("Prospect List Entry", entry.name, "agent", team.supervisor)
	frappe.clear_document_cache("Prospect List", team.list)
	frappe.db.commit()
	confirm(page, "Save the answer")
	dialog(page).get_by_text("What you typed is still here").wait_for()
	assert field(page, "content").input_value() == "One more, typed at length"
	cancel(page)
	page.evaluate("cur_frm.prospect_panel.refresh()")
	panel(page).get_by_text("worked on a Prospect List that is not yours").wait_for()
	forgive(page, "run_doc_method", "PermissionError", "Traceback")


@both_sizes
def test_a_lead_on_no_list_offers_to_enrol_it(team, page_as, size):
	frappe.db.set_value("Prospect List", team.list, "enrol_new_leads", 0)
	enrolment.forget_lists()
	lead, taken = factories.lead(), factories.lead()
	page = page_as(team.agent, size)
	open_lead(page, lead.name)
	press(page, "Enrol")
	fill(page, "detail", "How much?")
	no_sideways(page)
	# Where the server fails, what was typed stays.
	page.route("**/*enrol_lead", lambda route: route.fulfill(status=500, json={}))
	confirm(page, "Enrol")
	dialog(page).get_by_text("What you typed is still here").wait_for()
	assert field(page, "detail").input_value() == "How much?"
	page.unroute("**/*enrol_lead")
	submit(page, "Enrol")
	frappe.db.rollback()
	entry = frappe.get_doc("Prospect List Entry", {"open_lead": lead.name})
	assert entry.prospect_list == team.list and entry.requirements[0].detail == "How much?"

	# A colleague enrols the next one at the same time: there is one enquiry, and it is said which.
	open_lead(page, taken.name)
	press(page, "Enrol")
	enrolment.enrol_lead(taken.name, team.list)
	frappe.db.commit()
	confirm(page, "Enrol")
	dialog(page).locator(".prospect-refusal").get_by_text(taken.name).wait_for()
	assert frappe.db.count("Prospect List Entry", {"lead": taken.name}) == 1
	forgive(page, "enrol_lead", "ValidationError", "Traceback")


@both_sizes
def test_they_wrote_after_it_was_closed(team, page_as, size):
	entry = entry_with(team)
	entry.close("Lost", objection="Price")
	entry.record_response("Is your offer still good?")
	colleague = entry_with(team, first_name="Grace", company_name=entry.company_name)
	elsewhere = entry_with(team, first_name="Hidden", company_name=entry.company_name, agent=team.supervisor)
	frappe.db.commit()
	page = page_as(team.agent, size)
	open_lead(page, entry.lead)
	panel(page).get_by_text("A new enquiry, or just thanks?").wait_for()
	press(page, "A new enquiry")
	submit(page, "Open the enquiry")
	assert frappe.db.get_value("Prospect List Entry", f"{entry.lead}-2", "agent") == team.agent
	panel(page).get_by_text("Enquiry 1 (Lost)").wait_for()
	# Beside it whoever asks for the same company, also those whom a colleague works.
	for other in (colleague, elsewhere):
		assert panel(page).get_by_role("link", name=other.name).is_visible()
	no_sideways(page)


@both_sizes
def test_a_booked_sale_asks_whether_it_is_won(team, page_as, size):
	frappe.db.set_value("Prospect List", team.list, "on_sale", "Propose")
	entry = entry_with(team)
	customer = factories.customer_from(frappe.get_doc("Lead", entry.lead))
	factories.sales_invoice(customer, rate=700)
	assert entry.reload().won_proposed
	frappe.db.commit()
	page = page_as(team.agent, size)
	open_lead(page, entry.lead)
	panel(page).get_by_text("700").first.wait_for()
	press(page, "Close as Won")
	assert dialog(page).locator("[data-fieldname=outcome] select").input_value() == "Won"
	submit(page, "Close the enquiry")
	assert (fresh(entry).outcome, entry.sale_value) == ("Won", 700)
	assert entry.done_on <= now_datetime()
