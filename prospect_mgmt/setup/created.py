"""What the app put into the site beside its own DocTypes, remembered so that uninstalling removes just that."""

from __future__ import annotations

import frappe

SETTINGS = "Prospect Management Settings"


def create(doctype: str, name: str, values: dict | None = None) -> bool:
	"""Create a record when it is missing, and remember it. True if created.

	Never touches one that is there, nor brings back one that an admin deleted or renamed since (law 7).
	"""
	if frappe.db.exists(doctype, name) or [doctype, name] in remembered():
		return False
	doc = frappe.new_doc(doctype)
	doc.update(values or {})
	doc.flags.ignore_links = True
	doc.insert(ignore_permissions=True, set_name=name, ignore_mandatory=True)
	remember(doctype, doc.name)
	return True


def remember(doctype: str, name: str) -> None:
	"""Note a record as ours."""
	records = remembered()
	if [doctype, name] not in records:
		records.append([doctype, name])
		frappe.db.set_single_value(
			SETTINGS, "created_records", frappe.as_json(records, indent=None), update_modified=False
		)


def remembered() -> list[list[str]]:
	"""[doctype, name] of every record the app created, oldest first."""
	return frappe.parse_json(frappe.db.get_single_value(SETTINGS, "created_records") or "[]")
