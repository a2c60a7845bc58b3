from frappe.model.document import Document


class ProspectSourceRule(Document):
	"""Which source an enquiry counts for when the call does not say."""
