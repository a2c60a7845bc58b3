"""Which stages the site has, by its Workflow and its procedures."""

from __future__ import annotations

import frappe

from prospect_mgmt.entry import moves


def in_order() -> list[str]:
	"""The stages in the order of the Workflow."""
	return [state.state for state in moves.workflow().states]


def closing() -> list[str]:
	"""The stages that enquiries are closed in."""
	return _led_to_by(*moves.CLOSING_EVENTS)


def revive() -> list[str]:
	"""The stages that enquiries without an answer go to."""
	return _led_to_by("No response")


def _led_to_by(*events: str) -> list[str]:
	moved = frappe.get_all(
		"Prospect Procedure Move",
		filters={"event": ("in", events)},
		pluck="workflow_action",
		distinct=True,
		order_by="workflow_action",
	)
	return sorted({row.next_state for row in moves.workflow().transitions if row.action in moved})
