"""What was agreed in a monthly review: whoever is to do it hears of it, on the day it is due, and after."""

from __future__ import annotations

import frappe
from frappe import _, _lt
from frappe.utils import add_days, formatdate, getdate

from prospect_mgmt import telling
from prospect_mgmt.notification_choices import REMINDER

IMPROVEMENT, REVIEW = "Prospect Review Improvement", "Prospect Performance Review"


def tell_owners(review, before) -> None:
	"""Each who is given an improvement, or another day for it, is told. `before`: the review as it was, if it was."""
	known = {_promise(row) for row in before.improvements} if before else set()
	for row in review.improvements:
		if row.owner_user and row.status == "Open" and _promise(row) not in known:
			_tell([row.owner_user], _lt("Agreed in the review of {0}"), review.prospect_list, row)


def remind() -> None:
	"""Daily: the owner of what is due today; the day after it was due, who supervises the list as well."""
	for row in _open_on(getdate()):
		_tell([row.owner_user], _lt("Due today, agreed in the review of {0}"), row.prospect_list, row)
	for row in _open_on(add_days(getdate(), -1)):
		told = [row.owner_user, *telling.supervisors(row.prospect_list)]
		_tell(told, _lt("Not done yet, agreed in the review of {0}"), row.prospect_list, row)


def of(review: str, owner: str) -> list[dict]:
	"""What was agreed in a review that somebody is to do."""
	filters = {"parenttype": REVIEW, "parent": review, "owner_user": owner}
	return frappe.get_all(IMPROVEMENT, filters, ["improvement", "due_on", "status"], order_by="idx")


def _promise(row) -> tuple:
	return row.improvement, row.owner_user, str(row.due_on or "")


def _open_on(day) -> list[dict]:
	improvement, review = frappe.qb.DocType(IMPROVEMENT), frappe.qb.DocType(REVIEW)
	query = frappe.qb.from_(improvement).join(review).on(review.name == improvement.parent)
	query = query.select(
		improvement.improvement, improvement.owner_user, improvement.due_on, review.prospect_list
	)
	return query.where((improvement.status == "Open") & (improvement.due_on == day)).run(as_dict=True)


def _tell(users: list[str], text, prospect_list: str, row) -> None:
	def said() -> str:
		by = _("by {0}").format(formatdate(row.due_on)) if row.due_on else ""
		return ": ".join([str(text).format(prospect_list), ", ".join(filter(None, (row.improvement, by)))])

	telling.tell(users, said, kind=REMINDER)
