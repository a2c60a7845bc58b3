"""What the scheduler calls: claims due steps and carries them out, each fully once or not at all (law 2).

Every minute `dispatch` asks as many workers as there are for a sweep; a sweep works in chunks, each one transaction:

1. read what is due, plainly (an index scan over (status, due_on): cost follows what is due);
2. lock the *entries*, by primary key and with SKIP LOCKED, so that sweeps share the work and wait for nobody;
3. read the steps and entries again under that lock and decide (`procedure.firing`);
4. write what is held and skipped set by set, fire the rest one by one behind a savepoint;
5. commit.

A worker that is killed loses only its open transaction: its steps are still due, and the database frees its locks.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.utils import cint, get_datetime, now_datetime

from prospect_mgmt import mail
from prospect_mgmt.entry import effects, ledger, progress
from prospect_mgmt.entry.rules import Rules, rules_of
from prospect_mgmt.procedure import firing
from prospect_mgmt.procedure.steps import Row, following, nothing_planned, postponed_by_previous

ENTRY, STEP = "Prospect List Entry", "Prospect Due Step"
TIME_BUDGET = 45  # seconds a sweep goes on while more is due; the next one comes within the minute
LOOK, CHUNK = 500, 25  # steps looked at together; entries whose steps are fired in one transaction
RETRIES, RETRY_AFTER = 3, timedelta(minutes=10)
MAX_SLOTS = 8

ENTRY_FIELDS = (
	"name", "lead", "prospect_list", "company", "stage", "stage_visit", "stage_entered_on", "first_contact_on",
	"acknowledged_on", "satisfied_on", "information_sent_on", "failed_attempt_on", "last_response_on", "waiting_since",
	"respond_by", "agreed_time", "unassigned_since", "done_on", "paused_until", "email_id", "email_bounced_on",
	"do_not_contact", "unsubscribed", "enrolled_by", "agent", "cover", "lead_name", "company_name", "mobile_no",
	"phone", "language", "interest",
)  # fmt: skip


def dispatch() -> None:
	"""The scheduler's job, every minute: ask each worker for a sweep.

	Every minute has job IDs of its own, so that one left "started" by a worker that died blocks nobody.
	"""
	if not _is_anything_due():
		return
	minute = now_datetime().strftime("%Y%m%d%H%M")
	for slot in range(_slots()):
		frappe.enqueue(
			"prospect_mgmt.sweep.run",
			queue="default",
			job_id=f"prospect_sweep::{minute}::{slot}",
			deduplicate=True,
			timeout=TIME_BUDGET * 4,
		)


def _is_anything_due() -> bool:
	now = now_datetime()
	if frappe.db.get_value(STEP, {"status": "Scheduled", "due_on": ("<=", now)}, "name", order_by=None):
		return True
	return any(_promises_past(promise, now, 1) for promise, _met in progress.PROMISES)


def _slots() -> int:
	from rq import Worker

	from frappe.utils.background_jobs import generate_qname, get_redis_conn

	queue = generate_qname("default")
	workers = sum(queue in worker.queue_names() for worker in Worker.all(connection=get_redis_conn()))
	return min(max(workers, 1), MAX_SLOTS)


@dataclass
class Tally:
	"""What one sweep did."""

	done: int = 0
	held: int = 0
	skipped: int = 0
	failed: int = 0
	missed: int = 0
	errors: list[str] = field(default_factory=list)


def run(time_budget: float = TIME_BUDGET) -> Tally:
	"""Carry out what is due, for at most `time_budget` seconds. Commits as it goes; call it with nothing pending."""
	tally, until = Tally(), time.monotonic() + time_budget
	with _read_committed():
		tally.missed = mark_missed()
		offset = 0
		while time.monotonic() < until:
			now = now_datetime()
			due = _due(now, offset)
			if not due:
				break
			claimed = _work(due, now, tally, until)
			# What others hold is theirs: look past it, and from the start again as soon as we got something.
			offset = 0 if claimed else offset + LOOK
	return tally


@contextmanager
def _read_committed():
	"""No gap locks, and each statement sees what is committed: a claim never makes an enrolment wait."""
	frappe.db.commit()
	frappe.db.sql("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.db.sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _due(now: datetime, offset: int = 0) -> list[dict]:
	step = frappe.qb.DocType(STEP)
	return (
		frappe.qb.from_(step)
		.select(step.name, step.entry)
		.where((step.status == "Scheduled") & (step.due_on <= now))
		.orderby(step.due_on)
		.limit(LOOK)
		.offset(offset)
	).run(as_dict=True)


def _work(due: list[dict], now: datetime, tally: Tally, until: float) -> int:
	"""Decide over a look's worth of steps; returns how many were claimed."""
	with _transaction(tally):
		cases = _claim(due, now)
		claimed = len(cases)
		to_fire = _settle(cases, now, tally)
	for start in range(0, len(to_fire), CHUNK):
		if time.monotonic() > until:
			break
		with _transaction(tally):
			for case in _claim(to_fire[start : start + CHUNK], now):
				_fire(case, now, tally)
	return claimed


@contextmanager
def _transaction(tally: Tally):
	"""One chunk, one commit. After a deadlock, a timeout or a lost connection all of it is still due."""
	try:
		yield
		frappe.db.commit()
	except Exception as error:
		frappe.db.rollback()
		if not _is_contention(error):
			raise
		tally.errors.append(str(error))


def _is_contention(error: Exception) -> bool:
	return isinstance(error, frappe.QueryDeadlockError | frappe.QueryTimeoutError) or (
		isinstance(error, frappe.db.OperationalError)
		and (frappe.db.is_deadlocked(error) or frappe.db.is_timedout(error))
	)


# ------------------------------------------------------------- claim
@dataclass
class Case:
	"""One due step with what is needed to decide over it, under the lock of its entry."""

	row: Row
	entry: frappe._dict
	rules: Rules
	attempts: int

	@property
	def facts(self):
		return progress.facts_of(self.entry)


def _claim(due: list[dict], now: datetime) -> list[Case]:
	"""Lock the entries of some due steps that nobody else holds, and read both again under the lock."""
	entry = frappe.qb.DocType(ENTRY)
	names = sorted({step["entry"] for step in due})
	query = frappe.qb.from_(entry).select(*ENTRY_FIELDS).where(entry.name.isin(names)).for_update(skip_locked=True)
	entries = {e.name: e for e in query.run(as_dict=True)}
	if not entries:
		return []
	step = frappe.qb.DocType(STEP)
	query = (
		frappe.qb.from_(step)
		.select(step.entry, step.attempts, *(step[f] for f in ledger.ROW_FIELDS))
		.where(step.name.isin([s["name"] for s in due if s["entry"] in entries]))
		.where((step.status == "Scheduled") & (step.due_on <= now))
		.orderby(step.due_on)
		.for_update()
	)
	cases = []
	for values in query.run(as_dict=True):
		found = entries[values.entry]
		cases.append(Case(ledger.as_row(values), found, rules_of(found.prospect_list), cint(values.attempts)))
	return cases


def conditions(case: Case) -> firing.Conditions:
	"""What stands around an entry now."""
	entry, settings = case.entry, frappe.get_cached_doc("Prospect Management Settings")
	return firing.Conditions(
		list_enabled=bool(frappe.get_cached_value("Prospect List", entry.prospect_list, "enabled")),
		mail_stopped=bool(settings.stop_all_mail),
		mail_calendar=case.rules.mail_calendar,
		paused_until=get_datetime(entry.paused_until) if entry.paused_until else None,
		email_id=entry.email_id,
		bounced=bool(entry.email_bounced_on),
		do_not_contact=bool(entry.do_not_contact),
		unsubscribed=case.row.action == "Send email" and mail.is_unsubscribed(entry),
		enrolled_in_bulk=entry.enrolled_by == "Bulk",
	)


# ------------------------------------------------------------- held and skipped: set by set
def _settle(cases: list[Case], now: datetime, tally: Tally) -> list[dict]:
	"""Write what is held or skipped in a few statements; returns the steps that are to fire."""
	held: dict[tuple[datetime, str], list[Case]] = {}
	skipped: dict[str, list[Case]] = {}
	to_fire = []
	for case in cases:
		verdict = firing.judge(case.row, case.facts, conditions(case), now)
		if verdict.act == firing.HOLD:
			held.setdefault((verdict.until, verdict.reason), []).append(case)
		elif verdict.act == firing.SKIP:
			skipped.setdefault(verdict.reason, []).append(case)
		else:
			to_fire.append({"name": case.row.name, "entry": case.entry.name})
	for (until, reason), group in held.items():
		_hold(group, until, reason)
		tally.held += len(group)
	for reason, group in skipped.items():
		ledger.end([c.row.name for c in group], "Skipped", reason, now)
		tally.skipped += len(group)
	_follow_up([c for group in skipped.values() for c in group], now)
	_refresh_next([c.entry.name for c in cases if c.row.name not in {f["name"] for f in to_fire}])
	return to_fire


def _hold(group: list[Case], until: datetime, reason: str) -> None:
	step = frappe.qb.DocType(STEP)
	names = [c.row.name for c in group]
	query = frappe.qb.update(step).set(step.due_on, until).set(step.reason, reason)
	query.where(step.name.isin(names) & (step.status == "Scheduled")).run()


def _follow_up(ended: list[Case], now: datetime) -> None:
	"""After steps ended: what counts from them, and law 1 where nothing else is coming."""
	if not ended:
		return
	coming = _coming([c.entry.name for c in ended])
	for case in ended:
		facts = case.facts
		if facts.done_on:
			continue
		rows = following(case.row, case.rules.steps, facts, now, case.rules.calendar)
		if not rows and not coming.get(case.entry.name):
			rows = [_stand_in(case, facts, now)]
		ledger.add(case.entry.name, _new(case.entry.name, rows))
		coming[case.entry.name] = coming.get(case.entry.name, 0) + len(rows)


def _stand_in(case: Case, facts, now: datetime) -> Row:
	return nothing_planned(facts, now, case.rules.calendar, ledger.rows_of(case.entry.name))


def _new(entry: str, rows: list[Row]) -> list[Row]:
	"""Those of some rows that the ledger has not scheduled before."""
	if not rows:
		return []
	known = {row.key for row in ledger.rows_of(entry)}
	return [row for row in rows if row.key not in known]


def _coming(entries: list[str]) -> dict[str, int]:
	step = frappe.qb.DocType(STEP)
	query = frappe.qb.from_(step).select(step.entry).where(step.entry.isin(entries) & (step.status == "Scheduled"))
	counts: dict[str, int] = {}
	for name in query.run(pluck=True):
		counts[name] = counts.get(name, 0) + 1
	return counts


def _refresh_next(entries: list[str]) -> None:
	"""Show the next coming step of entries whose ledger was changed set by set."""
	names = sorted(set(entries))
	if not names:
		return
	step = frappe.qb.DocType(STEP)
	query = frappe.qb.from_(step).select(step.entry, step.step_title, step.due_on)
	query = query.where(step.entry.isin(names) & (step.status == "Scheduled")).orderby(step.due_on)
	first: dict[str, dict] = {}
	for row in query.run(as_dict=True):
		first.setdefault(row.entry, row)
	groups: dict[tuple, list[str]] = {}
	for name in names:
		row = first.get(name) or frappe._dict()
		groups.setdefault((row.step_title, row.due_on), []).append(name)
	entry = frappe.qb.DocType(ENTRY)
	for (title, due_on), group in groups.items():
		query = frappe.qb.update(entry).set(entry.next_step, title).set(entry.next_due_on, due_on)
		query.where(entry.name.isin(group)).run()


# ------------------------------------------------------------- fired: one by one
def _fire(case: Case, now: datetime, tally: Tally) -> None:
	"""Carry one step out behind a savepoint: its effect and its ledger row stand or fall together."""
	savepoint = "prospect_step"
	frappe.db.savepoint(savepoint)
	try:
		outcome = _carry_out(case, now)
		frappe.db.release_savepoint(savepoint)
	except Exception as error:
		if _is_contention(error):
			raise  # the savepoint is gone: the whole chunk is rolled back and stays due
		frappe.db.rollback(save_point=savepoint)
		outcome = _failed(case, error, now)
	setattr(tally, outcome, getattr(tally, outcome) + 1)


def _carry_out(case: Case, now: datetime) -> str:
	# Decide again: an earlier step of this chunk may have changed the entry.
	verdict = firing.judge(case.row, case.facts, conditions(case), now)
	if verdict.act == firing.FIRE and case.row.at_least_after_previous:
		others = ledger.rows_of(case.entry.name)
		verdict = firing.held_by_previous(case.row, case.rules.steps, others) or verdict
	if verdict.act == firing.HOLD:
		_hold([case], verdict.until, verdict.reason)
		_refresh_next([case.entry.name])
		return "held"
	if verdict.act == firing.SKIP:
		_end(case, "Skipped", verdict.reason, now)
		return "skipped"
	# Ended before it acts: a stage move skips whatever is still scheduled, and that must not be the step itself.
	ledger.end([case.row.name], "Done", verdict.reason or _("done"), now)
	row = firing.stand_in(case.row, verdict.action)
	if communication := effects.perform(row, case.entry):
		frappe.db.set_value(STEP, case.row.name, "communication", communication, update_modified=False)
	_after_end(case, now)
	return "done"


def _end(case: Case, status: str, reason: str, now: datetime, **values) -> None:
	ledger.end([case.row.name], status, reason, now, **values)
	_after_end(case, now)


def _after_end(case: Case, now: datetime) -> None:
	"""What an ended step brings: rows put off, rows that count from it, law 1, the next step shown."""
	current = frappe.db.get_value(ENTRY, case.entry.name, ENTRY_FIELDS, as_dict=True)
	case.entry.update(current)
	rows = ledger.rows_of(case.entry.name) if case.rules.steps else []
	for row, due_on in postponed_by_previous(case.row, now, case.rules.steps, rows):
		ledger.move(row.name, due_on, _("at least {0} h after “{1}”").format(cint(row.at_least_after_previous / 3600), case.row.step_title))
	_follow_up([case], now)
	_refresh_next([case.entry.name])


def _failed(case: Case, error: Exception, now: datetime) -> str:
	"""The fault is shown, the step tried again later, and in the end somebody is told (law 8)."""
	reason = str(error) or error.__class__.__name__
	if not isinstance(error, frappe.ValidationError):
		frappe.log_error(f"Prospect step failed: {case.row.step_title}", reference_doctype=STEP, reference_name=case.row.name)
	frappe.clear_messages()
	attempts = case.attempts + 1
	if attempts < RETRIES and not isinstance(error, mail.CannotSend):
		reason = _("failed, will be tried again: {0}").format(reason)
		values = {"attempts": attempts, "due_on": now + RETRY_AFTER, "reason": reason}
		frappe.db.set_value(STEP, case.row.name, values, update_modified=False)
		_refresh_next([case.entry.name])
		return "held"
	_end(case, "Failed", reason, now, attempts=attempts)
	effects.tell_failed(case.row, case.entry, reason)
	return "failed"


# ------------------------------------------------------------- promises past
def mark_missed() -> int:
	"""Pending promises whose time has passed become Missed, without anybody saving anything."""
	now, marked = now_datetime(), 0
	for promise, _met in progress.PROMISES:
		while names := _promises_past(promise, now, LOOK):
			entry = frappe.qb.DocType(ENTRY)
			status = entry[f"{promise}_status"]
			query = frappe.qb.update(entry).set(status, "Missed")
			query.where(entry.name.isin(names) & (status == "Pending") & (entry[f"{promise}_by"] < now)).run()
			frappe.db.commit()
			marked += len(names)
	return marked


def _promises_past(promise: str, now: datetime, limit: int) -> list[str]:
	entry = frappe.qb.DocType(ENTRY)
	query = frappe.qb.from_(entry).select(entry.name)
	query = query.where((entry[f"{promise}_status"] == "Pending") & (entry[f"{promise}_by"] < now))
	return query.limit(limit).run(pluck=True)
