from frappe.model.document import Document


class ProspectListImportColumn(Document):
	pass
