from frappe.model.document import Document


class ProspectLeadNumber(Document):
	"""A lead number once given: kept after its lead was deleted, merged or renamed, so that it is never given twice."""
