"""The monthly review: frozen figures that equal the reference, and what was agreed."""

import frappe
import pytest

from prospect_mgmt.prospect_mgmt.doctype.prospect_performance_review.prospect_performance_review import (
	make_monthly,
)
from tests import factories


@pytest.fixture
def april(clock):
	"""A list in April: one enquiry won for 100, one lost late."""
	clock.at("2026-04-08 10:00")
	agent = factories.user("Sales User").name
	prospects = factories.prospect_list(agent, enrol_new_leads=1)
	frappe.db.set_value("Prospect List", "Prospects", "enabled", 0)
	from prospect_mgmt.enrolment import forget_lists

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


def test_made_on_the_first_of_the_month_for_the_month_before(april):
	make_monthly()
	make_monthly()
	[name] = frappe.get_all("Prospect Performance Review", {"prospect_list": april.name}, pluck="name")
	review = frappe.get_doc("Prospect Performance Review", name)
	figures = {row.figure: row.value for row in review.figures}
	expected = {
		"received": 2,
		"acknowledged_in_time": 1,
		"acknowledged_late": 1,
		"won": 1,
		"closed": 2,
		"success_rate": 50,
	}
	assert {k: figures[k] for k in expected} == expected
	assert figures["sale_value"] == frappe.db.get_value("Sales Invoice", {"docstatus": 1}, "base_grand_total")
	assert [(row.objection, row.count) for row in review.objections] == [("Price", 1)]
	assert frappe.db.exists("Notification Log", {"subject": ("like", f"%{name}%")})


def test_figures_are_frozen(april):
	make_monthly()
	review = frappe.get_last_doc("Prospect Performance Review")
	review.figures[0].value = 99
	with pytest.raises(frappe.ValidationError, match="frozen"):
		review.save()


def test_closing_asks_who_does_what_by_when(april):
	make_monthly()
	review = frappe.get_last_doc("Prospect Performance Review")
	review.append("improvements", {"improvement": "Call before noon"})
	review.status = "Closed"
	with pytest.raises(frappe.ValidationError, match="a date"):
		review.save()


def test_a_month_that_is_not_over_has_no_review(april):
	review = frappe.get_doc(
		doctype="Prospect Performance Review", prospect_list=april.name, month="2026-05-01"
	)
	with pytest.raises(frappe.ValidationError, match="not over yet"):
		review.insert()


def test_the_printed_review_shows_figures_agents_and_objections(april):
	make_monthly()
	review = frappe.get_last_doc("Prospect Performance Review")
	html = frappe.get_print(review.doctype, review.name, print_format="Prospect Performance Review")
	assert "Acknowledged in time" in html and "Price" in html and "April 2026" in html
	assert "None agreed yet" in html
