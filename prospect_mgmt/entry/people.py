"""Who works an entry: agent, assignment (ToDo) and Lead owner are kept in step, whichever of them is changed."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import escape_html, getdate, now_datetime, nowdate

from prospect_mgmt import telling
from prospect_mgmt.entry import start

DOCTYPE = "Prospect List Entry"
ROLES = frozenset({"Prospect Agent", "Sales User", "Sales Manager"})


# ------------------------------------------------------------- assignment
def check_assignable(entry, agent: str | None) -> None:
	"""Raises when an entry cannot be given to this user."""
	if not agent:
		return
	if not frappe.db.get_value("User", agent, "enabled"):
		frappe.throw(_("{0} is not an enabled user.").format(escape_html(agent)))
	if not start.is_agent(entry.prospect_list, agent) and not ROLES.intersection(frappe.get_roles(agent)):
		frappe.throw(
			_("{0} is not an agent of {1}: add them to the list first.").format(agent, entry.prospect_list)
		)


def after_insert(entry) -> None:
	"""A new entry that has an agent already (the Lead's owner works this list)."""
	if entry.agent:
		_assign(entry, entry.agent)


def after_change(entry, before) -> None:
	"""Follow a changed agent, and end the assignment with the entry."""
	if before and entry.agent != before.agent:
		_hand_over(entry, before.agent)
	if before and entry.done_on and not before.done_on:
		close_assignments(entry.name, "Closed")
	elif before and before.done_on and not entry.done_on and entry.agent:
		_assign(entry, entry.agent)


def _hand_over(entry, old: str | None) -> None:
	if old:
		close_assignments(entry.name, "Cancelled", except_for=entry.agent)
		frappe.db.delete("DocShare", {"share_doctype": DOCTYPE, "share_name": entry.name, "user": old})
	frappe.db.set_value("Lead", entry.lead, "lead_owner", entry.agent, update_modified=False)
	if entry.agent:
		_assign(entry, entry.agent, entry.flags.handover_note)
	if old or entry.flags.handover_note:
		_say_handed_over(entry, old)
	entry.flags.handover_note = None


def _say_handed_over(entry, old: str | None) -> None:
	text = _("Handed over from {0} to {1}").format(old or _("nobody"), entry.agent or _("nobody"))
	note = escape_html(entry.flags.handover_note or "")
	entry.add_comment("Info", f"{text}: {note}" if note else text)


def _assign(entry, user: str, note: str | None = None) -> None:
	"""An open ToDo for the agent. Not through `assign_to.add`, whose DocShare would outlive the assignment."""
	if frappe.db.exists("ToDo", {**_reference(entry.name), "allocated_to": user, "status": "Open"}):
		return
	todo = frappe.new_doc("ToDo")
	todo.update(
		{
			**_reference(entry.name),
			"allocated_to": user,
			"assigned_by": frappe.session.user,
			"description": escape_html(note or _("Work {0} {1}").format(entry.name, entry.lead_name or "")),
			"date": nowdate(),
		}
	)
	todo.flags.by_prospect_mgmt = True
	todo.insert(ignore_permissions=True)
	if user != frappe.session.user:
		telling.tell([user], _("Assigned to you", lang=_language(user)), entry, escape_html(note or ""))


def _reference(entry: str) -> dict:
	return {"reference_type": DOCTYPE, "reference_name": entry}


def _language(user: str) -> str | None:
	return frappe.get_cached_value("User", user, "language")


def close_assignments(entry: str, status: str = "Closed", except_for: str | None = None) -> None:
	"""End the open ToDos of an entry."""
	filters = {**_reference(entry), "status": "Open"}
	for todo in frappe.get_all("ToDo", filters=filters, fields=["name", "allocated_to"], order_by="creation"):
		if todo.allocated_to != except_for:
			doc = frappe.get_doc("ToDo", todo.name)
			doc.status = status
			doc.flags.by_prospect_mgmt = True
			doc.save(ignore_permissions=True)


# ------------------------------------------------------------- away, cover
def acting_agent(entry) -> str | None:
	"""Who does what is due today: the agent, or their cover while they are away."""
	if not entry.agent:
		return None
	row = next((a for a in frappe.get_cached_doc("Prospect List", entry.prospect_list).agents if a.user == entry.agent), None)
	return row.cover if row and row.cover and is_away(row) else entry.agent


def is_away(row, on=None) -> bool:
	"""Whether an agent row says they are away on a date (site timezone); an open end lasts until it is filled in."""
	on = getdate(on or nowdate())
	if not row.away_from and not row.away_until:
		return False
	return (not row.away_from or getdate(row.away_from) <= on) and (
		not row.away_until or on <= getdate(row.away_until)
	)


def release_held(entry: str, held_until) -> None:
	"""After a pause was ended early: what was put off until its end is due now."""
	if not held_until:
		return
	step = frappe.qb.DocType("Prospect Due Step")
	(
		frappe.qb.update(step)
		.set(step.due_on, now_datetime())
		.where((step.entry == entry) & (step.status == "Scheduled") & (step.due_on == held_until))
	).run()


# ------------------------------------------------------------- telling them
def tell_answered(entry) -> None:
	"""Their answer waits for ours."""
	agent = acting_agent(entry)
	for user in [agent] if agent else telling.supervisors(entry.prospect_list):
		telling.tell([user], _("They answered", lang=_language(user)), entry)


def tell_written_after_done(entry) -> None:
	"""Somebody whose enquiry is closed wrote again: a new enquiry, or just thanks?"""
	agent = acting_agent(entry)
	for user in [agent] if agent else telling.supervisors(entry.prospect_list):
		telling.tell([user], _("They wrote after it was closed: a new enquiry, or just thanks?", lang=_language(user)), entry)


# ------------------------------------------------------------- contact data
def update_lead_contact(entry, **values: str | None) -> None:
	"""Write corrected contact data to the Lead. Raises what the Lead's own validation says."""
	changed = {field: value.strip() for field, value in values.items() if value is not None}
	lead = frappe.get_doc("Lead", entry.lead)
	if "lead_name" in changed and changed["lead_name"]:
		lead.first_name, lead.middle_name, lead.last_name = changed.pop("lead_name"), None, None
	lead.update(changed)
	# Who works the entry may correct how the prospect is reached, without any right to Leads.
	lead.save(ignore_permissions=True)


def keep_unsubscribe(lead: str, address: str) -> None:
	"""Our own lasting fact that this person wants no mail: an Email Unsubscribe for the Lead."""
	filters = {"email": address, "reference_doctype": "Lead", "reference_name": lead}
	if frappe.db.exists("Email Unsubscribe", filters):
		return
	doc = frappe.new_doc("Email Unsubscribe")
	doc.update(filters)
	doc.insert(ignore_permissions=True)
