"""An enquiry as it stood when the review was made."""

from dataclasses import replace
from datetime import datetime, timedelta

from prospect_mgmt.procedure.clock import WorkingCalendar
from prospect_mgmt.procedure.review import Act, Enquiry, Promise
from prospect_mgmt.procedure.review_history import Difference, Paper, as_of, differences, known_by

MADE = datetime(2026, 6, 1)
BEFORE, AFTER = MADE - timedelta(days=3), MADE + timedelta(days=3)
ALWAYS = WorkingCalendar()
ENQUIRY = Enquiry(
	"A",
	BEFORE,
	acknowledge_by=BEFORE + timedelta(days=1),
	satisfy_by=MADE + timedelta(days=1),
	acknowledge_status="Met",
	satisfy_status="Met",
)


def call(occurred_on, recorded_on, **more) -> Act:
	return Act("A", occurred_on, "Phone", "Outgoing", "Person", "Reached", recorded_on=recorded_on, **more)


def then(enquiry, *papers, acts=()) -> Enquiry:
	return as_of(enquiry, MADE, ALWAYS, papers, acts)


def test_what_happened_later_had_not_happened():
	later = replace(ENQUIRY, acknowledged_on=AFTER, satisfied_on=AFTER, done_on=AFTER, outcome="Won")
	found = then(later, acts=[call(AFTER, AFTER)])
	assert (found.acknowledge_status, found.satisfy_status) == ("Missed", "Pending")
	assert (found.done_on, found.outcome) == (None, None)


def test_what_had_happened_stays():
	done = replace(
		ENQUIRY,
		acknowledged_on=BEFORE,
		satisfied_on=BEFORE,
		done_on=BEFORE,
		outcome="Lost",
		objection="Price",
	)
	assert then(done) == replace(done, acknowledge_status="Met", satisfy_status="Met")


def test_a_call_recorded_later_was_not_known_whenever_it_took_place():
	late = replace(ENQUIRY, acknowledged_on=BEFORE, satisfied_on=BEFORE)
	found = then(late, acts=[call(BEFORE, AFTER)])
	assert (found.acknowledge_status, found.satisfy_status) == ("Missed", "Pending")
	assert (found.acknowledged_on, found.satisfied_on) == (None, None)


def test_an_earlier_call_recorded_later_leaves_the_one_that_was_known():
	known = call(BEFORE + timedelta(hours=40), BEFORE + timedelta(hours=40))
	today = replace(ENQUIRY, acknowledged_on=BEFORE + timedelta(hours=1))
	found = then(today, acts=[call(BEFORE + timedelta(hours=1), AFTER), known])
	assert found.acknowledge_status == "Missed" and found.acknowledged_on == known.occurred_on
	assert found.acknowledge_late == 16 * 3600, "40 hours instead of 24"


def test_a_correction_made_later_had_not_been_made():
	answer = Act("A", BEFORE, "Email", "Incoming", "Person", name="1", recorded_on=BEFORE)
	first = call(BEFORE - timedelta(hours=1), BEFORE - timedelta(hours=1))
	machine = replace(answer, name="2", by="Automatic", corrects="1", recorded_on=AFTER)
	given = f"{BEFORE} / {BEFORE + timedelta(days=1)}"
	found = then(replace(ENQUIRY, respond_promises=given), acts=[first, answer, machine])
	assert [(given.asked_on, given.kept_on, given.status) for given in found.answers] == [
		(BEFORE, None, "Missed")
	]


def test_every_promise_to_answer_is_as_it_was_then():
	"""Two were given before: the second had no answer yet. The third came later."""
	second = MADE - timedelta(days=1)
	day = timedelta(days=1)
	today = replace(
		ENQUIRY,
		answers=(
			Promise(BEFORE + day, BEFORE + 2 * day, "Missed", 7200, 60, asked_on=BEFORE),
			Promise(second + 2 * day, AFTER, "Missed", 3600, asked_on=second),
			Promise(AFTER + day, AFTER, "Met", asked_on=AFTER),
		),
	)
	first, open_still = then(today).answers
	assert first == today.answers[0]
	assert (open_still.kept_on, open_still.status, open_still.late) == (None, "Pending", 0)


def test_promises_to_answer_are_told_from_the_contacts_that_were_known():
	second = MADE - timedelta(days=1)
	given = f"{BEFORE} / {BEFORE + timedelta(days=1)}\n{second} / {second + timedelta(hours=12)}"
	asked = [Act("A", at, "Email", "Incoming", "Person", recorded_on=at) for at in (BEFORE, second)]
	first, late, unknown = (
		call(at, recorded)
		for at, recorded in (
			(BEFORE - timedelta(hours=1), BEFORE),
			(BEFORE + timedelta(days=1, hours=5), BEFORE + timedelta(days=2)),
			(second + timedelta(hours=1), AFTER),
		)
	)
	found = then(replace(ENQUIRY, respond_promises=given), acts=[first, asked[0], late, asked[1], unknown])
	assert [(p.due_on, p.kept_on, p.status, p.late) for p in found.answers] == [
		(BEFORE + timedelta(days=1), late.occurred_on, "Missed", 5 * 3600),
		(second + timedelta(hours=12), None, "Missed", 0),
	]


def test_spam_found_later_counts_as_it_counted_then():
	assert then(replace(ENQUIRY, done_on=AFTER, outcome="Spam")).counts
	assert not then(replace(ENQUIRY, done_on=BEFORE, outcome="Spam")).counts


def test_a_delay_of_then_is_told_though_the_promise_is_void_by_now():
	reached = BEFORE + timedelta(hours=30)
	void = {"acknowledge_status": "Void", "satisfy_status": "Void", "done_on": AFTER, "outcome": "Spam"}
	found = then(replace(ENQUIRY, acknowledged_on=reached, **void), acts=[call(reached, reached)])
	assert (found.acknowledge_status, found.acknowledge_late) == ("Missed", 6 * 3600)


def test_amounts_are_those_of_the_documents_that_were_there():
	papers = [
		Paper("A", True, "Q1", 90, BEFORE),
		Paper("A", True, "Q2", 50, AFTER),
		Paper("A", False, "S1", 100, BEFORE),
		Paper("A", False, "S2", -30, AFTER),
	]
	found = then(ENQUIRY, *papers)
	assert (found.quotation, found.quoted_amount, found.sale_value) == ("Q1", 90, 100)


def test_what_was_recorded_later_was_not_known():
	early, late = call(BEFORE, BEFORE), call(BEFORE, AFTER)
	assert known_by([early, late], MADE) == [early]


def test_differences_name_both_values_and_a_row_that_is_gone():
	frozen = {"Website": {"won": 2, "sale_value": 100.001}, "Fair": {"won": 1}}
	now = {"Website": {"won": 1, "sale_value": 100}, "Event": {"won": 0}}
	assert differences("sources", frozen, now) == [
		Difference("sources", "Website", "won", 2, 1),
		Difference("sources", "Fair", "won", 1, 0),
	]
