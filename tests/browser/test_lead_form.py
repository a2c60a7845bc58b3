"""The same panel on ERPNext's own Lead form, for a Sales User."""

import frappe
import pytest
from frappe.utils import now_datetime

from prospect_mgmt import enrolment
from tests import factories
from tests.browser.acting import (
	choose,
	dialog,
	entry_with,
	fill,
	fresh,
	no_sideways,
	open_lead,
	panel,
	press,
	submit,
	team_of,
)


@pytest.fixture
def team(stack):
	return team_of(stack, "Sales User")


@pytest.mark.parametrize("size", ["desktop", "phone"])
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


def test_a_lead_on_no_list_offers_to_enrol_it(team, page_as):
	frappe.db.set_value("Prospect List", team.list, "enrol_new_leads", 0)
	enrolment.forget_lists()
	lead = factories.lead()
	page = page_as(team.agent)
	open_lead(page, lead.name)
	press(page, "Enrol")
	fill(page, "detail", "How much?")
	submit(page, "Enrol")
	frappe.db.rollback()
	entry = frappe.get_doc("Prospect List Entry", {"open_lead": lead.name})
	assert entry.prospect_list == team.list and entry.requirements[0].detail == "How much?"


def test_they_wrote_after_it_was_closed(team, page_as):
	entry = entry_with(team)
	entry.close("Lost", objection="Price")
	entry.record_response("Is your offer still good?")
	frappe.db.commit()
	page = page_as(team.agent)
	open_lead(page, entry.lead)
	panel(page).get_by_text("A new enquiry, or just thanks?").wait_for()
	press(page, "A new enquiry")
	submit(page, "Open the enquiry")
	assert frappe.db.get_value("Prospect List Entry", f"{entry.lead}-2", "agent") == team.agent
	panel(page).get_by_text("Enquiry 1 (Lost)").wait_for()


def test_a_booked_sale_asks_whether_it_is_won(team, page_as):
	frappe.db.set_value("Prospect List", team.list, "on_sale", "Propose")
	entry = entry_with(team)
	customer = factories.customer_from(frappe.get_doc("Lead", entry.lead))
	factories.sales_invoice(customer, rate=700)
	assert entry.reload().won_proposed
	frappe.db.commit()
	page = page_as(team.agent)
	open_lead(page, entry.lead)
	panel(page).get_by_text("700").first.wait_for()
	press(page, "Close as Won")
	assert dialog(page).locator("[data-fieldname=outcome] select").input_value() == "Won"
	submit(page, "Close the enquiry")
	assert (fresh(entry).outcome, entry.sale_value) == ("Won", 700)
	assert entry.done_on <= now_datetime()
