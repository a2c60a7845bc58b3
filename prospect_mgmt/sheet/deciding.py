"""What the procedure says of one enquiry of a spreadsheet: its promises, and which steps are due.

A spreadsheet keeps the state of an enquiry, not its history. What is known (the dates in the row) is told to the same
rules that a site decides by; what a site would have done by itself until today is worked out from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from prospect_mgmt.procedure import firing, standards
from prospect_mgmt.procedure.facts import Contacts, Interaction, fold
from prospect_mgmt.procedure.steps import (
	ALERT,
	ANCHORS,
	ANY_VISIT,
	MOVE,
	REMIND,
	SEND,
	Facts,
	Row,
	Step,
	first_row,
	following,
	is_settled_by_attempt,
	plan,
	postponed_by_previous,
	steps_of,
)
from prospect_mgmt.sheet.entries import Entry
from prospect_mgmt.sheet.rules import Rules

DAY = timedelta(days=1)
MOST_REPEATS = 50  # of one step that are walked through


@dataclass(frozen=True)
class Due:
	"""A step that is due today or was before: `since` when, and what the step really is (a call instead of a mail)."""

	row: Row
	since: datetime
	action: str
	remark: str = ""

	@property
	def asked_on(self) -> datetime:
		"""When it was last asked for: of a reminder that repeats, its last time."""
		return max(self.row.due_on, self.since)


@dataclass(frozen=True)
class Decision:
	"""All about one enquiry at the start of a day."""

	entry: Entry
	now: datetime  # the morning of the day
	contacts: Contacts
	facts: Facts
	acknowledge_by: datetime | None
	satisfy_by: datetime | None
	acknowledge_status: str
	satisfy_status: str
	due: tuple[Due, ...] = ()  # what to do first at the head
	coming: Row | None = None  # the next step that is not due yet

	@property
	def main(self) -> Due | None:
		"""What to do first of what is due."""
		return next(iter(self.due), None)

	def has_asked(self, due: Due) -> bool:
		"""Whether it was asked for before the day began."""
		return due.asked_on <= self.now


def _first_to_do(due: Sequence[Due], now: datetime) -> tuple[Due, ...]:
	"""At the head what a site has for the task of the enquiry: the last that was asked for, else the first still coming.

	Alerts ask nothing of the agent. A list mostly keeps days without their time: of what was asked for at once, an
	answer of theirs goes first, then what was agreed, then what the stage asks for.
	"""
	to_do = [d for d in due if d.action != ALERT]
	asked = sorted((d for d in to_do if d.asked_on <= now), key=_weight, reverse=True)
	asked.sort(key=lambda d: d.asked_on, reverse=True)
	coming = sorted((d for d in to_do if d.asked_on > now), key=lambda d: d.asked_on)
	return (*asked, *coming, *(d for d in due if d.action == ALERT))


def _weight(due: Due) -> int:
	moments = ("Agreed time", "Last response")
	if due.row.counted_from in moments:
		return 2 + moments.index(due.row.counted_from)
	return int(due.row.stage_visit != ANY_VISIT)


def interactions(entry: Entry) -> list[Interaction]:
	"""The contacts that the dates of a row tell of, oldest first where they are of one day."""
	found = [
		*[Interaction(entry.last_attempt_on, "Phone", "Outgoing", "Person", "No answer")] * _attempts(entry),
		_contact(entry.called_on, "Phone", "Outgoing", "Person", result="Reached"),
		_contact(
			entry.information_sent_on, "Email", "Outgoing", "Person", result="Sent", information_sent=True
		),
		_contact(entry.courtesy_note_on, "Email", "Outgoing", "Automatic", result="Sent"),
		_contact(entry.last_response_on, "Email", "Incoming", "Person"),
	]
	return sorted((i for i in found if i), key=lambda i: i.occurred_on)


def _attempts(entry: Entry) -> int:
	return max(entry.attempts, 1) if entry.last_attempt_on else 0


def _contact(on: datetime | None, channel: str, direction: str, by: str, **values) -> Interaction | None:
	return Interaction(on, channel, direction, by, **values) if on else None


def decide(entry: Entry, rules: Rules, today: date, agents_kept: bool = False) -> Decision:
	"""What the procedure says of an enquiry on the morning of `today`.

	agents_kept: whether the list has a column for agents, so that an empty one means that nobody has it.
	"""
	now = datetime.combine(today, time.min)
	contacts = fold(interactions(entry))
	facts = _facts(entry, contacts, rules, now, agents_kept)
	acknowledge_by = rules.acknowledge.due(entry.first_contact_on, rules.calendar)
	satisfy_by = rules.satisfy.due(entry.first_contact_on, rules.calendar)
	closed = bool(entry.done_on)
	at = min(now, entry.done_on) if entry.done_on else now
	outcome = "Duplicate" if entry.duplicate_of else entry.outcome
	decision = Decision(
		entry,
		now,
		contacts,
		facts,
		acknowledge_by,
		satisfy_by,
		standards.judge(acknowledge_by, contacts.acknowledged_on, at, closed, outcome),
		standards.judge(satisfy_by, facts.satisfied_on, at, closed, outcome),
	)
	if rules.is_last(entry.stage) or entry.duplicate_of:
		return decision
	return _with_steps(decision, rules)


def _facts(entry: Entry, contacts: Contacts, rules: Rules, now: datetime, agents_kept: bool) -> Facts:
	waiting = contacts.waiting_since
	return Facts(
		stage=entry.stage,
		stage_visit=1,
		stage_entered_on=_entered(entry, contacts, rules, now),
		first_contact_on=entry.first_contact_on,
		acknowledged_on=contacts.acknowledged_on,
		satisfied_on=standards.satisfied_on((), entry.satisfied_on or entry.information_sent_on),
		information_sent_on=contacts.information_sent_on,
		failed_attempt_on=contacts.failed_attempt_on,
		last_response_on=contacts.last_response_on,
		waiting_since=waiting,
		respond_by=rules.respond.due(waiting, rules.calendar),
		agreed_time=entry.next_contact_on,
		unassigned_since=(entry.first_contact_on or now) if agents_kept and not entry.agent else None,
		done_on=entry.done_on if rules.is_last(entry.stage) else None,
	)


def _entered(entry: Entry, contacts: Contacts, rules: Rules, now: datetime) -> datetime:
	"""When the enquiry came to its stage: as the list says, else the fact that brings one there."""
	first = entry.first_contact_on or now
	informed = contacts.information_sent_on
	if entry.stage_since:
		return entry.stage_since
	if entry.stage == rules.stages[0]:
		return first
	if informed and (moved := _moved_into(entry.stage, rules)):
		after_note = (
			timedelta(seconds=moved.at_least_after_previous) if entry.courtesy_note_on else timedelta()
		)
		due = rules.calendar.add(informed, moved.after, moved.in_working_time)
		return min(max(due, (entry.courtesy_note_on or due) + after_note), max(now, informed))
	return informed or contacts.acknowledged_on or first


def _moved_into(stage: str, rules: Rules) -> Step | None:
	"""The step of the procedure that moves enquiries into a stage by itself."""
	moves = (step for step in rules.steps if step.action == MOVE and step.counted_from == "Information sent")
	return next((s for s in moves if rules.next_stage.get((s.stage, s.workflow_action)) == stage), None)


# Steps


def _with_steps(decision: Decision, rules: Rules) -> Decision:
	facts, now = decision.facts, decision.now
	ended = _ended(decision.entry, facts, rules)
	# Planned as on the day the stage was entered: what fell due since then is due now.
	at_entry = plan(rules.steps, facts, ended, ANCHORS, rules.calendar, facts.stage_entered_on)
	of_any_stage = [row for row, _reason in at_entry.passed if row.stage_visit == ANY_VISIT]
	planned = _after_ended([*at_entry.add, *of_any_stage], ended, rules)
	walked = [_walk(row, rules, facts, now) for row in planned if not _overtaken(row, facts)]
	standing = [(row, since) for row, since in walked if row and not _never(row, decision, rules)]
	standing = [(row, since) for row, since in standing if not _is_settled(row, decision)] or standing
	rows = [row for row, _since in standing]
	due = [d for row, since in standing if (d := _due(row, since, rows, decision, rules))]
	later = [row for row in rows if row not in [d.row for d in due]]
	coming = min(later, key=lambda row: row.due_on, default=None)
	return replace(decision, due=_first_to_do(due, now), coming=coming)


def _ended(entry: Entry, facts: Facts, rules: Rules) -> list[Row]:
	"""The steps that the list shows to be done: the courtesy note, and the calls that were tried."""
	rows = []
	for step in steps_of(rules.steps, entry.stage):
		if not (row := first_row(step, facts, (), rules.calendar)):
			continue
		if (
			step.action == SEND
			and entry.courtesy_note_on
			and entry.courtesy_note_on >= facts.moment(step.counted_from)
		):
			rows.append(replace(row, status="Done", done_on=entry.courtesy_note_on))
		elif step.counted_from == "Last attempt" and entry.attempts > 1:
			rows.append(replace(row, occurrence=entry.attempts - 1, anchor="", status="Done"))
	return rows


def _after_ended(planned: Sequence[Row], ended: Sequence[Row], rules: Rules) -> list[Row]:
	"""What keeps its distance from a step that was done later than planned."""
	rows = list(planned)
	for done in ended:
		if done.done_on:
			for row, due_on in postponed_by_previous(done, done.done_on, rules.steps, rows):
				rows[rows.index(row)] = replace(row, due_on=due_on)
	return rows


def _overtaken(row: Row, facts: Facts) -> bool:
	"""An agreed time stands in the place of what the stage would remind of."""
	return bool(
		facts.agreed_time and row.action == REMIND and row.counted_from in ("Stage entered", "Last attempt")
	)


def _is_settled(row: Row, decision: Decision) -> bool:
	"""A reminder of no stage ends with the next contact, as on a site."""
	contacts = decision.contacts
	moments = (contacts.acknowledged_on, contacts.information_sent_on, decision.facts.failed_attempt_on)
	reminder = row.action == REMIND and row.stage_visit == ANY_VISIT
	return reminder and any(moment and row.due_on < moment for moment in moments)


def _walk(row: Row, rules: Rules, facts: Facts, now: datetime) -> tuple[Row | None, datetime]:
	"""(the reminder that stands, since when): repetitions and what comes after them, until one lies ahead of this morning.

	Reminders until a call was tried are settled by it. None when nothing of it stands.
	"""
	if row.action != REMIND:
		return row, row.due_on
	standing = None
	for at in _occurrences(row, rules, facts, now):
		if facts.failed_attempt_on and is_settled_by_attempt(at, facts.failed_attempt_on):
			continue
		if standing and at.due_on > now:
			break
		since = standing[1] if standing and standing[0].procedure_step == at.procedure_step else at.due_on
		standing = (at, since)
	return standing or (None, row.due_on)


def _occurrences(row: Row, rules: Rules, facts: Facts, now: datetime) -> Iterator[Row]:
	"""A reminder, its repetitions, and the step that counts from the last of them.

	Of repetitions without end only those that matter: the first, the first after a call was tried, the last until `now`.
	"""
	for _time in range(MOST_REPEATS):
		yield row
		if row.repeat_every and not row.repeat_max:
			tried = facts.failed_attempt_on
			if tried and row.due_on <= tried:
				row = _repeated(row, rules, tried, 1)
				yield row
			yield _repeated(row, rules, now)
			return
		after = following(row, rules.steps, facts, row.due_on, rules.calendar)
		if not after:
			return
		row = after[0]


def _repeated(row: Row, rules: Rules, until: datetime, more: int = 0) -> Row:
	"""A reminder as it is repeated for the last time until a moment, and so many times `more`; itself when that lies before."""
	passed = rules.calendar.measure(row.due_on, max(until, row.due_on), working=row.in_working_time)
	times = int(passed // row.repeat_every) + more
	due_on = rules.calendar.add(row.due_on, times * row.repeat_every, row.in_working_time)
	return replace(row, occurrence=row.occurrence + times, due_on=due_on) if times else row


def _never(row: Row, decision: Decision, rules: Rules) -> bool:
	"""What can never go out holds up nothing that comes after it."""
	return firing.judge(row, decision.facts, _around(decision.entry, rules), row.due_on).act == firing.SKIP


def _due(row: Row, since: datetime, rows: Sequence[Row], decision: Decision, rules: Rules) -> Due | None:
	"""The row as it is due today; None while it is not."""
	now = decision.now
	if row.due_on >= now + DAY or firing.held_by_previous(row, rules.steps, rows):
		return None
	around = _around(decision.entry, rules)
	first = firing.judge(row, decision.facts, around, row.due_on)
	if first.act == firing.HOLD and first.until:
		since = max(since, first.until)  # it could not go out before
	verdict = firing.judge(row, decision.facts, around, max(since, now))
	if verdict.act == firing.HOLD and verdict.until and verdict.until < now + DAY:
		verdict = firing.judge(row, decision.facts, around, verdict.until)
	return (
		Due(row, since, verdict.action, verdict.reason)
		if verdict.act == firing.FIRE and since < now + DAY
		else None
	)


def _around(entry: Entry, rules: Rules) -> firing.Conditions:
	return firing.Conditions(
		mail_calendar=rules.mail_calendar,
		paused_until=entry.next_contact_on,
		email_id=entry.email_id,
		do_not_contact=entry.no_mail,
	)
