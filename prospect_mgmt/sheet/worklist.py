"""Today's worklist: who is to be got in touch with, why, and how; what is late comes first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from prospect_mgmt.procedure import urgency
from prospect_mgmt.procedure.standards import MISSED
from prospect_mgmt.procedure.steps import ALERT, MOVE, SEND
from prospect_mgmt.sheet import cleaning, statuses, terminal
from prospect_mgmt.sheet.deciding import Decision, Due
from prospect_mgmt.sheet.rules import Rules

INDENT = " " * 13
HANG = len(INDENT) + 2
WHOLE_DAY = (time.min, urgency.END_OF_DAY)  # the times of a moment that is only a day


@dataclass(frozen=True)
class Task:
	"""One enquiry that somebody has to do something about today."""

	decision: Decision
	main: Due
	by: datetime  # by when we must act, as a site says it
	why: tuple[str, ...]  # what is late, or what else a person should know

	def is_late(self, today: date) -> bool:
		return self.by.date() < today

	def days_late(self, today: date) -> int:
		return max((today - self.by.date()).days, 0)


def tasks(decisions: Iterable[Decision], rules: Rules) -> list[Task]:
	"""One task for each enquiry with something due, the one that is most late at the top."""
	found = [task for decision in decisions if (task := _task(decision, rules))]
	return sorted(found, key=lambda t: (t.by, t.decision.entry.line))


def _task(decision: Decision, rules: Rules) -> Task | None:
	main = decision.main
	if not main:
		return None
	titles = [due.row.step_title for due in decision.due if due.action == ALERT and due is not main]
	alerts = [title for title in titles if title not in _SAID_BY_PROMISES]
	move = [_move(main, rules)] if main.action == MOVE else []
	remark = [main.remark] if main.remark else []
	return Task(decision, main, _by(decision, main, rules), (*missed(decision), *alerts, *move, *remark))


# The alerts of the procedure that say the same as a missed promise.
_SAID_BY_PROMISES = ("Not acknowledged in time", "Questions not answered in time")


def _by(decision: Decision, main: Due, rules: Rules) -> datetime:
	facts = decision.facts
	reminders = [d.asked_on for d in decision.due if d.action != ALERT and not decision.has_asked(d)]
	work = urgency.Work(
		acknowledge_by=decision.acknowledge_by,
		acknowledged_on=facts.acknowledged_on,
		satisfy_by=decision.satisfy_by,
		satisfied_on=facts.satisfied_on,
		respond_by=facts.respond_by,
		waiting_since=facts.waiting_since,
		task_by=urgency.task_by(main.asked_on, rules.calendar) if decision.has_asked(main) else None,
		paused_until=decision.entry.next_contact_on,
		reminder_on=min(reminders, default=None),
	)
	return urgency.act_by(work, decision.now) or main.since


def missed(decision: Decision) -> list[str]:
	"""The promises that ran out and are still not kept."""
	said = []
	if decision.acknowledge_status == MISSED and not decision.facts.acknowledged_on:
		said.append(f"nobody has reached them, promised by {_when(decision.acknowledge_by)}")
	if decision.satisfy_status == MISSED and not decision.facts.satisfied_on:
		said.append(f"their questions are open, to be answered by {_when(decision.satisfy_by)}")
	return said


def _move(due: Due, rules: Rules) -> str:
	target = rules.next_stage.get((due.row.stage, due.row.workflow_action or ""))
	return f"set the status to {statuses.label(target, rules.stages)}" if target else "change the status"


# Printing


def text(found: Sequence[Task], rules: Rules, today: date, agent: str = "") -> Iterator[str]:
	"""The worklist in lines for a terminal; what a step asks for is explained the first time it comes."""
	late = [task for task in found if task.is_late(today)]
	whose = f" of {agent}" if agent else ""
	yield from terminal.fitted(
		f"Worklist{whose} for {today:%A} {today.day} {today:%B %Y}: {len(found)} to do, {len(late)} of them late",
		2,
	)
	if not found:
		yield "Nothing is due. Every open enquiry has a later step."
	explained: set[str] = set()
	for title, part in (("LATE", late), ("TODAY", [task for task in found if not task.is_late(today)])):
		if part:
			yield ""
			yield title
		for task in part:
			yield from _lines(task, rules, today, task.main.row.step_title not in explained)
			explained.add(task.main.row.step_title)


def _lines(task: Task, rules: Rules, today: date, explain: bool) -> Iterator[str]:
	entry = task.decision.entry
	yield ""
	yield from terminal.fitted(
		f"{_time_left(task, today):>11}  {entry.called}  {entry.who}  ·  {statuses.label(entry.stage, rules.stages)}",
		HANG,
	)
	yield from _wrapped(f"{task.main.row.step_title}{_reach(task)}")
	for reason in task.why:
		yield from _wrapped(f"! {reason}")
	if explain and task.main.row.instruction:
		yield from _wrapped(task.main.row.instruction)
	known = [
		f"{label}: {said}" for label, said in (("Interest", entry.interest), ("Agent", entry.agent)) if said
	]
	if known:
		yield from _wrapped("  ".join(known))


def _time_left(task: Task, today: date) -> str:
	days = task.days_late(today)
	if days:
		return "1 day" if days == 1 else f"{days} days"
	if task.by.date() > today:
		return f"by {task.by.day} {task.by:%b}"
	return f"by {task.by:%H:%M}" if task.by.time() not in WHOLE_DAY else "today"


def _reach(task: Task) -> str:
	"""How to reach them: by mail when a mail is due, else by telephone where there is one."""
	entry = task.decision.entry
	phone = cleaning.spaced(entry.phone)
	by_mail = task.main.action == SEND or task.main.row.stage == "Email"
	ways = (entry.email_id, phone) if by_mail else (phone, entry.email_id)
	way = next((way for way in ways if way), "")
	return f"   {way}" if way else ""


def _wrapped(said: str) -> list[str]:
	return terminal.fitted(INDENT + said, HANG)


def _when(moment: datetime | None) -> str:
	if not moment:
		return ""
	return f"{moment.day} {moment:%B}" + (
		f" {moment:%H:%M}" if (moment.hour, moment.minute) != (0, 0) else ""
	)
