"""Quotations and invoices of the demo, as the sales office makes them."""

from __future__ import annotations

import random

import frappe
from erpnext.crm.doctype.lead.lead import make_customer
from frappe.utils import add_days, flt, nowdate

from prospect_mgmt.setup.demo.team import ITEMS, team_of


def clerk(case) -> str:
	"""Who writes quotes and invoices: the agent, or for a contractor, who sees no amounts, the supervisor."""
	team = team_of(case.entry.prospect_list)
	agent = case.world.people.get(case.user)
	return case.user if agent and not agent.contractor else team.supervisor.user


def quote(entry, rng: random.Random) -> str:
	"""A quotation to the lead, submitted; returns its ID."""
	item = rng.choice(tuple(ITEMS))
	doc = frappe.new_doc("Quotation")
	doc.update(
		{"quotation_to": "Lead", "party_name": entry.lead, "company": entry.company, "order_type": "Sales"}
	)
	doc.update({"transaction_date": nowdate(), "valid_till": add_days(nowdate(), 30)})
	doc.append("items", {"item_code": item, "qty": rng.randrange(1, 4), "rate": ITEMS[item]})
	return _submit(doc)


def invoice(entry, quotation: str) -> str:
	"""The invoice for what was quoted, to the customer that the lead becomes; returns its ID."""
	quoted = frappe.get_doc("Quotation", quotation)
	doc = frappe.new_doc("Sales Invoice")
	doc.update(
		{"customer": _customer(entry.lead), "company": entry.company, "due_date": add_days(nowdate(), 14)}
	)
	doc.update({"set_posting_time": 1, "posting_date": nowdate()})
	for row in quoted.items:
		doc.append("items", {"item_code": row.item_code, "qty": row.qty, "rate": flt(row.rate)})
	return _submit(doc)


def take_back(invoice: str) -> str:
	"""A return of everything that was sold; returns the credit note's ID."""
	sold = frappe.get_doc("Sales Invoice", invoice)
	doc = frappe.new_doc("Sales Invoice")
	doc.update(
		{"customer": sold.customer, "company": sold.company, "is_return": 1, "return_against": sold.name}
	)
	doc.update({"set_posting_time": 1, "posting_date": nowdate(), "due_date": nowdate()})
	for row in sold.items:
		doc.append("items", {"item_code": row.item_code, "qty": -row.qty, "rate": row.rate})
	return _submit(doc)


def _submit(doc) -> str:
	doc.flags.ignore_permissions = (
		True  # the demo's people stand for a sales office whose roles differ from site to site
	)
	doc.insert()
	doc.submit()
	return doc.name


def _customer(lead: str) -> str:
	if found := frappe.db.get_value("Customer", {"lead_name": lead}):
		return found
	doc = make_customer(lead)
	for field, doctype in (("customer_group", "Customer Group"), ("territory", "Territory")):
		doc.set(field, doc.get(field) or frappe.db.get_value(doctype, {"is_group": 0}, order_by="lft"))
	doc.insert(ignore_permissions=True)  # as above
	return doc.name
