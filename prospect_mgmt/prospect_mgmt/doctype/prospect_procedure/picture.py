"""The procedure as a picture: the stages in the order of the Workflow, with what happens in each and where it leads."""

import frappe
from frappe import _
from frappe.utils import format_duration

from prospect_mgmt.entry import moves


def stages(procedure) -> list[frappe._dict]:
	"""[{stage, known, ways: [{action, to}], steps: [row, with `when` and `conditions` in words]}].

	Stages that the Workflow lacks come after its own with `known` 0; the steps of any stage ("") come last.
	"""
	workflow = _workflow()
	by_stage = {state.state: _stage(state.state, workflow) for state in workflow.states}
	for step in sorted(procedure.steps, key=lambda step: not step.stage):
		stage = by_stage.setdefault(step.stage or "", _stage(step.stage or "", None))
		stage.steps.append(_in_words(step))
	return list(by_stage.values())


def duration(seconds: float | None) -> str:
	"""A duration as people write procedures: hours stay hours ("72h", not "3d")."""
	return format_duration(seconds or 0, hide_days=True) or _("at once")


def _workflow() -> frappe._dict:
	"""The active Workflow; one without stages when there is none."""
	try:
		return moves.workflow()
	except frappe.ValidationError:
		frappe.clear_last_message()
		return frappe._dict(states=[], transitions=[])


def _stage(name: str, workflow) -> frappe._dict:
	ways = []
	for transition in workflow.transitions if workflow else ():
		way = {"action": transition.action, "to": transition.next_state}
		if transition.state == name and way not in ways:
			ways.append(way)
	return frappe._dict(stage=name, known=int(workflow is not None), ways=ways, steps=[])


def _in_words(step) -> frappe._dict:
	fields = ("idx", "title", "action", "instruction", "email_template", "workflow_action")
	return frappe._dict({f: step.get(f) for f in fields}, when=_when(step), conditions=_conditions(step))


def _when(step) -> str:
	counted_from = _(step.counted_from or "Stage entered", context="Prospect Procedure Step")
	if not step.after:
		return _("at once from “{0}”").format(counted_from)
	if step.in_working_time:
		return _("{0} of working time after “{1}”").format(duration(step.after), counted_from)
	return _("{0} after “{1}”").format(duration(step.after), counted_from)


def _conditions(step) -> list[str]:
	found = []
	if step.at_least_after_previous:
		found.append(_("at least {0} after the step before").format(duration(step.at_least_after_previous)))
	if step.repeat_every and step.repeat_max:
		found.append(
			_("again every {0}, {1} times in all").format(duration(step.repeat_every), step.repeat_max)
		)
	elif step.repeat_every:
		found.append(_("again every {0}").format(duration(step.repeat_every)))
	if step.skip_if_responded:
		found.append(_("not if they answered"))
	if step.only_while:
		found.append(_("only while: {0}").format(_(step.only_while)))
	return found
