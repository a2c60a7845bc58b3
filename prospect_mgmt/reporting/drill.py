"""The entries behind a figure that no list filter can say."""

import frappe
from frappe import _
from frappe.desk.query_report import get_report_doc
from frappe.modules import scrub

LIMIT = 200  # entries that a list is asked for by name


@frappe.whitelist()
def entries_behind(report: str, figure: str, filters: dict | str, row: dict | str) -> dict:
	"""{entries, more}: the first IDs of the entries that a figure of a row counts; `more` says whether there are others.

	Only what the user sees is counted, and only who may open the report may ask.
	"""
	get_report_doc(report)  # checks the report's roles and the right to report
	if frappe.db.get_value("Report", report, "module") != "Prospect Mgmt":
		frappe.throw(
			_("{0} has no such figures.").format(frappe.utils.escape_html(report)), frappe.PermissionError
		)
	module = f"prospect_mgmt.prospect_mgmt.report.{scrub(report)}.{scrub(report)}"
	query = frappe.get_attr(f"{module}.behind")(frappe.parse_json(filters), figure, frappe.parse_json(row))
	names = query.distinct().limit(LIMIT + 1).run(pluck=True)
	return {"entries": sorted(names[:LIMIT]), "more": len(names) > LIMIT}
