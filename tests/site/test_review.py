"""The monthly review: frozen figures that equal the reference, and what was agreed."""

import shutil

import frappe
import pytest
from frappe.email.queue import flush

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
	review.status = "Discussed"
	review.save()
	review.reload().status = "Closed"
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
	assert "None agreed yet" in html and html.count("<svg") == 4
	assert "Remind" in html, "the procedure in force is part of it"


def test_a_review_is_discussed_before_it_is_closed(april):
	make_monthly()
	review = frappe.get_last_doc("Prospect Performance Review")
	for status, fine in (("Closed", False), ("Discussed", True), ("Closed", True), ("Open", False)):
		review.reload().status = status
		if fine:
			review.save()
		else:
			with pytest.raises(frappe.ValidationError, match="after it was"):
				review.save()


def test_findings_are_said_with_their_sample_and_only_when_it_is_large_enough(april, clock):
	make_monthly()
	assert frappe.get_last_doc("Prospect Performance Review").findings == []
	agent = april.agents[0].user
	clock.at("2026-05-04 09:00")
	leads = [factories.lead(lead_owner=agent).name for _ in range(12)]
	clock.forward(hours=50)
	for name in leads:
		frappe.get_doc("Prospect List Entry", name).log_call("Late")
	clock.at("2026-06-01 00:05")
	make_monthly()
	review = frappe.get_doc("Prospect Performance Review", f"{april.name} 2026-05")
	first = review.findings[0]
	assert first.finding.startswith("Acknowledged in time: 0 of 12 (0.0 %). The goal is 90 %.")
	assert first.sample == 12 and "was ours" in first.finding
	standard = review.standards[0]
	assert (standard.met, standard.missed, standard.kept_before) == (0, 12, 50)


# ------------------------------------------------------------- computed again
def test_computed_again_a_closed_month_is_as_it_was(april, clock):
	left = frappe.get_all("Prospect List Entry", {"done_on": ("is", "not set")}, pluck="name")
	make_monthly()
	review = frappe.get_last_doc("Prospect Performance Review")
	assert review.get_differences() == {"figures": [], "reasons": []}
	# And so it stays whatever comes later: calls, quotations, closing as spam.
	clock.at("2026-05-20 10:00")
	for name in left:
		frappe.get_doc("Prospect List Entry", name).log_call("Talked at last")
		factories.quotation(frappe.get_doc("Lead", name), rate=500)
		frappe.get_doc("Prospect List Entry", name).close("Spam")
	assert review.get_differences() == {"figures": [], "reasons": []}


def test_a_document_cancelled_since_is_shown(april, clock):
	make_monthly()
	review = frappe.get_last_doc("Prospect Performance Review")
	clock.at("2026-05-20 10:00")
	sale = frappe.get_last_doc("Sales Invoice")
	sold = sale.base_grand_total
	sale.cancel()
	found = review.get_differences()
	assert found["figures"] == [{"label": "Sale value", "frozen": sold, "now": 0}]
	assert f"Sales Invoice {sale.name} of" in found["reasons"][0] and "was cancelled" in found["reasons"][0]


# ------------------------------------------------------------- pages of the agents
def test_an_agent_sees_the_own_page_beside_the_totals_of_the_team(april):
	agent, other = april.agents[0].user, factories.user("Sales User").name
	make_monthly()
	name = frappe.get_value("Prospect Agent Review", {"agent": agent})
	page = frappe.get_doc("Prospect Agent Review", name)
	figures = {row.figure: (row.own, row.team) for row in (*page.figures, *page.amounts)}
	assert figures["received"] == (2, 2) and figures["calls"] == (0, 2), "Administrator made the calls"
	assert figures["sale_value"][0] > 0
	frappe.set_user(agent)
	assert frappe.get_list("Prospect Agent Review", pluck="name") == [name]
	assert "Sale value" in frappe.get_doc("Prospect Agent Review", name).page()
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc("Prospect Performance Review", page.review).check_permission()
	frappe.set_user(other)
	assert frappe.get_list("Prospect Agent Review", pluck="name") == []
	assert not frappe.get_doc("Prospect Agent Review", name).has_permission()


def test_a_contractors_page_has_no_amounts(april, http):
	contractor = factories.user("Prospect Agent").name
	april.reload().append("agents", {"user": contractor, "enabled": 1})
	april.save()
	frappe.db.set_value("Prospect List Entry", {"prospect_list": april.name}, "agent", contractor)
	make_monthly()
	name = frappe.get_value("Prospect Agent Review", {"agent": contractor})
	answer = http(contractor).get(
		"/api/method/frappe.desk.form.load.getdoc", params={"doctype": "Prospect Agent Review", "name": name}
	)
	[doc] = answer.json()["docs"]
	assert len(doc["figures"]) > 10 and "Received" in doc["__onload"]["page"]
	assert not doc.get("amounts") and "ale value" not in answer.text and "uoted amount" not in answer.text


# ------------------------------------------------------------- by mail
def test_the_supervisor_gets_the_review_by_mail_as_a_pdf(april, stack, smtp):
	factories.email_account(stack)
	supervisor = factories.user("Sales User")
	april.reload().supervisor = supervisor.name
	april.save()
	make_monthly()
	flush()
	[mail] = smtp.wait_for(1, to=supervisor.email)
	assert "April 2026" in mail.subject and "Success rate" in mail.html
	attached = [part.get_content() for part in mail.message.iter_attachments()]
	assert not shutil.which("wkhtmltopdf") or attached[0].startswith(b"%PDF")
	assert frappe.get_last_doc("Prospect Performance Review").mailed_on


def test_one_list_that_fails_stops_no_other(april):
	broken = factories.prospect_list()
	frappe.db.set_value("Prospect List", broken.name, "procedure", "Nobody's")
	make_monthly()
	assert frappe.db.exists("Prospect Performance Review", {"prospect_list": april.name})
	assert not frappe.db.exists("Prospect Performance Review", {"prospect_list": broken.name})
	assert frappe.db.exists("Error Log", {"method": ("like", f"%{broken.name}%")})
