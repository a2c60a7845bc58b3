"""An enquiry as it stood when the review was made."""

from dataclasses import replace
from datetime import datetime, timedelta

from prospect_mgmt.procedure.review import Act, Enquiry
from prospect_mgmt.procedure.review_history import Paper, as_of, differences, known_by

MADE = datetime(2026, 6, 1)
BEFORE, AFTER = MADE - timedelta(days=3), MADE + timedelta(days=3)
ENQUIRY = Enquiry(
	"A",
	BEFORE,
	acknowledge_by=BEFORE + timedelta(days=1),
	satisfy_by=MADE + timedelta(days=1),
	acknowledge_status="Met",
	satisfy_status="Met",
)


def test_what_happened_later_had_not_happened():
	now = replace(ENQUIRY, acknowledged_on=AFTER, satisfied_on=AFTER, done_on=AFTER, outcome="Won")
	then = as_of(now, MADE, [])
	assert (then.acknowledge_status, then.satisfy_status) == ("Missed", "Pending")
	assert (then.done_on, then.outcome) == (None, None)


def test_what_had_happened_stays():
	now = replace(
		ENQUIRY,
		acknowledged_on=BEFORE,
		satisfied_on=BEFORE,
		done_on=BEFORE,
		outcome="Lost",
		objection="Price",
	)
	then = as_of(now, MADE, [])
	assert then == replace(now, acknowledge_status="Met", satisfy_status="Met")


def test_spam_found_later_counts_as_it_counted_then():
	assert as_of(replace(ENQUIRY, done_on=AFTER, outcome="Spam"), MADE, []).counts
	assert not as_of(replace(ENQUIRY, done_on=BEFORE, outcome="Spam"), MADE, []).counts


def test_amounts_are_those_of_the_documents_that_were_there():
	papers = [
		Paper("A", True, "Q1", 90, BEFORE),
		Paper("A", True, "Q2", 50, AFTER),
		Paper("A", False, "S1", 100, BEFORE),
		Paper("A", False, "S2", -30, AFTER),
	]
	then = as_of(ENQUIRY, MADE, papers)
	assert (then.quotation, then.quoted_amount, then.sale_value) == ("Q1", 90, 100)


def test_what_was_recorded_later_was_not_known():
	early, late = (Act("A", BEFORE, "Phone", "Outgoing", "Person", recorded_on=on) for on in (BEFORE, AFTER))
	assert known_by([early, late], MADE) == [early]


def test_differences_name_both_values():
	assert differences({"won": 2, "sale_value": 100.001}, {"won": 1, "sale_value": 100}) == [("won", 2, 1)]
