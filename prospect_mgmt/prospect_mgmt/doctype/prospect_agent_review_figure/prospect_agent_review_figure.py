from frappe.model.document import Document


class ProspectAgentReviewFigure(Document):
	pass
