"""The one thing to do now: by what is owed and how they can be reached, whatever a stage is called."""

import pytest

from prospect_mgmt.procedure.due_now import (
	ANSWER,
	CALL,
	CALL_REACHED,
	CLOSE,
	INFORMATION_SENT,
	MAIL,
	MESSAGE,
	NEW_ENQUIRY,
	REOPEN,
	TAKE,
	WON,
	Standing,
	due_now,
)

BOTH = {"has_telephone": True, "has_mail": True}
TO_CALL = frozenset({CALL_REACHED, INFORMATION_SENT})
TO_INFORM = frozenset({INFORMATION_SENT})


def due(**standing) -> str:
	return due_now(Standing(**{**BOTH, "moved_by": TO_CALL, **standing}))


def test_a_closed_enquiry_is_reopened_or_followed_by_another():
	assert due(is_done=True) == REOPEN
	assert due(is_done=True, wrote_after_done=True, has_agent=False) == NEW_ENQUIRY


def test_what_nobody_has_is_taken_and_a_sale_is_closed():
	assert due(has_agent=False, answer_waits=True, wrote_by="Email") == TAKE
	assert due(won_proposed=True, answer_waits=True, wrote_by="Email") == WON


@pytest.mark.parametrize(
	("channel", "act"),
	[
		("Email", MAIL),
		("WhatsApp", MESSAGE),
		("SMS", MESSAGE),
		("Chat", MESSAGE),
		("Phone", CALL),
		("Web", CALL),
	],
)
def test_an_answer_that_waits_is_replied_to_by_the_way_it_came(channel, act):
	owed = {"acknowledged": True, "informed": True, "satisfied": True, "answer_waits": True}
	assert due(**owed, wrote_by=channel, awaiting="Us", has_task=True) == act


def test_the_first_contact_is_a_call_where_they_have_a_telephone():
	assert due(has_task=True, awaiting="Us") == CALL
	assert due(has_task=True, awaiting="Us", has_telephone=False) == MAIL
	assert due(has_task=True, awaiting="Us", has_telephone=False, has_mail=False) == MESSAGE
	# After an attempt in vain too, while it counts as their turn.
	assert due(awaiting="Prospect") == CALL


def test_the_information_is_owed_after_the_call_or_where_only_it_goes_on():
	assert due(acknowledged=True, awaiting="Us") == MAIL
	assert due(acknowledged=True, has_mail=False) == CALL
	assert due(moved_by=TO_INFORM, has_task=True, awaiting="Us") == MAIL
	assert due(moved_by=TO_INFORM, has_task=True, has_telephone=False) == MAIL


def test_once_they_have_it_their_answer_is_waited_for_until_the_procedure_asks_again():
	informed = {"acknowledged": True, "informed": True, "awaiting": "Prospect"}
	assert due(**informed, satisfied=True) == ANSWER
	assert due(**informed) == MAIL  # a question is open still
	assert due(**informed, satisfied=True, has_task=True) == CALL
	assert due(**{**informed, "awaiting": "Us"}, satisfied=True) == CALL


def test_a_time_agreed_on_is_for_a_call_and_who_is_not_to_be_contacted_is_not():
	assert due(acknowledged=True, is_agreed=True) == CALL
	assert due(do_not_contact=True, has_task=True) == CLOSE
