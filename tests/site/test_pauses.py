"""A pause agreed on with the prospect is no delay of ours: in the report, and for what was paused before pauses were kept."""

import frappe
import pytest

from prospect_mgmt.patches.v1_1 import keep_past_pauses
from tests import factories

ENTRY = "Prospect List Entry"
KEPT = ("pauses", "satisfy_late", "satisfy_waited")


@pytest.fixture
def late(clock):
	"""Asked on Monday to be rung again a week later, told everything the day after that: three days too late or more."""
	clock.at("2026-05-04 10:00")
	entry = frappe.get_doc(ENTRY, factories.lead(source="Website").name)
	entry.log_call("Ring me on Monday", result="Asked to call back", next_attempt_on="2026-05-11 10:00")
	clock.at("2026-05-12 12:00")
	entry.reload().record_message("All about it", information_satisfied=1)
	return entry.reload()


def test_the_time_agreed_on_is_theirs_and_the_rest_is_ours(late):
	calendar = frappe.get_attr("prospect_mgmt.entry.rules.rules_of")(late.prospect_list).calendar
	due, until, told = late.satisfy_by, frappe.utils.get_datetime("2026-05-11 10:00"), late.satisfied_on
	assert late.satisfy_status == "Missed" and due < until < told
	assert late.satisfy_waited == calendar.measure(due, until, working=True) > 0
	assert late.satisfy_late - late.satisfy_waited == calendar.measure(until, told, working=True) > 0


def test_a_pause_ended_early_counts_until_then(clock):
	clock.at("2026-05-04 10:00")
	entry = frappe.get_doc(ENTRY, factories.lead(source="Website").name)
	entry.pause("2026-05-20 10:00", "After the fair")
	clock.at("2026-05-06 09:00")
	entry.reload().resume()
	assert entry.reload().pauses == "2026-05-04 10:00:00 / 2026-05-06 09:00:00"


def test_what_is_known_of_pauses_of_before_is_filled_in_by_the_update(late, clock):
	frappe.db.commit()
	paused = frappe.get_doc(ENTRY, factories.lead(source="Website").name)
	paused.pause("2026-06-01 10:00", "After the fair")
	expected = [frappe.db.get_value(ENTRY, entry.name, KEPT) for entry in (late, paused)]
	assert expected[0][2] > 0 and expected[1][0]
	# Given entries as the version before left them.
	for entry in (late, paused):
		frappe.db.set_value(ENTRY, entry.name, {"pauses": None, "satisfy_waited": 0}, update_modified=False)
	# When the patch runs, and runs again.
	for _ in range(2):
		keep_past_pauses.execute()
		assert [frappe.db.get_value(ENTRY, entry.name, KEPT) for entry in (late, paused)] == expected
