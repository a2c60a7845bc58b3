from frappe.model.document import Document


class ProspectSignalFailure(Document):
	pass
