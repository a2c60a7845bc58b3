"""What is to be done now on entries, said once for the panel of the forms and for the worklist."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from frappe import _lt
from frappe.utils import get_datetime, now_datetime

from prospect_mgmt import reasons
from prospect_mgmt.entry import contacts, moves
from prospect_mgmt.entry.rules import rules_of
from prospect_mgmt.procedure import urgency
from prospect_mgmt.procedure.due_now import Standing, due_now

DECIDED_BY = (
	"name", "prospect_list", "stage", "agent", "task", "awaiting", "paused_until", "waiting_since", "acknowledged_on",
	"satisfied_on", "information_sent_on", "won_proposed", "done_on", "wrote_after_done_on", "do_not_contact", "email_id",
	"email_bounced_on",
)  # fmt: skip
# What a promise asks for once its time has run out, by the "only while" of the steps about it: one may have said "soon".
LATE = {
	"Not acknowledged": ("acknowledge_by", _lt("Get in touch with them")),
	"Not satisfied": ("satisfy_by", _lt("Answer their questions")),
	"Their answer waits": ("respond_by", _lt("Reply to their answer")),
}
SAID_BY = ("prospect_list", "task", "task_since", *(by for by, _text in LATE.values()))


def due_on(entries: Iterable, with_telephone: set[str]) -> dict[str, str]:
	"""{entry: what is to be done now, see `procedure.due_now`}, of documents or rows that have the fields DECIDED_BY.

	`with_telephone`: those that have a number which can be dialled.
	"""
	entries, moved_by = list(entries), cache(moves.events_by_stage)
	wrote_by = contacts.channels_of_latest([row.name for row in entries if row.waiting_since])
	return {
		row.name: due_now(
			_standing(row, row.name in with_telephone, wrote_by.get(row.name), moved_by(row.prospect_list))
		)
		for row in entries
	}


def task_in_words(entry) -> str:
	"""What the agent of an entry (or row with the fields SAID_BY) was asked to do, in the reader's words.

	What reminded them of a promise that has run out since says what the promise asks for.
	"""
	now = now_datetime()
	for step in rules_of(entry.prospect_list).steps if entry.task else ():
		by, text = LATE.get(step.only_while, ("", ""))
		ran_out = entry.get(by) and get_datetime(entry.task_since) <= get_datetime(entry.get(by)) < now
		if ran_out and entry.task == urgency.task_of(step.title, step.instruction):
			return str(text)
	return reasons.task_in_words(entry.task)


def _standing(row, has_telephone: bool, wrote_by: str | None, moved_by: dict[str, set[str]]) -> Standing:
	return Standing(
		is_done=bool(row.done_on),
		wrote_after_done=bool(row.wrote_after_done_on),
		has_agent=bool(row.agent),
		won_proposed=bool(row.won_proposed),
		is_agreed=bool(row.paused_until) and get_datetime(row.paused_until) > now_datetime(),
		answer_waits=bool(row.waiting_since),
		wrote_by=wrote_by,
		acknowledged=bool(row.acknowledged_on),
		informed=bool(row.information_sent_on),
		satisfied=bool(row.satisfied_on),
		has_task=bool(row.task),
		awaiting=row.awaiting,
		moved_by=frozenset(moved_by.get(row.stage, ())),
		has_telephone=has_telephone,
		has_mail=bool(row.email_id) and not row.email_bounced_on,
		do_not_contact=bool(row.do_not_contact),
	)
