"""User: disabling one who holds entries brings those entries back to "unassigned"; lists and rules follow."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import get_fullname

from prospect_mgmt import permissions, telling
from prospect_mgmt.entry import assignment_rule, covers, start
from prospect_mgmt.signals import signal

ENTRY = start.DOCTYPE
AT_ONCE = 20  # so many entries are given back in the request itself; more in the background


@signal
def on_update(doc, method=None):
	"""Disabled: give back what they hold, and say which lists need a supervisor. Enabled again: they can be assigned."""
	if doc.is_new() or not doc.has_value_changed("enabled"):
		return
	frappe.clear_document_cache("User", doc.name)  # Frappe does so only after this
	_follow_lists(doc.name)
	if not doc.enabled:
		_give_back_all(doc.name)
		_ask_for_supervisors(doc.name)


def _follow_lists(user: str) -> None:
	for name in _lists_with(user):
		prospect_list = frappe.get_doc("Prospect List", name)
		covers.follow(prospect_list)
		assignment_rule.keep_in_step(prospect_list)


def _lists_with(user: str) -> list[str]:
	row = frappe.qb.DocType("Prospect List Agent")
	query = frappe.qb.from_(row).select(row.parent).distinct().where((row.user == user) | (row.cover == user))
	return query.where(row.parenttype == "Prospect List").orderby(row.parent).run(pluck=True)


def _give_back_all(user: str) -> None:
	held = frappe.get_all(
		ENTRY, filters={"agent": user, "done_on": ("is", "not set")}, pluck="name", order_by="name"
	)
	if len(held) <= AT_ONCE:
		give_back(user, held)
	else:
		frappe.enqueue(
			"prospect_mgmt.signals.user.give_back",
			queue="long",
			user=user,
			entries=held,
			enqueue_after_commit=True,
		)


def give_back(user: str, entries: list[str]) -> None:
	"""Unassign the open entries of a user who left, and tell each list's supervisors once.

	Where a list's assignment rule is switched on, it gives them to the next agent at once.
	"""
	by_list: dict[str, list[str]] = {}
	for name in entries:
		entry = frappe.get_doc(ENTRY, name)
		entry.begin()
		if entry.agent != user or entry.done_on:
			continue
		entry.flags.handover_note = _("{0} was disabled").format(user)
		entry.agent = None
		entry.store()
		by_list.setdefault(entry.prospect_list, []).append(name)
	for prospect_list, names in by_list.items():
		waiting = frappe.db.count(ENTRY, {"name": ("in", names), "agent": ("is", "not set")})
		facts = get_fullname(user), len(names), prospect_list, waiting
		telling.tell(
			telling.supervisors(prospect_list),
			lambda: _("{0} was disabled and had {1} entries of {2}: {3} of them wait for an agent").format(
				*facts
			),
		)


def _ask_for_supervisors(user: str) -> None:
	"""Sales Managers hear of lists that nobody supervises now: their alerts go to them."""
	for prospect_list in permissions.lists_supervised(user):
		if not telling.named_supervisors(prospect_list):
			facts = get_fullname(user), prospect_list
			telling.tell(
				telling.supervisors(prospect_list),
				lambda: _("{0} was disabled: the list {1} needs a supervisor").format(*facts),
			)
