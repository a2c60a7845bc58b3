"""By when a person of ours has something to do on an enquiry: what worklists are sorted by.

All datetimes are naive wall time of the site. `entry.ledger.show_next` says the same in SQL, for many entries at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from prospect_mgmt.procedure.clock import WorkingCalendar

ACKNOWLEDGE, SATISFY, RESPOND = "acknowledge", "satisfy", "respond"
TASK, REMINDER, AGREED, WROTE_AGAIN = "task", "reminder", "agreed", "wrote again"
END_OF_DAY = time(23, 59, 59)


@dataclass(frozen=True)
class Work:
	"""What of an enquiry asks something of us; None where nothing does. Fields as on Prospect List Entry."""

	acknowledge_by: datetime | None = None
	acknowledged_on: datetime | None = None
	satisfy_by: datetime | None = None
	satisfied_on: datetime | None = None
	respond_by: datetime | None = None
	waiting_since: datetime | None = None
	task_by: datetime | None = None
	paused_until: datetime | None = None
	done_on: datetime | None = None
	wrote_after_done_on: datetime | None = None
	reminder_on: datetime | None = None  # when the next reminder to the agent is due


def act_by(work: Work, now: datetime) -> datetime | None:
	"""The moment by which we must act; None while nothing is asked of us, so that we wait for them."""
	asked = first_asked(work, now)
	return asked[0] if asked else None


def first_asked(work: Work, now: datetime) -> tuple[datetime, str] | None:
	"""(by when, why) of what is asked of us first: a promise not kept yet, what the agent was told, the next reminder.

	A time agreed on with them goes before all of it; closed enquiries ask for nothing unless they wrote again.
	"""
	if work.done_on:
		wrote = work.wrote_after_done_on
		return (datetime.combine(wrote.date(), END_OF_DAY), WROTE_AGAIN) if wrote else None
	if work.paused_until and work.paused_until > now:
		return work.paused_until, AGREED
	asked = [
		(None if work.acknowledged_on else work.acknowledge_by, ACKNOWLEDGE),
		(None if work.satisfied_on else work.satisfy_by, SATISFY),
		(work.respond_by if work.waiting_since else None, RESPOND),
		(work.task_by, TASK),
		(work.reminder_on, REMINDER),
	]
	return min(((by, why) for by, why in asked if by), key=lambda found: found[0], default=None)


def task_of(title: str, instruction: str) -> str:
	"""What an agent is asked to do by a step, as the entry keeps it: its title and, on the next line, its instruction."""
	return "\n".join(filter(None, (title, instruction)))[:1000]


def task_by(asked_on: datetime, calendar: WorkingCalendar) -> datetime:
	"""What an agent is reminded of is to be done on that working day; outside of working time, on the next one."""
	return datetime.combine(calendar.next_opening(asked_on).date(), END_OF_DAY)
