"""A telephone rings: somebody known opens their enquiry, a stranger is a lead with one line. Calls themselves: signals/call_log.py."""

from dataclasses import replace

import frappe
from frappe import _
from frappe.utils import escape_html, get_link_to_form

from prospect_mgmt import api, capture, compat, contact_keys, duplicates, named_locks, reader, telling
from prospect_mgmt.entry import start
from prospect_mgmt.procedure import capturing
from prospect_mgmt.procedure.capturing import Submission
from prospect_mgmt.procedure.matching import Person
from prospect_mgmt.signals import call_log, signal

DOCTYPE, SOURCE = "Call Log", "Direct Call"


@signal
def after_insert(doc, method=None):
	"""Their call comes in: whoever it rings for sees who it is."""
	if doc.type == "Incoming" and doc.employee_user_id:
		frappe.publish_realtime("prospect_call", _shown(doc), user=doc.employee_user_id, after_commit=True)


@signal
def on_change(doc, method=None):
	"""Their call is over, and nobody knows them: it is offered as a lead, once."""
	if doc.type != "Incoming" or doc.status not in call_log.RESULTS or _known(doc):
		return
	told = {"document_type": DOCTYPE, "document_name": doc.name}
	if frappe.db.exists("Notification Log", told):
		return
	prospect_list = frappe.get_cached_doc("Prospect Management Settings").default_prospect_list
	users = [doc.employee_user_id] if doc.employee_user_id else []
	users = users or (telling.supervisors(prospect_list) if prospect_list else telling.sales_managers())
	number = escape_html(doc.get("from") or "")
	for user in dict.fromkeys(users):
		log = frappe.new_doc("Notification Log")
		log.update({**told, "for_user": user, "from_user": frappe.session.user, "type": "Alert"})
		with reader.in_words_of(user):
			log.subject = _("A call from an unknown number: {0}. Make it a lead?").format(f"<b>{number}</b>")
		log.insert(ignore_permissions=True)


def _known(doc, person: Person | None = None) -> tuple:
	"""(lead, its latest entry) of the caller; empty when nobody is known. `person`: what is known of them besides the call."""
	if entry := call_log.entry_of(doc):
		return frappe.db.get_value(start.DOCTYPE, entry, "lead"), entry
	linked = (link.link_name for link in doc.get("links") or [] if link.link_doctype == "Lead")
	lead = next(linked, None) or duplicates.known(person or _caller(doc))
	return (lead, start.latest_entry(lead)) if lead else ()


def _caller(doc) -> Person:
	number = contact_keys.e164(doc.get("from"), contact_keys.region_of({}))
	return Person(phones=(number,) if number else ())


def _shown(doc) -> dict:
	"""What a telephone shows of a caller; the entry itself opens for those only who may read it."""
	lead, entry = _known(doc) or (None, None)
	name = frappe.db.get_value("Lead", lead, "lead_name") if lead else None
	return {"call_log": doc.name, "number": doc.get("from"), "lead": lead, "entry": entry, "name": name}


# ------------------------------------------------------------- from the call's form, or while it rings
@frappe.whitelist()
def caller(name: str) -> dict:
	"""{call_log, number, lead, entry, name} of who called, for the form of a Call Log that the user may read."""
	doc = _checked(name)
	return _shown(doc)


@frappe.whitelist(methods=["POST"])
def new_lead(
	name: str,
	lead_name: str | None = None,
	company_name: str | None = None,
	email_id: str | None = None,
	interest: str | None = None,
	detail: str | None = None,
) -> dict:
	"""Make the caller a lead with what they said in one line; returns {lead, entry, may_open, told}.

	`name`: of the Call Log. Whoever turns out to be known, by the number or by what they said, is no second lead: then
	theirs is returned, and the call and the line are kept with it. `may_open`: whether the user may read it; `told`: what
	the user must hear of it, as HTML. For users who may enrol, and for whom it rang.
	"""
	doc = _checked(name)
	_check_may_make(doc)
	line = {"name": lead_name, "company": company_name, "email": email_id, "phone": doc.get("from")}
	line |= {"interest": interest, "message": detail, "channel": "Phone", "source": SOURCE}
	submission, errors = capturing.read(line)
	if errors:
		frappe.throw("<br>".join(api.error_text(error) for error in errors))
	person = replace(_caller(doc), email=submission.email)
	try:
		with named_locks.alone([doc.get("from"), *capture.surest(person)]):
			frappe.db.commit()  # what a colleague made of the same call is seen from here on
			doc.reload()
			if known := _known(doc, person):
				_keep_with(*known, doc, submission)
				told = _said_of_known(*known)
			else:
				lead = _insert(submission, person)
				_link(doc, lead)
				known = lead, start.open_entry(lead)
				made = _("Lead {0} was made; a colleague looks after them.").format(lead)
				told = None if _may_open(*known) else made
			frappe.db.commit()
	except named_locks.Busy:
		frappe.throw(_("Please send it again in a moment."))
	lead, entry = known
	return {"lead": lead, "entry": entry, "may_open": _may_open(lead, entry), "told": told}


def _checked(name: str):
	doc = frappe.get_doc(DOCTYPE, name)
	if doc.employee_user_id != frappe.session.user:
		doc.check_permission("read")
	if doc.type != "Incoming":
		frappe.throw(_("{0} is a call of ours.").format(get_link_to_form(DOCTYPE, name)))
	return doc


def _check_may_make(doc) -> None:
	rang_for_them = doc.employee_user_id == frappe.session.user and "Prospect Agent" in frappe.get_roles()
	if not rang_for_them:
		frappe.has_permission("Lead", "create", throw=True)


def _keep_with(lead: str, entry: str | None, doc, submission: Submission) -> None:
	"""Somebody known rang: the call and what they said are kept with their enquiry."""
	with compat.as_administrator() as user:  # whoever takes the call may not see whose enquiry it is
		_link(doc, lead)
		_note(start.DOCTYPE if entry else "Lead", entry or lead, submission, user)


def _link(doc, lead: str) -> None:
	"""Of a number that is withheld, or new for somebody known, the link alone says whose call it is."""
	if not call_log.entry_of(doc):
		doc.reload()
		doc.add_link("Lead", lead)
		doc.save(ignore_permissions=True)  # whoever it rang for need not read Call Logs


def _note(doctype: str, name: str, submission: Submission, user: str) -> None:
	"""The line, once, however often it is sent."""
	text = escape_html(capture.summary(submission))
	there = {"reference_doctype": doctype, "reference_name": name, "content": text}
	if not frappe.db.exists("Comment", there):
		frappe.get_doc(doctype, name).add_comment("Info", text, comment_email=user)


def _said_of_known(lead: str, entry: str | None) -> str:
	"""Of somebody whose enquiry they may not read they learn the number only, so that they can ask."""
	if not _may_open(lead, entry):
		text = _(
			"They are known already as {0}; a colleague looks after them. What you wrote is noted there."
		)
		return text.format(lead)
	who = escape_html(frappe.db.get_value("Lead", lead, "lead_name") or "")
	text = _("{0} is known already: {1} is opened. What you wrote is noted there; no second lead was made.")
	return text.format(frappe.bold(who), entry or lead)


def _may_open(lead: str, entry: str | None) -> bool:
	return bool(frappe.has_permission(start.DOCTYPE if entry else "Lead", "read", entry or lead))


def _insert(submission: Submission, person: Person) -> str:
	with compat.as_administrator() as user:  # the right to make it was checked
		lead = capture.new_lead(submission, person)
		lead.lead_owner = user
		lead.insert(ignore_permissions=True)
		if entry := start.open_entry(lead.name):
			_add_detail(frappe.get_doc(start.DOCTYPE, entry), submission.message)
	return lead.name


def _add_detail(entry, detail: str) -> None:
	if detail:
		entry.begin()
		row = entry.requirements[0] if entry.requirements else entry.append("requirements", {})
		row.detail = detail[:1000]
		entry.store()
