"""A merge of two leads can be undone for a day: what it changes is written down before it, and put back as it was.

What happened since stays where it can be told apart (a reminder that went out, a note on the lead that was kept). Where
it cannot (a call, a mail, a quotation), undoing is refused and says why.
"""

from __future__ import annotations

from datetime import timedelta

import frappe
from frappe import _
from frappe.model.dynamic_links import get_dynamic_link_map
from frappe.model.rename_doc import get_link_fields, rename_doc
from frappe.utils import cstr, get_datetime, now_datetime

from prospect_mgmt.entry import ledger

ENTRY, INTERACTION, CHANGE, STEP = (
	"Prospect List Entry",
	"Prospect Interaction",
	"Prospect Stage Change",
	ledger.DOCTYPE,
)
POSSIBLE_FOR = timedelta(days=1)
OF_ENTRY = (STEP, CHANGE, INTERACTION)  # by `entry`
TABLES = ("Prospect Requirement", "Prospect Entry Document", "Prospect Answer Promise")  # by `parent`
WATCHED = ("agent", "prospect_list", "stage", "outcome", "paused_until")  # what people change on an enquiry
DOCUMENTS = ("Opportunity", "Quotation", "Customer", "Sales Order", "Sales Invoice", "Issue")
OURS = (
	"Prospect Duplicate Pair",
	"Prospect Contact Key",
	"Prospect Lead Number",
	*OF_ENTRY,
)  # put back as rows


# ------------------------------------------------------------- before and after
def before(kept: str, given_up: str) -> dict:
	"""What merging `given_up` into `kept` changes, as it is now. For JSON."""
	entries = frappe.get_all(ENTRY, {"lead": ("in", (kept, given_up))}, pluck="name", order_by="creation")
	rows = {"Lead": _rows("Lead", "name", [kept, given_up]), ENTRY: _rows(ENTRY, "name", entries)}
	rows |= {doctype: _rows(doctype, "entry", entries) for doctype in OF_ENTRY}
	rows |= {doctype: _rows(doctype, "parent", entries) for doctype in TABLES}
	for table in frappe.get_meta("Lead").get_table_fields():
		rows[table.options] = [
			r for r in _rows(table.options, "parent", [given_up]) if r["parenttype"] == "Lead"
		]
	rows["Prospect Contact Key"] = _rows("Prospect Contact Key", "lead", [kept, given_up])
	rows["Prospect Lead Number"] = _rows("Prospect Lead Number", "lead", [given_up])
	rows["ToDo"] = [r for r in _rows("ToDo", "reference_name", entries) if r["reference_type"] == ENTRY]
	links = _pointing("Lead", given_up)
	for entry in (r["name"] for r in rows[ENTRY] if r["lead"] == given_up):
		links += _pointing(ENTRY, entry)
	pairs = {
		r.name: r for f in ("lead", "other_lead") for r in _rows("Prospect Duplicate Pair", f, [given_up])
	}
	return {"kept": kept, "given_up": given_up, "rows": rows, "links": links, "pairs": list(pairs.values())}


def _rows(doctype: str, field: str, values: list[str]) -> list[dict]:
	table = frappe.qb.DocType(doctype)
	if not values:
		return []
	return frappe.qb.from_(table).select("*").where(table[field].isin(values)).run(as_dict=True)


def _pointing(doctype: str, name: str) -> list[list]:
	"""[doctype, field, value, names] of the records that point at a document."""
	found = []
	for field in get_link_fields(doctype):
		if (
			not field["issingle"]
			and field["parent"] not in (*OURS, ENTRY)
			and not _is_virtual(field["parent"])
		):
			found.append([field["parent"], field["fieldname"], {field["fieldname"]: name}])
	for field in get_dynamic_link_map().get(doctype, []):
		if not field.issingle and field.parent != "ToDo":
			found.append([field.parent, field.fieldname, {field.options: doctype, field.fieldname: name}])
	found.append(["File", "attached_to_name", {"attached_to_doctype": doctype, "attached_to_name": name}])
	found.append(["Version", "docname", {"ref_doctype": doctype, "docname": name}])
	named = ([d, f, name, frappe.get_all(d, filters=w, pluck="name", order_by=None)] for d, f, w in found)
	return [link for link in named if link[3]]


def _is_virtual(doctype: str) -> bool:
	return bool(frappe.get_meta(doctype).is_virtual)


def after(journal: dict) -> dict:
	"""What it had become right after the merge, for telling later what happened since."""
	kept = journal["kept"]
	entries = frappe.get_all(ENTRY, {"lead": kept}, pluck="name", order_by="creation")
	changes = {row.name: row.entry for row in _rows(CHANGE, "entry", entries)}
	given_up = [row for row in journal["rows"][ENTRY] if row["lead"] == journal["given_up"]]
	first = {row["entry"]: row["name"] for row in reversed(journal["rows"][CHANGE])}
	[lead] = _rows("Lead", "name", [kept])
	before_it = next(row for row in journal["rows"]["Lead"] if row["name"] == kept)
	return {
		**journal,
		"merged_on": now_datetime(),
		"renamed": {row["name"]: changes[first[row["name"]]] for row in given_up},
		"entries": {row.name: _watched(row) for row in _rows(ENTRY, "name", entries)},
		"changes": sorted(changes),
		"interactions": frappe.get_all(INTERACTION, {"entry": ("in", entries)}, pluck="name")
		if entries
		else [],
		"lead": {f: cstr(lead[f]) for f in lead if cstr(lead[f]) != cstr(before_it[f])},
	}


def _watched(row) -> dict:
	return {field: cstr(row.get(field)) for field in WATCHED}


# ------------------------------------------------------------- whether
def obstacle(journal: dict) -> str | None:
	"""Why a merge cannot be undone (any more); None when it can."""
	merged_on, kept = get_datetime(journal["merged_on"]), journal["kept"]
	if now_datetime() > merged_on + POSSIBLE_FOR:
		return _("It was more than a day ago.")
	if not frappe.db.exists("Lead", kept):
		return _("{0} is gone.").format(kept)
	entries = frappe.get_all(ENTRY, {"lead": kept}, pluck="name", order_by="creation")
	if more := set(entries) ^ set(journal["entries"]):
		return _("Since then there is another enquiry, or one less: {0}.").format(", ".join(sorted(more)))
	for row in _rows(ENTRY, "name", entries):
		if _watched(row) != journal["entries"][row.name]:
			return _("{0} was worked on since then.").format(row.name)
	for doctype, known in ((INTERACTION, journal["interactions"]), (CHANGE, journal["changes"])):
		if {row.name for row in _rows(doctype, "entry", entries)} - set(known):
			return _("There was a contact with them since then: it cannot be said for which of the two.")
	for doctype in DOCUMENTS:
		filters = {"lead_number": kept, "creation": (">", merged_on)}
		if new := frappe.db.get_value(doctype, filters):
			return _("{0} {1} was made since then.").format(_(doctype), new)
	return None


# ------------------------------------------------------------- undone
def undo(journal: dict) -> None:
	"""Put both leads, their enquiries and what belongs to them back. Runs as whoever may write everything."""
	kept, given_up = journal["kept"], journal["given_up"]
	for entry in sorted(journal["entries"]):  # the entry first, then what belongs to it
		frappe.get_doc(ENTRY, entry, for_update=True)
	_restore_lead(journal)
	for old, new in journal["renamed"].items():
		rename_doc(
			ENTRY, new, old, force=True, ignore_permissions=True, show_alert=False, rebuild_search=False
		)
	rows = journal["rows"]
	_put_back("Lead", [row for row in rows["Lead"] if row["name"] == given_up])
	for table in frappe.get_meta("Lead").get_table_fields():
		_put_back(table.options, rows[table.options])
	for doctype, field, value, names in journal["links"]:
		frappe.db.set_value(doctype, {"name": ("in", names)}, field, value, update_modified=False)
	_restore_entries(journal)
	frappe.db.delete("Prospect Contact Key", {"lead": ("in", (kept, given_up))})
	_put_back("Prospect Contact Key", rows["Prospect Contact Key"])
	_put_back("Prospect Lead Number", rows["Prospect Lead Number"])
	frappe.db.delete("Deleted Document", {"deleted_doctype": "Lead", "deleted_name": given_up})
	frappe.clear_cache(doctype="Lead")


def _restore_lead(journal: dict) -> None:
	"""What the merge wrote on the lead that was kept, unless somebody changed it since."""
	[lead] = _rows("Lead", "name", [journal["kept"]])
	before_it = next(row for row in journal["rows"]["Lead"] if row["name"] == lead.name)
	for field, value in journal["lead"].items():
		if field not in ("modified", "modified_by", "_comments") and cstr(lead[field]) == value:
			frappe.db.set_value("Lead", lead.name, field, before_it[field], update_modified=False)
	frappe.clear_document_cache("Lead", lead.name)


def _restore_entries(journal: dict) -> None:
	rows, merged_on = journal["rows"], get_datetime(journal["merged_on"])
	entries = [row["name"] for row in rows[ENTRY]]
	kept = frappe.get_all(
		STEP, {"entry": ("in", entries), "status": "Done", "done_on": (">", merged_on)}, pluck="name"
	)
	frappe.db.delete(STEP, {"entry": ("in", entries), "name": ("not in", kept or [""])})
	_put_back(STEP, [row for row in rows[STEP] if row["name"] not in kept])
	for doctype in (CHANGE, INTERACTION):
		frappe.db.delete(doctype, {"entry": ("in", entries)})
		_put_back(doctype, rows[doctype])
	for doctype in TABLES:
		frappe.db.delete(doctype, {"parent": ("in", entries), "parenttype": ENTRY})
		_put_back(doctype, rows.get(doctype, []))  # a merge of before the update knows fewer tables
	_put_back(ENTRY, rows[ENTRY])
	frappe.db.delete("ToDo", {"reference_type": ENTRY, "reference_name": ("in", entries)})
	_put_back("ToDo", rows["ToDo"])
	ledger.show_next([row["name"] for row in rows[ENTRY] if not row["done_on"]])


def _put_back(doctype: str, rows: list[dict]) -> None:
	"""Rows as they were, in place of what they have become."""
	if not rows:
		return
	frappe.db.delete(doctype, {"name": ("in", [row["name"] for row in rows])})
	columns = [column for column in frappe.db.get_table_columns(doctype) if column in rows[0]]
	frappe.db.bulk_insert(doctype, columns, [[row[column] for column in columns] for row in rows])
