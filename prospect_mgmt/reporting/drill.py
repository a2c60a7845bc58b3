"""The entries behind a figure that no list filter can say."""

import frappe
from frappe import _
from frappe.desk.query_report import get_report_doc
from frappe.modules import scrub
from frappe.query_builder.functions import Count

from prospect_mgmt.reporting import colleagues

LIMIT = 200  # entries that a list is asked for by name


@frappe.whitelist()
def entries_behind(report: str, figure: str, filters: dict | str, row: dict | str) -> dict:
	"""{entries, count}: the first IDs of the entries that a figure of a row counts, and how many entries these are in all.

	Only what the user sees is counted, and only who may open the report may ask.
	"""
	get_report_doc(report)  # checks the report's roles and the right to report
	if frappe.db.get_value("Report", report, "module") != "Prospect Mgmt":
		frappe.throw(
			_("{0} has no such figures.").format(frappe.utils.escape_html(report)), frappe.PermissionError
		)
	query = _behind(report, figure, _understood(filters), _understood(row)).distinct()
	names = query.limit(LIMIT + 1).run(pluck=True)
	count = len(names)
	if count > LIMIT:
		[(count,)] = frappe.qb.from_(query.as_("behind")).select(Count("*")).run()
	return {"entries": sorted(names[:LIMIT]), "count": count}


def _understood(sent: dict | str):
	"""What a browser or a tool sent; None for what cannot be read."""
	try:
		return frappe.parse_json(sent)
	except (ValueError, RecursionError):
		return None


def _plain(row: dict) -> dict:
	"""What a row says of itself. A list or a dictionary would stand in the SQL as it was sent."""
	return {field: value for field, value in row.items() if not isinstance(value, list | dict)}


def _behind(report: str, figure: str, filters, row):
	module = f"prospect_mgmt.prospect_mgmt.report.{scrub(report)}.{scrub(report)}"
	if isinstance(filters, dict) and isinstance(row, dict) and not colleagues.is_of_others(row):
		try:
			return frappe.get_attr(f"{module}.behind")(filters, figure, _plain(row))
		except KeyError:  # a figure, or a row, that the report does not have
			pass
	frappe.throw(_("There is no figure “{0}”.").format(frappe.utils.escape_html(figure)))
