from frappe.model.document import Document


class ProspectDueStep(Document):
	pass
