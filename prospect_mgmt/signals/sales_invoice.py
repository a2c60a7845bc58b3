"""Sales Invoice: the sale, its returns, and what the list says a sale means."""

from __future__ import annotations

import frappe
from frappe import _

from prospect_mgmt import telling
from prospect_mgmt.entry import people
from prospect_mgmt.signals import signal
from prospect_mgmt.signals.quotation import read_again


@signal
def on_submit(doc, method=None):
	"""A sale closes the entry as Won, or proposes it, as the list says; a return only changes the value."""
	if not doc.get("prospect_list_entry"):
		return
	entry = read_again(doc.prospect_list_entry)
	if doc.get("is_return") or entry.done_on or entry.sale_value <= 0:
		return
	if frappe.get_cached_value("Prospect List", entry.prospect_list, "on_sale") == "Close as Won":
		entry._close("Won", None, _("Sales Invoice {0}").format(doc.name), "Sale")
	else:
		_propose(entry)


def _propose(entry) -> None:
	entry.won_proposed = 1
	entry.store()
	telling.tell(people.whom_to_tell(entry), _("A sale is booked: close as Won?"), entry)


@signal
def on_cancel(doc, method=None):
	"""The sale is undone: the value follows. The outcome stays for a person to judge, who is told."""
	if not doc.get("prospect_list_entry"):
		return
	entry = read_again(doc.prospect_list_entry)
	if entry.outcome == "Won" and not entry.sale_value:
		telling.tell(people.whom_to_tell(entry), _("The sale was cancelled: reopen?"), entry)


@signal
def on_change(doc, method=None):
	"""The enquiry was corrected by hand on a submitted invoice, or a status changed: both entries read again."""
	if doc.docstatus == 0 or doc.flags.in_insert:
		return
	before = doc.get_doc_before_save()
	old = before.get("prospect_list_entry") if before else doc.get("prospect_list_entry")
	if old != doc.get("prospect_list_entry"):
		for name in {old, doc.get("prospect_list_entry")} - {None, ""}:
			read_again(name)
