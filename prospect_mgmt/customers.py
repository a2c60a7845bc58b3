"""Existing customers: recognised whatever the door they come through, and offered to whoever looks after them.

They are filed in Prospect Contact Key beside the leads: each Contact of a customer under its addresses and numbers, each
company that is a customer under its name.
"""

from __future__ import annotations

from collections.abc import Hashable

import frappe
from frappe import _
from frappe.utils import get_fullname

from prospect_mgmt import contact_keys, telling
from prospect_mgmt import notification_choices as choices
from prospect_mgmt.procedure import matching
from prospect_mgmt.procedure.matching import EMAIL, NAME, PHONE, Person
from prospect_mgmt.signals import signal

CUSTOMER, KEYS = "Customer", contact_keys.DOCTYPE
SUREST = (EMAIL, PHONE, NAME)
NOBODY = (None, "", "Administrator", "Guest")  # who owns a lead that a mail or a website made


def of_person(person: Person) -> str | None:
	"""The customer this person surely belongs to: by address, else by number, else by the name of their company."""
	return of_people({None: person}).get(None)


def of_people(people: dict[Hashable, Person]) -> dict[Hashable, str]:
	"""{who: the customer that each of some people surely belongs to}; who belongs to none is left out."""
	values = {who: _values_of(person) for who, person in people.items()}
	wanted = sorted(set().union(*values.values()))
	if not wanted:
		return {}
	key = frappe.qb.DocType(KEYS)
	query = frappe.qb.from_(key).select(key.kind, key.customer, key.key_value).orderby(key.creation)
	filed: dict[str, tuple[int, int, str]] = {}
	for place, row in enumerate(
		query.where(key.key_value.isin(wanted) & (key.customer != "")).run(as_dict=True)
	):
		filed.setdefault(row.key_value, (SUREST.index(row.kind), place, row.customer))
	found = {who: [filed[value] for value in of if value in filed] for who, of in values.items()}
	return {who: min(rows)[2] for who, rows in found.items() if rows}


def _values_of(person: Person) -> set[str]:
	values = {value for kind, value in matching.keys(person) if kind != NAME}
	name = _name_key(person.company)
	return values | {name} if name else values


def of_lead(lead) -> str | None:
	"""The customer that a Lead came from, or that it became."""
	known = lead.get("customer")
	return known or frappe.db.get_value(CUSTOMER, {"lead_name": lead.name}, order_by="creation")


def became(leads: list[str]) -> dict[str, str]:
	"""{lead: the customer it became}, of those that did; the first of several."""
	filters = {"lead_name": ("in", leads)}
	rows = frappe.get_all(CUSTOMER, filters, ["lead_name", "name"], as_list=True, order_by="creation desc")
	return dict(rows)


def keeper(customer: str) -> str | None:
	"""The user who looks after a customer: its account manager, else the first of its sales team, else the agent of its last enquiry."""
	manager, lead = frappe.db.get_value(CUSTOMER, customer, ["account_manager", "lead_name"])
	for user in (manager, _sales_person(customer), _last_agent(customer, lead)):
		if user and frappe.db.get_value("User", user, ["enabled", "user_type"]) == (1, "System User"):
			return user
	return None


def _sales_person(customer: str) -> str | None:
	row, person, employee = (frappe.qb.DocType(d) for d in ("Sales Team", "Sales Person", "Employee"))
	query = frappe.qb.from_(row).join(person).on(person.name == row.sales_person)
	query = query.join(employee).on(employee.name == person.employee).select(employee.user_id)
	query = query.where(
		(row.parenttype == CUSTOMER) & (row.parent == customer) & employee.user_id.isnotnull()
	)
	users = query.orderby(row.allocated_percentage, order=frappe.qb.desc).orderby(row.idx).limit(1).run()
	return users[0][0] if users else None


def _last_agent(customer: str, lead: str | None) -> str | None:
	leads = [*frappe.get_all("Lead", filters={"customer": customer}, pluck="name"), *([lead] if lead else [])]
	filters = {"lead": ("in", leads), "agent": ("is", "set")}
	if not leads:
		return None
	return frappe.db.get_value("Prospect List Entry", filters, "agent", order_by="first_contact_on desc")


# ------------------------------------------------------------- a new lead, a new enquiry
@signal(writes=False)
def recognise(doc, method=None):
	"""A new Lead of somebody whom we sell to already says so, whoever or whatever wrote it."""
	if method == "retry" or not doc.is_new():
		return
	doc.customer = doc.customer or of_person(contact_keys.person_of(doc))
	if doc.customer and doc.lead_owner in NOBODY:
		user = keeper(doc.customer)
		doc.lead_owner = user if user != doc.email_id else None  # ERPNext refuses that


def offer(entry) -> None:
	"""A customer's new enquiry: who looks after them is told, unless they have it already or are the customer.

	When they may not see the entry, its supervisors are told who it is.
	"""
	customer, user = entry.flags.customer, entry.flags.keeper
	if not user or user in (entry.agent, entry.email_id):
		return
	if frappe.has_permission(entry.doctype, "read", entry.name, user=user):
		users = [user]

		def said() -> str:
			return _("An enquiry from your customer {0}").format(customer)
	else:
		users = telling.named_supervisors(entry.prospect_list) or telling.sales_managers()

		def said() -> str:
			return _("An enquiry from {0}, a customer whom {1} looks after").format(
				customer, get_fullname(user)
			)

	telling.tell(users, said, entry, kind=choices.ASSIGNMENT)


# ------------------------------------------------------------- filed
def follow_contact(doc, method=None):
	"""The keys follow a Contact: under each customer it belongs to, its addresses and numbers."""
	before = doc.get_doc_before_save()
	if _customers(doc) or (before and _customers(before)) or method == "on_trash":
		file_contact(doc, method)  # the Contact of a new lead, which is none of a customer's, costs nothing


@signal
def file_contact(doc, method=None):
	"""Write the keys of one Contact anew."""
	frappe.db.delete(KEYS, {"contact": doc.name})
	if method != "on_trash":
		contact_keys.insert([{"contact": doc.name, **row} for row in _rows_of(doc)])


def _customers(contact) -> list[str]:
	return [link.link_name for link in contact.get("links") or [] if link.link_doctype == CUSTOMER]


def _rows_of(contact) -> list[dict]:
	numbers = (contact_keys.e164(row.phone, contact_keys.region_of({})) for row in contact.phone_nos)
	people = [Person(email=row.email_id) for row in contact.email_ids]
	people.append(Person(phones=tuple(number for number in numbers if number)))
	keys = sorted({key for person in people for key in matching.keys(person)})
	return [
		{"customer": customer, "kind": kind, "key_value": value}
		for customer in _customers(contact)
		for kind, value in keys
	]


@signal
def follow_customer(doc, method=None):
	"""The key follows a Customer's name, when it is a company: a person's name alone says too little."""
	filters = {"customer": doc.name, "contact": ("is", "not set")}
	if method == "on_trash":
		frappe.db.delete(KEYS, {"customer": doc.name})
		return
	wanted = _name_key(doc.customer_name) if doc.customer_type != "Individual" else ""
	there = frappe.get_all(KEYS, filters=filters, pluck="key_value", order_by="creation")
	if there == ([wanted] if wanted else []):
		return
	frappe.db.delete(KEYS, filters)
	if wanted:
		contact_keys.insert([{"customer": doc.name, "kind": NAME, "key_value": wanted}])


def _name_key(company: str | None) -> str:
	words = matching.company_words(company) if company else []
	return f"customer:{' '.join(words)}"[:140] if words else ""


def fill() -> None:
	"""File the customers and their contacts that have no key yet (there before the app was), of those that changed since the last night."""
	for doctype, file, names in (
		(CUSTOMER, follow_customer, _unfiled_customers()),
		("Contact", follow_contact, _unfiled_contacts()),
	):
		for number, name in enumerate(names, 1):
			file(frappe.get_doc(doctype, name))
			if not number % contact_keys.BATCH:
				frappe.db.commit()
	frappe.db.commit()


def _unfiled_customers() -> list[str]:
	customer, key = frappe.qb.DocType(CUSTOMER), frappe.qb.DocType(KEYS)
	query = (
		frappe.qb.from_(customer).left_join(key).on((key.customer == customer.name) & key.contact.isnull())
	)
	query = query.where(key.name.isnull() & (customer.customer_type != "Individual"))
	query = query.where(customer.modified >= contact_keys.unchecked_since())
	return query.select(customer.name).orderby(customer.name).run(pluck=True)


def _unfiled_contacts() -> list[str]:
	contact, link, key = (frappe.qb.DocType(doctype) for doctype in ("Contact", "Dynamic Link", KEYS))
	query = (
		frappe.qb.from_(contact).join(link).on((link.parent == contact.name) & (link.parenttype == "Contact"))
	)
	query = query.left_join(key).on(key.contact == contact.name).select(contact.name).distinct()
	query = query.where((link.link_doctype == CUSTOMER) & key.name.isnull())
	query = query.where(contact.modified >= contact_keys.unchecked_since())
	return query.orderby(contact.name).run(pluck=True)
