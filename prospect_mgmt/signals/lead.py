"""Lead: its number, its enrolment, and everything that happens to it later."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.delete_doc import delete_dynamic_links
from frappe.utils import cint, cstr, get_link_to_form, now_datetime

from prospect_mgmt import duplicates, numbers
from prospect_mgmt.enrolment import list_for
from prospect_mgmt.entry import merging, people, start
from prospect_mgmt.procedure.machine_mail import classify
from prospect_mgmt.signals import call_log, quotation, signal

ENTRY = start.DOCTYPE
NO_CONTACT = "Do Not Contact"


def autoname(doc, method=None):
	"""Give the lead its number. Not `before_naming`: an admin's own Document Naming Rule wins by itself.

	A fault of ours refuses no lead (law 8): ERPNext names it then.
	"""
	try:
		number = doc.flags.prospect_lead_number or numbers.give(doc)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise  # nothing can be kept in this transaction any more
	except Exception:
		frappe.log_error("Lead number could not be given")
		return
	if number:
		doc.name = frappe.flags.prospect_lead_being_made = number


def before_validate(doc, method=None):
	"""ERPNext refuses a second lead with the same mail address: lead there instead of only refusing."""
	if doc.status == NO_CONTACT:
		doc.prospect_do_not_contact = 1  # before ERPNext sets the status that an Opportunity asks for
	if not doc.is_new() or not doc.email_id:
		return
	if cint(frappe.db.get_single_value("CRM Settings", "allow_lead_duplication_based_on_emails")):
		return
	if existing := frappe.db.get_value("Lead", {"email_id": doc.email_id}, order_by="creation"):
		frappe.throw(
			_known_message(doc, existing), frappe.DuplicateEntryError, title=_("They are known already")
		)


def _known_message(doc, existing: str) -> str:
	message = _("{0} is already lead {1}.").format(
		frappe.utils.escape_html(doc.email_id), get_link_to_form("Lead", existing)
	)
	if entry := start.open_entry(existing):
		return (
			message
			+ " "
			+ _("Their open enquiry is {0}: record it there.").format(get_link_to_form(ENTRY, entry))
		)
	return (
		message + " " + _("Open it and choose “New enquiry”: it gets an entry of its own on the same lead.")
	)


@signal
def after_insert(doc, method=None):
	"""A new lead goes onto the first enabled list whose condition holds, in the same transaction."""
	frappe.flags.prospect_lead_being_made = None
	_keep_no_contact(doc)
	if start.refusal(doc) or (method == "retry" and start.latest_entry(doc.name)):
		return
	if reason := _machine_that_wrote(doc):
		doc.add_comment("Info", _("Not put on a list, since a machine wrote the mail: {0}").format(reason))
	elif prospect_list := list_for(doc):
		start.enrol(doc, prospect_list, by="Rule")
		call_log.take_in_earlier(doc)


def _machine_that_wrote(doc) -> str | None:
	"""Of a lead that was made of a mail by a machine (an auto-reply, a newsletter): what in the mail says so, as HTML."""
	mail = frappe.flags.pop("prospect_mail", None)
	if not mail or cstr(doc.email_id).casefold() != cstr(mail.sender).casefold():
		return None
	verdict = classify(mail.sender, mail.headers.get("Subject"), mail.headers)
	return frappe.utils.escape_html(verdict.reason) if verdict.is_machine else None


@signal
def on_change(doc, method=None):
	"""Contact data, Do Not Contact and the owner follow the Lead, however it was written (`db_set` included)."""
	if doc.flags.in_insert or doc.flags.in_delete:
		return
	entry = _open_row(doc.name)
	if entry:
		_follow_contact(doc, entry)
		_follow_owner(doc, entry)
	_keep_no_contact(doc)


def _open_row(lead: str) -> frappe._dict | None:
	fields = ["name", "agent", "prospect_list", "do_not_contact", "unsubscribed", *start.CONTACT_FIELDS]
	return frappe.db.get_value(ENTRY, {"open_lead": lead}, fields, as_dict=True)


def _follow_contact(doc, entry) -> None:
	changed = {f: v for f, v in start.lead_values(doc).items() if (v or None) != (entry.get(f) or None)}
	if "email_id" in changed:
		changed |= {"email_bounced_on": None, "email_changed_on": now_datetime()}
	if changed:
		frappe.db.set_value(ENTRY, entry.name, changed, update_modified=False)


def _follow_owner(doc, entry) -> None:
	before = doc.get_doc_before_save()
	if not before or before.lead_owner == doc.lead_owner or doc.lead_owner == entry.agent:
		return
	if doc.lead_owner and not start.is_agent(entry.prospect_list, doc.lead_owner):
		return  # owned by somebody who does not work this list: the entry keeps its agent
	found = frappe.get_doc(ENTRY, entry.name)
	found.begin()
	found.agent = doc.lead_owner or None
	found.store()


def _keep_no_contact(doc) -> None:
	"""Do Not Contact is not durable in ERPNext (an Opportunity flips it back): we keep our own fact."""
	if doc.status == NO_CONTACT and not doc.get("prospect_do_not_contact"):  # written past `before_validate`
		frappe.db.set_value("Lead", doc.name, "prospect_do_not_contact", 1, update_modified=False)
		doc.prospect_do_not_contact = 1
	before = doc.get_doc_before_save()
	if _wants_no_mail(doc):
		people.keep_unsubscribe(doc.name, doc.email_id)
	elif before and _wants_no_mail(before):
		frappe.db.delete("Email Unsubscribe", {"reference_doctype": "Lead", "reference_name": doc.name})


def _wants_no_mail(lead) -> bool:
	return bool(
		lead.email_id and (cint(lead.get("unsubscribed")) or cint(lead.get("prospect_do_not_contact")))
	)


def before_rename(doc, method, old: str, new: str, merge: bool = False):
	"""Two enrolled leads become one: fold the enquiries before ERPNext does, whose merge would break on the unique field."""
	if not merge:
		return
	duplicates.begin_merge(old, new)
	if folded := merging.fold(old, new):
		quotation.move_documents(*folded)


def after_rename(doc, method, old: str, new: str, merge: bool = False):
	"""The entry's ID follows the lead's; the old number still leads there."""
	merging.follow_rename(old, new)
	numbers.renamed(old, new, merge)
	if merge:
		duplicates.keep_merge()


def on_trash(doc, method=None):
	"""A deleted lead takes its entries and their ledger along; its number is never given again."""
	for name in frappe.get_all(ENTRY, filters={"lead": doc.name}, pluck="name", order_by="enquiry desc"):
		# Whoever may delete the lead may delete what is only about it.
		frappe.delete_doc(ENTRY, name, ignore_permissions=True, force=True, delete_permanently=True)
		delete_dynamic_links(
			ENTRY, name
		)  # now: Frappe's job for it may never run, and nobody could find it later
	frappe.db.delete("Prospect Consent", {"lead": doc.name})
	numbers.deleted(doc.name)
