"""A MariaDB server of our own: its data, socket and port belong to one stack."""

import os
import shutil
import tempfile
from pathlib import Path

from tests.stack.paths import short_hash
from tests.stack.process import (
	StackError,
	alive,
	command_line,
	free_port,
	port_is_open,
	read_pid,
	run,
	spawn,
	stop,
	wait_for_server,
	wait_until,
)

ROOT_PASSWORD = "stack"
SBIN = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/mysql/bin", "/opt/homebrew/bin")


def program(*names: str) -> str:
	"""The first of `names` that is installed. StackError when none is."""
	places = os.pathsep.join([os.environ.get("PATH", ""), *SBIN])
	for name in names:
		if found := shutil.which(name, path=places):
			return found
	raise StackError(f"{names[0]} is not installed")


class MariaDB:
	"""Started on a free port, with durability traded for speed: safe against kill -9, not a power cut."""

	def __init__(self, root: Path, memory: str = "512M"):
		self.data = root / "mariadb"
		self.log = root / "logs" / "mariadb.log"
		# Of our own: a server that starts removes what another keeps in the same directory.
		self.temporary = root / "mariadb-tmp"
		self.memory = memory
		self.pid_file = root / "mariadb.pid"
		self.port_file = root / "mariadb.port"
		self.socket = self._short_enough(root / "mariadb.sock")

	@staticmethod
	def _short_enough(path: Path) -> Path:
		"""Unix limits a socket's path to about 100 bytes."""
		if len(str(path)) < 100:
			return path
		return Path(tempfile.gettempdir()) / f"prospect-{short_hash(str(path))}.sock"

	@property
	def port(self) -> int:
		return int(self.port_file.read_text())

	@property
	def pid(self) -> int | None:
		"""The running server of this data directory, if there is one."""
		pid = read_pid(self.pid_file)
		return pid if alive(pid) and str(self.data) in command_line(pid) else None

	def create(self) -> None:
		"""An empty data directory whose root user has our password."""
		shutil.rmtree(self.data, ignore_errors=True)
		self.data.mkdir(parents=True)
		command = [
			program("mariadb-install-db", "mysql_install_db"),
			"--no-defaults",
			f"--datadir={self.data}",
			"--auth-root-authentication-method=normal",
			"--skip-test-db",
			*self._as_user(),
		]
		run(command, log=self.log.with_name("mariadb-install.log"))
		self.start()
		self.query(f"ALTER USER root@localhost IDENTIFIED BY '{ROOT_PASSWORD}'", password="")

	def start(self) -> None:
		if self.pid and port_is_open(self.port):
			return
		self.stop()
		self.port_file.write_text(str(self._next_port()))
		self.temporary.mkdir(parents=True, exist_ok=True)
		process = spawn([program("mariadbd", "mysqld"), *self._options()], self.log)
		wait_for_server(process, self._answers, "MariaDB", self.log)

	def stop(self) -> None:
		"""A clean end, after which the data directory may be copied."""
		stop(self.pid, str(self.data), timeout=60)
		self.pid_file.unlink(missing_ok=True)

	def kill(self) -> None:
		"""Like the power button of the server, for tests of what survives it."""
		stop(self.pid, str(self.data), force=True)
		wait_until(lambda: not port_is_open(self.port), "MariaDB's port free again", 20)

	def connect(self, database: str | None = None, password: str = ROOT_PASSWORD):
		"""A connection as root (PyMySQL)."""
		import pymysql

		return pymysql.connect(
			host="127.0.0.1",
			port=self.port,
			user="root",
			password=password,
			database=database,
			charset="utf8mb4",
			autocommit=True,
		)

	def query(self, sql: str, values=None, database: str | None = None, password: str = ROOT_PASSWORD):
		"""Rows of one statement, run as root on a connection of its own."""
		with self.connect(database, password) as connection, connection.cursor() as cursor:
			cursor.execute(sql, values)
			return cursor.fetchall()

	def _next_port(self) -> int:
		"""The one of before, so that clients find a restarted server; another when somebody took it."""
		if self.port_file.exists() and not port_is_open(self.port):
			return self.port
		return free_port()

	def _answers(self) -> bool:
		return port_is_open(self.port) and self.pid_file.exists()

	def _as_user(self) -> list[str]:
		return ["--user=root"] if os.getuid() == 0 else []

	def _options(self) -> list[str]:
		return [
			"--no-defaults",
			*self._as_user(),
			f"--datadir={self.data}",
			f"--tmpdir={self.temporary}",
			f"--socket={self.socket}",
			f"--port={self.port}",
			f"--pid-file={self.pid_file}",
			"--bind-address=127.0.0.1",
			"--character-set-server=utf8mb4",
			"--collation-server=utf8mb4_unicode_ci",
			"--skip-character-set-client-handshake",
			f"--innodb-buffer-pool-size={self.memory}",
			"--innodb-log-file-size=96M",
			"--innodb-flush-log-at-trx-commit=2",
			"--innodb-flush-method=nosync",
			"--skip-innodb-doublewrite",
			"--table-open-cache=4000",
			"--table-definition-cache=4000",
			"--max-allowed-packet=64M",
			"--userstat=1",  # counts the changed rows of each table: see baseline.py
		]
