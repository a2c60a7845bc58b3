"""The same person twice, by the rules of `procedure.matching`.

Certain: the same mailbox, or the same telephone number and no other name. A telephone that people share, or much the
same name and company, is a question to whoever mends the list. While an enquiry is open, another row of the same
person is a duplicate of it; after it is done it is a new enquiry on the same lead.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from prospect_mgmt.procedure.matching import (
	COMPANIES_ALIKE,
	EMAIL,
	NAMES_ALIKE,
	OTHER_NAME,
	PHONE,
	SUSPECTED,
	Match,
	Person,
	company_domain,
	company_words,
	compare,
	keys,
	name_words,
)
from prospect_mgmt.procedure.saying import _lt
from prospect_mgmt.sheet import cleaning
from prospect_mgmt.sheet.entries import Entry

MOST_CANDIDATES = 40  # under one key, the latest of them
LONGEST = 140  # characters of a name that are looked at: as many as a site keeps
QUESTIONS = {
	OTHER_NAME: _lt("the same telephone as {0}, {1}, under another name: are they the same person?"),
	"": _lt("much like {0}, {1}: are they the same person?"),
}

Progress = Callable[[int], None]


@dataclass(frozen=True)
class _Spelling:
	"""What some words are written with. `letters`: one that they have twice counts as two: a, aa."""

	letters: frozenset[str]
	has_initials: bool  # a word of one letter, which stands for any that begins with it

	def may_be(self, other: _Spelling, alike: float) -> bool:
		"""False when the two cannot be alike to that degree, by what `words_alike` counts; True says nothing."""
		if self.has_initials or other.has_initials:
			return True
		fewest = min(len(self.letters), len(other.letters))
		return fewest > 0 and len(self.letters & other.letters) >= alike * fewest


@dataclass(frozen=True)
class _Filed:
	"""An enquiry with what it is compared by, worked out once."""

	entry: Entry
	person: Person
	name: _Spelling
	company: _Spelling
	domain: str

	def may_be(self, other: _Filed) -> bool:
		"""A glance at names and companies before the careful look, which costs many times more."""
		if not self.name.may_be(other.name, NAMES_ALIKE):
			return False
		same_domain = bool(self.domain) and self.domain == other.domain
		return same_domain or self.company.may_be(other.company, COMPANIES_ALIKE)


class Shelves:
	"""Where enquiries are filed, in memory; `under` gives the latest MOST_CANDIDATES."""

	def __init__(self):
		self._filed: dict[tuple[str, str], list[_Filed]] = {}

	def under(self, key: tuple[str, str]) -> Iterable[_Filed]:
		return self._filed.get(key, [])[-MOST_CANDIDATES:]

	def add(self, keys: Iterable[tuple[str, str]], filed: _Filed) -> None:
		for key in keys:
			self._filed.setdefault(key, []).append(filed)


class ShelvesOnDisk:
	"""The same for a list of any length: in a file of its own that is gone when the process ends."""

	def __init__(self):
		self._db = sqlite3.connect("", isolation_level=None)
		self._db.execute("PRAGMA journal_mode = OFF")
		self._db.execute("PRAGMA synchronous = OFF")
		self._db.execute("CREATE TABLE filed (at INTEGER PRIMARY KEY, record BLOB)")
		self._db.execute("CREATE TABLE shelf (key TEXT, at INTEGER, PRIMARY KEY (key, at)) WITHOUT ROWID")
		self._db.execute("BEGIN")
		self._read = lru_cache(maxsize=4000)(self._read)

	def under(self, key: tuple[str, str]) -> Iterable[_Filed]:
		latest = "SELECT at FROM shelf WHERE key = ? ORDER BY at DESC LIMIT ?"
		found = self._db.execute(latest, ("|".join(key), MOST_CANDIDATES)).fetchall()
		return [self._read(at) for (at,) in reversed(found)]

	def _read(self, at: int) -> _Filed:
		return pickle.loads(self._db.execute("SELECT record FROM filed WHERE at = ?", (at,)).fetchone()[0])

	def add(self, keys: Iterable[tuple[str, str]], filed: _Filed) -> None:
		record = pickle.dumps(replace(filed, entry=_remembered(filed.entry)), pickle.HIGHEST_PROTOCOL)
		at = self._db.execute("INSERT INTO filed (record) VALUES (?)", (record,)).lastrowid
		self._db.executemany("INSERT INTO shelf VALUES (?, ?)", [("|".join(key), at) for key in keys])


def _remembered(entry: Entry | None) -> Entry | None:
	"""What has to be known of an enquiry later on."""
	return entry and Entry(
		entry.line,
		entry.number,
		entry.lead_name,
		entry.company_name,
		entry.email_id,
		entry.phone,
		interest=entry.interest,
		notes=entry.notes,
		consent=entry.consent,
		last_response_on=entry.last_response_on,
		first_contact_on=entry.first_contact_on,
		done_on=entry.done_on,
		duplicate_of=_remembered(entry.duplicate_of),
		earlier=_remembered(entry.earlier),
	)


class Finder:
	"""Looks for each enquiry among those before it. Ask in the order in which they came: `by_arrival`."""

	def __init__(self, shelves: Shelves | ShelvesOnDisk | None = None):
		self._shelves = shelves or Shelves()

	def look(self, entry: Entry) -> None:
		"""Fill in `duplicate_of` or `earlier`, or put what is only suspected among the problems."""
		self._looked_at = filed = _filed(entry)
		if found := _best(filed, _candidates(filed, keys(filed.person), self._shelves)):
			_note(entry, *found)

	def file_last(self) -> None:
		"""Let those after it be compared with the one that was looked at."""
		self._shelves.add(keys(self._looked_at.person), self._looked_at)


def find(entries: Sequence[Entry], progress: Progress = lambda _rows: None) -> None:
	"""Fill in `duplicate_of` and `earlier`, and put what is only suspected among the problems."""
	finder = Finder()
	for at, entry in enumerate(sorted(entries, key=by_arrival), 1):
		finder.look(entry)
		finder.file_last()
		progress(at)


def by_arrival(entry: Entry) -> tuple[datetime, int]:
	"""Who came first; what has no date comes last."""
	return entry.first_contact_on or datetime.max, entry.line


def _filed(entry: Entry) -> _Filed:
	"""A telephone number goes by what all its notations have in common, as its country may be unknown."""
	number = cleaning.phone_key(entry.phone)
	name, company = entry.lead_name[:LONGEST], entry.company_name[:LONGEST]
	person = Person(name, company, entry.email_id, (number,) if number else ())
	return _Filed(
		entry,
		person,
		_spelling(name_words(person.name)),
		_spelling(company_words(person.company)),
		company_domain(person.email),
	)


def _spelling(words: Sequence[str]) -> _Spelling:
	text = "".join(words)
	letters = frozenset(text[at] * (text.count(text[at], 0, at) + 1) for at in range(len(text)))
	return _Spelling(letters, any(len(word) == 1 for word in words))


def _candidates(filed: _Filed, under: Iterable[tuple[str, str]], shelves) -> dict[int, _Filed]:
	found = {}
	for key in under:
		for other in shelves.under(key):
			if key[0] in (EMAIL, PHONE) or filed.may_be(other):
				found[other.entry.line] = other
	return found


def _best(filed: _Filed, candidates: dict[int, _Filed]) -> tuple[Entry, Match] | None:
	"""The surest match; of several as sure, the latest enquiry."""
	best = None
	for other in candidates.values():
		match = compare(filed.person, other.person)
		if match and (
			not best or (match.rank, by_arrival(other.entry)) > (best[1].rank, by_arrival(best[0]))
		):
			best = (other.entry, match)
	return best


def _note(entry: Entry, other: Entry, match: Match) -> None:
	if EMAIL in match.reasons or PHONE in match.reasons:
		_link(entry, other)
	elif match.score >= SUSPECTED or OTHER_NAME in match.reasons:
		question = QUESTIONS[OTHER_NAME if match.score < SUSPECTED else ""]
		entry.mend("lead_name", question.format(other.called, other.who))


def _link(entry: Entry, same: Entry) -> None:
	same = same.duplicate_of or same
	is_later = same.done_on and entry.first_contact_on and same.done_on <= entry.first_contact_on
	# Done on the day they came, and said twice: that is no later enquiry.
	if is_later and not (entry.done_on and entry.first_contact_on == same.first_contact_on):
		entry.earlier = same
	else:
		entry.duplicate_of = same
