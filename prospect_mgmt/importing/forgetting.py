"""Whoever is made nobody leaves the spreadsheets they came in; whoever else stands in these keeps what is theirs.

A row is theirs by the lead it became or by their mailbox or telephone number, never by a name alone: others bear it, too.
A spreadsheet that is still to be imported stays until it is: its owner is told, and their rows are left out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.query_builder import CustomFunction
from frappe.utils import escape_html, now_datetime
from pypika.terms import Criterion

from prospect_mgmt import telling
from prospect_mgmt.importing import DUPLICATE, IMPORT, LEFT_OUT, NEW_ENQUIRY, NOTED, ROW, building, known
from prospect_mgmt.procedure import matching
from prospect_mgmt.procedure.matching import Person

ENTRY = "Prospect List Entry"
WITH_FILE = ("New", "Rehearsing", "Rehearsed", "Refused", "Importing")  # the spreadsheet is still needed
BECAME_LEADS = ("Imported", "Undone", "Kept")
DIGITS = 6  # the last ones of a number, by which rows are looked for that may have it in any notation
SHORTEST = 3  # letters of a name that is looked for in what is said of others: “An” is a word in itself
FIELDS = ["name", "prospect_list_import", "line", "verdict", "status", "lead", "lead_name", "company_name"]
OF_ROW = ("lead_name", "company_name", "customer", "duplicate_of", "payload")
JsonValue = CustomFunction("JSON_VALUE", ["document", "path"])


def forget(lead: str, people: list[Person], nobody: str) -> None:
	"""Empty the rows of the person behind a lead. Commits nothing.

	`people`: what is known of them; `nobody`: what stands in place of their name where others are spoken of.
	"""
	found = [row for row in _candidates(lead, people) if _is_theirs(row, lead, people)]
	for run in sorted({row.prospect_list_import for row in found}):
		rows = [row for row in found if row.prospect_list_import == run]
		_leave(run, [*rows, *_duplicates_of(run, rows)], nobody)


# ------------------------------------------------------------- which rows
def _candidates(lead: str, people: list[Person]) -> list[frappe._dict]:
	row, run = frappe.qb.DocType(ROW), frappe.qb.DocType(IMPORT)
	query = frappe.qb.from_(row).select(
		*(row[field] for field in (*FIELDS, "duplicate_of", "reason", "payload"))
	)
	names = {text for person in people for text in (person.name, person.email) if text}
	found = query.where(row.lead == lead).run(as_dict=True)
	found += query.where(row.lead_name.isin(sorted(names) or [""])).run(as_dict=True)
	waiting = query.join(run).on(run.name == row.prospect_list_import).where(run.status.isin(WITH_FILE))
	if like := with_their_contacts(row.payload, people, ["phone"]):
		found += waiting.where((row.status == "Rehearsed") & Criterion.any(like)).run(as_dict=True)
	return list({each.name: each for each in found}.values())


def with_their_contacts(document, people: list[Person], numbers: Iterable[str]) -> list:
	"""Conditions of which a JSON document with an address or number of theirs meets one; others may, too.

	`numbers`: its fields that hold one.
	"""
	domains = matching.domains_of(matching.email_key(person.email) for person in people)
	phones = {"%".join(number[-DIGITS:]) for person in people for number in person.phones}
	conditions = [JsonValue(document, "$.email_id").like(f"%@{literally(domain)}") for domain in domains]
	fields = [JsonValue(document, f"$.{number}") for number in numbers]
	return [*conditions, *(field.like(f"%{digits}%") for field in fields for digits in phones)]


def _is_theirs(row: frappe._dict, lead: str, people: list[Person]) -> bool:
	if row.payload:
		return row.lead == lead if row.verdict == NEW_ENQUIRY else _shares_a_contact(row, people)
	if row.status in BECAME_LEADS:
		return row.lead == lead
	# Nothing but the name and what the import said of the row is left of it.
	said = f"{row.duplicate_of or ''} {row.reason or ''}"
	for person in people:
		company = person.company and person.company == row.company_name
		if row.lead_name == person.email or (
			row.lead_name == person.name and (company or _names(said, lead))
		):
			return True
	return False


def _shares_a_contact(row: frappe._dict, people: list[Person]) -> bool:
	ground = building.Ground(frappe.get_cached_doc(IMPORT, row.prospect_list_import), now_datetime())
	said = known.person_of(building.unpacked(row.payload), ground.region)
	matches = [matching.compare(person, said) for person in people]
	return any(match.is_sure for match in matches if match)


def _duplicates_of(run: str, rows: list[frappe._dict]) -> list[frappe._dict]:
	"""Rows that are left aside for being theirs once more: “row 2, Petra Muster”."""
	others = {"verdict": ("in", (DUPLICATE, NOTED)), "name": ("not in", [r.name for r in rows])}
	filters = {"prospect_list_import": run, **others}
	found = frappe.get_all(ROW, filters, [*FIELDS, "duplicate_of"], order_by="line")
	return [row for row in found if any(_names(row.duplicate_of, str(r.line), r.lead_name) for r in rows)]


def _names(text: str | None, *words: str | None) -> bool:
	"""Whether a text says all of these, each as a word of its own."""
	return all(word and _as_a_word(word).search(text or "") for word in words)


def _as_a_word(text: str) -> re.Pattern:
	return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")


def literally(text: str) -> str:
	"""A text that stands for nothing but itself within a LIKE."""
	return re.sub(r"([\\%_])", r"\\\1", text)


# ------------------------------------------------------------- what becomes of them
def _leave(run: str, rows: list[frappe._dict], nobody: str) -> None:
	names = [row.name for row in rows]
	nothing = dict.fromkeys(OF_ROW)
	noted = {"name": ("in", names), "verdict": NOTED}
	frappe.db.set_value(ROW, noted, "reason", None, update_modified=False)  # it says what they wrote
	waiting = {"name": ("in", names), "status": "Rehearsed"}
	frappe.db.set_value(ROW, waiting, "verdict", LEFT_OUT, update_modified=False)
	frappe.db.set_value(ROW, {"name": ("in", names)}, {**nothing, "to_mend": None}, update_modified=False)
	frappe.db.set_value(ROW, waiting, "to_mend", left_out(), update_modified=False)
	for name in {row.lead_name for row in rows if row.lead_name}:
		_unsay(run, name, nobody)
	read = frappe.db.get_value(IMPORT, run, ["file", "sheet"], as_dict=True)
	for name in sorted({run, *_of_the_same_rows(read)}):
		of_columns = {"parent": name}
		frappe.db.set_value(
			"Prospect List Import Column", of_columns, "examples", None, update_modified=False
		)
		state = frappe.db.get_value(
			IMPORT, name, ["status", "owner", "forgotten_rows"], as_dict=True, for_update=True
		)
		if state.status in WITH_FILE:
			lines = {int(line) for line in frappe.parse_json(state.forgotten_rows or "[]")}
			_keep_out(name, sorted(lines | {row.line for row in rows}), state.owner)
		elif name == run:
			drop_file(read.file)


def _of_the_same_rows(read: frappe._dict) -> list[str]:
	"""Imports of the same sheet of the same file that are still to come: also those that know no row of it yet."""
	same = {"file": read.file or "-", "sheet": read.sheet or ("is", "not set"), "status": ("in", WITH_FILE)}
	return frappe.get_all(IMPORT, same, pluck="name")


def left_out() -> str:
	"""What stands beside a row of somebody who was made nobody."""
	return _("They were anonymised: this row is not imported.")


def _keep_out(run: str, lines: list[int], owner: str) -> None:
	"""The others are still to be imported, so the spreadsheet stays, and is rehearsed again without these rows."""

	def said() -> str:
		text = _(
			"{0}: row {1} is somebody who was anonymised. It is left out; the spreadsheet is deleted after the import."
		)
		return text.format(run, ", ".join(str(line) for line in lines))

	values = {"forgotten_rows": frappe.as_json(lines, indent=None), "fingerprint": None, "message": said()}
	frappe.db.set_value(IMPORT, run, values, update_modified=False)
	telling.tell([owner], said)


def drop_file(url: str | None) -> None:
	"""Delete a spreadsheet that somebody stands in who was made nobody, once no import needs it: several may have the same
	one, for another sheet, say, as Frappe gives identical files one address.
	"""
	url = url or "-"
	same = frappe.get_all(IMPORT, {"file": url}, ["name", "status"], order_by="name")
	waiting = [each.name for each in same if each.status in WITH_FILE]
	over = {"name": ("in", [each.name for each in same if each.name not in waiting] or [""])}
	nothing = dict.fromkeys(("file", "sheet", "sheets", "message"))
	frappe.db.set_value(IMPORT, over, nothing, update_modified=False)
	if waiting:
		# Who needs it deletes it once it is imported, also where none of its own rows is theirs.
		unaware = {"name": ("in", waiting), "forgotten_rows": ("is", "not set")}
		frappe.db.set_value(IMPORT, unaware, "forgotten_rows", "[]", update_modified=False)
		return
	for name in frappe.get_all("File", {"file_url": url, "attached_to_doctype": IMPORT}, pluck="name"):
		# Whoever may import the list decided so, or the person themselves.
		frappe.delete_doc("File", name, ignore_permissions=True, force=True, delete_permanently=True)


def _unsay(run: str, name: str, nobody: str) -> None:
	"""“Much like row 2, Petra Muster: are they the same person?” stands in rows, and on the timelines, of others."""
	if len(name) < SHORTEST:
		return
	row = frappe.qb.DocType(ROW)
	said = f"%{literally(name)}%"
	rows = (
		frappe.qb.from_(row)
		.select(row.name, row.number, row.to_mend, row.duplicate_of)
		.where((row.prospect_list_import == run) & (row.to_mend.like(said) | row.duplicate_of.like(said)))
		.run(as_dict=True)
	)
	for each in rows:
		_replace(ROW, each, ("to_mend", "duplicate_of"), name, nobody)
	comment = frappe.qb.DocType("Comment")
	remarks = frappe.qb.from_(comment).select(comment.name, comment.content)
	remarks = remarks.where((comment.reference_doctype == ENTRY) & (comment.comment_type == "Info"))
	remarks = remarks.where(
		comment.reference_name.isin([each.number for each in rows if each.number] or [""])
	)
	for each in remarks.run(as_dict=True):
		_replace("Comment", each, ("content",), escape_html(name), nobody)


def _replace(doctype: str, row: frappe._dict, fields: tuple[str, ...], name: str, nobody: str) -> None:
	for field in fields:
		if _names(row[field], name):
			text = _as_a_word(name).sub(nobody, row[field])
			frappe.db.set_value(doctype, row.name, field, text, update_modified=False)
