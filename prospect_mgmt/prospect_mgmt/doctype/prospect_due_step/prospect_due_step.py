from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from prospect_mgmt import permissions
from prospect_mgmt.entry import checks, ledger, progress
from prospect_mgmt.entry.rules import rules_of
from prospect_mgmt.procedure.steps import ANY_VISIT, following
from prospect_mgmt.reasons import in_words, lines_in_words


class ProspectDueStep(Document):
	"""One step scheduled for one entry: the durable timer and the ledger of why and why not."""

	def onload(self):
		"""Its form, which nobody saves, is in its reader's words."""
		self.step_title, self.instruction = _(self.step_title), _(self.instruction or "")
		self.reason, self.intervention = in_words(self.reason), lines_in_words(self.intervention)

	@frappe.whitelist(methods=["POST"])
	def retry(self):
		"""Try a failed step again, after its cause was mended: it is due now."""
		entry = self._begin_as_supervisor("Failed")
		# The ledger grants nobody the right to write: that a supervisor asks was checked above.
		self.db_set({"status": "Scheduled", "done_on": None})
		self._reschedule(entry, now_datetime(), f"retried by {frappe.session.user}")

	@frappe.whitelist(methods=["POST"])
	def cancel_step(self, reason: str):
		"""This once it shall not happen; what the procedure counts from it comes as if it had been skipped."""
		entry = self._begin_as_supervisor("Scheduled")
		text, now = self._said("cancelled by {0}: {1}", reason), now_datetime()
		ledger.end([self.name], "Skipped", text, now, intervention=self._with_earlier(text))
		rules, known = rules_of(entry.prospect_list), {row.key for row in ledger.rows_of(entry.name)}
		row = ledger.as_row(self.as_dict())
		coming = following(row, rules.steps, progress.facts_of(entry), now, rules.calendar)
		ledger.add(entry.name, [row for row in coming if row.key not in known])
		entry.store()  # plans: where nothing else is coming the stand-in is (law 1)

	@frappe.whitelist(methods=["POST"])
	def run_now(self, reason: str):
		"""It is due now instead of later; what holds a step (a pause, sending hours, mail stopped) holds it still."""
		entry = self._begin_as_supervisor("Scheduled")
		self._reschedule(entry, now_datetime(), self._said("run now by {0}: {1}", reason))

	@frappe.whitelist(methods=["POST"])
	def move_step(self, due_on: str | datetime, reason: str):
		"""It is due at another moment to come; when it was due first stays in `original_due_on`."""
		entry = self._begin_as_supervisor("Scheduled")
		moment = checks.coming(due_on, _("Due on"))
		if not moment:
			frappe.throw(_("Say when it shall be due."))
		text = self._said("moved from {2} by {0}: {1}", reason, str(self.due_on)[:16])
		self._reschedule(entry, moment, text)

	@frappe.whitelist(methods=["POST"])
	def put_back(self):
		"""Undo a cancelling: it is due as it was, or now when that has passed. What was planned in its place stays."""
		entry = self._begin_as_supervisor("Skipped")
		if not was_cancelled(self):
			frappe.throw(_("Only a step that a supervisor cancelled can be put back."))
		if self.stage_visit not in (ANY_VISIT, entry.stage_visit):
			frappe.throw(_("Its stage was left meanwhile."))
		# The ledger grants nobody the right to write: that a supervisor asks was checked above.
		self.db_set({"status": "Scheduled", "done_on": None})
		due_on = max(self.due_on, now_datetime())
		self._reschedule(entry, due_on, f"put back by {frappe.session.user}")

	def _begin_as_supervisor(self, status: str):
		"""Lock the entry, then this row as it is now; returns the entry. Raises unless a supervisor may do this to it."""
		entry = frappe.get_doc("Prospect List Entry", frappe.db.get_value(self.doctype, self.name, "entry"))
		entry.begin("write")
		if not permissions.supervises(frappe.session.user, entry.prospect_list):
			frappe.throw(
				_("Only a supervisor of {0} can change its steps.").format(entry.prospect_list),
				frappe.PermissionError,
			)
		self.flags.for_update = True
		self.load_from_db()
		if self.status != status:
			frappe.throw(_("This step is {0} by now.").format(_(self.status, context=self.doctype)))
		if entry.done_on:
			frappe.throw(_("{0} is closed.").format(entry.name))
		return entry

	def _said(self, text: str, reason: str, *more: str) -> str:
		"""What the ledger keeps of it, the same for everybody (see `reasons`)."""
		if not (reason or "").strip():
			frappe.throw(_("Say why."))
		return text.format(frappe.session.user, checks.text(reason, _("Reason"), 500), *more)

	def _with_earlier(self, text: str) -> str:
		return f"{self.intervention}\n{text}" if self.intervention else text

	def _reschedule(self, entry, moment: datetime, text: str) -> None:
		self.db_set({"due_on": moment, "reason": text, "intervention": self._with_earlier(text)})
		entry.store()

	def validate(self):
		frappe.throw(
			_("The ledger of steps is kept by the procedure; it is not edited."), frappe.PermissionError
		)

	def on_trash(self):
		frappe.throw(_("The ledger of steps is kept as long as its entry."), frappe.PermissionError)


def was_cancelled(step) -> bool:
	"""Whether a step (a document or a row with status, reason and intervention) was skipped since a supervisor said so."""
	return step.status == "Skipped" and bool(step.reason) and (step.intervention or "").endswith(step.reason)


def on_doctype_update():
	frappe.db.add_unique(
		"Prospect Due Step",
		["entry", "procedure_step", "stage_visit", "anchor", "occurrence"],
		constraint_name="unique_step",
	)
	frappe.db.add_index("Prospect Due Step", ["status", "due_on", "entry"])  # what is due
	frappe.db.add_index("Prospect Due Step", ["entry", "status", "due_on"])  # what comes next for an entry
