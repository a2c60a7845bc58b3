"""Email Unsubscribe: honoured at once, for every list."""

from __future__ import annotations

import frappe

from prospect_mgmt.entry import start
from prospect_mgmt.signals import signal


@signal
def after_insert(doc, method=None):
	"""They followed the unsubscribe link, or somebody recorded it: their open entries say so."""
	filters = {"email_id": doc.email, "done_on": ("is", "not set")}
	if not doc.global_unsubscribe:
		if doc.reference_doctype != "Lead":
			return
		filters["lead"] = doc.reference_name
	for name in frappe.get_all(start.DOCTYPE, filters=filters, pluck="name", order_by="name"):
		frappe.db.set_value(start.DOCTYPE, name, "unsubscribed", 1, update_modified=False)
