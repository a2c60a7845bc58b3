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
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import frappe
from frappe.utils import cint, get_datetime, now_datetime

from prospect_mgmt import mail, reasons
from prospect_mgmt.entry import effects, ledger, progress
from prospect_mgmt.entry.rules import Rules, rules_of
from prospect_mgmt.procedure import firing
from prospect_mgmt.procedure.steps import MOVE, SEND, Row, following, nothing_planned, postponed_by_previous

ENTRY, STEP = "Prospect List Entry", "Prospect Due Step"
TIME_BUDGET = 45  # seconds a sweep goes on while more is due; the next one comes within the minute
LOOK, CHUNK = 500, 25  # steps looked at together; entries whose steps are fired in one transaction
RETRIES, RETRY_AFTER = 3, timedelta(minutes=10)
MAX_SLOTS = 8

ENTRY_FIELDS = (
	"name", "lead", "prospect_list", "company", "stage", "stage_visit", "stage_entered_on", "first_contact_on",
	"acknowledge_by", "acknowledged_on", "satisfy_by", "satisfied_on", "information_sent_on", "failed_attempt_on",
	"last_response_on", "waiting_since", "respond_by", "agreed_time", "unassigned_since", "done_on", "paused_until", "email_id", "email_bounced_on",
	"do_not_contact", "unsubscribed", "enrolled_by", "agent", "cover", "lead_name", "company_name", "mobile_no",
	"phone", "language", "interest",
)  # fmt: skip


def dispatch() -> None:
	"""The scheduler's job, every minute: ask each worker for a sweep.

	Every minute has job IDs of its own, so that one left "started" by a worker that died blocks nobody.
	"""
	if not _is_anything_due() or _is_one_waiting():
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


def _is_one_waiting() -> bool:
	"""Whether a sweep waits for a worker already: it will do the work, and they must not pile up while no worker runs."""
	from frappe.utils.background_jobs import create_job_id, get_queue

	return any(job.startswith(create_job_id("prospect_sweep::")) for job in get_queue("default").job_ids)


def _slots() -> int:
	from frappe.utils.background_jobs import generate_qname, get_redis_conn
	from rq import Worker

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
	unreadable: set[str] = field(default_factory=set)  # lists whose procedure could not be read


def run(time_budget: float = TIME_BUDGET) -> Tally:
	"""Carry out what is due, for at most `time_budget` seconds. Commits as it goes; call it with nothing pending."""
	tally, until = Tally(), time.monotonic() + time_budget
	with _read_committed(), mail.one_default_account():
		with _transaction(tally):
			tally.missed = mark_missed()
		offset = 0
		while time.monotonic() < until:
			now = now_datetime()
			due = _due(now, offset)
			if not due:
				break
			through = _work(due, now, tally, until)
			# What others hold is theirs: look past it, and from the start again as soon as we got through with something.
			offset = 0 if through else offset + LOOK
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
	"""Decide over a look's worth of steps; returns with how many we are through."""
	through, to_fire = 0, []
	with _transaction(tally):
		cases = _claim(due, now, tally)
		to_fire = _settle(cases, now, tally)
		through = len(cases) - len(to_fire)
	for start in range(0, len(to_fire), CHUNK):
		if time.monotonic() > until:
			break
		with _transaction(tally):
			cases = _claim(to_fire[start : start + CHUNK], now, tally)
			touched = set()
			for case in cases:
				_fire(case, now, tally, again=case.entry.name in touched)
				touched.add(case.entry.name)
			through += len(cases)
	return through


@contextmanager
def _transaction(tally: Tally):
	"""One chunk, one commit. After a deadlock, a timeout or a lost connection all of it is still due, and not counted."""
	before = replace(tally)
	try:
		yield
		frappe.db.commit()
	except Exception as error:
		frappe.db.rollback()
		if not _is_contention(error):
			raise
		vars(tally).update(vars(before))
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
	rules: Rules | None  # None when they cannot be read
	attempts: int
	unsubscribed: bool = False

	@property
	def facts(self):
		return progress.facts_of(self.entry)


def _claim(due: list[dict], now: datetime, tally: Tally) -> list[Case]:
	"""Lock the entries of some due steps that nobody else holds, and read both again under the lock."""
	entry = frappe.qb.DocType(ENTRY)
	names = sorted({step["entry"] for step in due})
	query = (
		frappe.qb.from_(entry)
		.force_index("PRIMARY")
		.select(*ENTRY_FIELDS)
		.where(entry.name.isin(names))
		.for_update(skip_locked=True)
	)
	entries = {e.name: e for e in query.run(as_dict=True)}
	if not entries:
		return []
	rules = {name: _rules(name, tally) for name in {e.prospect_list for e in entries.values()}}
	cases = []
	for values in _still_due([s["name"] for s in due if s["entry"] in entries], now):
		found = entries[values.entry]
		cases.append(Case(ledger.as_row(values), found, rules[found.prospect_list], cint(values.attempts)))
	_ask_unsubscribed(cases)
	return cases


def _still_due(names: list[str], now: datetime) -> list[dict]:
	"""Those of some steps that are due, locked; one that somebody holds without its entry is left for later.

	By primary key: over the index of what is due it would wait for steps whose entries others hold, and they for ours.
	"""
	step = frappe.qb.DocType(STEP)
	query = (
		frappe.qb.from_(step)
		.force_index("PRIMARY")
		.select(step.entry, step.attempts, *(step[f] for f in ledger.ROW_FIELDS))
		.where(step.name.isin(names))
		.where((step.status == "Scheduled") & (step.due_on <= now))
		.orderby(step.due_on)
		.orderby(
			step.original_due_on
		)  # of reminders held until an agreed time, what was agreed is asked for last
	)
	return query.for_update(skip_locked=True).run(as_dict=True)


def _rules(prospect_list: str, tally: Tally) -> Rules | None:
	"""The rules of a list; None, said once in the Error Log, when they cannot be read: its steps are held (law 8)."""
	try:
		return rules_of(prospect_list)
	except Exception:
		frappe.clear_messages()
		if prospect_list not in tally.unreadable:
			tally.unreadable.add(prospect_list)
			frappe.log_error(
				f"The procedure of {prospect_list} cannot be read",
				reference_doctype="Prospect List",
				reference_name=prospect_list,
			)
		return None


def _ask_unsubscribed(cases: list[Case]) -> None:
	"""Ask for all of them at once who wants no mail."""
	to_send = [case for case in cases if case.row.action == SEND]
	found = mail.unsubscribed_among([case.entry for case in to_send])
	for case in to_send:
		case.unsubscribed = case.entry.name in found


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
		unsubscribed=case.unsubscribed,
		enrolled_in_bulk=entry.enrolled_by == "Bulk",
	)


# ------------------------------------------------------------- held and skipped: set by set
def _settle(cases: list[Case], now: datetime, tally: Tally) -> list[dict]:
	"""Write what is held or skipped in a few statements; returns the steps that are to fire."""
	held: dict[tuple[datetime, str], list[Case]] = {}
	skipped: dict[str, list[Case]] = {}
	to_fire = []
	for case in cases:
		verdict = _judge(case, now)
		if verdict and verdict.act == firing.HOLD:
			held.setdefault((verdict.until, verdict.reason), []).append(case)
		elif verdict and verdict.act == firing.SKIP:
			skipped.setdefault(verdict.reason, []).append(case)
		else:
			to_fire.append({"name": case.row.name, "entry": case.entry.name})
	for (until, reason), group in held.items():
		ledger.hold([c.row.name for c in group], until, reason)
		tally.held += len(group)
	for reason, group in skipped.items():
		ledger.end([c.row.name for c in group], "Skipped", reason, now)
		tally.skipped += len(group)
	_follow_up([c for group in skipped.values() for c in group], now)
	ledger.show_next({c.entry.name for group in (*held.values(), *skipped.values()) for c in group})
	return to_fire


def _judge(case: Case, now: datetime) -> firing.Verdict | None:
	"""What becomes of a step; None when that cannot be told, so that it fails by itself when it is to fire."""
	if not case.rules:
		return firing.Verdict(
			firing.HOLD, "held: the procedure of the list cannot be read", until=now + firing.LOOK_AGAIN
		)
	try:
		return firing.judge(case.row, case.facts, conditions(case), now)
	except Exception:
		return None


def _follow_up(ended: list[Case], now: datetime) -> None:
	"""After steps ended: what counts from them, and law 1 where nothing else is coming."""
	cases = list({case.row.name: case for case in ended if not case.facts.done_on}.values())
	new = _following(cases, now)
	known = ledger.keys_of({entry for entry, _key in new})
	ledger.add_all(_to_add(cases, new, known, ledger.coming({case.entry.name for case in cases}), now))


def _following(cases: list[Case], now: datetime) -> dict[tuple[str, tuple], Row]:
	"""{(entry, key): row} of what counts from steps that ended."""
	return {
		(case.entry.name, row.key): row
		for case in cases
		for row in following(case.row, case.rules.steps, case.facts, now, case.rules.calendar)
	}


def _to_add(
	cases: list[Case], new: dict, known: set, coming: set[str], now: datetime
) -> list[tuple[str, Row]]:
	"""What of it is not in the ledger yet, and a stand-in for each entry with nothing `coming`."""
	rows = [(entry, row) for (entry, key), row in new.items() if (entry, key) not in known]
	coming = coming | {entry for entry, _row in rows}
	for case in cases:
		if case.entry.name not in coming:
			coming.add(case.entry.name)
			rows.append((case.entry.name, _stand_in(case, now)))
	return rows


def _stand_in(case: Case, now: datetime) -> Row:
	return nothing_planned(case.facts, now, case.rules.calendar, ledger.rows_of(case.entry.name))


# ------------------------------------------------------------- fired: one by one
def _fire(case: Case, now: datetime, tally: Tally, again: bool) -> None:
	"""Carry one step out behind a savepoint: its effect and its ledger row stand or fall together.

	`again`: an earlier step of this transaction may have changed the entry, or put this one off.
	"""
	outcome = _behind_savepoint(_carry_out, case, now, again)
	if isinstance(outcome, Exception):
		error = outcome
		outcome = _behind_savepoint(_failed, case, error, now)
		if isinstance(outcome, Exception):
			outcome = _put_off(case, error, now)
	setattr(tally, outcome, getattr(tally, outcome) + 1)


def _behind_savepoint(function, *arguments):
	"""What the function returns, or the error it raised, with nothing of it left in the database."""
	frappe.db.savepoint("prospect_step")
	try:
		result = function(*arguments)
		frappe.db.release_savepoint("prospect_step")
		return result
	except Exception as error:
		if _is_contention(error):
			raise  # the savepoint is gone: the whole chunk is rolled back and stays due
		frappe.db.rollback(save_point="prospect_step")
		return error


def _carry_out(case: Case, now: datetime, again: bool) -> str:
	if again:
		if not (found := _still_due([case.row.name], now)):
			return "held"
		case.row = ledger.as_row(found[0])
	verdict = firing.judge(case.row, case.facts, conditions(case), now)
	if verdict.act == firing.FIRE and case.row.at_least_after_previous:
		others = ledger.rows_of(case.entry.name)
		verdict = firing.held_by_previous(case.row, case.rules.steps, others) or verdict
	if verdict.act == firing.HOLD:
		ledger.hold([case.row.name], verdict.until, verdict.reason)
		ledger.show_next([case.entry.name])
		return "held"
	if verdict.act == firing.SKIP:
		_end(case, "Skipped", verdict.reason, now)
		return "skipped"
	# Ended before it acts: a stage move skips whatever is still scheduled, and that must not be the step itself.
	ledger.end([case.row.name], "Done", verdict.reason or "done", now)
	row = firing.stand_in(case.row, verdict.action)
	if communication := effects.perform(row, case.entry):
		frappe.db.set_value(STEP, case.row.name, "communication", communication, update_modified=False)
	_after_end(case, now, row.action)
	return "done"


def _end(case: Case, status: str, reason: str, now: datetime, **values) -> None:
	ledger.end([case.row.name], status, reason, now, **values)
	_after_end(case, now)


def _after_end(case: Case, now: datetime, action: str | None = None) -> None:
	"""What an ended step brings: rows put off, rows that count from it, law 1, the next step shown.

	`action`: what it did. Only a move of the stage changes the facts, and it has planned and shown what comes next.
	"""
	name, visit = case.entry.name, case.entry.stage_visit
	if action in (None, MOVE):
		case.entry.update(_read(name))
	cases = [] if case.facts.done_on else [case]
	brought = _following(cases, now)
	if action == MOVE and case.entry.stage_visit != visit and not brought:
		return
	rows = ledger.rows_of(name)
	for row, due_on in postponed_by_previous(case.row, now, case.rules.steps, rows):
		hours = cint(row.at_least_after_previous / 3600)
		ledger.hold([row.name], due_on, f"at least {hours} h after “{case.row.step_title}”")
	coming = {name for row in rows if row.status == "Scheduled"}
	ledger.add_all(_to_add(cases, brought, {(name, row.key) for row in rows}, coming, now))
	ledger.show_next([name])


def _read(name: str) -> dict:
	# Not by `get_value`, which parses the name of each field as SQL: 8 ms for so many.
	entry = frappe.qb.DocType(ENTRY)
	return frappe.qb.from_(entry).select(*ENTRY_FIELDS).where(entry.name == name).run(as_dict=True)[0]


def _failed(case: Case, error: Exception, now: datetime) -> str:
	"""The fault is shown, the step tried again later, and in the end somebody is told (law 8)."""
	reason = reasons.of_error(error)
	if not isinstance(error, frappe.ValidationError):
		_log(case, error)
	frappe.clear_messages()
	attempts = case.attempts + 1
	if attempts < RETRIES and not isinstance(error, mail.CannotSend):
		_try_again(case, reason, attempts, now)
		ledger.show_next([case.entry.name])
		return "held"
	_end(case, "Failed", reason, now, attempts=attempts)
	effects.tell_failed(case.row, case.entry, reason)
	return "failed"


def _put_off(case: Case, error: Exception, now: datetime) -> str:
	"""Not even its failure could be written as it should: it must neither be lost nor stop the others."""
	frappe.clear_messages()
	_log(case, error)
	_try_again(case, reasons.of_error(error), case.attempts + 1, now)
	return "held"


def _try_again(case: Case, reason: str, attempts: int, now: datetime) -> None:
	values = {"attempts": attempts, "due_on": now + RETRY_AFTER}
	values["reason"] = f"failed, will be tried again: {reason}"
	frappe.db.set_value(STEP, case.row.name, values, update_modified=False)


def _log(case: Case, error: Exception) -> None:
	trace = "".join(traceback.format_exception(error))
	frappe.log_error(
		f"Prospect step failed: {case.row.step_title}",
		trace,
		reference_doctype=STEP,
		reference_name=case.row.name,
	)


# ------------------------------------------------------------- promises past
def mark_missed() -> int:
	"""Pending promises whose time has passed become Missed, without anybody saving anything; returns how many.

	An entry that somebody holds waits for the next sweep.
	"""
	now, marked = now_datetime(), 0
	for promise, _met in progress.PROMISES:
		while names := _lock_past(promise, now):
			# By primary key, which `frappe.qb` cannot ask for in an UPDATE: a scan would wait for entries that others hold.
			frappe.db.sql(
				f"UPDATE `tabProspect List Entry` FORCE INDEX (PRIMARY) SET {promise}_status = 'Missed' WHERE name IN %(names)s",
				{"names": names},
			)
			if promise == "respond":
				past = {"parent": ("in", names), "status": "Pending", "respond_by": ("<", now)}
				frappe.db.set_value(progress.ANSWER, past, "status", "Missed", update_modified=False)
			frappe.db.commit()
			marked += len(names)
	return marked


def _lock_past(promise: str, now: datetime) -> list[str]:
	"""Lock entries whose promise is past and that nobody else holds: a look's worth of them."""
	if not (names := _promises_past(promise, now, LOOK)):
		return []
	entry = frappe.qb.DocType(ENTRY)
	query = frappe.qb.from_(entry).force_index("PRIMARY").select(entry.name)
	query = query.where(entry.name.isin(names) & _is_past(entry, promise, now))
	return query.for_update(skip_locked=True).run(pluck=True)


def _promises_past(promise: str, now: datetime, limit: int) -> list[str]:
	entry = frappe.qb.DocType(ENTRY)
	query = frappe.qb.from_(entry).select(entry.name).where(_is_past(entry, promise, now))
	return query.limit(limit).run(pluck=True)


def _is_past(entry, promise: str, now: datetime):
	return (entry[f"{promise}_status"] == "Pending") & (entry[f"{promise}_by"] < now)
