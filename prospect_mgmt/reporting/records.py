"""Objections, quality of the records and the ledger of steps: `procedure.review_records`, computed by the database."""

from __future__ import annotations

import frappe
from frappe.query_builder import Case, CustomFunction
from frappe.query_builder.functions import Count
from pypika.terms import ExistsCriterion, Function, LiteralValue, ValueWrapper

from prospect_mgmt.procedure.review import SPOKEN
from prospect_mgmt.procedure.review_records import ENDS, LATE_RECORD, OBJECTIONS, QUALITY
from prospect_mgmt.reporting import stages
from prospect_mgmt.reporting.promises import Date
from prospect_mgmt.reporting.ranks import nearest_ranks
from prospect_mgmt.reporting.sql import (
	ACT,
	ALWAYS,
	CHANGE,
	ENTRY,
	STEP,
	STEPS_IN_TIME,
	Coalesce,
	MicrosecondsBetween,
	acts,
	count_distinct_if,
	count_if,
	credit,
	entries,
	of_entry,
	of_team,
	rows,
	table,
	within,
)

TOGETHER = (None, None)
SEPARATOR = "\n"  # stands in no name, and a collation does not overlook it
Greatest = CustomFunction("GREATEST", ["one", "other"])
Trim = CustomFunction("TRIM", ["text"])


class ConcatWs(Function):
	"""Values joined by the first argument."""

	def __init__(self, *args):
		super().__init__("CONCAT_WS", *args)


# ------------------------------------------------------------- objections
def objections_heard(asked, group: tuple[str, ...]) -> dict[tuple[str | None, str | None], dict]:
	"""As `review_records.objections_heard`; `group`: fields of the entry, whose values a key holds joined by SEPARATOR.

	TOGETHER counts any objection: an enquiry once, however many were heard in it.
	"""
	heard = _heard(asked)
	entry = table(ENTRY)
	# Grouped by their names: else a COALESCE hides the NULL of a row that sums up.
	said, key = heard.objection.as_("said"), _key(entry, group).as_("key")
	# A left join, though every entry is there: what was heard is gone through, not all entries.
	query = frappe.qb.from_(heard).left_join(entry).on(entry.name == heard.entry)
	query = query.groupby(said, key).rollup(vendor="mysql").select(said, key)
	query = query.select(
		*(count_distinct_if(c, entry.name).as_(figure) for figure, c in _objection_counts(heard).items())
	)
	found = {(row.pop("said"), row.pop("key")): row for row in rows(query)}
	found.setdefault(TOGETHER, frappe._dict.fromkeys(OBJECTIONS, 0))
	return {keys: row for keys, row in found.items() if keys == TOGETHER or None not in keys}


def _key(entry, group: tuple[str, ...]):
	values = [Coalesce(entry[field], "") for field in group]
	return ConcatWs(SEPARATOR, *values) if values[1:] else values[0]


def objections_behind(asked, figure: str, objection: str | None, group: tuple[str, ...], key: str | None):
	"""A query of the IDs of the entries that a figure counts."""
	heard, entry = _heard(asked), table(ENTRY)
	query = frappe.qb.from_(heard).join(entry).on(entry.name == heard.entry).select(entry.name)
	query = query.where(_objection_counts(heard)[figure])
	return query.where((heard.objection == objection) & (_key(entry, group) == key)) if objection else query


def _heard(asked):
	"""(entry, objection, closed): each time one was heard, in an act or as the enquiry was closed."""
	act, entry = table(ACT), table(ENTRY)
	said = acts(asked).where(Coalesce(act.objection, "") != "")
	said = said.select(entry.name.as_("entry"), act.objection.as_("objection"), ValueWrapper(0).as_("closed"))
	closed = (
		entries(asked.scope).where(within(entry.done_on, asked)).where(Coalesce(entry.objection, "") != "")
	)
	closed = closed.select(
		entry.name.as_("entry"), entry.objection.as_("objection"), ValueWrapper(1).as_("closed")
	)
	return (said * closed).as_("heard")  # a union of all: doublets are cheaper counted once than looked for


def _objection_counts(heard) -> dict:
	entry, change = table(ENTRY), table(CHANGE)
	left = change.from_stage.isin(stages.revive() or [""]) & change.to_stage.notin(stages.closing() or [""])
	revived = ExistsCriterion(
		frappe.qb.from_(change).select(change.name).where((change.entry == heard.entry) & left)
	)
	won = entry.done_on.notnull() & (entry.outcome == "Won")
	return {"heard": ALWAYS, "closed": heard.closed == 1, "revived": revived, "won_back": revived & won}


# ------------------------------------------------------------- quality of the records
def quality(asked) -> dict[str, dict]:
	"""As `review_records.quality`."""
	act, entry = table(ACT), table(ENTRY)
	delay = _record_delay()
	result: dict[str, dict] = {}
	for query, agent, counts in (
		(_received(asked), entry.agent, received_quality()),
		(_ours(asked), credit(act), act_quality()),
	):
		agent = Coalesce(agent, "")
		query = query.groupby(agent).select(
			agent.as_("key"), *(count_if(c).as_(figure) for figure, c in counts.items())
		)
		for row in rows(query):
			result.setdefault(row.pop("key"), _blank()).update(row)
	late = nearest_ranks(_ours(asked), Coalesce(credit(act), ""), list(result), delay=(delay, (90,)))
	for agent, found in late.items():
		result[agent]["record_delay"] = found["delay_90"]
	return result


def _blank() -> dict:
	return {**dict.fromkeys(QUALITY, 0), "record_delay": None}


def _received(asked):
	return entries(asked.scope).where(within(table(ENTRY).first_contact_on, asked))


def _ours(asked):
	act = table(ACT)
	return acts(asked).where((act.by == "Person") & (act.direction == "Outgoing"))


def received_quality() -> dict:
	"""Which enquiries each figure counts."""
	entry = table(ENTRY)
	return {
		"received": ALWAYS,
		"no_interest": Coalesce(entry.interest, "") == "",
		"no_source": Coalesce(entry.source, "") == "",
		"bounced": entry.email_bounced_on.notnull(),
	}


def act_quality() -> dict:
	"""Which of our acts each figure counts."""
	act = table(ACT)
	call = act.channel.isin(SPOKEN)
	return {
		"calls": call,
		"no_summary": call & (Trim(Coalesce(act.summary, "")) == ""),
		"recorded": ALWAYS,
		"recorded_late": act.recorded_on.notnull() & (_record_delay() > LATE_RECORD),
	}


def _record_delay():
	act = table(ACT)
	return Greatest(MicrosecondsBetween(LiteralValue("SECOND"), act.occurred_on, act.recorded_on), 0)


def quality_behind(asked, figure: str, agent: str | None):
	"""A query of the IDs of the entries that a figure (of an agent) counts."""
	entry = table(ENTRY)
	if figure in received_quality():
		query, whose, counts = _received(asked), entry.agent, received_quality()
	else:
		query, whose, counts = _ours(asked), credit(table(ACT)), act_quality()
	query = query.select(entry.name).where(counts[figure])
	return query if agent is None else query.where(Coalesce(whose, "") == agent)


# ------------------------------------------------------------- steps
def step_groups() -> dict:
	"""What steps can be counted by."""
	step, entry = table(STEP), table(ENTRY)
	return {
		"Step": step.step_title,
		"Reason": Case().when(step.status == "Scheduled", "").else_(Coalesce(step.reason, "")),
		"Day": Date(step.due_on),
		"Agent": Coalesce(entry.agent, ""),
		"Prospect List": entry.prospect_list,
	}


def steps(asked, group: str) -> dict[str, dict]:
	"""As `review_records.steps`."""
	step, key = table(STEP), step_groups()[group]
	query = _steps(asked).groupby(key).select(key.as_("key"), Count("*").as_("due"))
	query = query.select(*(count_if(step.status == status).as_(figure) for figure, status in ENDS.items()))
	return {row.pop("key"): row for row in rows(query)}


def _steps(asked):
	step, entry = table(STEP), table(ENTRY)
	query = frappe.qb.from_(step).force_index(STEPS_IN_TIME).join(entry).on(entry.name == step.entry)
	# Every status is named: the index begins with it.
	query = query.where(step.status.isin(list(ENDS.values()))).where(within(step.due_on, asked))
	return query.where(of_team(asked.scope, entry, entry.agent)).where(of_entry(asked.scope, entry))


def steps_behind(asked, figure: str, group: str, key: str | None):
	"""A query of the IDs of the entries whose steps a figure counts."""
	query = _steps(asked).select(table(ENTRY).name)
	if figure != "due":
		query = query.where(table(STEP).status == ENDS[figure])
	return query if key is None else query.where(step_groups()[group] == key)
