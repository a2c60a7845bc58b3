from frappe.model.document import Document


class ProspectReviewStandard(Document):
	pass
