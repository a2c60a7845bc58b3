"""Median and other ranks, by the database."""

from __future__ import annotations

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Min
from pypika import analytics
from pypika.terms import Function

from prospect_mgmt.reporting.sql import rows


def nearest_ranks(query, group, keys: list | None = None, **values) -> dict[str, dict]:
	"""{group: {name_50, name_90 …}} of a query without any select, in one reading.

	`values`: {name: (term, (50, 90))}. The same ranks as `review.nearest_rank`; a row of which a term is NULL does not
	count. `keys`: what the groups can be, where these are long texts, which take long to sort.
	"""
	if keys == []:
		return {}
	key = Function("FIELD", group, *keys) if keys else group
	for term, _shares in values.values():
		query = query.where(term.notnull())
	query = query.select(key.as_("key"), analytics.Count("*").over(key).as_("size"))
	for name, (term, _shares) in values.items():
		place = analytics.RowNumber().over(key).orderby(term)
		query = query.select(term.as_(name), place.as_(f"{name}_place"))
	outer = frappe.qb.from_(query).groupby(query.key).select(query.key)
	for name, (_term, shares) in values.items():
		for share in shares:
			enough = getattr(query, f"{name}_place") * 100 >= query.size * share
			outer = outer.select(Min(Case().when(enough, getattr(query, name))).as_(f"{name}_{share}"))
	found = {row.pop("key"): row for row in rows(outer)}
	return {keys[place - 1]: ranks for place, ranks in found.items() if place} if keys else found
