"""Email Unsubscribe: honoured at once, for every list."""

from __future__ import annotations

import frappe

from prospect_mgmt import consent, contact_keys
from prospect_mgmt.entry import start
from prospect_mgmt.signals import signal


@signal(writes=False)
def validate(doc, method=None):
	"""The wish is found under every spelling of the mailbox."""
	doc.prospect_mailbox = consent.mailbox(doc.email)


@signal
def after_insert(doc, method=None):
	"""They followed the unsubscribe link, or somebody recorded it: their leads and open entries say so; what waits stays."""
	leads = _leads(doc)
	for lead in leads:
		consent.withdrawn(lead, doc)
		if not doc.flags.by_prospect_mgmt:
			_say(lead, 1)
	_stop_waiting_mail(leads)


@signal
def after_delete(doc, method=None):
	"""They want mail again, unless something else says that they do not."""
	for lead in _leads(doc):
		if not _has_another(lead, doc.email):
			consent.mail_again(lead, doc.email)
			_say(lead, 0)


def _has_another(lead: str, address: str) -> bool:
	spellings = [address, frappe.db.get_value("Lead", lead, "email_id")]
	return any(wish.everywhere or wish.lead == lead for wish in consent.wishes(spellings))


def _leads(doc) -> list[str]:
	"""Whose wish it is: for every list, and for each lead with that address, in whatever spelling."""
	if not doc.global_unsubscribe and doc.reference_doctype not in ("Lead", start.DOCTYPE):
		return []
	lead = doc.reference_name if doc.reference_doctype == "Lead" else None
	if doc.reference_doctype == start.DOCTYPE:
		lead = frappe.db.get_value(start.DOCTYPE, doc.reference_name, "lead")
	return list(dict.fromkeys([*([lead] if lead else []), *contact_keys.leads_of(doc.email)]))


def _say(lead: str, unsubscribed: int) -> None:
	frappe.db.set_value("Lead", lead, "unsubscribed", unsubscribed, update_modified=False)
	frappe.db.set_value(
		start.DOCTYPE, {"open_lead": lead}, "unsubscribed", unsubscribed, update_modified=False
	)


def _stop_waiting_mail(leads: list[str]) -> None:
	"""An automatic mail that is in the queue already does not go out any more: Frappe asked before it was queued."""
	queue = frappe.qb.DocType("Email Queue")
	query = (
		frappe.qb.update(queue)
		.set(queue.status, "Error")
		.set(queue.error, "They unsubscribed before it was sent.")
	)
	automatic = (queue.status == "Not Sent") & (queue.add_unsubscribe_link == 1)
	query.where(
		automatic & (queue.reference_doctype == "Lead") & queue.reference_name.isin(leads or [""])
	).run()
