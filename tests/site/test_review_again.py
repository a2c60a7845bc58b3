"""A closed month computed again from its history is as it was; what is not is shown, with the reason."""

import random

import frappe
import pytest

from prospect_mgmt import sweep
from prospect_mgmt.prospect_mgmt.doctype.prospect_performance_review.prospect_performance_review import (
	make_monthly,
)
from tests import factories
from tests.reviewing import last_review
from tests.site import histories
from tests.site.test_signals_documents import update_items

AS_IT_WAS = {"figures": [], "reasons": []}


@pytest.fixture
def reviewed(april, clock):
	"""The review of April, with an enquiry of its last days that nobody has called yet."""
	clock.at("2026-04-28 10:00")
	april.open_one = frappe.get_doc(
		"Prospect List Entry", factories.lead(lead_owner=april.agents[0].user).name
	)
	april.draft = factories.quotation(frappe.get_doc("Lead", april.open_one.lead), rate=700, submit=False)
	clock.at("2026-05-01 00:05")
	make_monthly()
	april.review = last_review()
	assert april.review.get_differences() == AS_IT_WAS
	return april


def test_whatever_comes_later_a_closed_month_stays(reviewed, clock):
	clock.at("2026-05-20 10:00")
	reviewed.open_one.log_call("Talked at last", information_satisfied=1)
	factories.quotation(frappe.get_doc("Lead", reviewed.open_one.lead), rate=500)
	reviewed.open_one.close("Spam")
	assert reviewed.review.get_differences() == AS_IT_WAS


def test_a_call_that_is_recorded_when_the_month_is_over_was_not_known(reviewed, clock):
	clock.at("2026-05-03 09:00")
	reviewed.open_one.log_call(
		"Rang them in April", information_satisfied=1, objection="Price", occurred_on="2026-04-28 15:00"
	)
	assert reviewed.open_one.reload().acknowledge_status == "Met"
	assert reviewed.review.get_differences() == AS_IT_WAS


def test_a_draft_of_then_that_is_submitted_later_did_not_count(reviewed, clock):
	clock.at("2026-05-10 10:00")
	reviewed.draft.reload().submit()
	assert reviewed.open_one.reload().quoted_amount
	assert reviewed.review.get_differences() == AS_IT_WAS


def test_a_promise_to_answer_that_was_missed_stays_missed(april, clock):
	clock.at("2026-04-27 10:00")
	entry = frappe.get_doc("Prospect List Entry", factories.lead(lead_owner=april.agents[0].user).name)
	entry.log_call("Hello")
	entry.record_response("And the price?")
	clock.at("2026-05-01 00:05")
	make_monthly()
	review = last_review()
	assert (review.standards[2].met, review.standards[2].missed) == (0, 1)
	# When they ask again in May, the promise of then is not the one of today.
	clock.at("2026-05-04 10:00")
	entry.reload().log_call("The price")
	entry.record_response("And the delivery?")
	clock.forward(hours=1)
	entry.reload().log_call("The delivery")
	assert entry.reload().respond_status == "Met" and len(entry.respond_promises.splitlines()) == 2
	assert review.get_differences() == AS_IT_WAS
	# And the next review says of April what its own said.
	clock.at("2026-06-01 00:05")
	make_monthly()
	standard = last_review().standards[2]
	assert (standard.met, standard.kept_before, standard.judged_before) == (1, 0, 1)


def test_what_was_promised_for_a_month_counts_in_it_though_the_enquiry_was_closed_before(april, clock):
	# Given an enquiry of the last day of April, answered and closed on that day, of which all was promised for May.
	clock.at("2026-04-30 10:00")
	entry = frappe.get_doc("Prospect List Entry", factories.lead(lead_owner=april.agents[0].user).name)
	entry.log_call("Hello")
	entry.record_response("And the price?")
	clock.forward(hours=1)
	entry.reload().log_call("The price", information_satisfied=1)
	entry.close("Lost", objection="Price")
	# When May is reviewed, then its promises are there, and there again when the month is computed anew.
	clock.at("2026-06-01 00:05")
	make_monthly()
	review = last_review()
	assert str(review.month) == "2026-05-01" and not any(row.value for row in review.figures)
	assert [(row.standard, row.met, row.missed) for row in review.standards] == [
		("Acknowledge", 1, 0),
		("Satisfy", 1, 0),
		("Respond", 1, 0),
	]
	assert review.get_differences() == AS_IT_WAS


def test_working_hours_that_were_changed_since_change_no_delay(reviewed, clock):
	clock.at("2026-05-10 10:00")
	procedure = frappe.get_doc(
		"Prospect Procedure", frappe.db.get_value("Prospect List", reviewed.name, "procedure")
	)
	procedure.working_hours = procedure.working_hours[:1]
	procedure.save()
	assert reviewed.review.get_differences() == AS_IT_WAS


# ------------------------------------------------------------- what differs, and why
def test_a_document_cancelled_since(reviewed, clock):
	clock.at("2026-05-20 10:00")
	sale = frappe.get_last_doc("Sales Invoice")
	sold = sale.base_grand_total
	sale.cancel()
	found = reviewed.review.get_differences()
	assert found["figures"][0] == {"label": "Sale value", "frozen": sold, "now": 0}
	assert all("Sale value" in row["label"] for row in found["figures"])
	assert (
		found["reasons"][0].startswith(f"Sales Invoice {sale.name} of")
		and "was cancelled" in found["reasons"][0]
	)


def test_an_amount_changed_since(reviewed, clock):
	clock.at("2026-04-30 10:00")
	frappe.delete_doc(reviewed.review.doctype, reviewed.review.name)
	reviewed.draft.reload().submit()
	clock.at("2026-05-02 10:00")
	make_monthly()
	review = last_review()
	clock.at("2026-05-20 10:00")
	update_items(reviewed.draft, rate=900)
	found = review.get_differences()
	assert [row["label"] for row in found["figures"]] == ["Quoted amount"]
	assert found["reasons"][0].startswith(f"The amount of Quotation {reviewed.draft.name} of")


def test_an_enquiry_reopened_handed_over_or_moved_since(reviewed, clock):
	clock.at("2026-05-20 10:00")
	lost = frappe.get_last_doc("Prospect List Entry", {"outcome": "Lost"})
	lost.reopen()
	other = factories.user("Sales User").name
	reviewed.reload().append("agents", {"user": other, "enabled": 1})
	reviewed.save()
	reviewed.open_one.reload().assign(other)
	assert _reasons(reviewed) == [f"{lost.name} was reopened.", f"{reviewed.open_one.name} was handed over."]
	elsewhere = factories.prospect_list(other).name
	reviewed.open_one.move_to_list(elsewhere)
	assert f"{reviewed.open_one.name} is worked on the list {elsewhere} today." in _reasons(reviewed)


def test_a_lead_deleted_since(reviewed, clock):
	clock.at("2026-05-20 10:00")
	frappe.delete_doc("Lead", reviewed.open_one.lead, force=True)
	assert _reasons(reviewed) == [f"The lead {reviewed.open_one.lead} was deleted."]


def _reasons(reviewed) -> list[str]:
	return reviewed.review.get_differences()["reasons"]


# ------------------------------------------------------------- random histories
def test_reviews_of_random_histories_are_as_they_were_after_weeks_of_work(clock, stack):
	"""Every table of every review, frozen by the database in the middle of it all, then computed by the reference."""
	clock.at("2026-01-05 09:00")
	team = histories.Team(stack)
	histories.live(team, clock, histories.ENTRIES, histories.SEED)
	after = frappe.utils.get_first_day(frappe.utils.add_months(clock.now, 1))
	clock.at(f"{after} 00:05")
	sweep.mark_missed()
	frozen = [
		frappe.get_doc(doctype="Prospect Performance Review", prospect_list=name, month=month).insert()
		for name in team.lists
		for month in ("2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01")
		if month < str(after)
	]
	chance = random.Random(histories.SEED)
	recorded = histories.go_on(team, clock, chance)
	assert recorded > 10, "too little happened after"
	for doc in frozen:
		assert doc.get_differences() == AS_IT_WAS, doc.name
	assert any(row.value for doc in frozen for row in doc.figures)
