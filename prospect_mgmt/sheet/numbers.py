"""Lead numbers for the rows that have none: by source, in the order in which the prospects came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from prospect_mgmt.procedure import numbering
from prospect_mgmt.procedure.saying import _lt
from prospect_mgmt.sheet.entries import Entry
from prospect_mgmt.sheet.rules import number_series


def give(entries: Sequence[Entry], today: date) -> int:
	"""Number what has no number, and return how many. A number that is in the list is never given again.

	A duplicate gets none: it is the lead that it is a duplicate of. A new enquiry of a lead is WEB-0001-2.
	"""
	_note_twice(entries)
	register = _Register(entries)
	given = 0
	for entry in sorted(entries, key=lambda e: (e.first_contact_on is None, e.first_contact_on, e.line)):
		if not entry.number and not entry.duplicate_of and entry.who:
			entry.number = register.for_entry(entry, today)
			given += 1
	return given


def _note_twice(entries: Sequence[Entry]) -> None:
	owners: dict[str, Entry] = {}
	for entry in entries:
		owner = owners.setdefault(entry.number.casefold(), entry) if entry.number else entry
		if owner is not entry:
			taken = _lt("{0} is also that of row {1}; empty one of the two")
			entry.mend("number", taken.format(entry.number, owner.line))


class _Register:
	"""The numbers of the list, and the last counter of each prefix."""

	def __init__(self, entries: Sequence[Entry]):
		self._taken = {entry.number.casefold() for entry in entries if entry.number}
		self._numbers = [entry.number for entry in entries if entry.number]
		self._last: Counter[str] = Counter()

	def for_entry(self, entry: Entry, today: date) -> str:
		return self._again(_root(entry)) if entry.earlier else self._new(entry, today)

	def _again(self, lead: str) -> str:
		enquiry = 2
		while f"{lead}-{enquiry}".casefold() in self._taken:
			enquiry += 1
		return self._take(f"{lead}-{enquiry}")

	def _new(self, entry: Entry, today: date) -> str:
		table, default = number_series()
		on = entry.first_contact_on.date() if entry.first_contact_on else today
		prefix, digits = numbering.prefix(numbering.choose(entry.source, table, default), on)
		if prefix not in self._last:
			self._last[prefix] = max(
				(n for number in self._numbers if (n := numbering.split(number, prefix))), default=0
			)
		self._last[prefix] += 1
		return self._take(numbering.number(prefix, digits, self._last[prefix]))

	def _take(self, number: str) -> str:
		self._taken.add(number.casefold())
		return number


def _root(entry: Entry) -> str:
	while entry.earlier:
		entry = entry.earlier
	return entry.number
