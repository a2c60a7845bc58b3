import frappe
from frappe import _
from frappe.model.document import Document


class ProspectConsent(Document):
	"""What somebody agreed to, or no longer wants: with which words, when and where. Never edited."""

	def validate(self):
		if not self.is_new():
			frappe.throw(_("What they said is not edited."), frappe.PermissionError)

	def on_trash(self):
		frappe.throw(_("What they said is not deleted; it goes with its lead."), frappe.PermissionError)
