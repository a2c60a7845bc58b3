from frappe.model.document import Document


class ProspectReviewFinding(Document):
	pass
