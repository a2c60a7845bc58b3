import frappe
from frappe import _
from frappe.model.document import Document


class ProspectReviewImprovement(Document):
	"""What was agreed in a review; a line of it."""

	def validate(self):
		# Runs only when a line is saved on its own, past everything its review checks.
		frappe.throw(_("Change what was agreed on the review itself."), frappe.PermissionError)

	def on_trash(self):
		self.validate()
