"""Start, watch and stop the servers."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


class StackError(Exception):
	"""Something the person who runs the tests should read."""


def free_port() -> int:
	"""A TCP port that nobody listens on."""
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return probe.getsockname()[1]


def port_is_open(port: int) -> bool:
	with socket.socket() as probe:
		probe.settimeout(1)
		return probe.connect_ex(("127.0.0.1", port)) == 0


def spawn(command: list, log: Path, env: dict | None = None, cwd: Path | None = None) -> subprocess.Popen:
	"""Start a server in a session of its own; what it prints goes to `log`."""
	log.parent.mkdir(parents=True, exist_ok=True)
	with open(log, "ab") as output:
		return subprocess.Popen(
			[str(part) for part in command],
			stdin=subprocess.DEVNULL,
			stdout=output,
			stderr=subprocess.STDOUT,
			env=env,
			cwd=cwd,
			start_new_session=True,
		)


def run(command: list, env: dict | None = None, cwd: Path | None = None, log: Path | None = None) -> str:
	"""Run to the end and return the output (also kept in `log`); StackError with its tail on failure."""
	done = subprocess.run(
		[str(part) for part in command],
		stdin=subprocess.DEVNULL,
		stdout=subprocess.PIPE,
		stderr=subprocess.STDOUT,
		env=env,
		cwd=cwd,
		text=True,
		errors="replace",
	)
	if log:
		log.parent.mkdir(parents=True, exist_ok=True)
		log.write_text(done.stdout)
	if done.returncode:
		name = " ".join(str(part) for part in command[:6])
		where = f"(all of it: {log})" if log else ""
		raise StackError(f"{name} … failed ({done.returncode}) {where}\n{done.stdout[-2000:]}")
	return done.stdout


def wait_until(ready: Callable[[], bool], what: str, timeout: float = 60, log: Path | None = None) -> None:
	"""Poll `ready` for at most `timeout` seconds of real time (a frozen clock does not matter)."""
	limit = time.monotonic() + timeout
	while not ready():
		if time.monotonic() > limit:
			raise StackError(f"{what}: not within {timeout:.0f} s\n{tail(log)}")
		time.sleep(0.05)


def wait_for_server(process: subprocess.Popen, ready: Callable[[], bool], what: str, log: Path) -> None:
	"""Wait for a server that was just started; its log is in the message when it dies."""

	def ready_or_dead() -> bool:
		if process.poll() is not None:
			raise StackError(f"{what} stopped at once\n{tail(log)}")
		return ready()

	wait_until(ready_or_dead, what, log=log)


def tail(log: Path | None, lines: int = 40) -> str:
	if not log or not log.exists():
		return ""
	return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def alive(pid: int | None) -> bool:
	"""Whether the process runs; one that ended and waits to be collected does not."""
	if not pid:
		return False
	with contextlib.suppress(ChildProcessError):
		os.waitpid(pid, os.WNOHANG)
	try:
		os.kill(pid, 0)
	except ProcessLookupError:
		return False
	except PermissionError:
		return True
	return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
	try:
		return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
	except (OSError, IndexError):
		return False


def command_line(pid: int) -> str:
	"""What the process was started with; empty when it is gone."""
	done = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True)
	return done.stdout.strip()


def read_pid(path: Path) -> int | None:
	try:
		return int(path.read_text().strip())
	except (OSError, ValueError):
		return None


def stop(pid: int | None, marker: str, timeout: float = 20, force: bool = False) -> None:
	"""End a process whose command line holds `marker`, so that a reused pid is never hit."""
	if not alive(pid) or marker not in command_line(pid):
		return
	os.kill(pid, signal.SIGKILL if force else signal.SIGTERM)
	try:
		wait_until(lambda: not alive(pid), f"end of process {pid}", timeout)
	except StackError:
		if force:
			raise
		stop(pid, marker, timeout, force=True)


def kill_family(pid: int) -> None:
	"""SIGKILL for a process and all that it began, as the kernel does when memory is short."""
	os.kill(pid, signal.SIGSTOP)  # begins nothing more
	family = [pid, *_descendants(pid)]
	for member in family:
		with contextlib.suppress(ProcessLookupError):
			os.kill(member, signal.SIGKILL)


def _descendants(pid: int) -> list[int]:
	try:
		children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
	except FileNotFoundError:
		return []
	return [*children, *(member for child in children for member in _descendants(child))]
