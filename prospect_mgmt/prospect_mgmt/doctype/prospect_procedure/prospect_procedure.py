import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import format_duration

from prospect_mgmt.entry import moves, replan, rules
from prospect_mgmt.procedure.clock import CalendarError


class ProspectProcedure(Document):
	"""The Standard Operating Procedure: promises, working hours, steps, and what each event means to the Workflow."""

	def validate(self):
		self._check_working_hours()
		self._check_promises()
		self._check_steps()
		self._warn_of_workflow()

	def on_update(self):
		frappe.clear_document_cache(self.doctype, self.name)

	def _check_working_hours(self):
		try:
			rules.calendar_of(self)
		except (CalendarError, ValueError) as error:
			frappe.throw(_("Working hours: {0}").format(str(error)), title=_("Working hours"))

	def _check_promises(self):
		for field in ("acknowledge_within", "satisfy_within", "respond_within"):
			if (self.get(field) or 0) <= 0:
				frappe.throw(_("“{0}” must be longer than nothing.").format(_(self.meta.get_label(field))))

	def _check_steps(self):
		previous_stages = set()
		for step in self.steps:
			if step.action == "Send email" and not step.email_template:
				frappe.throw(
					_("Step {0} “{1}” sends a mail: choose an E-mail template.").format(step.idx, step.title)
				)
			if step.action == "Move stage" and not step.workflow_action:
				frappe.throw(
					_("Step {0} “{1}” moves the stage: choose a Workflow action.").format(
						step.idx, step.title
					)
				)
			if step.counted_from == "Previous step" and (step.stage or "") not in previous_stages:
				frappe.throw(
					_("Step {0} “{1}” counts from a previous step, but is the first of its stage.").format(
						step.idx, step.title
					)
				)
			for field in ("after", "repeat_every", "at_least_after_previous"):
				if (step.get(field) or 0) < 0:
					frappe.throw(
						_("Step {0} “{1}”: a duration cannot be negative.").format(step.idx, step.title)
					)
			if step.repeat_every and step.repeat_every < 60:
				frappe.throw(
					_("Step {0} “{1}” repeats more often than every minute.").format(step.idx, step.title)
				)
			previous_stages.add(step.stage or "")

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
		stages = {state.state for state in workflow.states}
		actions = {transition.action for transition in workflow.transitions}
		problems = [
			_("Step {0} “{1}” is for the stage {2}, which the Workflow does not have.").format(
				s.idx, s.title, s.stage
			)
			for s in self.steps
			if s.stage and s.stage not in stages
		]
		problems += [
			_("Step {0} “{1}” performs “{2}”, which the Workflow does not have in the stage {3}.").format(
				s.idx, s.title, s.workflow_action, s.stage or _("(any)")
			)
			for s in self.steps
			if s.action == "Move stage" and not _has(workflow, s.stage, s.workflow_action)
		]
		problems += [
			_("“{0}” means “{1}”, which the Workflow does not have.").format(_(m.event), m.workflow_action)
			for m in self.moves
			if m.workflow_action not in actions
		]
		return problems

	@frappe.whitelist()
	def get_problems(self) -> list[str]:
		"""For the form: where the procedure and the Workflow do not fit."""
		self.check_permission("read")
		return self.workflow_problems()

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
		try:
			known = [state.state for state in moves.workflow().states]
		except frappe.ValidationError:
			frappe.clear_last_message()
			known = []
		by_stage = {stage: [] for stage in known}
		for step in sorted(self.steps, key=lambda step: not step.stage):
			by_stage.setdefault(step.stage or "", []).append(step)
		return list(by_stage.items())

	def duration(self, seconds: float | None) -> str:
		"""A duration as the printed SOP shows it: hours stay hours ("72h", not "3d")."""
		return format_duration(seconds or 0, hide_days=True) or _("at once")


def _has(workflow, stage: str | None, action: str | None) -> bool:
	return any(t.action == action and (not stage or t.state == stage) for t in workflow.transitions)
