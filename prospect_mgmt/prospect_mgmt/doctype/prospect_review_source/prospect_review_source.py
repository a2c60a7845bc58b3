from frappe.model.document import Document


class ProspectReviewSource(Document):
	pass
