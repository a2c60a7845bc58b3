"""The ledger of due steps: between Prospect Due Step rows and the rows that `procedure.steps` decides on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime

import frappe
from frappe.utils import get_datetime, now_datetime

from prospect_mgmt.procedure.steps import Plan, Row

DOCTYPE = "Prospect Due Step"
ROW_FIELDS = tuple(f.name for f in fields(Row))
_FLAGS = ("skip_if_responded", "in_working_time")


def rows_of(entry: str) -> list[Row]:
	"""Every row of an entry, ended ones too, as it stands after all who wrote before us (a locking read)."""
	step = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(step).select(*ROW_FIELDS).where(step.entry == entry).orderby(step.due_on)
	return [as_row(values) for values in query.for_update().run(as_dict=True)]


def as_row(values: dict) -> Row:
	"""A database row of Prospect Due Step as the rules know it."""
	known = {name: values[name] for name in ROW_FIELDS if values.get(name) is not None}
	known.update({flag: bool(known.get(flag)) for flag in _FLAGS})
	known["due_on"] = get_datetime(known["due_on"])
	return Row(**known)


def add(entry: str, rows: Sequence[Row], **values) -> None:
	"""Schedule rows in one statement: a ledger row is not worth a document's 7 ms. `values` go over the rows' own."""
	if not rows:
		return
	now, user = now_datetime(), frappe.session.user
	common = {"entry": entry, "creation": now, "modified": now, "owner": user, "modified_by": user, "attempts": 0}
	records = [
		{**common, **asdict(row), "name": frappe.generate_hash(length=10), "original_due_on": row.due_on, **values}
		for row in rows
	]
	columns = list(records[0])
	frappe.db.bulk_insert(DOCTYPE, columns, [[record[c] for c in columns] for record in records])


def end(names: Iterable[str], status: str, reason: str, now: datetime, **values) -> None:
	"""Close rows that are still scheduled, with the reason that a supervisor reads."""
	names = [name for name in names if name]
	if not names:
		return
	step = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.update(step).where(step.name.isin(names) & (step.status == "Scheduled"))
	values = {"status": status, "reason": reason, "done_on": now, "modified": now, **values}
	for field, value in values.items():
		query = query.set(step[field], value)
	query.run()


def move(name: str, due_on: datetime, reason: str) -> None:
	"""Put a scheduled row off; the first promise stays in `original_due_on`."""
	frappe.db.set_value(DOCTYPE, name, {"due_on": due_on, "reason": reason})


def write(entry: str, plan: Plan, now: datetime) -> None:
	"""Carry a plan out in the ledger."""
	for row, reason in plan.skip:
		end([row.name], "Skipped", reason, now)
	add(entry, plan.add)
	for row, reason in plan.passed:
		add(entry, [row], status="Skipped", reason=reason, done_on=now)


def next_of(rows: Iterable[Row], plan: Plan | None = None) -> Row | None:
	"""The next coming row of an entry, with a plan taken into account that is not written yet."""
	skipped = {row.key for row, _reason in plan.skip} if plan else set()
	coming = [r for r in rows if r.status == "Scheduled" and r.key not in skipped] + (plan.add if plan else [])
	return min(coming, key=lambda r: r.due_on, default=None)
