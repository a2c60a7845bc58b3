"""Python packages the tests need. What the bench lacks goes to a directory of ours, never into the bench."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.stack.bench import Bench
from tests.stack.paths import cache_dir, short_hash
from tests.stack.process import StackError, run

TEST_PACKAGES = {
	"pytest": "pytest>=8",
	"xdist": "pytest-xdist>=3.5",
	"hypothesis": "hypothesis>=6",
	"time_machine": "time-machine>=2.14",
	"aiosmtpd": "aiosmtpd>=1.4",
	"playwright": "playwright>=1.40",
}
# Brings axe-core. Where it cannot be had the tests that need it are skipped, and say so, or fail where that is demanded.
OPTIONAL_PACKAGES = {"axe_playwright_python": "axe-playwright-python>=0.1.4"}
UNIT_PACKAGES = ("pytest", "hypothesis")
# What ERPNext ships and the rules use where it is there; tests of it are skipped without, and say so.
UNIT_OPTIONAL = ("openpyxl", "rapidfuzz")


def missing(python: Path | str, modules, env: dict | None = None) -> list[str]:
	"""Which of `modules` this Python cannot import."""
	code = "import importlib.util, sys\nprint(*[m for m in sys.argv[1:] if not importlib.util.find_spec(m)])"
	return run([python, "-c", code, *modules], env=env).split()


def side_directories(bench: Bench) -> list[Path]:
	"""Directories with the test packages the bench lacks, each filled once; none when it lacks none."""
	known = TEST_PACKAGES | OPTIONAL_PACKAGES
	lacking = missing(bench.python, known, bench.environment(bench.path))
	needed = [name for name in lacking if name in TEST_PACKAGES]
	wanted = [name for name in lacking if name in OPTIONAL_PACKAGES]
	directories = [_filled(bench, needed)] if needed else []
	try:
		# Without what they depend on: that is among the others.
		return directories + ([_filled(bench, wanted, "--no-deps")] if wanted else [])
	except StackError as problem:
		print(f"not installed: {', '.join(wanted)} ({str(problem).splitlines()[0]})", flush=True)
		return directories


def _filled(bench: Bench, names: list[str], *options: str) -> Path:
	target = cache_dir() / f"packages-{short_hash(str(bench.path), *sorted(names))}"
	if not (target / ".complete").exists():
		print(f"installing {', '.join(names)} beside the bench …", flush=True)
		shutil.rmtree(target, ignore_errors=True)
		known = TEST_PACKAGES | OPTIONAL_PACKAGES
		_install(bench.python, target, [*options, *(known[name] for name in names)])
		(target / ".complete").touch()
	return target


def _install(python: Path, target: Path, requirements: list[str]) -> None:
	has_pip = not subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode
	if has_pip:
		run([python, "-m", "pip", "install", "-q", "--target", target, *requirements])
	elif uv := shutil.which("uv"):
		run([uv, "pip", "install", "-q", "--python", python, "--target", target, *requirements])
	else:
		raise StackError(f"the bench lacks {', '.join(requirements)}, and there is neither pip nor uv")


def tool_environment(name: str, requirements: list[str]) -> Path:
	"""The bin directory of a virtual environment in the cache that holds `requirements`."""
	home = cache_dir() / f"venv-{name}-{short_hash(sys.executable, *requirements)}"
	if not (home / ".complete").exists():
		print(f"making a virtual environment with {', '.join(requirements)} …", flush=True)
		shutil.rmtree(home, ignore_errors=True)
		try:
			run([sys.executable, "-m", "venv", home])
			run([home / "bin" / "python", "-m", "pip", "install", "-q", *requirements])
		except StackError as problem:
			_with_uv(home, requirements, problem)
		(home / ".complete").touch()
	return home / "bin"


def _with_uv(home: Path, requirements: list[str], problem: StackError) -> None:
	"""For a Python without venv or pip; where there is no uv either, the first problem is what counts."""
	uv = shutil.which("uv")
	if not uv:
		raise problem
	shutil.rmtree(home, ignore_errors=True)
	run([uv, "venv", "-q", home])
	run([uv, "pip", "install", "-q", "--python", home / "bin" / "python", *requirements])
