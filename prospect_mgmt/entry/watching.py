"""Whoever looks at a worklist or a list sees it change: one realtime event for each of them, after the commit.

Frappe's own event of a changed list names the record and who changed it, to everybody who may read the DocType at all.
So only those who see every list hear that one; the others hear this one, of what is theirs (law 11).
"""

from collections.abc import Collection, Iterable

import frappe
from frappe import realtime

from prospect_mgmt import permissions, telling

DOCTYPE = "Prospect List Entry"
EVENT = "prospect_worklist"


def tell_of(entries: Collection[str]) -> None:
	"""Entries were changed row by row: tell those who work and who supervise them."""
	entry = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(entry).select(entry.prospect_list, entry.agent, entry.cover).distinct()
	found = query.where(entry.name.isin(sorted(entries))).run()
	for prospect_list in {row[0] for row in found}:
		_tell(telling.named_supervisors(prospect_list))
	_tell(user for row in found for user in row[1:])


def tell_changed(entry, before) -> None:
	"""An entry was written: tell those who work it, who worked it before, and who supervise; of one nobody has, the list's agents."""
	users = [entry.agent, entry.cover, *telling.named_supervisors(entry.prospect_list)]
	if before:
		users += [before.agent, before.cover]
	if not entry.agent or (before and not before.agent):
		users += [
			row.user
			for row in frappe.get_cached_doc("Prospect List", entry.prospect_list).agents
			if row.enabled
		]
	_tell(users)


def _tell(users: Iterable[str | None]) -> None:
	for user in sorted({user for user in users if user}):
		# Frappe drops what is published twice in a transaction. The event says nothing: the page asks what it may see.
		frappe.publish_realtime(EVENT, room=realtime.get_user_room(user), after_commit=True)


@frappe.whitelist(allow_guest=True)
def can_subscribe_doctype(doctype: str) -> bool:
	"""Stands for Frappe's method: who does not see every list is not told of every change in our DocTypes. Raises PermissionError."""
	ours = frappe.get_cached_value("DocType", doctype, "module") == "Prospect Mgmt"
	if ours and not permissions.sees_all(frappe.session.user):
		raise frappe.PermissionError
	return realtime.can_subscribe_doctype(doctype)
