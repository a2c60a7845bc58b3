import frappe
from frappe.model.document import Document


class ProspectContactKey(Document):
	"""One value under which a lead is found when the same person comes again; kept by `contact_keys`, without documents."""


def on_doctype_update():
	frappe.db.add_index("Prospect Contact Key", ["key_value", "lead"])
	frappe.db.add_index("Prospect Contact Key", ["creation"])
