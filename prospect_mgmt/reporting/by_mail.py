"""Auto Email Report with our reports: computed with the rights of the user that it names, and with text as text.

Frappe computes the script reports of an Auto Email Report as whoever sends it, which is the scheduler. No hook reaches
there: `AutoEmailReport.get_report_content` is wrapped, for the reports of this app alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.utils import escape_html

from prospect_mgmt import compat

MODULE = "Prospect Mgmt"


def keep_rights() -> None:
	"""Before each request and job: wrap Frappe's method, once in a process."""
	from frappe.email.doctype.auto_email_report.auto_email_report import AutoEmailReport

	if getattr(AutoEmailReport.get_report_content, "keeps_rights", False):
		return
	original = AutoEmailReport.get_report_content

	def get_report_content(self):
		if not _is_ours(self.report):
			return original(self)
		with compat.as_user(self.user), _cells(self.format):
			return original(self)

	get_report_content.keeps_rights = True
	AutoEmailReport.get_report_content = get_report_content


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
def _cells(file_format: str) -> Iterator[None]:
	"""Meanwhile `show.result` hands out text that a mail does not take for HTML, nor a spreadsheet for a formula (law 10)."""
	from prospect_mgmt.sheet.writing import safe

	made: Callable[[str], str] = escape_html if file_format == "HTML" else safe
	frappe.flags.prospect_cells = made
	try:
		yield
	finally:
		frappe.flags.prospect_cells = None
