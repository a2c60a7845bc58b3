"""The background processes of a site: worker, scheduler, socketio. Each can be killed at any moment."""

import subprocess
from pathlib import Path

from tests.stack.process import (
	StackError,
	alive,
	kill_family,
	port_is_open,
	spawn,
	stop,
	wait_for_server,
	wait_until,
)
from tests.stack.site import Site


class Background:
	"""One `bench` process; `ready_when` is what its log says once it works."""

	def __init__(self, site: Site, root: Path, name: str, *arguments: str, ready_when: str = ""):
		self.site = site
		self.name = name
		self.arguments = arguments
		self.ready_when = ready_when
		self.log = root / "logs" / f"{name}.log"
		self.process: subprocess.Popen | None = None

	def start(self) -> None:
		self.log.unlink(missing_ok=True)
		self.process = spawn(
			self.site.command(*self.arguments, of_site=False),
			self.log,
			env=self.site.environment | {"PYTHONUNBUFFERED": "1"},
			cwd=self.site.sites,
		)
		if self.ready_when:
			wait_for_server(self.process, lambda: self.ready_when in self.output, self.name, self.log)

	@property
	def output(self) -> str:
		return self.log.read_text(errors="replace") if self.log.exists() else ""

	@property
	def running(self) -> bool:
		return bool(self.process) and alive(self.process.pid)

	def wait(self, timeout: float = 60) -> None:
		"""Until it ends by itself (a burst worker); StackError after `timeout` seconds."""
		wait_until(lambda: not self.running, f"end of the {self.name}", timeout, self.log)

	def stop(self) -> None:
		if self.process:
			stop(self.process.pid, "bench_helper")

	def kill(self) -> None:
		"""SIGKILL for it and the process in which it carries out a job, which has a session of its own."""
		if self.running:
			kill_family(self.process.pid)
			self.wait(10)


def worker(site: Site, root: Path, queues: str = "short,default,long", burst: bool = False) -> Background:
	"""A worker for `queues`. With `burst` it ends when the queues are empty."""
	arguments = ["worker", "--queue", queues] + (["--burst"] if burst else [])
	return Background(site, root, "worker", *arguments, ready_when="" if burst else "Listening on")


def scheduler(site: Site, root: Path) -> Background:
	"""The scheduler; it looks every second instead of every minute."""
	return Background(site, root, "scheduler", "schedule")


class SocketIO:
	"""The realtime server (needs node, which a bench has)."""

	def __init__(self, site: Site, root: Path, port: int):
		self.site = site
		self.port = port
		self.log = root / "logs" / "socketio.log"
		self.process: subprocess.Popen | None = None

	def start(self) -> None:
		script = self.site.bench.path / "apps" / "frappe" / "socketio.js"
		try:
			self.process = spawn(["node", script], self.log, env=self.site.environment, cwd=script.parent)
		except FileNotFoundError:
			raise StackError("node is not installed")
		wait_for_server(self.process, lambda: port_is_open(self.port), "socketio", self.log)

	def stop(self) -> None:
		if self.process:
			stop(self.process.pid, "socketio.js")
