"""Where a procedure and the Workflow do not fit together, in words for an admin who can mend either."""

from frappe import _
from frappe.utils import escape_html

from prospect_mgmt.entry import moves


def problems(procedure, workflow) -> list[str]:
	"""One sentence (HTML) for each misfit; none of them ever stops a save: the Workflow may be drawn next."""
	return [
		*_unknown_stages(procedure, workflow),
		*_unknown_actions(procedure, workflow),
		*_dead_ends(procedure, workflow),
	]


def _unknown_stages(procedure, workflow) -> list[str]:
	known = {state.state for state in workflow.states}
	text = _("Step {0} “{1}” is for the stage {2}, which the Workflow does not have.")
	steps = [step for step in procedure.steps if step.stage and step.stage not in known]
	return [text.format(s.idx, escape_html(_(s.title or "")), escape_html(_(s.stage))) for s in steps]


def _unknown_actions(procedure, workflow) -> list[str]:
	text = _("Step {0} “{1}” performs “{2}”, which the Workflow does not have in the stage {3}.")
	found = [
		text.format(
			step.idx,
			escape_html(_(step.title or "")),
			escape_html(_(step.workflow_action or "")),
			escape_html(_(step.stage or "")) or _("(any)"),
		)
		for step in procedure.steps
		if step.action == "Move stage" and not _has(workflow, step.stage, step.workflow_action)
	]
	actions = {transition.action for transition in workflow.transitions}
	text = _("“{0}” means “{1}”, which the Workflow does not have.")
	return found + [
		text.format(_(move.event or ""), escape_html(_(move.workflow_action or "")))
		for move in procedure.moves
		if move.workflow_action not in actions
	]


def _dead_ends(procedure, workflow) -> list[str]:
	"""A stage that is never left, though entries are not closed in it: there they would stay for good."""
	closing = {move.workflow_action for move in procedure.moves if move.event in moves.CLOSING_EVENTS}
	left = {transition.state for transition in workflow.transitions}
	left |= {transition.next_state for transition in workflow.transitions if transition.action in closing}
	text = _("The stage {0} has no way out: add a transition from it to the Workflow.")
	return [text.format(escape_html(_(state.state))) for state in workflow.states if state.state not in left]


def _has(workflow, stage: str | None, action: str | None) -> bool:
	return any(t.action == action and (not stage or t.state == stage) for t in workflow.transitions)
