from frappe.model.document import Document


class ProspectManagementSettings(Document):
	pass
