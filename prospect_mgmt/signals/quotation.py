"""Quotation: the amount quoted, and why a quote was lost."""

from __future__ import annotations

import frappe
from frappe import _

from prospect_mgmt.entry import amounts, start
from prospect_mgmt.signals import signal

ENTRY = start.DOCTYPE


@signal
def on_change(doc, method=None):
	"""Submitted, cancelled, amended, or changed after submit: the entry reads its amounts again."""
	if doc.docstatus == 0:
		return
	before = doc.get_doc_before_save()
	for name in {doc.get("prospect_list_entry"), before.get("prospect_list_entry") if before else None} - {
		None,
		"",
	}:
		read_again(name)
	if doc.status == "Lost" and doc.get("prospect_list_entry"):
		take_objection(
			doc.prospect_list_entry,
			[row.lost_reason for row in doc.get("lost_reasons") or []],
			doc.order_lost_reason,
		)


@signal
def on_trash(doc, method=None):
	"""A deleted draft or cancelled quotation no longer stands on the entry."""
	if doc.get("prospect_list_entry"):
		read_again(doc.prospect_list_entry)


def read_again(entry_name: str):
	"""Read the amounts of an entry from its documents and return it, locked."""
	entry = frappe.get_doc(ENTRY, entry_name)
	entry.begin()  # the caller wrote a document of the enquiry; the amounts follow whoever that was
	amounts.read(entry)
	entry.store()
	return entry


def move_documents(entry_name: str, to: str) -> None:
	"""What belongs to one enquiry belongs to another from now on: two leads were one person."""
	for doctype in ("Quotation", "Sales Order", "Sales Invoice"):
		frappe.db.set_value(
			doctype, {"prospect_list_entry": entry_name}, "prospect_list_entry", to, update_modified=False
		)
	read_again(entry_name)
	read_again(to)


def take_objection(entry_name: str, reasons: list[str], detail: str | None) -> None:
	"""A lost quote or opportunity says why: its first reason becomes the entry's objection."""
	entry = frappe.get_doc(ENTRY, entry_name)
	entry.begin()
	if entry.objection or not reasons:
		return
	entry.objection = objection_named(reasons[0])
	entry.objection_note = detail or ", ".join(reasons[1:]) or None
	entry.store()
	entry.add_comment("Info", _("Marked lost: {0}").format(frappe.utils.escape_html(", ".join(reasons))))


def objection_named(reason: str) -> str:
	"""The Opportunity Lost Reason of this name, created when missing: quotations have a master of their own."""
	if not frappe.db.exists("Opportunity Lost Reason", reason):
		doc = frappe.new_doc("Opportunity Lost Reason")
		doc.lost_reason = reason
		doc.insert(ignore_permissions=True)
	return reason
