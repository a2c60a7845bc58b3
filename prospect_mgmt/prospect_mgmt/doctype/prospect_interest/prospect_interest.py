from frappe.model.document import Document


class ProspectInterest(Document):
	pass
