import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import nowdate

from prospect_mgmt import compat, numbers
from prospect_mgmt.procedure import numbering
from prospect_mgmt.reasons import said


class ProspectManagementSettings(Document):
	"""Lead numbers, the default list, and the one switch that stops all mail."""

	def validate(self):
		self._check_series()

	def on_update(self):
		for series in numbers.all_series_of(self):
			numbers.prepare(series, nowdate())

	def _check_series(self):
		fields = frappe.get_meta("Lead").get_valid_columns()
		seen = set()
		for row in self.lead_number_series:
			if row.source in seen:
				frappe.throw(
					_("Row {0}: the source {1} has a series already.").format(
						row.idx, frappe.bold(row.source)
					)
				)
			seen.add(row.source)
			_check(row.series, fields, _("Row {0}").format(row.idx))
		if self.default_series:
			_check(self.default_series, fields, _("Series for all other sources"))
		elif self.number_leads:
			frappe.throw(
				_("Give a series for all other sources, for example LEAD-.####, or switch numbering off.")
			)
		self._check_collisions()

	def _check_collisions(self):
		"""Two different series that could give the same number are refused; the same series is one counter for both."""
		distinct = {}
		for row in self.lead_number_series:
			distinct.setdefault(row.series, row.source)
		if self.default_series:
			distinct.setdefault(self.default_series, _("all other sources"))
		fields = frappe.get_meta("Lead").get_valid_columns()
		for source, other, why in numbering.collisions(
			{name: series for series, name in distinct.items()}, fields
		):
			frappe.throw(
				_("The series of {0} and of {1} collide: {2}").format(source, other, said(why)),
				title=_("Series collide"),
			)
		self._check_other_doctypes(distinct)

	def _check_other_doctypes(self, distinct: dict[str, str]):
		"""A lead is named beside other leads only, so other DocTypes do not matter, but ERPNext's own Lead series does."""
		own = (frappe.get_meta("Lead").get_field("naming_series").options or "").split("\n")
		for series, source in distinct.items():
			if series in own:
				frappe.throw(
					_(
						"The series of {0} is ERPNext's own naming series for leads: its counter is wound back when a lead is deleted. Choose another."
					).format(source)
				)

	@frappe.whitelist()
	def get_next_numbers(self) -> dict:
		"""For the form: the next number of each series, sources without one, and what each series does."""
		self.check_permission("read")
		rows = {row.source: _row(row.series) for row in self.lead_number_series if row.series}
		named = set(rows)
		sources = frappe.get_all(compat.source_doctype(), pluck="name", order_by="name")
		return {
			"rows": rows,
			"default": _row(self.default_series) if self.default_series else None,
			"without_series": [source for source in sources if source not in named],
		}


def _check(series: str, fields, label: str) -> None:
	try:
		numbering.check(series, fields)
	except numbering.SeriesError as error:
		frappe.throw(f"{label}: {said(error.args[0])}", title=_("Series cannot number leads"))


def _row(series: str) -> dict:
	try:
		return {
			"next": numbers.upcoming(series),
			"explanation": said(numbering.explain(series, frappe.utils.getdate())),
		}
	except (numbering.SeriesError, frappe.ValidationError) as error:
		return {"next": "", "explanation": said(error.args[0])}
