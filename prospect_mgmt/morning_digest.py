"""The morning digest: what is overdue, due today and waiting, by mail, in each user's own language and time."""

import operator
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce

import frappe
from frappe import _
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.query_builder.functions import Count
from frappe.utils import (
	cint,
	get_time,
	get_url,
	get_url_to_form,
	getdate,
	now_datetime,
)
from pypika.terms import Field

from prospect_mgmt import one_by_one, own_time, reader, worklist
from prospect_mgmt.entry import progress
from prospect_mgmt.entry.rules import rules_of
from prospect_mgmt.reporting.sql import Visible

SETTINGS = "Notification Settings"
LATEST = timedelta(hours=4)  # after its time; a site that was down in the morning sends none in the evening
ROWS = 10  # entries of a group that are named; of more, the number says enough
LISTS = 20  # lists that are named, those with the most to do; the others are summed up
NUMBERS = ("unassigned", "running_out", "overdue")  # of each list
GROUPS = {"overdue": "Overdue", "today": "Due today", "unassigned": "Nobody has it yet"}


def send_due() -> None:
	"""The scheduler's call every few minutes: a digest to each user whose morning it is (one commit each)."""
	if not EmailAccount.find_default_outgoing():
		return
	readers = _readers()

	def send(user: str) -> None:
		if _is_due(user, readers[user]):
			_send_to(user)

	one_by_one.each("User", readers, send, "The morning digest of {0} could not be sent")


def _readers() -> dict[str, list[str]]:
	"""{user: the lists in use that they work or supervise}, of enabled users."""
	lists: dict[str, set[str]] = {}
	for row in frappe.get_all(
		"Prospect List", filters={"enabled": 1}, fields=["name", "supervisor", "deputy"], order_by="name"
	):
		agents = (
			agent.user for agent in frappe.get_cached_doc("Prospect List", row.name).agents if agent.enabled
		)
		for user in {row.supervisor, row.deputy, *agents} - {None, ""}:
			lists.setdefault(user, set()).add(row.name)
	enabled = frappe.get_all(
		"User", filters={"name": ("in", list(lists) or [""]), "enabled": 1}, pluck="name"
	)
	return {user: sorted(lists[user]) for user in sorted(enabled)}


def _is_due(user: str, lists: list[str]) -> bool:
	"""Whether it is the user's time for it, on a day on which one of their lists works."""
	settings = frappe.get_cached_value(
		SETTINGS,
		user,
		[
			"enabled",
			"enable_email_notifications",
			"prospect_digest",
			"prospect_digest_at",
			"prospect_digest_sent_on",
		],
	)
	enabled, mails, wanted, at, sent_on = settings or (1, 1, 1, None, None)
	if not (cint(enabled) and cint(mails) and cint(wanted)):
		return False
	now = now_datetime()
	own = own_time.of(user, now)
	if sent_on and getdate(sent_on) >= own.date():
		return False
	due = datetime.combine(own.date(), get_time(at or "07:30"))
	return due <= own < due + LATEST and any(_works_on(name, now) for name in lists)


def _works_on(prospect_list: str, now: datetime) -> bool:
	"""Whether the list's procedure has working time on that day."""
	calendar = rules_of(prospect_list).calendar
	midnight = datetime.combine(now.date(), datetime.min.time())
	return calendar.next_opening(midnight).date() == now.date()


def _send_to(user: str) -> None:
	"""Queue the digest of a user, when there is anything to say; either way not again today."""
	own_day = own_time.of(user, now_datetime()).date()
	_remember(user, own_day)
	address = frappe.db.get_value("User", user, "email")
	doer = frappe.session.user
	frappe.set_user(user)  # sees what they may see (law 11)
	try:
		with reader.in_language(reader.language_of(user)):
			digest = contents(user)
			if digest["groups"] or digest["lists"]:
				_queue(address, digest)
	finally:
		frappe.set_user(doer)


def _remember(user: str, day) -> None:
	from frappe.desk.doctype.notification_settings.notification_settings import create_notification_settings

	create_notification_settings(user)
	frappe.db.set_value(SETTINGS, user, "prospect_digest_sent_on", day, update_modified=False)


def contents(user: str) -> dict:
	"""What the user who is logged in reads: {groups: [{title, count, rows}], lists: [{name, unassigned, running_out, agents}], others}.

	`others` sums up the lists that are not named, as {lists, unassigned, running_out, overdue}; None where all are.
	"""
	shown = worklist.get_worklist(agent=user)
	groups = [
		{
			"title": _(GROUPS[group["key"]]),
			"count": f"{group['count']}+" if group["capped"] else str(group["count"]),
			"rows": [_row(row) for row in group["rows"][:ROWS]],
		}
		for group in shown["groups"]
		if group["key"] in GROUPS and group["rows"]
	]
	lists = _lists()
	named, others = lists[:LISTS], lists[LISTS:]
	return {
		"groups": groups,
		"lists": [_named(row) for row in named],
		"others": _summed_up(others) if others else None,
	}


def _row(row: dict) -> dict:
	return {
		"name": row["name"],
		"link": get_url_to_form("Prospect List Entry", row["name"]),
		"who": row["lead_name"] or "",
		"what": row["task"].split("\n")[0] or row["reminder"] or row["next_step"],
		"by": own_time.shown(row["act_by"]),
	}


def _lists() -> list[dict]:
	"""All supervised lists in which a promise runs out today, somebody is late, or nobody has an enquiry; most to do first."""
	names = worklist.supervised_lists()
	running_out = _running_out(names) if names else {}
	found = []
	for row in worklist.teams_of(names):
		late = [agent for agent in row["agents"] if agent["overdue"]]
		numbers = {
			"unassigned": row["unassigned"],
			"running_out": running_out.get(row["name"], 0),
			"overdue": sum(agent["overdue"] for agent in late),
		}
		if any(numbers.values()):
			found.append({"name": row["name"], **numbers, "agents": late})
	return sorted(found, key=lambda row: -sum(row[what] for what in NUMBERS))


def _named(row: dict) -> dict:
	agents = [{"who": agent["full_name"], "overdue": _sum([agent["overdue"]])} for agent in row["agents"]]
	return {
		"name": row["name"],
		"unassigned": _sum([row["unassigned"]]),
		"running_out": row["running_out"],
		"agents": agents,
	}


def _summed_up(rows: list[dict]) -> dict:
	return {"lists": len(rows), **{what: _sum(row[what] for row in rows) for what in NUMBERS}}


def _sum(numbers: Iterable[int]) -> int | str:
	"""Of numbers that are each counted to a cap; where one is beyond it, so is the sum."""
	numbers = list(numbers)
	total = sum(min(number, worklist.TEAM_CAP) for number in numbers)
	return f"{total}+" if any(number > worklist.TEAM_CAP for number in numbers) else total


def _running_out(lists: list[str]) -> dict[str, int]:
	"""{list: in how many of its enquiries a promise not kept yet runs out before the reader's day is over}.

	Read by the index over each promise: cost follows what runs out today.
	"""
	entry, now = frappe.qb.DocType(worklist.ENTRY), now_datetime()
	until = own_time.end_of_today(frappe.session.user, now)
	visible = Visible()

	def running(promise: str):
		query = frappe.qb.from_(entry).select(entry.name, entry.prospect_list)
		by = entry[f"{promise}_by"]
		query = query.where((entry[f"{promise}_status"] == "Pending") & (by >= now) & (by <= until))
		return query.where(entry.prospect_list.isin(lists) & visible)

	# A union: an enquiry with two such promises is one.
	few = reduce(operator.add, (running(promise) for promise, _met in progress.PROMISES))
	prospect_list = Field("prospect_list")
	return dict(frappe.qb.from_(few).groupby(prospect_list).select(prospect_list, Count("*")).run())


def _queue(address: str, digest: dict) -> None:
	frappe.sendmail(
		recipients=[address],
		subject=_("Your prospects today"),
		template="prospect_digest",
		args={**digest, "worklist": get_url("/app/prospect-worklist")},
		header=[_("Prospect Management"), "blue"],
	)
