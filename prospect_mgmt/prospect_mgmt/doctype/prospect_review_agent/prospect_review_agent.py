from frappe.model.document import Document


class ProspectReviewAgent(Document):
	pass
