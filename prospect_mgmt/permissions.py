"""Law 11: nobody sees what is not theirs.

Prospect Agent: own entries, those they cover, and the unassigned ones of lists where they are an agent. Sales User: every
entry of the lists where they are agent, supervisor or deputy, and their own. Sales Manager and System Manager: all. The
wider role wins; Company and User Permissions are Frappe's own and hold besides.

`has_permission` judges an existing record by what is in the database, not by what the caller sent: otherwise one could
name oneself the agent of somebody else's entry and be let in.
"""

from __future__ import annotations

import frappe
from frappe.model.db_query import DatabaseQuery
from frappe.query_builder.functions import Coalesce, Count
from pypika.terms import Criterion

ENTRY, LIST = "Prospect List Entry", "Prospect List"
ALL = frozenset({"Sales Manager", "System Manager"})
LEDGERS = ("Prospect Interaction", "Prospect Due Step", "Prospect Stage Change")
MANY = 5_000  # entries that are quicker sorted than passed by
REGISTER = "Prospect Lead Number"
REVIEW, AGENT_REVIEW = "Prospect Performance Review", "Prospect Agent Review"
# The tables of records that not everybody sees; hooks.py names each.
PARENTS = {
	"Prospect Requirement": ENTRY,
	"Prospect Entry Document": ENTRY,
	"Prospect Answer Promise": ENTRY,
	"Prospect List Agent": LIST,
	"Prospect Review Agent": REVIEW,
	"Prospect Review Figure": REVIEW,
	"Prospect Review Finding": REVIEW,
	"Prospect Review Improvement": REVIEW,
	"Prospect Review Objection": REVIEW,
	"Prospect Review Source": REVIEW,
	"Prospect Review Standard": REVIEW,
	"Prospect Agent Review Figure": AGENT_REVIEW,
	"Prospect Enrolment Refusal": "Prospect Enrolment",
	"Prospect List Import Column": "Prospect List Import",
	"Prospect List Import Meaning": "Prospect List Import",
}


def sees_all(user: str) -> bool:
	"""Whether a user sees every list."""
	return user == "Administrator" or bool(ALL.intersection(frappe.get_roles(user)))


def is_sales_user(user: str) -> bool:
	"""Whether a user works as Sales User, which is wider than Prospect Agent."""
	return "Sales User" in frappe.get_roles(user)


def lists_as_agent(user: str) -> list[str]:
	"""The lists where a user is an enabled agent."""
	row = frappe.qb.DocType("Prospect List Agent")
	query = frappe.qb.from_(row).select(row.parent).where((row.user == user) & (row.enabled == 1))
	return query.where(row.parenttype == LIST).run(pluck=True)


def lists_supervised(user: str) -> list[str]:
	"""The lists where a user is supervisor or deputy."""
	table = frappe.qb.DocType(LIST)
	return (
		frappe.qb.from_(table)
		.select(table.name)
		.where((table.supervisor == user) | (table.deputy == user))
		.run(pluck=True)
	)


def _entries_of(user: str, entry, paged: bool = False) -> Criterion:
	"""The entries a user sees, as a condition on `entry` (a table); `paged` when a page of them is asked for, in some order."""
	own = (entry.agent == user) | (entry.cover == user)
	lists = lists_as_agent(user)
	if is_sales_user(user):
		lists = sorted({*lists, *lists_supervised(user)})
		# For a page of very many MariaDB would merge three indexes and sort all that it finds. In a form that fits no
		# index it goes through them in the order asked for, and stops when the page is full.
		column = Coalesce(entry.prospect_list, "") if paged and _are_many(lists) else entry.prospect_list
		return own | column.isin(lists) if lists else own
	if not lists:
		return own
	return own | (entry.prospect_list.isin(lists) & (entry.agent.isnull() | (entry.agent == "")))


def _are_many(lists: list[str]) -> bool:
	"""Whether some lists have more than MANY entries together, counted no further."""
	entry = frappe.qb.DocType(ENTRY)
	few = frappe.qb.from_(entry).select(entry.name).where(entry.prospect_list.isin(lists)).limit(MANY + 1)
	return bool(lists) and frappe.qb.from_(few).select(Count("*")).run()[0][0] > MANY


def _sql(criterion) -> str:
	"""In brackets: Frappe joins it to User Permissions and other conditions with a bare AND."""
	return f"({criterion.get_sql(with_namespace=True, quote_char='`')})"


# ------------------------------------------------------------- query conditions
def entry_query(user: str | None = None, doctype: str | None = None) -> str:
	"""The entries a user may list."""
	user = user or frappe.session.user
	return "" if sees_all(user) else _sql(_entries_of(user, frappe.qb.DocType(ENTRY), paged=True))


def ledger_query(user: str | None = None, doctype: str | None = None) -> str:
	"""The ledger rows of the entries a user may list."""
	return _of_those_seen(ENTRY, f"`tab{doctype}`.`entry`", user)


def child_query(user: str | None = None, doctype: str | None = None) -> str:
	"""The rows of tables whose record a user may list, without those of a permission level that they do not have: Frappe
	lists child rows without asking whose, and of which table, they are."""
	seen = _of_those_seen(PARENTS[doctype], f"`tab{doctype}`.`parent`", user)
	hidden = [frappe.db.escape(field) for field in _hidden_tables(PARENTS[doctype], doctype, user)]
	without = f"(`tab{doctype}`.`parentfield` NOT IN ({', '.join(hidden)}))" if hidden else ""
	return " AND ".join(filter(None, (seen, without)))


def _hidden_tables(parent: str, doctype: str, user: str | None) -> list[str]:
	"""The tables of a record with rows of a kind that are of a permission level which the user does not read."""
	meta = frappe.get_meta(parent)
	levels = meta.get_permlevel_access("read", user=user or frappe.session.user)
	tables = meta.get("fields", {"options": doctype})
	return [df.fieldname for df in tables if df.permlevel and df.permlevel not in levels]


def _of_those_seen(parent: str, column: str, user: str | None) -> str:
	"""A condition: the record that a column names is one that the user may list, User Permissions and shares included."""
	condition = DatabaseQuery(parent, user=user).build_match_conditions()
	return f"({column} IN (SELECT `name` FROM `tab{parent}` WHERE {condition}))" if condition else ""


def number_query(user: str | None = None, doctype: str | None = None) -> str:
	"""The lead numbers that lead to no lead any more, or to one that the user may read: ERPNext's own rules for Leads.

	Who may read all Leads is told apart first: then no Lead is looked up.
	"""
	user = user or frappe.session.user
	if not frappe.permissions.get_role_permissions("Lead", user=user).get("read"):
		condition = "FALSE"
	elif not (condition := DatabaseQuery("Lead", user=user).build_match_conditions()):
		return ""
	lead = f"SELECT `name` FROM `tabLead` WHERE `tabLead`.`name` = `tab{REGISTER}`.`lead`"
	return f"(NOT EXISTS ({lead} AND NOT COALESCE(({condition}), FALSE)))"


def _lists_of(user: str) -> list[str]:
	return sorted({*lists_as_agent(user), *lists_supervised(user)})


def list_query(user: str | None = None, doctype: str | None = None) -> str:
	"""The lists a user works or supervises."""
	user = user or frappe.session.user
	if sees_all(user):
		return ""
	names = _lists_of(user)
	table = frappe.qb.DocType(LIST)
	return _sql(table.name.isin(names)) if names else "1=0"


def enrolment_query(user: str | None = None, doctype: str | None = None) -> str:
	"""The enrolment runs a user started."""
	user = user or frappe.session.user
	return "" if sees_all(user) else _sql(frappe.qb.DocType("Prospect Enrolment").owner == user)


def supervised_query(user: str | None = None, doctype: str | None = None) -> str:
	"""The records (reviews, imports, pairs) of the lists a user supervises: they tell of everybody there."""
	user = user or frappe.session.user
	if sees_all(user):
		return ""
	names = lists_supervised(user)
	return _sql(frappe.qb.DocType(doctype).prospect_list.isin(names)) if names else "1=0"


def agent_review_query(user: str | None = None, doctype: str | None = None) -> str:
	"""The pages of a user, and those of the lists they supervise."""
	user = user or frappe.session.user
	if sees_all(user):
		return ""
	page = frappe.qb.DocType(AGENT_REVIEW)
	own, names = page.agent == user, lists_supervised(user)
	return _sql(own | page.prospect_list.isin(names) if names else own)


# ------------------------------------------------------------- single documents
def is_new(doc) -> bool:
	"""Whether no such record is in the database. A document that came from outside may only say that it is new."""
	return bool(doc.is_new()) and not (doc.name and frappe.db.exists(doc.doctype, doc.name))


def entry_permission(doc, ptype: str = "read", user: str | None = None, **kwargs) -> bool:
	"""Whether a user may touch this entry; the roles' own rights come on top."""
	user = user or frappe.session.user
	if sees_all(user):
		return True
	if is_new(doc):
		return not doc.prospect_list or doc.prospect_list in _lists_of(user)
	return _sees_entry(doc.name, user)


def _sees_entry(name: str, user: str) -> bool:
	entry = frappe.qb.DocType(ENTRY)
	query = (
		frappe.qb.from_(entry).select(entry.name).where(entry.name == name).where(_entries_of(user, entry))
	)
	return bool(query.run())


def ledger_permission(doc, ptype: str = "read", user: str | None = None, **kwargs) -> bool:
	"""Whether a user may see this ledger row: whoever sees its entry."""
	entry = doc.entry if is_new(doc) else frappe.db.get_value(doc.doctype, doc.name, "entry")
	return bool(entry) and bool(frappe.has_permission(ENTRY, "read", entry, user=user or frappe.session.user))


def number_permission(doc, ptype: str = "read", user: str | None = None, **kwargs) -> bool:
	"""A lead number is for who may read the lead that it leads to, if there is one."""
	lead = doc.lead if is_new(doc) else frappe.db.get_value(doc.doctype, doc.name, "lead")
	if not lead or not frappe.db.exists("Lead", lead):
		return True
	return bool(frappe.has_permission("Lead", "read", lead, user=user or frappe.session.user))


def list_permission(doc, ptype: str = "read", user: str | None = None, **kwargs) -> bool:
	"""A list is seen by who works it, and changed by who supervises it."""
	user = user or frappe.session.user
	if sees_all(user):
		return True
	supervised = lists_supervised(user)
	if ptype in ("read", "select", "report", "print", "email"):
		return doc.name in _lists_of(user)
	return doc.name in supervised


def enrolment_permission(doc, ptype: str = "read", user: str | None = None, **kwargs) -> bool:
	"""A run is seen by who started it."""
	user = user or frappe.session.user
	return sees_all(user) or is_new(doc) or frappe.db.get_value(doc.doctype, doc.name, "owner") == user


def review_permission(doc, ptype: str = "read", user: str | None = None, **kwargs) -> bool:
	"""A review is for who supervises its list."""
	user = user or frappe.session.user
	saved = None if is_new(doc) else frappe.db.get_value(doc.doctype, doc.name, "prospect_list")
	return sees_all(user) or (saved or doc.prospect_list) in lists_supervised(user)


def agent_review_permission(doc, ptype: str = "read", user: str | None = None, **kwargs) -> bool:
	"""The page of an agent is for the agent and for who supervises the list."""
	user = user or frappe.session.user
	if sees_all(user) or is_new(doc):
		return True
	agent, name = frappe.db.get_value(doc.doctype, doc.name, ["agent", "prospect_list"])
	return agent == user or name in lists_supervised(user)


OURS = "SELECT name FROM `tabReport` WHERE module = 'Prospect Mgmt'"


def prepared_report_query(user: str | None = None) -> str:
	"""Condition for lists of Prepared Report: see `prepared_report_permission`."""
	user = user or frappe.session.user
	if sees_all(user):
		return ""
	return f"(`tabPrepared Report`.owner = {frappe.db.escape(user)} OR `tabPrepared Report`.report_name NOT IN ({OURS}))"


def prepared_report_permission(doc, ptype: str = "read", user: str | None = None, **kwargs) -> bool:
	"""A report of ours that was computed in the background, with the rights of who asked for it, is for nobody else."""
	user = user or frappe.session.user
	ours = frappe.get_cached_value("Report", doc.report_name, "module") == "Prospect Mgmt"
	return not ours or doc.owner == user or sees_all(user)


def hide_amounts(doc, values: dict) -> None:
	"""Take what the user may not read (a higher permission level) out of `values`, the answer that shows a document.

	Frappe does so when a form is opened, yet not in its answers to a save, a workflow action or a method of the form.
	"""
	if frappe.session.user == "Administrator":
		return
	levels = doc.get_permlevel_access("read")
	for df in doc.meta.get_high_permlevel_fields():
		if df.permlevel not in levels:
			values.pop(df.fieldname, None)


def supervises(user: str, prospect_list: str) -> bool:
	"""Whether a user may assign, review and mend the ledger of a list."""
	return sees_all(user) or prospect_list in lists_supervised(user)
