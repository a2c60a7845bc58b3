"""Numbers that the register of lead numbers does not have, and why: `procedure.review_records.missing`, by the database.

They are counted beside the numbers of a period: those missing before one, and after the last one of its prefix. A count
over an index says whether anything is missing; what it is, is asked only where it is. A series with a date has a prefix
each day: many are asked about together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import frappe
from frappe.query_builder import CustomFunction
from frappe.query_builder.functions import Cast, Count, Max, Min, Sum
from pypika import analytics
from pypika.terms import Criterion, ValueWrapper

from prospect_mgmt import numbers
from prospect_mgmt.procedure import numbering
from prospect_mgmt.reporting.sql import REGISTER, Coalesce, rows, table

AT_ONCE = 100  # prefixes in one statement
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

	def before(self):
		"""A query of the number before the first; nothing when there is none."""
		register = table(REGISTER)
		return self.under().where(register.number < self.first).select(Max(register.number))

	def highest(self):
		"""A query of the last number of the prefix, whenever it was given."""
		return self.under().select(Max(table(REGISTER).number))

	def count(self):
		"""A query of how many numbers there are from the first to the last."""
		return self.under().where(table(REGISTER).number[self.first : self.last]).select(Count("*"))

	def is_of(self, register) -> Criterion:
		"""Whether a number is of this series and prefix."""
		return (register.series == self.series) & (register.prefix == self.prefix)


def beside(of_period, spans: Iterable[Span], by: dict) -> Iterator[dict]:
	"""{keys of `by`, series, prefix, missing, voided, is_after} of the numbers that a query gives, grouped by terms of these."""
	register, spans = table(REGISTER), list(spans)
	keys = {"series": register.series, "prefix": register.prefix, **by}
	for start in range(0, len(spans), AT_ONCE):
		some = spans[start : start + AT_ONCE]
		yield from _before_each(of_period, some, keys)
		yield from _after_the_last(of_period, some, keys)


def _each(spans: Sequence[Span], value: Callable[[Span], object]) -> dict[Span, int]:
	"""What a query of one number gives for each span, asked in one statement."""
	query = None
	for place, span in enumerate(spans):
		one = value(span).select(ValueWrapper(place))
		query = one if query is None else query * one
	return {spans[place]: number or 0 for number, place in query.run()} if query else {}


def _selected(of_period, keys: dict, spans: Iterable[Span], *more: Callable[[Span], Criterion]):
	"""The numbers of the period that are of some spans, each of which may ask for more."""
	register = table(REGISTER)
	of_period = of_period.select(*(term.as_(key) for key, term in keys.items()))
	wanted = (Criterion.all([span.is_of(register), *(one(span) for one in more)]) for span in spans)
	return of_period.where(Criterion.any(wanted))


def _before_each(of_period, spans: list[Span], keys: dict) -> Iterator[dict]:
	befores, counts = _each(spans, Span.before), _each(spans, Span.count)
	with_gaps = {s: before for s, before in befores.items() if counts[s] < s.last - before}
	if with_gaps:
		for row in rows(_grouped(_selected(of_period, keys, with_gaps), with_gaps, keys)):
			yield row.update(voided=row.missing - row.pop("taken"), is_after=False) or row


def _after_the_last(of_period, spans: list[Span], keys: dict) -> Iterator[dict]:
	drawn = numbers.current_values([span.prefix for span in spans])
	went_on = [span for span in spans if drawn.get(span.prefix, 0) > span.last]
	highest = _each(went_on, Span.highest)
	ends = [span for span in went_on if highest[span] == span.last]
	taken = _each(ends, lambda s: frappe.qb.from_(_taken([(s, s.last, drawn[s.prefix])])).select(Count("*")))
	missing = {(s.series, s.prefix): (drawn[s.prefix] - s.last, taken[s]) for s in ends}
	if ends:
		is_last = _selected(of_period, keys, ends, lambda span: table(REGISTER).number == span.last)
		for row in rows(is_last):
			count, of_leads = missing[(row.series, row.prefix)]
			yield row.update(missing=count, voided=count - of_leads, is_after=True) or row


def _grouped(of_period, befores: dict[Span, int], keys: dict):
	"""A query of what is missing before each number, summed up. `befores`: the number before each span."""
	register = table(REGISTER)
	several = len({span.prefix for span in befores}) > 1  # else the database need not sort by it
	earlier = analytics.Lag(register.number, 1).over(*([register.prefix] if several else []))
	ranges = Criterion.any(
		(register.prefix == span.prefix) & register.number[before : span.last]
		for span, before in befores.items()
	)
	numbered = frappe.qb.from_(register).where(ranges)
	numbered = numbered.select(
		register.name, register.prefix, register.number, earlier.orderby(register.number).as_("earlier")
	).as_("numbered")
	taken = _by_next(befores)
	query = of_period.join(numbered).on(numbered.name == register.name)
	query = query.left_join(taken).on((taken.prefix == numbered.prefix) & (taken.next == numbered.number))
	earlier = Coalesce(numbered.earlier, 0)
	query = query.where(numbered.number > earlier + 1)
	for term in keys.values():
		query = query.groupby(term)
	missing = Sum(numbered.number - earlier - 1)
	return query.select(missing.as_("missing"), Sum(Coalesce(taken.taken, 0)).as_("taken"))


def _by_next(befores: dict[Span, int]):
	"""{prefix, next: the number that follows, taken: how many IDs directly before it somebody has, or had}."""
	taken = _taken([(span, before, span.last) for span, before in befores.items()])
	register = table(REGISTER)
	following = frappe.qb.from_(register).select(Min(register.number))
	following = following.where((register.prefix == taken.prefix) & (register.number > taken.number))
	each = frappe.qb.from_(taken).select(taken.prefix, following.as_("next")).as_("each")
	query = frappe.qb.from_(each).select(each.prefix, each.next, Count("*").as_("taken"))
	return query.groupby(each.prefix).groupby(each.next).as_("taken")


def _taken(ranges: Iterable[tuple[Span, int, int]]):
	"""{prefix, number} after one number of a span, up to another, never given because a lead has, or had, their ID."""
	found = None
	for span, after, last in ranges:
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
	query = query.where(From(holder.name, len(span.prefix) + 1).regexp("^[0-9]+$"))
	return query.select(ValueWrapper(span.prefix).as_("prefix"), number.as_("number"))


def _ranges(span: Span, first: int, last: int) -> Iterator[tuple[str, str]]:
	"""The first and last ID of a range of numbers; a pair each for IDs of one length, which are sorted as their numbers are."""
	while first <= last:
		end = min(last, 10 ** max(span.digits, len(str(first))) - 1)
		yield tuple(numbering.number(span.prefix, span.digits, number) for number in (first, end))
		first = end + 1
