"""Numbers that the register of lead numbers does not have, and why: `procedure.review_records.missing`, by the database.

They are counted beside the numbers of a period: those missing before one, and after the last one of its prefix. A count
over an index says whether anything is missing; what it is, is asked only where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import frappe
from frappe.query_builder import CustomFunction
from frappe.query_builder.functions import Cast, Count, Max, Min, Sum
from pypika import analytics

from prospect_mgmt import numbers
from prospect_mgmt.procedure import numbering
from prospect_mgmt.reporting.sql import REGISTER, Coalesce, rows, table

Length = CustomFunction("CHAR_LENGTH", ["text"])
From = CustomFunction("SUBSTRING", ["text", "place"])


@dataclass(frozen=True)
class Span:
	"""The numbers of a period under a prefix: from `first` to `last`."""

	series: str
	prefix: str
	first: int
	last: int

	@property
	def digits(self) -> int:
		return self.series.count("#")

	def under(self):
		"""A query over all numbers of the prefix."""
		register = table(REGISTER)
		return frappe.qb.from_(register).where(register.prefix == self.prefix)

	def before(self) -> int:
		"""The number before the first; 0 when there is none."""
		register = table(REGISTER)
		return self.under().where(register.number < self.first).select(Max(register.number)).run()[0][0] or 0


def beside(of_period, spans: Iterable[Span], by: dict) -> list[dict]:
	"""[{keys of `by`, series, prefix, missing, voided, is_after}] of the numbers that a query gives, grouped by terms of these."""
	register = table(REGISTER)
	keys = {"series": register.series, "prefix": register.prefix, **by}
	return [row for span in spans for row in _of_span(of_period, span, keys)]


def _of_span(of_period, span: Span, keys: dict) -> Iterator[dict]:
	register, before = table(REGISTER), span.before()
	of_period = of_period.where((register.series == span.series) & (register.prefix == span.prefix))
	of_period = of_period.select(*(term.as_(key) for key, term in keys.items()))
	there = span.under().where(register.number[span.first : span.last]).select(Count("*")).run()[0][0]
	if there < span.last - before:
		for row in rows(_grouped(of_period, span, before, keys)):
			yield row.update(voided=row.missing - row.pop("taken"), is_after=False) or row
	drawn = numbers.current_value(span.prefix)
	if drawn > span.last == span.under().select(Max(register.number)).run()[0][0]:
		missing = drawn - span.last
		[(taken,)] = frappe.qb.from_(_taken(span, span.last, drawn)).select(Count("*")).run()
		for row in rows(of_period.where(register.number == span.last)):
			yield row.update(missing=missing, voided=missing - taken, is_after=True) or row


def _grouped(of_period, span: Span, before: int, keys: dict):
	"""A query of what is missing before each number, summed up."""
	register = table(REGISTER)
	earlier = analytics.Lag(register.number, 1).over().orderby(register.number)
	numbered = span.under().where(register.number[before : span.last])
	numbered = numbered.select(register.name, register.number, earlier.as_("earlier")).as_("numbered")
	taken = _by_next(span, before)
	query = of_period.join(numbered).on(numbered.name == register.name)
	query = query.left_join(taken).on(taken.next == numbered.number)
	earlier = Coalesce(numbered.earlier, 0)
	query = query.where(numbered.number > earlier + 1)
	for term in keys.values():
		query = query.groupby(term)
	missing = Sum(numbered.number - earlier - 1)
	return query.select(missing.as_("missing"), Sum(Coalesce(taken.taken, 0)).as_("taken"))


def _by_next(span: Span, before: int):
	"""{next: the number that follows, taken: how many IDs directly before it somebody has, or had}."""
	taken, register = _taken(span, before, span.last), table(REGISTER)
	following = span.under().where(register.number > taken.number).select(Min(register.number))
	each = frappe.qb.from_(taken).select(following.as_("next")).as_("each")
	return frappe.qb.from_(each).select(each.next, Count("*").as_("taken")).groupby(each.next).as_("taken")


def _taken(span: Span, after: int, last: int):
	"""The numbers after one, up to another, that were never given because a lead has, or had, their ID."""
	found = None
	for doctype in ("Lead", REGISTER):
		for low, high in _ranges(span, after + 1, last):
			ids = _ids(span, table(doctype), low, high)
			found = ids if found is None else found + ids  # a union without doublets
	return found.as_("ids")


def _ids(span: Span, holder, low: str, high: str):
	own = table(REGISTER).as_("own")
	number = Cast(From(holder.name, len(span.prefix) + 1), "UNSIGNED")
	query = frappe.qb.from_(holder).left_join(own)
	query = query.on((own.name == holder.name) & (own.prefix == span.prefix))
	query = query.where(own.name.isnull() & holder.name[low:high] & (Length(holder.name) == len(low)))
	return query.where(From(holder.name, len(span.prefix) + 1).regexp("^[0-9]+$")).select(
		number.as_("number")
	)


def _ranges(span: Span, first: int, last: int) -> Iterator[tuple[str, str]]:
	"""The first and last ID of a range of numbers; a pair each for IDs of one length, which are sorted as their numbers are."""
	while first <= last:
		end = min(last, 10 ** max(span.digits, len(str(first))) - 1)
		yield tuple(numbering.number(span.prefix, span.digits, number) for number in (first, end))
		first = end + 1
