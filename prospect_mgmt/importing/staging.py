"""What a rehearsal has to remember of a file of any length: in a file of its own that is gone with the process."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator

from prospect_mgmt.sheet.duplicates import by_arrival
from prospect_mgmt.sheet.entries import Entry

TABLES = (
	"CREATE TABLE entry (line INTEGER PRIMARY KEY, arrival TEXT, record BLOB)",
	"CREATE INDEX by_arrival ON entry (arrival, line)",
	"CREATE TABLE own (number TEXT PRIMARY KEY, line INTEGER)",
	"CREATE TABLE became (line INTEGER PRIMARY KEY, lead TEXT, entry TEXT)",
	"CREATE TABLE there (line INTEGER PRIMARY KEY)",
	"CREATE TABLE said (entry TEXT, line TEXT, PRIMARY KEY (entry, line)) WITHOUT ROWID",
	"CREATE TABLE enquiries (lead TEXT PRIMARY KEY, last INTEGER)",
)


class Staging:
	"""The entries of a file, to be read again in the order in which the prospects came."""

	def __init__(self):
		self._db = sqlite3.connect("", isolation_level=None)
		for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", *TABLES, "BEGIN"):
			self._db.execute(statement)

	def add(self, entry: Entry) -> None:
		record = pickle.dumps(entry, pickle.HIGHEST_PROTOCOL)
		self._db.execute(
			"INSERT INTO entry VALUES (?, ?, ?)", (entry.line, by_arrival(entry)[0].isoformat(), record)
		)
		if entry.number:
			self._db.execute("INSERT OR IGNORE INTO own VALUES (?, ?)", (entry.number.casefold(), entry.line))

	def batches(self, size: int) -> Iterator[list[Entry]]:
		"""All entries, by arrival."""
		rows = self._db.execute("SELECT record FROM entry ORDER BY arrival, line")
		while batch := rows.fetchmany(size):
			yield [pickle.loads(record) for (record,) in batch]

	def owner(self, number: str) -> int | None:
		"""The first row of the file that says it has this number."""
		return self._one("SELECT line FROM own WHERE number = ?", number.casefold())

	def note(self, line: int, lead: str, entry: str) -> None:
		"""A row is taken in, and these are its lead and its enquiry."""
		self._db.execute("INSERT INTO became VALUES (?, ?, ?)", (line, lead, entry))

	def lead_of(self, line: int) -> str | None:
		"""The lead of a row that is taken in."""
		return self._one("SELECT lead FROM became WHERE line = ?", line)

	def entry_of(self, line: int) -> str | None:
		"""The enquiry of a row that is taken in."""
		return self._one("SELECT entry FROM became WHERE line = ?", line)

	def note_there(self, line: int) -> None:
		"""The enquiry of a row is on the site already."""
		self._db.execute("INSERT INTO there VALUES (?)", (line,))

	def is_there(self, line: int) -> bool:
		"""Whether it is."""
		return self._one("SELECT line FROM there WHERE line = ?", line) is not None

	def is_first(self, entry: str, line: str) -> bool:
		"""Whether no row before this one said the same of an enquiry."""
		return self._db.execute("INSERT OR IGNORE INTO said VALUES (?, ?)", (entry, line)).rowcount > 0

	def next_enquiry(self, lead: str, on_the_site: int) -> int:
		"""Which enquiry of a lead comes next, after those on the site and those of rows before it."""
		last = self._one("SELECT last FROM enquiries WHERE lead = ?", lead) or on_the_site
		self._db.execute("INSERT OR REPLACE INTO enquiries VALUES (?, ?)", (lead, last + 1))
		return last + 1

	def _one(self, query: str, *values):
		found = self._db.execute(query, values).fetchone()
		return found[0] if found else None
