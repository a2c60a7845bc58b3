"""What the interactions of an enquiry add up to.

Interactions are never edited, so everything the procedure decides by can be computed again from them: after a
late record, a correction or a merge `fold` is simply run over all of them once more. All datetimes are naive wall
time of the site.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

ATTEMPT_COUNTS_FOR = timedelta(hours=24)  # after a call in vain it is their turn for so long; then ours again
SPOKEN = frozenset({"Phone", "In person"})
REACHED = frozenset({"Reached", "Asked to call back"})
NOT_REACHED = frozenset({"No answer", "Voicemail", "Wrong number"})
CALL_RESULTS = ("Reached", "No answer", "Voicemail", "Wrong number", "Asked to call back")


@dataclass(frozen=True)
class Interaction:
	"""One contact as it happened; fields as on Prospect Interaction."""

	occurred_on: datetime
	channel: str
	direction: str  # Incoming | Outgoing
	by: str  # Person | Automatic
	result: str | None = None
	information_sent: bool = False
	name: str | None = None
	corrects: str | None = None

	@property
	def is_spoken(self) -> bool:
		return self.channel in SPOKEN

	@property
	def is_attempt(self) -> bool:
		"""A call of ours that reached nobody: it acknowledges nothing (law 5)."""
		return self.direction == "Outgoing" and self.is_spoken and self.result in NOT_REACHED

	@property
	def reached_them(self) -> bool:
		"""A person of ours and they were in touch: law 5 and the standard *acknowledge*."""
		if self.by != "Person":
			return False
		if self.is_spoken:
			return self.result in REACHED
		return self.direction == "Outgoing" and self.result != "Bounced"


@dataclass(frozen=True)
class Contacts:
	"""What the interactions add up to; None where it has not happened."""

	acknowledged_on: datetime | None = None
	contacted_on: datetime | None = None  # our first contact or attempt, by person or machine
	last_contact_on: datetime | None = None
	last_attempt_on: datetime | None = None
	failed_attempt_on: datetime | None = None  # the last attempt, while nobody has been reached since
	attempts: int = 0  # without success, in a row
	information_sent_on: datetime | None = None
	last_response_on: datetime | None = None
	waiting_since: datetime | None = None  # their oldest answer that has none of ours
	asked_on: datetime | None = None  # the answer that waits, or the last that waited for one of ours
	responded_on: datetime | None = None
	email_bounced_on: datetime | None = None
	last_mail_on: datetime | None = None  # a person's mail of ours, the latest

	@property
	def awaiting(self) -> str:
		"""Whose turn it is, for an open enquiry."""
		if self.waiting_since or not self.information_sent_on:
			return "Us"
		return "Prospect"


def fold(interactions: Iterable[Interaction]) -> Contacts:
	"""Everything the interactions say, whatever the order they were recorded in.

	A record that a later one corrects does not count.
	"""
	states = list(_states(interactions))
	return states[-1][1] if states else Contacts()


def answers(interactions: Iterable[Interaction]) -> dict[datetime, datetime | None]:
	"""{when they answered: when they had an answer of ours, None while it waits}, of each that waited for one, in order."""
	found: dict[datetime, datetime | None] = {}
	for _moment, state in _states(interactions):
		if state.waiting_since:
			found[state.waiting_since] = None
		elif state.asked_on and not found[state.asked_on]:
			found[state.asked_on] = state.responded_on
	return found


def their_turns(interactions: Iterable[Interaction]) -> list[tuple[datetime, datetime]]:
	"""When we waited for the prospect: [(from, until)], in order; the last may be until `datetime.max`.

	It is their turn from the information until their answer, and for 24 hours after a call that reached nobody.
	"""
	states = list(_states(interactions))
	ends = [moment for moment, _state in states[1:]] + [datetime.max]
	turns = []
	for (start, state), end in zip(states, ends, strict=True):
		if state.awaiting == "Us":
			end = min(end, state.failed_attempt_on + ATTEMPT_COUNTS_FOR) if state.failed_attempt_on else start
		if start < end:
			turns.append((start, end))
	return turns


def _states(interactions: Iterable[Interaction]) -> Iterator[tuple[datetime, Contacts]]:
	"""What was known after each interaction that counts."""
	known = list(interactions)
	corrected = {i.corrects for i in known if i.corrects}
	state = Contacts()
	for interaction in sorted(known, key=lambda i: i.occurred_on):
		if interaction.name is None or interaction.name not in corrected:
			state = _take_in(state, interaction)
			yield interaction.occurred_on, state


def _take_in(state: Contacts, i: Interaction) -> Contacts:
	if i.direction == "Incoming":
		return _incoming(state, i)
	state = replace(state, contacted_on=state.contacted_on or i.occurred_on)
	if i.by != "Person":
		return state
	if i.is_attempt:
		return replace(
			state, attempts=state.attempts + 1, last_attempt_on=i.occurred_on, failed_attempt_on=i.occurred_on
		)
	return _reached(state, i) if i.reached_them else state


def _incoming(state: Contacts, i: Interaction) -> Contacts:
	if i.by != "Person":
		# A machine's mail is not a person's answer (law 5), but a bounce says that the address is no good.
		return _bounced(state, i) if i.result == "Bounced" else state
	is_answer = state.contacted_on is not None
	if i.reached_them:  # their call that we answered
		state = _reached(state, i)
		return replace(state, last_response_on=i.occurred_on) if is_answer else state
	state = replace(state, last_contact_on=i.occurred_on, attempts=0, failed_attempt_on=None)
	if i.channel == "Email":
		state = replace(state, email_bounced_on=None)  # they can be reached by mail after all
	if not is_answer:  # the message that made the lead, and what follows before we were in touch
		return state
	asked_on = state.waiting_since or i.occurred_on
	return replace(state, last_response_on=i.occurred_on, waiting_since=asked_on, asked_on=asked_on)


def _bounced(state: Contacts, i: Interaction) -> Contacts:
	"""The address is no good; what reached nobody acknowledges nothing (law 5)."""
	only_by_this_mail = state.acknowledged_on is not None and state.acknowledged_on == state.last_mail_on
	return replace(
		state,
		email_bounced_on=i.occurred_on,
		acknowledged_on=None if only_by_this_mail else state.acknowledged_on,
	)


def _reached(state: Contacts, i: Interaction) -> Contacts:
	informed_before = state.information_sent_on is not None
	answered = state.waiting_since is not None
	return replace(
		state,
		acknowledged_on=state.acknowledged_on or i.occurred_on,
		last_contact_on=i.occurred_on,
		last_mail_on=i.occurred_on if i.channel == "Email" else state.last_mail_on,
		last_attempt_on=i.occurred_on if i.is_spoken and i.direction == "Outgoing" else state.last_attempt_on,
		failed_attempt_on=None,
		attempts=0,
		waiting_since=None,
		responded_on=i.occurred_on if answered else state.responded_on,
		# Speaking with them after the information went out is an answer of theirs and one of ours at once.
		last_response_on=i.occurred_on if informed_before and i.is_spoken else state.last_response_on,
		# Once they have the information, every reply of ours is information sent anew: 48 h and 72 h count again.
		information_sent_on=(
			i.occurred_on if i.information_sent or informed_before else state.information_sent_on
		),
	)
