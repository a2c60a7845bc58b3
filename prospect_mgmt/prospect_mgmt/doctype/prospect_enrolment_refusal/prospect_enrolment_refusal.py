from frappe.model.document import Document


class ProspectEnrolmentRefusal(Document):
	pass
