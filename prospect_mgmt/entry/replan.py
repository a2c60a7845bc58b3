"""Re-planning open entries by a changed procedure: only when an admin asks, after a preview (law 6)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import now_datetime

from prospect_mgmt.entry import ledger, progress
from prospect_mgmt.entry.rules import Rules, rules_of_procedure
from prospect_mgmt.procedure.steps import ANCHORS, Plan, Row, plan

ENTRY = "Prospect List Entry"
SHOWN = 50  # entries that a preview shows one by one


def preview(procedure: str) -> dict:
	"""{entries, changed, rows: [{entry, step, change, due_on}]}: what `replan` would change; nothing is written."""
	rules = rules_of_procedure(procedure)
	names = _open_entries(procedure)
	rows, changed = [], 0
	for name in names:
		entry = frappe.get_doc(ENTRY, name)
		decided = decide(entry, rules, ledger.rows_of(name))
		if decided.skip or decided.add:
			changed += 1
			if changed <= SHOWN:
				rows.extend(_shown(name, decided))
	return {"entries": len(names), "changed": changed, "rows": rows}


def _open_entries(procedure: str) -> list[str]:
	lists = frappe.get_all("Prospect List", filters={"procedure": procedure}, pluck="name", order_by="name")
	filters = {"prospect_list": ("in", lists), "done_on": ("is", "not set")}
	return frappe.get_all(ENTRY, filters=filters, pluck="name", order_by="name") if lists else []


def _shown(name: str, decided: Plan) -> list[dict]:
	gone = [
		{"entry": name, "step": row.step_title, "change": _("dropped"), "due_on": row.due_on}
		for row, _r in decided.skip
	]
	new = [
		{"entry": name, "step": row.step_title, "change": _("planned"), "due_on": row.due_on}
		for row in decided.add
	]
	return gone + new


def decide(entry, rules: Rules, rows: list[Row]) -> Plan:
	"""The plan that the procedure as it is now would have made; rows that stay the same are left alone."""
	now = now_datetime()
	facts = progress.facts_of(entry)
	coming = [row for row in rows if row.status == "Scheduled"]
	ended = [row for row in rows if row.status != "Scheduled"]
	wanted = plan(rules.steps, facts, ended, ANCHORS, rules.calendar, now).add
	same = {_promise(row) for row in coming} & {_promise(row) for row in wanted}
	keep = {row.key for row in coming if _promise(row) in same or _is_running_on(row, ended)}
	result = Plan(add=[row for row in wanted if row.key not in keep and _promise(row) not in same])
	result.skip = [(row, _("re-planned by a changed procedure")) for row in coming if row.key not in keep]
	return result


def _promise(row: Row) -> tuple:
	return (*row.key, row.due_on, row.action, row.email_template, row.workflow_action, row.step_title)


def _is_running_on(row: Row, ended: list[Row]) -> bool:
	"""A repetition or a chain that has begun goes on as it was promised."""
	return row.occurrence > 1 or row.counted_from in ("Previous step", "")


def start(procedure: str) -> str:
	"""Queue the re-planning; returns the job's ID."""
	job = f"prospect_replan::{frappe.scrub(procedure)}"
	frappe.enqueue(
		"prospect_mgmt.entry.replan.carry_out", queue="long", procedure=procedure, job_id=job, timeout=3600
	)
	return job


def carry_out(procedure: str) -> int:
	"""Re-plan every open entry worked by a procedure, one transaction each; returns how many changed."""
	rules = rules_of_procedure(procedure)
	changed = 0
	for name in _open_entries(procedure):
		entry = frappe.get_doc(ENTRY, name)
		entry.begin()
		changed += replan_entry(entry, rules)
		frappe.db.commit()
	return changed


def replan_entry(entry, rules: Rules) -> bool:
	"""Re-plan one locked entry; True when its ledger changed. A row planned anew under the key of a dropped one replaces it."""
	rows = ledger.rows_of(entry.name)
	decided = decide(entry, rules, rows)
	if not (decided.skip or decided.add):
		return False
	_rewrite(entry.name, decided)
	progress.show_next(entry, ledger.coming_of(ledger.rows_of(entry.name)), now_datetime())
	entry.store()
	return True


def _rewrite(entry: str, decided: Plan) -> None:
	now = now_datetime()
	by_key = {row.key: row for row, _reason in decided.skip}
	for row, reason in decided.skip:
		ledger.end([row.name], "Skipped", reason, now)
	new = []
	for row in decided.add:
		if old := by_key.get(row.key):
			# Same identity, another promise: the old row stays in the ledger under an anchor of its own.
			frappe.db.set_value(
				ledger.DOCTYPE, old.name, "anchor", f"{old.anchor} until {now}", update_modified=False
			)
		new.append(row)
	ledger.add(entry, new)
