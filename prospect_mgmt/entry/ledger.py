"""The ledger of due steps: between Prospect Due Step rows and the rows that `procedure.steps` decides on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import datetime

import frappe
from frappe.utils import get_datetime, now_datetime

from prospect_mgmt import set_based
from prospect_mgmt.entry import watching
from prospect_mgmt.names import by_time
from prospect_mgmt.procedure.steps import THEY_ANSWERED, Plan, Row

DOCTYPE = "Prospect Due Step"
ROW_FIELDS = tuple(f.name for f in fields(Row))
NEVER = datetime(9999, 12, 31)
_FLAGS = ("skip_if_responded", "in_working_time")


def rows_of(entry: str, lock: bool = True) -> list[Row]:
	"""Every row of an entry, ended ones too; by a locking read, as it stands after all who wrote before us."""
	step = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(step).select(*ROW_FIELDS).where(step.entry == entry).orderby(step.due_on)
	return [as_row(values) for values in (query.for_update() if lock else query).run(as_dict=True)]


def as_row(values: dict) -> Row:
	"""A database row of Prospect Due Step as the rules know it."""
	known = {name: values[name] for name in ROW_FIELDS if values.get(name) is not None}
	known.update({flag: bool(known.get(flag)) for flag in _FLAGS})
	known["due_on"] = get_datetime(known["due_on"])
	return Row(**known)


def keys_of(entries: Collection[str]) -> set[tuple]:
	"""(entry, key) of every row that was ever scheduled for some entries."""
	if not entries:
		return set()
	step = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(step).select(
		step.entry, step.procedure_step, step.stage_visit, step.anchor, step.occurrence
	)
	return {(entry, tuple(key)) for entry, *key in query.where(step.entry.isin(sorted(entries))).run()}


def coming(entries: Collection[str]) -> set[str]:
	"""Those of some entries that have a coming step."""
	if not entries:
		return set()
	step = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(step).select(step.entry).distinct()
	return set(query.where(step.entry.isin(sorted(entries)) & (step.status == "Scheduled")).run(pluck=True))


def add(entry: str, rows: Sequence[Row], **values) -> None:
	"""Schedule rows of one entry; `values` go over the rows' own."""
	add_all([(entry, row) for row in rows], **values)


def add_all(pairs: Sequence[tuple[str, Row]], **values) -> None:
	"""Schedule rows (entry, row) in one statement: a ledger row is not worth a document's 7 ms."""
	now = now_datetime()
	set_based.insert(DOCTYPE, [record_of(entry, row, now) | values for entry, row in pairs])


def record_of(entry: str, row: Row, now: datetime) -> dict:
	"""A row as it stands in the database, written at `now`."""
	user = frappe.session.user
	return {
		"creation": now,
		"modified": now,
		"owner": user,
		"modified_by": user,
		"attempts": 0,
		**{field: getattr(row, field) for field in ROW_FIELDS},
		"entry": entry,
		"name": by_time(now),
		"original_due_on": row.due_on,
	}


def end(names: Iterable[str], status: str, reason: str, now: datetime, **values) -> None:
	"""Close rows that are still scheduled, with the reason that a supervisor reads."""
	names = [name for name in names if name]
	if not names:
		return
	_change(names, {"status": status, "reason": reason, "done_on": now, "modified": now, **values})


def take_up_again(entry) -> None:
	"""They had not answered after all: what was skipped in this stage because of it is due as it was.

	Comes before the plan of what was corrected, which skips again what another answer of theirs stands against.
	"""
	step = frappe.qb.DocType(DOCTYPE)
	query = (
		frappe.qb.update(step).set(step.status, "Scheduled").set(step.reason, None).set(step.done_on, None)
	)
	skipped = (step.status == "Skipped") & step.reason.like(f"{THEY_ANSWERED}%")
	query.where((step.entry == entry.name) & (step.stage_visit == entry.stage_visit) & skipped).run()


def hold(names: Collection[str], until: datetime, reason: str) -> None:
	"""Put scheduled rows off; the first promise stays in `original_due_on`."""
	_change(names, {"due_on": until, "reason": reason})


def _change(names: Collection[str], values: dict) -> None:
	"""Change those of some rows that are still scheduled, by primary key: the index over their status would lock others' rows."""
	fields = ", ".join(f"`{field}` = %({field})s" for field in values)
	# `frappe.qb` knows no index hint in an UPDATE; the fields are ours, their values are bound.
	frappe.db.sql(
		f"UPDATE `tabProspect Due Step` FORCE INDEX (PRIMARY) SET {fields} WHERE name IN %(names)s AND status = 'Scheduled'",
		{**values, "names": tuple(names)},
	)


def show_next(entries: Collection[str]) -> None:
	"""Show the next coming step of entries whose ledger was changed row by row; a pause puts it off (as in `progress`).

	With it, by when we must act (as in `procedure.urgency`); and whoever looks at a worklist sees it.
	"""
	if not entries:
		return
	# One statement for all of them; `frappe.qb` has no CONCAT inside MIN, which finds the title together with the date.
	frappe.db.sql(
		"""UPDATE `tabProspect List Entry` entry FORCE INDEX (PRIMARY) LEFT JOIN (
			SELECT step.entry, MIN(step.due_on) AS due_on, MIN(CONCAT(step.due_on, step.step_title)) AS first,
				MIN(IF(step.action = 'Remind agent', step.due_on, NULL)) AS reminder_on
			FROM `tabProspect Due Step` step
			WHERE step.entry IN %(names)s AND step.status = 'Scheduled' GROUP BY step.entry
		) coming ON coming.entry = entry.name
		SET entry.next_step = SUBSTRING(coming.first, 27),
			entry.next_due_on = GREATEST(coming.due_on, COALESCE(entry.paused_until, coming.due_on)),
			entry.act_by = CASE
				WHEN entry.done_on IS NOT NULL THEN entry.act_by
				WHEN entry.paused_until > %(now)s THEN entry.paused_until
				ELSE NULLIF(LEAST(
					IF(entry.acknowledged_on IS NULL, COALESCE(entry.acknowledge_by, %(never)s), %(never)s),
					IF(entry.satisfied_on IS NULL, COALESCE(entry.satisfy_by, %(never)s), %(never)s),
					IF(entry.waiting_since IS NULL, %(never)s, COALESCE(entry.respond_by, %(never)s)),
					COALESCE(entry.task_by, %(never)s),
					COALESCE(coming.reminder_on, %(never)s)
				), %(never)s) END
		WHERE entry.name IN %(names)s""",
		{"names": tuple(sorted(entries)), "now": now_datetime(), "never": NEVER},
	)
	watching.tell_of(entries)


def write(entry: str, plan: Plan, now: datetime) -> None:
	"""Carry a plan out in the ledger."""
	for row, reason in plan.skip:
		end([row.name], "Skipped", reason, now)
	add(entry, plan.add)
	for row, reason in plan.passed:
		add(entry, [row], status="Skipped", reason=reason, done_on=now)


def coming_of(rows: Iterable[Row], plan: Plan | None = None) -> list[Row]:
	"""The coming rows of an entry, earliest first, with a plan taken into account that is not written yet."""
	skipped = {row.key for row, _reason in plan.skip} if plan else set()
	coming = [r for r in rows if r.status == "Scheduled" and r.key not in skipped] + (
		plan.add if plan else []
	)
	return sorted(coming, key=lambda r: r.due_on)
