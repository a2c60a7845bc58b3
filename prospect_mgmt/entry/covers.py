"""Who stands in for an agent who is away: due work goes to the cover and comes back. Promises do not pause."""

from __future__ import annotations

import frappe
from frappe.utils import getdate, nowdate

ENTRY = "Prospect List Entry"


def is_away(row, on=None) -> bool:
	"""Whether an agent row says they are away on a date (site timezone); an open end lasts until it is filled in."""
	on = getdate(on or nowdate())
	if not row.away_from and not row.away_until:
		return False
	return (not row.away_from or getdate(row.away_from) <= on) and (
		not row.away_until or on <= getdate(row.away_until)
	)


def stand_in(prospect_list: str, agent: str | None) -> str | None:
	"""Who covers for an agent today; None while they are here.

	A cover who is away too is covered by their own cover. Where that leads to nobody who is here, it is None as well:
	the entry stays with its agent, and the supervisors are told besides (`people.whom_to_tell`).
	"""
	rows = {row.user: row for row in frappe.get_cached_doc("Prospect List", prospect_list).agents}
	user, seen = agent, set()
	while user and user not in seen and (row := rows.get(user)) and is_away(row):
		seen.add(user)
		user = row.cover
	if not user or user in seen or user == agent:
		return None
	return user if frappe.get_cached_value("User", user, "enabled") else None


def is_agent_away(prospect_list: str, agent: str | None) -> bool:
	"""Whether the agent of a list is away today."""
	agents = frappe.get_cached_doc("Prospect List", prospect_list).agents
	return any(row.user == agent and is_away(row) for row in agents)


def follow(prospect_list) -> None:
	"""Give the open entries of agents who are away to their cover, and take back those of agents who are here."""
	for row in prospect_list.agents:
		if cover := stand_in(prospect_list.name, row.user):
			_set_cover(_open_entries_of(row.user, prospect_list.name), cover)
	covered = frappe.get_all(
		ENTRY,
		filters={"cover": ("is", "set"), "prospect_list": prospect_list.name},
		fields=["name", "agent", "cover"],
		order_by="name",
	)
	_set_cover([e.name for e in covered if stand_in(prospect_list.name, e.agent) != e.cover], None)


def _open_entries_of(agent: str, prospect_list: str) -> list[str]:
	filters = {"agent": agent, "prospect_list": prospect_list, "done_on": ("is", "not set")}
	return frappe.get_all(ENTRY, filters=filters, pluck="name", order_by="name")


def _set_cover(entries: list[str], cover: str | None) -> None:
	if not entries:
		return
	entry = frappe.qb.DocType(ENTRY)
	frappe.qb.update(entry).set(entry.cover, cover).where(entry.name.isin(entries)).run()
