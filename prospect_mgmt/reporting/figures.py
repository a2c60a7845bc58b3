"""The figures of `procedure.review`, computed by the database: of all, or of each agent, source or number prefix."""

from __future__ import annotations

from frappe.query_builder import Case
from frappe.query_builder.functions import Count, Sum
from pypika.terms import LiteralValue, ValueWrapper

from prospect_mgmt.procedure import review
from prospect_mgmt.procedure.review import percent
from prospect_mgmt.reporting import stages
from prospect_mgmt.reporting.sql import (
	ACT,
	CHANGE,
	ENTRY,
	REGISTER,
	Coalesce,
	MicrosecondsBetween,
	acts,
	changes,
	count_if,
	credit,
	entries,
	rows,
	table,
	within,
)

AGENT, SOURCE, PREFIX = "agent", "source", "prefix"
COUNTS = tuple(figure for figure in review.DEFINITIONS if figure != "success_rate")
DAY = 86400 * 1_000_000  # microseconds


def of(asked, group: str | None = None) -> dict[str, dict[str, float]]:
	"""{group: figures}; "" is without a group, and the only one when nothing is grouped."""
	result: dict[str, dict[str, float]] = {}
	for query in (_received(asked), _closed(asked), _open(asked), _acts(asked), _revived(asked)):
		for row in rows(_grouped(*query, group)):
			key = row.pop("key") or ""
			result.setdefault(key, dict.fromkeys(COUNTS, 0)).update({k: v or 0 for k, v in row.items()})
	if not group:
		result.setdefault("", dict.fromkeys(COUNTS, 0))
	for numbers in result.values():
		numbers["success_rate"] = percent(numbers["won"], numbers["closed"])
		sale_time = numbers.pop("time_to_sale", 0)
		numbers["days_to_sale"] = round(sale_time / numbers["won"] / DAY, 1) if numbers["won"] else 0.0
	return result


def _grouped(query, agent, group: str | None):
	"""The query with the group it is asked by as `key`; without one, everything is one group."""
	entry = table(ENTRY)
	if not group:
		return query.select(ValueWrapper("").as_("key"))
	if group == PREFIX:
		register = table(REGISTER)
		query = query.left_join(register).on(register.name == entry.lead)
	key = {AGENT: agent, SOURCE: entry.source, PREFIX: table(REGISTER).prefix}[group]
	key = Coalesce(key, "")
	return query.select(key.as_("key")).groupby(key)


def _received(asked):
	entry = table(ENTRY)
	query = entries(asked.scope).where(within(entry.first_contact_on, asked))
	query = query.select(
		Count("*").as_("received"),
		count_if(entry.acknowledge_status == review.KEPT).as_("acknowledged_in_time"),
		count_if(entry.acknowledge_status == review.BROKEN).as_("acknowledged_late"),
		count_if(entry.satisfy_status == review.KEPT).as_("satisfied_in_time"),
		count_if(entry.satisfy_status == review.BROKEN).as_("satisfied_late"),
		count_if(Coalesce(entry.quotation, "") != "").as_("quoted"),
		Sum(entry.quoted_amount).as_("quoted_amount"),
	)
	return query, entry.agent


def _closed(asked):
	entry = table(ENTRY)
	won = entry.outcome == "Won"
	query = entries(asked.scope).where(within(entry.done_on, asked))
	time = MicrosecondsBetween(LiteralValue("MICROSECOND"), entry.first_contact_on, entry.done_on)
	query = query.select(
		Count("*").as_("closed"),
		count_if(won).as_("won"),
		_sum_if(won, entry.sale_value).as_("sale_value"),
		_sum_if(won, time).as_("time_to_sale"),
	)
	return query, entry.agent


def _open(asked):
	entry = table(ENTRY)
	query = entries(asked.scope).where(entry.first_contact_on < asked.end)
	query = query.where(entry.done_on.isnull() | (entry.done_on >= asked.end))
	return query.select(Count("*").as_("open")), entry.agent


def _acts(asked):
	act = table(ACT)
	return acts(asked).select(*(count_if(condition).as_(figure) for figure, condition in act_figures().items())), credit(act)


def act_figures() -> dict:
	"""Which acts each figure counts, as conditions on interactions."""
	act = table(ACT)
	ours, spoken, person = act.direction == "Outgoing", act.channel.isin(review.SPOKEN), act.by == "Person"
	return {
		"calls": ours & spoken & person,
		"calls_reached": ours & spoken & person & act.result.isin(review.REACHED),
		"mails": ours & act.channel.notin(review.SPOKEN) & person,
		"automatic_mails": ours & act.channel.notin(review.SPOKEN) & (act.by == "Automatic"),
		"answers": (act.direction == "Incoming") & person,
	}


def revivals(asked):
	"""A query over the stage changes by which enquiries left Revive without being closed."""
	change = table(CHANGE)
	left = change.from_stage.isin(stages.revive() or [""]) & change.to_stage.notin(stages.closing() or [""])
	return changes(asked).where(left)


def _revived(asked):
	change = table(CHANGE)
	return revivals(asked).select(Count(change.entry).distinct().as_("revived")), change.agent


def _sum_if(condition, term):
	return Sum(Case().when(condition, term).else_(0))
