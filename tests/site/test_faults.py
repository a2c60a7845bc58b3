"""Law 2: killed anywhere, run eight times at once, cut off from the database: every step is done once or still due."""

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import frappe
import pytest
from frappe.utils import get_datetime, now_datetime

from prospect_mgmt import health, sweep
from tests.site import sweeping
from tests.site.sweeping import ENTRY, MONDAY, STEP
from tests.stack.paths import CHECKOUT
from tests.stack.process import wait_until

PHONE = "+49 30 5557700"
INFORMED, NEW = 125, 125  # entries that make at least 500 due steps together


class Sweeper:
	"""A process that sweeps when it is told to; see tests/site/sweeper.py."""

	def __init__(self, site, moment: str):
		self.process = subprocess.Popen(
			[str(site.bench.python), "-m", "tests.site.sweeper", site.name, moment],
			stdin=subprocess.PIPE,
			stdout=subprocess.PIPE,
			text=True,
			cwd=site.sites,
			env=site.environment | {"PYTHONPATH": f"{CHECKOUT}:{site.environment.get('PYTHONPATH', '')}"},
		)
		assert self._read() == "ready"

	def go(self) -> int:
		"""Start a sweep; returns its pid."""
		self.process.stdin.write("go\n")
		self.process.stdin.flush()
		return int(self._read())

	def wait(self) -> int:
		"""Until the sweep is over; its exit code, negative when a signal ended it."""
		return int(self._read().removeprefix("end "))

	def close(self) -> None:
		self.process.stdin.close()
		self.process.wait(30)

	def _read(self) -> str:
		line = self.process.stdout.readline().strip()
		assert line, "the sweeper died"
		return line


@pytest.fixture
def sweepers():
	"""`sweepers(stack, n)` starts n of them, a week after everything became due."""
	started = []

	def start(stack, number: int = 1) -> list[Sweeper]:
		frappe.db.commit()
		moment = (_utc(now_datetime())).isoformat()
		started.extend(Sweeper(stack.site, moment) for _n in range(number))
		return started

	yield start
	for sweeper in started:
		sweeper.close()


def _utc(local):
	zone = ZoneInfo(frappe.utils.get_system_timezone())
	return local.replace(tzinfo=zone).astimezone(timezone.utc)


def due_steps(team, clock, informed: int = INFORMED, new: int = NEW) -> dict[str, str]:
	"""At least 500 steps (two for each entry) that are due at once, a mix of mails, moves, reminders and alerts: {name: action}.

	Entries are made by the procedure; the many are rows like theirs, so that the test is about the sweep.
	"""
	clock.at(MONDAY)
	_clone(sweeping.informed(team), "MAIL", informed)
	_clone(sweeping.enquiry(team, mobile_no=PHONE), "CALL", new)
	moved = [f"MAIL-{number:04}" for number in range(0, informed, 2)]
	clock.forward(hours=96)
	# Half of the informed had their note already: what is due for them is the move.
	step = frappe.qb.DocType(STEP)
	query = (
		frappe.qb.update(step)
		.set(step.status, "Done")
		.set(step.done_on, now_datetime() - timedelta(hours=48))
	)
	query.where(step.entry.isin(moved) & (step.step_title == "Courtesy note")).run()
	frappe.db.commit()
	due = dict(
		frappe.qb.from_(step)
		.select(step.name, step.action)
		.where((step.status == "Scheduled") & (step.due_on <= now_datetime()))
		.run()
	)
	assert len(due) >= 2 * (informed + new) and len(set(due.values())) == 4, Counter(due.values())
	return due


def _clone(entry, prefix: str, number: int) -> None:
	"""Rows like those of an entry under the names PREFIX-0000, PREFIX-0001 …"""
	names = [f"{prefix}-{one:04}" for one in range(number)]
	for doctype, field in (
		("Lead", "name"),
		(ENTRY, "name"),
		(STEP, "entry"),
		("Prospect Interaction", "entry"),
	):
		rows = frappe.db.sql(f"SELECT * FROM `tab{doctype}` WHERE `{field}`=%s", entry.name, as_dict=True)
		if rows:
			clones = [list(_renamed(row, name, field).values()) for row in rows for name in names]
			frappe.db.bulk_insert(doctype, list(rows[0]), clones)


def _renamed(row: dict, name: str, field: str) -> dict:
	values = {"name": name if field == "name" else f"{name}-{row['name']}"}
	values |= {column: name for column in ("lead", "entry", "open_lead") if row.get(column)}
	if "email_id" in row:
		values["email_id"] = f"{name.lower()}@example.com"
	if row.get("fact_key"):
		values["fact_key"] = f"{name}-{row['fact_key']}"
	return {**row, **values}


def is_anything_due(moment) -> bool:
	frappe.db.rollback()
	return bool(frappe.db.exists(STEP, {"status": "Scheduled", "due_on": ("<=", moment)}))


def check_once_each(due: dict[str, str]) -> None:
	"""By the ledger, the mail queue, the timeline, the interactions and the stage changes: each once, none missing."""
	frappe.db.rollback()
	rows = {
		row.name: row
		for row in frappe.get_all(
			STEP,
			{"name": ("in", list(due))},
			["name", "entry", "action", "status", "reason", "communication"],
		)
	}
	assert set(rows) == set(due), "no row of the ledger is lost"
	left = [row for row in rows.values() if row.status == "Scheduled"]
	assert all(row.reason and "24 h after" in row.reason for row in left), (
		left
	)  # moves put off by a late note
	assert not [row for row in rows.values() if row.status == "Failed"]

	mails = [row for row in rows.values() if row.action == "Send email" and row.status == "Done"]
	assert len(mails) == INFORMED - (INFORMED + 1) // 2 + 1
	sent = frappe.get_all("Communication", {"communication_type": "Automated Message"}, pluck="name")
	assert Counter(sent) == Counter(row.communication for row in mails)
	assert Counter(
		frappe.get_all("Email Queue", {"communication": ("in", sent)}, pluck="communication")
	) == Counter(sent)
	recorded = frappe.get_all("Prospect Interaction", {"by": "Automatic"}, pluck="reference_name")
	assert Counter(recorded) == Counter(sent)

	moves = [row.entry for row in rows.values() if row.action == "Move stage" and row.status == "Done"]
	assert len(moves) == (INFORMED + 1) // 2
	changed = frappe.get_all("Prospect Stage Change", {"to_stage": "Revive"}, pluck="entry")
	assert Counter(changed) == Counter(moves)
	assert set(frappe.get_all(ENTRY, {"stage": "Revive"}, pluck="name")) == set(moves)

	reminded = {row.entry for row in rows.values() if row.action == "Remind agent" and row.status == "Done"}
	assert reminded <= set(frappe.get_all(ENTRY, {"task": ("is", "set")}, pluck="name"))
	twice = frappe.db.sql(
		f"""SELECT entry, procedure_step, stage_visit, anchor, occurrence FROM `tab{STEP}`
		GROUP BY 1, 2, 3, 4, 5 HAVING COUNT(*) > 1"""
	)
	assert not twice
	assert not health.silent_entries()


def test_killed_fifty_times_at_random_moments(stack, clock, sweepers):
	due = due_steps(sweeping.team(stack), clock)
	[sweeper] = sweepers(stack)
	moment, chance = now_datetime(), random.Random(20260608)
	kills = rounds = 0
	while is_anything_due(moment) or kills < 50:
		pid, rounds = sweeper.go(), rounds + 1
		if kills < 60:
			time.sleep(chance.uniform(0.02, 0.5))
			_kill(pid)
		code = sweeper.wait()
		kills += code == -signal.SIGKILL
		assert code in (0, 3, -signal.SIGKILL)
		assert rounds < 150, "it does not come to an end"
	assert kills >= 50
	check_once_each(due)


def _kill(pid: int) -> None:
	with contextlib.suppress(ProcessLookupError):
		os.kill(pid, signal.SIGKILL)


def test_eight_sweeps_at_once_share_the_work(stack, clock, sweepers):
	due = due_steps(sweeping.team(stack), clock)
	eight, moment = sweepers(stack, 8), now_datetime()
	for _round in range(5):
		for sweeper in eight:
			sweeper.go()
		assert {sweeper.wait() for sweeper in eight} <= {0, 3}, "a batch that meets a deadlock stays due"
		if not is_anything_due(moment):
			break
	check_once_each(due)


def test_the_database_restarts_in_the_middle_of_a_sweep(stack, clock, sweepers):
	due = due_steps(sweeping.team(stack), clock)
	[sweeper] = sweepers(stack)
	moment = now_datetime()
	for pause in (0.7, 1.3):
		sweeper.go()
		time.sleep(pause)
		stack.mariadb.kill()
		assert sweeper.wait() == 2, "it ends, and says so"
		stack.mariadb.start()
		_connect_again()
	for _round in range(5):
		sweeper.go()
		assert sweeper.wait() == 0
		if not is_anything_due(moment):
			break
	check_once_each(due)


def _connect_again() -> None:
	frappe.db.close()
	frappe.connect(set_admin_as_user=False)


def test_agents_who_save_while_sweeps_run_lose_nothing_and_see_no_deadlock(stack, clock, sweepers, http):
	team = sweeping.team(stack)
	due_steps(team, clock, informed=60, new=60)
	two, moment = sweepers(stack, 2), now_datetime()
	clock.release()
	client = http(team.agent)
	names = [f"CALL-{number:04}" for number in range(0, 60, 3)]
	answers = {}

	def work():
		for name in names:
			answer = client.post(
				"/api/method/run_doc_method",
				data={"dt": ENTRY, "dn": name, "method": "log_call", "args": '{"summary": "Reached them"}'},
			)
			answers[name] = (answer.status_code, answer.text[:300])

	agent = threading.Thread(target=work)
	agent.start()
	while agent.is_alive() or is_anything_due(moment):
		for sweeper in two:
			sweeper.go()
		assert {sweeper.wait() for sweeper in two} <= {0, 3}, "a batch that meets a deadlock stays due"
	agent.join()
	assert {name: answer for name, answer in answers.items() if answer[0] != 200} == {}
	frappe.db.rollback()
	logged = frappe.get_all("Prospect Interaction", {"summary": "Reached them"}, pluck="entry")
	assert Counter(logged) == Counter(names)
	assert {frappe.db.get_value(ENTRY, name, "stage") for name in names} == {"Email"}


# ------------------------------------------------------------- contention in a sweep's own transactions
@pytest.fixture
def impatient():
	"""Our connection waits a second for a lock, instead of most of a minute."""
	for name in ("innodb_lock_wait_timeout", "lock_wait_timeout"):
		frappe.db.sql(f"SET SESSION {name} = 1")
	yield
	for name in ("innodb_lock_wait_timeout", "lock_wait_timeout"):
		frappe.db.sql(f"SET SESSION {name} = @@GLOBAL.{name}")


def calls_to_make(team, clock, number: int) -> list[str]:
	"""The first of `number` entries each of which has a call to make now, in the order in which they are due."""
	clock.at(MONDAY)
	called = sweeping.enquiry(team, mobile_no=PHONE)
	_clone(called, "CALL", number - 1)
	clock.forward(minutes=1)
	return [called.name, *(f"CALL-{one:04}" for one in range(number - 1))]


def call_of(entry: str):
	frappe.db.rollback()
	return frappe.db.get_value(
		STEP, {"entry": entry, "step_title": "Call them"}, ["status", "due_on", "reason"], as_dict=True
	)


def test_a_sweep_waits_for_no_step_of_an_entry_that_an_agent_is_saving(stack, clock, impatient):
	first, *others = calls_to_make(sweeping.team(stack), clock, 40)
	clock.forward(
		days=4
	)  # most of what is scheduled is due: then an index over the status looks best to MariaDB
	frappe.db.commit()
	with stack.mariadb.connect(stack.site.database) as agent, agent.cursor() as cursor:
		# Without the gaps between records, which are waited for as long as a save takes.
		cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
		cursor.execute("BEGIN")
		cursor.execute(f"SELECT name FROM `tab{ENTRY}` WHERE name=%s FOR UPDATE", (first,))
		cursor.execute(f"SELECT name FROM `tab{STEP}` WHERE entry=%s FOR UPDATE", (first,))
		tally = sweep.run()
		assert not tally.errors and tally.done >= len(others)
		assert {call_of(name).status for name in others} == {"Done"}
		assert call_of(first).status == "Scheduled"
		cursor.execute("ROLLBACK")  # the server is slow to notice a connection that was closed
	sweep.run()
	assert call_of(first).status == "Done"


def test_while_a_backup_locks_the_ledger_everything_stays_due(stack, clock, impatient):
	names = calls_to_make(sweeping.team(stack), clock, 3)
	frappe.db.commit()
	with stack.mariadb.connect(stack.site.database) as backup, backup.cursor() as cursor:
		cursor.execute(f"LOCK TABLES `tab{STEP}` READ")
		tally = sweep.run()
		assert len(tally.errors) == 1 and "Lock wait timeout" in tally.errors[0]
		assert (tally.done, tally.held, tally.skipped, tally.failed) == (0, 0, 0, 0)
		assert {call_of(name).status for name in names} == {"Scheduled"}
		cursor.execute("UNLOCK TABLES")
	assert not sweep.run().errors
	assert {call_of(name).status for name in names} == {"Done"}


def test_a_deadlock_over_one_entry_leaves_it_due_and_the_others_are_carried_out(stack, clock, monkeypatch):
	"""MariaDB raises it, as it does for whom it chooses: here whenever one entry's step is written."""
	first, *others = calls_to_make(sweeping.team(stack), clock, 3)
	until = now_datetime() + timedelta(days=1)
	frappe.db.set_value(ENTRY, {"name": ("in", [first, *others])}, "paused_until", until)
	monkeypatch.setattr(sweep, "LOOK", 1)  # each step is a batch of its own
	with _deadlock_when_written(first):
		tally = sweep.run()
	assert len(tally.errors) == 1 and "Deadlock" in tally.errors[0]
	assert {call_of(name).due_on for name in others} == {until}
	assert (call_of(first).due_on, call_of(first).reason) == (get_datetime(MONDAY), None)
	assert not sweep.run().errors
	assert call_of(first).due_on == until


@contextlib.contextmanager
def _deadlock_when_written(entry: str):
	frappe.db.sql_ddl(
		f"""CREATE TRIGGER deadlock BEFORE UPDATE ON `tab{STEP}` FOR EACH ROW IF NEW.entry = '{entry}' THEN
		SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Deadlock found'; END IF"""
	)
	try:
		yield
	finally:
		frappe.db.sql_ddl("DROP TRIGGER deadlock")


# ------------------------------------------------------------- the real thing
DISPATCH, FLUSH = "prospect_mgmt.sweep.dispatch", "frappe.email.queue.flush"


def test_due_steps_are_carried_out_by_the_running_scheduler_and_worker(
	stack, clock, smtp, http, worker, scheduler
):
	"""Informed 48 hours ago: Frappe's scheduler asks for a sweep, a worker carries it out, and the note arrives."""
	team = sweeping.team(stack)
	procedure = frappe.get_doc(
		"Prospect Procedure", frappe.db.get_value("Prospect List", team.list, "procedure")
	)
	procedure.send_mail_only_in_working_hours = 0
	procedure.save()
	clock.at(get_datetime() - timedelta(hours=48, minutes=1))
	entry = sweeping.informed(team)
	clock.release()
	http(team.agent)  # a site that nobody logs into runs its jobs once a day only
	_due_from_now_on(DISPATCH)
	worker()
	scheduler()
	wait_until(lambda: _is_done(entry, "Courtesy note"), "the note by the scheduler and a worker", 150)
	_due_from_now_on(FLUSH)
	mails = smtp.wait_for(2, to=entry.email_id, timeout=150)
	assert len([mail for mail in mails if "Did our information reach you?" in mail.subject]) == 1
	assert len(sweeping.notes(entry)) == 1


def _due_from_now_on(method: str) -> None:
	"""Of Frappe's jobs this one is due at once, and none of the others: nobody waits for a full minute, or for them."""
	job, now = "Scheduled Job Type", now_datetime()
	frappe.db.set_value(job, {"stopped": 0}, "last_execution", now + timedelta(days=1))
	frappe.db.set_value(job, {"method": method}, "last_execution", now - timedelta(minutes=10))
	frappe.db.commit()


def _is_done(entry, title: str) -> bool:
	frappe.db.rollback()
	return sweeping.row(entry, title).status == "Done"
