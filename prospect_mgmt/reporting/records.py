"""Objections, quality of the records and the ledger of steps: `procedure.review_records`, computed by the database."""

from __future__ import annotations

import frappe
from frappe.query_builder import Case, CustomFunction
from frappe.query_builder.functions import Cast, Count
from pypika.terms import ExistsCriterion, Function, LiteralValue, ValueWrapper

from prospect_mgmt.procedure import reason_kinds
from prospect_mgmt.procedure.review import SPOKEN
from prospect_mgmt.procedure.review_records import ENDS, LATE_RECORD, OBJECTIONS, QUALITY
from prospect_mgmt.reasons import KINDS
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
	agent_key,
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
	"""As `review_records.objections_heard`; `group`: source, agent, interest, whose values a key holds joined by SEPARATOR.

	(objection, None) counts all groups, TOGETHER any objection: an enquiry once, however often it was heard in it.
	"""
	told = _told(asked, group)
	query = frappe.qb.from_(told).groupby(told.said, told.key).rollup(vendor="mysql")
	query = query.select(
		told.said,
		told.key,
		*(count_distinct_if(c, told.entry).as_(figure) for figure, c in _objection_counts(told).items()),
	)
	found = {(row.pop("said"), row.pop("key")): row for row in rows(query)}
	found.setdefault(TOGETHER, frappe._dict.fromkeys(OBJECTIONS, 0))
	return found


def _key(heard, group: tuple[str, ...]):
	"""The group of what was heard. Whose figures it is in, the agent, is told by who heard it; all else by the enquiry."""
	values = [heard.agent if field == "agent" else Coalesce(table(ENTRY)[field], "") for field in group]
	return ConcatWs(SEPARATOR, *values) if values[1:] else values[0]


def objections_behind(
	asked, figure: str, objection: str | None, group: tuple[str, ...], key: str | None = None
):
	"""A query of the IDs of the entries that a figure counts; without a `key`, of all groups."""
	told = _told(asked, group)
	query = frappe.qb.from_(told).select(told.entry).where(_objection_counts(told)[figure])
	if objection:
		query = query.where(told.said == objection)
	return query if key is None else query.where(told.key == key)


def _told(asked, group: tuple[str, ...]):
	"""What was heard, with its group, and whether the enquiry was revived, and won: asked once of each."""
	heard, entry = _heard(asked, group), table(ENTRY)
	# A left join, though every entry is there: what was heard is gone through, not all entries.
	query = frappe.qb.from_(heard).left_join(entry).on(entry.name == heard.entry)
	won = entry.done_on.notnull() & (entry.outcome == "Won")
	return query.select(
		heard.entry,
		heard.objection.as_("said"),
		heard.closed,
		_key(heard, group).as_("key"),
		Case().when(_was_revived(heard), 1).else_(0).as_("revived"),
		Case().when(won, 1).else_(0).as_("won"),
	).as_("told")


def _heard(asked, group: tuple[str, ...]):
	"""(entry, objection, closed, agent): each time one was heard, in an act or as the enquiry was closed."""
	act, entry = table(ACT), table(ENTRY)
	said = acts(asked).where(Coalesce(act.objection, "") != "")
	said = said.select(entry.name.as_("entry"), act.objection.as_("objection"), ValueWrapper(0).as_("closed"))
	closed = (
		entries(asked.scope).where(within(entry.done_on, asked)).where(Coalesce(entry.objection, "") != "")
	)
	closed = closed.select(
		entry.name.as_("entry"), entry.objection.as_("objection"), ValueWrapper(1).as_("closed")
	)
	if "agent" in group:
		said = said.select(agent_key(asked.scope, credit(act), act.prospect_list).as_("agent"))
		closed = closed.select(agent_key(asked.scope, entry.agent, entry.prospect_list).as_("agent"))
	return (said * closed).as_("heard")  # a union of all: doublets are cheaper counted once than looked for


def _was_revived(heard):
	change = table(CHANGE)
	left = change.from_stage.isin(stages.revive() or [""]) & change.to_stage.notin(stages.closing() or [""])
	return ExistsCriterion(
		frappe.qb.from_(change).select(change.name).where((change.entry == heard.entry) & left)
	)


def _objection_counts(told) -> dict:
	revived = told.revived == 1
	return {
		"heard": ALWAYS,
		"closed": told.closed == 1,
		"revived": revived,
		"won_back": revived & (told.won == 1),
	}


# ------------------------------------------------------------- quality of the records
def quality(asked) -> dict[str, dict]:
	"""As `review_records.quality`."""
	result: dict[str, dict] = {}
	for query, agent, counts in (_received_parts(asked), _ours_parts(asked)):
		query = query.groupby(agent).select(
			agent.as_("key"), *(count_if(c).as_(figure) for figure, c in counts.items())
		)
		for row in rows(query):
			result.setdefault(row.pop("key"), _blank()).update(row)
	_query, agent, _counts = _ours_parts(asked)
	late = nearest_ranks(_ours(asked), agent, list(result), delay=(_record_delay(), (90,)))
	for agent, found in late.items():
		result[agent]["record_delay"] = found["delay_90"]
	return result


def record_delay(asked) -> int | None:
	"""As `review_records.record_delay`."""
	found = nearest_ranks(_ours(asked), ValueWrapper("all"), delay=(_record_delay(), (90,)))
	return found["all"]["delay_90"] if found else None


def _received_parts(asked) -> tuple:
	entry = table(ENTRY)
	return _received(asked), agent_key(asked.scope, entry.agent, entry.prospect_list), received_quality()


def _ours_parts(asked) -> tuple:
	act = table(ACT)
	return _ours(asked), agent_key(asked.scope, credit(act), act.prospect_list), act_quality()


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
	of_received = figure in received_quality()
	query, whose, counts = _received_parts(asked) if of_received else _ours_parts(asked)
	query = query.select(table(ENTRY).name).where(counts[figure])
	return query if agent is None else query.where(whose == agent)


# ------------------------------------------------------------- steps
def step_groups(scope) -> dict:
	"""What steps can be counted by."""
	step, entry = table(STEP), table(ENTRY)
	return {
		"Step": step.step_title,
		"Reason": _kind_of_reason(step),
		"Day": Date(step.due_on),
		"Agent": agent_key(scope, entry.agent, entry.prospect_list),
		"Prospect List": entry.prospect_list,
	}


def _kind_of_reason(step):
	"""As `reason_kinds.kind_of`; "" for what is still to come, whose reason says why it is held."""
	nothing = (step.status == "Scheduled") | (Coalesce(step.reason, "") == "")
	# Letter for letter: the collation of the column finds more to be the same.
	reason = Cast(step.reason, "BINARY")
	fixed = [words for words in KINDS if not reason_kinds.has_gap(words)]
	kind = Case().when(nothing, "").when(reason.isin(fixed), step.reason)
	for words in KINDS:
		if reason_kinds.has_gap(words):
			kind = kind.when(reason.like(reason_kinds.like(words)), words)
	return kind.else_(reason_kinds.OTHER)


def steps(asked, group: str) -> dict[str, dict]:
	"""As `review_records.steps`."""
	step, key = table(STEP), step_groups(asked.scope)[group]
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
	return query if key is None else query.where(step_groups(asked.scope)[group] == key)
