"""`make test`: runs the three kinds of tests and ends with a summary of what ran, what did not, and why."""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.stack.bench import NoBench, find_bench
from tests.stack.packages import UNIT_OPTIONAL, UNIT_PACKAGES, missing, tool_environment
from tests.stack.paths import CHECKOUT, LANES, cache_dir, locked, short_hash
from tests.stack.process import StackError

KINDS = ("unit", "site", "browser")
COUNTS = (("tests",), ("failures", "errors"), ("skipped",))


@dataclass
class Result:
	"""How one kind of tests went; `why_not` is set when it did not run."""

	kind: str
	ok: bool
	text: str = ""
	seconds: float = 0
	why_not: str = ""

	def __str__(self) -> str:
		if self.why_not:
			return f"{self.kind:8} did not run: {self.why_not}"
		return f"{self.kind:8} {self.text}  ({self.seconds:.0f} s)"


def main(kinds: list[str]) -> int:
	started = time.monotonic()
	results = []
	if "unit" in kinds:
		results.append(run_unit())
	if on_site := [kind for kind in kinds if kind != "unit"]:
		results += run_on_site(on_site)
	print_summary(results, time.monotonic() - started)
	return 0 if all(result.ok for result in results) else 1


def run_unit() -> Result:
	"""The rules need no site: any Python with pytest and hypothesis will do."""
	try:
		python = unit_python()
	except StackError as problem:
		return Result("unit", False, why_not=str(problem))
	return run_pytest("unit", [python], dict(os.environ))


def unit_python() -> Path | str:
	"""This Python, or one of our own with what it lacks. Raises StackError when neither has pytest and hypothesis."""
	every = [*UNIT_PACKAGES, *UNIT_OPTIONAL]
	if not missing(sys.executable, every):
		return sys.executable
	try:
		return tool_environment("unit", every) / "python"
	except StackError:
		if missing(sys.executable, UNIT_PACKAGES):
			raise
		return sys.executable


def run_on_site(kinds: list[str]) -> list[Result]:
	"""Site and browser tests, on a site made anew. Without a bench that is no failure unless it is demanded."""
	demanded = bool(os.environ.get("PROSPECT_REQUIRE_SITE"))
	try:
		find_bench()
		require_programs()
	except (NoBench, StackError) as reason:
		return [Result(kind, not demanded, why_not=str(reason)) for kind in kinds]
	subprocess.call([sys.executable, "-m", "tests.stack", "run-site", *kinds], cwd=CHECKOUT)
	return [read_result(kind) for kind in kinds]


def require_programs() -> None:
	from tests.stack.mariadb import program

	program("mariadbd", "mysqld")
	program("mariadb-install-db", "mysql_install_db")
	program("redis-server")


def run_kinds(stack, kinds: list[str]) -> int:
	"""Runs in the bench's Python: fresh sites, then pytest for each kind. Servers that were down go down again."""
	from tests.stack.__main__ import test_environment
	from tests.stack.core import lanes

	for kind in kinds:
		report(kind).unlink(missing_ok=True)
	with locked(stack.lock, "this stack"):
		stacks = lanes(stack)
		were_down = [lane for lane in stacks if not lane.running]
		try:
			with timed(f"{len(stacks)} site(s) ready"):
				for lane in stacks:
					lane.fresh()
			env = test_environment(stack) | {LANES: os.pathsep.join(str(lane.root) for lane in stacks)}
			spread = ["-n", str(len(stacks)), "--dist", "loadfile", "--no-loadscope-reorder"]
			results = [
				run_pytest(kind, [stack.bench.python], env, *spread * (len(stacks) > 1)) for kind in kinds
			]
		finally:
			for lane in were_down:
				lane.down()
	return 0 if all(result.ok for result in results) else 1


def run_pytest(kind: str, python: list, env: dict, *options: str) -> Result:
	print(f"\n── tests/{kind}", flush=True)
	command = [
		*python,
		"-m",
		"pytest",
		f"tests/{kind}",
		f"--junitxml={report(kind)}",
		"--durations=5",
		*options,
	]
	report(kind).unlink(missing_ok=True)
	subprocess.call([str(part) for part in command], cwd=CHECKOUT, env=env, stdin=subprocess.DEVNULL)
	return read_result(kind)


def report(kind: str) -> Path:
	"""Where pytest counts what it ran."""
	folder = cache_dir() / f"reports-{short_hash(str(CHECKOUT))}"
	folder.mkdir(exist_ok=True)
	return folder / f"{kind}.xml"


def read_result(kind: str) -> Result:
	"""From the report, which pytest writes at its end: a run without one has failed."""
	if not report(kind).exists():
		return Result(kind, False, why_not="it broke off, see above")
	suites = list(ET.parse(report(kind)).getroot().iter("testsuite"))
	tests, broken, skipped = (_sum(suites, *names) for names in COUNTS)
	words = [f"{tests - broken - skipped} passed"]
	words += [f"{broken} FAILED"] if broken else []
	words += [f"{skipped} skipped ({reasons(suites)})"] if skipped else []
	return Result(kind, not broken, ", ".join(words) if tests else "no tests", _seconds(suites))


def _sum(suites, *names: str) -> int:
	return sum(int(suite.get(name, 0)) for suite in suites for name in names)


def _seconds(suites) -> float:
	return sum(float(suite.get("time", 0)) for suite in suites)


def reasons(suites) -> str:
	found = {skip.get("message", "") for suite in suites for skip in suite.iter("skipped")}
	return "; ".join(sorted(filter(None, found)))


@contextmanager
def timed(what: str):
	started = time.monotonic()
	yield
	print(f"{what} after {time.monotonic() - started:.1f} s", flush=True)


def print_summary(results: list[Result], seconds: float) -> None:
	print("\n── Summary")
	for result in results:
		print(result)
	if any(result.why_not and result.kind != "unit" for result in results):
		names = " and ".join(result.kind for result in results if result.why_not)
		print(
			f"The {names} tests did NOT run. They need a bench with Frappe and ERPNext: see tests/README.md"
		)
	verdict = "ok" if all(result.ok for result in results) else "FAILED"
	print(f"{verdict} after {seconds:.0f} s")


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:] or list(KINDS)))
