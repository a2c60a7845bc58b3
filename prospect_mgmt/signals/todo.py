"""ToDo: Frappe's assignment of an entry and the entry's agent are kept in step."""

from __future__ import annotations

import frappe
from frappe import _

from prospect_mgmt.entry import start

ENTRY = start.DOCTYPE


def on_update(doc, method=None):
	"""Assigned or unassigned in Frappe's own way (sidebar, Assignment Rule): the entry's agent follows."""
	if doc.reference_type != ENTRY or doc.flags.by_prospect_mgmt or not frappe.db.exists(ENTRY, doc.reference_name):
		return
	entry = frappe.get_doc(ENTRY, doc.reference_name)
	entry.begin()
	if doc.status == "Open" and doc.allocated_to != entry.agent:
		_give_to(entry, doc.allocated_to)
	elif doc.allocated_to == entry.agent and not entry.done_on:
		_ended(doc, entry)


def _give_to(entry, user: str | None) -> None:
	entry.agent = user or None
	entry.store()


def _ended(doc, entry) -> None:
	if doc.status == "Closed":
		frappe.throw(
			_("{0} is still open: close the entry itself, or hand it over, rather than its ToDo.").format(entry.name),
			title=_("Still to be worked"),
		)
	if doc.status == "Cancelled":
		_give_to(entry, None)
