"""The worklist: who needs me now. And the team: who has how much.

Only what is shown is read (law 9): each group through an index, in pages, counted to a CAP. And only one's own (law 11).
"""

from datetime import datetime, time

import frappe
from frappe import _
from frappe.query_builder.functions import Count
from frappe.utils import cint, get_datetime, get_fullname, now_datetime
from pypika.terms import Criterion

from prospect_mgmt import permissions
from prospect_mgmt.entry import covers, moves
from prospect_mgmt.procedure import urgency
from prospect_mgmt.procedure.steps import REMIND
from prospect_mgmt.reporting.sql import Visible

ENTRY, STEP, LIST = "Prospect List Entry", "Prospect Due Step", "Prospect List"
PAGE = 20  # rows of a group that are shown at first, and more with each "more"
CAP = 100  # more than so many are not counted
AT_ONCE = 100  # entries that one request may change
EVENTS, LISTS = 500, 20  # shown in the calendar; lists that it looks through
GROUPS = ("overdue", "today", "later", "waiting", "unassigned")
SHOWN = (
	"name", "lead", "enquiry", "prospect_list", "lead_name", "company_name", "interest", "stage", "agent", "cover",
	"task", "task_since", "next_step", "next_due_on", "act_by", "attempts", "pause_reason", "paused_until",
	"last_contact_on", "last_response_on", "mobile_no", "phone", "email_id", "do_not_contact", "unsubscribed",
	"won_proposed", "done_on",
)  # fmt: skip
DECIDED_BY = tuple(field for field in urgency.Work.__dataclass_fields__ if field != "reminder_on")


# ------------------------------------------------------------- my entries
@frappe.whitelist()
def get_worklist(
	agent: str | None = None,
	prospect_list: str | None = None,
	group: str | None = None,
	rows: int = PAGE,
) -> dict:
	"""The open entries of an agent (the caller when none is named) by urgency, and those that nobody has; moments are site time.

	{now, agent, agent_name, supervises, groups: [{key, rows, count, capped, more}]}; with `group` only that one, its
	first `rows` rows. Shows only what the caller may see.
	"""
	frappe.has_permission(ENTRY, "read", throw=True)
	user, now = agent or frappe.session.user, now_datetime()
	wanted = [group] if group in GROUPS else GROUPS
	size = min(max(cint(rows), PAGE), 10 * PAGE)
	return {
		"now": now,
		"agent": user,
		"agent_name": get_fullname(user),
		"supervises": supervised_lists(),
		"groups": [_group(key, user, prospect_list, size, now) for key in wanted],
	}


def _group(key: str, user: str, prospect_list: str | None, size: int, now: datetime) -> dict:
	conditions = _conditions(key, user, prospect_list, now)
	order = "next_due_on" if key == "waiting" else "act_by"
	found = [row for condition in conditions for row in _first(condition, order, size + 1)]
	found.sort(key=lambda row: row[order])
	number = len(found) if len(found) <= size else sum(count(condition) for condition in conditions)
	return {
		"key": key,
		"rows": _told(found[:size], now),
		"count": min(number, CAP),
		"capped": number > CAP,
		"more": len(found) > size,
	}


def _conditions(key: str, user: str, prospect_list: str | None, now: datetime) -> list[Criterion]:
	"""What is in a group, as conditions that are each one range of the index (…, agent, act_by, next_due_on)."""
	entry = frappe.qb.DocType(ENTRY)
	end_of_day = datetime.combine(now.date(), time(23, 59, 59))
	if key == "unassigned":
		lists = [prospect_list] if prospect_list else _lists()
		return [
			(entry.prospect_list == name) & entry.agent.isnull() & entry.act_by.isnotnull() for name in lists
		]
	when = {
		"overdue": entry.act_by < now,
		"today": (entry.act_by >= now) & (entry.act_by <= end_of_day),
		"later": entry.act_by > end_of_day,
		"waiting": entry.act_by.isnull() & entry.next_due_on.isnotnull(),  # nothing comes once it is closed
	}[key]
	if prospect_list:
		when &= entry.prospect_list == prospect_list
	return [(entry.agent == user) & when, (entry.cover == user) & (entry.agent != user) & when]


def _lists() -> list[str]:
	"""The lists in use that the caller may see: where those are that nobody has."""
	return frappe.get_list(LIST, filters={"enabled": 1}, pluck="name", order_by="name")


def _first(condition: Criterion, order: str, limit: int) -> list[dict]:
	entry = frappe.qb.DocType(ENTRY)
	columns = dict.fromkeys((*SHOWN, *DECIDED_BY))
	query = frappe.qb.from_(entry).select(*(entry[name] for name in columns)).where(condition)
	return query.where(Visible()).orderby(entry[order]).limit(limit).run(as_dict=True)


def count(condition: Criterion, cap: int = CAP) -> int:
	"""How many there are, counted to one more than `cap`."""
	entry = frappe.qb.DocType(ENTRY)
	few = frappe.qb.from_(entry).select(entry.name).where(condition).where(Visible()).limit(cap + 1)
	return frappe.qb.from_(few).select(Count("*")).run()[0][0]


def _told(rows: list[dict], now: datetime) -> list[dict]:
	"""Rows as they are shown: what is asked of us, by when and why."""
	reminders = _reminders([row.name for row in rows])
	return [_row(row, reminders.get(row.name), now) for row in rows]


def _row(row: dict, reminder: tuple | None, now: datetime) -> dict:
	work = urgency.Work(
		**{field: row[field] for field in DECIDED_BY}, reminder_on=reminder[0] if reminder else None
	)
	asked = urgency.first_asked(work, now)
	return {
		**{field: row[field] for field in SHOWN},
		"why": asked[1] if asked else None,
		"reminder": reminder[1] if reminder else None,
		"agent_name": get_fullname(row.agent) if row.agent else None,
	}


def _reminders(entries: list[str]) -> dict[str, tuple]:
	"""{entry: (due_on, title)} of the next reminder to the agent."""
	if not entries:
		return {}
	step = frappe.qb.DocType(STEP)
	query = frappe.qb.from_(step).select(step.entry, step.due_on, step.step_title).orderby(step.due_on)
	query = query.where(step.entry.isin(entries) & (step.status == "Scheduled") & (step.action == REMIND))
	found = {}
	for entry, due_on, title in query.run():
		found.setdefault(entry, (due_on, title))
	return found


# ------------------------------------------------------------- the team
@frappe.whitelist()
def get_team(prospect_list: str | None = None) -> dict:
	"""What each agent of the lists that the caller supervises has to do: {now, lists: [{name, unassigned, agents}]}.

	Each agent: {user, full_name, enabled, open, overdue, today, capacity, away, cover_name}; numbers are counted to a
	cap, beyond which they come as one more.
	"""
	frappe.has_permission(ENTRY, "read", throw=True)
	lists = supervised_lists()
	if not lists:
		frappe.throw(_("Only supervisors see what their team has to do."), frappe.PermissionError)
	now = now_datetime()
	return {
		"now": now,
		"cap": CAP,
		"lists": [_team(name, now) for name in lists if prospect_list in (None, "", name)],
	}


def supervised_lists() -> list[str]:
	"""The lists in use whose entries the caller may assign."""
	user = frappe.session.user
	filters = {"enabled": 1}
	if not permissions.sees_all(user):
		filters["name"] = ("in", permissions.lists_supervised(user))
	return frappe.get_list(LIST, filters=filters, pluck="name", order_by="name")


def _team(prospect_list: str, now: datetime) -> dict:
	entry = frappe.qb.DocType(ENTRY)
	nobody = (entry.prospect_list == prospect_list) & entry.agent.isnull() & entry.act_by.isnotnull()
	rows = frappe.get_cached_doc(LIST, prospect_list).agents
	return {
		"name": prospect_list,
		"unassigned": count(nobody),
		"agents": [_load(row, prospect_list, now) for row in rows],
	}


def _load(row, prospect_list: str, now: datetime) -> dict:
	entry = frappe.qb.DocType(ENTRY)
	theirs = (entry.prospect_list == prospect_list) & (entry.agent == row.user)
	overdue, asked = theirs & (entry.act_by < now), theirs & entry.act_by.isnotnull()
	today = theirs & (entry.act_by >= now) & (entry.act_by <= datetime.combine(now.date(), time(23, 59, 59)))
	waiting = theirs & entry.act_by.isnull() & entry.next_due_on.isnotnull()
	cover = covers.stand_in(prospect_list, row.user)
	return {
		"user": row.user,
		"full_name": get_fullname(row.user),
		"enabled": cint(row.enabled and frappe.get_cached_value("User", row.user, "enabled")),
		"open": count(asked, 10 * CAP) + count(waiting, 10 * CAP),
		"overdue": count(overdue),
		"today": count(today),
		"capacity": row.capacity,
		"away": covers.is_away(row),
		"cover_name": get_fullname(cover) if cover else None,
	}


# ------------------------------------------------------------- many at once
@frappe.whitelist(methods=["POST"])
def mark_spam(entries: list[str] | str) -> dict:
	"""Close several entries as spam: {done: [entry], refused: [{entry, why}]}."""
	return _each(entries, lambda entry: entry.close("Spam"))


@frappe.whitelist(methods=["POST"])
def undo_spam(entries: list[str] | str) -> dict:
	"""Reopen those of some entries that are closed as spam."""

	def reopen(entry) -> None:
		if entry.outcome != "Spam":
			frappe.throw(_("{0} was changed by somebody meanwhile.").format(entry.name))
		entry.reopen()

	return _each(entries, reopen)


@frappe.whitelist(methods=["POST"])
def assign(entries: list[str] | str, agent: str | None = None, note: str | None = None) -> dict:
	"""Give several entries to an agent, or to nobody: {done, refused, before: {entry: the agent it had}}."""
	before = {}

	def give(entry) -> None:
		had = entry.agent
		entry.assign(agent or None, note)
		before[entry.name] = had

	return {**_each(entries, give), "before": before}


@frappe.whitelist(methods=["POST"])
def undo_assign(before: dict | str, agent: str | None = None) -> dict:
	"""Give entries back to the agents they had, those that `agent` has still."""
	had = frappe.parse_json(before) if isinstance(before, str) else before

	def give_back(entry) -> None:
		if (entry.agent or None) != (agent or None):
			frappe.throw(_("{0} was changed by somebody meanwhile.").format(entry.name))
		entry.assign(had[entry.name] or None, _("Taken back") if entry.agent else None)

	return _each(list(had), give_back)


def _each(entries: list[str] | str, act) -> dict:
	"""Do something to each entry; one that refuses stops no other (law 8). Raises when the caller may touch none of them."""
	frappe.has_permission(ENTRY, "write", throw=True)
	names = sorted(set(frappe.parse_json(entries) if isinstance(entries, str) else entries))
	if len(names) > AT_ONCE:
		frappe.throw(_("At most {0} entries can be changed at once.").format(AT_ONCE))
	done, refused, forbidden = [], [], 0
	for name in names:
		frappe.db.savepoint("prospect_worklist")
		try:
			entry = frappe.get_doc(ENTRY, name)
			entry.begin("write")
			act(entry)
			done.append(name)
		except (frappe.PermissionError, frappe.DoesNotExistError):
			frappe.db.rollback(save_point="prospect_worklist")
			forbidden += 1
			refused.append({"entry": name, "why": _("it is not yours to change")})
		except frappe.ValidationError as error:
			frappe.db.rollback(save_point="prospect_worklist")
			refused.append({"entry": name, "why": frappe.utils.strip_html(str(error))})
		frappe.clear_messages()
	if names and forbidden == len(names):
		frappe.throw(_("None of these entries is yours to change."), frappe.PermissionError)
	return {"done": done, "refused": refused}


# ------------------------------------------------------------- the calendar
@frappe.whitelist()
def get_events(start: str, end: str) -> list[dict]:
	"""The next steps in a span of time, at most EVENTS: of the caller's entries and of the lists that they supervise."""
	frappe.has_permission(ENTRY, "read", throw=True)
	entry, me = frappe.qb.DocType(ENTRY), frappe.session.user
	owned = [entry.agent == me, entry.cover == me]
	stages = {state.state for state in moves.workflow().states}
	# Each is one range of an index: (agent, next_due_on), (cover, …), (prospect_list, stage, …).
	of_lists = [
		(entry.prospect_list == name) & (entry.stage == stage)
		for name in supervised_lists()[:LISTS]
		for stage in stages
	]
	columns = [entry[name] for name in ("name", "lead_name", "next_step", "next_due_on", "stage")]
	span = (entry.next_due_on >= get_datetime(start)) & (entry.next_due_on < get_datetime(end))
	found = {}
	for condition in [*owned, *of_lists]:
		query = frappe.qb.from_(entry).select(*columns).where(condition & span).where(Visible())
		for row in query.orderby(entry.next_due_on).limit(EVENTS).run(as_dict=True):
			found[row.name] = {**row, "title": f"{row.next_step}: {row.lead_name or row.name}"}
	return sorted(found.values(), key=lambda row: row["next_due_on"])[:EVENTS]
