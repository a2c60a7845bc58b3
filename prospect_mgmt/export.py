"""Law 10 in spreadsheets: text from outside never becomes a formula. Frappe exports values as they are.

These stand in for Frappe's exports of lists and reports (`override_whitelisted_methods`): they call them, and change the
file only when it shows our own records.
"""

import csv
import re
from io import BytesIO, StringIO

import frappe
from frappe.desk import query_report, reportview
from frappe.desk.utils import pop_csv_params

MODULE = "Prospect Mgmt"
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"-?\d+([.,]\d+)*")


@frappe.whitelist()
def export_list() -> None:
	"""Frappe's export of a list, which checks the rights."""
	reportview.export_query()
	if frappe.get_meta(frappe.form_dict.doctype).module == MODULE:
		_disarm()


@frappe.whitelist()
def export_report() -> None:
	"""Frappe's export of a report, which checks the rights."""
	query_report.export_query()
	if frappe.db.get_value("Report", frappe.form_dict.report_name, "module") == MODULE:
		_disarm()


def _disarm() -> None:
	"""Rewrite the file that is about to be downloaded."""
	response = frappe.response
	if not response.get("filecontent"):
		return  # too large for now: Frappe mails it later
	as_csv = response["filename"].endswith(".csv")
	response["filecontent"] = _csv(response["filecontent"]) if as_csv else _xlsx(response["filecontent"])


def harmless(value: str) -> str:
	"""A value that a spreadsheet shows as it is: one that would start a formula gets an apostrophe in front."""
	starts = value.lstrip(" ").startswith(STARTS_FORMULA)
	return f"'{value}" if starts and not NUMBER.fullmatch(value) else value


def _csv(content: bytes) -> bytes:
	delimiter = pop_csv_params(frappe._dict(frappe.form_dict))["delimiter"]
	rewritten = StringIO()
	writer = csv.writer(rewritten, delimiter=delimiter, quoting=csv.QUOTE_ALL)
	rows = csv.reader(StringIO(content.decode(), newline=""), delimiter=delimiter)
	writer.writerows([harmless(value) for value in row] for row in rows)
	return rewritten.getvalue().encode()


def _xlsx(content: bytes) -> bytes:
	import openpyxl

	workbook = openpyxl.load_workbook(BytesIO(content))
	for row in workbook.active.iter_rows():
		for cell in row:
			if cell.data_type == "f":  # we export no formula of our own
				cell.data_type = "s"
	rewritten = BytesIO()
	workbook.save(rewritten)
	return rewritten.getvalue()
