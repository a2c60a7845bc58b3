"""What the forms show of an entry, all of it in one call, and the choices that their dialogs offer.

People who may not read Leads, masters or mail templates (Prospect Agent) get what they need of them here, and no more.
"""

from datetime import datetime

import frappe
from frappe import _
from frappe.utils import get_fullname, now_datetime

from prospect_mgmt import contact_keys, mail, permissions
from prospect_mgmt.entry import acts, covers, ledger, moves, progress, start
from prospect_mgmt.entry.assignment_rule import open_entries
from prospect_mgmt.entry.rules import rules_of
from prospect_mgmt.procedure.steps import next_attempt
from prospect_mgmt.prospect_mgmt.doctype.prospect_due_step.prospect_due_step import was_cancelled
from prospect_mgmt.reasons import in_words, lines_in_words
from prospect_mgmt.sent import Names

ENTRY = start.DOCTYPE
LATEST = 15  # exchanges and past steps shown; the connections of the form lead to all
COLLEAGUES = 5
LOAD = 999  # open entries of an agent; more are not counted
DEFAULT_TEMPLATE = "Prospect Information"
INTEREST = "Prospect Interest"
SHOWN = [
	"name",
	"lead",
	"enquiry",
	"prospect_list",
	"stage",
	"agent",
	"cover",
	"awaiting",
	"next_step",
	"next_due_on",
	"task",
	"task_since",
	"lead_name",
	"company_name",
	"language",
	"email_id",
	"mobile_no",
	"phone",
	"source",
	"interest",
	"do_not_contact",
	"unsubscribed",
	"email_bounced_on",
	"first_contact_on",
	"information_sent_on",
	"attempts",
	"paused_until",
	"pause_reason",
	"outcome",
	"objection",
	"objection_note",
	"done_on",
	"won_proposed",
	"wrote_after_done_on",
	"quotation",
	"quoted_amount",
	"sales_invoice",
	"sale_value",
	"currency",
]
INTERACTION_FIELDS = [
	"name",
	"occurred_on",
	"channel",
	"direction",
	"by",
	"user",
	"result",
	"summary",
	"objection",
	"next_attempt_on",
	"reason",
	"corrects",
]
STEP_FIELDS = [
	"name",
	"step_title",
	"instruction",
	"action",
	"status",
	"due_on",
	"done_on",
	"reason",
	"intervention",
]


# ------------------------------------------------------------- the panel
@frappe.whitelist()
def get_panel(entry: str | None = None, lead: str | None = None) -> dict:
	"""The panel of an entry, or of the newest entry of a lead; moments are site time, `now` among them.

	A lead without an entry answers {lead, lists, colleagues}: where the caller could enrol it. One whose entry is not the
	caller's answers {lead, elsewhere}.
	"""
	if not entry:
		document = frappe.get_doc("Lead", lead)
		document.check_permission("read")
		entry = start.latest_entry(lead)
		if not entry:
			return _not_enrolled(document)
		if not frappe.has_permission(ENTRY, "read", entry):
			return {"lead": lead, "elsewhere": 1}
	doc = _entry(entry)
	doc.apply_fieldlevel_read_permissions()
	dial = _dial(doc)
	return {
		**{field: doc.get(field) for field in SHOWN},
		"next_step": _(doc.next_step or ""),
		"task": acts.task_in_words(doc),
		"pause_reason": in_words(doc.pause_reason),
		"now": now_datetime(),
		"agent_name": get_fullname(doc.agent) if doc.agent else None,
		"cover_name": get_fullname(doc.cover) if doc.cover else None,
		"dial": dial,
		"due_now": acts.due_on([doc], {doc.name} if any(dial.values()) else set())[doc.name],
		"promises": _promises(doc),
		"requirements": [
			_picked(row, "name", "interest", "detail", "satisfied_on") for row in doc.requirements
		],
		"documents": [
			_picked(row, "document_type", "document", "status", "amount")
			for row in doc.get("documents") or []
		],
		"interactions": _interactions(doc.name),
		"steps": _steps(doc.name),
		"enquiries": _enquiries(doc.lead),
		"colleagues": _colleagues(doc.lead, doc.company_name),
		"stage_dates": _stage_dates(doc),
		"next_attempt": _next_attempt(doc),
		"can": _can(doc),
		**_stages(doc),
	}


def _entry(name: str, ptype: str = "read"):
	doc = frappe.get_doc(ENTRY, name)
	doc.check_permission(ptype)
	return doc


def _picked(row, *fields: str) -> dict:
	return {field: row.get(field) for field in fields}


def _not_enrolled(lead) -> dict:
	may = frappe.has_permission(ENTRY, "create")
	lists = (
		frappe.get_list("Prospect List", filters={"enabled": 1}, pluck="name", order_by="title")
		if may
		else []
	)
	default = frappe.get_cached_doc("Prospect Management Settings").default_prospect_list
	return {
		"lead": lead.name,
		"lists": lists,
		"default_list": default if default in lists else next(iter(lists), None),
		"interest": lead.get("prospect_interest"),
		"refusal": start.refusal(lead),
		"company_name": lead.company_name,
		"colleagues": _colleagues(lead.name, lead.company_name),
	}


def _dial(doc) -> dict[str, str]:
	"""{field: what a telephone dials} of the entry's numbers."""
	region = contact_keys.regions([doc.lead])[doc.lead]
	return {field: contact_keys.dialled(doc.get(field), region) for field in ("mobile_no", "phone")}


def _promises(doc) -> list[dict]:
	return [
		{
			"promise": promise,
			"by": doc.get(f"{promise}_by"),
			"met_on": doc.get(met),
			"status": doc.get(f"{promise}_status"),
		}
		for promise, met in progress.PROMISES
		if doc.get(f"{promise}_by")
	]


def _interactions(entry: str) -> list[dict]:
	rows = frappe.get_all(
		"Prospect Interaction",
		filters={"entry": entry},
		fields=INTERACTION_FIELDS,
		order_by="occurred_on desc, creation desc, number desc",
		limit=LATEST,
	)
	corrected = {row.corrects for row in rows if row.corrects}
	for row in rows:
		row.user_name = get_fullname(row.user) if row.user else None
		row.is_corrected = row.name in corrected
		row.reason = in_words(row.reason)
	return rows


def _steps(entry: str) -> dict[str, list[dict]]:
	step = {"doctype": "Prospect Due Step", "fields": STEP_FIELDS}
	coming = frappe.get_all(**step, filters={"entry": entry, "status": "Scheduled"}, order_by="due_on")
	past = frappe.get_all(
		**step,
		filters={"entry": entry, "status": ("!=", "Scheduled")},
		order_by="done_on desc, due_on desc",
		limit=LATEST,
	)
	for row in (*coming, *past):
		row.update(
			step_title=_(row.step_title),
			instruction=_(row.instruction or ""),
			cancelled=was_cancelled(row),
			intervention=None if row.intervention == row.reason else lines_in_words(row.intervention),
			reason=None if row.reason == "done" else in_words(row.reason),
		)
	return {"coming": coming, "past": past}


def _enquiries(lead: str) -> list[dict]:
	"""The enquiries of a lead that the caller may see, oldest first."""
	fields = ["name", "enquiry", "stage", "outcome", "objection", "first_contact_on", "done_on"]
	return frappe.get_list(ENTRY, filters={"lead": lead}, fields=fields, order_by="enquiry")


def _colleagues(lead: str, company_name: str | None) -> dict:
	"""{rows, more}: the newest enquiries of other people of the same company, of those that the caller may see."""
	if not (company_name or "").strip():
		return {"rows": [], "more": False}
	found = frappe.get_list(
		ENTRY,
		filters={"company_name": company_name, "lead": ("!=", lead)},
		fields=["name", "lead_name", "stage", "outcome", "agent", "first_contact_on"],
		order_by="first_contact_on desc",
		limit=COLLEAGUES + 1,
	)
	for row in found:
		row.agent_name = get_fullname(row.agent) if row.agent else None
	return {"rows": found[:COLLEAGUES], "more": len(found) > COLLEAGUES}


def _stage_dates(doc) -> dict:
	"""{stage: when it was entered last}, of the stages it was in."""
	changes = frappe.get_all(
		"Prospect Stage Change",
		filters={"entry": doc.name},
		fields=["to_stage", "changed_on"],
		order_by="changed_on, creation",
	)
	return {**{row.to_stage: row.changed_on for row in changes}, doc.stage: doc.stage_entered_on}


def _next_attempt(doc) -> datetime | None:
	"""When the procedure asks for the next attempt, should a call now reach nobody; None where it asks for no further."""
	if doc.done_on:
		return None
	rules, rows = rules_of(doc.prospect_list), ledger.rows_of(doc.name, lock=False)
	due = next_attempt(rules.steps, progress.facts_of(doc), rows, rules.calendar, now_datetime())
	return due and due.replace(second=0, microsecond=0)


def _stages(doc) -> dict:
	"""The stages of the Workflow in order, and what its actions mean: {action: event} by the procedure's table of moves."""
	try:
		stages = [state.state for state in moves.workflow().states]
	except frappe.ValidationError as error:
		frappe.clear_last_message()
		return {"stages": [doc.stage], "actions": {}, "problem": str(error)}
	actions = {action for _event, action in rules_of(doc.prospect_list).moves}
	return {
		"stages": list(dict.fromkeys(stages)),
		"actions": {action: moves.meaning(doc, action) for action in sorted(actions)},
	}


def _can(doc) -> dict[str, bool]:
	user, write = frappe.session.user, doc.has_permission("write")
	supervises = permissions.supervises(user, doc.prospect_list)
	mine = user in (doc.agent, doc.cover)
	return {
		"write": write,
		"supervise": supervises,
		"take": write and not doc.agent and not doc.done_on,
		"assign": write and supervises and not doc.done_on,
		"hand_over": write and mine and not supervises and not doc.done_on,
		"amounts": doc.has_permlevel_access_to("sale_value", permission_type="read"),
		"lead": bool(frappe.has_permission("Lead", "read", doc.lead)),
	}


# ------------------------------------------------------------- what dialogs offer
@frappe.whitelist()
def get_choices(entry: str, only: Names | None = None) -> dict:
	"""What the dialogs of an entry offer to somebody who may work it: objections, interests, agents, other lists.

	`only`: those of them that are asked for; else all.
	"""
	doc = _entry(entry, "write")
	offered = {
		"objections": lambda: frappe.get_all("Opportunity Lost Reason", pluck="name", order_by="name"),
		"interests": lambda: frappe.get_all(INTEREST, filters={"enabled": 1}, pluck="name", order_by="name"),
		"agents": lambda: _agents([doc.prospect_list], without=doc.agent),
		"lists": lambda: _other_lists(doc.prospect_list),
	}
	wanted = only or list(offered)
	return {name: offered[name]() for name in offered if name in wanted}


def _other_lists(prospect_list: str) -> list[str]:
	"""Where an entry of a list can be moved to, by who supervises that list."""
	if not permissions.supervises(frappe.session.user, prospect_list):
		return []
	filters = {"enabled": 1, "name": ("!=", prospect_list)}
	return frappe.get_list("Prospect List", filters=filters, pluck="name", order_by="title")


@frappe.whitelist()
def get_agents(entries: Names) -> dict:
	"""{agents, lists}: to whom all of several entries can be given, being an agent of each of their lists, and these lists."""
	frappe.has_permission(ENTRY, "write", throw=True)
	asked = {"name": ("in", entries)}
	found = frappe.get_list(ENTRY, filters=asked, fields=["prospect_list", "agent"], limit=0)
	if not found:
		frappe.throw(_("None of these entries is yours to change."), frappe.PermissionError)
	holders = {row.agent for row in found}
	lists = sorted({row.prospect_list for row in found})
	return {"agents": _agents(lists, without=holders.pop() if len(holders) == 1 else None), "lists": lists}


def _agents(lists: list[str], without: str | None) -> list[dict]:
	"""The agents that some lists have in common; how much each has on them is for those who see all of them."""
	by_list = [
		{row.user: row for row in frappe.get_cached_doc("Prospect List", name).agents if row.enabled}
		for name in lists
	]
	users = [
		user
		for user in by_list[0]
		if user != without
		and all(user in agents for agents in by_list)
		and frappe.get_cached_value("User", user, "enabled")
	]
	loads = _loads(lists, users)
	return [
		{
			"user": user,
			"full_name": get_fullname(user),
			"away": any(covers.is_away(agents[user]) for agents in by_list),
			**(
				{"capacity": by_list[0][user].capacity if len(lists) == 1 else 0} | loads[user]
				if loads
				else {}
			),
		}
		for user in users
	]


def _loads(lists: list[str], users: list[str]) -> dict[str, dict]:
	"""{user: {open, capped}}: how many open entries of some lists each has, counted to LOAD; empty for who may not know."""
	me = frappe.session.user
	if not (permissions.is_sales_user(me) or all(permissions.supervises(me, name) for name in lists)):
		return {}
	counted = [open_entries(name, dict.fromkeys(users, LOAD + 1)) for name in lists]
	numbers = {user: sum(count[user] for count in counted) for user in users}
	return {user: {"open": min(number, LOAD), "capped": number > LOAD} for user, number in numbers.items()}


@frappe.whitelist()
def draft_information(entry: str, email_template: str | None = None) -> dict:
	"""The information mail as it would go out: from the template proposed by the interest, or another one of those offered."""
	doc = _entry(entry, "write")
	templates = _templates(doc)
	template = email_template if email_template in templates else next(iter(templates), None)
	subject, content, _used = mail.render(doc, template) if template else ("", "", None)
	return {
		"to": doc.email_id,
		"subject": subject,
		"content": content,
		"template": template,
		"templates": templates,
		"files": _files(doc),
		"obstacle": mail.obstacle(doc),
		"goes_to": frappe.get_cached_doc("Prospect Management Settings").try_out_with,
	}


def _templates(doc) -> list[str]:
	"""The templates to choose from: that of the entry's interest first, then the general one, then those of other interests."""
	by_interest = dict(
		frappe.get_all(
			INTEREST,
			filters={"enabled": 1, "email_template": ("is", "set")},
			fields=["name", "email_template"],
			order_by="name",
			as_list=True,
		)
	)
	asked_for = [doc.interest, *(row.interest for row in doc.requirements)]
	wanted = [*(by_interest.get(interest) for interest in asked_for), DEFAULT_TEMPLATE, *by_interest.values()]
	return [name for name in dict.fromkeys(wanted) if name and frappe.db.exists("Email Template", name)]


def _files(doc) -> list[dict]:
	"""Files that the caller may read: those of what they asked for, which are proposed, of the entry, of the lead."""
	asked_for = {doc.interest, *(row.interest for row in doc.requirements)} - {None, ""}
	places = [(INTEREST, interest) for interest in sorted(asked_for)] + [
		(ENTRY, doc.name),
		("Lead", doc.lead),
	]
	return [
		{"name": file.name, "file_name": file.file_name, "proposed": doctype == INTEREST}
		for doctype, name in places
		for file in frappe.get_all(
			"File",
			filters={"attached_to_doctype": doctype, "attached_to_name": name, "is_folder": 0},
			fields=["name", "file_name"],
			order_by="creation desc",
		)
		if frappe.has_permission("File", "read", file.name)
	]


@frappe.whitelist(methods=["POST"])
def preview_information(entry: str, subject: str, content: str) -> dict:
	"""{sender, to, subject, html}: the mail as the prospect will see it. Sends and stores nothing."""
	return mail.preview(_entry(entry, "write"), subject, content)
