from frappe.model.document import Document


class ProspectReviewFigure(Document):
	pass
