"""Median and other ranks, by the database."""

from __future__ import annotations

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Count, Min
from pypika import analytics

from prospect_mgmt.reporting.sql import rows


def nearest_ranks(query, group, **values) -> dict[str, dict]:
	"""{group: {name_50, name_90 …, count}} of a query without any select.

	`values`: {name: (term, (50, 90))}. The same ranks as `review.nearest_rank`; rows whose term is NULL do not count.
	"""
	result: dict[str, dict] = {}
	for name, (term, shares) in values.items():
		for row in rows(_ranked(query.where(term.notnull()), group, name, term, shares)):
			result.setdefault(row.pop("key"), {}).update(row)
	return result


def _ranked(query, group, name: str, term, shares: tuple[int, ...]):
	place = analytics.RowNumber().over(group).orderby(term)
	ordered = query.select(
		group.as_("key"), term.as_("value"), place.as_("place"), analytics.Count("*").over(group).as_("size")
	)
	outer = frappe.qb.from_(ordered).groupby(ordered.key).select(ordered.key, Count("*").as_("count"))
	for share in shares:
		enough = ordered.place * 100 >= ordered.size * share
		outer = outer.select(Min(Case().when(enough, ordered.value)).as_(f"{name}_{share}"))
	return outer
