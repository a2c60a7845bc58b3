"""Rows written set by set, where a document of its own for each would cost too much."""

import frappe


def insert(doctype: str, records: list[dict]) -> None:
	"""Rows of one table in one statement; all have the fields of the first, which are columns of that table.

	Not `frappe.db.bulk_insert`, which takes longer to build its query than the database to carry it out.
	"""
	if not records:
		return
	# What is empty in all of them is so by itself.
	columns = [column for column in records[0] if any(record[column] is not None for record in records)]
	names = ", ".join(f"`{column}`" for column in columns)
	row = f"({', '.join(['%s'] * len(columns))})"
	values = [record[column] for record in records for column in columns]
	# Table and columns are ours; every value is bound.
	statement = f"INSERT INTO `tab{doctype}` ({names}) VALUES {', '.join([row] * len(records))}"
	frappe.db.sql(statement, values)
