"""Lines of a review, which are nothing by themselves."""

import frappe
from frappe import _
from frappe.model.document import Document


class FrozenRow(Document):
	"""Refuses to be saved or deleted on its own, past everything that its review checks."""

	def validate(self):
		frappe.throw(_("The figures of a review are frozen."), frappe.PermissionError)

	def on_trash(self):
		self.validate()
