import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from prospect_mgmt import permissions


class ProspectDueStep(Document):
	"""One step scheduled for one entry: the durable timer and the ledger of why and why not."""

	@frappe.whitelist(methods=["POST"])
	def retry(self):
		"""Try a failed step again, after its cause was mended: it is due now."""
		entry = frappe.get_doc("Prospect List Entry", frappe.db.get_value(self.doctype, self.name, "entry"))
		entry.begin("write")
		if not permissions.supervises(frappe.session.user, entry.prospect_list):
			frappe.throw(
				_("Only a supervisor of {0} can retry a step.").format(entry.prospect_list),
				frappe.PermissionError,
			)
		self.flags.for_update = True
		self.load_from_db()
		if self.status != "Failed":
			frappe.throw(_("Only a failed step can be retried; this one is {0}.").format(_(self.status)))
		if entry.done_on:
			frappe.throw(_("{0} is closed.").format(entry.name))
		now = now_datetime()
		# The ledger grants nobody the right to write: a supervisor's retry was checked above.
		self.db_set(
			{
				"status": "Scheduled",
				"due_on": now,
				"done_on": None,
				"reason": _("retried by {0}").format(frappe.session.user),
			}
		)
		entry.db_set({"next_step": self.step_title, "next_due_on": now}, update_modified=False)

	def validate(self):
		frappe.throw(
			_("The ledger of steps is kept by the procedure; it is not edited."), frappe.PermissionError
		)

	def on_trash(self):
		frappe.throw(_("The ledger of steps is kept as long as its entry."), frappe.PermissionError)


def on_doctype_update():
	frappe.db.add_unique(
		"Prospect Due Step",
		["entry", "procedure_step", "stage_visit", "anchor", "occurrence"],
		constraint_name="unique_step",
	)
	frappe.db.add_index("Prospect Due Step", ["status", "due_on", "entry"])  # what is due
	frappe.db.add_index("Prospect Due Step", ["entry", "status", "due_on"])  # what comes next for an entry
