"""A Redis server of our own, for cache, queue and realtime alike. It keeps nothing on disk."""

import socket
from pathlib import Path

from tests.stack.mariadb import program
from tests.stack.process import free_port, port_is_open, read_pid, spawn, stop, wait_for_server


class Redis:
	def __init__(self, root: Path):
		self.root = root
		self.log = root / "logs" / "redis.log"
		self.pid_file = root / "redis.pid"
		self.port_file = root / "redis.port"

	@property
	def port(self) -> int:
		return int(self.port_file.read_text())

	@property
	def url(self) -> str:
		return f"redis://127.0.0.1:{self.port}"

	@property
	def running(self) -> bool:
		return self.port_file.exists() and port_is_open(self.port) and self._is_ours()

	def start(self) -> None:
		if self.running:
			return
		self.port_file.write_text(str(free_port()))
		options = {
			"--bind": "127.0.0.1",
			"--port": self.port,
			"--dir": self.root,
			"--pidfile": self.pid_file,
			"--save": "",
			"--appendonly": "no",
			"--set-proc-title": "no",
		}
		command = [program("redis-server"), *(part for option in options.items() for part in option)]
		process = spawn(command, self.log)
		wait_for_server(process, self._answers, "Redis", self.log)

	def stop(self) -> None:
		stop(read_pid(self.pid_file), str(self.root))

	def flush(self) -> None:
		self._ask("FLUSHALL")

	def _answers(self) -> bool:
		return port_is_open(self.port) and self._ask("PING").startswith("+PONG")

	def _is_ours(self) -> bool:
		return str(self.root) in self._ask("CONFIG GET dir")

	def _ask(self, command: str) -> str:
		with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
			connection.sendall(command.encode() + b"\r\n")
			return connection.recv(4096).decode()
