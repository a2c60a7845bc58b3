from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from prospect_mgmt.names import by_time
from prospect_mgmt.reasons import in_words

# What reports of a period ask for stands in these: they read it without the rows.
IN_TIME = ("prospect_list", "changed_on", "to_stage", "entry", "agent")
LEAVING_IN_TIME = ("prospect_list", "from_stage", "changed_on", "to_stage", "agent", "entry")


class ProspectStageChange(Document):
	"""Written once when the stage moves, never edited."""

	def autoname(self):
		self.name = by_time(self.changed_on)

	def onload(self):
		"""Its form, which nobody saves, says why in its reader's words."""
		self.cause = in_words(self.cause)

	def validate(self):
		frappe.throw(
			_("Stage changes are written by the procedure; they are not edited."), frappe.PermissionError
		)

	def on_trash(self):
		frappe.throw(_("Stage changes are kept as long as their entry."), frappe.PermissionError)


def on_doctype_update():
	frappe.db.add_index("Prospect Stage Change", ["entry", "changed_on"])
	# The funnel reads the moves of an entry from this index alone.
	funnel = ["entry", "to_stage", "from_stage", "seconds_in_stage", "working_seconds_in_stage"]
	frappe.db.add_index("Prospect Stage Change", funnel, index_name="funnel_index")
	frappe.db.add_index("Prospect Stage Change", list(IN_TIME))
	frappe.db.add_index("Prospect Stage Change", list(LEAVING_IN_TIME))
