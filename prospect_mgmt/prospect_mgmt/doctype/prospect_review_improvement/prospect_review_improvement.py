from frappe.model.document import Document


class ProspectReviewImprovement(Document):
	pass
