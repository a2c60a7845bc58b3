from frappe.model.document import Document


class ProspectInteraction(Document):
	pass
