"""Taking an import back: what it made and nobody touched since goes, the rest stays and says why.

What the procedure did by itself (a reminder, a move of the stage, an assignment by rule) is nobody's touch and goes with it;
whom it wrote to knows of us, and stays.
"""

from __future__ import annotations

from collections import defaultdict

import frappe
from frappe import _
from frappe.model.dynamic_links import get_dynamic_link_map
from frappe.model.rename_doc import get_link_fields

from prospect_mgmt import consent, contact_keys, numbers
from prospect_mgmt.entry import contacts, progress, start
from prospect_mgmt.importing import NEW_LEAD, NOTED, ROW

ENTRY, STEP = start.DOCTYPE, "Prospect Due Step"
OF_THE_ENTRY = (STEP, "Prospect Stage Change", "Prospect Interaction")
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
BY_FRAPPE = ("Workflow", "Assigned")  # comments that stand for a change of the document


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
	untouched = {ENTRY: _untouched_entries(entries), "Lead": _untouched_leads(leads)}
	found = {entries[name].name: reason for name, reason in _worked_on(entries).items()}
	for documents, doctype in ((entries, ENTRY), (leads, "Lead")):
		for name, row in documents.items():
			if name not in untouched[doctype]:
				found.setdefault(row.name, _("{0} {1} is gone already.").format(_(doctype), name))
			elif not untouched[doctype][name]:
				found.setdefault(row.name, _("{0} {1} was changed since.").format(_(doctype), name))
		for name, doctypes in _pointing_at(doctype, documents).items():
			kinds = ", ".join(_(each) for each in sorted(doctypes))
			found.setdefault(documents[name].name, _("{0} has more to it by now: {1}.").format(name, kinds))
	_with_later_enquiries(leads, found)
	return found


def _untouched_entries(rows: dict[str, frappe._dict]) -> dict[str, bool]:
	"""{entry that is there: whether only the procedure changed it}; they are locked, lest somebody works one meanwhile."""
	entry = frappe.qb.DocType(ENTRY)
	query = frappe.qb.from_(entry).select(entry.name, entry.creation, entry.modified, entry.untouched_on)
	there = (
		query.where(entry.name.isin(list(rows) or [""])).orderby(entry.name).for_update().run(as_dict=True)
	)
	return {
		each.name: each.creation == rows[each.name].imported_on and progress.was_untouched(each)
		for each in there
	}


def _untouched_leads(rows: dict[str, frappe._dict]) -> dict[str, bool]:
	fields = ["name", "modified"]
	there = frappe.get_all("Lead", {"name": ("in", list(rows) or [""])}, fields, as_list=True)
	return {name: modified == rows[name].imported_on for name, modified in there}


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
		if parent == "Comment":
			query = query.where(table.comment_type.notin(BY_FRAPPE))
		if parent == "ToDo":
			query = query.where(table.assignment_rule.isnull() | (table.assignment_rule == ""))
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
	"""{entry: what somebody did since, or the procedure wrote to them}"""
	table = frappe.qb.DocType(contacts.DOCTYPE)
	query = frappe.qb.from_(table).select(table.entry, table.creation, table.by)
	ours = (table.by == "Person") | (table.direction == "Outgoing")
	since = [
		(entry, by)
		for entry, creation, by in query.where(ours & table.entry.isin(list(entries) or [""])).run()
		if creation > entries[entry].imported_on
	]
	wrote = _("The procedure wrote to them since, under {0}: they know of us.")
	worked_on = _("{0} was worked on since.")
	found = {entry: wrote.format(entry) for entry, by in since if by == "Automatic"}
	theirs = {entry for entry, by in since if by != "Automatic"} | _intervened(entries)
	return found | {entry: worked_on.format(entry) for entry in theirs}


def _intervened(entries: dict[str, frappe._dict]) -> set[str]:
	"""Those with a step that a supervisor ran, moved or cancelled."""
	filters = {"entry": ("in", list(entries) or [""]), "intervention": ("is", "set")}
	return set(frappe.get_all(STEP, filters, pluck="entry", order_by="entry"))


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
