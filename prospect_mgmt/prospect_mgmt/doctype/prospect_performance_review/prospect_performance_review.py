from __future__ import annotations

from datetime import datetime, time

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_months, formatdate, get_first_day, get_last_day, getdate, now_datetime

from prospect_mgmt import telling
from prospect_mgmt.procedure import review
from prospect_mgmt.reporting import stages

ENTRY = "Prospect List Entry"
MONTHS = ("value", "month_before", "two_months_before")


class ProspectPerformanceReview(Document):
	"""One month of one list: the figures frozen when it was made, and what was agreed to do better."""

	def autoname(self):
		self.name = f"{self.prospect_list} {getdate(self.month):%Y-%m}"

	def before_insert(self):
		self.month = get_first_day(self.month)
		if get_last_day(self.month) >= getdate():
			frappe.throw(
				_("{0} is not over yet: a review is made of a whole month.").format(
					formatdate(self.month, "MMMM yyyy")
				)
			)
		if frappe.db.exists(self.doctype, {"prospect_list": self.prospect_list, "month": self.month}):
			frappe.throw(
				_("There is a review of {0} for this month already.").format(self.prospect_list),
				frappe.DuplicateEntryError,
			)
		self.supervisor = frappe.db.get_value("Prospect List", self.prospect_list, "supervisor")
		self._freeze()

	def validate(self):
		if not self.is_new():
			self._figures_unchanged()
		if self.status == "Closed" and any(not row.owner_user or not row.due_on for row in self.improvements):
			frappe.throw(_("Every agreed improvement needs somebody who does it, and a date."))

	def _freeze(self):
		months = [add_months(self.month, -back) for back in range(3)]
		history = _History(self.prospect_list, months[-1], months[0])
		columns = [history.figures(month) for month in months]
		self.computed_on = now_datetime()
		self.figures = []
		for figure, definition in review.DEFINITIONS.items():
			values = {column: figures[figure] for column, figures in zip(MONTHS, columns, strict=True)}
			self.append("figures", {"figure": figure, "definition": definition, **values})
		for agent, numbers in history.by_agent(self.month).items():
			self.append("agents", {"agent": agent, **numbers})
		for objection, count in history.objections(self.month).items():
			self.append("objections", {"objection": objection, "count": count})
		procedure = frappe.db.get_value("Prospect List", self.prospect_list, "procedure")
		self.procedure_in_force = frappe.as_json(
			frappe.get_doc("Prospect Procedure", procedure).as_dict(no_nulls=True)
		)

	def _figures_unchanged(self):
		before = self.get_doc_before_save()
		for table in ("figures", "agents", "objections"):
			if _plain(before.get(table)) != _plain(self.get(table)):
				frappe.throw(_("The figures of a review are frozen; write what you agreed on below them."))

	def label(self, figure: str) -> str:
		"""The name of a figure in words."""
		return _(figure.replace("_", " ").capitalize())


def _plain(rows) -> list[dict]:
	return [
		{k: v for k, v in row.as_dict().items() if k not in ("modified", "modified_by", "creation", "owner")}
		for row in rows
	]


class _History:
	"""The plain records of a list that the reference computes from, for the months from `first` to `last`."""

	def __init__(self, prospect_list: str, first, last):
		start, end = _bounds(first)[0], _bounds(last)[1]
		mine = {"prospect_list": prospect_list}
		within = ("between", (start, end))
		open_or_recent = [["done_on", "is", "not set"], ["done_on", ">=", start]]
		self.acts = _records("Prospect Interaction", review.Act, {**mine, "occurred_on": within})
		self.changes = _records("Prospect Stage Change", review.Change, {**mine, "changed_on": within})
		here = _records(ENTRY, review.Enquiry, {**mine, "first_contact_on": ("<", end)}, open_or_recent)
		# What was done here on an enquiry that was moved to another list since, or closed before, counts all the same.
		elsewhere = {fact.entry for fact in (*self.acts, *self.changes)} - {enquiry.name for enquiry in here}
		self.enquiries = here + (
			_records(ENTRY, review.Enquiry, {"name": ("in", sorted(elsewhere))}) if elsewhere else []
		)
		self.asked = {
			"revive_stage": next(iter(stages.revive()), review.REVIVE),
			"closing": stages.closing(),
			"scope": review.Scope(prospect_list=prospect_list),
		}

	def figures(self, month) -> dict[str, float]:
		return review.figures(self.enquiries, self.acts, self.changes, *_bounds(month), **self.asked)

	def by_agent(self, month) -> dict[str, dict[str, float]]:
		return review.by_agent(self.enquiries, self.acts, self.changes, *_bounds(month), **self.asked)

	def objections(self, month) -> dict[str, int]:
		return review.objections(filter(self.asked["scope"].has, self.enquiries), *_bounds(month))


def _records(doctype: str, record, filters: dict, or_filters: list | None = None) -> list:
	fields = list(record.__dataclass_fields__)
	rows = frappe.get_all(doctype, filters=filters, or_filters=or_filters, fields=fields, order_by="creation")
	return [record(**row) for row in rows]


def _bounds(month) -> tuple[datetime, datetime]:
	start = get_first_day(month)
	return datetime.combine(start, time.min), datetime.combine(add_months(start, 1), time.min)


def make_monthly() -> None:
	"""On the first of the month: a review of the month before for every enabled list that was worked in it."""
	month = add_months(get_first_day(getdate()), -1)
	for row in frappe.get_all("Prospect List", filters={"enabled": 1}, pluck="name", order_by="name"):
		if frappe.db.exists("Prospect Performance Review", {"prospect_list": row, "month": month}):
			continue
		doc = frappe.new_doc("Prospect Performance Review")
		doc.update({"prospect_list": row, "month": month})
		doc.insert(ignore_permissions=True)  # the scheduler makes it for the supervisor
		telling.tell(
			telling.supervisors(row),
			_("The review of {0} is ready: {1}").format(formatdate(month, "MMMM yyyy"), doc.name),
		)


def on_doctype_update():
	frappe.db.add_unique(
		"Prospect Performance Review", ["prospect_list", "month"], constraint_name="unique_month"
	)
