"""Put the database back to how it was, quickly, whoever changed it and whether it was committed or not.

A second schema holds a copy of every table that has rows. MariaDB counts the changed rows of each table
(`userstat`), so finding what a test touched is one short query; only tables whose checksum differs are restored.
"""

import re
from dataclasses import dataclass, field

SCHEMA = "prospect_baseline"
STATE = "_tables"
ALIVE = "_alive"


@dataclass
class Baseline:
	"""`connection` is root's (PyMySQL, autocommit); `database` is the site's."""

	connection: object
	database: str
	checksums: dict[str, int] = field(default_factory=dict)
	identities: dict[str, int] = field(default_factory=dict)
	filled: set[str] = field(default_factory=set)

	def take(self) -> None:
		"""Remember the site as it is now."""
		self._run(f"DROP DATABASE IF EXISTS {SCHEMA}")
		self._run(f"CREATE DATABASE {SCHEMA}")
		self.identities = self._identities()
		tables = sorted(self.identities)
		filled = [table for table in tables if self._run(f"SELECT 1 FROM {self._live(table)} LIMIT 1")]
		for table in filled:
			self._run(
				f"CREATE TABLE {_copy(table)} ENGINE=Aria TRANSACTIONAL=0 AS SELECT * FROM {self._live(table)}"
			)
		self.checksums = self._checksums(tables)
		self._run(
			f"CREATE TABLE {_copy(STATE)} (name VARCHAR(64) PRIMARY KEY, sum BIGINT, id BIGINT, filled INT)"
		)
		self._remember(set(filled))
		self._mark_alive()

	@property
	def exists(self) -> bool:
		return bool(
			self._run(
				"SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA=%s AND TABLE_NAME=%s",
				SCHEMA,
				STATE,
			)
		)

	def load(self) -> None:
		"""Use the baseline that an earlier process took."""
		rows = self._run(f"SELECT name, sum, id, filled FROM {_copy(STATE)}")
		self.checksums = {name: checksum for name, checksum, _id, _filled in rows}
		self.identities = {name: identity for name, _sum, identity, _filled in rows}
		self.filled = {name for name, _sum, _id, filled in rows if filled}

	def changed_tables(self) -> list[str]:
		"""Tables that do not hold what they held at the baseline."""
		return self._differing(self._touched() | self._rebuilt())

	def touched(self, table: str) -> bool:
		"""Whether any row of the table was written since the last restore, committed or not."""
		return table in self._touched()

	def restore(self) -> set[str]:
		"""Undo every change since the baseline; returns the tables that were written to, undone or not."""
		touched = self._touched() | self._rebuilt()
		if not touched:
			return touched
		changed = self._differing(touched)
		if changed:
			self._run("SET SESSION innodb_lock_wait_timeout = 10")
			self._run("BEGIN")
			for table in changed:
				self._restore_rows(table)
			self._run("COMMIT")
		self._settle(changed)
		self._run("FLUSH TABLE_STATISTICS")
		self._mark_alive()
		return touched

	def _restore_rows(self, table: str) -> None:
		if table not in self.checksums:
			return
		self._run(f"DELETE FROM {self._live(table)}")
		if table in self.filled:
			columns = ", ".join(f"`{row[0]}`" for row in self._run(f"SHOW COLUMNS FROM {_copy(table)}"))
			self._run(f"INSERT INTO {self._live(table)} ({columns}) SELECT {columns} FROM {_copy(table)}")

	def _settle(self, changed: list[str]) -> None:
		"""Drop tables that a test made; accept the new shape of those it altered, whose rows are restored."""
		now = self._identities()
		for table in now.keys() - self.checksums.keys():
			self._run(f"DROP TABLE {self._live(table)}")
		sums = self._checksums([table for table in changed if table in self.checksums])
		altered = {table for table in sums if sums[table] != self.checksums[table]}
		altered |= {table for table, identity in self.identities.items() if now.get(table) != identity}
		for table in altered & now.keys():
			self._accept(table, now[table])

	def _accept(self, table: str, identity: int) -> None:
		self.identities[table] = identity
		self.checksums[table] = self._checksums([table])[table]
		values = identity, self.checksums[table], table
		self._run(f"UPDATE {_copy(STATE)} SET id=%s, sum=%s WHERE name=%s", *values)

	def _touched(self) -> set[str]:
		"""By the server's count; all of them when the server has been restarted, since it forgot."""
		if not self._run(f"SELECT 1 FROM {_copy(ALIVE)}"):
			return set(self.checksums)
		rows = self._run(
			"SELECT TABLE_NAME FROM information_schema.TABLE_STATISTICS WHERE TABLE_SCHEMA=%s AND ROWS_CHANGED>0",
			self.database,
		)
		return {row[0] for row in rows}

	def _rebuilt(self) -> set[str]:
		"""Tables that were created, truncated or altered: they have another number, and no count tells."""
		now = self._identities()
		return {table for table, identity in now.items() if self.identities.get(table) != identity}

	def _identities(self) -> dict[str, int]:
		rows = self._run(
			"SELECT NAME, TABLE_ID FROM information_schema.INNODB_SYS_TABLES WHERE NAME LIKE %s",
			f"{self.database}/%",
		)
		names = {_decode(name.split("/", 1)[1]): identity for name, identity in rows}
		return {name: identity for name, identity in names.items() if not _is_sequence_or_temporary(name)}

	def _differing(self, tables: set[str]) -> list[str]:
		sums = self._checksums(sorted(tables))
		return sorted(table for table in tables if sums.get(table) != self.checksums.get(table))

	def _checksums(self, tables: list[str]) -> dict[str, int]:
		if not tables:
			return {}
		rows = self._run("CHECKSUM TABLE " + ", ".join(self._live(table) for table in tables))
		return {name.split(".", 1)[1]: checksum for name, checksum in rows}

	def _remember(self, filled: set[str]) -> None:
		self.filled = filled
		with self.connection.cursor() as cursor:
			cursor.executemany(
				f"INSERT INTO {_copy(STATE)} VALUES (%s, %s, %s, %s)",
				[(t, s, self.identities[t], t in filled) for t, s in self.checksums.items()],
			)
		self._run("FLUSH TABLE_STATISTICS")

	def _mark_alive(self) -> None:
		"""A row in memory: gone when the server restarts, and with it its counts."""
		self._run(f"CREATE TABLE IF NOT EXISTS {_copy(ALIVE)} (yes INT PRIMARY KEY) ENGINE=MEMORY")
		self._run(f"INSERT IGNORE INTO {_copy(ALIVE)} VALUES (1)")

	def _live(self, table: str) -> str:
		return f"`{self.database}`.`{table}`"

	def _run(self, sql: str, *values):
		self.connection.ping(reconnect=True)  # a test may have restarted the server
		with self.connection.cursor() as cursor:
			cursor.execute(sql, values or None)
			return cursor.fetchall()


def _copy(table: str) -> str:
	return f"{SCHEMA}.`{table}`"


def _is_sequence_or_temporary(name: str) -> bool:
	"""Sequences look like tables to InnoDB; they only ever grow, and stay as they are."""
	return name.endswith("_id_seq") or name.startswith("#sql")


def _decode(name: str) -> str:
	"""InnoDB writes `tabSales@0020Invoice` for `tabSales Invoice`."""
	return re.sub(r"@([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), name)
