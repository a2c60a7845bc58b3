"""What a step does when it fires. Every effect is rows of the running transaction: no queue, no network."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.workflow import WorkflowTransitionError
from frappe.utils import escape_html, now_datetime

from prospect_mgmt import mail, telling
from prospect_mgmt import notification_choices as choices
from prospect_mgmt.entry import contacts, covers, moves, people
from prospect_mgmt.entry.rules import rules_of
from prospect_mgmt.procedure import urgency
from prospect_mgmt.procedure.steps import ALERT, MOVE, NOTHING_PLANNED, REMIND, SEND, Row

DOCTYPE = "Prospect List Entry"
# An alert while one of these holds is of a missed promise.
MISSED_WHILE = ("Not acknowledged", "Not satisfied", "Their answer waits")


def perform(row: Row, entry: frappe._dict) -> str | None:
	"""Carry a step out for an entry that the caller has locked; returns the Communication it sent, if any."""
	return {REMIND: _remind, SEND: _send, MOVE: _move, ALERT: _alert}[row.action](row, entry)


def _remind(row: Row, entry: frappe._dict) -> None:
	cover = covers.stand_in(entry.prospect_list, entry.agent)
	now = now_datetime()
	to_do_by = urgency.task_by(now, rules_of(entry.prospect_list).calendar)
	values = {"task": _task_of(row, entry.name), "task_since": now, "task_by": to_do_by, "cover": cover}
	frappe.db.set_value(DOCTYPE, entry.name, values, update_modified=False)
	telling.tell(
		people.whom_to_tell(entry), row.step_title, entry, escape_html(row.instruction), choices.REMINDER
	)


def _task_of(row: Row, entry: str) -> str:
	"""What is asked of the agent; the stand-in asks for what was asked before and still waits, where there is such a thing."""
	waits = frappe.db.get_value(DOCTYPE, entry, "task") if row.procedure_step == NOTHING_PLANNED else None
	return waits or urgency.task_of(row)


def _alert(row: Row, entry: frappe._dict) -> None:
	text = escape_html(row.instruction)
	told = telling.tell(telling.supervisors(entry.prospect_list), row.step_title, entry, text)
	if entry.agent and row.only_while in MISSED_WHILE:
		others = [user for user in people.whom_to_tell(entry) if user not in told]
		telling.tell(others, row.step_title, entry, text, choices.PROMISE)


def _send(row: Row, entry: frappe._dict) -> str:
	document = frappe.get_doc(DOCTYPE, entry.name)
	subject, content, template = mail.render(document, row.email_template)
	communication = mail.send(document, subject, content, by="Automatic", email_template=template)
	contacts.record_sent_by_procedure(
		document,
		channel="Email",
		summary=f"{row.step_title}: {subject}",
		reference_doctype="Communication",
		reference_name=communication,
		fact_key=f"Communication:{communication}",
	)
	return communication


def _move(row: Row, entry: frappe._dict) -> None:
	document = frappe.get_doc({**entry, "doctype": DOCTYPE})  # Frappe reads it again before it moves it
	try:
		moves.move(document, row.workflow_action, _("Step: {0}").format(row.step_title))
	except WorkflowTransitionError:
		frappe.clear_last_message()
		frappe.throw(
			_(
				"The Workflow has no action “{0}” in the stage {1}: an admin can add it there, or change the procedure."
			).format(row.workflow_action, entry.stage)
		)


def tell_failed(row: Row, entry: frappe._dict, reason: str) -> None:
	"""A step failed for good: its supervisor can mend the cause and retry it from the ledger."""
	subject = _("A step failed: {0}").format(row.step_title)
	telling.tell(telling.supervisors(entry.prospect_list), subject, entry, escape_html(reason), choices.FAULT)
