"""The same person twice: who is certainly the same, and who may be.

Certain: the same mailbox, or the same telephone number and a similar name. A mailbox or a telephone that several
people share is a suspicion only, and so are a similar name and company. While an enquiry is open, another row of the
same person is a duplicate of it; after it is done it is a new enquiry on the same lead.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import combinations

from prospect_mgmt.sheet import cleaning
from prospect_mgmt.sheet.columns import plain
from prospect_mgmt.sheet.entries import Entry

ALIKE, RATHER_ALIKE = 0.85, 0.6  # 0 … 1, of names
LARGEST_GROUP = 60  # rows of one company that are compared each with each
LEGAL = (
	"gmbh ag kg ohg ug mbh co inc corp ltd llc llp plc sa sarl sas srl spa bv nv ab as oy pvt limited company "
	"corporation the und and"
)
LEGAL_FORMS = frozenset(LEGAL.split())


def find(entries: Sequence[Entry]) -> None:
	"""Fill in `duplicate_of` and `earlier`, and note suspicions among the problems."""
	known: dict[tuple[str, str], list[Entry]] = defaultdict(list)
	for entry in sorted(entries, key=_by_arrival):
		keys = _keys(entry)
		same = _first_same(entry, keys, known)
		if same:
			_link(entry, same)
		for key in keys:
			known[key].append(entry)
	_suspect(entries)


def _by_arrival(entry: Entry) -> tuple[datetime, int]:
	return entry.first_contact_on or datetime.max, entry.line


def _keys(entry: Entry) -> list[tuple[str, str]]:
	keys = [("e-mail", cleaning.email_key(entry.email_id)), ("telephone", cleaning.phone_key(entry.phone))]
	return [(kind, key) for kind, key in keys if key]


def _first_same(entry: Entry, keys: Iterable[tuple[str, str]], known: dict) -> Entry | None:
	for kind, key in keys:
		if (kind, key) not in known:
			continue
		if same := next(
			(other for other in reversed(known[kind, key][-LARGEST_GROUP:]) if _certain(kind, entry, other)),
			None,
		):
			return same
		other = known[kind, key][-1]
		entry.problems.append(
			f"Contact: the same {kind} as {other.called}, {other.who}, under another name: are they the same person?"
		)
	return None


def _certain(kind: str, entry: Entry, other: Entry) -> bool:
	alike = not (entry.lead_name and other.lead_name) or _names(entry, other) >= RATHER_ALIKE
	shared = kind == "telephone" or entry.email_id.partition("@")[0].casefold() in cleaning.SHARED_MAILBOXES
	return alike or not shared


def _link(entry: Entry, same: Entry) -> None:
	same = same.duplicate_of or same
	if same.done_on and entry.first_contact_on and same.done_on <= entry.first_contact_on:
		entry.earlier = same
	else:
		entry.duplicate_of = same


def _suspect(entries: Sequence[Entry]) -> None:
	"""Similar names in one company, and the same name in similar companies."""
	seen: set[tuple[int, int]] = set()
	for one, other in _candidates(entries):
		pair = (one.line, other.line)
		if pair in seen or _linked(one, other):
			continue
		seen.add(pair)
		if _names(one, other) >= ALIKE and _companies(one, other) >= ALIKE:
			other.problems.append(
				f"Contact: {other.who} is much like {one.called}, {one.who}: are they the same person?"
			)


def _candidates(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry]]:
	groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
	for entry in entries:
		if entry.lead_name and entry.company_name and not entry.duplicate_of:
			groups["company", _company(entry.company_name)].append(entry)
			groups["name", _name(entry.lead_name)].append(entry)
	for group in groups.values():
		yield from combinations(group[:LARGEST_GROUP], 2)


def _linked(one: Entry, other: Entry) -> bool:
	return (
		one.earlier is other
		or other.earlier is one
		or (one.earlier is not None and one.earlier is other.earlier)
	)


def _names(one: Entry, other: Entry) -> float:
	return _ratio(_name(one.lead_name), _name(other.lead_name))


def _companies(one: Entry, other: Entry) -> float:
	return _ratio(_company(one.company_name), _company(other.company_name))


@lru_cache(maxsize=4096)
def _name(said: str) -> str:
	"""The words of a name in alphabetical order: “Weber, Anna” is “Anna Weber”."""
	return " ".join(
		sorted(w for w in plain(said).split() if w not in ("mr", "mrs", "ms", "dr", "herr", "frau"))
	)


@lru_cache(maxsize=4096)
def _company(said: str) -> str:
	words = [w for w in plain(re.sub(r"[.&]", "", said)).split() if w not in LEGAL_FORMS]
	return " ".join(words) or plain(said)


def _ratio(one: str, other: str) -> float:
	return 1.0 if one == other else SequenceMatcher(None, one, other, autojunk=False).ratio()
