import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from prospect_mgmt import enrolment, retention
from prospect_mgmt.entry import assignment_rule, covers


class ProspectList(Document):
	"""A list that one team works under one procedure."""

	def onload(self):
		# Frappe tells the form what the roles allow, not what the list's people may.
		self.set_onload("may_change", self.has_permission("write"))

	def validate(self):
		self._check_agents()
		self._check_condition()
		if self.supervisor and self.supervisor == self.deputy:
			frappe.throw(_("The deputy must be somebody other than the supervisor."))

	def on_update(self):
		enrolment.forget_lists()
		frappe.clear_document_cache(self.doctype, self.name)
		covers.follow(self)
		assignment_rule.keep_in_step(self)

	def on_trash(self):
		enrolment.forget_lists()

	def after_delete(self):
		if self.assignment_rule and frappe.db.exists("Assignment Rule", self.assignment_rule):
			frappe.delete_doc("Assignment Rule", self.assignment_rule, ignore_permissions=True, force=True)

	def before_rename(self, old: str, new: str, merge: bool = False):
		if merge and self._reviewed(old) & self._reviewed(new):
			frappe.throw(
				_(
					"{0} and {1} have reviews of the same months, each of its own team: they cannot be merged."
				).format(old, new)
			)

	@staticmethod
	def _reviewed(name: str) -> set:
		"""The months of which a list has a review; a list has one a month."""
		return set(frappe.get_all("Prospect Performance Review", {"prospect_list": name}, pluck="month"))

	def after_rename(self, old: str, new: str, merge: bool = False):
		enrolment.forget_lists()
		if not merge:
			assignment_rule.follow_rename(frappe.get_doc(self.doctype, new), old)

	def _check_agents(self):
		seen = set()
		for row in self.agents:
			if row.user in seen:
				frappe.throw(_("Row {0}: {1} is on the list already.").format(row.idx, row.user))
			seen.add(row.user)
			if row.cover and row.cover == row.user:
				frappe.throw(_("Row {0}: {1} cannot cover themselves.").format(row.idx, row.user))
			if row.away_from and row.away_until and getdate(row.away_until) < getdate(row.away_from):
				frappe.throw(_("Row {0}: “Away until” is before “Away from”.").format(row.idx))

	def _check_condition(self):
		"""A condition that can never be evaluated is refused here, where it is written, and not when a lead comes in."""
		if not (self.enrol_condition or "").strip():
			return
		try:
			frappe.safe_eval(self.enrol_condition, None, frappe.new_doc("Lead").as_dict())
		except TypeError:
			pass  # an empty field compared with a number, say: it can be true for a real lead
		except Exception as error:
			frappe.throw(
				_("The condition cannot be evaluated: {0}").format(frappe.utils.escape_html(str(error))),
				title=_("Condition", context="Prospect List"),
			)

	@frappe.whitelist()
	def get_counts(self) -> dict:
		"""For the form: how many open entries the list has, by stage, and how many nobody has."""
		self.check_permission("read")
		entry = frappe.qb.DocType("Prospect List Entry")
		from pypika.functions import Count

		mine = (entry.prospect_list == self.name) & entry.done_on.isnull()
		stages = (
			frappe.qb.from_(entry)
			.select(entry.stage, Count("*").as_("open"))
			.where(mine)
			.groupby(entry.stage)
			.run(as_dict=True)
		)
		unassigned = frappe.qb.from_(entry).select(Count("*")).where(mine & entry.agent.isnull()).run()[0][0]
		return {"stages": {row.stage: row.open for row in stages}, "unassigned": unassigned}

	@frappe.whitelist()
	def preview_anonymising(self, days: int) -> dict:
		"""The rehearsal: whom a retention of so many days would anonymise tonight, and who is kept and why."""
		self.check_permission("write")
		return retention.rehearse(self.name, days)
