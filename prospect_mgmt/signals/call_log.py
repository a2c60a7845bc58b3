"""Call Log: each call that is over becomes one Interaction."""

from __future__ import annotations

import frappe
from frappe.utils import get_datetime, strip_html

from prospect_mgmt.entry import contacts, start
from prospect_mgmt.signals import signal
from prospect_mgmt.signals.belonging import lead_of_document

RESULTS = {"Completed": "Reached", "No Answer": "No answer", "Busy": "No answer", "Failed": "No answer", "Canceled": "No answer"}


@signal
def on_change(doc, method=None):
	"""A call that is ringing is no fact yet; one that has ended is, once."""
	result = RESULTS.get(doc.status)
	key = f"Call Log:{doc.name}"
	if not result or contacts.is_recorded(key):
		return
	name = _entry_of(doc)
	if not name:
		return
	entry = frappe.get_doc(start.DOCTYPE, name)
	entry.begin()  # the telephone system acts here
	interaction = contacts.record(
		entry,
		channel="Phone",
		direction="Incoming" if doc.type == "Incoming" else "Outgoing",
		result=result,
		user=_user(doc),
		summary=strip_html(doc.summary or "") or frappe._("Call of {0} seconds").format(int(doc.duration or 0)),
		occurred_on=min(get_datetime(doc.start_time or doc.creation), get_datetime(doc.creation)),
		reference_doctype="Call Log",
		reference_name=doc.name,
		fact_key=key,
	)
	entry.take_in(interaction)


def _entry_of(doc) -> str | None:
	for link in doc.get("links") or []:
		if link.link_doctype == start.DOCTYPE:
			return link.link_name
		lead = lead_of_document(link.link_doctype, link.link_name)
		if lead and (entry := start.latest_entry(lead)):
			return entry
	return None


def _user(doc) -> str | None:
	employee = doc.get("employee_user_id")
	return employee or (frappe.session.user if frappe.session.user != "Guest" else None)
