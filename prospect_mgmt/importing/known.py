"""Who of a spreadsheet is known to the site already: many at once, by the keys and rules of `contact_keys` and `duplicates`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import frappe

from prospect_mgmt import contact_keys, customers
from prospect_mgmt.entry import start
from prospect_mgmt.procedure import matching
from prospect_mgmt.procedure.matching import Match, Person
from prospect_mgmt.sheet.duplicates import LONGEST
from prospect_mgmt.sheet.entries import Entry

MOST_CANDIDATES = 20  # leads under one key, the latest of them
CHUNK = 1000
KINDS = {*matching.SURE, matching.NAME}


@dataclass(frozen=True)
class Known:
	"""A lead of the site that is the person of a row, or may be.

	`open_entry`, `last_done_on`: of its enquiries; `done_from`: the minutes in which those that are done began.
	"""

	lead: str
	who: str
	is_sure: bool
	refusal: str | None = None
	lead_owner: str | None = None
	customer: str | None = None
	open_entry: str | None = None
	enquiries: int = 0
	last_done_on: datetime | None = None
	done_from: frozenset[datetime] = frozenset()

	def has_done(self, first_contact_on: datetime) -> bool:
		"""Whether an enquiry of that minute, as an export says it, is done: the same one, written down again."""
		return _minute(first_contact_on) in self.done_from


def person_of(entry: Entry, region: str | None) -> Person:
	"""A row as the rules know a person."""
	number = contact_keys.e164(entry.phone, region) if entry.phone else None
	name, company = ((text or "")[:LONGEST] for text in (entry.lead_name, entry.company_name))
	return Person(name, company, entry.email_id, (number,) if number else ())


def find(
	persons: dict[int, Person], kinds: set[str] = KINDS, but: Callable[[list], set] = lambda _leads: set()
) -> dict[int, Known]:
	"""{line: the lead that most likely is the same person}, where there is one.

	`kinds`: of keys that are looked under; `but`: which of some leads do not count.
	"""
	keys = {line: keys_of(person, kinds) for line, person in persons.items()}
	under = leads_under(set().union(*keys.values())) if keys else {}
	if not under:
		return {}
	leads = {lead for leads in under.values() for lead in leads}
	leads -= but(sorted(leads))
	people = _people(leads)
	best = {}
	for line, person in persons.items():
		candidates = {lead for value in keys[line] for lead in under.get(value, ())} & leads
		if match := _best(person, candidates, people):
			best[line] = match
	return _described(best)


def keys_of(person: Person, kinds: set[str]) -> set[str]:
	"""The values that a person is filed under, of some kinds of keys."""
	return {value for kind, value in matching.keys(person) if kind in kinds}


def leads_under(values: set[str]) -> dict[str, list[str]]:
	"""{key value: leads filed under it}, the latest of them."""
	found: dict[str, list[str]] = {}
	for chunk in _chunks(sorted(values)):
		# `frappe.qb` has no window functions; without one a value that thousands share would be read as a whole.
		rows = frappe.db.sql(
			"""SELECT key_value, `lead` FROM (
				SELECT key_value, `lead`, ROW_NUMBER() OVER (PARTITION BY key_value ORDER BY creation DESC) AS place
				FROM `tabProspect Contact Key` WHERE key_value IN %(values)s AND `lead` IS NOT NULL
			) filed WHERE place <= %(most)s""",
			{"values": chunk, "most": MOST_CANDIDATES},
		)
		for value, lead in rows:
			found.setdefault(value, []).append(lead)
	return found


def _people(leads: set[str]) -> dict[str, list[Person]]:
	people = {}
	for chunk in _chunks(sorted(leads)):
		people |= contact_keys.people(chunk)
	return people


def _best(person: Person, candidates: set[str], people: dict[str, list[Person]]) -> tuple[str, Match] | None:
	matches = [
		(lead, match)
		for lead in sorted(candidates)
		for known in people.get(lead, ())
		if (match := matching.compare(person, known)) and match.score >= matching.WORTH_SHOWING
	]
	if not matches:
		return None
	lead, match = max(matches, key=lambda found: found[1].rank)
	return (lead, match) if match.is_sure or match.score >= matching.SUSPECTED else None


def _described(best: dict[int, tuple[str, Match]]) -> dict[int, Known]:
	states = states_of({lead for lead, _match in best.values()})
	return {
		line: Known(lead, is_sure=match.is_sure, **states[lead])
		for line, (lead, match) in best.items()
		if lead in states
	}


def states_of(leads: set[str]) -> dict[str, dict]:
	"""What matters of leads when another enquiry of theirs comes."""
	fields = [
		"name",
		"lead_name",
		"company_name",
		"email_id",
		"status",
		"disabled",
		"prospect_do_not_contact",
		"lead_owner",
		"customer",
	]
	filters = {"name": ("in", sorted(leads) or [""])}
	became = customers.became(filters["name"][1])
	states = {}
	for row in frappe.get_all("Lead", filters, fields, order_by="name"):
		who = f"{row.lead_name} ({row.company_name})" if row.company_name else row.lead_name
		states[row.name] = {"who": who, "refusal": start.refusal(row), "lead_owner": row.lead_owner}
		states[row.name]["customer"] = row.customer or became.get(row.name)
	fields = ["name", "lead", "enquiry", "first_contact_on", "done_on"]
	filters = {"lead": ("in", sorted(leads) or [""])}
	for row in frappe.get_all(start.DOCTYPE, filters, fields, order_by="enquiry"):
		state = states[row.lead]
		state["enquiries"] = row.enquiry
		if row.done_on:
			state["last_done_on"] = max(filter(None, (state.get("last_done_on"), row.done_on)))
			state["done_from"] = state.get("done_from", frozenset()) | {_minute(row.first_contact_on)}
		else:
			state["open_entry"] = row.name
	return states


def _minute(moment: datetime) -> datetime:
	return moment.replace(second=0, microsecond=0)


def _chunks(values: list) -> list[list]:
	return [values[at : at + CHUNK] for at in range(0, len(values), CHUNK)]
