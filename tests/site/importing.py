"""A spreadsheet brought onto the site as a supervisor does it: uploaded, rehearsed, imported."""

import csv
import io

import frappe

from prospect_mgmt.importing import IMPORT, ROW, run


def csv_of(*rows: dict) -> bytes:
	"""A CSV file with a column for each key of the rows."""
	headings = list(dict.fromkeys(heading for row in rows for heading in row))
	file = io.StringIO()
	writer = csv.DictWriter(file, headings, restval="")
	writer.writeheader()
	writer.writerows(rows)
	return file.getvalue().encode()


def upload(prospect_list: str, content: bytes, name: str = "list.csv", **fields):
	"""The import of a file, its columns proposed."""
	file = frappe.get_doc({"doctype": "File", "file_name": name, "content": content, "is_private": 1})
	file.insert()
	doc = frappe.get_doc({"doctype": IMPORT, "prospect_list": prospect_list, "file": file.file_url, **fields})
	return doc.insert()


def rehearse(doc):
	"""The import, rehearsed by a worker (in this process)."""
	doc.reload().rehearse()
	return work(doc)


def start(doc):
	"""The import, imported by a worker (in this process)."""
	assert doc.reload().start_import()
	return work(doc)


def undo(doc):
	doc.reload().undo()
	return work(doc)


def work(doc):
	frappe.db.commit()
	user, language = frappe.session.user, frappe.local.lang
	run.carry_out(doc.name)
	frappe.set_user(user)
	frappe.local.lang = language
	print(*frappe.get_all("Error Log", pluck="error"), sep="\n")
	return doc.reload()


def rows(doc, *fields: str) -> list:
	"""The rows of an import in the order of the file."""
	fields = fields or ("line", "verdict", "status", "number")
	found = frappe.get_all(ROW, {"prospect_list_import": doc.name}, list(fields), order_by="line")
	return [tuple(row[field] for field in fields) for row in found]
