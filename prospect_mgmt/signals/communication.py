"""Communication: mail, messages and chats on a Lead, on its entry, or on what came from it."""

from __future__ import annotations

import json

import frappe
from frappe.utils import cstr, get_datetime, parse_addr, strip_html

from prospect_mgmt.entry import contacts, start
from prospect_mgmt.procedure.machine_mail import classify
from prospect_mgmt.signals import signal
from prospect_mgmt.signals.belonging import lead_of_document

ENTRY = start.DOCTYPE
CHANNELS = {"Email": "Email", "Phone": "Phone", "SMS": "SMS", "Chat": "Chat", "Visit": "In person", "Meeting": "In person"}
KINDS = ("Communication", "Automated Message", "Chat")


@signal
def after_insert(doc, method=None):
	"""Each message becomes one Interaction. (`on_update` fires twice for inbound mail, and again for old mails.)"""
	if doc.flags.by_prospect_mgmt or doc.communication_type not in KINDS:
		return
	channel = _channel(doc)
	if not channel:
		return
	if name := _entry_of(doc):
		take_in(doc, name, channel)


def take_in(doc, entry_name: str, channel: str) -> None:
	"""Keep a Communication as an Interaction of an entry and let the procedure act on it."""
	key = f"Communication:{doc.name}"
	entry = frappe.get_doc(ENTRY, entry_name)
	entry.begin()  # the mail system acts here, or a user whom Frappe let write this Communication
	if contacts.is_recorded(key):
		return
	values = _incoming(doc) if doc.sent_or_received == "Received" else _outgoing(doc, entry, channel)
	interaction = contacts.record(
		entry,
		channel=channel,
		summary=_summary(doc),
		occurred_on=min(get_datetime(doc.communication_date or doc.creation), get_datetime(doc.creation)),
		reference_doctype="Communication",
		reference_name=doc.name,
		fact_key=key,
		**values,
	)
	entry.take_in(interaction)


def _channel(doc) -> str | None:
	if doc.communication_medium in CHANNELS:
		return CHANNELS[doc.communication_medium]
	medium = cstr(doc.communication_medium).lower()
	return "WhatsApp" if "whatsapp" in medium else None


def _incoming(doc) -> dict:
	verdict = classify(doc.sender, doc.subject, _headers(doc))
	if not verdict.is_machine:
		return {"direction": "Incoming", "by": "Person", "user": None}
	return {
		"direction": "Incoming",
		"by": "Automatic",
		"user": None,
		"result": "Bounced" if verdict.kind == "Bounce" else "Auto-reply",
		"reason": verdict.reason,
	}


def _headers(doc) -> dict:
	try:
		return json.loads(doc.get("prospect_mail_headers") or "{}")
	except ValueError:
		return {}  # not written by us: the mail is judged by its sender and subject


def _outgoing(doc, entry, channel: str) -> dict:
	automatic = doc.communication_type == "Automated Message" or not _is_person(doc)
	informs = not automatic and bool(entry.acknowledged_on or not (entry.mobile_no or entry.phone))
	return {
		"direction": "Outgoing",
		"by": "Automatic" if automatic else "Person",
		"user": _user(doc),
		"result": "Reached" if channel in ("Phone", "In person") else "Sent",
		"information_sent": int(informs),
	}


def _is_person(doc) -> bool:
	"""A user wrote it, not a background job: nothing automatic counts as our acknowledgement (law 5)."""
	return bool(_user(doc)) and not frappe.flags.prospect_automatic_mail


def _user(doc) -> str | None:
	sender = parse_addr(doc.sender)[1] if doc.sender else None
	if sender and frappe.db.exists("User", sender):
		return sender
	return doc.user if doc.user and doc.user not in ("Guest",) else None


def _summary(doc) -> str:
	text = strip_html(cstr(doc.content))[:2000]
	return f"{doc.subject}\n{text}" if doc.subject else text


def _entry_of(doc) -> str | None:
	"""The entry a message belongs to: the one it is on, else the open (or latest) one of its lead."""
	references = [(doc.reference_doctype, doc.reference_name)]
	references += [(link.link_doctype, link.link_name) for link in doc.get("timeline_links") or []]
	for doctype, name in references:
		if doctype == ENTRY and frappe.db.exists(ENTRY, name):
			return name
	for doctype, name in references:
		lead = lead_of_document(doctype, name) if doctype and name else None
		if lead and (entry := start.latest_entry(lead)):
			return entry
	return None
