"""The one thing to do now on an enquiry: what its buttons offer first, on the form and in the worklist alike.

It follows from what is owed and from how they can be reached; what a stage is called says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

REOPEN, NEW_ENQUIRY, TAKE, WON, CLOSE = "reopen", "new_enquiry", "take", "won", "close"
CALL, MAIL, MESSAGE, ANSWER = "call", "mail", "message", "answer"
REPLIES = {"Email": MAIL, "WhatsApp": MESSAGE, "SMS": MESSAGE, "Chat": MESSAGE}
# Events of the procedure's table of moves.
CALL_REACHED, INFORMATION_SENT = "Call reached", "Information sent"


@dataclass(frozen=True)
class Standing:
	"""How an enquiry stands."""

	is_done: bool = False
	wrote_after_done: bool = False
	has_agent: bool = True
	won_proposed: bool = False
	is_agreed: bool = False  # a time was agreed on, and is to come
	answer_waits: bool = False  # what they wrote has had no answer yet
	wrote_by: str | None = None  # the channel of what they wrote last
	acknowledged: bool = False
	informed: bool = False
	satisfied: bool = False
	has_task: bool = False  # the procedure asked its agent for something
	awaiting: str | None = None
	moved_by: frozenset[str] = frozenset()  # the events that move it on from its stage
	has_telephone: bool = False
	has_mail: bool = False  # an address that mail does not come back from
	do_not_contact: bool = False


def due_now(enquiry: Standing) -> str:
	"""What is to be done now: one of the names above."""
	if enquiry.is_done:
		return NEW_ENQUIRY if enquiry.wrote_after_done else REOPEN
	if not enquiry.has_agent:
		return TAKE
	if enquiry.won_proposed:
		return WON
	if enquiry.do_not_contact:
		return CLOSE
	return _possible(_owed(enquiry), enquiry)


def _owed(enquiry: Standing) -> str:
	if enquiry.answer_waits:
		return REPLIES.get(enquiry.wrote_by, CALL)
	if enquiry.is_agreed:
		return CALL
	if not enquiry.informed and (enquiry.acknowledged or _waits_for_information(enquiry)):
		return MAIL
	if enquiry.has_task or enquiry.awaiting != "Prospect" or not enquiry.informed:
		return CALL
	return ANSWER if enquiry.satisfied else MAIL


def _waits_for_information(enquiry: Standing) -> bool:
	"""Whether the information moves it on from its stage, and no call does."""
	return INFORMATION_SENT in enquiry.moved_by and CALL_REACHED not in enquiry.moved_by


def _possible(act: str, enquiry: Standing) -> str:
	"""The act, or what takes its place where they have no telephone or no address."""
	reach = {CALL: enquiry.has_telephone, MAIL: enquiry.has_mail}
	if reach.get(act, True):
		return act
	return next((other for other in (CALL, MAIL) if reach[other]), MESSAGE)
