"""Creates the shipped Workflows where they are missing; what an admin drew is never touched (law 7)."""

from __future__ import annotations

import json
from pathlib import Path

import frappe

from prospect_mgmt.setup import created

HERE = Path(__file__).parent


def install() -> None:
	"""Create each shipped Workflow that is missing, with its states and actions.

	Where an admin's own Workflow governs the DocType already, ours is created switched off.
	"""
	for path in sorted(HERE.glob("*.json")):
		values = json.loads(path.read_text())
		if frappe.db.exists("Workflow", values["name"]):
			continue
		_create_states_and_actions(values)
		governed = frappe.db.exists("Workflow", {"document_type": values["document_type"], "is_active": 1})
		created.create(
			"Workflow", values["name"], {**_without_styles(values), "is_active": 0 if governed else 1}
		)


def _create_states_and_actions(values: dict) -> None:
	for row in values["states"]:
		created.create(
			"Workflow State", row["state"], {"workflow_state_name": row["state"], "style": row["style"]}
		)
	for action in dict.fromkeys(row["action"] for row in values["transitions"]):
		created.create("Workflow Action Master", action, {"workflow_action_name": action})


def _without_styles(values: dict) -> dict:
	states = [{k: v for k, v in row.items() if k != "style"} for row in values["states"]]
	return {**{k: v for k, v in values.items() if k != "name"}, "states": states}
