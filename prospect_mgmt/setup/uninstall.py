"""Law 12: uninstalling leaves ERPNext as it was, with the leads and their numbers in place.

The counters stay as well: installed again, the app gives no number twice.
"""

from __future__ import annotations

import frappe

from prospect_mgmt.setup import created, custom_fields

ENTRY = "Prospect List Entry"
MODULE = "Prospect Mgmt"
# Records of Frappe's own that point at our documents by type and would be left behind.
POINTING_HERE = {
	"ToDo": "reference_type",
	"Workflow Action": "reference_doctype",
	"Comment": "reference_doctype",
	"Version": "ref_doctype",
	"DocShare": "share_doctype",
	"Notification Log": "document_type",
	"Communication Link": "link_doctype",
	"Document Follow": "ref_doctype",
	"View Log": "reference_doctype",
	"Tag Link": "document_type",
	"Property Setter": "doc_type",
	"Custom DocPerm": "parent",
	"List Filter": "reference_doctype",
	"Kanban Board": "reference_doctype",
	"Assignment Rule": "document_type",
	"Notification": "document_type",
	"Workflow": "document_type",
	"Deleted Document": "deleted_doctype",
	"Email Unsubscribe": None,
}


def before_uninstall() -> None:
	"""Remove what `remove_app` would leave: records that point at us, what we created, custom fields, scheduled jobs."""
	doctypes = frappe.get_all("DocType", filters={"module": MODULE}, pluck="name")
	_delete_pointing_here(doctypes)
	_delete_created()
	custom_fields.delete()
	_delete_scheduled_jobs()
	frappe.clear_cache()


def _delete_pointing_here(doctypes: list[str]) -> None:
	for doctype, field in POINTING_HERE.items():
		if not field or not frappe.db.exists("DocType", doctype):
			continue
		for name in frappe.get_all(doctype, filters={field: ("in", doctypes)}, pluck="name"):
			frappe.delete_doc(doctype, name, ignore_permissions=True, force=True, ignore_on_trash=True, delete_permanently=True)
	frappe.db.delete("__UserSettings", {"doctype": ("in", doctypes)})


def _delete_created() -> None:
	"""What we created, newest first, unless something else uses it by now (a Lead its source, say)."""
	for doctype, name in reversed(created.remembered()):
		if not frappe.db.exists(doctype, name) or frappe.get_meta(doctype).module == MODULE:
			continue
		if doctype == "Role":
			_delete_role(name)
		elif not is_used(doctype, name):
			frappe.delete_doc(doctype, name, ignore_permissions=True, force=True, delete_permanently=True)


def is_used(doctype: str, name: str) -> bool:
	"""Whether a record outside our own DocTypes links to this one."""
	from frappe.model.rename_doc import get_link_fields

	for link in get_link_fields(doctype):
		if link.get("issingle"):
			if frappe.db.get_single_value(link["parent"], link["fieldname"]) == name:
				return True
		elif frappe.get_meta(link["parent"]).module != MODULE and _links(link, name):
			return True
	return False


def _links(link: dict, name: str) -> bool:
	if not frappe.db.table_exists(link["parent"]) or not frappe.db.has_column(link["parent"], link["fieldname"]):
		return False
	return bool(frappe.db.get_value(link["parent"], {link["fieldname"]: name}, "name", order_by=None))


def _delete_role(name: str) -> None:
	for table in ("Has Role", "Custom DocPerm", "DocPerm"):
		frappe.db.delete(table, {"role": name})
	frappe.delete_doc("Role", name, ignore_permissions=True, force=True, ignore_on_trash=True, delete_permanently=True)


def _delete_scheduled_jobs() -> None:
	for name in frappe.get_all("Scheduled Job Type", filters={"method": ("like", "prospect\\_mgmt.%")}, pluck="name"):
		frappe.delete_doc("Scheduled Job Type", name, ignore_permissions=True, force=True, delete_permanently=True)
		frappe.db.delete("Scheduled Job Log", {"scheduled_job_type": name})
