"""The moves of entries from stage to stage, one by one."""

from __future__ import annotations

import frappe
from frappe.query_builder.functions import Count

from prospect_mgmt.reporting import colleagues
from prospect_mgmt.reporting.sql import (
	CHANGE,
	CHANGES_IN_TIME,
	ENTRY,
	asks_of_entry,
	of_entry,
	of_team,
	table,
	within,
)


def moves(asked, limit: int) -> list[dict]:
	"""The first `limit` moves of the period, oldest first; of one moment, in the order they were written."""
	change, entry = table(CHANGE), table(ENTRY)
	query = _moves(asked, with_entry=True).select(
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
	if last := _nth_moment(asked, limit):
		query = query.where(change.changed_on <= last)
	for column in (change.changed_on, change.creation, change.entry, change.stage_visit):
		query = query.orderby(column)
	return query.limit(limit).run(as_dict=True)


def _nth_moment(asked, number: int):
	"""When the move of this number happened, found in the index alone; None where there are fewer."""
	change = table(CHANGE)
	query = _moves(asked).select(change.changed_on).orderby(change.changed_on)
	found = query.limit(1).offset(number - 1).run(pluck=True)
	return found[0] if found else None


def by_stage(asked) -> dict[str, int]:
	"""{stage: how many moves led to it}."""
	change = table(CHANGE)
	query = _moves(asked).groupby(change.to_stage).orderby(change.to_stage)
	return dict(query.select(change.to_stage, Count("*")).run())


def entries(asked) -> int:
	"""How many entries moved."""
	return _moves(asked).select(Count(table(CHANGE).entry).distinct()).run(pluck=True)[0]


def moved(asked):
	"""A query of the IDs of the entries that moved."""
	return _moves(asked, with_entry=True).select(table(ENTRY).name)


def _moves(asked, with_entry: bool = False):
	"""Those of spam and duplicates, too: this is a ledger. Of an agent: who had the entry then.

	Who supervises no list sees the moves of the entries they work, since each names its prospect.
	"""
	change, entry = table(CHANGE), table(ENTRY)
	query = frappe.qb.from_(change).where(within(change.changed_on, asked))
	if asked.own.entry:
		query = query.where(change.entry == asked.own.entry)
	else:
		query = query.force_index(CHANGES_IN_TIME)
	lists = colleagues.lists_named()
	if with_entry or lists is not None or asks_of_entry(asked.scope):
		query = query.join(entry).on(entry.name == change.entry).where(of_entry(asked.scope, entry))
	if lists is not None:
		user = frappe.session.user
		own = (entry.agent == user) | (entry.cover == user)
		query = query.where(own | change.prospect_list.isin(lists) if lists else own)
	return query.where(of_team(asked.scope, change, change.agent))
