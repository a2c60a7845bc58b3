"""The mail of the demo: it is written, and never leaves."""

from __future__ import annotations

import frappe
from frappe.utils import now_datetime

ACCOUNT = "Demo sales team"
NOWHERE = "smtp.invalid"  # RFC 2606: a name that never leads to a server
NEVER_SENT = "Demo data: this mail was never sent."


def make_account() -> str:
	"""An outgoing account whose server does not exist; the lists send by it, whatever else the site has."""
	if not frappe.db.exists("Email Account", ACCOUNT):
		account = frappe.new_doc("Email Account")
		account.update(
			{"email_account_name": ACCOUNT, "email_id": "demo.sales@example.com", "smtp_server": NOWHERE}
		)
		account.update({"enable_outgoing": 1, "no_smtp_authentication": 1})
		account.insert()
	return ACCOUNT


def receive(entry, subject: str, text: str, sender: str | None = None) -> None:
	"""A mail of theirs arrives, as Frappe's mailbox reader would file it."""
	message = frappe.new_doc("Communication")
	message.update(
		{
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Received",
			"sender": sender or entry.email_id,
			"recipients": "demo.sales@example.com",
			"subject": subject,
			"content": text,
			"communication_date": now_datetime(),
			"reference_doctype": "Lead",
			"reference_name": entry.lead,
		}
	)
	message.insert()


def never_send() -> None:
	"""Close the queue: what the demo wrote says that it was never sent, and no later flush tries to."""
	queue = frappe.qb.DocType("Email Queue")
	query = frappe.qb.update(queue).set(queue.status, "Error").set(queue.error, NEVER_SENT)
	query.where((queue.email_account == ACCOUNT) & (queue.status == "Not Sent")).run()


def refuse_without_clock() -> None:
	"""Raises unless the clock can be moved."""
	try:
		import time_machine  # noqa: F401
	except ImportError:
		frappe.throw(
			"Demo data are made under a moved clock, by time-machine. Install it: bench pip install time-machine"
		)
