"""The figures of `procedure.review`, computed by the database: of all, or of each agent, source or number prefix."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.query_builder import Case, CustomFunction
from frappe.query_builder.functions import Sum
from pypika.queries import QueryBuilder
from pypika.terms import Criterion, LiteralValue, Term

from prospect_mgmt.procedure import review
from prospect_mgmt.procedure.review import percent
from prospect_mgmt.prospect_mgmt.doctype.prospect_list_entry.prospect_list_entry import OF_CLOSING
from prospect_mgmt.reporting import stages
from prospect_mgmt.reporting.sql import (
	ACT,
	ALWAYS,
	CHANGE,
	ENTRY,
	LEAVING_IN_TIME,
	REGISTER,
	Coalesce,
	MicrosecondsBetween,
	acts,
	agent_key,
	changes,
	count_distinct_if,
	count_if,
	credit,
	entries,
	rows,
	table,
	within,
)

AGENT, SOURCE, PREFIX = "agent", "source", "prefix"
TOTAL = None  # the key of all groups together
NOTHING = dict.fromkeys((*review.DEFINITIONS, "saved", *review.OF_GROUPS), 0)
# Figures that are computed from the entries of another.
SAME_ENTRIES = {
	"quoted_amount": "quoted",
	"sale_value": "won",
	"average_sale": "won",
	"days_to_sale": "won",
	"success_rate": "closed",
	"conversion": "converted",
}
DAY = 86400 * 1_000_000  # microseconds
NullIf = CustomFunction("NULLIF", ["value", "nothing"])
FirstOf = CustomFunction("COALESCE", ["value", "otherwise", "else"])


def of(
	asked, group: str | None = None, parts: Collection[str] | None = None
) -> dict[str | None, dict[str, float]]:
	"""{group: figures}; "" is without a group, TOTAL all together, and the only one when nothing is grouped.

	`parts`: of PARTS, those that are needed; the figures of the others stay 0.
	"""
	result: dict[str | None, dict[str, float]] = {TOTAL: dict(NOTHING)}
	for part in (PARTS[name](asked) for name in parts or PARTS):
		for row in _rows(part, group):
			numbers = result.setdefault(row.pop("key", TOTAL), dict(NOTHING))
			numbers.update({figure: value or 0 for figure, value in row.items()})
	for numbers in result.values():
		numbers["success_rate"] = percent(numbers["won"], numbers["closed"])
		numbers["conversion"] = percent(numbers["converted"], numbers["received"])
		numbers["average_sale"] = numbers["sale_value"] / numbers["won"] if numbers["won"] else 0.0
		sale_time = numbers.pop("time_to_sale", 0)
		numbers["days_to_sale"] = round(sale_time / numbers["won"] / DAY, 1) if numbers["won"] else 0.0
	return result


def behind(asked, figure: str, group: str | None = None, key: str | None = None):
	"""A query of the IDs of the entries that a figure (of a group) counts. Raises for a figure that is none."""
	figure = SAME_ENTRIES.get(figure, figure)
	for part in (make(asked) for make in PARTS.values()):
		if figure in part.counts:
			query = part.query.select(table(ENTRY).name).where(part.counts[figure])
			return query if key is None else _of_group(query, part.agent, group, key)
	frappe.throw(_("There is no figure “{0}”.").format(frappe.utils.escape_html(figure)))


@dataclass(frozen=True)
class _Part:
	"""Figures that one query gives: counts of rows by condition, and other aggregates."""

	query: QueryBuilder
	agent: Term  # whom a row is credited to, as the user is told
	counts: dict[str, Criterion]
	others: tuple[Term, ...] = ()

	def terms(self) -> list[Term]:
		return [*(count_if(condition).as_(figure) for figure, condition in self.counts.items()), *self.others]

	def together(self, groups: list[dict]) -> list[dict]:
		"""The figures of all groups, which are added up: a roll-up by the database would sort every row."""
		names = groups[0].keys() - {"key"} if groups else ()
		return [{name: sum(row[name] or 0 for row in groups) for name in names}]


def _rows(part: _Part, group: str | None) -> list[dict]:
	"""The figures of each group, which is its `key`; and of all together, which have none."""
	if not group:
		return rows(part.query.select(*part.terms()))
	query, key = _key(part.query, part.agent, group)
	found = rows(query.select(key.as_("key"), *part.terms()).groupby(key))
	return [*found, *part.together(found)]


def _of_group(query, agent, group: str | None, wanted: str):
	query, key = _key(query, agent, group)
	return query.where(key == wanted)


def _key(query, agent, group: str):
	entry, register = table(ENTRY), table(REGISTER)
	if group == AGENT:
		return query, agent
	if group == SOURCE:
		return query, Coalesce(entry.source, "")
	return query.left_join(register).on(register.name == entry.lead), _prefix()


def _prefix():
	"""The prefix of the lead's number; of a lead that was renamed, of the number it was first given."""
	entry, register, first = table(ENTRY), table(REGISTER), table(REGISTER).as_("first")
	renamed = frappe.qb.from_(first).select(first.prefix).where(first.lead == entry.lead)
	renamed = renamed.where((first.status == "Renamed") & (Coalesce(first.prefix, "") != ""))
	renamed = renamed.orderby(first.issued_on).orderby(first.name).limit(1)
	return FirstOf(NullIf(register.prefix, ""), renamed, "")


def _agent(asked, row):
	return agent_key(asked.scope, row.agent, row.prospect_list)


def _received(asked) -> _Part:
	entry = table(ENTRY)
	counts = {
		"received": ALWAYS,
		"acknowledged_in_time": entry.acknowledge_status == review.KEPT,
		"acknowledged_late": entry.acknowledge_status == review.BROKEN,
		"satisfied_in_time": entry.satisfy_status == review.KEPT,
		"satisfied_late": entry.satisfy_status == review.BROKEN,
		"quoted": Coalesce(entry.quotation, "") != "",
		"converted": entry.done_on.notnull() & (entry.outcome == "Won"),
	}
	query = entries(asked.scope).where(within(entry.first_contact_on, asked))
	return _Part(query, _agent(asked, entry), counts, (Sum(entry.quoted_amount).as_("quoted_amount"),))


def _closed(asked) -> _Part:
	entry = table(ENTRY)
	won = entry.outcome == "Won"
	query = entries(asked.scope).where(within(entry.done_on, asked))
	time = MicrosecondsBetween(LiteralValue("MICROSECOND"), entry.first_contact_on, entry.done_on)
	others = (_sum_if(won, entry.sale_value).as_("sale_value"), _sum_if(won, time).as_("time_to_sale"))
	return _Part(query, _agent(asked, entry), {"closed": ALWAYS, "won": won}, others)


def _open(asked) -> _Part:
	entry = table(ENTRY)
	# Else MariaDB reads all that were received before, instead of those that are open or were closed since.
	query = entries(asked.scope).force_index(frappe.db.get_index_name(OF_CLOSING))
	query = query.where(entry.first_contact_on < asked.end)
	query = query.where(entry.done_on.isnull() | (entry.done_on >= asked.end))
	return _Part(query, _agent(asked, entry), {"open": ALWAYS})


def _acts(asked) -> _Part:
	act = table(ACT)
	ours, spoken, person = act.direction == "Outgoing", act.channel.isin(review.SPOKEN), act.by == "Person"
	written = act.channel.notin(review.SPOKEN)
	counts = {
		"calls": ours & spoken & person,
		"calls_reached": ours & spoken & person & act.result.isin(review.REACHED),
		"mails": ours & written & person,
		"automatic_mails": ours & written & (act.by == "Automatic"),
		"answers": (act.direction == "Incoming") & person,
	}
	return _Part(acts(asked), agent_key(asked.scope, credit(act), act.prospect_list), counts)


def revivals(asked):
	"""A query over the stage changes by which enquiries left Revive without being closed."""
	change = table(CHANGE)
	left = change.from_stage.isin(stages.revive() or [""]) & change.to_stage.notin(stages.closing() or [""])
	return changes(asked, LEAVING_IN_TIME).where(left)


def _revived(asked) -> _Part:
	change = table(CHANGE)
	saved = (table(ENTRY).outcome == "Won") & table(ENTRY).done_on.notnull()
	return _Distinct(revivals(asked), _agent(asked, change), {"revived": ALWAYS, "saved": saved})


class _Distinct(_Part):
	"""Counts entries, however many rows each has."""

	def terms(self) -> list[Term]:
		return [
			count_distinct_if(condition, table(ENTRY).name).as_(figure)
			for figure, condition in self.counts.items()
		]

	def together(self, groups: list[dict]) -> list[dict]:
		"""Counted once more: an entry may be in several groups."""
		return rows(self.query.select(*self.terms()))


def _sum_if(condition, term):
	return Sum(Case().when(condition, term).else_(0))


# What one query each gives.
PARTS = {"received": _received, "closed": _closed, "open": _open, "acts": _acts, "revived": _revived}
