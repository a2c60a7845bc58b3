"""Auto Email Report with our reports: computed with the rights of the user that it names, and with text as text (law 10).

Frappe computes the script reports of an Auto Email Report as whoever sends it, which is the scheduler, and takes what the
cells of any report say for HTML, or a spreadsheet for a formula. No hook reaches there: `get_report_content` and
`make_links`, through which all rows of a mail go, are wrapped, for the reports of this app alone: of every type.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import frappe
from frappe import _
from frappe.utils import escape_html

from prospect_mgmt import compat
from prospect_mgmt.export import disarmed_csv, disarmed_xlsx
from prospect_mgmt.reporting import show

MODULE = "Prospect Mgmt"


def keep_rights() -> None:
	"""Before each request and job: wrap Frappe's functions, once in a process."""
	from frappe.email.doctype.auto_email_report import auto_email_report as frappes

	report = frappes.AutoEmailReport
	if getattr(report.get_report_content, "keeps_rights", False):
		return
	original, original_links = report.get_report_content, frappes.make_links

	def get_report_content(self):
		if not _is_ours(self.report):
			return original(self)
		length = nullcontext() if self.format == "HTML" else show.for_a_file()
		with compat.as_user(self.user), _text_as_text(), length:
			return _without_formulas(original(self), self.format)

	def make_links(columns, rows):
		if not frappe.flags.prospect_mail:
			return original_links(columns, rows)
		before = [dict(row) for row in rows]
		columns, rows = original_links(columns, rows)
		return columns, [_escaped(row, said) for row, said in zip(rows, before, strict=True)]

	get_report_content.keeps_rights = True
	report.get_report_content, frappes.make_links = get_report_content, make_links


def _without_formulas(content, file_format: str):
	"""Of a file each cell is judged as it stands there: Frappe takes HTML out of texts on the way."""
	if not content or file_format == "HTML":
		return content
	if file_format == "XLSX":
		return disarmed_xlsx(content)
	return disarmed_csv(content.encode() if isinstance(content, str) else content)


def _escaped(row: dict, before: dict) -> dict:
	"""The cells of a row as HTML. `before`: what they said before Frappe made links of some."""
	return row | {
		field: _as_html(row[field], value) for field, value in before.items() if isinstance(value, str)
	}


def _as_html(cell: str, said: str) -> str:
	"""A text, or the link that Frappe made of it, whose address it has quoted."""
	return escape_html(said) if cell == said else cell.replace(f">{said}</a>", f">{escape_html(said)}</a>")


def check_user(doc, method=None) -> None:
	"""Auto Email Report, validate: only a System Manager has our reports computed with somebody else's rights."""
	if doc.user == frappe.session.user or not _is_ours(doc.report) or not doc.has_value_changed("user"):
		return
	if "System Manager" not in frappe.get_roles():
		frappe.throw(
			_("Only a System Manager can have this report computed with the rights of somebody else."),
			frappe.PermissionError,
		)


def _is_ours(report: str) -> bool:
	return frappe.get_cached_value("Report", report, "module") == MODULE


@contextmanager
def _text_as_text() -> Iterator[None]:
	"""Meanwhile `make_links` hands out rows whose text is no HTML."""
	frappe.flags.prospect_mail = True
	try:
		yield
	finally:
		frappe.flags.prospect_mail = None
