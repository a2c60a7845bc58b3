"""The monthly review: frozen figures that equal the reference, and what was agreed."""

import shutil

import frappe
import pytest
from frappe.email.queue import flush

from prospect_mgmt.prospect_mgmt.doctype.prospect_performance_review.prospect_performance_review import (
	make_monthly,
)
from prospect_mgmt.reporting import improvements
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


def _review():
	return frappe.get_last_doc("Prospect Performance Review")


# ------------------------------------------------------------- what it says
def _made_on_the_first_of_the_month_for_the_month_before(april):
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


def _a_small_sample_has_no_finding(april):
	assert _review().findings == []


def _the_print_shows_figures_agents_objections_charts_and_the_procedure(april):
	html = frappe.get_print(
		"Prospect Performance Review", _review().name, print_format="Prospect Performance Review"
	)
	assert "Acknowledged in time" in html and "Price" in html and "April 2026" in html
	assert "None agreed yet" in html and html.count("<svg") == 4
	assert "Courtesy note" in html, "the procedure in force is part of it"


def _an_agent_sees_the_own_page_beside_the_totals_of_the_team(april):
	agent, other = april.agents[0].user, factories.user("Sales User").name
	name = frappe.get_value("Prospect Agent Review", {"agent": agent})
	page = frappe.get_doc("Prospect Agent Review", name)
	figures = {row.figure: (row.own, row.team) for row in (*page.figures, *page.amounts)}
	assert figures["received"] == (2, 2) and figures["calls"] == (0, 2), "Administrator made the calls"
	assert figures["sale_value"][0] > 0
	with pytest.raises(frappe.PermissionError, match="frozen"):
		page.save()
	frappe.set_user(agent)
	assert frappe.get_list("Prospect Agent Review", pluck="name") == [name]
	assert "Sale value" in frappe.get_doc("Prospect Agent Review", name).page()
	assert not frappe.get_doc("Prospect Performance Review", page.review).has_permission()
	frappe.set_user(other)
	assert frappe.get_list("Prospect Agent Review", pluck="name") == []
	assert not frappe.get_doc("Prospect Agent Review", name).has_permission()
	frappe.set_user("Administrator")


def _a_list_without_a_procedure_stopped_no_other(april):
	assert not frappe.db.exists("Prospect Performance Review", {"prospect_list": april.broken})
	assert frappe.db.exists("Error Log", {"method": ("like", f"%{april.broken}%")})


def _the_month_that_is_not_over_has_no_review(april):
	review = frappe.get_doc(
		doctype="Prospect Performance Review", prospect_list=april.name, month="2026-05-01"
	)
	with pytest.raises(frappe.ValidationError, match="not over yet"):
		review.insert()


def test_the_review_of_april(april):
	april.broken = factories.prospect_list().name
	frappe.db.set_value("Prospect List", april.broken, "procedure", "Nobody's")
	make_monthly()
	for check in (
		_made_on_the_first_of_the_month_for_the_month_before,
		_a_small_sample_has_no_finding,
		_the_print_shows_figures_agents_objections_charts_and_the_procedure,
		_an_agent_sees_the_own_page_beside_the_totals_of_the_team,
		_a_list_without_a_procedure_stopped_no_other,
		_the_month_that_is_not_over_has_no_review,
	):
		check(april)


# ------------------------------------------------------------- what people do with it
def test_figures_are_frozen_and_a_review_is_discussed_before_it_is_closed(april, clock):
	make_monthly()
	review = _review()
	review.figures[0].value = 99
	with pytest.raises(frappe.ValidationError, match="frozen"):
		review.save()
	for status, fine in (("Closed", False), ("Discussed", True)):
		review.reload().status = status
		if fine:
			review.append("improvements", {"improvement": "Call before noon"})
			review.save()
		else:
			with pytest.raises(frappe.ValidationError, match="after it was"):
				review.save()
	review.reload().status = "Closed"
	with pytest.raises(frappe.ValidationError, match="a date"):
		review.save()
	review.reload().status = "Closed"
	review.improvements[0].update({"owner_user": april.agents[0].user, "due_on": "2026-05-31"})
	review.save()
	# What is not done by then stands in the next review.
	clock.at("2026-06-01 00:05")
	make_monthly()
	assert "Call before noon" in frappe.get_doc(review.doctype, f"{april.name} 2026-05").page()


def test_who_is_to_improve_something_is_told_reminded_and_then_missed(april, clock):
	agent, supervisor = april.agents[0].user, factories.user("Sales User").name
	april.reload().supervisor = supervisor
	april.save()
	make_monthly()
	review = _review()
	improvement = {"improvement": "Call before <b>noon</b>", "owner_user": agent, "due_on": "2026-05-08"}
	review.append("improvements", improvement)
	review.save()
	review.reload().notes = "Saved again"
	review.save()
	assert _told(agent, "Agreed in the review") == 1
	page = frappe.get_doc("Prospect Agent Review", {"agent": agent, "review": review.name}).page()
	assert "Call before &lt;b&gt;noon" in page
	for day, due, late in (
		("2026-05-07", 0, 0),
		("2026-05-08", 1, 0),
		("2026-05-09", 1, 1),
		("2026-05-10", 1, 1),
	):
		clock.at(f"{day} 00:10")
		improvements.remind()
		assert (_told(agent, "Due today"), _told(agent, "Not done yet")) == (due, late)
	assert _told(supervisor, "Not done yet") == 1
	# What is done is not spoken of any more.
	review.reload().improvements[0].update({"due_on": "2026-05-12", "status": "Done"})
	review.save()
	clock.at("2026-05-12 00:10")
	improvements.remind()
	assert (_told(agent, "Due today"), _told(agent, "Agreed in the review")) == (1, 1)


def _told(user: str, subject: str) -> int:
	return frappe.db.count("Notification Log", {"for_user": user, "subject": ("like", f"{subject}%")})


def test_findings_are_said_with_their_sample_and_only_when_it_is_large_enough(april, clock):
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
	clock.at("2026-04-30 16:00")
	open_one, spam = (factories.lead(lead_owner=april.agents[0].user).name for _ in range(2))
	clock.at("2026-05-01 00:05")
	make_monthly()
	review = _review()
	assert {row.figure: row.value for row in review.figures}["open"] == 2
	assert review.get_differences() == {"figures": [], "reasons": []}
	# And so it stays whatever comes later: calls, quotations, what turns out to be spam.
	clock.at("2026-05-20 10:00")
	frappe.get_doc("Prospect List Entry", open_one).log_call("Talked at last", information_satisfied=1)
	factories.quotation(frappe.get_doc("Lead", open_one), rate=500)
	frappe.get_doc("Prospect List Entry", spam).close("Spam")
	assert review.get_differences() == {"figures": [], "reasons": []}


def test_a_document_cancelled_since_is_shown(april, clock):
	make_monthly()
	review = _review()
	clock.at("2026-05-20 10:00")
	sale = frappe.get_last_doc("Sales Invoice")
	sold = sale.base_grand_total
	sale.cancel()
	found = review.get_differences()
	assert found["figures"] == [{"label": "Sale value", "frozen": sold, "now": 0}]
	assert f"Sales Invoice {sale.name} of" in found["reasons"][0] and "was cancelled" in found["reasons"][0]


# ------------------------------------------------------------- who sees what
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
	assert _review().mailed_on
