import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, now_datetime


class ProspectSignalFailure(Document):
	"""A fact that could not be taken in: kept, shown, and can be tried again (law 8)."""

	@frappe.whitelist(methods=["POST"])
	def retry(self):
		"""Try the signal again on the document as it is today."""
		frappe.only_for(("System Manager", "Sales Manager"))
		self.load_from_db()
		if self.status == "Done":
			frappe.throw(_("This one was taken in already."))
		if not frappe.db.exists(self.reference_doctype, self.reference_name):
			frappe.throw(
				_("{0} {1} no longer exists.").format(_(self.reference_doctype), self.reference_name)
			)
		handler = frappe.get_attr(self.signal).handler
		frappe.db.savepoint("prospect_retry")
		values = {"attempts": cint(self.attempts) + 1, "tried_again_on": now_datetime()}
		try:
			handler(frappe.get_doc(self.reference_doctype, self.reference_name), "retry")
			values.update({"status": "Done", "reason": None})
		except Exception as error:
			frappe.db.rollback(save_point="prospect_retry")
			values.update({"reason": str(error)[:500], "error": frappe.get_traceback()})
		self.db_set(values)
		return self.status
