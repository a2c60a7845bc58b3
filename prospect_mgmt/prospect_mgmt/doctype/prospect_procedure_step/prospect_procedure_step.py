from frappe.model.document import Document


class ProspectProcedureStep(Document):
	pass
