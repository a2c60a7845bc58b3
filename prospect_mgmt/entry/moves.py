"""The stage moves only through the Workflow that is active on the site, so what an admin draws there is what happens."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.workflow import (
	apply_workflow,
	get_workflow,
	get_workflow_name,
	is_transition_condition_satisfied,
)

from prospect_mgmt import compat
from prospect_mgmt.entry.rules import rules_of

DOCTYPE = "Prospect List Entry"
CLOSING_EVENTS = ("Closed", "Sale")


def workflow():
	"""The Workflow that governs entries. Raises in words that tell an admin where to mend it."""
	name = get_workflow_name(DOCTYPE)
	if not name:
		frappe.throw(
			_(
				"No Workflow is active for Prospect List Entry. Open the Workflow list and switch one on, for example “Prospect Procedure”."
			),
			title=_("Workflow is missing"),
		)
	found = get_workflow(DOCTYPE)
	if found.workflow_state_field != "stage":
		frappe.throw(
			_(
				"The Workflow {0} must keep its state in the field “stage”, not “{1}”: open it and set Workflow State Field."
			).format(frappe.bold(name), found.workflow_state_field),
			title=_("Workflow does not fit"),
		)
	return found


def makes_actions() -> bool:
	"""Whether Frappe makes Workflow Action rows for entries: it makes none for optional states, as ours all are."""
	name = get_workflow_name(DOCTYPE)
	return bool(name) and not all(state.is_optional_state for state in get_workflow(DOCTYPE).states)


def first_stage() -> str:
	"""Where new entries begin."""
	return workflow().states[0].state


def closing_stages(prospect_list: str) -> set[str]:
	"""The stages an entry is closed in: where the actions lead that the procedure names for Closed and Sale."""
	rules = rules_of(prospect_list)
	actions = {action for event in CLOSING_EVENTS for action in rules.actions(event)}
	return {t.next_state for t in workflow().transitions if t.action in actions}


def available(entry, action: str) -> bool:
	"""Whether the workflow has this action in the entry's stage, its condition taken into account."""
	return any(
		t.state == entry.stage and t.action == action and is_transition_condition_satisfied(t, entry)
		for t in workflow().transitions
	)


def find(entry, events: list[str]) -> str | None:
	"""The first action that one of the events means and that the workflow has in the entry's stage."""
	rules = rules_of(entry.prospect_list)
	actions = (action for event in events for action in rules.actions(event))
	return next((action for action in actions if available(entry, action)), None)


def meaning(entry, action: str) -> str | None:
	"""The event that an action means by the procedure's table of moves; one that closes after a sale and otherwise: Closed."""
	events = [event for event, name in rules_of(entry.prospect_list).moves if name == action]
	return "Closed" if "Closed" in events else next(iter(events), None)


def events_by_stage(prospect_list: str) -> dict[str, set[str]]:
	"""{stage: the events that move an entry of the list on from it}, whatever else its workflow's actions ask for."""
	found: dict[str, set[str]] = {}
	name = get_workflow_name(DOCTYPE)
	for transition in get_workflow(DOCTYPE).transitions if name else ():
		meant = {event for event, action in rules_of(prospect_list).moves if action == transition.action}
		found.setdefault(transition.state, set()).update(meant)
	return found


def warn_of_unknown(entry, events: list[str]) -> None:
	"""A missing action is a warning, never a refusal: the fact is kept, and the entry says what an admin can mend."""
	rules = rules_of(entry.prospect_list)
	known = {t.action for t in workflow().transitions}
	for event in events:
		for action in rules.actions(event):
			if action not in known:
				_warn(entry, event, action)


def move(entry, action: str, cause: str) -> None:
	"""Perform a workflow action for whoever is acting, who need not be allowed to read the entry.

	Runs as Administrator, since Frappe checks the reader's rights even for machine moves; the Stage Change names the
	real user. Raises WorkflowTransitionError when the workflow has no such action in this stage.
	"""
	entry.flags.cause = cause
	with compat.as_administrator() as user:
		entry.flags.acting_user = user
		apply_workflow(entry, action)
	entry.flags.cause = entry.flags.acting_user = None


def _warn(entry, event: str, action: str) -> None:
	entry.add_comment(
		"Info",
		_(
			"“{0}” happened, but the Workflow has no action “{1}”: the stage stays. An admin can mend it in the procedure's table of moves."
		).format(_(event), frappe.utils.escape_html(action)),
	)
