import frappe
from frappe import _
from frappe.model.document import Document

from prospect_mgmt import capture, named_locks


class ProspectCapture(Document):
	"""An enquiry from outside: what was sent with which key, what it became, and what they agreed to."""

	@frappe.whitelist(methods=["POST"])
	def retry(self) -> str:
		"""Take in again what failed; returns the status it has then."""
		frappe.only_for(("System Manager", "Sales Manager"))
		try:
			return capture.retry(self.name)
		except named_locks.Busy:
			frappe.throw(_("Please send it again in a moment."))


def on_doctype_update():
	frappe.db.add_index("Prospect Capture", ["digest", "received_on"])
