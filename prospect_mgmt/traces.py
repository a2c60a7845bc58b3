"""What lies around a record and speaks of its person: timelines, notices, mails, calls, appointments, and what was deleted."""

from __future__ import annotations

import re
from collections import Counter

import frappe
from frappe import _
from frappe.model.delete_doc import delete_dynamic_links
from frappe.query_builder import DocType
from pypika.functions import Cast
from pypika.terms import Criterion

from prospect_mgmt import contact_keys
from prospect_mgmt.importing.forgetting import JsonValue, literally, with_their_contacts
from prospect_mgmt.procedure import matching
from prospect_mgmt.procedure.matching import Person

COMPANY = "Prospect"  # ERPNext's: a company that groups leads
# By what each says whom it is about: (type field, ID field).
LOOSE = {
	"Comment": ("reference_doctype", "reference_name"),
	"Version": ("ref_doctype", "docname"),
	"Notification Log": ("document_type", "document_name"),
	"Email Queue": ("reference_doctype", "reference_name"),
	"Email Unsubscribe": ("reference_doctype", "reference_name"),
	"Error Log": ("reference_doctype", "reference_name"),
	"Access Log": ("export_from", "reference_document"),  # the page that was printed
	"Prospect Signal Failure": ("reference_doctype", "reference_name"),
}
# Where Frappe keeps the title of a record beside a link to it.
TITLED = {
	"Communication Link": ("link_doctype", "link_name", "link_title"),
	"Dynamic Link": ("link_doctype", "link_name", "link_title"),
	"Tag Link": ("document_type", "document_name", "title"),
}
OF_MESSAGE = ("content", "text_content", "sender", "sender_full_name", "recipients", "cc", "bcc", "phone_no")
# What Frappe keeps of whatever somebody deletes, for *Restore*, when it was about a lead.
RESTORABLE = (
	"Address", "Appointment", "Call Log", "Comment", "Communication", "Contact", "Event", "File", "Issue", "Lead",
	"Opportunity", "Quotation", "ToDo",
)  # fmt: skip


def nobody() -> str:
	"""What stands where a name was."""
	return f"({_('anonymised')})"


def clear(doctype: str, filters: dict, fields: tuple, values: dict | None = None) -> None:
	"""Empty fields, as far as this version has them; `values` stand in others."""
	meta = frappe.get_meta(doctype)
	cleared = {field: None for field in fields if meta.has_field(field)} | (values or {})
	frappe.db.set_value(doctype, filters, cleared, update_modified=False)


def delete_for_good(doctype: str, name: str) -> None:
	"""Delete a record, and what Frappe notes of it."""
	# Decided by the list or by the person themselves, whoever carries it out.
	frappe.delete_doc(doctype, name, ignore_permissions=True, force=True, delete_permanently=True)
	_forget_deletion(doctype, name)
	delete_dynamic_links(doctype, name)  # now: Frappe's job for it may never run
	for table in ("Communication Link", "Dynamic Link"):
		frappe.db.delete(table, {"link_doctype": doctype, "link_name": name})


def _forget_deletion(doctype: str, name: str) -> None:
	"""Frappe notes by name what was deleted, in the language of who did it; a contact's is the person's."""
	languages = {
		"en",
		frappe.local.lang,
		*frappe.get_all("User", pluck="language", distinct=True, order_by=None),
	}
	said = {
		"comment_type": "Deleted",
		"reference_doctype": doctype,
		"reference_name": ("is", "not set"),
		"subject": ("in", [f"{_(doctype, language)} {name}" for language in languages if language]),
	}
	frappe.db.delete("Comment", said)


# ------------------------------------------------------------- of records, by {DocType: IDs}
def forget(records: dict[str, list[str]], lead: str) -> None:
	"""Messages, files, notes, timelines, notices and tasks of a lead's records; the records themselves stay."""
	records = {doctype: names for doctype, names in records.items() if names}
	messages = _messages(records, lead)
	clear(
		"Communication",
		{"name": ("in", messages or [""])},
		(*OF_MESSAGE, "prospect_mail_headers"),
		{"subject": nobody()},
	)
	records = {**records, "Communication": messages}
	for doctype, names in records.items():
		attached = {"attached_to_doctype": doctype, "attached_to_name": ("in", names or [""])}
		for file in frappe.get_all("File", attached, pluck="name"):
			delete_for_good("File", file)
	for doctype, names in records.items():  # after the files: a timeline says by name which were there
		forget_loose(doctype, names)


def _messages(records: dict[str, list[str]], lead: str) -> list[str]:
	message, link = DocType("Communication"), DocType("Communication Link")
	about = Criterion.any(
		(message.reference_doctype == doctype) & message.reference_name.isin(names)
		for doctype, names in records.items()
	)
	linked = frappe.qb.from_(link).select(link.parent)
	linked = linked.where((link.link_doctype == "Lead") & (link.link_name == lead))
	found = frappe.qb.from_(message).select(message.name).where(about).run(pluck=True)
	return sorted({*found, *linked.run(pluck=True)})


def forget_loose(doctype: str, names: list[str]) -> None:
	"""What lies on the timelines, tasks and notices of records, and what Frappe logs of them."""
	if not names:
		return
	for table, (type_field, id_field) in LOOSE.items():
		rows = frappe.get_all(table, {type_field: doctype, id_field: ("in", names)}, pluck="name")
		if table == "Email Queue":
			frappe.db.delete("Email Queue Recipient", {"parent": ("in", rows or [""])})
		frappe.db.delete(table, {"name": ("in", rows or [""])})
	todo = {"reference_type": doctype, "reference_name": ("in", names)}
	frappe.db.set_value("ToDo", todo, "description", nobody(), update_modified=False)
	for found, of in ((doctype, names), ("ToDo", frappe.get_all("ToDo", todo, pluck="name"))):
		frappe.db.delete("__global_search", {"doctype": found, "name": ("in", of or [""])})
	for table, (type_field, id_field, title) in TITLED.items():
		titled = {type_field: doctype, id_field: ("in", names)}
		frappe.db.set_value(table, titled, title, None, update_modified=False)
	if frappe.db.has_column(doctype, "_comments"):
		frappe.db.set_value(doctype, {"name": ("in", names)}, "_comments", None, update_modified=False)


# ------------------------------------------------------------- of a mailbox
def leave_email_groups(mailboxes: set[str]) -> None:
	"""Their rows in the groups that newsletters go to, in whatever spelling of the address."""
	member = DocType("Email Group Member")
	theirs = [member.email.like(f"%@{literally(domain)}") for domain in matching.domains_of(mailboxes)]
	query = frappe.qb.from_(member).select(member.name, member.email).where(Criterion.any(theirs))
	for row in query.run(as_dict=True) if theirs else ():
		if matching.email_key(row.email) in mailboxes:
			delete_for_good("Email Group Member", row.name)


# ------------------------------------------------------------- of a lead
def calls_of(lead: str, contacts: list[str]) -> list[str]:
	"""Calls with a lead: by ERPNext's links to it or to its contacts, and by its ledger."""
	link = DocType("Dynamic Link")
	linked = frappe.qb.from_(link).select(link.parent).where(link.parenttype == "Call Log")
	linked = linked.where(
		((link.link_doctype == "Lead") & (link.link_name == lead))
		| ((link.link_doctype == "Contact") & link.link_name.isin(contacts or [""]))
	)
	in_ledger = {"lead": lead, "reference_doctype": "Call Log"}
	in_ledger = frappe.get_all("Prospect Interaction", in_ledger, pluck="reference_name")
	return sorted({*linked.run(pluck=True), *in_ledger})


def forget_calls(calls: list[str]) -> None:
	"""Their number, what was said, and the recording."""
	for way, theirs in (("Incoming", "from"), ("Outgoing", "to")):
		of_way = {"name": ("in", calls or [""]), "type": way}
		clear("Call Log", of_way, (theirs, "summary", "recording_url"))


def events_of(records: dict[str, list[str]]) -> list[str]:
	"""Calendar events with nobody else; a company that ERPNext adds to them (its Prospect) is nobody."""
	part = DocType("Event Participants")
	with_them = _with(part, records)
	others = _with(part, records, negate=True) if with_them else []
	return sorted(set(with_them) - set(others))


def _with(part, records: dict[str, list[str]], negate: bool = False) -> list[str]:
	theirs = Criterion.any(
		(part.reference_doctype == doctype) & part.reference_docname.isin(names or [""])
		for doctype, names in records.items()
	)
	query = frappe.qb.from_(part).select(part.parent).distinct()
	if negate:
		return query.where(theirs.negate() & (part.reference_doctype != COMPANY)).run(pluck=True)
	return query.where(theirs).run(pluck=True)


def forget_appointments(lead: str, events: list[str]) -> None:
	"""Of calendar events, and of appointments that a visitor asked for."""
	clear("Event", {"name": ("in", events or [""])}, ("description",), {"subject": nobody()})
	clear("Event Participants", {"parent": ("in", events or [""])}, ("email",))
	clear("Event Participants", {"reference_doctype": "Lead", "reference_docname": lead}, ("email",))
	said = ("customer_phone_number", "customer_skype", "customer_details", "customer_email")
	clear("Appointment", {"appointment_with": "Lead", "party": lead}, said, {"customer_name": nobody()})


def forget_in_companies(lead: str, opportunities: list[str]) -> None:
	"""In the leads and opportunities that a company has (ERPNext's Prospect), and in what Frappe noted of changing them."""
	rows = frappe.get_all("Prospect Lead", {"lead": lead}, ["name", "parent"], order_by="creation")
	clear("Prospect Lead", {"lead": lead}, ("email", "mobile_no"), {"lead_name": nobody()})
	clear("Prospect Opportunity", {"opportunity": ("in", opportunities or [""])}, ("contact_person",))
	version = DocType("Version")
	for row in rows:
		named = [version.data.like(f'%"{literally(name)}"%') for name in (lead, row.name)]
		of_company = (version.ref_doctype == COMPANY) & (version.docname == row.parent)
		frappe.qb.from_(version).delete().where(of_company & Criterion.any(named)).run()


def forget_copied_comments(lead: str, records: dict[str, list[str]]) -> None:
	"""Comments that ERPNext copied to the company and the customer (*Carry Forward Communication and Comments*).

	Nothing says what a comment is a copy of, but its text and who wrote it: so many go as one of the lead's records has.
	"""
	said = Counter()
	for doctype in ("Lead", "Opportunity"):
		for name in records[doctype]:
			said |= Counter(_comments(doctype, name).values())
	companies = frappe.get_all("Prospect Lead", {"lead": lead}, pluck="parent", order_by="creation")
	for doctype, names in (
		(COMPANY, companies),
		("Customer", frappe.get_all("Customer", {"lead_name": lead}, pluck="name")),
	):
		for name in names:
			left = said.copy()
			for comment, copied in _comments(doctype, name).items():
				if left[copied]:
					left[copied] -= 1
					delete_for_good("Comment", comment)


def _comments(doctype: str, name: str) -> dict[str, tuple[str, str]]:
	"""{comment: (text, who wrote it)}"""
	of_it = {"reference_doctype": doctype, "reference_name": name, "comment_type": "Comment"}
	rows = frappe.get_all("Comment", of_it, ["name", "content", "comment_email"], order_by="creation")
	return {row.name: (row.content, row.comment_email) for row in rows}


def deleted_leads(people: list[Person]) -> dict[str, Person]:
	"""{ID: who it was} of the leads that Frappe keeps to restore them, as far as one may be one of these people."""
	kept = DocType("Deleted Document")
	if not (theirs := with_their_contacts(kept.data, people, contact_keys.NUMBERS)):
		return {}
	fields = [field for field in contact_keys.FIELDS if field != "name"]
	query = frappe.qb.from_(kept).where(kept.deleted_doctype == "Lead").orderby(kept.creation)
	query = query.where(Criterion.any(theirs))
	query = query.select(
		kept.deleted_name, *(JsonValue(kept.data, f"$.{field}").as_(field) for field in fields)
	)
	return {row.deleted_name: contact_keys.person_of(row) for row in query.run(as_dict=True)}


def forget_deleted(numbers: list[str]) -> None:
	"""What Frappe keeps of leads that were merged, and of other records that somebody deleted, to restore them.

	`numbers`: IDs of one person's leads, of those merged too; an enquiry's begins with one.
	"""
	kept = DocType("Deleted Document")
	named = f'"({"|".join(re.escape(number) for number in numbers)})["-]'
	# As bytes: fifteen times as quick as a LIKE, which minds that Ä is ä.
	about_them = Cast(kept.data, "BINARY").regexp(named)
	theirs = kept.deleted_doctype.isin(RESTORABLE) & about_them
	for doctype, name in (
		frappe.qb.from_(kept).select(kept.deleted_doctype, kept.deleted_name).where(theirs).run()
	):
		_forget_deletion(doctype, name)
	frappe.qb.from_(kept).delete().where(theirs).run()
