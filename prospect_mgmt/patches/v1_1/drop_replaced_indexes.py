"""Longer indexes took the place of these: they cost each write, and nothing reads them any more."""

import frappe

REPLACED = {
	"Prospect List Entry": ("prospect_list_first_contact_on_index",),
	"Prospect Interaction": ("prospect_list_occurred_on_index",),
	"Prospect Stage Change": (
		"prospect_list_changed_on_index",
		"prospect_list_from_stage_changed_on_index",
	),
}


def execute():
	"""Drop those that are there; run twice it changes nothing."""
	for doctype, names in REPLACED.items():
		for name in names:
			if frappe.db.has_index(f"tab{doctype}", name):
				frappe.db.sql_ddl(f"ALTER TABLE `tab{doctype}` DROP INDEX `{name}`")
