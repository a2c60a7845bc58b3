from frappe.model.document import Document


class ProspectLeadNumber(Document):
	pass
