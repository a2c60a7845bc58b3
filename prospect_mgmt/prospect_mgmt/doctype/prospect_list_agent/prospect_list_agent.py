from frappe.model.document import Document


class ProspectListAgent(Document):
	pass
