"""What interactions add up to, whatever the order they were recorded in."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from prospect_mgmt.procedure.facts import Interaction, answers, fold, their_turns

T0 = datetime(2026, 6, 8, 9)


def at(hours: float) -> datetime:
	return T0 + timedelta(hours=hours)


def call(hours, result="Reached", **more):
	return Interaction(at(hours), "Phone", "Outgoing", "Person", result, **more)


def mail(hours, informs=False, by="Person", **more):
	return Interaction(at(hours), "Email", "Outgoing", by, "Sent", information_sent=informs, **more)


def answer(hours, by="Person", result=None, **more):
	return Interaction(at(hours), "Email", "Incoming", by, result, **more)


@pytest.mark.parametrize("result", ["No answer", "Voicemail", "Wrong number"])
def test_an_attempt_that_reached_nobody_acknowledges_nothing(result):
	found = fold([call(1, result), call(3, result)])
	assert found.acknowledged_on is None
	assert (found.attempts, found.failed_attempt_on, found.last_contact_on) == (2, at(3), None)


@pytest.mark.parametrize("result", ["Reached", "Asked to call back"])
def test_a_call_that_reached_them_acknowledges_and_ends_the_attempts(result):
	found = fold([call(1, "No answer"), call(2, result)])
	assert (found.acknowledged_on, found.attempts, found.failed_attempt_on) == (at(2), 0, None)


def test_their_call_that_we_answered_acknowledges():
	found = fold([Interaction(at(1), "Phone", "Incoming", "Person", "Reached")])
	assert found.acknowledged_on == at(1)


def test_nothing_automatic_acknowledges():
	assert fold([mail(1, by="Automatic")]).acknowledged_on is None


def test_a_persons_mail_acknowledges_but_a_bounced_one_does_not():
	assert fold([mail(1)]).acknowledged_on == at(1)
	assert fold([Interaction(at(1), "Email", "Outgoing", "Person", "Bounced")]).acknowledged_on is None


def test_the_mail_that_made_the_lead_is_no_answer():
	found = fold([answer(0), call(1)])
	assert (found.last_response_on, found.waiting_since) == (None, None)


def test_an_answer_after_our_contact_waits_for_ours():
	found = fold([mail(1, informs=True), answer(5), answer(6)])
	assert (found.last_response_on, found.waiting_since, found.awaiting) == (at(6), at(5), "Us")


def test_our_reply_ends_the_waiting_and_is_information_sent_anew():
	found = fold([mail(1, informs=True), answer(5), mail(7)])
	assert (found.waiting_since, found.responded_on) == (None, at(7))
	assert (found.information_sent_on, found.awaiting) == (at(7), "Prospect")


def test_a_machines_mail_is_no_answer_and_a_bounce_marks_the_address():
	found = fold(
		[mail(1, informs=True), answer(2, "Automatic", "Auto-reply"), answer(3, "Automatic", "Bounced")]
	)
	assert (found.last_response_on, found.waiting_since, found.email_bounced_on) == (None, None, at(3))


def test_a_conversation_after_the_information_is_their_answer_and_our_reply():
	found = fold([mail(1, informs=True), call(50)])
	assert (found.last_response_on, found.information_sent_on, found.waiting_since) == (at(50), at(50), None)


def test_a_first_conversation_is_no_information_sent():
	found = fold([call(1)])
	assert (found.information_sent_on, found.last_response_on, found.awaiting) == (None, None, "Us")


def test_a_record_that_was_corrected_does_not_count():
	machine = answer(5, "Automatic", "Auto-reply", name="a")
	person = answer(5, "Person", name="b", corrects="a")
	assert fold([mail(1, informs=True), machine]).waiting_since is None
	assert fold([mail(1, informs=True), machine, person]).waiting_since == at(5)


def test_the_order_of_recording_does_not_matter():
	history = [call(1, "No answer"), call(2), mail(3, informs=True), answer(30), mail(31)]
	expected = fold(history)
	assert all(fold(order) == expected for order in permutations(history))


def test_it_is_their_turn_from_the_information_until_their_answer():
	assert their_turns([call(1), mail(2, informs=True), answer(30), mail(33)]) == [
		(at(2), at(30)),
		(at(33), datetime.max),
	]


def test_after_a_call_in_vain_it_is_their_turn_for_a_day():
	assert their_turns([call(1, "No answer")]) == [(at(1), at(25))]
	assert their_turns([call(1, "No answer"), call(3, "Voicemail"), call(9)]) == [
		(at(1), at(3)),
		(at(3), at(9)),
	]
	assert their_turns([call(1, "No answer"), mail(30, by="Automatic")]) == [(at(1), at(25))]


def test_it_is_nobodys_turn_but_ours_before_we_did_anything():
	assert their_turns([answer(0), call(5)]) == []


def test_each_time_they_asked_is_told_from_what_they_asked_meanwhile():
	asking = [mail(1, informs=True), answer(5), answer(6), call(7), answer(20), answer(30)]
	assert answers(asking) == {at(5): at(7), at(20): None}
	assert answers([*asking, call(31)]) == {at(5): at(7), at(20): at(31)}
	assert (fold(asking).asked_on, fold(asking[:4]).asked_on) == (at(20), at(5))
