from frappe.model.document import Document


class ProspectProcedure(Document):
	pass
