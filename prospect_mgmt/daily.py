"""What the scheduler does besides the sweep: covers, assignment rules, and tomorrow's counters."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, getdate, nowdate

from prospect_mgmt import numbers
from prospect_mgmt.entry import assignment_rule, people

ENTRY = "Prospect List Entry"


def hourly() -> None:
	"""Who is away or full may have changed."""
	for name in frappe.get_all("Prospect List", filters={"enabled": 1}, pluck="name", order_by="name"):
		assignment_rule.keep_in_step(frappe.get_cached_doc("Prospect List", name))
	end_covers()


def end_covers() -> None:
	"""Agents who are back get their entries back from their cover."""
	covered = frappe.get_all(
		ENTRY, filters={"cover": ("is", "set")}, fields=["name", "agent", "cover", "prospect_list"], order_by="name"
	)
	for entry in covered:
		if people.acting_agent(entry) != entry.cover:
			frappe.db.set_value(ENTRY, entry.name, "cover", None, update_modified=False)


def prepare_counters() -> None:
	"""Create the counters of tomorrow's date series now, so that midnight finds their rows."""
	tomorrow = getdate(add_days(nowdate(), 1))
	for series in numbers.all_series():
		numbers.prepare(series, tomorrow)
