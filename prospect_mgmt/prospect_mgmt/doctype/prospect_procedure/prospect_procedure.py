import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html

from prospect_mgmt.entry import moves, replan, rules
from prospect_mgmt.procedure.clock import CalendarError
from prospect_mgmt.prospect_mgmt.doctype.prospect_procedure import fit, picture
from prospect_mgmt.reasons import said


class ProspectProcedure(Document):
	"""The Standard Operating Procedure: promises, working hours, steps, and what each event means to the Workflow."""

	def validate(self):
		self._check_itself()
		self._warn_of_workflow()

	def on_update(self):
		frappe.clear_document_cache(self.doctype, self.name)

	def _check_itself(self):
		if errors := self.errors():
			frappe.throw("<br>".join(errors), title=_("The procedure does not fit together"))

	def errors(self) -> list[str]:
		"""What is wrong within the procedure itself, so that it cannot be saved; in words for an admin."""
		return [*self._calendar_errors(), *self._promise_errors(), *self._step_errors()]

	def _calendar_errors(self) -> list[str]:
		try:
			rules.calendar_of(self)
		except (CalendarError, ValueError) as error:
			return [_("Working hours: {0}").format(escape_html(said(error.args[0])))]
		return []

	def _promise_errors(self) -> list[str]:
		return [
			_("“{0}” must be longer than nothing.").format(_(self.meta.get_label(field)))
			for field in ("acknowledge_within", "satisfy_within", "respond_within")
			if cint(self.get(field)) <= 0
		]

	def _step_errors(self) -> list[str]:
		errors, previous_stages = [], set()
		for step in self.steps:
			first = (step.stage or "") not in previous_stages
			named = (step.idx, escape_html(_(step.title or "")))
			errors += [text.format(*named) for text in _errors_of(step, first)]
			previous_stages.add(step.stage or "")
		return errors

	def _warn_of_workflow(self):
		"""What does not fit the Workflow is said here, and never stops a save: the Workflow may be drawn next."""
		if frappe.flags.in_install or frappe.flags.in_migrate:
			return
		problems = self.workflow_problems()
		if problems:
			frappe.msgprint("<br>".join(problems), title=_("Does not fit the Workflow"), indicator="orange")

	def workflow_problems(self) -> list[str]:
		"""Where this procedure and the active Workflow do not fit together, in words for an admin."""
		try:
			workflow = moves.workflow()
		except frappe.ValidationError as error:
			frappe.clear_last_message()
			return [str(error)]
		return fit.problems(self, workflow)

	@frappe.whitelist()
	def describe(self) -> dict:
		"""For the form, of the procedure as typed so far: {errors, problems, stages}; see `picture.stages`."""
		self.check_permission("read")
		return {
			"errors": self.errors(),
			"problems": self.workflow_problems(),
			"stages": picture.stages(self),
		}

	@frappe.whitelist()
	def preview_replan(self) -> dict:
		"""What re-planning the open entries by the procedure as saved would change; changes nothing."""
		self.check_permission("write")
		return replan.preview(self.name)

	@frappe.whitelist(methods=["POST"])
	def replan_open_entries(self) -> str:
		"""Re-plan the open entries by the procedure as saved, in the background."""
		self.check_permission("write")
		return replan.start(self.name)

	def steps_by_stage(self) -> list[tuple[str, list]]:
		"""For the printed SOP: (stage, its steps) in the order of the Workflow; those of every stage ("") come last."""
		return [(stage.stage, stage.steps) for stage in picture.stages(self)]

	def duration(self, seconds: float | None) -> str:
		"""A duration as the printed SOP shows it."""
		return picture.duration(seconds)


def _errors_of(step, first_of_its_stage: bool) -> list[str]:
	"""What is wrong with one row; {0} stands for its number and {1} for its title."""
	found = []
	if not (step.title or "").strip():
		found.append(_("Step {0} needs a title: it is what agents are asked to do."))
	if step.action == "Send email" and not step.email_template:
		found.append(_("Step {0} “{1}” sends a mail: choose an E-mail template."))
	if step.action == "Move stage" and not step.workflow_action:
		found.append(_("Step {0} “{1}” moves the stage: choose a Workflow action."))
	if step.counted_from == "Previous step" and first_of_its_stage:
		found.append(_("Step {0} “{1}” counts from a previous step, but is the first of its stage."))
	if any(cint(step.get(field)) < 0 for field in ("after", "repeat_every", "at_least_after_previous")):
		found.append(_("Step {0} “{1}”: a duration cannot be negative."))
	if 0 < cint(step.repeat_every) < 60:
		found.append(_("Step {0} “{1}” repeats more often than every minute."))
	return found
