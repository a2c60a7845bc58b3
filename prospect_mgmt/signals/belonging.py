"""What came from a lead: its number on the documents, and the enquiry that they belong to."""

from __future__ import annotations

import frappe
from frappe.utils import getdate

from prospect_mgmt.entry import start
from prospect_mgmt.signals import signal

NUMBERED = ("Opportunity", "Quotation", "Customer", "Sales Order", "Sales Invoice", "Issue")


@signal
def set_lead_number(doc, method=None):
	"""Show the lead number on what came from the lead, and the enquiry on quotes and sales."""
	before = doc.get_doc_before_save()
	doc.lead_number = lead_of(doc)
	if doc.meta.has_field("prospect_list_entry") and (
		not doc.prospect_list_entry or _is_anothers(doc, before)
	):
		doc.prospect_list_entry = entry_of(doc)
	if method == "retry":
		fields = ("lead_number", "prospect_list_entry")
		doc.db_set(
			{field: doc.get(field) for field in fields if doc.meta.has_field(field)}, update_modified=False
		)


def _is_anothers(doc, before) -> bool:
	"""The customer was changed on a draft: the enquiry found for the one before is not this one's."""
	if not before or before.lead_number == doc.lead_number:
		return False
	return before.prospect_list_entry == doc.prospect_list_entry


def lead_of_document(doctype: str, name: str) -> str | None:
	"""The lead that a document came from, by type and ID."""
	if doctype == "Lead":
		return name
	if doctype == "Contact":
		link = {"parenttype": "Contact", "parent": name, "link_doctype": "Lead"}
		return frappe.db.get_value("Dynamic Link", link, "link_name")
	if doctype not in NUMBERED:
		return None
	return frappe.db.get_value(doctype, name, "lead_number")


def lead_of(doc) -> str | None:
	"""The lead that a document came from."""
	found = {
		"Customer": lambda: doc.lead_name,
		"Issue": lambda: doc.lead or _of_customer(doc.get("customer")),
		"Opportunity": lambda: _of_party(doc.opportunity_from, doc.party_name),
		"Quotation": lambda: (
			_of_opportunity(doc.get("opportunity")) or _of_party(doc.quotation_to, doc.party_name)
		),
		"Sales Order": lambda: _of_items(doc, "prevdoc_docname", "Quotation") or _of_customer(doc.customer),
		"Sales Invoice": lambda: _of_items(doc, "sales_order", "Sales Order") or _of_customer(doc.customer),
	}[doc.doctype]()
	return found if found and frappe.db.exists("Lead", found) else None


def _of_party(doctype: str | None, name: str | None) -> str | None:
	return name if doctype == "Lead" else _of_customer(name) if doctype == "Customer" else None


def _of_customer(customer: str | None) -> str | None:
	return frappe.db.get_value("Customer", customer, "lead_name") if customer else None


def _of_opportunity(opportunity: str | None) -> str | None:
	return frappe.db.get_value("Opportunity", opportunity, "lead_number") if opportunity else None


def _of_items(doc, field: str, doctype: str) -> str | None:
	return _first(doctype, _sources(doc, field), "lead_number")


def _sources(doc, field: str) -> list[str]:
	return sorted({row.get(field) for row in doc.get("items") or [] if row.get(field)})


def _first(doctype: str, names: list[str], wanted: str) -> str | None:
	values = (frappe.db.get_value(doctype, name, wanted) for name in names)
	return next((value for value in values if value), None)


# ------------------------------------------------------------- which enquiry
def entry_of(doc) -> str | None:
	"""The enquiry a quotation, order or invoice follows from.

	A return and an amendment belong where the first one did. Else by the chain of documents, else the lead's open
	enquiry. A sale that has no open enquiry, or comes from something older than it, belongs to none.
	"""
	if original := doc.get("return_against") or doc.get("amended_from"):
		return frappe.db.get_value(doc.doctype, original, "prospect_list_entry")
	doctype, sources = _chain(doc)
	if found := _first(doctype, sources, "prospect_list_entry"):
		return found
	entry = start.open_entry(doc.lead_number) if doc.get("lead_number") else None
	return None if entry and _is_older(doctype, sources, entry) else entry


def _chain(doc) -> tuple[str, list[str]]:
	"""What a document was made from."""
	if doc.doctype == "Sales Order":
		return "Quotation", _sources(doc, "prevdoc_docname")
	if doc.doctype == "Sales Invoice":
		return "Sales Order", _sources(doc, "sales_order")
	return "", []


def _is_older(doctype: str, sources: list[str], entry: str) -> bool:
	dates = [getdate(frappe.db.get_value(doctype, name, "transaction_date")) for name in sources]
	return bool(dates) and min(dates) < getdate(frappe.db.get_value(start.DOCTYPE, entry, "first_contact_on"))
