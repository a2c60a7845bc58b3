"""What the form of an import shows: its rows page by page, and all of them as a file."""

import frappe

from prospect_mgmt.importing import IMPORT, ROW, result

PAGE = 50
TO_MEND = "To mend"


@frappe.whitelist()
def get_rows(name: str, verdict: str | None = None, start: int = 0) -> dict:
	"""{rows, total, page, counts}: a page of the rehearsal. `verdict`: only those, or TO_MEND."""
	frappe.get_doc(IMPORT, name).check_permission("read")
	filters = {"prospect_list_import": name}
	row = frappe.qb.DocType(ROW)
	count = frappe.query_builder.functions.Count
	query = frappe.qb.from_(row).select(row.verdict, row.status, count("*"), count(row.to_mend))
	counts = query.where(row.prospect_list_import == name).groupby(row.verdict, row.status).run()
	if verdict == TO_MEND:
		filters["to_mend"] = ("is", "set")
	elif verdict:
		filters["verdict"] = verdict
	total = frappe.db.count(ROW, filters)
	start = min(max(start, 0), total)
	page = frappe.get_all(ROW, filters, result.FIELDS, order_by="line", start=start, limit=PAGE)
	for shown in page:
		shown.update(result.in_words(shown))
	return {"rows": page, "total": total, "page": PAGE, "counts": counts}


@frappe.whitelist()
def get_file(name: str):
	"""The rehearsal, later the result, as a CSV file that a spreadsheet program opens."""
	doc = frappe.get_doc(IMPORT, name)
	doc.check_permission("read")
	return result.file_of(doc)
