from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from prospect_mgmt.names import by_time


class ProspectInteraction(Document):
	"""One contact as it happened. Never edited: from these facts everything else can be computed again."""

	def autoname(self):
		self.name = by_time(self.occurred_on)

	def validate(self):
		if not self.is_new():
			frappe.throw(
				_("What happened is not edited. Record a correction instead."), frappe.PermissionError
			)

	def on_trash(self):
		frappe.throw(_("What happened is not deleted; it goes with its entry."), frappe.PermissionError)


def on_doctype_update():
	frappe.db.add_index("Prospect Interaction", ["entry", "occurred_on"])
	# Of a period; the objections heard stand in it.
	frappe.db.add_index("Prospect Interaction", ["prospect_list", "occurred_on", "objection", "entry"])
	frappe.db.add_index("Prospect Interaction", ["corrects"])
