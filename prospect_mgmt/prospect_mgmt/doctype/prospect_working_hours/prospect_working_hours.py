from frappe.model.document import Document


class ProspectWorkingHours(Document):
	pass
