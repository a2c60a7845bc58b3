import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.naming import append_number_if_name_exists
from frappe.utils import (
	add_months,
	get_first_day,
	get_last_day,
	getdate,
	now_datetime,
)

from prospect_mgmt import one_by_one, sweep, telling
from prospect_mgmt.notification_choices import REVIEW
from prospect_mgmt.reporting import again, improvements, month, review_mail, review_page, show

DOCTYPE, AGENT_REVIEW = "Prospect Performance Review", "Prospect Agent Review"
AT_MOST = 12  # months back that are made up for
LONGEST = 88  # characters of a list's name in that of its review: what is said of one has room for 140
FROZEN = ("findings", "standards", "figures", "agents", "sources", "objections")
# What may follow a status: a review is spoken about before it is closed.
STATUSES = {"Open": {"Discussed"}, "Discussed": {"Open", "Closed"}, "Closed": {"Discussed"}}


class ProspectPerformanceReview(Document):
	"""One month of one list: the figures frozen when it was made, and what was agreed to do better."""

	def autoname(self):
		name = f"{self.prospect_list[:LONGEST].strip()} {getdate(self.month):%Y-%m}"
		# Of a list that was renamed since, or whose name begins alike
		self.name = append_number_if_name_exists(self.doctype, name)

	def before_insert(self):
		self.month = get_first_day(self.month)
		if get_last_day(self.month) >= getdate():
			frappe.throw(
				_("{0} is not over yet: a review is made of a whole month.").format(show.month(self.month))
			)
		if frappe.db.exists(self.doctype, {"prospect_list": self.prospect_list, "month": self.month}):
			frappe.throw(
				_("There is a review of {0} for this month already.").format(self.prospect_list),
				frappe.DuplicateEntryError,
			)
		self.status = "Open"
		self.supervisor = frappe.db.get_value("Prospect List", self.prospect_list, "supervisor")
		self._freeze()

	def after_insert(self):
		for agent in self.flags.agents:
			doc = frappe.new_doc(AGENT_REVIEW)
			doc.freeze(self, agent, self.flags.agents[agent])
			doc.insert(ignore_permissions=True)  # part of the review; nobody writes these by hand

	def validate(self):
		if not self.is_new():
			before = self.get_doc_before_save()
			self._figures_unchanged(before)
			self._check_status(before.status)
		if self.status == "Closed" and any(not row.owner_user or not row.due_on for row in self.improvements):
			frappe.throw(_("Every agreed improvement needs somebody who does it, and a date."))

	def on_update(self):
		improvements.tell_owners(self, self.get_doc_before_save())

	def onload(self):
		self.set_onload("page", self.page())

	def on_trash(self):
		for name in frappe.get_all(AGENT_REVIEW, filters={"review": self.name}, pluck="name"):
			frappe.delete_doc(AGENT_REVIEW, name, ignore_permissions=True)  # part of the review

	# ------------------------------------------------------------- freezing
	def _freeze(self):
		self.computed_on = now_datetime()
		self.currency = month.currency(self.prospect_list)
		found = month.rows(self.prospect_list, self.month, month.read(self.prospect_list, self.month))
		for table in FROZEN:
			self.set(table, getattr(found, table))
		self.flags.agents = found.agent_months
		procedure = frappe.db.get_value("Prospect List", self.prospect_list, "procedure")
		self.procedure_in_force = frappe.as_json(
			frappe.get_doc("Prospect Procedure", procedure).as_dict(no_nulls=True)
		)

	def _figures_unchanged(self, before):
		kept = ("computed_on", "procedure_in_force", "supervisor", "currency")
		changed = any(_plain(before.get(table)) != _plain(self.get(table)) for table in FROZEN)
		if changed or any(str(before.get(field)) != str(self.get(field)) for field in kept):
			frappe.throw(_("The figures of a review are frozen; write what you agreed on below them."))

	def _check_status(self, before: str):
		if self.status != before and self.status not in STATUSES[before]:
			frappe.throw(
				_("A review is {0} after it was {1}.").format(
					_(" or ").join(self._said(status) for status in sorted(STATUSES[before])),
					self._said(before),
				)
			)

	def _said(self, status: str) -> str:
		return _(status, context=self.doctype)

	# ------------------------------------------------------------- reading
	def page(self) -> str:
		"""The review as HTML with charts: what the form and the print show."""
		return review_page.of_review(self)

	@frappe.whitelist()
	def get_differences(self) -> dict:
		"""Compute the month again from its history, as of the moment of the review.

		{figures: [{label, frozen, now}], reasons: [what happened since that explains them]}; both are empty when all is as it was.
		"""
		self.load_from_db()  # whatever the caller had sent
		self.check_permission("read")
		return again.differences(self)


def _plain(rows) -> list[dict]:
	return [
		{k: v for k, v in row.as_dict().items() if k not in ("modified", "modified_by", "creation", "owner")}
		for row in rows
	]


def make_monthly() -> None:
	"""Daily: for every enabled list the reviews of whole months that it lacks, one after the other (law 8).

	Of last month, and of those since its first review: what failed, or while the scheduler was off.
	"""
	sweep.mark_missed()  # a promise that ran out at midnight was missed in this month
	lacking = {
		f"{name} {first:%Y-%m}": (name, first)
		for name in frappe.get_all("Prospect List", {"enabled": 1}, pluck="name", order_by="name")
		for first in _lacking(name)
	}
	one_by_one.each(
		DOCTYPE, lacking, lambda review: _make(*lacking[review]), "The review {0} could not be made"
	)


def _lacking(prospect_list: str) -> list:
	"""The first days of the months, the earliest first, of which a list has no review and should."""
	this_month = get_first_day(getdate())
	made = frappe.get_all(DOCTYPE, {"prospect_list": prospect_list}, pluck="month", order_by="month")
	begun = made[0] if made else frappe.db.get_value("Prospect List", prospect_list, "creation")
	months = (add_months(this_month, -back) for back in range(AT_MOST if made else 1, 0, -1))
	return [first for first in months if first not in made and getdate(begun) < getdate(add_months(first, 1))]


def _make(prospect_list: str, month_before) -> None:
	doc = frappe.new_doc(DOCTYPE)
	doc.update({"prospect_list": prospect_list, "month": month_before})
	doc.insert(ignore_permissions=True)  # the scheduler makes it for the supervisor
	supervisors = telling.supervisors(prospect_list)
	told = telling.tell(
		supervisors,
		lambda: _("The review of {0} is ready: {1}").format(show.month(month_before), doc.name),
		leads_to=(DOCTYPE, doc.name),
	)
	_tell_agents(doc, told)
	review_mail.send(doc, supervisors)


def _tell_agents(doc, told: list[str]) -> None:
	"""Who has a page of the review hears of it, unless told of the whole."""
	for page in frappe.get_all(AGENT_REVIEW, {"review": doc.name}, ["name", "agent"], order_by="name"):
		if page.agent not in told:
			telling.tell(
				[page.agent],
				lambda: _("Your page of the review of {0} is ready: {1}").format(
					show.month(doc.month), doc.prospect_list
				),
				kind=REVIEW,
				leads_to=(AGENT_REVIEW, page.name),
			)


def on_doctype_update():
	frappe.db.add_unique(DOCTYPE, ["prospect_list", "month"], constraint_name="unique_month")
