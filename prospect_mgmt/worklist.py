"""The worklist: who needs me now. And the team: who has how much.

Only what is shown is read (law 9): each group through an index, in pages, counted to a CAP. And only one's own (law 11).
"""

from datetime import datetime

import frappe
from frappe import _
from frappe.query_builder.functions import Count
from frappe.utils import cint, get_fullname, now_datetime
from pypika.terms import Criterion, Field, ValueWrapper

from prospect_mgmt import contact_keys, health, own_time, permissions
from prospect_mgmt.entry import acts, covers
from prospect_mgmt.procedure import urgency
from prospect_mgmt.procedure.steps import REMIND
from prospect_mgmt.reasons import in_words, of_error
from prospect_mgmt.reporting.sql import Visible
from prospect_mgmt.sent import Names, Values
from prospect_mgmt.set_based import together

ENTRY, STEP, LIST = "Prospect List Entry", "Prospect Due Step", "Prospect List"
PAGE = 10  # rows of a group that are shown at first
MOST = 1000  # rows of a group that are shown at all
CAP, TEAM_CAP = 100, 999  # more are not counted; these are the same in every number format
OF_AGENT, OF_LIST = "agent_act_by_next_due_on_index", "prospect_list_agent_act_by_next_due_on_index"
BY_LIST = "prospect_list_act_by_index"  # of whatever agent
AT_ONCE = 100  # entries that one request may change
LISTS = 20  # shown together in the team view
GROUPS = ("overdue", "today", "later", "waiting", "unassigned")
SHOWN = (
	"name", "lead", "prospect_list", "lead_name", "company_name", "interest", "stage", "agent", "cover",
	"task", "next_step", "next_due_on", "act_by", "attempts", "pause_reason", "paused_until",
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

	{now, agent, agent_name, supervises, warnings, late_in_team, groups: [{key, rows, count, capped, more, cut_at}]}; with
	`group` only that one, its first `rows` rows, and no warnings (see `health`). `cut_at`: there are more than the MOST that
	are shown. Shows only what the caller may see. `late_in_team`: {count, capped} of what is overdue on the lists that a caller
	who has nothing supervises; None where they have something.
	"""
	frappe.has_permission(ENTRY, "read", throw=True)
	asked = _Asked(agent or frappe.session.user, prospect_list, min(max(cint(rows), PAGE), MOST))
	parts = {key: _ranges(key, asked) for key in ([group] if group in GROUPS else GROUPS)}
	found = _first_rows(parts, asked.size + 1)
	numbers = _count_of({key: parts[key] for key, rows in found.items() if len(rows) > asked.size})
	shown = {key: rows[: asked.size] for key, rows in found.items()}
	all_rows = [row for rows in shown.values() for row in rows]
	reminders = _reminders([row.name for row in all_rows])
	_say_what_is_dialled(all_rows)
	_say_what_is_due(all_rows)
	return {
		"now": asked.now,
		"agent": asked.user,
		"agent_name": get_fullname(asked.user),
		"supervises": asked.supervised,
		"warnings": [] if group else health.warnings(),
		"late_in_team": None if group or all_rows or agent else _late_in_team(asked),
		"groups": [
			{
				"key": key,
				"rows": [_row(row, reminders.get(row.name), asked.now) for row in rows],
				"count": min(numbers.get(key, len(rows)), CAP),
				"capped": numbers.get(key, 0) > CAP,
				"more": key in numbers and asked.size < MOST,
				"cut_at": MOST if key in numbers and asked.size == MOST else None,
			}
			for key, rows in shown.items()
		],
	}


class _Asked:
	"""What is asked for, with what is the same for every group."""

	def __init__(self, user: str, prospect_list: str | None, size: int):
		self.user, self.prospect_list, self.size = user, prospect_list, size
		self.now = now_datetime()
		self.visible = Visible()
		self.covers = bool(frappe.db.get_value(ENTRY, {"cover": user}, "name", order_by=None))
		lists = _lists_in_use()
		self.lists = [row.name for row in lists]
		self.supervised = [row.name for row in lists if _is_supervised(row)]


def _ranges(key: str, asked: _Asked) -> list[tuple[Criterion, str | None]]:
	"""What is in a group: conditions that are each one range of an index, and the index.

	It is named, since MariaDB would rather walk over all entries of an agent, the closed ones first.
	"""
	entry = frappe.qb.DocType(ENTRY)
	if key == "unassigned":
		lists = [asked.prospect_list] if asked.prospect_list else asked.lists
		nobody = entry.agent.isnull() & entry.act_by.isnotnull() & asked.visible
		return [((entry.prospect_list == name) & nobody, OF_LIST) for name in lists]
	when = when_due(entry, asked.now)[key] & asked.visible
	if asked.prospect_list:
		when &= entry.prospect_list == asked.prospect_list
	own = [((entry.agent == asked.user) & when, OF_AGENT)]
	return (
		[*own, ((entry.cover == asked.user) & (entry.agent != asked.user) & when, None)]
		if asked.covers
		else own
	)


def when_due(entry, now: datetime) -> dict[str, Criterion]:
	"""{group: by when we must act, for an entry to be in it}, as the caller's day is."""
	evening = own_time.end_of_today(frappe.session.user, now)
	return {
		"overdue": entry.act_by < now,
		"today": (entry.act_by >= now) & (entry.act_by <= evening),
		"later": entry.act_by > evening,
		"waiting": entry.act_by.isnull() & entry.next_due_on.isnotnull(),  # nothing comes once it is closed
	}


def _lists_in_use() -> list[dict]:
	"""The lists switched on that the caller works or supervises, or all: {name, supervisor, deputy}."""
	user, prospect_list = frappe.session.user, frappe.qb.DocType(LIST)
	query = frappe.qb.from_(prospect_list).where(prospect_list.enabled == 1).orderby(prospect_list.name)
	if not permissions.sees_all(user):
		agent = frappe.qb.DocType("Prospect List Agent")
		worked = (
			frappe.qb.from_(agent).select(agent.parent).where((agent.user == user) & (agent.enabled == 1))
		)
		mine = (prospect_list.supervisor == user) | (prospect_list.deputy == user)
		query = query.where(mine | prospect_list.name.isin(worked))
	return query.select(prospect_list.name, prospect_list.supervisor, prospect_list.deputy).run(as_dict=True)


def _is_supervised(row: dict) -> bool:
	user = frappe.session.user
	return permissions.sees_all(user) or user in (row.supervisor, row.deputy)


def _first_rows(parts: dict[str, list[tuple]], limit: int) -> dict[str, list[dict]]:
	"""The first rows of each group, in one question to the database."""
	entry = frappe.qb.DocType(ENTRY)
	asked = dict.fromkeys((*SHOWN, *DECIDED_BY, *acts.DECIDED_BY, *acts.SAID_BY))
	columns = [entry[name] for name in asked]
	query = together(
		read(part)
		.select(ValueWrapper(key).as_("group_key"), *columns)
		.orderby(entry[_order(key)])
		.limit(limit)
		for key, ranges in parts.items()
		for part in ranges
	)
	found = {key: [] for key in parts}
	for row in query.select("*").run(as_dict=True) if query else ():
		found[row.group_key].append(row)
	return {key: sorted(rows, key=lambda row, key=key: row[_order(key)]) for key, rows in found.items()}


def _late_in_team(asked: _Asked) -> dict:
	entry = frappe.qb.DocType(ENTRY)
	late = (entry.act_by < asked.now) & asked.visible
	lists = [name for name in asked.supervised if asked.prospect_list in (None, "", name)]
	parts = [((entry.prospect_list == name) & late, BY_LIST) for name in lists]
	number = _count_of({"late": parts}).get("late", 0)
	return {"count": min(number, CAP), "capped": number > CAP}


def _order(key: str) -> str:
	return "next_due_on" if key == "waiting" else "act_by"


def _count_of(parts: dict[str, list[tuple]], cap: int = CAP) -> dict[str, int]:
	"""How many there are in each part (those that are empty left out), counted to one more than `cap`, in one question."""
	name = frappe.qb.DocType(ENTRY).name
	query = together(
		read(part).select(ValueWrapper(key).as_("group_key"), name).limit(cap + 1)
		for key, ranges in parts.items()
		for part in ranges
	)
	if not query:
		return {}
	found = Field("group_key")
	return dict(query.groupby(found).select(found, Count("*")).run())


def count(condition: Criterion, index: str | None = None, cap: int = CAP) -> int:
	"""How many entries there are, counted to one more than `cap`."""
	few = read((condition, index)).select(frappe.qb.DocType(ENTRY).name).limit(cap + 1)
	return frappe.qb.from_(few).select(Count("*")).run()[0][0]


def read(part: tuple[Criterion, str | None]):
	"""A query of the entries that meet a condition, by an index when one is named."""
	condition, index = part
	query = frappe.qb.from_(frappe.qb.DocType(ENTRY)).where(condition)
	return query.force_index(index) if index else query


def _row(row: dict, reminder: tuple | None, now: datetime) -> dict:
	"""A row as it is shown: what is asked of us, by when and why."""
	work = urgency.Work(
		**{field: row[field] for field in DECIDED_BY}, reminder_on=reminder[0] if reminder else None
	)
	asked = urgency.first_asked(work, now)
	return {
		**{field: row[field] for field in SHOWN},
		"dial": row.dial,
		"due_now": row.due_now,
		"task": acts.task_in_words(row),
		"pause_reason": in_words(row.pause_reason),
		"next_step": _(row.next_step or ""),
		"why": asked[1] if asked else None,
		"reminder": _(reminder[1]) if reminder else None,
		"agent_name": get_fullname(row.agent) if row.agent else None,
	}


def _say_what_is_dialled(rows: list[dict]) -> None:
	"""Add to each row what a telephone dials: `dial`."""
	regions = contact_keys.regions([row.lead for row in rows]) if rows else {}
	for row in rows:
		row.dial = contact_keys.dialled(row.mobile_no or row.phone, regions.get(row.lead))


def _say_what_is_due(rows: list[dict]) -> None:
	"""Add to each row what is to be done now: `due_now`."""
	due = acts.due_on(rows, {row.name for row in rows if row.dial})
	for row in rows:
		row.due_now = due[row.name]


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
	"""What each agent of the lists that the caller supervises has to do: {now, supervises, warnings, more, lists: [{name, unassigned, agents}]}.

	Each agent: {user, full_name, is_agent, enabled, open, overdue, today, capacity, away, cover_name}; numbers are
	counted to a cap, beyond which they come as one more. Who is no agent of the list (any more) and still holds entries
	of it is there as well. `more`: how many lists beyond the first LISTS are not looked at; `prospect_list` names one.
	"""
	frappe.has_permission(ENTRY, "read", throw=True)
	lists = supervised_lists()
	if not lists:
		frappe.throw(_("Only supervisors see what their team has to do."), frappe.PermissionError)
	shown = [name for name in lists if prospect_list in (None, "", name)]
	return {
		"now": now_datetime(),
		"cap": TEAM_CAP,
		"supervises": lists,
		"warnings": health.warnings(),
		"more": len(shown[LISTS:]),
		"lists": teams_of(shown[:LISTS]),
	}


def teams_of(lists: list[str]) -> list[dict]:
	"""What each agent of these lists has to do, as in `get_team`. One question or two to the database for each list."""
	now, visible = now_datetime(), Visible()
	return [_team(name, now, visible) for name in lists]


def supervised_lists() -> list[str]:
	"""The lists in use whose entries the caller may assign."""
	return [row.name for row in _lists_in_use() if _is_supervised(row)]


def _team(prospect_list: str, now: datetime, visible: Criterion) -> dict:
	entry = frappe.qb.DocType(ENTRY)
	here = (entry.prospect_list == prospect_list) & visible
	agents = [*frappe.get_cached_doc(LIST, prospect_list).agents]
	known = {row.user for row in agents}
	others = [frappe._dict(user=user) for user in _holders(prospect_list) if user not in known]
	parts = {"nobody": [(here & entry.agent.isnull() & entry.act_by.isnotnull(), OF_LIST)]}
	for row in (*agents, *others):
		theirs = here & (entry.agent == row.user)
		for what, condition in when_due(entry, now).items():
			parts[f"{what} {row.user}"] = [(theirs & condition, OF_LIST)]
	numbers = _count_of(parts, TEAM_CAP)
	loads = [_load(row, prospect_list, numbers) for row in (*agents, *others)]
	return {
		"name": prospect_list,
		"unassigned": numbers.get("nobody", 0),
		"agents": [load for load in loads if load["is_agent"] or load["open"]],
	}


def _holders(prospect_list: str) -> list[str]:
	"""Who has, or ever had to the end, entries of a list: one look into the index for each of them."""
	entry = frappe.qb.DocType(ENTRY)
	query = frappe.qb.from_(entry).force_index(OF_LIST).where(entry.prospect_list == prospect_list)
	query = query.where(entry.agent.isnotnull()).groupby(entry.prospect_list, entry.agent)
	return query.orderby(entry.agent).select(entry.agent).run(pluck=True)


def _load(row, prospect_list: str, numbers: dict[str, int]) -> dict:
	number = {what: numbers.get(f"{what} {row.user}", 0) for what in ("overdue", "today", "later", "waiting")}
	cover = covers.stand_in(prospect_list, row.user)
	return {
		"user": row.user,
		"full_name": get_fullname(row.user),
		"is_agent": bool(row.name),
		"enabled": cint(row.enabled and frappe.get_cached_value("User", row.user, "enabled")),
		"open": sum(number.values()),
		"overdue": number["overdue"],
		"today": number["today"],
		"capacity": row.capacity,
		"away": covers.is_away(row),
		"cover_name": get_fullname(cover) if cover else None,
	}


# ------------------------------------------------------------- many at once
@frappe.whitelist(methods=["POST"])
def mark_spam(entries: Names) -> dict:
	"""Close several entries as spam: {done: [entry], refused: [{entry, why}]}."""
	return _each(entries, lambda entry: entry.close("Spam"))


@frappe.whitelist(methods=["POST"])
def undo_spam(entries: Names) -> dict:
	"""Reopen those of some entries that are closed as spam."""

	def reopen(entry) -> None:
		if entry.outcome != "Spam":
			frappe.throw(_("{0} was changed by somebody meanwhile.").format(entry.name))
		entry.flags.is_undone = True
		entry.reopen()

	return _each(entries, reopen)


@frappe.whitelist(methods=["POST"])
def assign(
	entries: Names,
	agent: str | None = None,
	note: str | None = None,
	request_key: str | None = None,
) -> dict:
	"""Give several entries to an agent, or to nobody: {done, refused, before: {entry: the agent it had}}."""
	before = {}

	def give(entry) -> None:
		entry.assign(agent or None, note, request_key)
		before[entry.name] = entry.agent_before

	return {**_each(entries, give), "before": before}


@frappe.whitelist(methods=["POST"])
def undo_assign(before: Values, agent: str | None = None) -> dict:
	"""Give entries back to the agents they had, those that `agent` has still."""

	def give_back(entry) -> None:
		if (entry.agent or None) != (agent or None):
			frappe.throw(_("{0} was changed by somebody meanwhile.").format(entry.name))
		entry.flags.is_undone = True
		entry.assign(before[entry.name] or None, _("Taken back") if entry.agent else None)

	return _each(list(before), give_back)


def _each(entries: list[str], act) -> dict:
	"""Do something to each entry; one that refuses stops no other (law 8). Raises when the caller may touch none of them."""
	frappe.has_permission(ENTRY, "write", throw=True)
	names = sorted(set(entries))
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
			refused.append({"entry": name, "why": of_error(error)})
		frappe.clear_messages()
	if names and forbidden == len(names):
		frappe.throw(_("None of these entries is yours to change."), frappe.PermissionError)
	return {"done": done, "refused": refused}
