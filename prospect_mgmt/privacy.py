"""Personal data: what is known of a person, and making them nobody. Numbers, dates, results and amounts stay.

A lead becomes nobody when its person asks for it (Frappe's Personal Data Deletion Request), or so many days after Done,
as its list says (`retention`).
"""

import frappe
from frappe import _
from frappe.utils import now_datetime
from pypika import CustomFunction

from prospect_mgmt import contact_keys, reasons, traces
from prospect_mgmt.entry import start
from prospect_mgmt.importing import forgetting
from prospect_mgmt.procedure import matching
from prospect_mgmt.procedure.matching import Person
from prospect_mgmt.signals import signal
from prospect_mgmt.traces import clear, nobody

ENTRY, STEP, CAPTURE = start.DOCTYPE, "Prospect Due Step", "Prospect Capture"
OF_LEAD = (
	"salutation", "first_name", "middle_name", "last_name", "company_name", "job_title", "gender", "image", "email_id",
	"mobile_no", "phone", "phone_ext", "whatsapp_no", "fax", "website", "city", "state",
)  # fmt: skip
# Of an opportunity, and of a quotation that is a draft: what is not in force is no record that a law asks to keep.
OF_PAPER = (
	"contact_person", "contact_display", "contact_email", "contact_mobile", "phone", "phone_ext", "whatsapp", "website",
	"job_title", "city", "state", "customer_address", "address_display", "shipping_address_name", "shipping_address",
	"order_lost_reason",
)  # fmt: skip
OF_ISSUE = ("raised_by", "contact", "description", "resolution_details")
OF_CAPTURE = ("payload", "reason", "idempotency_key", "consent_where")
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


# ------------------------------------------------------------- what is known
def known_of(email: str) -> list[dict]:
	"""Everything this app keeps of the person behind an address, as rows of Prospect Personal Data."""
	leads = contact_keys.leads_of(email) or [""]
	entries = frappe.get_all(ENTRY, filters={"lead": ("in", leads)}, pluck="name")
	asked = [*((doctype, field, leads) for doctype, field in BY_LEAD.items())]
	asked += [(CAPTURE, "name", _not_taken_in([Person(email=email)]) or [""])]
	asked += [(doctype, field, entries or [""]) for doctype, field in BY_ENTRY.items()]
	return [
		{"email_id": email, "doctype_name": doctype, "record": row.name, "content": frappe.as_json(row)}
		for doctype, field, names in asked
		for row in frappe.get_all(doctype, filters={field: ("in", names)}, fields=["*"], order_by="creation")
	]


def _not_taken_in(people: list[Person]) -> list[str]:
	"""Enquiries from these mailboxes and numbers that wait to be taken in, for a fault of ours."""
	waiting = {"lead": ("is", "not set"), "payload": ("is", "set")}
	theirs = {key for person in people for key in _surest(person)}
	rows = frappe.get_all(CAPTURE, waiting, ["name", "payload"], order_by="received_on")
	return [row.name for row in rows if theirs & _surest(_who_wrote(row.payload))]


def _who_wrote(payload: str) -> Person:
	said = frappe.parse_json(payload)
	number = contact_keys.e164(said.get("phone"), contact_keys.region_of({}))
	return Person(email=said.get("email") or "", phones=(number,) if number else ())


def _surest(person: Person) -> set[tuple[str, str]]:
	return {key for key in matching.keys(person) if key[0] != matching.NAME}


@signal
def erase_requested(doc, method=None):
	"""Frappe has carried a Personal Data Deletion Request out: their leads become nobody, too."""
	if doc.status == "Deleted":
		leads = contact_keys.leads_of(doc.email)
		people = [person for known in contact_keys.people(leads).values() for person in known]
		_erase_beside([Person(email=doc.email), *people])
		for lead in leads:
			anonymise(lead, _("They asked for it."))


# ------------------------------------------------------------- nobody
@frappe.whitelist(methods=["POST"])
def forget(lead: str, reason: str):
	"""Make the person behind a lead nobody since they asked for it, for who may delete leads. It cannot be undone."""
	frappe.only_for(("System Manager", "Sales Manager"))
	frappe.get_doc("Lead", lead).check_permission("write")
	if not reason.strip():
		frappe.throw(_("Say why."))
	_erase_beside(contact_keys.people([lead])[lead])
	anonymise(lead, frappe.utils.escape_html(reason[:140]))


def _erase_beside(people: list[Person]) -> None:
	"""What is theirs and no lead's (any more); a retention leaves it: it is a new enquiry, a newsletter they read, or gone from the lists."""
	_delete_not_taken_in(people)
	traces.leave_email_groups({key for person in people if (key := matching.email_key(person.email))})
	for lead, person in traces.deleted_leads(people).items():
		match = (matching.compare(person, each) for each in people)
		if any(found and found.is_sure for found in match) and not frappe.db.exists("Lead", lead):
			_forget(lead, [], [person])


def _delete_not_taken_in(people: list[Person]) -> None:
	names = _not_taken_in(people)
	traces.forget_loose(CAPTURE, names)
	frappe.db.delete(CAPTURE, {"name": ("in", names or [""])})


def anonymise(lead: str, reason: str) -> None:
	"""Make the person behind a lead nobody. Commits nothing. What stays: number, dates, stages, results, amounts."""
	entries = frappe.get_all(ENTRY, filters={"lead": lead}, pluck="name", order_by="creation")
	for entry in sorted(entries):  # the entry first, then what belongs to it
		frappe.db.get_value(ENTRY, entry, "name", for_update=True)
	_forget(lead, entries, contact_keys.people([lead])[lead])
	clear(ENTRY, {"lead": lead}, OF_ENTRY, {"lead_name": nobody(), "anonymised_on": now_datetime()})
	clear("Lead", {"name": lead}, OF_LEAD, {"lead_name": nobody(), "title": nobody(), "disabled": 1})
	frappe.clear_document_cache("Lead", lead)
	frappe.get_doc("Lead", lead).add_comment("Info", _("Anonymised. {0}").format(reason))


def _forget(lead: str, entries: list[str], people: list[Person]) -> None:
	"""Everything but the lead and its enquiries, which may be deleted already. `people`: what is known of them."""
	merged = frappe.get_all("Prospect Lead Number", {"lead": lead, "status": "Merged"}, pluck="name")
	forgetting.forget(lead, people, nobody())  # while the lead says who they are
	records = _records_of(lead, entries, merged)
	traces.forget_copied_comments(lead, records)  # while it can be told what they are copies of
	_forget_contacts(lead)  # after the calls that are known by a contact were found
	traces.forget(records, lead)
	traces.forget_calls(records["Call Log"])
	traces.forget_appointments(lead, records["Event"])
	traces.forget_in_companies(lead, records["Opportunity"])
	traces.forget_deleted([lead, *merged])
	_forget_papers(records)
	_forget_beside(lead, entries)
	_forget_steps(entries)


def _records_of(lead: str, entries: list[str], merged: list[str]) -> dict[str, list[str]]:
	"""{DocType: IDs} of what is about this lead alone; a quotation that was submitted is a record of business.

	`merged`: leads that became this one; logs that Frappe does not rename know them, and their enquiries, by these IDs.
	"""

	def of_lead(doctype: str, **filters) -> list[str]:
		return frappe.get_all(doctype, {"lead_number": lead, **filters}, pluck="name", order_by="creation")

	contacts = [link.parent for link in _links(lead) if link.parenttype == "Contact" and link.is_alone]
	records = {
		"Lead": [lead, *merged],
		ENTRY: [*entries, *merged],
		"Opportunity": of_lead("Opportunity"),
		"Quotation": of_lead("Quotation", docstatus=0),
		"Issue": of_lead("Issue", customer=("is", "not set")),  # a customer's may be a colleague's
		"Call Log": traces.calls_of(lead, contacts),
		CAPTURE: frappe.get_all(CAPTURE, {"lead": lead}, pluck="name"),
	}
	return records | {"Event": traces.events_of({**records, "Contact": contacts})}


def _forget_contacts(lead: str) -> None:
	"""Contacts and addresses that belong to this lead alone are deleted; from the others it is taken off."""
	for link in _links(lead):
		if link.is_alone:
			traces.delete_for_good(link.parenttype, link.parent)
		else:
			frappe.db.delete("Dynamic Link", {"name": link.name})


def _links(lead: str) -> list[frappe._dict]:
	"""{name, parent, parenttype, is_alone} of its contacts and addresses; ERPNext gives a Prospect those of its leads."""
	filters = {"link_doctype": "Lead", "link_name": lead, "parenttype": ("in", ("Contact", "Address"))}
	found = frappe.get_all("Dynamic Link", filters, ["name", "parent", "parenttype"], order_by="creation")
	for link in found:
		others = {"parenttype": link.parenttype, "parent": link.parent, "name": ("!=", link.name)}
		others["link_doctype"] = ("!=", traces.COMPANY)
		link.is_alone = not frappe.db.exists("Dynamic Link", others)
	return found


def _forget_papers(records: dict[str, list[str]]) -> None:
	"""What names them on documents."""
	unnamed = {"customer_name": nobody(), "title": nobody()}
	for doctype in ("Opportunity", "Quotation"):
		clear(doctype, {"name": ("in", records[doctype] or [""])}, OF_PAPER, unnamed)
	issues = {"name": ("in", records["Issue"] or [""])}
	clear("Issue", issues, OF_ISSUE, {"customer_name": None, "subject": nobody()})
	for doctype in ("Lead", "Opportunity"):
		notes = {"parenttype": doctype, "parent": ("in", records[doctype] or [""])}
		frappe.db.delete("CRM Note", notes)


def _forget_beside(lead: str, entries: list[str]) -> None:
	"""Our own records beside the enquiries."""
	clear("Prospect Interaction", {"lead": lead}, ("summary", "reason"))
	clear("Prospect Requirement", {"parenttype": ENTRY, "parent": ("in", entries or [""])}, ("detail",))
	clear(CAPTURE, {"lead": lead}, OF_CAPTURE)
	clear("Prospect Enrolment Refusal", {"lead": lead}, ("reason",))
	for field, names in (
		("lead", ("lead_name", "company_name")),
		("other_lead", ("other_lead_name", "other_company_name")),
	):
		clear("Prospect Duplicate Pair", {field: lead}, (*names, "before_merge"))
	frappe.db.delete("Prospect Contact Key", {"lead": lead})
	clear("Prospect Consent", {"lead": lead}, ("email_id",))
	# The page says where they agreed; what follows the question mark may say who.
	first_part, consent = (
		CustomFunction("SUBSTRING_INDEX", ["text", "at", "count"]),
		frappe.qb.DocType("Prospect Consent"),
	)
	query = frappe.qb.update(consent).set(consent.place, first_part(consent.place, "?", 1))
	query.where(consent.lead == lead).run()


def _forget_steps(entries: list[str]) -> None:
	"""Who cancelled or moved a step stays, and what the procedure decided; not what was said about it."""
	fields = ("reason", "intervention")
	of_entries = {"entry": ("in", entries or [""])}
	for row in frappe.get_all(STEP, of_entries, ["name", *fields], order_by="due_on"):
		said = {field: reasons.without_words(row[field], nobody()) for field in fields if row[field]}
		changed = {field: text for field, text in said.items() if text != row[field]}
		if changed:
			frappe.db.set_value(STEP, row.name, changed, update_modified=False)
