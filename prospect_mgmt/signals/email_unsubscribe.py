"""Email Unsubscribe: honoured at once, for every list."""

from __future__ import annotations

import frappe

from prospect_mgmt.entry import start
from prospect_mgmt.signals import signal


@signal
def after_insert(doc, method=None):
	"""They followed the unsubscribe link, or somebody recorded it: their lead and its open entry say so."""
	for lead in [] if doc.flags.by_prospect_mgmt else _leads(doc):
		_say(lead, 1)


@signal
def after_delete(doc, method=None):
	"""They want mail again, unless something else says that they do not."""
	for lead in _leads(doc):
		if not _has_another(lead, doc.email):
			_say(lead, 0)


def _has_another(lead: str, address: str) -> bool:
	table = frappe.qb.DocType("Email Unsubscribe")
	ours = (table.reference_doctype == "Lead") & (table.reference_name == lead)
	query = frappe.qb.from_(table).select(table.name).where(table.email == address)
	return bool(query.where(ours | (table.global_unsubscribe == 1)).limit(1).run())


def _leads(doc) -> list[str]:
	if doc.global_unsubscribe:
		return frappe.get_all("Lead", filters={"email_id": doc.email}, pluck="name", order_by="name")
	if doc.reference_doctype == start.DOCTYPE:
		return frappe.get_all(start.DOCTYPE, filters={"name": doc.reference_name}, pluck="lead")
	return [doc.reference_name] if doc.reference_doctype == "Lead" else []


def _say(lead: str, unsubscribed: int) -> None:
	frappe.db.set_value("Lead", lead, "unsubscribed", unsubscribed, update_modified=False)
	frappe.db.set_value(
		start.DOCTYPE, {"open_lead": lead}, "unsubscribed", unsubscribed, update_modified=False
	)
