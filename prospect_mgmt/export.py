"""Law 10 in spreadsheets: text from outside never becomes a formula. Frappe exports values as they are.

These stand in for Frappe's exports of lists, of reports and by its Data Export tool (`override_whitelisted_methods`): they
call them, and change the file only when it shows our own records, or others that hold what strangers write.
"""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import BytesIO, StringIO
from itertools import chain, islice
from zipfile import ZipFile

import frappe
from frappe import _
from frappe.core.doctype.access_log.access_log import make_access_log
from frappe.core.doctype.data_export import exporter
from frappe.desk import query_report, reportview
from frappe.desk.utils import pop_csv_params
from frappe.utils import cint, get_filter, get_url_to_form
from pypika.functions import Max
from werkzeug.wrappers import Response
from werkzeug.wsgi import FileWrapper

from prospect_mgmt import permissions
from prospect_mgmt.entry import moves
from prospect_mgmt.procedure.steps import SEND
from prospect_mgmt.reporting import show
from prospect_mgmt.sheet import columns, statuses
from prospect_mgmt.sheet.cleaning import spaced
from prospect_mgmt.sheet.writing import safe, written
from prospect_mgmt.typed import as_typed

MODULE = "Prospect Mgmt"
# Where ERPNext keeps and copies what comes in through our doors: a visitor's name goes from the Lead to an invoice.
FROM_OUTSIDE = frozenset(
	(
		"Lead", "Contact", "Address", "Communication", "Comment", "Call Log", "Prospect", "Opportunity", "Issue",
		"Appointment", "Customer", "Quotation", "Sales Order", "Delivery Note", "Sales Invoice",
	)
)  # fmt: skip
ENTRY = "Prospect List Entry"
PAGE = 2000  # entries read together
PIECE = 64 * 1024  # characters of a CSV file that leave together
IN_MEMORY = 1024 * 1024  # bytes of a file; what is larger goes through the disk
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MENDED = re.compile(
	rb"<f[ >]|&amp;(?:lt|gt|quot|amp);"
)  # in a workbook: a formula, or a text that is not `as_typed`
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what XML has not
# The classic columns, under the headings that `prospect_mgmt.sheet` reads: the field of the entry each holds; None: worked out.
CLASSIC = {
	"number": "name",
	"lead_name": "lead_name",
	"email_id": "email_id",
	"phone": "mobile_no",
	"company_name": "company_name",
	"source": "source",
	"interest": "interest",
	"status": "stage",
	"agent": "agent",
	"language": "language",
	"first_contact_on": "first_contact_on",
	"called_on": "acknowledged_on",
	"attempts": "attempts",
	"last_attempt_on": "failed_attempt_on",
	"information_sent_on": "information_sent_on",
	"satisfied_on": "satisfied_on",
	"courtesy_note_on": None,
	"last_response_on": "last_response_on",
	"stage_since": "stage_entered_on",
	"next_contact_on": "paused_until",
	"no_mail": None,
	"quoted_amount": "quoted_amount",
	"quotation": "quotation",
	"quotation_link": "quotation",
	"sale_value": "sale_value",
	"sales_invoice": "sales_invoice",
	"invoice_link": "sales_invoice",
	"outcome": "outcome",
	"objection": "objection",
	"done_on": "done_on",
}
LINKS = {"quotation_link": "Quotation", "invoice_link": "Sales Invoice"}


@frappe.whitelist()
def export_list() -> None:
	"""Frappe's export of a list, which checks the rights."""
	reportview.export_query()
	if _may_hold_formulas(frappe.form_dict.doctype):
		_disarm()


@frappe.whitelist()
def export_report() -> None:
	"""Frappe's export of a report, which checks the rights; of ours with more rows than a screen shows."""
	form = frappe.form_dict
	found = frappe.db.get_value("Report", form.report_name, ["module", "ref_doctype"])
	module, doctype = found or (None, None)
	if module != MODULE or _is_narrowed(form.visible_idx):
		query_report.export_query()
	else:
		form.visible_idx = "[]"  # all there are
		with show.for_a_file():
			query_report.export_query()
	if module == MODULE or _may_hold_formulas(doctype):
		_disarm()


def _is_narrowed(visible: str | None) -> bool:
	"""Whether some rows of a screen are asked for, by their number there: where a reader filters them, these are exported."""
	return 0 < len(frappe.parse_json(visible) or ()) <= show.SHOWN


@frappe.whitelist()
def export_data() -> None:
	"""Frappe's Data Export tool, which checks the right to what the caller names beside the DocType, and of tables no field.

	We ask for the right to the DocType itself, and hand out no field of a level that the user may not read.
	"""
	said = frappe.form_dict.doctype
	doctype = said[0] if isinstance(said, list) else said
	ours = frappe.get_meta(doctype).module == MODULE
	if ours and cint(frappe.form_dict.with_data):
		frappe.permissions.can_export(permissions.PARENTS.get(doctype, doctype), raise_exception=True)
		frappe.form_dict.select_columns = frappe.as_json(_readable(doctype, frappe.form_dict.select_columns))
	frappe.call(exporter.export_data, **frappe.form_dict)
	if _may_hold_formulas(doctype):
		_disarm()


def _may_hold_formulas(doctype: str) -> bool:
	return doctype in FROM_OUTSIDE or frappe.get_meta(doctype).module == MODULE


def _readable(doctype: str, asked: str | None) -> dict[str, list[str]]:
	"""{DocType: fields that the user may read} of a DocType and its tables, as far as they are asked for (JSON; none: all)."""
	chosen = frappe.parse_json(asked or "null")
	levels = frappe.get_meta(permissions.PARENTS.get(doctype, doctype)).get_permlevel_access("read")
	readable = {}
	for name in (doctype, *(table.options for table in frappe.get_meta(doctype).get_table_fields())):
		fields = [df.fieldname for df in frappe.get_meta(name).fields if df.permlevel in levels]
		fields += ["owner", "creation"] if fields else []
		wanted = fields if chosen is None else chosen.get(name, [])
		readable[name] = [field for field in fields if field in wanted]
	return readable


def _disarm() -> None:
	"""Rewrite the file that is about to be downloaded."""
	response = frappe.response
	if response.get("type") == "csv":
		response["result"] = disarmed_csv(response["result"].encode()).decode()
		return
	if not response.get("filecontent"):
		return  # too large for now: Frappe mails it later
	if response["filename"].endswith(".csv"):
		delimiter = pop_csv_params(frappe._dict(frappe.form_dict))["delimiter"]
		response["filecontent"] = disarmed_csv(response["filecontent"], delimiter)
	else:
		response["filecontent"] = disarmed_xlsx(response["filecontent"])


def disarmed_csv(content: bytes, delimiter: str = ",") -> bytes:
	"""A CSV file without formulas: each cell that a spreadsheet program would take for one gets an apostrophe."""
	rewritten = StringIO()
	writer = csv.writer(rewritten, delimiter=delimiter, quoting=csv.QUOTE_ALL)
	rows = csv.reader(StringIO(content.decode(), newline=""), delimiter=delimiter)
	writer.writerows([safe(as_typed(value)) for value in row] for row in rows)
	return rewritten.getvalue().encode()


def disarmed_xlsx(content: bytes) -> bytes:
	"""A workbook without formulas: each is the text that it is written as."""
	import openpyxl

	if not _needs_mending(content):
		return content  # a large one takes half a minute to be read and written again
	workbook = openpyxl.load_workbook(BytesIO(content))
	for row in workbook.active.iter_rows():
		for cell in row:
			if isinstance(cell.value, str):
				cell.value = as_typed(cell.value)
			if cell.data_type == "f":  # we export no formula of our own
				cell.data_type = "s"
	rewritten = BytesIO()
	workbook.save(rewritten)
	return rewritten.getvalue()


def _needs_mending(content: bytes) -> bool:
	with ZipFile(BytesIO(content)) as parts:
		return any(MENDED.search(parts.read(name)) for name in parts.namelist())


# ------------------------------------------------------------- the Prospect List
@frappe.whitelist()
def export_entries(filters: str | list | dict | None = None, file_format: str = "CSV"):
	"""The entries that the user sees, in the classic columns, as a CSV or XLSX file; of any number, in bounded memory.

	`filters`: as for a list. Amounts are for those who may read them; agents without another role export nothing.
	"""
	frappe.has_permission(ENTRY, "export", throw=True)
	if file_format not in ("CSV", "XLSX"):
		frappe.throw(_("Choose CSV or XLSX."))
	understood = _understood(filters)
	make_access_log(doctype=ENTRY, file_type=file_format, filters=frappe.as_json(understood, indent=None))
	name = f"Prospect List {frappe.utils.nowdate()}.{file_format.lower()}"
	return as_file(name, _classic_rows(understood))


def _understood(filters: str | list | dict | None) -> list:
	"""The filters of a list, each [DocType, field, operator, value]. Raises ValidationError for what is none."""
	try:
		chosen = frappe.parse_json(filters) or []
		if isinstance(chosen, dict):
			chosen = [[ENTRY, field, "=", value] for field, value in chosen.items()]
		found = [get_filter(ENTRY, each) for each in chosen]
	except (ValueError, TypeError, AttributeError, IndexError, RecursionError):
		frappe.throw(_("The filters cannot be understood."))
	for each in found:
		if each.fieldname not in frappe.get_meta(each.doctype).get_valid_columns():
			frappe.throw(_("{0} has no field {1}.").format(_(each.doctype), each.fieldname))
	return [[each.doctype, each.fieldname, each.operator, each.value] for each in found]


def _classic_rows(filters: list) -> Iterator[list]:
	meta = frappe.get_meta(ENTRY)
	levels = meta.get_permlevel_access("read")
	free = (None, "name")
	shown = [field for field, of in CLASSIC.items() if of in free or meta.get_field(of).permlevel in levels]
	stages = [state.state for state in moves.workflow().states]
	yield [columns.LABELS[field] for field in shown]
	last = ""
	while page := _page(filters, [CLASSIC[field] for field in shown if CLASSIC[field]], last):
		for row in page:
			yield [_classic(field, row, stages) for field in shown]
		last = page[-1].name


def _page(filters: list, fields: list[str], last: str) -> list[frappe._dict]:
	"""Read from where the last page ended, so that the last one costs what the first did."""
	after = [*filters, [ENTRY, "name", ">", last]]
	fields = list(dict.fromkeys([*fields, "name", "phone", "unsubscribed", "do_not_contact"]))
	page = frappe.get_list(
		ENTRY,
		filters=after,
		fields=fields,
		order_by="`tabProspect List Entry`.name",
		limit=PAGE,
		distinct=any(doctype != ENTRY for doctype, *_rest in filters),  # it may have several rows of a table
	)
	without = [row.name for row in page if not row.interest]
	asked = {"parenttype": ENTRY, "parent": ("in", without or [""]), "idx": 1}
	details = dict(frappe.get_all("Prospect Requirement", asked, ["parent", "detail"], as_list=True))
	notes = _notes_sent([row.name for row in page])
	for row in page:
		row.interest = row.interest or details.get(row.name)
		row.courtesy_note_on = notes.get(row.name)
		row.no_mail = "yes" if row.unsubscribed or row.do_not_contact else None
	return page


def _notes_sent(entries: list[str]) -> dict[str, datetime]:
	"""{entry: when the procedure last wrote to them}"""
	step = frappe.qb.DocType("Prospect Due Step")
	query = frappe.qb.from_(step).select(step.entry, Max(step.done_on)).groupby(step.entry)
	sent = (step.action == SEND) & (step.status == "Done") & step.communication.isnotnull()
	return dict(query.where(sent & step.entry.isin(entries or [""])).run())


def _classic(field: str, row: frappe._dict, stages: list[str]) -> object:
	value = row[CLASSIC[field] or field]
	if field == "status":
		return statuses.label(value, stages) if value in stages else value
	if field == "phone":
		number = value or row.phone
		return spaced(re.sub(r"[^+\d]", "", number)) if number else None
	if field in LINKS and value:
		return get_url_to_form(LINKS[field], value)
	return value


# ------------------------------------------------------------- a file of any length
def as_file(name: str, rows: Iterable[Sequence]) -> Response:
	"""The response that downloads rows as the file `name`, .csv or .xlsx, in bounded memory.

	A CSV file is on its way while the rows are read: Frappe keeps the connection until the response is closed. An XLSX
	file is a ZIP archive, which ends with its directory: it is written to the disk as a whole first.
	"""
	as_xlsx = name.endswith(".xlsx")
	response = _xlsx_response(rows) if as_xlsx else Response(_csv_pieces(rows), mimetype="text/csv")
	response.headers.set("Content-Disposition", "attachment", filename=name)
	return response


def _csv_pieces(rows: Iterable[Sequence]) -> Iterator[bytes]:
	rows = iter(rows)
	first = list(islice(rows, 2))  # what is wrong is said now; later on it could only break off
	return _pieces(chain(first, rows))


def _pieces(rows: Iterable[Sequence]) -> Iterator[bytes]:
	text = io.StringIO("\ufeff", newline="")
	text.seek(0, io.SEEK_END)
	writer = csv.writer(text)
	for row in rows:
		writer.writerow([safe(_as_text(value)) for value in row])
		if text.tell() > PIECE:
			yield text.getvalue().encode()
			text.seek(0)
			text.truncate()
	yield text.getvalue().encode()


def _xlsx_response(rows: Iterable[Sequence]) -> Response:
	file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed with the response)
	_write_xlsx(file, rows)
	size = file.tell()
	file.seek(0)
	response = Response(FileWrapper(file, IN_MEMORY), mimetype=XLSX, direct_passthrough=True)
	response.content_length = size
	return response


def _write_xlsx(file, rows: Iterable[Sequence]) -> None:
	from openpyxl import Workbook
	from openpyxl.cell import WriteOnlyCell

	book = Workbook(write_only=True)
	sheet = book.create_sheet(_("Prospect List"))

	def cell(value):
		if value is None or isinstance(value, int | float):
			return value
		made = WriteOnlyCell(sheet, UNPRINTABLE.sub("", _as_text(value)))
		made.data_type = "s"  # we export no formula of our own
		return made

	for row in rows:
		sheet.append([cell(value) for value in row])
	book.save(file)


def _as_text(value: object) -> str:
	if isinstance(value, datetime):
		return written(value.replace(second=0, microsecond=0))
	return "" if value is None else str(value)
