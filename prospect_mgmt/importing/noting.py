"""A row of somebody whose enquiry is open is no second enquiry: what it says and nobody knows yet is noted on that one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import frappe
from frappe.utils import escape_html

from prospect_mgmt import consent, contact_keys
from prospect_mgmt.entry import start
from prospect_mgmt.importing import label
from prospect_mgmt.importing.known import keys_of, person_of
from prospect_mgmt.procedure import matching
from prospect_mgmt.sheet.columns import plain
from prospect_mgmt.sheet.entries import Entry

ENTRY = start.DOCTYPE


@dataclass
class Known:
	"""What is known of an enquiry already. `text`: its comments, as HTML; `keys`: its person's mailboxes and numbers."""

	lead: str | None = None
	interests: set[str] = field(default_factory=set)
	text: str = ""
	last_response_on: datetime | None = None
	consents: set[str] = field(default_factory=set)
	keys: set[str] = field(default_factory=set)


def of_entries(names: list[str]) -> dict[str, Known]:
	"""{entry: what the site knows of it}"""
	found: dict[str, Known] = {}
	wanted = ("in", names or [""])
	fields = ["name", "lead", "interest", "last_response_on"]
	entries = frappe.get_all(ENTRY, {"name": wanted}, fields, order_by="name")
	leads = [row.lead for row in entries]
	consents, keys = _consents(leads), keys_of_leads(leads)
	for row in entries:
		agreed, filed = consents.get(row.lead, set()), keys.get(row.lead, set())
		found[row.name] = Known(row.lead, {plain(row.interest)}, "", row.last_response_on, agreed, filed)
	inside = {"parenttype": ENTRY, "parent": wanted}
	fields = ["parent", "interest", "detail"]
	for row in frappe.get_all("Prospect Requirement", inside, fields, order_by="parent, idx"):
		found[row.parent].interests |= {plain(row.interest), plain(row.detail)}
	of_them = {
		"reference_doctype": ENTRY,
		"reference_name": wanted,
		"comment_type": ("in", ("Info", "Comment")),
	}
	for row in frappe.get_all("Comment", of_them, ["reference_name", "content"], order_by="creation"):
		found[row.reference_name].text += f"\n{row.content or ''}"
	return found


def _consents(leads: list[str]) -> dict[str, set[str]]:
	found: dict[str, set[str]] = {}
	filters = {"lead": ("in", leads or [""]), "what": "Agreed"}
	for row in frappe.get_all(consent.DOCTYPE, filters, ["lead", "text"], order_by="creation"):
		found.setdefault(row.lead, set()).add(row.text)
	return found


def keys_of_leads(leads: list[str]) -> dict[str, set[str]]:
	"""{lead: the mailboxes and numbers that it is known by}"""
	found: dict[str, set[str]] = {}
	filters = {"lead": ("in", leads or [""]), "kind": ("in", list(matching.SURE))}
	for row in frappe.get_all(contact_keys.DOCTYPE, filters, ["lead", "key_value"], order_by=None):
		found.setdefault(row.lead, set()).add(row.key_value)
	return found


def of_row(entry: Entry, region: str | None) -> Known:
	"""What an earlier row of the file says of the same enquiry."""
	return Known(
		None,
		{plain(entry.interest)},
		escape_html(entry.notes),
		entry.last_response_on,
		{entry.consent},
		keys_of(person_of(entry, region), matching.SURE),
	)


def news(entry: Entry, known: Known, region: str | None) -> list[str]:
	"""What a row says besides, a line each."""
	lines = new_contacts(entry, known.keys, region)
	if entry.notes and escape_html(entry.notes) not in known.text:
		lines.insert(0, entry.notes)
	if entry.interest and plain(entry.interest) not in known.interests:
		lines.append(f"{label('interest')}: {entry.interest}")
	answered = entry.last_response_on
	if answered and not (known.last_response_on and answered <= known.last_response_on):
		lines.append(f"{label('last_response_on')}: {answered:%Y-%m-%d}")
	if entry.consent and entry.consent not in known.consents:
		lines.append(f"{label('consent')}: {entry.consent}")
	return [line for line in lines if escape_html(line) not in known.text]


def new_contacts(entry: Entry, keys: set[str], region: str | None) -> list[str]:
	"""Another address or number than those that they are known by, a line each."""
	person = person_of(entry, region)
	said = {"email_id": matching.email_key(person.email), "phone": next(iter(person.phones), "")}
	return [
		f"{label(field)}: {getattr(entry, field)}" for field, key in said.items() if key and key not in keys
	]
