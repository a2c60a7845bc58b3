"""Workflow: what an admin draws is what happens; what no longer fits is said in the form where it was drawn."""

from __future__ import annotations

import frappe
from frappe import _
from pypika.functions import Count

from prospect_mgmt import board
from prospect_mgmt.entry import start
from prospect_mgmt.signals import signal

ENTRY = start.DOCTYPE


@signal
def on_change(doc, method=None):
	"""Keep the board in step and say what does not fit. It never stops a save: the procedure may be changed next."""
	if doc.document_type != ENTRY or frappe.flags.in_migrate:
		return
	if doc.is_active and doc.workflow_state_field == "stage":
		board.follow_workflow()
	if problems := [*_stranded(doc), *_procedure_problems()]:
		frappe.msgprint("<br>".join(problems), title=_("Prospect Management"), indicator="orange")


def _stranded(doc) -> list[str]:
	"""Open entries in a stage that the Workflow no longer has: nothing could be saved there."""
	if not doc.is_active:
		return []
	entry = frappe.qb.DocType(ENTRY)
	query = (
		frappe.qb.from_(entry)
		.select(entry.stage, Count("*"))
		.where(entry.done_on.isnull())
		.groupby(entry.stage)
	)
	counts = query.where(entry.stage.notin([row.state for row in doc.states])).run()
	text = _(
		"{0} open entries stand in the stage {1}, which this Workflow does not have: keep it until they have left it."
	)
	return [text.format(count, frappe.utils.escape_html(stage)) for stage, count in counts]


def _procedure_problems() -> list[str]:
	used = frappe.get_all(
		"Prospect List", filters={"enabled": 1}, pluck="procedure", distinct=True, order_by="procedure"
	)
	found = [frappe.get_doc("Prospect Procedure", name).workflow_problems() for name in used]
	return list(dict.fromkeys(problem for problems in found for problem in problems))
