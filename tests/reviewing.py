"""A month to review, for the tests of the monthly review."""

import frappe
import pytest

from prospect_mgmt.enrolment import forget_lists
from tests import factories


@pytest.fixture
def april(clock):
	"""A list in April: one enquiry won for 100, one lost late."""
	clock.at("2026-04-08 10:00")
	agent = factories.user("Sales User").name
	prospects = factories.prospect_list(agent, enrol_new_leads=1)
	frappe.db.set_value("Prospect List", "Prospects", "enabled", 0)
	forget_lists()
	first, second = factories.lead(lead_owner=agent), factories.lead(lead_owner=agent)
	won = frappe.get_doc("Prospect List Entry", first.name)
	won.log_call("Wants one")
	factories.sales_invoice(factories.customer_from(first), rate=100)
	clock.forward(hours=30)
	lost = frappe.get_doc("Prospect List Entry", second.name)
	lost.log_call("Too dear")
	lost.close("Lost", objection="Price")
	clock.at("2026-05-01 00:05")
	return prospects


def last_review():
	return frappe.get_last_doc("Prospect Performance Review")
