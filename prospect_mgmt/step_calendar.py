"""The calendar of next steps: all of a span of time, and where they are too many to show, how many on each day.

Each part is read through an index, and counted to a cap (law 9). And only what the caller may see (law 11).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import frappe
from frappe import _
from frappe.desk.reportview import get_filters_cond
from frappe.model import get_permitted_fields
from pypika.terms import Criterion

from prospect_mgmt import own_time
from prospect_mgmt.entry import checks, moves
from prospect_mgmt.reporting.sql import Visible
from prospect_mgmt.sent import Items
from prospect_mgmt.set_based import together
from prospect_mgmt.worklist import ENTRY, TEAM_CAP, count, read, supervised_lists

EVENTS = 500  # all of them are shown; of more, the first few of each day and how many there are
RANGES = 50  # of an index that one question reads in their order


@dataclass(frozen=True)
class _Steps:
	"""Next steps that the calendar shows: a condition read by an index, and the filters by which the list shows the same."""

	condition: Criterion
	index: str
	filters: list[list]
	how_many: str
	# Parts of it that are each in the order of time in the index; none: all of it is.
	in_time: tuple[Criterion, ...] = ()


@frappe.whitelist()
def get_events(start: str, end: str, filters: Items | None = None) -> list[dict]:
	"""The next steps in a span of time: of the caller's entries, of those they cover, of the lists that they supervise.

	Where one of these has more than EVENTS, the first few of each day (none where they are very many, of very many lists), and
	one event of the whole day that says how many there are (counted to TEAM_CAP) and has the `filters` of the list of them.
	`filters`: those of the list view, which leave out what does not meet them.
	"""
	frappe.has_permission(ENTRY, "read", throw=True)
	since, until = checks.moment(start, _("From")), checks.moment(end, _("Until"))
	shown, found = Visible() & _Filtered(filters), {}
	for steps in _calendar():
		found |= {event["name"]: event for event in _events(steps, shown, since, until)}
	return sorted(found.values(), key=lambda event: event["next_due_on"])


class _Filtered(Criterion):
	"""What meets the filters of a list view, as Frappe builds them, on fields of the entry that the caller may read.

	Frappe takes a field's name with "ifnull(" in it as it comes: it would say more than what to filter by.
	"""

	def __init__(self, filters: list | None):
		super().__init__()
		readable = get_permitted_fields(ENTRY)
		for asked in filters or ():
			if not isinstance(asked, list) or len(asked) < 4 or asked[0] != ENTRY or asked[1] not in readable:
				frappe.throw(_("The calendar cannot be filtered by {0}.").format(frappe.as_json(asked, None)))
		condition = get_filters_cond(ENTRY, filters, [], ignore_permissions=True) if filters else ""
		self.condition = condition.removeprefix(" and ").replace("%", "%%")  # values are bound besides

	def get_sql(self, **kwargs) -> str:
		return f"({self.condition or '1=1'})"


def _calendar() -> Iterator[_Steps]:
	entry, me, lists = frappe.qb.DocType(ENTRY), frappe.session.user, supervised_lists()
	yield _Steps(
		entry.agent == me,
		"agent_next_due_on_index",
		[[ENTRY, "agent", "=", me]],
		_("{0} steps of mine: show all"),
	)
	yield _Steps(
		entry.cover == me,
		"cover_next_due_on_index",
		[[ENTRY, "cover", "=", me]],
		_("{0} steps that I cover: show all"),
	)
	if lists:
		stages = sorted({state.state for state in moves.workflow().states})
		yield _Steps(
			entry.prospect_list.isin(lists) & entry.stage.isin(stages),
			"prospect_list_stage_next_due_on_index",
			[[ENTRY, "prospect_list", "in", lists]],
			_("{0} steps of the lists I supervise: show all"),
			tuple(
				(entry.prospect_list == name) & (entry.stage == stage) for name in lists for stage in stages
			),
		)


def _events(steps: _Steps, shown: Criterion, since: datetime, until: datetime) -> list[dict]:
	condition = steps.condition & _between(since, until) & shown
	if count(condition, steps.index, EVENTS) <= EVENTS:
		return [_event(row) for row in _first_steps([condition], steps.index, EVENTS)]
	days = list(own_time.days(frappe.session.user, since, until))
	few = max(EVENTS // len(days), 1)
	return [event for day in days for event in _of_day(steps, shown, *day, few)]


def _of_day(steps: _Steps, shown: Criterion, since: datetime, until: datetime, few: int) -> list[dict]:
	asked = _between(since, until) & shown
	number = count(steps.condition & asked, steps.index, TEAM_CAP)
	# Few enough are sorted; of very many the first are read in the order of the index, part by part, unless of too many parts.
	parts = steps.in_time if number > TEAM_CAP and steps.in_time else (steps.condition,)
	readable = number and len(parts) <= RANGES
	rows = _first_steps([part & asked for part in parts], steps.index, few) if readable else []
	whole_day = [_whole_day(steps, since, until, number)] if number > few else []
	return [*map(_event, rows), *whole_day]


def _between(since: datetime, until: datetime) -> Criterion:
	entry = frappe.qb.DocType(ENTRY)
	return (entry.next_due_on >= since) & (entry.next_due_on < until)


def _first_steps(parts: list[Criterion], index: str, limit: int) -> list[dict]:
	entry = frappe.qb.DocType(ENTRY)
	columns = [entry[name] for name in ("name", "lead_name", "next_step", "next_due_on", "stage")]
	query = together(
		read((part, index)).select(*columns).orderby(entry.next_due_on).limit(limit) for part in parts
	)
	found = query.select("*").run(as_dict=True)
	return sorted(found, key=lambda row: row.next_due_on)[:limit]


def _event(row: dict) -> dict:
	title = f"{_(row.next_step)}: {row.lead_name or row.name}"
	return {**row, "title": title, "tooltip": title, "all_day": 0}


def _whole_day(steps: _Steps, since: datetime, until: datetime, number: int) -> dict:
	"""An event that opens the list of all steps of a day."""
	title = steps.how_many.format(f"{TEAM_CAP}+" if number > TEAM_CAP else number)
	span = [[ENTRY, "next_due_on", ">=", str(since)], [ENTRY, "next_due_on", "<", str(until)]]
	return {
		"name": f"{steps.filters[0][1]} {since.date()}",
		"title": title,
		"tooltip": title,
		"next_due_on": since,
		"all_day": 1,
		"startEditable": 0,  # it cannot be dragged
		"filters": [*steps.filters, *span],
	}
