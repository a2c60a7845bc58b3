from frappe.model.document import Document

from prospect_mgmt import numbers


class ProspectLeadNumberSeries(Document):
	@property
	def next_number(self) -> str:
		"""The number this series gives next; shown, never stored."""
		return numbers.upcoming(self.series) if self.series else ""
