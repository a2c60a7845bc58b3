"""Which steps a stage schedules, when each is due, when it must not fire, and what comes after.

The procedure decides from facts and a given moment alone. A *row* is one step scheduled for one enquiry (a Prospect
Due Step); it carries what was promised when it was scheduled, so that a later change of the procedure does not reach
it (law 6). All datetimes are naive wall time of the site; durations are seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from prospect_mgmt.procedure.clock import WorkingCalendar

REMIND, SEND, MOVE, ALERT = "Remind agent", "Send email", "Move stage", "Alert supervisor"
ANY_VISIT = 0  # stage_visit of a row that holds whatever the stage
DAY = 86400

# Law 1: what is scheduled where the procedure leaves a stage without any coming step.
NOTHING_PLANNED = "nothing-planned"
DECIDE = "Decide what happens next"


@dataclass(frozen=True)
class Step:
	"""One row of the procedure; fields as on Prospect Procedure Step."""

	name: str
	title: str
	action: str = REMIND
	stage: str = ""
	instruction: str = ""
	after: float = 0
	in_working_time: bool = False
	counted_from: str = "Stage entered"
	at_least_after_previous: float = 0
	repeat_every: float = 0
	repeat_max: int = 0
	email_template: str | None = None
	workflow_action: str | None = None
	skip_if_responded: bool = False
	only_while: str = ""


@dataclass(frozen=True)
class Row:
	"""One step scheduled for one enquiry; fields as on Prospect Due Step."""

	procedure_step: str
	step_title: str
	action: str
	stage: str
	stage_visit: int
	anchor: str
	occurrence: int
	due_on: datetime
	counted_from: str
	instruction: str = ""
	email_template: str | None = None
	workflow_action: str | None = None
	skip_if_responded: bool = False
	only_while: str = ""
	repeat_every: float = 0
	repeat_max: int = 0
	in_working_time: bool = False
	at_least_after_previous: float = 0
	status: str = "Scheduled"
	done_on: datetime | None = None
	name: str | None = None

	@property
	def key(self) -> tuple[str, int, str, int]:
		"""With the entry: unique, so that no step is ever scheduled twice."""
		return (self.procedure_step, self.stage_visit, self.anchor, self.occurrence)


@dataclass(frozen=True)
class Facts:
	"""The state of one enquiry that steps are decided by; None where it has not happened."""

	stage: str
	stage_visit: int
	stage_entered_on: datetime
	first_contact_on: datetime | None = None
	acknowledged_on: datetime | None = None
	satisfied_on: datetime | None = None
	information_sent_on: datetime | None = None
	failed_attempt_on: datetime | None = None
	last_response_on: datetime | None = None
	waiting_since: datetime | None = None
	respond_by: datetime | None = None
	agreed_time: datetime | None = None
	unassigned_since: datetime | None = None
	done_on: datetime | None = None

	def moment(self, counted_from: str) -> datetime | None:
		"""What a step counts from, or None while there is nothing to count from."""
		return {
			"Stage entered": self.stage_entered_on,
			"First contact": self.first_contact_on,
			"Information sent": self.information_sent_on,
			"Last attempt": self.failed_attempt_on,
			"Last response": self.waiting_since,
			"Agreed time": self.agreed_time,
			"Unassigned since": self.unassigned_since,
			"Respond by": self.respond_by if self.waiting_since else None,
		}.get(counted_from)

	def holds(self, only_while: str) -> bool:
		"""Whether a step's "only while" is true now."""
		return {
			"Not acknowledged": self.acknowledged_on is None,
			"Not satisfied": self.satisfied_on is None,
			"Their answer waits": self.waiting_since is not None,
			"No agent": self.unassigned_since is not None,
			"Nobody reached": self.failed_attempt_on is not None,
		}.get(only_while, True)


THEY_ANSWERED = "they answered on"
GONE = {  # why a row is dropped when what it counted from is no more
	"Last attempt": "they were reached",
	"Last response": "their answer was answered",
	"Respond by": "their answer was answered",
	"Unassigned since": "an agent was assigned",
	"Agreed time": "there was contact before the agreed time, or it was given up",
}
CEASED = {
	"Not acknowledged": "it was acknowledged",
	"Not satisfied": "their questions were answered",
	"Their answer waits": "their answer was answered",
	"No agent": "an agent was assigned",
	"Nobody reached": "they were reached",
}
ANCHORS = (
	"Stage entered",
	"First contact",
	"Information sent",
	"Last attempt",
	"Last response",
	"Agreed time",
	"Unassigned since",
	"Respond by",
)


@dataclass
class Plan:
	"""What is to change in the ledger of one enquiry."""

	add: list[Row] = field(default_factory=list)
	skip: list[tuple[Row, str]] = field(default_factory=list)  # (row, reason)
	passed: list[tuple[Row, str]] = field(
		default_factory=list
	)  # never scheduled, kept in the ledger with its reason


def stamp(moment: datetime) -> str:
	"""A moment as it stands in a row's `anchor`."""
	return moment.isoformat(sep=" ")


def drop_reason(row: Row, facts: Facts) -> str | None:
	"""Why a scheduled row must not fire any more, in a supervisor's words; None while it holds."""
	if facts.done_on:
		return "the entry was closed"
	if row.stage_visit not in (ANY_VISIT, facts.stage_visit):
		return f"stage left: {row.stage}"
	if row.counted_from in ANCHORS:
		moment = facts.moment(row.counted_from)
		if moment is None:
			return GONE.get(row.counted_from, "it no longer applies")
		if stamp(moment) != row.anchor:
			return f"counted again from {moment:%Y-%m-%d %H:%M}"
	if not facts.holds(row.only_while):
		return CEASED[row.only_while]
	return responded_reason(row, facts)


def responded_reason(row: Row, facts: Facts) -> str | None:
	"""They answered after the moment that the row counts from."""
	if row.skip_if_responded and facts.last_response_on and stamp(facts.last_response_on) > row.anchor:
		return f"{THEY_ANSWERED} {facts.last_response_on:%Y-%m-%d %H:%M}"
	return None


def is_settled_by_attempt(row: Row, tried_on: datetime) -> bool:
	"""Whether a reminder of a stage was due when an attempt was made: it asks for nothing more."""
	return row.action == REMIND and row.stage_visit != ANY_VISIT and row.due_on <= tried_on


def plan(
	steps: Sequence[Step],
	facts: Facts,
	ledger: Iterable[Row],
	fresh: Iterable[str],
	calendar: WorkingCalendar,
	now: datetime,
) -> Plan:
	"""What the ledger must become after something happened.

	`fresh` names what has just changed (of ANCHORS; all of them when a stage was entered): only steps counted from
	those are scheduled, so that a row which an admin adds to the procedure reaches nobody by accident (law 6).
	"""
	rows, fresh = list(ledger), set(fresh)
	result = Plan()
	for row in rows:
		if row.status == "Scheduled" and (reason := drop_reason(row, facts)):
			result.skip.append((row, reason))
	if facts.done_on:
		return result
	if "Last attempt" in fresh and facts.failed_attempt_on:
		_settle_by_attempt(result, steps, facts, rows, calendar, now)
	for row in _scheduled(steps, facts, rows, fresh, calendar):
		if reason := _never_due(row, facts, now):
			result.passed.append((row, reason))
		else:
			result.add.append(row)
	_keep_one_coming(result, facts, rows, calendar, now)
	return result


def _settle_by_attempt(
	result: Plan,
	steps: Sequence[Step],
	facts: Facts,
	rows: Sequence[Row],
	calendar: WorkingCalendar,
	now: datetime,
) -> None:
	"""A reminder that is due, and not carried out yet, asks for nothing more once they have been tried: what follows it comes."""
	tried_on = facts.failed_attempt_on
	ended = {row.key for row, _reason in result.skip} | {r.key for r in rows if r.status != "Scheduled"}
	for row in rows:
		if (
			row.key not in ended
			and row.procedure_step != NOTHING_PLANNED
			and is_settled_by_attempt(row, tried_on)
		):
			result.skip.append((row, f"an attempt was made on {tried_on:%Y-%m-%d %H:%M}"))
			result.add.extend(following(row, steps, facts, now, calendar))


def _never_due(row: Row, facts: Facts, now: datetime) -> str | None:
	"""Why a row is kept in the ledger without being scheduled; None when it is.

	A moment long before this stage must not set everything off at once: an old lead enrolled, an entry reopened.
	A time that the agent named after an attempt takes the place of the reminder; the attempt counts all the same.
	"""
	if row.due_on < now and row.anchor < stamp(facts.stage_entered_on):
		return "its time had passed before the stage was entered"
	if row.counted_from == "Last attempt" and _agreed_instead(facts):
		return f"another time was chosen: {facts.agreed_time:%Y-%m-%d %H:%M}"
	return None


def _keep_one_coming(
	result: Plan, facts: Facts, rows: Sequence[Row], calendar: WorkingCalendar, now: datetime
) -> None:
	"""Law 1: without any coming step the stand-in is scheduled; with one it has nothing more to do."""
	dropped = {row.key for row, _reason in result.skip}
	coming = [r for r in rows if r.status == "Scheduled" and r.key not in dropped]
	stand_ins = [r for r in coming if r.procedure_step == NOTHING_PLANNED]
	if result.add or len(coming) > len(stand_ins):
		result.skip.extend((row, "a step is planned again") for row in stand_ins)
	elif not stand_ins:
		result.add.append(nothing_planned(facts, now, calendar, rows))


def _scheduled(
	steps: Sequence[Step], facts: Facts, rows: Sequence[Row], fresh: set[str], calendar: WorkingCalendar
) -> list[Row]:
	known = {row.key for row in rows}
	added: list[Row] = []
	previous: Row | None = None
	for step in steps_of(steps, facts.stage):
		row = None
		if step.counted_from in fresh:
			row = first_row(step, facts, rows, calendar, previous)
			if _attempts_ran_out(step, facts, rows):
				chained = _chain(steps, step, facts.failed_attempt_on, facts, calendar)
				added.extend(r for r in chained if r.key not in known and not _stands(r, rows))
		if row and row.key not in known and not drop_reason(row, facts):
			added.append(row)
		previous = row or _open_row_of(step, rows) or previous
	return added


def _stands(row: Row, rows: Sequence[Row]) -> bool:
	"""The same step of this visit is still to come: a further attempt brings no second one."""
	same = (row.procedure_step, row.stage_visit)
	return any(r.status == "Scheduled" and (r.procedure_step, r.stage_visit) == same for r in rows)


def _open_row_of(step: Step, rows: Sequence[Row]) -> Row | None:
	return next((r for r in rows if r.procedure_step == step.name and r.status == "Scheduled"), None)


def steps_of(steps: Sequence[Step], stage: str) -> list[Step]:
	"""The steps that hold in a stage, in the order of the procedure: its own, then those of every stage."""
	return [s for s in steps if s.stage == stage] + [s for s in steps if not s.stage]


def first_row(
	step: Step, facts: Facts, rows: Sequence[Row], calendar: WorkingCalendar, previous: Row | None = None
) -> Row | None:
	"""The row a step schedules from its moment; None when there is no such moment or it has run out."""
	moment = facts.moment(step.counted_from)
	if moment is None:
		return None
	occurrence, after = 1, step.after
	if step.counted_from == "Last attempt":
		# The attempts count on: the first after `after`, each later one after `repeat_every`, at most `repeat_max`.
		occurrence = 1 + _earlier_attempts(step, facts, rows)
		if _attempts_ran_out(step, facts, rows):
			return None
		after = step.after if occurrence == 1 else step.repeat_every or step.after
	due = calendar.add(moment, after, step.in_working_time)
	if step.at_least_after_previous and previous:
		due = max(due, previous.due_on + timedelta(seconds=step.at_least_after_previous))
	return _row(step, facts, stamp(moment), occurrence, due)


def next_attempt(
	steps: Sequence[Step], facts: Facts, rows: Sequence[Row], calendar: WorkingCalendar, now: datetime
) -> datetime | None:
	"""When the procedure would ask for the next attempt if one reached nobody `now`; None where it asks for no further."""
	tried = replace(facts, failed_attempt_on=now, agreed_time=None)
	counting = [step for step in steps_of(steps, facts.stage) if step.counted_from == "Last attempt"]
	due = [row.due_on for step in counting if (row := first_row(step, tried, rows, calendar))]
	return min(due, default=None)


def _agreed_instead(facts: Facts) -> bool:
	"""The agent agreed on a time after the attempt: that takes the place of the next automatic reminder."""
	return bool(facts.agreed_time and facts.failed_attempt_on and facts.agreed_time > facts.failed_attempt_on)


def _attempts_ran_out(step: Step, facts: Facts, rows: Sequence[Row]) -> bool:
	"""The attempts that the procedure asks for were made: what counts from this step comes next."""
	counts = step.counted_from == "Last attempt" and step.repeat_max and facts.failed_attempt_on
	return (
		bool(counts)
		and not _agreed_instead(facts)
		and _earlier_attempts(step, facts, rows) >= step.repeat_max
	)


def _earlier_attempts(step: Step, facts: Facts, rows: Sequence[Row]) -> int:
	"""How many attempts of this visit the step has counted from before this one; its repetitions are none."""
	visit = facts.stage_visit if step.stage else ANY_VISIT
	mine = {r.anchor for r in rows if r.procedure_step == step.name and r.stage_visit == visit}
	return len(mine - {stamp(facts.failed_attempt_on)})


def _row(step: Step, facts: Facts, anchor: str, occurrence: int, due_on: datetime) -> Row:
	return Row(
		procedure_step=step.name,
		step_title=step.title,
		action=step.action,
		stage=facts.stage,
		stage_visit=facts.stage_visit if step.stage else ANY_VISIT,
		anchor=anchor,
		occurrence=occurrence,
		due_on=due_on,
		counted_from=step.counted_from,
		instruction=step.instruction,
		email_template=step.email_template,
		workflow_action=step.workflow_action,
		skip_if_responded=step.skip_if_responded,
		only_while=step.only_while,
		repeat_every=step.repeat_every,
		repeat_max=step.repeat_max,
		in_working_time=step.in_working_time,
		at_least_after_previous=step.at_least_after_previous,
	)


def following(
	row: Row,
	steps: Sequence[Step],
	facts: Facts,
	ended_on: datetime,
	calendar: WorkingCalendar,
) -> list[Row]:
	"""What a row that ended at `ended_on` brings: its own repetition, else the step that counts from it."""
	if facts.done_on or row.stage_visit not in (ANY_VISIT, facts.stage_visit):
		return []
	if row.repeat_every and (not row.repeat_max or row.occurrence < row.repeat_max):
		due = calendar.add(ended_on, row.repeat_every, row.in_working_time)
		return [
			replace(
				row, occurrence=row.occurrence + 1, due_on=due, status="Scheduled", done_on=None, name=None
			)
		]
	step = next((s for s in steps if s.name == row.procedure_step), None)
	return _chain(steps, step, ended_on, facts, calendar) if step else []


def _chain(
	steps: Sequence[Step], step: Step, ended_on: datetime, facts: Facts, calendar: WorkingCalendar
) -> list[Row]:
	same_stage = [s for s in steps if s.stage == step.stage]
	after = same_stage[same_stage.index(step) + 1 :]
	if not after or after[0].counted_from != "Previous step":
		return []
	due = calendar.add(ended_on, after[0].after, after[0].in_working_time)
	return [_row(after[0], facts, stamp(ended_on), 1, due)]


def postponed_by_previous(
	ended: Row, ended_on: datetime, steps: Sequence[Step], rows: Iterable[Row]
) -> list[tuple[Row, datetime]]:
	"""Rows to move since the step before them ended later than planned (`at_least_after_previous`)."""
	names = [s.name for s in steps]
	if ended.procedure_step not in names:
		return []
	index = names.index(ended.procedure_step) + 1
	if index >= len(steps) or steps[index].stage != steps[index - 1].stage:
		return []
	moved = []
	for row in rows:
		earliest = ended_on + timedelta(seconds=row.at_least_after_previous)
		is_next = row.procedure_step == names[index] and row.status == "Scheduled"
		if is_next and row.at_least_after_previous and row.due_on < earliest:
			moved.append((row, earliest))
	return moved


def nothing_planned(facts: Facts, now: datetime, calendar: WorkingCalendar, rows: Iterable[Row] = ()) -> Row:
	"""Law 1: the reminder that stands where the procedure has no further step, each working day until one is planned."""
	earlier = [r.occurrence for r in rows if r.procedure_step == NOTHING_PLANNED]
	return Row(
		procedure_step=NOTHING_PLANNED,
		step_title=DECIDE,
		action=REMIND,
		stage=facts.stage,
		stage_visit=facts.stage_visit,
		anchor=stamp(facts.stage_entered_on),
		occurrence=1 + max(earlier, default=0),
		due_on=calendar.next_opening(now + timedelta(days=1)),
		counted_from="",
		instruction="The procedure has no further step here: get in touch, agree on a time, or close the entry.",
		repeat_every=DAY,
	)
