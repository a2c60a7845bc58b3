"""Law 11 in figures: an agent sees own figures and the team's totals; colleagues by name only who supervises their list."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import get_fullname

from prospect_mgmt import permissions

OTHERS = "~others"  # the key of all colleagues whom the user is not told of one by one; nobody's ID


def lists_named() -> list[str] | None:
	"""The lists whose agents the user sees by name: those they supervise. None is all."""
	user = frappe.session.user
	return None if permissions.sees_all(user) else permissions.lists_supervised(user)


def lists_of(agent: str | None) -> list[str] | None:
	"""The lists whose figures of one agent the user may ask for. None is all."""
	return lists_named() if agent and agent != frappe.session.user else None


def name_of(key: str | None) -> str:
	"""What an agent is called in a report. `key`: a user's ID, OTHERS, or nothing."""
	if key == OTHERS:
		return _("Others of the team")
	return get_fullname(key) if key else _("Unassigned")


def known(user: str | None, prospect_list: str, lists: list[str] | None) -> str | None:
	"""Who did something on a list; OTHERS where that is none of the `lists_named`. Administrator is the procedure itself."""
	if lists is None or prospect_list in lists or user in (None, "", "Administrator", frappe.session.user):
		return user
	return OTHERS


def mark(row: dict, key: str) -> dict:
	"""The row of a group, marked where it is of colleagues: no click leads from it to what is theirs."""
	return row | {"is_others": 1} if is_of_others({"key": key}) else row


def is_of_others(row: dict) -> bool:
	"""Whether a row, which may come from outside, is of colleagues."""
	return OTHERS in str(row.get("key", "")).split("\n")
