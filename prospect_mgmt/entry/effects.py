"""What a step does when it fires. Every effect is rows of the running transaction: no queue, no network."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe import _, _lt
from frappe.model.workflow import WorkflowTransitionError
from frappe.utils import now_datetime

from prospect_mgmt import mail, telling
from prospect_mgmt import notification_choices as choices
from prospect_mgmt.entry import contacts, covers, moves, people, progress
from prospect_mgmt.entry.rules import rules_of
from prospect_mgmt.procedure import firing, urgency
from prospect_mgmt.procedure.steps import ALERT, MOVE, NOTHING_PLANNED, REMIND, SEND, Row, stamp
from prospect_mgmt.reasons import PlainError, in_words

DOCTYPE = "Prospect List Entry"
# The promise that a step is about, by its "only while": the field with the moment at which it runs out.
PROMISED_BY = {
	"Not acknowledged": "acknowledge_by",
	"Not satisfied": "satisfy_by",
	"Their answer waits": "respond_by",
}


def perform(row: Row, entry: frappe._dict) -> str | None:
	"""Carry a step out for an entry that the caller has locked; returns the Communication it sent, if any."""
	return {REMIND: _remind, SEND: _send, MOVE: _move, ALERT: _alert}[row.action](row, entry)


def _remind(row: Row, entry: frappe._dict) -> None:
	cover = covers.stand_in(entry.prospect_list, entry.agent)
	now = now_datetime()
	to_do_by = urgency.task_by(now, rules_of(entry.prospect_list).calendar)
	values = {"task": _task_of(row, entry.name), "task_since": now, "task_by": to_do_by, "cover": cover}
	frappe.db.set_value(DOCTYPE, entry.name, values, update_modified=False)
	if _is_promise_running(row, entry, now) and not _is_at_once(row):
		_warn(row, entry)
		return
	users = [user for user in people.whom_to_tell(entry) if not _has_been_said(row, entry, user)]
	telling.tell(users, row.step_title, entry, row.instruction, choices.REMINDER)


def _is_promise_running(row: Row, entry: frappe._dict, now: datetime) -> bool:
	"""Whether a step is about a promise that is not kept yet and can be."""
	by = entry.get(PROMISED_BY.get(row.only_while, ""))
	return bool(by) and by > now


def _is_at_once(row: Row) -> bool:
	"""Whether a step is due the very moment that it counts from."""
	return stamp(row.due_on) == row.anchor


def _has_been_said(row: Row, entry: frappe._dict, user: str) -> bool:
	"""Whether what set a step off has just told the user the same: that they answered, or that the entry is theirs."""
	if not _is_at_once(row):
		return False
	return row.counted_from == "Last response" or (
		row.counted_from == "Stage entered" and people.was_given_since(entry, user, entry.stage_entered_on)
	)


def _warn(row: Row, entry: frappe._dict) -> None:
	"""A promise runs out soon: whoever works the entry can keep it, its supervisors can see to it."""
	supervisors = telling.supervisors(entry.prospect_list)
	theirs = [user for user in people.whom_to_tell(entry) if user == entry.agent or user not in supervisors]
	told = telling.tell(theirs, row.step_title, entry, row.instruction, choices.APPROACHING)
	if not firing.is_one_of_many(row, progress.facts_of(entry), entry.enrolled_by == "Bulk"):
		others = [user for user in supervisors if user not in told]
		telling.tell(others, row.step_title, entry, row.instruction, choices.TEAM_APPROACHING)


def _task_of(row: Row, entry: str) -> str:
	"""What is asked of the agent; the stand-in asks for what was asked before and still waits, where there is such a thing."""
	waits = frappe.db.get_value(DOCTYPE, entry, "task") if row.procedure_step == NOTHING_PLANNED else None
	return waits or urgency.task_of(row.step_title, row.instruction)


def _alert(row: Row, entry: frappe._dict) -> None:
	kind = _kind_of_alert(row, entry)
	supervisors = telling.supervisors(entry.prospect_list)
	told = telling.tell(supervisors, row.step_title, entry, row.instruction, kind)
	if entry.agent and kind == choices.TEAM_PROMISE:
		others = [user for user in people.whom_to_tell(entry) if user not in told]
		telling.tell(others, row.step_title, entry, row.instruction, choices.PROMISE)


def _kind_of_alert(row: Row, entry: frappe._dict) -> str:
	if row.only_while == "No agent":
		return choices.UNASSIGNED
	if row.only_while not in PROMISED_BY:
		return choices.ALERT
	running = _is_promise_running(row, entry, now_datetime())
	return choices.TEAM_APPROACHING if running else choices.TEAM_PROMISE


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
	document.flags.automatic = True
	try:
		moves.move(document, row.workflow_action, f"Step: {row.step_title}")
	except WorkflowTransitionError:
		frappe.clear_last_message()
		text = _lt(
			"The Workflow has no action “{0}” in the stage {1}: an admin can add it there, or change the procedure."
		)
		raise PlainError(text, row.workflow_action, entry.stage) from None


def tell_failed(row: Row, entry: frappe._dict, reason: str) -> None:
	"""A step failed for good: its supervisor can mend the cause and retry it from the ledger."""
	telling.tell(
		telling.supervisors(entry.prospect_list),
		lambda: _("A step failed: {0}").format(_(row.step_title)),
		entry,
		lambda: in_words(reason),
		choices.FAILED_STEP,
	)
