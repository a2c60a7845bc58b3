"""Law 12: uninstalling leaves ERPNext as it was, with the leads and their numbers in place.

`remove_app` deletes our DocTypes and what carries our module. What it would leave is removed here, before it starts:
records that point at our documents, what we created, custom fields with their columns, scheduled jobs. The counters in
`tabSeries` stay: installed again, the app gives no number twice.
"""

from __future__ import annotations

import click
import frappe
from frappe.model.rename_doc import get_link_fields

from prospect_mgmt.setup import created, custom_fields

ENTRY, MODULE, APP = "Prospect List Entry", "Prospect Mgmt", "prospect_mgmt"
# What people wrote or sent about an enquiry stays, and belongs to its Lead from now on: (type field, ID field).
KEPT_ON_THE_LEAD = {
	"Communication": ("reference_doctype", "reference_name"),
	"Email Queue": ("reference_doctype", "reference_name"),
	"Email Unsubscribe": ("reference_doctype", "reference_name"),
	"File": ("attached_to_doctype", "attached_to_name"),
}
CLEARED = ("Email Account", "IMAP Folder")  # stay, and only forget that they pointed at us
# Rows that nothing hangs on, and of which there may be very many: deleted set by set.
LOGS = (
	"ToDo", "Comment", "Version", "DocShare", "Notification Log", "Document Follow", "View Log", "Tag Link", "List Filter",
	"Activity Log", "Error Log", "Document Share Key", "Energy Point Log", "Milestone", "User Permission", "Workflow Action",
)  # fmt: skip
# Those that name a DocType in a field which is no Link to it.
NAMED_AS_TEXT = {"Deleted Document": "deleted_doctype", "Custom DocPerm": "parent"}
OF_REPORTS = {
	"Auto Email Report": "report",
	"Prepared Report": "report_name",
	"Dashboard Chart": "report_name",
	"Number Card": "report_name",
	"Custom Role": "report",
}


def before_uninstall() -> None:
	"""Remove what `remove_app` would leave behind. It is called for a dry run, too, which must change nothing."""
	if _is_dry_run():
		return
	doctypes = frappe.get_all("DocType", filters={"module": MODULE}, pluck="name")
	_keep_on_the_lead(doctypes)
	_delete_pointing_here(doctypes)
	_delete_reports_followers()
	_delete_onboarding_steps()
	_delete_created()
	custom_fields.delete()
	_delete_scheduled_jobs()
	frappe.db.delete("Singles", {"doctype": ("in", doctypes)})
	frappe.db.delete("Patch Log", {"patch": ("like", f"{APP}.%")})
	frappe.db.delete("Block Module", {"module": MODULE})
	frappe.clear_cache()


def _is_dry_run() -> bool:
	context = click.get_current_context(silent=True)
	return bool(context and context.params.get("dry_run"))


# ------------------------------------------------------------- what points at our documents
def _keep_on_the_lead(doctypes: list[str]) -> None:
	entry = frappe.qb.DocType(ENTRY)
	for doctype, (type_field, id_field) in KEPT_ON_THE_LEAD.items():
		table = frappe.qb.DocType(doctype)
		(
			frappe.qb.update(table)
			.join(entry)
			.on((table[id_field] == entry.name) & (table[type_field] == ENTRY))
			.set(table[type_field], "Lead")
			.set(table[id_field], entry.lead)
		).run()
		others = frappe.qb.update(table).set(table[type_field], None).set(table[id_field], None)
		others.where(table[type_field].isin(doctypes)).run()


def _delete_pointing_here(doctypes: list[str]) -> None:
	for doctype, field in _fields_naming_doctypes():
		if doctype not in KEPT_ON_THE_LEAD:
			_delete_where(doctype, field, doctypes)
	for table in ("Workspace Link", "Workspace Shortcut"):
		frappe.db.delete(table, {"link_to": ("in", doctypes)})
	frappe.db.delete("__UserSettings", {"doctype": ("in", doctypes)})


def _fields_naming_doctypes() -> list[tuple[str, str]]:
	"""Every field of Frappe's own DocTypes that names a DocType: how assignments, shares, boards … point at a document."""
	field, doctype, module = (frappe.qb.DocType(d) for d in ("DocField", "DocType", "Module Def"))
	query = frappe.qb.from_(field).join(doctype).on(doctype.name == field.parent).join(module)
	query = query.on(module.name == doctype.module).select(field.parent, field.fieldname)
	links = query.where(
		(field.fieldtype == "Link") & (field.options == "DocType") & (module.app_name == "frappe")
	)
	return [*links.where(doctype.is_virtual == 0).run(), *NAMED_AS_TEXT.items()]


def _delete_where(doctype: str, field: str, values: list[str]) -> None:
	if not values:
		return  # Frappe reads "in nothing" as "in empty": every record without a value
	meta = frappe.get_meta(doctype)
	if meta.issingle:
		frappe.db.delete("Singles", {"doctype": doctype, "field": field, "value": ("in", values)})
	elif doctype in CLEARED:
		table = frappe.qb.DocType(doctype)
		frappe.qb.update(table).set(table[field], None).where(table[field].isin(values)).run()
	elif meta.istable or doctype in LOGS or doctype in NAMED_AS_TEXT:
		_delete_rows(meta, {field: ("in", values)})
	else:
		for name in frappe.get_all(doctype, filters={field: ("in", values)}, pluck="name"):
			_delete(doctype, name)


def _delete_rows(meta, filters: dict) -> None:
	names = frappe.get_all(meta.name, filters=filters, pluck="name") if meta.get_table_fields() else []
	for table in meta.get_table_fields() if names else ():
		frappe.db.delete(table.options, {"parenttype": meta.name, "parent": ("in", names)})
	frappe.db.delete(meta.name, filters)


def _delete(doctype: str, name: str) -> None:
	frappe.delete_doc(
		doctype, name, ignore_permissions=True, force=True, ignore_on_trash=True, delete_permanently=True
	)


def _delete_reports_followers() -> None:
	"""What admins built on our reports: it would stand there broken."""
	reports = frappe.get_all("Report", filters={"module": MODULE}, pluck="name")
	for doctype, field in OF_REPORTS.items():
		_delete_where(doctype, field, reports)


def _delete_onboarding_steps() -> None:
	"""Frappe deletes the onboarding of a module, but not its steps, which name no module."""
	onboarding = frappe.get_all("Module Onboarding", filters={"module": MODULE}, pluck="name")
	filters = {"parent": ("in", onboarding or [""]), "parenttype": "Module Onboarding"}
	for step in frappe.get_all("Onboarding Step Map", filters=filters, pluck="step"):
		_delete("Onboarding Step", step)


# ------------------------------------------------------------- what we created
def _delete_created() -> None:
	"""What we created, newest first, unless something else uses it by now (a Lead its source, say)."""
	for doctype, name in reversed(created.remembered()):
		if not frappe.db.exists(doctype, name) or frappe.get_meta(doctype).module == MODULE:
			continue
		if doctype == "Role":
			_delete_role(name)
		elif not is_used(doctype, name):
			_delete(doctype, name)


def is_used(doctype: str, name: str) -> bool:
	"""Whether a record outside our own DocTypes links to this one."""
	for link in get_link_fields(doctype):
		if link.get("issingle"):
			if frappe.db.get_single_value(link["parent"], link["fieldname"]) == name:
				return True
		elif frappe.get_meta(link["parent"]).module != MODULE and _links(link, name):
			return True
	return False


def _links(link: dict, name: str) -> bool:
	if not frappe.db.table_exists(link["parent"]) or not frappe.db.has_column(
		link["parent"], link["fieldname"]
	):
		return False
	return bool(frappe.db.get_value(link["parent"], {link["fieldname"]: name}, "name", order_by=None))


def _delete_role(name: str) -> None:
	for table in ("Has Role", "Custom DocPerm", "DocPerm"):
		frappe.db.delete(table, {"role": name})
	_delete("Role", name)


def _delete_scheduled_jobs() -> None:
	for name in frappe.get_all("Scheduled Job Type", filters={"method": ("like", f"{APP}.%")}, pluck="name"):
		_delete("Scheduled Job Type", name)
		frappe.db.delete("Scheduled Job Log", {"scheduled_job_type": name})
