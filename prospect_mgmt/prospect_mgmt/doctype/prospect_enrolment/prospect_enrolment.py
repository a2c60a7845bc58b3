from frappe.model.document import Document


class ProspectEnrolment(Document):
	pass
