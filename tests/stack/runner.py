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
AGAIN = 8  # browser tests at most that are run again, alone, when they failed; more are no accident of a slow machine


@dataclass
class Result:
	"""How one kind of tests went; `why_not` is set when it did not run."""

	kind: str
	ok: bool
	text: str = ""
	broken: int = 0
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

	for name in (*kinds, again("browser")):
		report(name).unlink(missing_ok=True)
	with locked(stack.lock, "this stack"):
		stacks = lanes(stack)
		were_down = [lane for lane in stacks if not lane.running]
		try:
			with timed(f"{len(stacks)} site(s) ready"):
				for lane in stacks:
					lane.fresh()
			env = test_environment(stack) | {LANES: os.pathsep.join(str(lane.root) for lane in stacks)}
			spread = ["-n", str(len(stacks)), "--dist", "loadfile", "--no-loadscope-reorder"]
			python = [stack.bench.python]
			results = [run_pytest(kind, python, env, *spread * (len(stacks) > 1)) for kind in kinds]
			if "browser" in kinds and 0 < results[-1].broken <= AGAIN:
				run_again("browser", python, env)
				results[-1] = read_result("browser")
		finally:
			for lane in were_down:
				lane.down()
	return 0 if all(result.ok for result in results) else 1


def run_pytest(kind: str, python: list, env: dict, *options: str) -> Result:
	print(f"\n── tests/{kind}", flush=True)
	report(kind).unlink(missing_ok=True)
	call_pytest(kind, report(kind), python, env, "--durations=5", *options)
	return read_result(kind)


def run_again(kind: str, python: list, env: dict) -> None:
	"""Those that failed, alone on the machine: beside other tests a page may come late. The summary names those that pass now."""
	print(f"\n── tests/{kind}, those that failed, once more", flush=True)
	call_pytest(kind, report(again(kind)), python, env, "--last-failed", "--last-failed-no-failures=none")


def call_pytest(kind: str, target: Path, python: list, env: dict, *options: str) -> None:
	command = [*python, "-m", "pytest", f"tests/{kind}", f"--junitxml={target}", *options]
	subprocess.call([str(part) for part in command], cwd=CHECKOUT, env=env, stdin=subprocess.DEVNULL)


def report(name: str) -> Path:
	"""Where pytest counts what it ran."""
	folder = cache_dir() / f"reports-{short_hash(str(CHECKOUT))}"
	folder.mkdir(exist_ok=True)
	return folder / f"{name}.xml"


def again(kind: str) -> str:
	return f"{kind}-again"


def read_result(kind: str) -> Result:
	"""From the report, which pytest writes at its end: a run without one has failed."""
	if not report(kind).exists():
		return Result(kind, False, why_not="it broke off, see above")
	suites = read_suites(kind)
	found, second = outcomes(suites), outcomes(read_suites(again(kind)))
	failed = {name for name, outcome in found.items() if outcome == "failed"}
	mended = {name for name in failed if second.get(name) == "passed"}
	skipped, broken = sum(outcome == "skipped" for outcome in found.values()), len(failed - mended)
	words = [f"{len(found) - broken - skipped} passed"]
	words += [f"{broken} FAILED"] if broken else []
	words += (
		[f"{len(mended)} of them only when run again, alone: {', '.join(sorted(mended))}"] if mended else []
	)
	words += [f"{skipped} skipped ({reasons(suites)})"] if skipped else []
	return Result(kind, not broken, ", ".join(words) if found else "no tests", broken, _seconds(suites))


def read_suites(name: str) -> list[ET.Element]:
	return list(ET.parse(report(name)).getroot().iter("testsuite")) if report(name).exists() else []


def outcomes(suites: list[ET.Element]) -> dict[str, str]:
	"""{test: "passed", "failed" or "skipped"}; one that fails and cannot be cleared away either is there twice."""
	found: dict[str, str] = {}
	for case in (case for suite in suites for case in suite.iter("testcase")):
		name, parts = f"{case.get('classname')}::{case.get('name')}", {part.tag for part in case}
		if found.get(name) != "failed":
			broken, skipped = parts & {"failure", "error"}, "skipped" in parts
			found[name] = "failed" if broken else "skipped" if skipped else "passed"
	return found


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
