from frappe.model.document import Document


class ProspectList(Document):
	pass
