"""What the scheduler does besides the sweep: covers, assignment rules, and tomorrow's counters."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, getdate, nowdate

from prospect_mgmt import numbers, one_by_one
from prospect_mgmt.entry import assignment_rule, covers


def hourly() -> None:
	"""Who is away or full may have changed: one list after the other, so that a bad one stops nobody (law 8)."""
	lists = frappe.get_all("Prospect List", filters={"enabled": 1}, pluck="name", order_by="name")
	one_by_one.each(
		"Prospect List",
		lists,
		lambda name: follow_agents(frappe.get_doc("Prospect List", name)),
		"Agents of {0} could not be followed",
	)


def follow_agents(prospect_list) -> None:
	"""The covers, the rule and what waits for an agent follow who is here and who can take more."""
	covers.follow(prospect_list)
	assignment_rule.keep_in_step(prospect_list)
	assignment_rule.assign_waiting(prospect_list)


def prepare_counters() -> None:
	"""Create the counters of tomorrow's date series now, so that midnight finds their rows."""
	tomorrow = getdate(add_days(nowdate(), 1))
	for series in numbers.all_series():
		numbers.prepare(series, tomorrow)
