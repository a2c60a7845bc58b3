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
from frappe.utils import now_datetime

from prospect_mgmt import health
from tests.site import sweeping
from tests.site.sweeping import ENTRY, MONDAY, STEP
from tests.stack.paths import CHECKOUT

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


def due_steps(team, clock) -> dict[str, str]:
	"""At least 500 steps that are due at once, a mix of mails, moves, reminders and alerts: {name: action}.

	Entries are made by the procedure; the many are rows like theirs, so that the test is about the sweep.
	"""
	clock.at(MONDAY)
	informed = sweeping.informed(team)
	called = sweeping.enquiry(team, mobile_no=PHONE)
	for number in range(INFORMED):
		_clone(informed, f"MAIL-{number:04}", f"mail{number}@example.com")
	for number in range(NEW):
		_clone(called, f"CALL-{number:04}", f"call{number}@example.com")
	moved = [f"MAIL-{number:04}" for number in range(0, INFORMED, 2)]
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
	assert len(due) >= 500 and len(set(due.values())) == 4, Counter(due.values())
	return due


def _clone(entry, name: str, email: str) -> None:
	for doctype, field in (
		("Lead", "name"),
		(ENTRY, "name"),
		(STEP, "entry"),
		("Prospect Interaction", "entry"),
	):
		for row in frappe.db.sql(
			f"SELECT * FROM `tab{doctype}` WHERE `{field}`=%s", entry.name, as_dict=True
		):
			row.update({"name": name if field == "name" else f"{name}-{row.name}"})
			for column in ("lead", "entry", "open_lead"):
				if row.get(column):
					row[column] = name
			if "email_id" in row:
				row.email_id = email
			if row.get("fact_key"):
				row.fact_key = f"{name}-{row.fact_key}"
			frappe.db.bulk_insert(doctype, list(row), [list(row.values())])


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
		codes = [sweeper.wait() for sweeper in eight]
		assert set(codes) <= {0, 3}, codes
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
	due_steps(team, clock)
	sweepers_, moment = sweepers(stack, 2), now_datetime()
	clock.release()
	client = http(team.agent)
	names = [f"CALL-{number:04}" for number in range(0, NEW, 4)]
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
	while agent.is_alive():
		for sweeper in sweepers_:
			sweeper.go()
		assert {sweeper.wait() for sweeper in sweepers_} <= {0, 3}
	agent.join()
	assert {status for status, _text in answers.values()} == {200}, [
		a for a in answers.values() if a[0] != 200
	][:2]
	frappe.db.rollback()
	logged = frappe.get_all("Prospect Interaction", {"summary": "Reached them"}, pluck="entry")
	assert Counter(logged) == Counter(names)
	assert {frappe.db.get_value(ENTRY, name, "stage") for name in names} == {"Email"}
	while is_anything_due(moment):
		sweepers_[0].go()
		sweepers_[0].wait()
	assert not health.silent_entries()
