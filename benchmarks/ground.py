"""The ground that benchmarks stand on: the site of the test stack, and two things timed in turn."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, contextmanager
from typing import NamedTuple

from tests.stack.bench import find_bench
from tests.stack.core import Stack, running_stack
from tests.stack.paths import CHECKOUT, locked


def run(main: Callable, name: str) -> None:
	"""Call `main(stack)` on the site as Administrator, in the bench's Python; afterwards the site is as before."""
	if not os.environ.get("PROSPECT_STACK_READY"):
		sys.exit(_again_in_the_bench(name))
	import frappe

	from tests.stack.baseline import Baseline

	stack = running_stack()
	os.chdir(stack.site.sites)
	with closing(stack.mariadb.connect()) as connection:
		baseline = Baseline(connection, stack.site.database)
		baseline.load()
		baseline.restore()
		stack.redis.flush()
		frappe.init(site=stack.site.name, sites_path=".")
		frappe.connect()
		try:
			_without_network()
			main(stack)
		finally:
			frappe.destroy()
			baseline.restore()


def _again_in_the_bench(name: str) -> int:
	subprocess.check_call(
		[sys.executable, "-m", "tests.stack", "up"], cwd=CHECKOUT, stdout=subprocess.DEVNULL
	)
	stack = Stack(bench=find_bench())
	env = stack.site.environment | {
		"PROSPECT_STACK_READY": str(stack.root),
		"BENCH_DIR": str(stack.bench.path),
	}
	with locked(stack.lock, "this stack"):
		return subprocess.call([stack.bench.python, "-m", name, *sys.argv[1:]], env=env, cwd=CHECKOUT)


def _without_network() -> None:
	"""ERPNext asks gravatar.com at each new lead: what is measured is not the network."""
	from erpnext.crm.doctype.lead import lead

	lead.has_gravatar = lambda *_address: ""


@contextmanager
def without_our_handlers():
	"""Frappe and ERPNext as they are without the app's doc_events."""
	import frappe

	kept = frappe.get_doc_hooks()
	frappe.local.doc_events_hooks = {
		doctype: {
			event: [h for h in handlers if not h.startswith("prospect_mgmt.")]
			for event, handlers in events.items()
		}
		for doctype, events in kept.items()
	}
	try:
		yield
	finally:
		frappe.local.doc_events_hooks = kept


def seconds(function: Callable, *arguments) -> float:
	"""How long one call takes."""
	started = time.perf_counter()
	function(*arguments)
	return time.perf_counter() - started


class Spent(NamedTuple):
	wall: float  # seconds
	cpu: float  # seconds of this process: the database and the neighbours are not in it


def spent(function: Callable, *arguments) -> Spent:
	"""What one call costs."""
	wall, cpu = time.perf_counter(), time.process_time()
	function(*arguments)
	return Spent(time.perf_counter() - wall, time.process_time() - cpu)


def in_turn(
	baseline: Callable, candidate: Callable, rounds: int, warm_up: int = 1
) -> tuple[list[float], list[float]]:
	"""Seconds of each call, the two alternating, so that a machine that is busy now and then is unfair to neither."""
	for _round in range(warm_up):
		baseline(), candidate()
	times = ([], [])
	for number in range(rounds):
		order = (0, 1) if number % 2 else (1, 0)
		for which in order:
			times[which].append(seconds((baseline, candidate)[which]))
	return times


def middle(times: list[float]) -> float:
	return statistics.median(times)


def report(what: str, ratio: float, goal: float, at_most: bool, detail: str) -> None:
	"""One line for a person: the ratio, the goal, and what it was made of."""
	met = ratio <= goal if at_most else ratio >= goal
	sign = "≤" if at_most else "≥"
	print(
		f"{what:44} {ratio:7.2f}×  goal {sign} {goal:g}×  {'met' if met else 'NOT MET'}   ({detail})",
		flush=True,
	)


def copies(doctype: str, columns: dict[str, str], where: str, number: int) -> None:
	"""Rows like one that is there, written set by set and committed; `columns` says in SQL what differs (n.seq counts)."""
	import frappe

	names = [row[0] for row in frappe.db.sql(f"SHOW COLUMNS FROM `tab{doctype}`")]
	values = ", ".join(columns.get(name, f"t.`{name}`") for name in names)
	wanted = ", ".join(f"`{name}`" for name in names)
	for start in range(1, number + 1, 100_000):
		end = min(start + 99_999, number)
		frappe.db.sql(
			f"INSERT INTO `tab{doctype}` ({wanted}) SELECT {values} FROM `tab{doctype}` t JOIN seq_{start}_to_{end} n WHERE t.{where}"
		)
		frappe.db.commit()
