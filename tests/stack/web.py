"""The web server of a stack: gunicorn on a free port, with the static files."""

import subprocess
from pathlib import Path

from tests.stack.process import StackError, alive, free_port, port_is_open, spawn, stop, wait_for_server
from tests.stack.site import Site

THREADS = 6


class Web:
	"""Serves `site`; `live` restarts it when code changes. Several at once differ in their `name`."""

	def __init__(
		self,
		site: Site,
		root: Path,
		live: bool = False,
		socketio_port: int | None = None,
		name: str = "web",
	):
		self.site = site
		self.live = live
		self.socketio_port = socketio_port
		self.log = root / "logs" / f"{name}.log"
		self.pid_file = root / f"{name}.pid"
		self.process: subprocess.Popen | None = None
		self.port: int | None = None

	@property
	def url(self) -> str:
		return f"http://127.0.0.1:{self.port}"

	def start(self, port: int | None = None) -> None:
		self.port = port or free_port()
		if port and port_is_open(port):
			raise StackError(f"port {port} is in use")
		self.site.set_config(host_name=self.url)
		self.process = spawn(self._command(), self.log, env=self._environment(), cwd=self.site.sites)
		wait_for_server(self.process, lambda: port_is_open(self.port), "the web server", self.log)

	def stop(self) -> None:
		if self.process and alive(self.process.pid):
			stop(self.process.pid, "gunicorn")
			self.process.wait(10)

	def _command(self) -> list:
		command = [self.site.bench.python, "-m", "gunicorn", "tests.stack.wsgi:application"]
		command += ["--bind", f"127.0.0.1:{self.port}", "--threads", str(THREADS), "--timeout", "120"]
		command += ["--graceful-timeout", "1", "--pid", self.pid_file]
		return command + (["--reload"] if self.live else [])

	def _environment(self) -> dict[str, str]:
		env = self.site.environment | {"PROSPECT_STACK_SITE": self.site.name}
		if self.socketio_port:
			env["DEV_SERVER"] = "1"  # makes the Desk look for socketio on its own port
		return env
