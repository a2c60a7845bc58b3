"""Rows written set by set, where a document of its own for each would cost too much; and questions put as one."""

import json
import operator
from collections.abc import Iterable
from functools import reduce

import frappe
from frappe.utils.global_search import sync_value
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError


def insert(doctype: str, records: list[dict]) -> None:
	"""Rows of one table in one statement; all have the fields of the first, which are columns of that table.

	Not `frappe.db.bulk_insert`, which takes longer to build its query than the database to carry it out.
	"""
	if not records:
		return
	names, cells, places = [], [], _Places()
	for column in records[0]:
		values = [record[column] for record in records]
		if values.count(values[0]) < len(values):
			cells.append([places[type(value), value] for value in values])
		elif values[0] is None:  # what is empty in all of them is so by itself
			continue
		else:
			cells.append([places[type(values[0]), values[0]]] * len(values))
		names.append(f"`{column}`")
	rows = ", ".join([f"({', '.join(row)})" for row in zip(*cells, strict=True)])
	# Table and columns are ours; every value is bound.
	statement = f"INSERT INTO `tab{doctype}` ({', '.join(names)}) VALUES {rows}"
	frappe.db.sql(statement, {str(at): value for at, (_type, value) in enumerate(places)})


class _Places(dict):
	"""Each value is bound once, however many cells have it: most are dates, users and zeros in all rows."""

	def __missing__(self, value: tuple[type, object]) -> str:
		place = self[value] = f"%({len(self)})s"
		return place


def make_searchable(documents: list[dict]) -> None:
	"""Put what Frappe's global search finds documents by into its queue, all at once; it does so one by one.

	`documents`: {doctype, name, title, content}.
	"""
	if frappe.conf.disable_global_search or not documents:
		return
	values = [{**each, "published": 0, "route": None} for each in documents]
	try:
		key = frappe.cache.make_key("global_search_queue")
		Redis.lpush(frappe.cache, key, *(json.dumps(value) for value in values))
	except RedisConnectionError:  # as Frappe does then
		for value in values:
			sync_value(value)


def together(queries: Iterable):
	"""Queries, each with an order and a limit of its own, as one; None where there are none."""
	few = [frappe.qb.from_(query).select("*") for query in queries]
	return frappe.qb.from_(reduce(operator.mul, few)) if few else None
