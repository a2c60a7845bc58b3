"""The rehearsal and the result as a file: one line for each row of the spreadsheet, in its order."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from frappe import _

from prospect_mgmt import export
from prospect_mgmt.importing import ROW
from prospect_mgmt.reasons import task_in_words

PAGE = 2000
FIELDS = [
	"line",
	"verdict",
	"status",
	"number",
	"lead_name",
	"company_name",
	"customer",
	"stage",
	"agent",
	"first_contact_on",
	"task",
	"next_step",
	"next_due_on",
	"duplicate_of",
	"to_mend",
	"reason",
]


def file_of(run):
	"""The response with the file."""
	return export.as_file(f"{run.name}.csv", _lines(run))


def _lines(run) -> Iterator[list]:
	meta = frappe.get_meta(ROW)
	shown = [meta.get_field(field) for field in FIELDS]
	yield [_("Prospect List"), *(_(df.label) for df in shown)]
	last = 0
	while page := _page(run, last):
		for row in page:
			row |= in_words(row) | _outcome(row)
			yield [run.prospect_list, *(row[field] for field in FIELDS)]
		last = page[-1].line


def _outcome(row: frappe._dict) -> dict:
	"""What became of a row, as its reader understands it."""
	return {field: _(row[field], context="Prospect List Import Row") for field in ("verdict", "status")}


def in_words(row: frappe._dict) -> dict:
	"""What the procedure says of a row, as its reader understands it."""
	words = {field: _(row[field]) for field in ("stage", "next_step") if row[field]}
	return words | {"task": task_in_words(row.task)} if row.task else words


def _page(run, last: int) -> list[frappe._dict]:
	filters = {"prospect_list_import": run.name, "line": (">", last)}
	return frappe.get_all(ROW, filters, FIELDS, order_by="line", limit=PAGE)
