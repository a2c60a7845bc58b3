"""Personal data: what is known of a person, and making them nobody. Numbers, dates, results and amounts stay.

A lead becomes nobody when its person asks for it (Frappe's Personal Data Deletion Request), or so many days after Done,
as its list says.
"""

from functools import partial

import frappe
from frappe import _
from frappe.utils import add_days, cint, create_batch, now_datetime
from pypika.functions import Max
from pypika.terms import ExistsCriterion

from prospect_mgmt import contact_keys, one_by_one
from prospect_mgmt.entry import start
from prospect_mgmt.importing import forgetting
from prospect_mgmt.procedure import matching
from prospect_mgmt.signals import signal

ENTRY, LIST = start.DOCTYPE, "Prospect List"
AT_ONCE = 500  # leads in one night; the rest follows the next
SHOWN = 50  # names that a rehearsal shows
OF_LEAD = (
	"salutation", "first_name", "middle_name", "last_name", "company_name", "job_title", "gender", "image", "email_id",
	"mobile_no", "phone", "phone_ext", "whatsapp_no", "fax", "website", "city", "state",
)  # fmt: skip
OF_OPPORTUNITY = (
	"contact_person",
	"contact_display",
	"contact_email",
	"contact_mobile",
	"phone",
	"whatsapp",
	"website",
)
OF_ENTRY = (
	"company_name",
	"email_id",
	"mobile_no",
	"phone",
	"objection_note",
	"pause_reason",
	"put_down",
	"task",
)
# What Frappe's download of personal data holds, by the field that says whose it is.
BY_LEAD = {
	"Lead": "name",
	"Prospect Lead Number": "lead",
	"Prospect Capture": "lead",
	"Prospect Consent": "lead",
	"Prospect Contact Key": "lead",
	"Prospect List Import Row": "lead",
	ENTRY: "lead",
	"Prospect Interaction": "lead",
}
BY_ENTRY = {"Prospect Requirement": "parent", "Prospect Stage Change": "entry", "Prospect Due Step": "entry"}
# What lies on the timelines, tasks and notices of a lead: (type field, ID field).
LOOSE = {
	"Comment": ("reference_doctype", "reference_name"),
	"Version": ("ref_doctype", "docname"),
	"Notification Log": ("document_type", "document_name"),
	"Email Queue": ("reference_doctype", "reference_name"),
	"Email Unsubscribe": ("reference_doctype", "reference_name"),
	"Prospect Signal Failure": ("reference_doctype", "reference_name"),
}
# Business records, which other laws ask to keep: a lead with one of them is kept.
RECORDS = {
	"Customer": ("lead_name", {}),
	"Quotation": ("lead_number", {"docstatus": 1}),
	"Sales Order": ("lead_number", {"docstatus": 1}),
	"Sales Invoice": ("lead_number", {"docstatus": 1}),
}


# ------------------------------------------------------------- what is known
def known_of(email: str) -> list[dict]:
	"""Everything this app keeps of the person behind an address, as rows of Prospect Personal Data."""
	leads = contact_keys.leads_of(email) or [""]
	entries = frappe.get_all(ENTRY, filters={"lead": ("in", leads)}, pluck="name")
	asked = [*((doctype, field, leads) for doctype, field in BY_LEAD.items())]
	asked += [("Prospect Capture", "name", _not_taken_in(email) or [""])]
	asked += [(doctype, field, entries or [""]) for doctype, field in BY_ENTRY.items()]
	return [
		{"email_id": email, "doctype_name": doctype, "record": row.name, "content": frappe.as_json(row)}
		for doctype, field, names in asked
		for row in frappe.get_all(doctype, filters={field: ("in", names)}, fields=["*"], order_by="creation")
	]


def _not_taken_in(email: str) -> list[str]:
	"""Enquiries from this mailbox that wait to be taken in, for a fault of ours."""
	waiting = {"lead": ("is", "not set"), "payload": ("is", "set")}
	rows = frappe.get_all("Prospect Capture", waiting, ["name", "payload"])
	mailbox = matching.email_key(email)
	return [r.name for r in rows if matching.email_key(frappe.parse_json(r.payload).get("email")) == mailbox]


@signal
def erase_requested(doc, method=None):
	"""Frappe has carried a Personal Data Deletion Request out: their leads become nobody, too."""
	if doc.status == "Deleted":
		for lead in contact_keys.leads_of(doc.email):
			anonymise(lead, _("They asked for it."))
		frappe.db.delete("Prospect Capture", {"name": ("in", _not_taken_in(doc.email) or [""])})


# ------------------------------------------------------------- nobody
def anonymise(lead: str, reason: str) -> None:
	"""Make the person behind a lead nobody. Commits nothing. What stays: number, dates, stages, results, amounts."""
	entries = frappe.get_all(ENTRY, filters={"lead": lead}, pluck="name", order_by="creation")
	for entry in sorted(entries):  # the entry first, then what belongs to it
		frappe.db.get_value(ENTRY, entry, "name", for_update=True)
	_forget_contacts(lead)
	_forget_messages(lead, entries)
	_forget_calls(lead)
	_forget_loose("Lead", [lead])
	_forget_loose(ENTRY, entries)
	_clear(
		"Opportunity", {"lead_number": lead}, OF_OPPORTUNITY, {"customer_name": nobody(), "title": nobody()}
	)
	_clear("Prospect Interaction", {"lead": lead}, ("summary", "reason"))
	_clear("Prospect Requirement", {"parenttype": ENTRY, "parent": ("in", entries or [""])}, ("detail",))
	_clear("Prospect Capture", {"lead": lead}, ("payload", "reason"))
	forgetting.forget(lead, nobody())
	_clear("Prospect Consent", {"lead": lead}, ("email_id",))
	_clear("Prospect Enrolment Refusal", {"lead": lead}, ("reason",))
	for field, names in (
		("lead", ("lead_name", "company_name")),
		("other_lead", ("other_lead_name", "other_company_name")),
	):
		_clear("Prospect Duplicate Pair", {field: lead}, (*names, "before_merge"))
	frappe.db.delete("Prospect Contact Key", {"lead": lead})
	frappe.db.delete("CRM Note", {"parenttype": "Lead", "parent": lead})
	_clear(ENTRY, {"lead": lead}, OF_ENTRY, {"lead_name": nobody(), "anonymised_on": now_datetime()})
	_clear("Lead", {"name": lead}, OF_LEAD, {"lead_name": nobody(), "title": nobody(), "disabled": 1})
	frappe.db.delete("__global_search", {"doctype": "Lead", "name": lead})  # it knows the name of before
	frappe.clear_document_cache("Lead", lead)
	frappe.get_doc("Lead", lead).add_comment("Info", _("Anonymised. {0}").format(reason))


@frappe.whitelist(methods=["POST"])
def forget(lead: str, reason: str):
	"""Make the person behind a lead nobody since they asked for it, for who may delete leads. It cannot be undone."""
	frappe.only_for(("System Manager", "Sales Manager"))
	frappe.get_doc("Lead", lead).check_permission("write")
	if not reason.strip():
		frappe.throw(_("Say why."))
	anonymise(lead, frappe.utils.escape_html(reason[:140]))


def nobody() -> str:
	"""What stands where a name was."""
	return f"({_('anonymised')})"


def _clear(doctype: str, filters: dict, fields: tuple, values: dict | None = None) -> None:
	meta = frappe.get_meta(doctype)
	cleared = {field: None for field in fields if meta.has_field(field)} | (values or {})
	frappe.db.set_value(doctype, filters, cleared, update_modified=False)


def _forget_contacts(lead: str) -> None:
	"""Contacts and addresses that belong to this lead alone are deleted; from the others it is taken off."""
	filters = {"link_doctype": "Lead", "link_name": lead, "parenttype": ("in", ("Contact", "Address"))}
	for link in frappe.get_all("Dynamic Link", filters=filters, fields=["name", "parent", "parenttype"]):
		others = {"parenttype": link.parenttype, "parent": link.parent, "name": ("!=", link.name)}
		if frappe.db.exists("Dynamic Link", others):
			frappe.db.delete("Dynamic Link", {"name": link.name})
		else:
			delete_for_good(link.parenttype, link.parent)


def delete_for_good(doctype: str, name: str) -> None:
	"""Delete a record, and what Frappe notes of it."""
	# Decided by the list or by the person themselves, whoever carries it out.
	frappe.delete_doc(doctype, name, ignore_permissions=True, force=True, delete_permanently=True)
	# Frappe notes by name what was deleted, and a contact's is the person's.
	said = {"comment_type": "Deleted", "reference_doctype": doctype, "subject": f"{_(doctype)} {name}"}
	frappe.db.delete("Comment", said)
	for table in ("Communication Link", "Dynamic Link"):
		frappe.db.delete(table, {"link_doctype": doctype, "link_name": name})


def _forget_messages(lead: str, entries: list[str]) -> None:
	table, link = frappe.qb.DocType("Communication"), frappe.qb.DocType("Communication Link")
	of_lead = (table.reference_doctype == "Lead") & (table.reference_name == lead)
	of_entry = (table.reference_doctype == ENTRY) & table.reference_name.isin(entries or [""])
	names = frappe.qb.from_(table).select(table.name).where(of_lead | of_entry).run(pluck=True)
	linked = (
		frappe.qb.from_(link)
		.select(link.parent)
		.where((link.link_doctype == "Lead") & (link.link_name == lead))
	)
	names = sorted({*names, *linked.run(pluck=True)})
	fields = ("content", "text_content", "sender", "sender_full_name", "recipients", "cc", "bcc", "phone_no")
	_clear(
		"Communication",
		{"name": ("in", names or [""])},
		(*fields, "prospect_mail_headers"),
		{"subject": nobody()},
	)
	owners = (("Lead", [lead]), (ENTRY, entries), ("Communication", names))
	for doctype, of in owners:
		filters = {"attached_to_doctype": doctype, "attached_to_name": ("in", of or [""])}
		for file in frappe.get_all("File", filters=filters, pluck="name"):
			delete_for_good("File", file)


def _forget_calls(lead: str) -> None:
	filters = {"parenttype": "Call Log", "link_doctype": "Lead", "link_name": lead}
	calls = frappe.get_all("Dynamic Link", filters=filters, pluck="parent")
	by_ledger = {"lead": lead, "reference_doctype": "Call Log"}
	calls += frappe.get_all("Prospect Interaction", filters=by_ledger, pluck="reference_name")
	for name in set(calls):
		theirs = "from" if frappe.db.get_value("Call Log", name, "type") == "Incoming" else "to"
		_clear("Call Log", {"name": name}, (theirs, "summary", "recording_url"))


def _forget_loose(doctype: str, names: list[str]) -> None:
	for table, (type_field, id_field) in LOOSE.items():
		rows = frappe.get_all(
			table, filters={type_field: doctype, id_field: ("in", names or [""])}, pluck="name"
		)
		if table == "Email Queue":
			frappe.db.delete("Email Queue Recipient", {"parent": ("in", rows or [""])})
		frappe.db.delete(table, {"name": ("in", rows or [""])})
	todo = {"reference_type": doctype, "reference_name": ("in", names or [""])}
	frappe.db.set_value("ToDo", todo, "description", nobody(), update_modified=False)
	for table in ("Communication Link", "Dynamic Link"):
		links = {"link_doctype": doctype, "link_name": ("in", names or [""])}
		frappe.db.set_value(table, links, "link_title", None, update_modified=False)
	frappe.db.set_value(doctype, {"name": ("in", names or [""])}, "_comments", None, update_modified=False)


# ------------------------------------------------------------- so many days after Done
def rehearse(prospect_list: str, days: int) -> dict:
	"""Whom a retention of `days` would anonymise tonight: {due, names, kept, kept_names}. Changes nothing.

	`names` and `kept_names`: the first SHOWN, as {lead, lead_name, done_on, why}; kept are those with business records.
	"""
	due, kept = [], []
	for row in _candidates(prospect_list, days) if days else ():
		(kept if row.why else due).append(row)
	return {"due": len(due), "names": due[:SHOWN], "kept": len(kept), "kept_names": kept[:SHOWN]}


def _candidates(prospect_list: str, days: int) -> list[frappe._dict]:
	"""Leads whose enquiries are all Done and past what their lists say; on this list `days` counts, saved or not.

	{lead, lead_name, done_on, why}: `why` names the business record for which a lead is kept.
	"""
	entry = frappe.qb.DocType(ENTRY)
	query = frappe.qb.from_(entry).select(entry.lead, entry.lead_name, Max(entry.done_on).as_("done_on"))
	query = query.where((entry.prospect_list == prospect_list) & entry.anonymised_on.isnull())
	query = query.where(entry.done_on < add_days(now_datetime(), -days))
	query = query.where(ExistsCriterion(_holding_back(entry, prospect_list, days)).negate())
	rows = query.groupby(entry.lead, entry.lead_name).orderby(entry.lead).run(as_dict=True)
	for batch in create_batch(rows, 1000):
		records = _records_of([row.lead for row in batch])
		for row in batch:
			row.why = records.get(row.lead)
	return rows


def _holding_back(entry, prospect_list: str, days: int):
	"""Another enquiry of the same lead that is open, or on a list that keeps it (still)."""
	other = frappe.qb.DocType(ENTRY).as_("other")
	waits = {
		row.name: cint(row.anonymise_after_days)
		for row in frappe.get_all(LIST, ["name", "anonymise_after_days"])
	}
	waits[prospect_list] = days
	kept = other.done_on.isnull()
	for name, wait in waits.items():
		past = add_days(now_datetime(), -wait)
		kept |= (
			(other.prospect_list == name) & (other.done_on >= past) if wait else other.prospect_list == name
		)
	return frappe.qb.from_(other).select(other.name).where((other.lead == entry.lead) & kept)


def _records_of(leads: list[str]) -> dict[str, str]:
	found: dict[str, str] = {}
	for doctype, (field, filters) in RECORDS.items():
		for row in frappe.get_all(doctype, {**filters, field: ("in", leads)}, ["name", f"{field} as lead"]):
			found.setdefault(row.lead, f"{_(doctype)} {row.name}")
	return found


def nightly() -> None:
	"""Anonymise what the lists say, lead by lead: one that cannot be stops nobody (law 8)."""
	lists = frappe.get_all(
		LIST, {"anonymise_after_days": (">", 0)}, ["name", "anonymise_after_days"], order_by="name"
	)
	for row in lists:
		due = [c.lead for c in _candidates(row.name, row.anonymise_after_days) if not c.why]
		reason = _("{0} days after Done, as {1} says.").format(row.anonymise_after_days, row.name)
		one_by_one.each(
			"Lead", due[:AT_ONCE], partial(anonymise, reason=reason), "{0} could not be anonymised"
		)
