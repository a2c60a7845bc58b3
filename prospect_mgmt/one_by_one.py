"""Law 8 for what the scheduler does record by record: one that cannot be done is shown, and stops no other."""

from collections.abc import Callable, Iterable

import frappe


def each(doctype: str, names: Iterable[str], act: Callable[[str], object], fault: str) -> list[str]:
	"""Call `act(name)` for each record and commit; what fails is rolled back, logged with the record, and returned.

	`fault`: the title in the Error Log, with {0} for the name.
	"""
	failed = []
	for name in names:
		try:
			act(name)
			frappe.db.commit()
		except Exception:
			frappe.db.rollback()
			longest = frappe.db.VARCHAR_LEN
			title, of = fault.format(name)[:longest], name[:longest]
			frappe.log_error(title, reference_doctype=doctype, reference_name=of)
			failed.append(name)
	return failed
