from frappe.model.document import Document


class ProspectEntryDocument(Document):
	pass
