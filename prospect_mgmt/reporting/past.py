"""A closed month computed again from its history by the reference, as it stood when its review was made."""

from __future__ import annotations

from datetime import date, datetime, time

import frappe
from frappe import _
from frappe.utils import add_months, get_datetime

from prospect_mgmt.entry.amounts import QUOTES, SALES
from prospect_mgmt.procedure import review, review_history
from prospect_mgmt.reporting import stages
from prospect_mgmt.reporting.sql import ACT, CHANGE, ENTRY

NAMED = 20  # documents and entries that an explanation names


class History:
	"""The plain records of a list for a month, as of the moment `made_on`."""

	def __init__(self, prospect_list: str, month: date, made_on):
		self.start = datetime.combine(month, time.min)
		self.end = datetime.combine(add_months(month, 1), time.min)
		self.made_on = get_datetime(made_on)
		self.scope = review.Scope(prospect_list=prospect_list)
		mine, within = {"prospect_list": prospect_list}, ("between", (self.start, self.end))
		self.acts = _records(ACT, review.Act, {**mine, "occurred_on": within})
		self.changes = _records(CHANGE, review.Change, {**mine, "changed_on": within})
		open_or_recent = [["done_on", "is", "not set"], ["done_on", ">=", self.start]]
		here = _records(ENTRY, review.Enquiry, {**mine, "first_contact_on": ("<", self.end)}, open_or_recent)
		received = _records(ENTRY, review.Enquiry, {**mine, "first_contact_on": within})
		known = {enquiry.name: enquiry for enquiry in (*here, *received)}
		# What was done here on an enquiry that was moved to another list since, or closed before, counts all the same.
		elsewhere = {fact.entry for fact in (*self.acts, *self.changes)} - known.keys()
		for enquiry in (
			_records(ENTRY, review.Enquiry, {"name": ("in", sorted(elsewhere))}) if elsewhere else ()
		):
			known[enquiry.name] = enquiry
		self.enquiries = list(known.values())

	def figures(self) -> dict[str, float]:
		"""The figures of `review.DEFINITIONS`."""
		papers = self._papers()
		then = [
			review_history.as_of(enquiry, self.made_on, papers.get(enquiry.name, ()))
			for enquiry in self.enquiries
		]
		return review.figures(
			then,
			review_history.known_by(self.acts, self.made_on),
			self.changes,
			self.start,
			self.end,
			revive_stage=next(iter(stages.revive()), review.REVIVE),
			closing=stages.closing(),
			scope=self.scope,
		)

	def _papers(self) -> dict[str, list[review_history.Paper]]:
		"""{entry: its submitted documents, in the order of its table}."""
		names = [enquiry.name for enquiry in self.enquiries]
		rows = frappe.get_all(
			"Prospect Entry Document",
			filters={"parenttype": ENTRY, "parent": ("in", names)},
			fields=["parent", "document_type", "document", "amount"],
			order_by="parent, idx",
		)
		made_on = _made_on(rows)
		papers: dict[str, list[review_history.Paper]] = {}
		for row in rows:
			papers.setdefault(row.parent, []).append(
				review_history.Paper(
					entry=row.parent,
					is_quote=row.document_type == QUOTES,
					name=row.document,
					amount=row.amount,
					made_on=made_on[row.document_type, row.document],
				)
			)
		return papers

	def what_happened_since(self) -> list[str]:
		"""What explains a difference: documents cancelled, enquiries reopened; else what leaves no trace here."""
		reasons = [*self._cancelled(), *self._reopened()]
		return reasons or [
			_(
				"Enquiries were moved to another list, handed over, merged or deleted since the review was made."
			)
		]

	def _cancelled(self) -> list[str]:
		names = [enquiry.name for enquiry in self.enquiries]
		filters = {"prospect_list_entry": ("in", names), "docstatus": 2, "modified": (">", self.made_on)}
		return [
			_("{0} {1} of {2} was cancelled on {3}.").format(
				_(doctype), row.name, row.prospect_list_entry, frappe.utils.format_datetime(row.modified)
			)
			for doctype in (QUOTES, SALES)
			for row in frappe.get_all(
				doctype,
				filters=filters,
				fields=["name", "prospect_list_entry", "modified"],
				order_by="modified",
				limit=NAMED,
			)
		]

	def _reopened(self) -> list[str]:
		filters = {
			"entry": ("in", [enquiry.name for enquiry in self.enquiries]),
			"from_stage": ("in", stages.closing()),
			"changed_on": (">", self.made_on),
		}
		rows = frappe.get_all(
			CHANGE, filters=filters, pluck="entry", distinct=True, order_by="entry", limit=NAMED
		)
		return [_("{0} was reopened.").format(entry) for entry in rows]


def _made_on(rows: list[dict]) -> dict[tuple[str, str], datetime]:
	found = {}
	for doctype in (QUOTES, SALES):
		names = sorted({row.document for row in rows if row.document_type == doctype})
		for name, creation in frappe.get_all(
			doctype, filters={"name": ("in", names)}, fields=["name", "creation"], as_list=True
		):
			found[doctype, name] = creation
	return found


def _records(doctype: str, record, filters: dict, or_filters: list | None = None) -> list:
	fields = list(record.__dataclass_fields__)
	rows = frappe.get_all(doctype, filters=filters, or_filters=or_filters, fields=fields, order_by="creation")
	return [record(**row) for row in rows]
