"""What happened to the enquiries of a month since its review was made: why it would be another one today."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe import _
from frappe.utils import get_datetime

from prospect_mgmt import own_time
from prospect_mgmt.entry.amounts import QUOTES, SALES
from prospect_mgmt.reporting import stages
from prospect_mgmt.reporting.sql import CHANGE, ENTRY

NAMED = 20  # documents and entries that an explanation names


def reasons(prospect_list: str, names: list[str], made_on) -> list[str]:
	"""In words, the telling ones first. `names`: the enquiries that the month is about."""
	moment = get_datetime(made_on)
	found = [
		*_cancelled(names, moment),
		*_changed(names, moment),
		*_reopened(names, moment),
		*_handed_over(names, moment),
		*_moved(names, prospect_list),
	]
	return (
		found
		or _gone(moment)
		or [_("What was changed since leaves no trace, as a source that was corrected.")]
	)


def _cancelled(names: list[str], moment: datetime) -> list[str]:
	"""Those that were there then; what came and went later is none of this month's."""
	filters = {"prospect_list_entry": ("in", names), "docstatus": 2, "modified": (">", moment)}
	filters["creation"] = ("<=", moment)
	fields = ["name", "prospect_list_entry", "modified"]
	return [
		_("{0} {1} of {2} was cancelled on {3}.").format(
			_(doctype), row.name, row.prospect_list_entry, own_time.shown(row.modified)
		)
		for doctype in (QUOTES, SALES)
		for row in frappe.get_all(doctype, filters, fields, order_by="modified", limit=NAMED)
	]


def _changed(names: list[str], moment: datetime) -> list[str]:
	"""“Update Items”, or an enquiry that went to a company of another currency."""
	filters = {"parenttype": ENTRY, "parent": ("in", names), "amount_changed_on": (">", moment)}
	fields = ["document_type", "document", "parent", "amount_changed_on"]
	rows = frappe.get_all(
		"Prospect Entry Document",
		{**filters, "known_on": ("<=", moment)},
		fields,
		order_by="amount_changed_on",
		limit=NAMED,
	)
	return [
		_("The amount of {0} {1} of {2} was changed on {3}.").format(
			_(row.document_type), row.document, row.parent, own_time.shown(row.amount_changed_on)
		)
		for row in rows
	]


def _reopened(names: list[str], moment: datetime) -> list[str]:
	filters = {"entry": ("in", names), "from_stage": ("in", stages.closing()), "changed_on": (">", moment)}
	rows = frappe.get_all(CHANGE, filters, pluck="entry", distinct=True, order_by="entry", limit=NAMED)
	return [_("{0} was reopened.").format(entry) for entry in rows]


def _handed_over(names: list[str], moment: datetime) -> list[str]:
	"""Each agent of an enquiry has a ToDo of their own."""
	filters = {"reference_type": ENTRY, "reference_name": ("in", names)}
	rows = frappe.get_all(
		"ToDo", filters, ["reference_name", "allocated_to", "creation"], order_by="creation"
	)
	agents = {row.reference_name: row.allocated_to for row in rows if row.creation <= moment}
	entries = {
		row.reference_name
		for row in rows
		if row.creation > moment and row.allocated_to != agents.get(row.reference_name)
	}
	return [_("{0} was handed over.").format(entry) for entry in sorted(entries)[:NAMED]]


def _moved(names: list[str], prospect_list: str) -> list[str]:
	filters = {"name": ("in", names), "prospect_list": ("!=", prospect_list)}
	rows = frappe.get_all(ENTRY, filters, ["name", "prospect_list"], order_by="name", limit=NAMED)
	return [_("{0} is worked on the list {1} today.").format(row.name, row.prospect_list) for row in rows]


def _gone(moment: datetime) -> list[str]:
	"""Leads that left nothing but their number, of whichever list they were."""
	filters = {
		"status": ("in", ("Deleted", "Merged")),
		"modified": (">", moment),
		"issued_on": ("<=", moment),
	}
	rows = frappe.get_all("Prospect Lead Number", filters, ["name", "status"], order_by="name", limit=NAMED)
	said = {"Deleted": _("The lead {0} was deleted."), "Merged": _("The lead {0} was merged into another.")}
	return [said[row.status].format(row.name) for row in rows]
