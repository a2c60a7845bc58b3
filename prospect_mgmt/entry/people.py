"""Who works an entry: agent, assignment (ToDo) and Lead owner are kept in step, whichever of them is changed."""

from __future__ import annotations

import frappe
from frappe import _, _lt
from frappe.utils import escape_html, now_datetime, nowdate

from prospect_mgmt import notification_choices as choices
from prospect_mgmt import permissions, telling, timeline
from prospect_mgmt.entry import assignment_rule, covers, ledger, progress, start
from prospect_mgmt.reasons import NOBODY

DOCTYPE = "Prospect List Entry"
ROLES = frozenset({"Prospect Agent", "Sales User", "Sales Manager", "System Manager"})


# ------------------------------------------------------------- assignment
def is_assignable(user: str) -> bool:
	"""Whether a user can work entries: enabled, with a role that lets them."""
	return bool(frappe.get_cached_value("User", user, "enabled")) and bool(
		ROLES.intersection(frappe.get_roles(user))
	)


def check_assignable(entry, agent: str | None) -> None:
	"""Raises when an entry cannot be given to this user."""
	if not agent:
		return
	if not frappe.db.get_value("User", agent, "enabled"):
		frappe.throw(_("{0} is not an enabled user.").format(escape_html(agent)))
	if not ROLES.intersection(frappe.get_roles(agent)):
		frappe.throw(
			_(
				"{0} has none of the roles that work entries ({1}): an administrator can give them one."
			).format(escape_html(agent), ", ".join(_(role) for role in sorted(ROLES)))
		)


def check_may_assign(entry, agent: str | None) -> None:
	"""Raises unless the user may give this entry (as it is in the database) to an agent.

	Who sees the whole list may. A Prospect Agent may take what nobody has, and hand what they work (their own, or
	what they cover) to an agent of the list or give it back.
	"""
	user = frappe.session.user
	if permissions.is_sales_user(user) or permissions.supervises(user, entry.prospect_list):
		return
	takes = not entry.agent and agent == user
	hands_over = user in (entry.agent, entry.cover) and (
		not agent or start.is_agent(entry.prospect_list, agent)
	)
	if not takes and not hands_over:
		frappe.throw(
			_("You can take an entry that nobody has, or hand what you work to an agent of its list."),
			frappe.PermissionError,
		)


def choose_agent(entry) -> None:
	"""Before a new entry is written: nobody has it yet, and an Assignment Rule says who shall."""
	chosen = None if entry.agent else assignment_rule.choose(entry)
	if chosen and is_assignable(chosen[0]):
		entry.agent, entry.flags.assigned_by = chosen
		progress.begin(entry, now_datetime())


def after_insert(entry) -> None:
	"""A new entry that has an agent already (by a rule, or since the Lead's owner works this list)."""
	if entry.flags.assigned_by:
		_assign_by_rule(entry, entry.agent, entry.flags.assigned_by)
		assignment_rule.follow_load(entry.prospect_list)
	elif entry.agent:
		_assign(entry, entry.agent)
		assignment_rule.follow_load(entry.prospect_list)


def after_change(entry, before) -> None:
	"""Follow a changed agent, and end the assignment with the entry."""
	if not before:
		return
	if entry.agent != before.agent:
		_hand_over(entry, before.agent)
	if entry.done_on and not before.done_on:
		close_assignments(entry.name)
	elif before.done_on and not entry.done_on and entry.agent:
		_assign(entry, entry.agent)
	if entry.agent != before.agent or bool(entry.done_on) != bool(before.done_on):
		assignment_rule.follow_load(entry.prospect_list)


def _hand_over(entry, old: str | None) -> None:
	if old:
		close_assignments(entry.name, except_for=entry.agent)
		frappe.db.delete("DocShare", {"share_doctype": DOCTYPE, "share_name": entry.name, "user": old})
	frappe.db.set_value("Lead", entry.lead, "lead_owner", entry.agent, update_modified=False)
	if entry.agent:
		_assign(entry, entry.agent, entry.flags.handover_note)
	if old or entry.flags.handover_note:
		_say_handed_over(entry, old)
	entry.flags.handover_note = None


def _say_handed_over(entry, old: str | None) -> None:
	people = (old or NOBODY.msg, entry.agent or NOBODY.msg)
	if note := entry.flags.handover_note:
		timeline.note(entry, _lt("Handed over from {0} to {1}: {2}"), *people, note)
	else:
		timeline.note(entry, _lt("Handed over from {0} to {1}"), *people)


def _assign_by_rule(entry, user: str, rule: str) -> None:
	"""What Frappe does for its rule, in two statements: the ToDo, and who is shown as assigned; told after the commit."""
	doc = frappe.get_cached_doc("Assignment Rule", rule)
	text = frappe.render_template(doc.description, entry.as_dict())
	todo = frappe.new_doc("ToDo")
	todo.update(
		{
			**_reference(entry.name),
			"allocated_to": user,
			"assigned_by": frappe.session.user,
			"assignment_rule": rule,
		}
	)
	todo.update(
		{
			"description": escape_html(text),
			"date": entry.get(doc.due_date_based_on) if doc.due_date_based_on else nowdate(),
		}
	)
	todo.set_user_and_timestamp()
	todo.set_new_name()
	todo.db_insert()
	todo.run_notifications("after_insert")
	shown = {"_assign": frappe.as_json([user], indent=None)}
	frappe.db.set_value(DOCTYPE, entry.name, shown, update_modified=False)
	frappe.db.set_value("Lead", entry.lead, "lead_owner", user, update_modified=False)
	if user != frappe.session.user:
		_tell_after_commit(entry.name, user, text)


def _tell_after_commit(entry: str, user: str, text: str) -> None:
	"""By a job, as Frappe's own rule does: whoever enters the lead does not wait for it."""
	frappe.enqueue(
		"prospect_mgmt.entry.people.tell_assigned",
		enqueue_after_commit=True,
		entry=entry,
		user=user,
		text=text,
	)


def tell_assigned(entry: str, user: str, text: str = "") -> None:
	"""An entry was given to its agent; `text` says more to them."""
	found = frappe.db.get_value(DOCTYPE, entry, ["name", "lead_name", "agent"], as_dict=True)
	if found and found.agent == user:  # else it has gone on to somebody else meanwhile
		telling.tell([user], lambda: _("Assigned to you"), found, text, choices.ASSIGNMENT)


def _assign(entry, user: str, note: str | None = None) -> None:
	"""An open ToDo for the agent, who hears of it. Not through `assign_to.add`, whose DocShare would outlive the assignment."""
	if not frappe.db.exists("ToDo", {**_reference(entry.name), "allocated_to": user, "status": "Open"}):
		_make_todo(entry, user, note)
	if user != frappe.session.user and not entry.flags.is_undone:  # else they have been told before
		telling.tell([user], lambda: _("Assigned to you"), entry, note or "", choices.ASSIGNMENT)


def _make_todo(entry, user: str, note: str | None) -> None:
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


def was_given_since(entry, user: str, moment) -> bool:
	"""Whether an entry was given to a user by somebody else since a moment: they have been told."""
	given = {**_reference(entry.name), "allocated_to": user, "assigned_by": ("!=", user)}
	return bool(frappe.db.exists("ToDo", {**given, "creation": (">=", moment)}))


def _reference(entry: str) -> dict:
	return {"reference_type": DOCTYPE, "reference_name": entry}


def close_assignments(entry: str, except_for: str | None = None) -> None:
	"""End the open ToDos of an entry: Cancelled, since a Closed one is opened again by Frappe's Assignment Rule."""
	filters = {**_reference(entry), "status": "Open"}
	for todo in frappe.get_all("ToDo", filters=filters, fields=["name", "allocated_to"], order_by="creation"):
		if todo.allocated_to != except_for:
			doc = frappe.get_doc("ToDo", todo.name)
			doc.status = "Cancelled"
			doc.flags.by_prospect_mgmt = True
			doc.save(ignore_permissions=True)


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
	ledger.show_next([entry])


# ------------------------------------------------------------- telling them
def whom_to_tell(entry) -> list[str]:
	"""Who hears of what is due or has come in on an entry (a document or row of its table).

	Its agent, or their cover; supervisors, while nobody has it; both, while its agent is away and nobody covers.
	"""
	if not entry.agent:
		return telling.supervisors(entry.prospect_list)
	if cover := covers.stand_in(entry.prospect_list, entry.agent):
		return [cover]
	if covers.is_agent_away(entry.prospect_list, entry.agent):
		return [entry.agent, *telling.supervisors(entry.prospect_list)]
	return [entry.agent]


def tell_answered(entry) -> None:
	"""Their answer waits for ours."""
	telling.tell(whom_to_tell(entry), lambda: _("They answered"), entry, kind=choices.ANSWER)


def tell_written_after_done(entry) -> None:
	"""Somebody whose enquiry is closed wrote again: a new enquiry, or just thanks?"""
	telling.tell(
		whom_to_tell(entry),
		lambda: _("They wrote after it was closed: a new enquiry, or just thanks?"),
		entry,
		kind=choices.ANSWER,
	)


# ------------------------------------------------------------- contact data
def update_lead_contact(entry, **values: str | None) -> None:
	"""Write corrected contact data to the Lead. Raises what the Lead's own validation says."""
	changed = {field: value.strip() for field, value in values.items() if value is not None}
	lead = frappe.get_doc("Lead", entry.lead)
	if changed.get("lead_name"):
		lead.first_name, lead.middle_name, lead.last_name = changed.pop("lead_name"), None, None
	lead.update(changed)
	# Who works the entry may correct how the prospect is reached, without any right to Leads.
	lead.save(ignore_permissions=True)


def keep_unsubscribe(lead: str, address: str) -> None:
	"""Our own lasting fact that this person wants no mail: an Email Unsubscribe for the Lead."""
	filters = {"email": address, "reference_doctype": "Lead", "reference_name": lead}
	everywhere = {"email": address, "global_unsubscribe": 1}
	if frappe.db.exists("Email Unsubscribe", filters) or frappe.db.exists("Email Unsubscribe", everywhere):
		return
	doc = frappe.new_doc("Email Unsubscribe")
	doc.update(filters)
	doc.flags.by_prospect_mgmt = True  # the lead says so already
	doc.insert(ignore_permissions=True)
