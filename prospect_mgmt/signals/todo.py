"""ToDo: Frappe's assignment of an entry and the entry's agent are kept in step."""

from __future__ import annotations

from functools import partial

import frappe
from frappe import _

from prospect_mgmt.entry import people, start

ENTRY, RULE = start.DOCTYPE, "Assignment Rule"


def on_update(doc, method=None):
	"""Assigned or unassigned in Frappe's own way (sidebar, Assignment Rule, a ToDo): the entry's agent follows.

	Raises when that is not for this user to decide: anybody may write a ToDo about anything, or when the ToDo of an
	open entry is closed.
	"""
	entry = _entry_of(doc)
	if not entry:
		return
	if doc.status == "Open" and doc.allocated_to != entry.agent:
		_assigned(doc, entry)
	elif doc.status != "Open" and doc.allocated_to == entry.agent and not entry.done_on:
		_ended(doc, entry)


def on_trash(doc, method=None):
	"""A deleted assignment is one that ended."""
	entry = _entry_of(doc)
	if entry and doc.status == "Open" and doc.allocated_to == entry.agent and not entry.done_on:
		_give_to(entry, None)


def _entry_of(doc):
	"""The entry that a ToDo assigns, locked; None for a ToDo that assigns none or that is our own."""
	if doc.reference_type != ENTRY or not doc.allocated_to or doc.flags.by_prospect_mgmt:
		return None
	if not frappe.db.exists(ENTRY, doc.reference_name):
		return None
	entry = frappe.get_doc(ENTRY, doc.reference_name)
	entry.begin()
	return entry


def _assigned(doc, entry) -> None:
	if not _by_rule(doc, entry):
		_give_to(entry, doc.allocated_to)
	elif people.is_assignable(doc.allocated_to):
		# The rule decides for whoever made the lead; that it has no right to is no reason to refuse the lead.
		entry.agent, entry.flags.automatic = doc.allocated_to, True
		entry.store()
	else:
		doc.db_set("status", "Cancelled")
		frappe.db.before_commit.add(partial(_unshare, entry.name, doc.allocated_to))


def _unshare(entry: str, user: str) -> None:
	"""Frappe shares an entry with whom its rule assigns and who may not see it; it does so after this."""
	frappe.db.delete("DocShare", {"share_doctype": ENTRY, "share_name": entry, "user": user})


def _by_rule(doc, entry) -> bool:
	"""Whether an Assignment Rule gave this entry, judged by the rule: the ToDo itself may say what it likes."""
	if (
		entry.agent
		or entry.done_on
		or not doc.assignment_rule
		or not frappe.db.exists(RULE, doc.assignment_rule)
	):
		return False
	rule = frappe.get_cached_doc(RULE, doc.assignment_rule)
	if rule.disabled or rule.document_type != ENTRY:
		return False
	return doc.allocated_to in [row.user for row in rule.users] or (
		rule.rule == "Based on Field" and doc.allocated_to == entry.get(rule.field)
	)


def _give_to(entry, user: str | None) -> None:
	entry.check_permission("write")
	people.check_may_assign(entry, user)
	people.check_assignable(entry, user)
	entry.agent = user
	entry.store()


def _ended(doc, entry) -> None:
	if doc.status == "Closed":
		frappe.throw(
			_("{0} is still open: close the entry itself, or hand it over, rather than its ToDo.").format(
				entry.name
			),
			title=_("Still to be worked"),
		)
	_give_to(entry, None)
