"""The moves of entries from stage to stage, one by one."""

from __future__ import annotations

import frappe
from frappe.query_builder.functions import Count

from prospect_mgmt.reporting.sql import CHANGE, CHANGES_IN_TIME, ENTRY, of_entry, of_team, rows, table, within


def moves(asked, limit: int) -> list[dict]:
	"""The first `limit` moves of the period, oldest first; of one moment, in the order they were written."""
	change, entry = table(CHANGE), table(ENTRY)
	query = _moves(asked).select(
		change.changed_on,
		change.entry,
		entry.lead_name,
		change.prospect_list,
		change.from_stage,
		change.to_stage,
		change.changed_by,
		change.agent,
		change.cause,
		change.seconds_in_stage,
		change.working_seconds_in_stage,
	)
	for column in (change.changed_on, change.creation, change.entry, change.stage_visit):
		query = query.orderby(column)
	return query.limit(limit).run(as_dict=True)


def by_stage(asked) -> list[dict]:
	"""How many moves led to each stage, and of how many entries: [{stage, moves, entries}]."""
	change = table(CHANGE)
	query = (
		_moves(asked).groupby(change.to_stage).select(change.to_stage.as_("stage"), Count("*").as_("moves"))
	)
	return rows(query.select(Count(change.entry).distinct().as_("entries")).orderby(change.to_stage))


def entries(asked) -> int:
	"""How many entries moved."""
	return rows(_moves(asked).select(Count(table(CHANGE).entry).distinct().as_("entries")))[0].entries


def moved(asked):
	"""A query of the IDs of the entries that moved."""
	return _moves(asked).select(table(ENTRY).name)


def _moves(asked):
	"""Those of spam and duplicates, too: this is a ledger. Of an agent: who had the entry then."""
	change, entry = table(CHANGE), table(ENTRY)
	query = frappe.qb.from_(change)
	if asked.own.entry:
		query = query.where(change.entry == asked.own.entry)
	else:
		query = query.force_index(CHANGES_IN_TIME)
	query = query.join(entry).on(entry.name == change.entry).where(within(change.changed_on, asked))
	return query.where(of_team(asked.scope, change, change.agent)).where(of_entry(asked.scope, entry))
