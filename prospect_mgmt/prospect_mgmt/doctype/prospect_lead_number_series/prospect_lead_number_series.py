from frappe.model.document import Document


class ProspectLeadNumberSeries(Document):
	pass
