"""How an entry goes on: its promises, its stage, its plan. Called from the document's own hooks, before it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from functools import cache

import frappe
from frappe import _
from frappe.utils import cint, get_datetime, now_datetime

from prospect_mgmt.entry import amounts, contacts, covers, ledger, moves
from prospect_mgmt.entry.rules import Rules, rules_of
from prospect_mgmt.procedure import pauses, promised, standards, urgency
from prospect_mgmt.procedure.steps import ANCHORS, REMIND, Facts, Plan, Row, plan

# What a closed entry has no more, and one that is reopened has again.
PUT_DOWN = ("paused_until", "pause_reason", "agreed_time", "won_proposed")
ANSWER = "Prospect Answer Promise"
PROMISES = (("acknowledge", "acknowledged_on"), ("satisfy", "satisfied_on"), ("respond", "responded_on"))
_FACT_MOMENTS = (
	"first_contact_on",
	"acknowledged_on",
	"satisfied_on",
	"information_sent_on",
	"failed_attempt_on",
	"last_response_on",
	"waiting_since",
	"respond_by",
	"agreed_time",
	"unassigned_since",
	"done_on",
)

_WORK = tuple(f.name for f in fields(urgency.Work) if f.name != "reminder_on")


def facts_of(entry) -> Facts:
	"""The state of an entry (a document or a row of its table) that steps are decided by."""
	return Facts(
		stage=entry.stage or "",
		stage_visit=cint(entry.stage_visit),
		stage_entered_on=_moment(entry.stage_entered_on),
		**{field: _moment(entry.get(field)) for field in _FACT_MOMENTS},
	)


def _moment(value) -> datetime | None:
	return get_datetime(value) if value else None


def begin(entry, now: datetime) -> None:
	"""A new entry: its promises, its first stage, its first plan."""
	rules = rules_of(entry.prospect_list)
	entry.acknowledge_by = rules.acknowledge.due(entry.first_contact_on, rules.calendar)
	entry.satisfy_by = rules.satisfy.due(entry.first_contact_on, rules.calendar)
	entry.stage = moves.first_stage()
	entry.stage_visit = 1
	entry.stage_entered_on = now
	entry.awaiting = "Us"
	entry.unassigned_since = None if entry.agent else now
	entry.cover = covers.stand_in(entry.prospect_list, entry.agent)
	judge_promises(entry, now)
	entry.flags.stage_change = {"to_stage": entry.stage, "cause": entry.flags.cause or "Enrolled"}
	_plan(entry, rules, ANCHORS, [], now)


def go_on(entry, before) -> None:
	"""A changed entry: whatever changed since `before` (the document as it is in the database), the plan follows."""
	now = now_datetime()
	rules = rules_of(entry.prospect_list)
	fresh = set(entry.flags.fresh or ())
	if entry.agent != before.agent:
		entry.unassigned_since = None if entry.agent else now
		fresh.add("Unassigned since")
	if (entry.agent, entry.prospect_list) != (before.agent, before.prospect_list):
		entry.cover = covers.stand_in(entry.prospect_list, entry.agent)
	if entry.stage != before.stage:
		_enter_stage(entry, before, rules, now)
		fresh.update(ANCHORS)
	rows = ledger.rows_of(entry.name)
	if entry.prospect_list != before.prospect_list:
		_change_list(entry, rows, now)
		rows = ledger.rows_of(entry.name)
		fresh.update(ANCHORS)
	if (until := _moment(entry.paused_until)) != _moment(before.paused_until):
		entry.pauses = pauses.follow(entry.pauses, until, now)
	if entry.flags.automatic and was_untouched(before):
		entry.untouched_on = entry.modified
	judge_promises(entry, now)
	if not entry.flags.plan_follows:  # a move of the stage comes right after and plans
		_plan(entry, rules, fresh, rows, now)


def was_untouched(entry) -> bool:
	"""Whether only the procedure changed an entry since it was made."""
	return get_datetime(entry.modified) == get_datetime(entry.untouched_on or entry.creation)


def first_contact_was(entry, moment: datetime) -> None:
	"""The message or call that made the lead happened before the lead was there: the promises count from it."""
	made_the_lead = (
		entry.enrolled_by == "Rule" and entry.enquiry == 1 and moment < _moment(entry.first_contact_on)
	)
	if not made_the_lead or frappe.db.exists(contacts.DOCTYPE, {"entry": entry.name}):
		return
	rules = rules_of(entry.prospect_list)
	entry.first_contact_on = moment
	entry.acknowledge_by = rules.acknowledge.due(moment, rules.calendar)
	entry.satisfy_by = rules.satisfy.due(moment, rules.calendar)
	entry.flags.fresh = {"First contact"}


def _enter_stage(entry, before, rules: Rules, now: datetime) -> None:
	entered = _moment(before.stage_entered_on) or now
	entry.flags.stage_change = {
		"from_stage": before.stage,
		"to_stage": entry.stage,
		"cause": entry.flags.cause or "Workflow action",
		"seconds_in_stage": rules.calendar.measure(entered, now),
		"working_seconds_in_stage": rules.calendar.measure(entered, now, working=True),
	}
	entry.stage_visit = cint(before.stage_visit) + 1
	entry.stage_entered_on = now
	clear_task(entry)
	closing = moves.closing_stages(entry.prospect_list)
	if entry.stage in closing and not entry.done_on:
		close_fields(entry, now, closed_from=before.stage)
	elif before.stage in closing and entry.stage not in closing and before.done_on and entry.done_on:
		reopen_fields(entry)


def _change_list(entry, rows, now: datetime) -> None:
	entry.company = frappe.get_cached_value("Prospect List", entry.prospect_list, "company")
	entry.currency = frappe.get_cached_value("Company", entry.company, "default_currency")
	amounts.read(entry)
	reason = f"moved to the list {entry.prospect_list}"
	ledger.end([row.name for row in rows if row.status == "Scheduled"], "Skipped", reason, now)


def close_fields(entry, now: datetime, closed_from: str | None = None) -> None:
	"""What being closed means. Raises when nobody said how it ended."""
	if not entry.outcome:
		frappe.throw(
			_(
				"Say how it ended before you close {0}: use the Close button, which asks for the outcome."
			).format(entry.name),
			title=_("Outcome is missing"),
		)
	entry.done_on = now
	entry.open_lead = None
	entry.closed_from = closed_from or entry.stage
	entry.awaiting = "Nobody"
	_put_down(entry)
	clear_task(entry)


def _put_down(entry) -> None:
	"""Nothing waits for a closed entry; it is kept for who closed it by a slip."""
	kept = {field: entry.get(field) for field in PUT_DOWN if entry.get(field)}
	entry.put_down = frappe.as_json(kept, indent=None) if kept else None
	entry.update(dict.fromkeys(PUT_DOWN) | {"won_proposed": 0})


def _take_up(entry, now: datetime) -> None:
	"""A time that was agreed holds still, unless it has passed; so does the question whether a sale has won it."""
	kept = frappe.parse_json(entry.put_down or "{}")
	ahead = [moment for field in ("paused_until", "agreed_time") if (moment := _moment(kept.get(field)))]
	if ahead and max(ahead) <= now:
		kept = {"won_proposed": kept.get("won_proposed")}
	entry.update({field: kept.get(field) for field in PUT_DOWN if field != "won_proposed"})
	entry.won_proposed = cint(kept.get("won_proposed") and (entry.sale_value or 0) > 0)
	entry.put_down = None


def reopen_fields(entry) -> None:
	"""What being open again means: the promises are judged as if it had never been closed."""
	entry.done_on = entry.outcome = entry.objection = entry.objection_note = None
	entry.wrote_after_done_on = None
	entry.open_lead = entry.lead
	entry.awaiting = contacts.of_entry(entry.name).awaiting
	_take_up(entry, now_datetime())
	if not entry.agent:
		entry.unassigned_since = now_datetime()


def clear_task(entry) -> None:
	"""The agent did something: what they were reminded of no longer stands."""
	entry.task = entry.task_since = entry.task_by = None


def judge_promises(entry, now: datetime, turns: list | None = None) -> None:
	"""Write the status of each promise as it is at `now`, or as it was when the entry was closed; and how late it was kept,
	and how much of that it was the prospect's turn, or paused by agreement: `turns`, read from the interactions unless given."""
	judged = _judge(entry, _moment(entry.done_on) or now, turns)
	for promise, met_field in PROMISES:
		met_on = _moment(entry.get(met_field))
		if promise == "respond" and entry.waiting_since:
			met_on = None  # answered an earlier answer, not this one
		found = judged(_moment(entry.get(f"{promise}_by")), met_on)
		entry.update({f"{promise}_{what}": value for what, value in found.items()})
	for row in entry.answer_promises or ():
		row.update(judged(_moment(row.respond_by), _moment(row.responded_on)))


def _judge(entry, now: datetime, turns: list | None) -> Callable[[datetime | None, datetime | None], dict]:
	"""What says of a promise of an entry, by its moment and the one it was kept: {status, late, waited}."""
	calendar = rules_of(entry.prospect_list).calendar

	@cache
	def waits() -> list[pauses.Span]:
		theirs = contacts.turns_of(entry.name) if turns is None else turns
		return pauses.together([*theirs, *pauses.read(entry.pauses)])

	def judged(due_on: datetime | None, met_on: datetime | None) -> dict:
		status = standards.judge(due_on, met_on, now, closed=bool(entry.done_on), outcome=entry.outcome)
		late = waited = 0
		if status == standards.MISSED and met_on:
			late, waited = standards.delay(due_on, met_on, waits(), calendar)
		return {"status": status, "late": late, "waited": waited}

	return judged


def take_contacts(entry) -> set[str]:
	"""Read all interactions again and return which anchors they changed."""
	before = facts_of(entry)
	found = contacts.of_entry(entry.name)
	entry.update({field: getattr(found, field) for field in contacts.COMPUTED})
	if (
		found.email_bounced_on
		and entry.email_changed_on
		and found.email_bounced_on <= _moment(entry.email_changed_on)
	):
		entry.email_bounced_on = None  # it was another address that mail came back from
	entry.respond_by = respond_by(entry, found.asked_on)
	keep_answers(entry, contacts.answers_of(entry.name))
	if not entry.done_on:
		entry.awaiting = found.awaiting
	after = facts_of(entry)
	return {anchor for anchor in ANCHORS if before.moment(anchor) != after.moment(anchor)}


def respond_by(entry, asked_on: datetime | None) -> datetime | None:
	"""By when an answer of theirs is to have one of ours, as promised when it came; None without an answer of theirs."""
	if not asked_on:
		return None  # what was taken for their answer was none
	given = promised.read(entry.respond_promises)
	if asked_on not in given:
		rules = rules_of(entry.prospect_list)
		given[asked_on] = rules.respond.due(asked_on, rules.calendar)
		entry.respond_promises = promised.written(given)
	return given[asked_on]


def keep_answers(entry, answered: Mapping[datetime, datetime | None]) -> None:
	"""A row for each time that they waited for an answer of ours, as `contacts.answers_of` has it. Not judged yet."""
	known = {_moment(row.asked_on): row for row in entry.answer_promises or ()}
	rows = [known.get(asked_on) or frappe.new_doc(ANSWER) for asked_on in answered]
	for idx, (row, (asked_on, responded_on)) in enumerate(zip(rows, answered.items(), strict=True), 1):
		given = respond_by(entry, asked_on)
		row.update({"idx": idx, "asked_on": asked_on, "respond_by": given, "responded_on": responded_on})
	entry.set("answer_promises", rows)


def _plan(entry, rules: Rules, fresh, rows, now: datetime) -> None:
	"""Decide what the ledger becomes; `write` carries it out once the entry itself is in the database."""
	decided: Plan = plan(rules.steps, facts_of(entry), rows, fresh, rules.calendar, now)
	entry.flags.plan = decided
	show_next(entry, ledger.coming_of(rows, decided), now)


def show_next(entry, coming: list[Row], now: datetime) -> None:
	"""The next step as agents see it, which a pause puts off; and by when we must act."""
	row = next(iter(coming), None)
	entry.next_step = row.step_title if row else None
	entry.next_due_on = row.due_on if row else None
	if row and entry.paused_until:
		entry.next_due_on = max(row.due_on, _moment(entry.paused_until))
	entry.act_by = urgency.act_by(work_of(entry, coming), now)


def work_of(entry, coming: list[Row] = ()) -> urgency.Work:
	"""What of an entry (a document or a row of its table) asks something of us, with its coming rows, earliest first."""
	reminder = next((row.due_on for row in coming if row.action == REMIND), None)
	return urgency.Work(**{field: _moment(entry.get(field)) for field in _WORK}, reminder_on=reminder)


def write(entry) -> None:
	"""After the entry is written: its ledger, its Stage Change, in the same transaction."""
	now = now_datetime()
	if decided := entry.flags.pop("plan", None):
		ledger.write(entry.name, decided, now)
	if change := entry.flags.pop("stage_change", None):
		_write_stage_change(entry, change, now)


def _write_stage_change(entry, change: dict, now: datetime) -> None:
	doc = frappe.new_doc("Prospect Stage Change")
	doc.update(
		{
			"entry": entry.name,
			"prospect_list": entry.prospect_list,
			"agent": entry.agent,
			"changed_on": now,
			"stage_visit": entry.stage_visit,
			"changed_by": entry.flags.acting_user or frappe.session.user,
			**change,
		}
	)
	doc.flags.ignore_links = True  # a stage that was renamed since is still where the entry was
	doc.set_user_and_timestamp()
	doc.set_new_name()
	doc.db_insert()  # a ledger row: no hooks, no notifications, no version
