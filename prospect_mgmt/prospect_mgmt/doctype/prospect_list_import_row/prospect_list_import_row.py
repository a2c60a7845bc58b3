import frappe
from frappe.model.document import Document


class ProspectListImportRow(Document):
	pass


def on_doctype_update():
	frappe.db.add_index("Prospect List Import Row", ["prospect_list_import", "status", "place"])
	frappe.db.add_index("Prospect List Import Row", ["prospect_list_import", "verdict", "line"])
	frappe.db.add_index("Prospect List Import Row", ["prospect_list_import", "line"])
	frappe.db.add_index("Prospect List Import Row", ["lead"])
	frappe.db.add_index("Prospect List Import Row", ["lead_name"])
