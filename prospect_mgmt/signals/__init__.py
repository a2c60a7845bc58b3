"""Facts that arrive from ERPNext and Frappe: one file per source.

Law 8: no fault of ours ever refuses a Lead, a mail or an invoice. Every handler runs behind a savepoint; what fails is
kept as a Prospect Signal Failure that can be tried again.
"""

from __future__ import annotations

import functools

import frappe
from frappe.utils import now_datetime

FAILURE = "Prospect Signal Failure"


def signal(handler=None, *, writes: bool = True):
	"""Make a doc event handler that never breaks its source. `handler(doc, method=None)`.

	`writes=False`: it only looks something up for the document itself, and needs no savepoint.
	"""
	if handler is None:
		return functools.partial(signal, writes=writes)

	@functools.wraps(handler)
	def guarded(doc, method=None, *args):
		if frappe.flags.in_install or frappe.flags.in_patch or frappe.flags.in_setup_wizard:
			return
		if method == "on_change" and _is_new_lead(doc):
			return  # ERPNext writes it several times before it is one; `after_insert` takes it in
		savepoint = f"prospect_{frappe.generate_hash(length=6)}"
		messages = list(frappe.local.message_log)
		if writes:
			frappe.db.savepoint(savepoint)
		try:
			handler(doc, method, *args)
			if writes:
				frappe.db.release_savepoint(savepoint)
		except Exception as error:
			if isinstance(error, frappe.QueryDeadlockError):
				raise  # the transaction is gone, the source's own rows with it
			if writes:
				frappe.db.rollback(save_point=savepoint)
			frappe.local.message_log = messages
			_keep_failure(guarded, doc, error)

	guarded.handler = handler
	return guarded


def _is_new_lead(doc) -> bool:
	return doc.doctype == "Lead" and (
		doc.flags.in_insert or doc.name == frappe.flags.prospect_lead_being_made
	)


def _keep_failure(guarded, doc, error: Exception) -> None:
	failure = frappe.new_doc(FAILURE)
	failure.update(
		{
			"signal": f"{guarded.__module__}.{guarded.__name__}",
			"reference_doctype": doc.doctype,
			"reference_name": doc.name,
			"occurred_on": now_datetime(),
			"reason": str(error)[:500] or error.__class__.__name__,
			"error": frappe.get_traceback(),
			"attempts": 1,
			"status": "Failed",
		}
	)
	failure.flags.ignore_links = True
	failure.insert(ignore_permissions=True)
	frappe.log_error(
		f"Prospect signal failed: {failure.signal}", reference_doctype=doc.doctype, reference_name=doc.name
	)
