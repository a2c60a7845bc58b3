"""Call Log: each call that is over becomes one Interaction."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import add_to_date, get_datetime, strip_html

from prospect_mgmt import contact_keys
from prospect_mgmt.entry import contacts, progress, start
from prospect_mgmt.procedure import matching
from prospect_mgmt.signals import signal
from prospect_mgmt.signals.belonging import lead_of_document

RESULTS = {
	"Completed": "Reached",
	"No Answer": "No answer",
	"Busy": "No answer",
	"Failed": "No answer",
	"Canceled": "No answer",
}
SAME_NUMBER_MOST = 50  # leads with one number that are looked at


@signal
def on_change(doc, method=None):
	"""A call that is ringing is no fact yet; one that has ended is, once."""
	result = RESULTS.get(doc.status)
	key = f"Call Log:{doc.name}"
	if not result or contacts.is_recorded(key):
		return
	name = entry_of(doc)
	if not name:
		return
	entry = frappe.get_doc(start.DOCTYPE, name)
	entry.begin()  # the telephone system acts here
	happened = min(get_datetime(doc.start_time or doc.creation), get_datetime(doc.creation))
	if doc.type == "Incoming":
		progress.first_contact_was(entry, happened)
	interaction = contacts.record(
		entry,
		channel="Phone",
		direction="Incoming" if doc.type == "Incoming" else "Outgoing",
		result=result,
		user=_user(doc),
		summary=strip_html(doc.summary or "") or _("Call of {0} seconds").format(int(doc.duration or 0)),
		occurred_on=happened,
		reference_doctype="Call Log",
		reference_name=doc.name,
		fact_key=key,
	)
	entry.take_in(interaction)


def take_in_earlier(lead) -> None:
	"""The call that a new lead was made from ended before the lead was there."""
	numbers = contact_keys.person_of(lead).phones
	if not numbers:
		return
	log = frappe.qb.DocType("Call Log")
	recent = frappe.qb.from_(log).select(log.name, log.type, log["from"], log.to).orderby(log.creation)
	recent = recent.where((log.creation > add_to_date(None, days=-1)) & log.status.isin(list(RESULTS)))
	for call in recent.run(as_dict=True):
		if contact_keys.e164(_theirs(call), contact_keys.region_of(lead)) in numbers:
			on_change(frappe.get_doc("Call Log", call.name))


def entry_of(doc) -> str | None:
	"""The entry a call belongs to: by ERPNext's links, else by the number, however it is written."""
	for link in doc.get("links") or []:
		if link.link_doctype == start.DOCTYPE:
			return link.link_name
		lead = lead_of_document(link.link_doctype, link.link_name)
		if lead and (entry := start.latest_entry(lead)):
			return entry
	return _entry_by_number(_theirs(doc))


def _theirs(call) -> str | None:
	"""The number of the other side."""
	return call.get("from") if call.type == "Incoming" else call.get("to")


def _entry_by_number(number: str | None) -> str | None:
	"""ERPNext compares numbers as they are written: "+49 151 5550101" is not "+491515550101" to it; our keys are one for both."""
	key = contact_keys.e164(number, contact_keys.region_of({}))
	leads = contact_keys.leads_under([(matching.PHONE, key)], SAME_NUMBER_MOST) if key else []
	if not leads:
		return None
	entry = frappe.qb.DocType(start.DOCTYPE)
	query = frappe.qb.from_(entry).select(entry.name).where(entry.lead.isin(leads))
	query = query.orderby(entry.open_lead.isnull()).orderby(entry.creation, order=frappe.qb.desc)
	found = query.limit(1).run()
	return found[0][0] if found else None


def _user(doc) -> str | None:
	employee = doc.get("employee_user_id")
	return employee or (frappe.session.user if frappe.session.user != "Guest" else None)
