"""A closed month computed again from its history by the reference, as it stood when its review was made."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from functools import cached_property

import frappe
from frappe.utils import add_months, get_datetime

from prospect_mgmt.entry.amounts import QUOTES
from prospect_mgmt.entry.rules import calendar_of
from prospect_mgmt.procedure import review, review_history, review_promises, review_records
from prospect_mgmt.reporting import month as months
from prospect_mgmt.reporting import stages
from prospect_mgmt.reporting.sql import ACT, ANSWER, CHANGE, ENTRY


def numbers(found: list[History]) -> months.Numbers:
	"""What `month.read` reads of a month and the two before: the same from their histories, the latest first."""
	return months.Numbers(
		begun=months.begun(found[0].scope.prospect_list, found[0].made_on),
		totals=[history.figures() for history in found],
		by_agent=[history.by_agent() for history in found],
		kept=[history.promises() for history in found],
		sources=found[0].sources(),
		objections=found[0].objections(),
		quality=found[0].quality(),
	)


class History:
	"""The plain records of a list for a month, as of the moment `made_on`, under the working time of a procedure (as JSON)."""

	def __init__(self, prospect_list: str, month: date, made_on, procedure: dict):
		self.start = datetime.combine(month, time.min)
		self.end = datetime.combine(add_months(month, 1), time.min)
		self.made_on = get_datetime(made_on)
		self.scope = review.Scope(prospect_list=prospect_list)
		self.calendar = calendar_of(frappe.get_doc(procedure))
		self.bounds = {"start": self.start, "end": self.end, "scope": self.scope}
		self.stages = {**self.bounds, "closing": stages.closing()}
		mine, within = {"prospect_list": prospect_list}, ("between", (self.start, self.end))
		acts = _records(ACT, review.Act, {**mine, "occurred_on": within})
		self.acts = review_history.known_by(acts, self.made_on)
		self.changes = _changes({**mine, "changed_on": within})
		open_or_recent = [["done_on", "is", "not set"], ["done_on", ">=", self.start]]
		here = enquiries({**mine, "first_contact_on": ("<", self.end)}, open_or_recent)
		received = enquiries({**mine, "first_contact_on": within})
		promised = enquiries({**mine, "name": ("in", _promised(within))})
		known = {enquiry.name: enquiry for enquiry in (*here, *received, *promised)}
		# What was done here on an enquiry that was moved to another list since, or closed before, counts all the same.
		elsewhere = {fact.entry for fact in (*self.acts, *self.changes)} - known.keys()
		others = enquiries({"name": ("in", sorted(elsewhere))}) if elsewhere else ()
		self.today = [*known.values(), *others]

	@cached_property
	def names(self) -> list[str]:
		"""The enquiries that the month is about."""
		return [enquiry.name for enquiry in self.today]

	@cached_property
	def enquiries(self) -> list[review.Enquiry]:
		"""The same as they stood then."""
		papers = _by_entry(self._papers())
		acts = _by_entry(_records(ACT, review.Act, {"entry": ("in", self.names)}))
		return [
			review_history.as_of(
				enquiry,
				self.made_on,
				self.calendar,
				papers.get(enquiry.name, ()),
				acts.get(enquiry.name, ()),
			)
			for enquiry in self.today
		]

	def _papers(self) -> list[review_history.Paper]:
		"""The submitted documents of the enquiries, in the order of their tables."""
		rows = frappe.get_all(
			"Prospect Entry Document",
			filters={"parenttype": ENTRY, "parent": ("in", self.names)},
			fields=["parent", "document_type", "document", "amount", "known_on"],
			order_by="parent, idx",
		)
		return [
			review_history.Paper(
				entry=row.parent,
				is_quote=row.document_type == QUOTES,
				name=row.document,
				amount=row.amount,
				known_on=row.known_on,
			)
			for row in rows
		]

	# ------------------------------------------------------------- the tables of a review
	def figures(self) -> dict[str, float]:
		"""The figures of `review.DEFINITIONS`."""
		return review.figures(self.enquiries, self.acts, self.changes, **self.stages)

	def by_agent(self) -> dict[str, dict[str, float]]:
		"""The same of each agent."""
		return review.by_agent(self.enquiries, self.acts, self.changes, **self.stages)

	def sources(self) -> dict[str, dict[str, float]]:
		"""The same of each source."""
		return review.by_group(
			self.enquiries, self.acts, self.changes, group=lambda enquiry: enquiry.source, **self.stages
		)

	def promises(self) -> dict[str, dict]:
		"""{promise: figures of `review_promises`}; empty where nothing was promised."""
		found = review_promises.promises(self.enquiries, by="Month", now=self.made_on, **self.bounds)
		day = self.start.date()
		return {promise: found.get((day, promise), {}) for promise in review.PROMISES}

	def objections(self) -> dict[str, dict]:
		"""{objection: figures of `review_records.OBJECTIONS`}."""
		ever = _changes({"entry": ("in", self.names), "changed_on": ("<=", self.made_on)})
		heard = review_records.objections_heard(
			self.enquiries, self.acts, ever, group=lambda *_of: "", **self.stages
		)
		return {objection: found for (objection, _group), found in heard.items()}

	def quality(self) -> dict[str, float]:
		"""The figures of `month.QUALITY`."""
		by_agent = review_records.quality(self.enquiries, self.acts, **self.bounds).values()
		return {figure: sum(found[figure] for found in by_agent) for figure in months.QUALITY}


def _changes(filters: dict) -> list[review.Change]:
	"""Whatever the stages are called that enquiries without an answer go to: in the reference it is one."""
	revive = stages.revive()
	return [
		replace(change, from_stage=review.REVIVE) if change.from_stage in revive else change
		for change in _records(CHANGE, review.Change, filters)
	]


def _by_entry(facts: list) -> dict[str, list]:
	found: dict[str, list] = {}
	for fact in facts:
		found.setdefault(fact.entry, []).append(fact)
	return found


def enquiries(filters: dict | None = None, or_filters: list | None = None) -> list[review.Enquiry]:
	"""The enquiries that fit, each with its promises to answer."""
	fields = [field for field in review.Enquiry.__dataclass_fields__ if field != "answers"]
	rows = frappe.get_all(ENTRY, filters=filters, or_filters=or_filters, fields=fields, order_by="creation")
	answers = _answers([row.name for row in rows])
	return [review.Enquiry(**row, answers=tuple(answers.get(row.name, ()))) for row in rows]


def _answers(entries: list[str]) -> dict[str, list[review.Promise]]:
	found: dict[str, list[review.Promise]] = {}
	for row in frappe.get_all(
		ANSWER,
		filters={"parenttype": ENTRY, "parent": ("in", entries)},
		fields=[
			"parent",
			"asked_on",
			"respond_by as due_on",
			"responded_on as kept_on",
			"status",
			"late",
			"waited",
		],
		order_by="parent, idx",
	):
		found.setdefault(row.pop("parent"), []).append(review.Promise(**row))
	return found


def _promised(within: tuple) -> list[str]:
	"""The enquiries that something was promised for a period, which may be closed before it."""
	of_entry = [[f"{promise}_by", *within] for promise in review.KEEPS]
	names = frappe.get_all(ENTRY, or_filters=of_entry, pluck="name", order_by="name")
	names += frappe.get_all(ANSWER, {"respond_by": within}, pluck="parent", order_by="parent")
	return sorted(set(names)) or [""]


def _records(doctype: str, record, filters: dict, or_filters: list | None = None) -> list:
	fields = list(record.__dataclass_fields__)
	order = ORDER.get(doctype, "creation")
	rows = frappe.get_all(doctype, filters=filters, or_filters=or_filters, fields=fields, order_by=order)
	return [record(**row) for row in rows]


ORDER = {ACT: "occurred_on, creation, number, name"}  # in which an entry takes its contacts in
