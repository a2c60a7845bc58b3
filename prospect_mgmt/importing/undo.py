"""Taking an import back: what it made and nobody touched since goes, the rest stays and says why."""

from __future__ import annotations

from collections import defaultdict

import frappe
from frappe import _
from frappe.model.dynamic_links import get_dynamic_link_map
from frappe.model.rename_doc import get_link_fields

from prospect_mgmt import consent, contact_keys, numbers
from prospect_mgmt.entry import contacts, start
from prospect_mgmt.importing import NEW_LEAD, NOTED, ROW

ENTRY = start.DOCTYPE
OF_THE_ENTRY = ("Prospect Due Step", "Prospect Stage Change", "Prospect Interaction")
# What an import writes itself, and what says nothing of a person having worked on it.
OWN = {
	*OF_THE_ENTRY,
	"Prospect List Entry",
	"Prospect Contact Key",
	"Prospect Lead Number",
	"Prospect Duplicate Pair",
	"Prospect Signal Failure",
	"Prospect List Import Row",
	"Contact",
	"Notification Log",
	"View Log",
	"DocShare",
	"Document Follow",
	"Error Log",
	"Email Unsubscribe",
}


def next_rows(run: str, limit: int) -> list[frappe._dict]:
	"""Rows still to be taken back, the last ones first."""
	filters = {"prospect_list_import": run, "status": "Imported"}
	fields = ["name", "verdict", "number", "lead", "imported_on"]
	return frappe.get_all(ROW, filters, fields, order_by="place desc", limit=limit)


def take_back(rows: list[frappe._dict]) -> None:
	"""Undo some rows, in the running transaction."""
	noted = [row for row in rows if row.verdict == NOTED]
	_delete_notes([row.name for row in noted])
	if noted:
		undone = {"name": ("in", [row.name for row in noted])}
		frappe.db.set_value(ROW, undone, "status", "Undone", update_modified=False)
	_take_back_enquiries([row for row in rows if row.verdict != NOTED])


def _delete_notes(names: list[str]) -> None:
	"""What was written under the IDs of rows: comments, and what people agreed to."""
	for doctype in ("Comment", consent.DOCTYPE):
		frappe.db.delete(doctype, {"name": ("in", names or [""])})


def _take_back_enquiries(rows: list[frappe._dict]) -> None:
	reasons = _reasons(rows)
	gone = [row for row in rows if row.name not in reasons]
	for row in rows:
		reason = reasons.get(row.name)
		changed = {"status": "Kept" if reason else "Undone", "reason": reason}
		frappe.db.set_value(ROW, row.name, changed, update_modified=False)
	_delete_notes([row.name for row in gone])
	_delete_entries([row.number for row in gone])
	_delete_leads([row.lead for row in gone if row.verdict == NEW_LEAD])


# ------------------------------------------------------------- touched since
def _reasons(rows: list[frappe._dict]) -> dict[str, str]:
	"""{row: why it stays}"""
	entries = {row.number: row for row in rows}
	leads = {row.lead: row for row in rows if row.verdict == NEW_LEAD}
	found: dict[str, str] = {}
	for documents, doctype in ((entries, ENTRY), (leads, "Lead")):
		stamps = dict(
			frappe.get_all(
				doctype, {"name": ("in", list(documents) or [""])}, ["name", "modified"], as_list=True
			)
		)
		for name, row in documents.items():
			if name not in stamps:
				found.setdefault(row.name, _("{0} {1} is gone already.").format(_(doctype), name))
			elif stamps[name] != row.imported_on:
				found.setdefault(row.name, _("{0} {1} was changed since.").format(_(doctype), name))
		for name, doctypes in _pointing_at(doctype, documents).items():
			kinds = ", ".join(_(each) for each in sorted(doctypes))
			found.setdefault(documents[name].name, _("{0} has more to it by now: {1}.").format(name, kinds))
	for name, reason in _worked_on(entries).items():
		found.setdefault(entries[name].name, reason)
	_with_later_enquiries(leads, found)
	return found


def _pointing_at(doctype: str, documents: dict[str, frappe._dict]) -> dict[str, set[str]]:
	"""{document: DocTypes of what points at it and was not there when it was imported}"""
	found: dict[str, set[str]] = defaultdict(set)
	names = list(documents)
	for parent, field, condition in _fields_pointing_at(doctype):
		table = frappe.qb.DocType(parent)
		query = (
			frappe.qb.from_(table)
			.select(table[field], table.creation)
			.where(table[field].isin(names or [""]))
		)
		if condition:
			query = query.where(table[condition] == doctype)
		for name, creation in query.run():
			if creation and creation > documents[name].imported_on:
				found[name].add(parent)
	return found


def _fields_pointing_at(doctype: str) -> list[tuple[str, str, str | None]]:
	"""(DocType, field, field that names the DocType): Links, Dynamic Links, and Frappe's own ways."""
	fields = [
		(link["parent"], link["fieldname"], None)
		for link in get_link_fields(doctype)
		if not link.get("issingle")
	]
	for link in get_dynamic_link_map().get(doctype, []):
		if not link.get("issingle"):
			fields.append((link.parent, link.fieldname, link.options))
	fields += [
		("Comment", "reference_name", "reference_doctype"),
		("Communication", "reference_name", "reference_doctype"),
		("Communication Link", "link_name", "link_doctype"),
		("File", "attached_to_name", "attached_to_doctype"),
		("ToDo", "reference_name", "reference_type"),
		("Tag Link", "document_name", "document_type"),
	]
	found = {
		field for field in fields if field[0] not in OWN and not frappe.get_meta(field[0]).get("is_virtual")
	}
	return [field for field in found if frappe.db.has_column(field[0], field[1])]


def _worked_on(entries: dict[str, frappe._dict]) -> dict[str, str]:
	"""{entry: what somebody did since}"""
	table = frappe.qb.DocType(contacts.DOCTYPE)
	query = (
		frappe.qb.from_(table)
		.select(table.entry, table.creation)
		.where(table.entry.isin(list(entries) or [""]))
	)
	return {
		entry: _("{0} was worked on since.").format(entry)
		for entry, creation in query.run()
		if creation > entries[entry].imported_on
	}


def _with_later_enquiries(leads: dict[str, frappe._dict], found: dict[str, str]) -> None:
	"""A lead stays as long as it has an enquiry of another row, or of another door."""
	names = [row.number for row in leads.values()]
	rows = frappe.get_all(ENTRY, {"lead": ("in", list(leads) or [""])}, ["name", "lead"], order_by="name")
	for row in rows:
		if row.name not in names:
			found.setdefault(
				leads[row.lead].name, _("{0} has another enquiry, {1}.").format(row.lead, row.name)
			)


# ------------------------------------------------------------- gone
def _delete_entries(names: list[str]) -> None:
	"""Without the hooks of a deletion, which a document of a moment ago has no need of."""
	if not names:
		return
	inside = {"parenttype": ENTRY, "parent": ("in", names)}
	for doctype in OF_THE_ENTRY:
		frappe.db.delete(doctype, {"entry": ("in", names)})
	for doctype in ("Prospect Requirement", "Prospect Entry Document", "Prospect Answer Promise"):
		frappe.db.delete(doctype, inside)
	frappe.db.delete("ToDo", {"reference_type": ENTRY, "reference_name": ("in", names)})
	frappe.db.delete("Comment", {"reference_doctype": ENTRY, "reference_name": ("in", names)})
	frappe.db.delete(ENTRY, {"name": ("in", names)})


def _delete_leads(names: list[str]) -> None:
	"""The leads with the Contacts that were made for them; their numbers are never given again."""
	if not names:
		return
	link = {"parenttype": "Contact", "link_doctype": "Lead", "link_name": ("in", names)}
	made = frappe.get_all("Dynamic Link", link, pluck="parent", order_by="parent")
	for doctype in ("Contact Email", "Contact Phone", "Dynamic Link"):
		frappe.db.delete(doctype, {"parenttype": "Contact", "parent": ("in", made or [""])})
	frappe.db.delete("Contact", {"name": ("in", made or [""])})
	for doctype in (contact_keys.DOCTYPE, consent.DOCTYPE):
		frappe.db.delete(doctype, {"lead": ("in", names)})
	frappe.db.delete("Email Unsubscribe", {"reference_doctype": "Lead", "reference_name": ("in", names)})
	frappe.db.delete("Lead", {"name": ("in", names)})
	for doctype, found in (("Lead", names), ("Contact", made)):
		frappe.db.delete("__global_search", {"doctype": doctype, "name": ("in", found or [""])})
	for name in names:
		numbers.deleted(name)
