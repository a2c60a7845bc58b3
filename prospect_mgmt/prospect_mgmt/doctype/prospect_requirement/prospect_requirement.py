from frappe.model.document import Document


class ProspectRequirement(Document):
	pass
