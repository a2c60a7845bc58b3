"""The shipped question whether to close as unreachable said “Four attempts”, however many were made."""

import frappe

BEFORE, NOW = "Four attempts reached nobody. Close as", "Nobody was reached. Close as"
TEXTS = (
	("Prospect Procedure Step", "instruction", ""),
	("Prospect Due Step", "instruction", "AND status = 'Scheduled'"),
	("Prospect List Entry", "task", ""),
)


def execute():
	"""Of what is still to be asked; run twice it changes nothing."""
	for doctype, field, coming in TEXTS:
		frappe.db.sql(
			f"UPDATE `tab{doctype}` SET {field} = REPLACE({field}, %(before)s, %(now)s) "
			f"WHERE {field} LIKE %(like)s {coming}",
			{"before": BEFORE, "now": NOW, "like": f"%{BEFORE}%"},
		)
