from frappe.model.document import Document


class ProspectProcedureMove(Document):
	pass
