"""Find a bench with Frappe and ERPNext. It is only read: nothing is ever written into it."""

import glob
import os
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.stack.paths import CHECKOUT, cache_dir, short_hash

USUAL_PLACES = (
	"~/frappe-bench",
	"~/bench",
	"/home/*/frappe-bench",
	"/home/*/bench",
	"/opt/bench/frappe-bench",
	"/opt/frappe-bench",
	"/workspace/frappe-bench",
	"/workspace/*/frappe-bench",
)


class NoBench(Exception):
	"""There is no bench to use; the message says where it was looked for, or why one cannot be used."""


@dataclass(frozen=True)
class Bench:
	path: Path

	@property
	def python(self) -> Path:
		return self.path / "env" / "bin" / "python"

	@cached_property
	def versions(self) -> dict[str, str]:
		"""Version and commit of each app: {"frappe": "15.1.0 abc…"}."""
		return {app: f"{self._version(app)} {self._commit(app)}".strip() for app in ("frappe", "erpnext")}

	@property
	def key(self) -> str:
		"""Changes when Frappe or ERPNext do."""
		return short_hash(str(self.path), *self.versions.values())

	@property
	def major(self) -> int:
		return int(self._version("frappe").split(".")[0])

	def environment(
		self, overlay: Path, extra_path: list[Path] = (), checkout: Path = CHECKOUT
	) -> dict[str, str]:
		"""The environment in which Frappe takes `overlay` for its bench and `checkout` for the app.

		Byte code goes to the cache, and a dead proxy keeps the tests from talking to the outside.
		"""
		env = {key: value for key, value in os.environ.items() if not _is_foreign(key)}
		nowhere = "http://127.0.0.1:9"
		env.update(
			FRAPPE_BENCH_ROOT=str(overlay),
			PYTHONPATH=os.pathsep.join(map(str, [checkout, *extra_path])),
			PYTHONPYCACHEPREFIX=str(cache_dir() / "pycache" / self.key),
			http_proxy=nowhere,
			https_proxy=nowhere,
			no_proxy="127.0.0.1,localhost,.localhost",
		)
		env.setdefault("LANG", "C.UTF-8")
		return env

	def _version(self, app: str) -> str:
		for line in (self.path / "apps" / app / app / "__init__.py").read_text().splitlines():
			if line.startswith("__version__"):
				return line.split("=")[1].strip().strip("\"'")
		return "0"

	def _commit(self, app: str) -> str:
		source = self.path / "apps" / app
		done = subprocess.run(
			["git", "-c", "safe.directory=*", "-C", source, "rev-parse", "HEAD"],
			capture_output=True,
			text=True,
		)
		return done.stdout.strip()


def _is_foreign(variable: str) -> bool:
	"""What would change how Frappe behaves. With CI set its workers take themselves for tests and send no mail."""
	return variable.startswith(("FRAPPE_", "PYTHON")) or variable in (
		"CI",
		"DEV_SERVER",
		"VIRTUAL_ENV",
		"PYTEST_ADDOPTS",
		"HTTP_PROXY",
		"HTTPS_PROXY",
		"ALL_PROXY",
		"all_proxy",
		"NO_PROXY",
	)


def find_bench() -> Bench:
	"""The bench named by BENCH_DIR, or the first one in the usual places. Raises NoBench."""
	if chosen := os.environ.get("BENCH_DIR"):
		return _usable(Path(chosen).expanduser())
	problems = []
	for place in USUAL_PLACES:
		for path in sorted(glob.glob(os.path.expanduser(place))):
			try:
				return _usable(Path(path))
			except NoBench as problem:
				problems.append(str(problem))
	if problems:
		raise NoBench("; ".join(problems))
	raise NoBench(f"no bench found (looked in {', '.join(USUAL_PLACES)}); set BENCH_DIR to yours")


def _usable(path: Path) -> Bench:
	if not os.access(path, os.R_OK | os.X_OK):
		raise NoBench(f"{path} does not exist or may not be read by this user")
	for app in ("frappe", "erpnext"):
		if not os.access(path / "apps" / app / app / "__init__.py", os.R_OK):
			raise NoBench(f"{path} has no readable app {app}")
	bench = Bench(path.resolve())
	if not os.access(bench.python, os.X_OK):
		raise NoBench(f"{path} has no Python this user can run at env/bin/python")
	return bench
