import frappe
from frappe import _
from frappe.model.document import Document


class ProspectEntryDocument(Document):
	"""A quotation or an invoice of an enquiry, as it was read last; a line of its entry."""

	def validate(self):
		# Runs only when a line is saved on its own, past everything its entry checks.
		frappe.throw(
			_("Amounts are read from quotations and invoices: change these."), frappe.PermissionError
		)

	def on_trash(self):
		self.validate()
