"""Where things are kept: everything that outlives a run is below one cache directory."""

import contextlib
import fcntl
import hashlib
import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
APP = "prospect_mgmt"
OVERLAY = "bench"  # within a stack: the directory that Frappe takes for a bench
LANES = "PROSPECT_LANE_ROOTS"  # the stacks of a run whose test files are worked side by side


def cache_dir() -> Path:
	"""The directory of this user for templates, tools and stacks."""
	base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
	path = Path(base).expanduser() / APP
	path.mkdir(parents=True, exist_ok=True)
	return path


def stack_dir() -> Path:
	"""The stack of this checkout. PROSPECT_STACK_DIR names another place."""
	if chosen := os.environ.get("PROSPECT_STACK_DIR"):
		return Path(chosen).expanduser().resolve()
	return cache_dir() / f"stack-{short_hash(str(CHECKOUT))}"


def short_hash(*parts: str) -> str:
	return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


@contextlib.contextmanager
def locked(path: Path, what: str):
	"""Hold an exclusive lock on `path`; wait for another process that holds it, and say so."""
	path.parent.mkdir(parents=True, exist_ok=True)
	with open(path, "a") as handle:
		try:
			fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
		except BlockingIOError:
			print(f"waiting: another run is using {what} ({path})", flush=True)
			fcntl.flock(handle, fcntl.LOCK_EX)
		yield


def take_lane() -> None:
	"""Point this worker of pytest-xdist (gw0, gw1 …) to the stack that is its own."""
	worker = os.environ.get("PYTEST_XDIST_WORKER")
	if worker and LANES in os.environ:
		root = os.environ[LANES].split(os.pathsep)[int(worker.removeprefix("gw"))]
		os.environ |= {"PROSPECT_STACK_READY": root, "FRAPPE_BENCH_ROOT": str(Path(root) / OVERLAY)}
