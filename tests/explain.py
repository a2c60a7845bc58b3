"""How MariaDB goes about the queries of a piece of work: each is explained right before it runs."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass

import frappe

VERBS = ("select", "update", "delete")
SCANS = ("ALL", "index")  # every row of a table, or every row of an index


@dataclass(frozen=True)
class Plan:
	"""One table of one query."""

	sql: str
	table: str
	type: str
	key: str | None
	rows: int
	extra: str

	def reads_too_much(self, few: int) -> bool:
		"""Whether it reads more than `few` rows by going through everything."""
		return self.type in SCANS and self.rows > few


@contextmanager
def explained(about: str = "tabProspect"):
	"""Yields a list that fills with a Plan for each table, of those whose name begins so, of each kind of query within."""
	plans, seen, run = [], set(), frappe.db.sql

	def sql(query, values=(), *args, **options):
		text = " ".join(str(query).split())
		kind = text.split(" IN (")[0]
		if text.split(" ")[0].lower() in VERBS and f"`{about}" in text and kind not in seen:
			seen.add(kind)
			plans.extend(_plans(run, text, values))
		return run(query, values, *args, **options)

	frappe.db.sql = sql
	try:
		yield plans
	finally:
		del frappe.db.sql


def _plans(run, text: str, values) -> list[Plan]:
	rows = run(f"EXPLAIN {text}", values, as_dict=True)
	return [
		Plan(text, row.table, row.type or "", row.key, int(row.rows or 0), row.Extra or "")
		for row in rows
		if row.table and not row.table.startswith("<")
	]


def table(plans: list[Plan]) -> str:
	"""For people: what is asked, and by which index."""
	return "\n".join(f"{p.type:8} {p.key or '-':48} {p.rows:9,}  {p.sql[:150]}" for p in plans)


@contextmanager
def counted():
	"""Yields a list that fills with the queries that run within."""
	queries, run = [], frappe.db.sql

	def sql(query, *args, **options):
		queries.append(" ".join(str(query).split()))
		return run(query, *args, **options)

	frappe.db.sql = sql
	try:
		yield queries
	finally:
		del frappe.db.sql
