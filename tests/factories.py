"""Builds what tests need on the site, as the user who is logged in. Each function returns a saved document."""

import itertools
from contextlib import contextmanager

import frappe
from frappe.utils import add_days, nowdate

PASSWORD = "prospect-Test-1!"
COMPANY = "Musterwerk GmbH"
_numbers = itertools.count(1)


def user(*roles: str, email: str | None = None, **fields):
	"""An enabled desk user with `roles` and the password PASSWORD."""
	email = email or f"user{next(_numbers)}@example.com"
	doc = frappe.get_doc(
		{
			"doctype": "User",
			"email": email,
			"first_name": email.split("@")[0].title(),
			"enabled": 1,
			"send_welcome_email": 0,
			"user_type": "System User",
			"language": "en",
			"roles": [{"role": role} for role in roles],
			**fields,
		}
	)
	with _caches_kept():
		doc.insert(ignore_permissions=True)  # the test sets the stage, whoever is logged in
	_only_roles(doc, roles)
	frappe.utils.password.update_password(email, PASSWORD)
	return doc


@contextmanager
def _caches_kept():
	"""With each new user Frappe notes anew who awaits a password for mail (nobody here), and empties every cache: half a second."""
	from frappe.core.doctype.user import user

	kept, user.ask_pass_update = user.ask_pass_update, lambda: None
	try:
		yield
	finally:
		user.ask_pass_update = kept


def _only_roles(user, roles: tuple[str, ...]) -> None:
	"""Frappe makes the first user of a site a System Manager, whatever was asked for: undo that."""
	extra = [row.role for row in user.roles if row.role not in roles]
	if extra:
		frappe.db.delete("Has Role", {"parent": user.name, "role": ("in", extra)})
		frappe.clear_cache(user=user.name)
		user.reload()


def api_key(user: str) -> tuple[str, str]:
	"""Key and secret of a user, made on first use and committed."""
	from frappe.core.doctype.user.user import generate_keys

	doer = frappe.session.user
	frappe.set_user("Administrator")
	roles = frappe.get_all("Has Role", {"parent": user, "parenttype": "User"}, pluck="role")
	secret = generate_keys(user)["api_secret"]
	_only_roles(frappe.get_doc("User", user), roles)
	frappe.set_user(doer)
	frappe.db.commit()
	return frappe.db.get_value("User", user, "api_key"), secret


def lead(**fields):
	"""A person with a name and an address. A telephone number makes ERPNext commit: pass one on purpose."""
	number = next(_numbers)
	values = {
		"doctype": "Lead",
		"first_name": "Petra",
		"last_name": f"Muster {number}",
		"email_id": f"petra{number}@example.com",
		"company_name": f"Kunde {number} GmbH",
	}
	return frappe.get_doc(values | fields).insert()


def prospect_list(*agents: str, **fields):
	"""A list of the test company, worked by `agents` (users)."""
	values = {
		"doctype": "Prospect List",
		"title": f"List {next(_numbers)}",
		"enabled": 1,
		"company": COMPANY,
		"supervisor": "Administrator",
		"procedure": fields.get("procedure") or procedure().name,
		"agents": [{"user": agent, "enabled": 1} for agent in agents],
	}
	return frappe.get_doc(values | fields).insert()


def procedure(**fields):
	"""The procedure that was installed; with `fields`, or where none was, a new one without steps."""
	installed = frappe.get_all("Prospect Procedure", pluck="name", order_by="creation", limit=1)
	if installed and not fields:
		return frappe.get_doc("Prospect Procedure", installed[0])
	values = {
		"doctype": "Prospect Procedure",
		"title": f"Procedure {next(_numbers)}",
		"acknowledge_within": 24 * 3600,
		"satisfy_within": 72 * 3600,
		"respond_within": 24 * 3600,
	}
	return frappe.get_doc(values | fields).insert()


def email_account(stack, address: str = "team@musterwerk.example", **fields):
	"""An outgoing account that hands everything to the mail sink of `stack`."""
	values = {
		"doctype": "Email Account",
		"email_id": address,
		"email_account_name": address.split("@")[0].title(),
		"enable_outgoing": 1,
		"default_outgoing": 1,
		"enable_incoming": 0,
		"smtp_server": "127.0.0.1",
		"smtp_port": stack.smtp.port,
		"use_tls": 0,
		"use_ssl_for_outgoing": 0,
		"no_smtp_authentication": 1,
	}
	return frappe.get_doc(values | fields).insert()


def item(code: str = "Musterteil", **fields):
	"""A service item; the one with this code when it is there already."""
	if frappe.db.exists("Item", code):
		return frappe.get_doc("Item", code)
	values = {
		"doctype": "Item",
		"item_code": code,
		"item_name": code,
		"item_group": _leaf("Item Group"),
		"stock_uom": "Nos",
		"is_stock_item": 0,
	}
	return frappe.get_doc(values | fields).insert()


def quotation(party, rate: float = 1000, qty: float = 1, submit: bool = True, **fields):
	"""A quotation to a Lead or Customer document over `qty` × `rate` of one item."""
	values = {
		"doctype": "Quotation",
		"company": COMPANY,
		"quotation_to": party.doctype,
		"party_name": party.name,
		"transaction_date": nowdate(),
		"valid_till": add_days(nowdate(), 30),
		"order_type": "Sales",
		"items": [{"item_code": item().name, "qty": qty, "rate": rate}],
	}
	return _saved(values | fields, submit)


def customer_from(lead, **fields):
	"""The customer that a lead became, linked to it as the Desk does."""
	from erpnext.crm.doctype.lead.lead import make_customer

	doc = make_customer(lead.name)
	doc.update({"customer_group": _leaf("Customer Group"), "territory": _leaf("Territory")} | fields)
	return doc.insert()


def sales_invoice(customer, rate: float = 1000, qty: float = 1, submit: bool = True, **fields):
	"""A sales invoice over `qty` × `rate` of one item; with is_return=1 give a negative `qty`."""
	values = {
		"doctype": "Sales Invoice",
		"company": COMPANY,
		"customer": customer.name,
		"posting_date": nowdate(),
		"due_date": add_days(nowdate(), 14),
		"items": [{"item_code": item().name, "qty": qty, "rate": rate}],
	}
	return _saved(values | fields, submit)


def _saved(values: dict, submit: bool):
	doc = frappe.get_doc(values)
	if doc.meta.has_field("set_posting_time"):
		doc.set_posting_time = 1
	doc.insert()
	# On a full second Frappe writes "10:00:00.000000" and compares it with "10:00:00": read it back before saving again.
	return doc.reload().submit() if submit else doc


def _leaf(doctype: str) -> str:
	"""Some entry of a tree that is not a group."""
	return frappe.db.get_value(doctype, {"is_group": 0}, "name", order_by="lft")


def capture_key(email: str = "landing-page@example.com") -> str:
	"""A user that can do nothing but hand in enquiries, as an admin makes one."""
	return user("Prospect Capture", email=email, user_type="Website User").name


def contact_of(customer, email: str, phone: str | None = None):
	"""A person at a customer."""
	doc = frappe.get_doc(doctype="Contact", first_name="Ein", last_name="Käufer")
	doc.append("email_ids", {"email_id": email, "is_primary": 1})
	if phone:
		doc.append("phone_nos", {"phone": phone, "is_primary_phone": 1})
	doc.append("links", {"link_doctype": customer.doctype, "link_name": customer.name})
	return doc.insert()
