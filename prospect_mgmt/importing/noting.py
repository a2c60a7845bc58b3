"""A row of somebody whose enquiry is open is no second enquiry: what it says and nobody knows yet is noted on that one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import frappe
from frappe.utils import escape_html

from prospect_mgmt import consent
from prospect_mgmt.entry import start
from prospect_mgmt.importing import label
from prospect_mgmt.sheet.columns import plain
from prospect_mgmt.sheet.entries import Entry

ENTRY = start.DOCTYPE


@dataclass
class Known:
	"""What is known of an enquiry already. `text`: its comments, as HTML."""

	lead: str | None = None
	interests: set[str] = field(default_factory=set)
	text: str = ""
	last_response_on: datetime | None = None
	consents: set[str] = field(default_factory=set)


def of_entries(names: list[str]) -> dict[str, Known]:
	"""{entry: what the site knows of it}"""
	found: dict[str, Known] = {}
	wanted = ("in", names or [""])
	fields = ["name", "lead", "interest", "last_response_on"]
	entries = frappe.get_all(ENTRY, {"name": wanted}, fields, order_by="name")
	consents = _consents([row.lead for row in entries])
	for row in entries:
		agreed = consents.get(row.lead, set())
		found[row.name] = Known(row.lead, {plain(row.interest)}, "", row.last_response_on, agreed)
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


def of_row(entry: Entry) -> Known:
	"""What an earlier row of the file says of the same enquiry."""
	return Known(
		None, {plain(entry.interest)}, escape_html(entry.notes), entry.last_response_on, {entry.consent}
	)


def news(entry: Entry, known: Known) -> list[str]:
	"""What a row says besides, a line each."""
	lines = []
	if entry.notes and escape_html(entry.notes) not in known.text:
		lines.append(entry.notes)
	if entry.interest and plain(entry.interest) not in known.interests:
		lines.append(f"{label('interest')}: {entry.interest}")
	answered = entry.last_response_on
	if answered and not (known.last_response_on and answered <= known.last_response_on):
		lines.append(f"{label('last_response_on')}: {answered:%Y-%m-%d}")
	if entry.consent and entry.consent not in known.consents:
		lines.append(f"{label('consent')}: {entry.consent}")
	return [line for line in lines if escape_html(line) not in known.text]
