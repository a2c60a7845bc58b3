from frappe.model.document import Document


class ProspectStageChange(Document):
	pass
