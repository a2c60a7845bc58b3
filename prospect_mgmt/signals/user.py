"""User: disabling one who holds entries brings those entries back to "unassigned"."""

from __future__ import annotations

import frappe
from frappe import _

from prospect_mgmt import telling
from prospect_mgmt.entry import start
from prospect_mgmt.signals import signal

ENTRY = start.DOCTYPE
AT_ONCE = 20  # so many entries are given back in the request itself; more in the background


@signal
def on_update(doc, method=None):
	"""Disabled: give back what they hold."""
	if doc.enabled or not doc.has_value_changed("enabled"):
		return
	held = frappe.get_all(ENTRY, filters={"agent": doc.name, "done_on": ("is", "not set")}, pluck="name", order_by="name")
	if len(held) <= AT_ONCE:
		give_back(doc.name, held)
	else:
		frappe.enqueue("prospect_mgmt.signals.user.give_back", queue="long", user=doc.name, entries=held, enqueue_after_commit=True)


def give_back(user: str, entries: list[str]) -> None:
	"""Unassign the open entries of a user who left, and tell each list's supervisors once."""
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
		subject = _("{0} was disabled: {1} entries of {2} are unassigned").format(user, len(names), prospect_list)
		telling.tell(telling.supervisors(prospect_list), subject)
