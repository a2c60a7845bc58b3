import frappe
from frappe.model.document import Document


class ProspectLeadNumber(Document):
	"""A lead number once given: kept after its lead was deleted, merged or renamed, so that it is never given twice."""


def on_doctype_update():
	frappe.db.add_index("Prospect Lead Number", ["issued_on"])
	frappe.db.add_index("Prospect Lead Number", ["prefix", "number"])
	frappe.db.add_index("Prospect Lead Number", ["series", "issued_on"])
