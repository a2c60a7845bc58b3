"""The procedure of an entry, loaded from the site into the plain rules of `prospect_mgmt.procedure`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

import frappe
from frappe.utils import cint, get_datetime, get_system_timezone, getdate

from prospect_mgmt.procedure.clock import WorkingCalendar
from prospect_mgmt.procedure.standards import Standard
from prospect_mgmt.procedure.steps import Step

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Rules:
	"""One Prospect Procedure, ready to decide by."""

	name: str
	steps: tuple[Step, ...]
	calendar: WorkingCalendar
	acknowledge: Standard
	satisfy: Standard
	respond: Standard
	moves: tuple[tuple[str, str], ...]  # (event, workflow action), in the order of the procedure
	mail_only_in_working_hours: bool

	@property
	def mail_calendar(self) -> WorkingCalendar | None:
		"""The hours in which automatic mail may go out; None: at any hour."""
		return self.calendar if self.mail_only_in_working_hours else None

	def actions(self, event: str) -> list[str]:
		"""The workflow actions that an event means, in order of preference."""
		return [action for name, action in self.moves if name == event]


def rules_of(prospect_list: str) -> Rules:
	"""The rules that a list is worked by. Raises when the list or its procedure is gone."""
	return rules_of_procedure(frappe.get_cached_value("Prospect List", prospect_list, "procedure"))


def rules_of_procedure(procedure: str) -> Rules:
	"""The rules of a procedure, kept in the process until the procedure, its holidays or the timezone change."""
	doc = frappe.get_cached_doc("Prospect Procedure", procedure)
	key = (frappe.local.site, doc.name)
	version = (str(doc.modified), _holidays_version(doc.holiday_list), get_system_timezone())
	kept = _kept.get(key)
	if not kept or kept[0] != version:
		kept = _kept[key] = (version, _load(doc))
	return kept[1]


_kept: dict[tuple[str, str], tuple[tuple, Rules]] = {}


def _holidays_version(holiday_list: str | None) -> str:
	return str(frappe.get_cached_value("Holiday List", holiday_list, "modified")) if holiday_list else ""


def _load(doc) -> Rules:
	return Rules(
		name=doc.name,
		steps=tuple(_step(row) for row in doc.steps),
		calendar=calendar_of(doc),
		acknowledge=Standard(doc.acknowledge_within or 0, bool(doc.acknowledge_in_working_time)),
		satisfy=Standard(doc.satisfy_within or 0, bool(doc.satisfy_in_working_time)),
		respond=Standard(doc.respond_within or 0, bool(doc.respond_in_working_time)),
		moves=tuple((row.event, row.workflow_action) for row in doc.moves),
		mail_only_in_working_hours=bool(doc.send_mail_only_in_working_hours),
	)


def _step(row) -> Step:
	return Step(
		name=row.name,
		title=row.title,
		action=row.action,
		stage=row.stage or "",
		instruction=row.instruction or "",
		after=row.after or 0,
		in_working_time=bool(row.in_working_time),
		counted_from=row.counted_from,
		at_least_after_previous=row.at_least_after_previous or 0,
		repeat_every=row.repeat_every or 0,
		repeat_max=cint(row.repeat_max),
		email_template=row.email_template or None,
		workflow_action=row.workflow_action or None,
		skip_if_responded=bool(row.skip_if_responded),
		only_while=row.only_while or "",
	)


def calendar_of(doc) -> WorkingCalendar:
	"""The working time of a procedure, in the timezone of the site. Raises CalendarError on hours that cannot be."""
	windows: dict[int, list[tuple[time, time]]] = {}
	for row in doc.working_hours:
		windows.setdefault(WEEKDAYS.index(row.weekday), []).append((_time(row.from_time), _time(row.to_time)))
	return WorkingCalendar(windows, _holidays(doc.holiday_list), get_system_timezone())


def _time(value) -> time:
	if isinstance(value, timedelta):
		return (datetime.min + value).time()
	return get_datetime(f"2000-01-01 {value}").time()


def _holidays(holiday_list: str | None) -> list:
	if not holiday_list:
		return []
	return [getdate(row.holiday_date) for row in frappe.get_cached_doc("Holiday List", holiday_list).holidays]
