"""Sales Invoice: the sale, its returns, and what the list says a sale means."""

from __future__ import annotations

import frappe
from frappe import _

from prospect_mgmt import notification_choices as choices
from prospect_mgmt import telling
from prospect_mgmt.entry import people
from prospect_mgmt.signals import signal
from prospect_mgmt.signals.quotation import read_again


@signal
def on_submit(doc, method=None):
	"""A sale closes the entry as Won, or proposes it, as the list says; a return only changes the value."""
	if doc.get("prospect_list_entry"):
		entry = read_again(doc.prospect_list_entry)
		if not doc.get("is_return"):
			_sold(entry, doc)


@signal
def on_cancel(doc, method=None):
	"""The sale is undone: the value follows."""
	if doc.get("prospect_list_entry"):
		_undone(read_again(doc.prospect_list_entry))


@signal
def on_change(doc, method=None):
	"""The enquiry was corrected by hand on a submitted invoice: the sale goes from one to the other."""
	before = doc.get_doc_before_save()
	old, new = before.get("prospect_list_entry") if before else None, doc.get("prospect_list_entry")
	if doc.docstatus != 1 or not before or before.docstatus != 1 or old == new:
		return
	if old:
		_undone(read_again(old))
	if new:
		_sold(read_again(new), doc)


def _sold(entry, invoice) -> None:
	if entry.done_on or entry.sale_value <= 0:
		return
	if frappe.get_cached_value("Prospect List", entry.prospect_list, "on_sale") == "Close as Won":
		entry._close("Won", None, f"Sales Invoice {invoice.name}", "Sale")
	else:
		entry.won_proposed = 1
		entry.store()
		_tell(entry, lambda: _("A sale is booked: close as Won?"))


def _undone(entry) -> None:
	"""The outcome stays for a person to judge, who is told."""
	if entry.sale_value > 0:
		return
	if entry.outcome == "Won":
		_tell(entry, lambda: _("The sale was cancelled: reopen?"))
	elif entry.won_proposed:
		entry.won_proposed = 0
		entry.store()


def _tell(entry, text: telling.Words) -> None:
	telling.tell(people.whom_to_tell(entry), text, entry, kind=choices.REMINDER)
