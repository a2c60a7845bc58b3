from frappe.model.document import Document


class ProspectReviewObjection(Document):
	pass
