"""Every promise to answer is kept on the entry, as a line that says how it was kept."""

import frappe
import pytest

from prospect_mgmt import sweep
from prospect_mgmt.patches.v1_1 import judge_every_answer
from tests import factories

ENTRY = "Prospect List Entry"


@pytest.fixture
def asked(clock):
	"""They asked twice: the first answer of ours came an hour too late, the second is still to come."""
	clock.at("2026-06-08 10:00")
	entry = frappe.get_doc(ENTRY, factories.lead(source="Website").name)
	entry.log_call("Hello", information_satisfied=1)
	entry.record_response("And the price?")
	clock.forward(hours=25)
	entry.reload().log_call("So much")
	entry.record_response("And the delivery?")
	return entry.reload()


def kept(entry) -> list[tuple]:
	return [(row.status, row.late, bool(row.responded_on)) for row in entry.reload().answer_promises]


def test_each_promise_is_judged_by_itself(asked):
	assert kept(asked) == [("Missed", 3600, True), ("Pending", 0, False)]
	assert (asked.respond_status, asked.answer_promises[-1].respond_by) == ("Pending", asked.respond_by)


def test_one_whose_moment_passes_is_missed_without_anybody_saving(asked, clock):
	clock.forward(hours=25)
	frappe.db.commit()
	assert sweep.mark_missed()
	assert kept(asked) == [("Missed", 3600, True), ("Missed", 0, False)]


def test_what_was_no_answer_of_theirs_asks_for_none(asked):
	told = frappe.get_last_doc("Prospect Interaction", {"entry": asked.name, "direction": "Incoming"})
	asked.correct_interaction(told.name, is_answer=0)
	assert kept(asked) == [("Missed", 3600, True)]
	# And the promise is the same when it was one after all.
	said = frappe.get_last_doc("Prospect Interaction", {"entry": asked.name, "corrects": told.name})
	asked.correct_interaction(said.name, is_answer=1)
	assert kept(asked) == [("Missed", 3600, True), ("Pending", 0, False)]


def test_nobody_writes_them_by_hand(asked):
	asked.answer_promises[0].status = "Met"
	with pytest.raises(frappe.ValidationError, match="Answers promised"):
		asked.save()
	with pytest.raises(frappe.PermissionError, match="Answers promised"):
		asked.reload().answer_promises[0].save()


def test_they_come_along_when_two_leads_become_one(asked, clock):
	other = frappe.get_doc(ENTRY, factories.lead(source="Website").name)
	clock.forward(hours=1)
	other.log_call("Hello")
	other.record_response("And the colour?")
	clock.forward(hours=1)
	other.reload().log_call("Blue")
	frappe.rename_doc("Lead", asked.lead, other.lead, merge=True)
	# The hello to the one answered what waited in the other.
	assert kept(other) == [("Missed", 3600, True), ("Met", 0, True), ("Met", 0, True)]


def test_those_of_before_are_filled_in_by_the_update(asked):
	expected = kept(asked)
	frappe.db.delete("Prospect Answer Promise", {"parent": asked.name})
	assert kept(asked) == []
	for _ in range(2):
		judge_every_answer.execute()
		assert kept(asked) == expected
