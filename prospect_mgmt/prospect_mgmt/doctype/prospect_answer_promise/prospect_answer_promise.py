import frappe
from frappe import _
from frappe.model.document import Document

# An index by which reports find what was to be answered in a period.
IN_TIME = ("respond_by", "parent")


class ProspectAnswerPromise(Document):
	"""A promise to answer them and how it was kept, as the contacts of its entry say; a line of it. The last is the one in force."""

	def validate(self):
		# Runs only when a line is saved on its own, past everything its entry checks.
		frappe.throw(
			_(
				"“{0}” of {1} is kept by the procedure. Use the actions of the form (log a call, close, pause …) instead."
			).format(_("Answers promised"), self.parent),
			frappe.PermissionError,
		)

	def on_trash(self):
		self.validate()


def on_doctype_update():
	frappe.db.add_index("Prospect Answer Promise", list(IN_TIME))
