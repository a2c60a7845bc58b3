from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document


class ProspectRequirement(Document):
	"""One thing they asked for; a line of its entry."""

	def validate(self):
		# Runs only when a line is saved on its own, past everything its entry checks.
		frappe.throw(_("Change what they asked for on the entry itself."), frappe.PermissionError)
