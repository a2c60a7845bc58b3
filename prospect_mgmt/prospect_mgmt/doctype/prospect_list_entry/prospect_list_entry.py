from frappe.model.document import Document


class ProspectListEntry(Document):
	pass
