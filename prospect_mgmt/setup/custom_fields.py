"""The custom fields on Frappe's and ERPNext's DocTypes: defined once in `fixtures/`, for install and uninstall alike."""

from __future__ import annotations

import json
from pathlib import Path

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

FIXTURE = Path(__file__).parent.parent / "fixtures" / "custom_field.json"


def fields() -> list[dict]:
	"""The custom fields as the fixture has them."""
	return json.loads(FIXTURE.read_text())


def create() -> None:
	"""Create the fields that are missing; existing ones are Frappe's fixture sync to keep."""
	missing: dict[str, list[dict]] = {}
	for field in fields():
		if not frappe.db.exists("Custom Field", field["name"]):
			missing.setdefault(field["dt"], []).append(
				{k: v for k, v in field.items() if k not in ("doctype", "name", "dt")}
			)
	if missing:
		create_custom_fields(missing, ignore_validate=True)


def delete() -> None:
	"""Delete the fields and their columns."""
	touched = set()
	for field in fields():
		if frappe.db.exists("Custom Field", field["name"]):
			frappe.delete_doc("Custom Field", field["name"], ignore_permissions=True, force=True)
		if field["fieldname"] in frappe.db.get_table_columns(field["dt"]):
			frappe.db.sql_ddl(f"ALTER TABLE `tab{field['dt']}` DROP COLUMN `{field['fieldname']}`")
		touched.add(field["dt"])
	for doctype in touched:
		frappe.clear_cache(doctype=doctype)
