from frappe.model.document import Document


class ProspectListImportMeaning(Document):
	pass
