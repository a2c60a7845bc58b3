"""Under what each lead is found again when the same person comes once more: rows of Prospect Contact Key, kept with the lead."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

import frappe
import phonenumbers
from frappe.utils import get_datetime, now_datetime

from prospect_mgmt import set_based
from prospect_mgmt.procedure import matching
from prospect_mgmt.procedure.matching import Person
from prospect_mgmt.signals import signal

DOCTYPE, SETTINGS = "Prospect Contact Key", "Prospect Management Settings"
FIELDS = (
	"name",
	"lead_name",
	"company_name",
	"email_id",
	"mobile_no",
	"phone",
	"whatsapp_no",
	"country",
	"company",
)
NUMBERS = ("mobile_no", "phone", "whatsapp_no")
COLUMNS = ["lead", "customer", "contact", "kind", "key_value"]
SHORT = 5  # digits of a number that is called from within a town or a house only
BATCH = 500  # leads filed in one transaction
# A row is dated when it was written and seen when that was committed: an import, say, takes its time in between.
AGAIN = timedelta(days=1)
EPOCH = "2000-01-01 00:00:00"


# ------------------------------------------------------------- what is known of somebody
def person_of(lead) -> Person:
	"""A Lead, or a row of its FIELDS, as the rules know a person."""
	region = region_of(lead)
	numbers = (e164(lead.get(field), region) for field in NUMBERS)
	only_a_company = lead.get("lead_name") == lead.get(
		"company_name"
	)  # ERPNext copies it when there is no person
	return Person(
		name="" if only_a_company else lead.get("lead_name") or "",
		company=lead.get("company_name") or "",
		email=lead.get("email_id") or "",
		phones=tuple(dict.fromkeys(number for number in numbers if number)),
	)


def region_of(lead) -> str | None:
	"""The two-letter country that a number without country code belongs to: the lead's own, else our company's."""
	country = lead.get("country")
	if not country:
		company = lead.get("company") or frappe.defaults.get_global_default("company")
		country = frappe.get_cached_value("Company", company, "country") if company else None
	code = frappe.get_cached_value("Country", country, "code") if country else None
	return code.upper() if code else None


@lru_cache(maxsize=4096)  # asked several times of the same person
def e164(number: str | None, region: str | None) -> str | None:
	"""A telephone number in any notation as +493012345; None when it cannot be one."""
	try:
		parsed = phonenumbers.parse(number or "", region)
	except phonenumbers.NumberParseException:
		return None
	if not phonenumbers.is_possible_number(parsed):
		return None
	return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def dialled(number: str | None, region: str | None) -> str:
	"""What a telephone dials for a number in any notation: +493012345, else its digits; "+49 (0)30 …" is dialled without the 0."""
	digits = re.sub(r"\(0\)|[^+0-9]", "", number or "")
	world = e164(number, region) if len(digits) > SHORT else None  # a short one is dialled as it is
	return world or re.sub("^00", "+", digits)


def regions(leads: list[str]) -> dict[str, str | None]:
	"""{lead: the country that its numbers belong to}, in one question."""
	found = frappe.get_all(
		"Lead",
		filters={"name": ("in", leads)},
		fields=["name", "country", "company"],
		order_by=None,
	)
	return {row.name: region_of(row) for row in found}


# ------------------------------------------------------------- kept with the lead
@signal
def follow(doc, method=None):
	"""The keys follow the Lead, however it was written; nothing is written when nothing of it changed."""
	if doc.flags.in_delete:
		return
	wanted = matching.keys(person_of(doc))
	rows = (
		[]
		if method == "after_insert"
		else frappe.get_all(
			DOCTYPE,
			filters={"lead": doc.name, "merged_from": ("is", "not set")},
			fields=["name", "kind", "key_value"],
			order_by="creation",
		)
	)
	there = {(row.kind, row.key_value): row.name for row in rows}
	if outdated := [name for key, name in there.items() if key not in wanted]:
		frappe.db.delete(DOCTYPE, {"name": ("in", outdated)})
	insert(_rows(doc.name, wanted - set(there)))


def _rows(lead: str, keys) -> list[dict]:
	return [{"lead": lead, "kind": kind, "key_value": value} for kind, value in sorted(keys)]


def insert(rows: list[dict]) -> None:
	"""Rows of COLUMNS in one statement: a key is not worth a document's 7 ms."""
	now, user = now_datetime(), frappe.session.user
	common = {"creation": now, "modified": now, "owner": user, "modified_by": user}
	records = [{column: row.get(column) for column in COLUMNS} for row in rows]
	set_based.insert(DOCTYPE, [{"name": frappe.generate_hash(length=10), **common, **row} for row in records])


def before_rename(doc, method, old: str, new: str, merge: bool = False):
	"""What the merged lead was known by goes on finding the person."""
	if merge:
		frappe.db.set_value(
			DOCTYPE,
			{"lead": old, "merged_from": ("is", "not set")},
			"merged_from",
			old,
			update_modified=False,
		)


def on_trash(doc, method=None):
	"""A deleted lead is found no more."""
	frappe.db.delete(DOCTYPE, {"lead": doc.name})


def checked_until() -> datetime:
	"""Until when the last night looked; EPOCH before the first."""
	checked_on = frappe.db.get_single_value(SETTINGS, "duplicates_checked_on") or EPOCH
	return max(get_datetime(checked_on), get_datetime(EPOCH))  # Frappe reads an empty one as the year 1


def unchecked_since() -> datetime:
	"""Since when what was written may be unknown to the last night."""
	return checked_until() - AGAIN


def fill() -> int:
	"""File the leads that have no key yet (there before the app was, or written past its hooks); returns how many were looked at.

	Of those that changed since the last night: one that has nothing to be filed under is not read for ever.
	"""
	lead, key = frappe.qb.DocType("Lead"), frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(lead).left_join(key).on(key.lead == lead.name).where(key.name.isnull())
	query = query.select(lead.modified, *(lead[field] for field in FIELDS)).limit(BATCH)
	query = query.orderby(lead.modified).orderby(lead.name)  # as the index has them
	since, last, seen = unchecked_since(), "", 0
	while rows := query.where(_after(lead, since, last)).run(as_dict=True):
		for row in rows:
			insert(_rows(row.name, matching.keys(person_of(row))))
		since, last, seen = rows[-1].modified, rows[-1].name, seen + len(rows)
		frappe.db.commit()
	return seen


def _after(lead, since: datetime, last: str):
	return (lead.modified >= since) & ((lead.modified > since) | (lead.name > last))


# ------------------------------------------------------------- finding
def leads_under(keys, limit: int) -> list[str]:
	"""Leads filed under any of these (kind, value) keys, those that share more of them first; through the index."""
	values = {value for _kind, value in keys}
	if not values:
		return []
	table = frappe.qb.DocType(DOCTYPE)
	count = frappe.query_builder.functions.Count("*")
	query = (
		frappe.qb.from_(table)
		.select(table.lead)
		.where(table.key_value.isin(sorted(values)) & table.lead.isnotnull())
		.groupby(table.lead)
	)
	return query.orderby(count, order=frappe.qb.desc).orderby(table.lead).limit(limit).run(pluck=True)


def leads_of(email: str) -> list[str]:
	"""The leads with this address, or with another spelling of the same mailbox."""
	leads = frappe.get_all("Lead", filters={"email_id": email}, pluck="name", order_by="name")
	mailbox = matching.email_key(email)
	filed = leads_under({(matching.EMAIL, mailbox)}, BATCH) if mailbox else []
	return list(dict.fromkeys([*leads, *filed]))


def people(leads: list[str]) -> dict[str, list[Person]]:
	"""What is known of leads, by their ID: as each is now, then as each lead was that was merged into it."""
	if not leads:
		return {}
	rows = frappe.get_all("Lead", filters={"name": ("in", leads)}, fields=list(FIELDS), order_by="name")
	known = {row.name: [person_of(row)] for row in rows}
	for (lead, _merged), keys in _merged_keys(list(known)).items():
		phones = tuple(value for kind, value in keys if kind == matching.PHONE)
		for email in [value for kind, value in keys if kind == matching.EMAIL] or [""]:
			known[lead].append(Person(known[lead][0].name, email=email, phones=phones))
	return known


def _merged_keys(leads: list[str]) -> dict[tuple[str, str], list[tuple[str, str]]]:
	rows = frappe.get_all(
		DOCTYPE,
		filters={"lead": ("in", leads), "merged_from": ("is", "set")},
		fields=["lead", "merged_from", "kind", "key_value"],
		order_by="creation",
	)
	found: dict[tuple[str, str], list[tuple[str, str]]] = {}
	for row in rows:
		found.setdefault((row.lead, row.merged_from), []).append((row.kind, row.key_value))
	return found
