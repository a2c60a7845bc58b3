"""Facts are kept by the procedure: `read_only` is not enforced on the server, so it is done here."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model import no_value_fields
from frappe.utils import cint, flt

from prospect_mgmt import permissions
from prospect_mgmt.entry import people

# Read-only in the form, yet changed by Frappe itself (the Workflow, Kanban) and then judged by it.
FREE = frozenset({"stage"})


def facts_unchanged(entry) -> None:
	"""Raises when somebody writes a field that only the procedure may write."""
	before = entry.get_doc_before_save()
	for df in entry.meta.fields:
		guarded = (
			df.read_only and df.fieldname not in FREE and df.fieldtype not in (*no_value_fields, "Table")
		)
		if guarded and _differs(before, entry, df.fieldname):
			_refuse(entry, df.label)
	_rows_unchanged(before, entry)


def _differs(before, entry, fieldname: str) -> bool:
	return (before.get(fieldname) or None) != (entry.get(fieldname) or None) and entry.has_value_changed(
		fieldname
	)


def _rows_unchanged(before, entry) -> None:
	known = {row.name: row for table in ("requirements", "documents") for row in before.get(table)}
	answered = {name: row.get("satisfied_on") for name, row in known.items()}
	for row in entry.requirements:
		then, now = answered.get(row.name), row.satisfied_on
		if str(then or "") != str(now or ""):
			_refuse(entry, _("Answered on"))
	if [_values(row) for row in before.documents] != [_values(row) for row in entry.documents]:
		_refuse(entry, _("Documents"))
	if [_promise(row) for row in before.answer_promises] != [_promise(row) for row in entry.answer_promises]:
		_refuse(entry, _("Answers promised"))


def _values(row) -> list[str]:
	"""A row of the documents table, comparable whether it comes from the database or from a form."""
	return [
		row.name,
		row.document,
		row.document_type,
		row.status,
		str(flt(row.amount)),
		str(row.posted_on or ""),
	]


def _promise(row) -> list[str]:
	"""A row of the answers promised, comparable in the same way."""
	moments = [str(row.get(field) or "") for field in ("asked_on", "respond_by", "responded_on")]
	return [row.name, row.status or "", str(cint(row.late)), str(cint(row.waited)), *moments]


def check_people(entry) -> None:
	"""What a person changes in the form about who works an entry, checked as in `assign` and `move_to_list`."""
	before = entry.get_doc_before_save()
	if entry.agent != before.agent:
		people.check_may_assign(before, entry.agent)
		people.check_assignable(entry, entry.agent)
	if entry.prospect_list != before.prospect_list:
		check_may_move(entry, entry.prospect_list, before.prospect_list)


def check_may_move(entry, to: str, current: str | None = None) -> None:
	"""Raises unless the user supervises the list an entry is on, and the list it goes to is one they see."""
	user = frappe.session.user
	if not permissions.supervises(user, current or entry.prospect_list):
		frappe.throw(_("Only a supervisor can move an entry to another list."), frappe.PermissionError)
	frappe.get_doc("Prospect List", to).check_permission("read")


def _refuse(entry, label: str) -> None:
	frappe.throw(
		_(
			"“{0}” of {1} is kept by the procedure. Use the actions of the form (log a call, close, pause …) instead."
		).format(_(label), entry.name),
		title=_("Not changed by hand"),
	)
