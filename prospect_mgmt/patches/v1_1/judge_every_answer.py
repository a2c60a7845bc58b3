"""Entries keep how each promise to answer was kept, not the last one only: told from the contacts of those that are there."""

import frappe
from frappe.utils import now_datetime

from prospect_mgmt.entry import contacts, progress

ENTRY = "Prospect List Entry"
PAGE = 500


def execute():
	"""Fill in the rows of entries that have none; run twice it changes nothing."""
	judged = frappe.get_all(
		progress.ANSWER, {"parenttype": ENTRY}, pluck="parent", distinct=True, order_by="parent"
	)
	promised = frappe.get_all(ENTRY, {"respond_by": ("is", "set")}, pluck="name", order_by="name")
	names = sorted(set(promised) - set(judged))
	for first in range(0, len(names), PAGE):
		for name in names[first : first + PAGE]:
			_judge(frappe.get_doc(ENTRY, name))
		frappe.db.commit()


def _judge(entry) -> None:
	progress.keep_answers(entry, contacts.answers_of(entry.name))
	progress.judge_promises(entry, now_datetime())
	for row in entry.answer_promises:
		row.db_insert()
