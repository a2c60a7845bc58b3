"""Communication: mail, messages and chats on a Lead, on its entry, or on what came from it."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.utils import cstr, get_datetime, parse_addr, split_emails, strip_html

from prospect_mgmt import enrolment
from prospect_mgmt.entry import contacts, progress, start
from prospect_mgmt.procedure.delivery_report import FAILED
from prospect_mgmt.procedure.machine_mail import BOUNCE, classify
from prospect_mgmt.signals import signal
from prospect_mgmt.signals.belonging import lead_of_document

ENTRY = start.DOCTYPE
CHANNELS = {
	"Email": "Email",
	"Phone": "Phone",
	"SMS": "SMS",
	"Chat": "Chat",
	"Visit": "In person",
	"Meeting": "In person",
}
KINDS = ("Communication", "Automated Message", "Chat")
REPLY = re.compile(r"\s*(re|aw|antw|antwort|sv|vs|odp|res|rif|ynt)\s*(\[\d+\])?\s*:", re.IGNORECASE)
LATE = timedelta(days=30)  # a mail that says it was written longer before it came has a clock that is wrong
SENT_BY_MACHINE = ("Email Campaign", "Newsletter", "Auto Email Report")  # what sends in the name of a user


@signal
def after_insert(doc, method=None):
	"""Each message becomes one Interaction. (`on_update` fires twice for inbound mail, and again for old mails.)"""
	if doc.flags.by_prospect_mgmt or doc.communication_type not in KINDS:
		return
	channel = _channel(doc)
	if not channel:
		return
	if name := _entry_of(doc) or _first_enquiry(doc):
		take_in(doc, name, channel)


def on_update(doc, method=None):
	"""Put on a Lead only now (“Create Lead” on a mail in the inbox): a fact of that lead from here on."""
	before = doc.get_doc_before_save()
	if before and (doc.reference_doctype, doc.reference_name) != (
		before.reference_doctype,
		before.reference_name,
	):
		after_insert(doc)


def take_in(doc, entry_name: str, channel: str) -> None:
	"""Keep a Communication as an Interaction of an entry and let the procedure act on it."""
	key = f"Communication:{doc.name}"
	entry = frappe.get_doc(ENTRY, entry_name)
	entry.begin()  # the mail system acts here, or a user whom Frappe let write this Communication
	if contacts.is_recorded(key):
		return
	values = _incoming(doc, entry) if _is_incoming(doc, entry) else _outgoing(doc, entry, channel)
	if not values:
		return
	happened = _happened(doc)
	if _is_new_enquiry(doc, entry, values, happened) and (next_one := _enquire_again(entry.lead, happened)):
		entry = next_one
		entry.begin()
	_show_on_timelines(doc, entry)
	if values["direction"] == "Incoming" and values["by"] == "Person":
		progress.first_contact_was(entry, happened)
	interaction = contacts.record(
		entry,
		channel=channel,
		summary=_summary(doc),
		occurred_on=happened,
		reference_doctype="Communication",
		reference_name=doc.name,
		fact_key=key,
		**values,
	)
	entry.take_in(interaction)


def _happened(doc) -> datetime:
	"""When it was written: as a mail says, which is for its sender to say, within what can be."""
	came = get_datetime(doc.creation)
	written = min(get_datetime(doc.communication_date or came), came)
	by_mail = doc.sent_or_received == "Received" and doc.communication_medium == "Email"
	return came if by_mail and written < came - LATE else written


def _is_new_enquiry(doc, entry, values: dict, happened) -> bool:
	"""Somebody whose enquiry is Done writes anew. In an answer to something, the agent is asked what it is."""
	if not entry.done_on or happened <= get_datetime(entry.done_on) or entry.outcome == "Spam":
		return False
	theirs = values["direction"] == "Incoming" and values["by"] == "Person"
	return theirs and doc.communication_medium == "Email" and not _is_reply(doc)


def _is_reply(doc) -> bool:
	return bool(doc.in_reply_to or _headers(doc).get("In-Reply-To") or REPLY.match(cstr(doc.subject)))


def _enquire_again(lead: str, happened):
	"""The next enquiry of a known lead, from when they wrote; None where they may not be enrolled."""
	document = frappe.get_doc("Lead", lead)
	prospect_list = enrolment.list_again(document)
	if start.refusal(document) or not prospect_list:
		return None
	return start.enrol(document, prospect_list, first_contact_on=happened)


def _first_enquiry(doc) -> str | None:
	"""They have been a lead since before there was a list, and write now."""
	theirs = doc.reference_doctype == "Lead" and doc.sent_or_received == "Received"
	if not theirs or doc.communication_medium != "Email" or _colleague(doc.sender):
		return None
	if classify(doc.sender, doc.subject, _headers(doc)).is_machine or not frappe.db.exists(
		"Lead", doc.reference_name
	):
		return None
	entry = _enquire_again(doc.reference_name, _happened(doc))
	return entry.name if entry else None


def _show_on_timelines(doc, entry) -> None:
	"""An answer to our mail references the Lead, one to a mail from the entry's form the entry: both show it."""
	shown = {(doc.reference_doctype, doc.reference_name)}
	shown |= {(link.link_doctype, link.link_name) for link in doc.get("timeline_links") or []}
	for doctype, name in ((ENTRY, entry.name), ("Lead", entry.lead)):
		if (doctype, name) not in shown:
			doc.append("timeline_links", {"link_doctype": doctype, "link_name": name}).db_insert()


def _channel(doc) -> str | None:
	if doc.communication_medium in CHANNELS:
		return CHANNELS[doc.communication_medium]
	medium = cstr(doc.communication_medium).lower()
	return "WhatsApp" if "whatsapp" in medium else None


def _is_incoming(doc, entry) -> bool:
	"""Whether they wrote it. A colleague's own mail program, with our address in copy, makes it "Received" too."""
	if doc.sent_or_received != "Received":
		return False
	is_theirs = parse_addr(doc.sender)[1].lower() == (entry.email_id or "").lower() if doc.sender else False
	return is_theirs or not _colleague(doc.sender)  # a colleague may try the procedure on themselves


def _colleague(address: str | None) -> str | None:
	filters = {"email": parse_addr(address)[1], "user_type": "System User"} if address else None
	return frappe.db.get_value("User", filters) if filters else None


def _incoming(doc, entry) -> dict:
	headers = _headers(doc)
	verdict = classify(doc.sender, headers.get("Subject") or doc.subject, headers)
	if not verdict.is_machine:
		return {"direction": "Incoming", "by": "Person", "user": None}
	bounced = verdict.kind == BOUNCE and _came_back(headers, entry)
	return {
		"direction": "Incoming",
		"by": "Automatic",
		"user": None,
		"result": "Bounced" if bounced else "Auto-reply",
		"reason": verdict.reason,
	}


def _came_back(headers: dict, entry) -> bool:
	"""A report may also say that the mail is late, or arrived, or tell of somebody who was only in copy."""
	recipient = headers.get("Final-Recipient") or (entry.email_id or "").casefold()
	return headers.get("Action", FAILED) == FAILED and recipient == (entry.email_id or "").casefold()


def _headers(doc) -> dict:
	try:
		return json.loads(doc.get("prospect_mail_headers") or "{}")
	except ValueError:
		return {}  # not written by us: the mail is judged by its sender and subject


def _outgoing(doc, entry, channel: str) -> dict | None:
	"""What our message means; None for a colleague's mail that went to us only."""
	if doc.sent_or_received == "Received" and entry.email_id not in _recipients(doc):
		return None
	user = _person(doc)
	informs = user and bool(entry.acknowledged_on or not (entry.mobile_no or entry.phone))
	values = {
		"direction": "Outgoing",
		"by": "Person" if user else "Automatic",
		"user": user,
		"result": "Reached" if channel in ("Phone", "In person") else "Sent",
		"information_sent": int(bool(informs)),
	}
	if channel == "Email" and doc.sent_or_received == "Sent" and _is_refused(doc):
		values |= {
			"result": "Bounced",
			"information_sent": 0,
			"reason": _("Not sent: they unsubscribed from mail."),
		}
	return values


def _recipients(doc) -> list[str]:
	return [parse_addr(address)[1] for address in split_emails(f"{doc.recipients or ''}, {doc.cc or ''}")]


def _is_refused(doc) -> bool:
	"""Frappe queues nothing for those who unsubscribed, and tells nobody."""
	table = frappe.qb.DocType("Email Unsubscribe")
	here = (table.reference_doctype == doc.reference_doctype) & (table.reference_name == doc.reference_name)
	recipients = set(_recipients(doc))
	query = frappe.qb.from_(table).select(table.email).where(table.email.isin(recipients or {""}))
	return bool(recipients) and recipients <= set(
		query.where(here | (table.global_unsubscribe == 1)).run(pluck=True)
	)


def _person(doc) -> str | None:
	"""The user who wrote it; None for what a machine sent: nothing automatic acknowledges (law 5)."""
	if doc.communication_type == "Automated Message" or doc.reference_doctype in SENT_BY_MACHINE:
		return None
	user = _colleague(doc.sender) or doc.user
	by_itself = user == "Administrator" and getattr(frappe.local, "job", None)  # a job of the scheduler
	return None if by_itself or user == "Guest" else user


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
