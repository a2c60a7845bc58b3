"""How a lead gets onto a list."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe import _
from frappe.utils import get_link_to_form, now_datetime

from prospect_mgmt import compat, customers
from prospect_mgmt.entry import once, progress
from prospect_mgmt.procedure.machine_mail import is_machine_sender

DOCTYPE = "Prospect List Entry"
CONTACT_FIELDS = ("lead_name", "company_name", "email_id", "mobile_no", "phone", "language", "territory")


class EnrolmentRefused(frappe.ValidationError):
	"""The lead cannot be enrolled; the message says why, in words for the person who asked."""


def enrol(
	lead,
	prospect_list: str,
	by: str = "Person",
	first_contact_on: datetime | None = None,
	interest: str | None = None,
	detail: str | None = None,
):
	"""Open an entry for a Lead document on a list and return it.

	`by`: Rule, Person or Bulk. The clocks count from `first_contact_on`, or from now. Raises EnrolmentRefused.
	"""
	if reason := refusal(lead):
		frappe.throw(reason, EnrolmentRefused)
	entry = frappe.new_doc(DOCTYPE)
	entry.lead, entry.prospect_list, entry.enrolled_by = lead.name, prospect_list, by
	entry.first_contact_on = first_contact_on
	entry.interest = interest or lead.get("prospect_interest")
	if detail or entry.interest:
		entry.append("requirements", {"interest": entry.interest, "detail": detail})
	entry.flags.lead = lead
	entry.flags.is_new_lead = by == "Rule"
	# The procedure enrols for whoever made the lead, and links were read from the lead itself.
	entry.flags.ignore_links = True
	try:
		entry.insert(ignore_permissions=True)
	except (frappe.DuplicateEntryError, frappe.UniqueValidationError):
		frappe.clear_last_message()
		_refuse_as_open(lead.name)  # somebody else enrolled it at the same moment
	return entry


def refusal(lead) -> str | None:
	"""Why a lead is not enrolled; None when it may be."""
	if is_machine_sender(lead.email_id):
		return _("{0} is written by a machine, not by a person.").format(lead.email_id)
	if lead.get("status") == "Do Not Contact" or lead.get("prospect_do_not_contact"):
		return _("Lead {0} asked not to be contacted.").format(lead.name)
	if lead.get("disabled"):
		return _("Lead {0} is disabled.").format(lead.name)
	return None


def open_entry(lead: str) -> str | None:
	"""The open entry of a lead, if it has one."""
	return frappe.db.get_value(DOCTYPE, {"open_lead": lead})


def opened_by(lead: str, request: str | None) -> str | None:
	"""The open entry of a lead, if this very request (see `once`) opened it."""
	name = open_entry(lead)
	kept = frappe.db.get_value(DOCTYPE, name, "request_key") if name and request else None
	return name if once.is_same(kept, request) else None


def latest_entry(lead: str) -> str | None:
	"""The open entry of a lead, else the one that was opened last."""
	return open_entry(lead) or frappe.db.get_value(DOCTYPE, {"lead": lead}, order_by="enquiry desc")


def prepare(entry) -> None:
	"""Fill a new entry from its lead, its list and the rules, whatever the caller had put in."""
	now = now_datetime()
	lead = entry.flags.lead or frappe.get_doc("Lead", entry.lead)
	_refuse_second_open(entry)
	_keep_only_what_people_enter(entry)
	entry.prospect_list = entry.prospect_list or default_list()
	company = frappe.get_cached_value("Prospect List", entry.prospect_list, "company")
	if not company:
		frappe.throw(_("The Prospect List {0} does not exist.").format(frappe.bold(entry.prospect_list)))
	entry.company, entry.currency = company, frappe.get_cached_value("Company", company, "default_currency")
	entry.enquiry = 1 if entry.flags.is_new_lead else _next_enquiry(entry.lead)
	entry.open_lead = entry.lead
	entry.source = compat.lead_source(lead)
	entry.update(lead_values(lead))
	_offer_to_keeper(entry, lead)
	if not entry.agent and is_agent(entry.prospect_list, lead.lead_owner):
		entry.agent = lead.lead_owner
	entry.first_contact_on = entry.first_contact_on or now
	progress.begin(entry, now)


def _offer_to_keeper(entry, lead) -> None:
	"""A customer's enquiry is for whoever looks after them, when they work this list; else they are told."""
	customer = lead.get("customer") if entry.flags.is_new_lead else customers.of_lead(lead)
	if not customer:
		return
	entry.flags.customer, entry.flags.keeper = customer, customers.keeper(customer)
	if not entry.agent and is_agent(entry.prospect_list, entry.flags.keeper):
		entry.agent = entry.flags.keeper


def _keep_only_what_people_enter(entry) -> None:
	kept = {"lead", "prospect_list", "interest", "requirements", "agent"}
	if entry.flags.ignore_permissions:  # our own code; people may not say when a first contact was
		kept |= {"first_contact_on", "enrolled_by"}
	for df in entry.meta.fields:
		if df.fieldname not in kept and df.fieldtype not in frappe.model.no_value_fields:
			entry.set(df.fieldname, [] if df.fieldtype == "Table" else None)
	for row in entry.requirements:
		row.satisfied_on = None
	entry.enrolled_by = entry.enrolled_by or "Person"


def _refuse_second_open(entry) -> None:
	if entry.flags.is_new_lead:
		return
	if other := open_entry(entry.lead):
		_refuse_as_open(entry.lead, other)


def _refuse_as_open(lead: str, entry: str | None = None) -> None:
	message = _("{0} has an open enquiry already.").format(lead)
	if entry:
		message = _("{0} has an open enquiry already: {1}.").format(lead, get_link_to_form(DOCTYPE, entry))
	frappe.throw(message, EnrolmentRefused, title=_("Already on a list"))


def _next_enquiry(lead: str) -> int:
	# Not a locking read: two at once would lock the same gap. Who comes second meets the first one's ID.
	last = frappe.db.get_value(DOCTYPE, {"lead": lead}, "enquiry", order_by="enquiry desc")
	return (last or 0) + 1


def entry_id(lead: str, enquiry: int) -> str:
	"""First enquiry: the lead's ID; later ones with their number: WEB-0001, WEB-0001-2."""
	return lead if enquiry == 1 else f"{lead}-{enquiry}"


def default_list() -> str:
	"""The list a lead goes on when none is named. Raises when there is none."""
	name = frappe.get_cached_doc("Prospect Management Settings").default_prospect_list
	name = name or frappe.db.get_value("Prospect List", {"enabled": 1}, order_by="title")
	if not name:
		frappe.throw(_("There is no Prospect List yet: create one first."), EnrolmentRefused)
	return name


def is_agent(prospect_list: str, user: str | None) -> bool:
	"""Whether a user is an enabled agent of a list."""
	if not user:
		return False
	agents = frappe.get_cached_doc("Prospect List", prospect_list).agents
	return any(row.user == user and row.enabled for row in agents)


def lead_values(lead) -> dict:
	"""What an entry shows of its Lead. Contact data belongs to the Lead; it is on the entry for those who may not read Leads."""
	values = {field: lead.get(field) for field in CONTACT_FIELDS}
	no_contact = lead.get("status") == "Do Not Contact" or lead.get("prospect_do_not_contact")
	return {
		**values,
		"do_not_contact": int(bool(no_contact)),
		"unsubscribed": int(bool(lead.get("unsubscribed"))),
	}
