"""Rows written set by set, where a document of its own for each would cost too much."""

import frappe


def insert(doctype: str, records: list[dict]) -> None:
	"""Rows of one table in one statement; all have the fields of the first, which are columns of that table.

	Not `frappe.db.bulk_insert`, which takes longer to build its query than the database to carry it out.
	"""
	_insert(f"tab{doctype}", records)


def _insert(table: str, records: list[dict], otherwise: str = "") -> None:
	if not records:
		return
	# What is empty in all of them is so by itself.
	columns = [column for column in records[0] if any(record[column] is not None for record in records)]
	names = ", ".join(f"`{column}`" for column in columns)
	# Each value that is there is bound once, however many rows have it: most are dates, users and zeros in all of them.
	places: dict[tuple[type, object], str] = {}
	rows = []
	for record in records:
		cells = ((type(value := record[column]), value) for column in columns)
		rows.append(f"({', '.join([places.setdefault(cell, f'%({len(places)})s') for cell in cells])})")
	values = {str(at): value for at, (_type, value) in enumerate(places)}
	# Table and columns are ours; every value is bound.
	statement = f"INSERT INTO `{table}` ({names}) VALUES {', '.join(rows)}{otherwise}"
	frappe.db.sql(statement, values)


def make_searchable(documents: list[dict]) -> None:
	"""What Frappe's global search finds documents by, which it would put into its queue one by one.

	`documents`: {doctype, name, title, content}.
	"""
	if frappe.conf.disable_global_search:
		return
	records = [{**each, "published": 0, "route": None} for each in documents]
	_insert(
		"__global_search",
		records,
		" ON DUPLICATE KEY UPDATE content = VALUES(content), title = VALUES(title)",
	)
