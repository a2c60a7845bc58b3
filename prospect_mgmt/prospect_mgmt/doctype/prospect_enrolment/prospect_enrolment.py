from frappe.model.document import Document


class ProspectEnrolment(Document):
	"""One run that puts existing leads on a list: its progress, and why which lead was refused."""
