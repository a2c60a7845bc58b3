"""What becomes of a step that is due: it fires, it is held, or it is skipped, each with its reason (law 3).

What can never go out any more is skipped; what cannot go out *now* is held until it can. All datetimes are naive wall
time of the site.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from prospect_mgmt.procedure.clock import WorkingCalendar
from prospect_mgmt.procedure.steps import ALERT, REMIND, SEND, Facts, Row, Step, drop_reason, steps_of

FIRE, HOLD, SKIP = "Fire", "Hold", "Skip"
LOOK_AGAIN = timedelta(minutes=15)  # when a switch holds a step, look at the switch again after this long


@dataclass(frozen=True)
class Conditions:
	"""What stands around an enquiry at the moment one of its steps is due."""

	list_enabled: bool = True
	mail_stopped: bool = False
	mail_calendar: WorkingCalendar | None = None  # None: mail may go out at any hour
	paused_until: datetime | None = None
	email_id: str | None = None
	bounced: bool = False
	do_not_contact: bool = False
	unsubscribed: bool = False
	enrolled_in_bulk: bool = False


@dataclass(frozen=True)
class Verdict:
	"""`act` is Fire, Hold or Skip; `action` is what fires; `until` when a held step is looked at again."""

	act: str
	reason: str = ""
	action: str = ""
	until: datetime | None = None


def judge(row: Row, facts: Facts, around: Conditions, now: datetime) -> Verdict:
	"""What becomes of a due row at `now`."""
	if reason := drop_reason(row, facts) or _never(row, facts, around):
		return Verdict(SKIP, reason)
	if held := _not_now(row, around, now):
		return held
	if row.action == SEND and not _has_mail(around):
		why = "mail to them came back" if around.bounced else "they have no e-mail address"
		return Verdict(FIRE, f"{why}: call or message instead", REMIND)
	return Verdict(FIRE, "", row.action)


def _has_mail(around: Conditions) -> bool:
	return bool(around.email_id) and not around.bounced


def _never(row: Row, facts: Facts, around: Conditions) -> str | None:
	if row.action == SEND and around.do_not_contact:
		return "they asked not to be contacted"
	if row.action == SEND and around.unsubscribed and _has_mail(around):
		return "they unsubscribed from mail"
	if row.action == ALERT and is_one_of_many(row, facts, around.enrolled_in_bulk):
		return "enrolled together with many others: no alert for each"
	return None


def is_one_of_many(row: Row, facts: Facts, enrolled_in_bulk: bool) -> bool:
	"""Whether it tells supervisors of being new, which a thousand old leads enrolled at once would do a thousand times."""
	return enrolled_in_bulk and (
		row.counted_from in {"First contact", "Unassigned since"}
		or (row.counted_from == "Stage entered" and facts.stage_visit == 1)
	)


def _not_now(row: Row, around: Conditions, now: datetime) -> Verdict | None:
	if not around.list_enabled:
		return Verdict(HOLD, "held: the list is switched off", until=now + LOOK_AGAIN)
	if around.paused_until and around.paused_until > now:
		return Verdict(
			HOLD, f"held: paused until {around.paused_until:%Y-%m-%d %H:%M}", until=around.paused_until
		)
	if row.action != SEND or not _has_mail(around):
		return None
	if around.mail_stopped:
		return Verdict(HOLD, "held: all mail is stopped", until=now + LOOK_AGAIN)
	if around.mail_calendar and not around.mail_calendar.is_open(now):
		opening = around.mail_calendar.next_opening(now)
		return Verdict(HOLD, f"held: outside sending hours, until {opening:%Y-%m-%d %H:%M}", until=opening)
	return None


def held_by_previous(row: Row, steps: Sequence[Step], rows: Iterable[Row]) -> Verdict | None:
	"""A row that keeps its distance from the step before it waits while that step is still to come."""
	if not row.at_least_after_previous:
		return None
	order = [s.name for s in steps_of(steps, row.stage)]
	if row.procedure_step not in order:
		return None
	before = order[: order.index(row.procedure_step)][-1:]
	for other in rows:
		if other.procedure_step in before and other.status == "Scheduled":
			until = other.due_on + timedelta(seconds=row.at_least_after_previous)
			return Verdict(
				HOLD, f"held: waits for “{other.step_title}”", until=max(until, row.due_on + LOOK_AGAIN)
			)
	return None


def stand_in(row: Row, action: str) -> Row:
	"""The row as it really fires, for instance a reminder in place of a mail without address."""
	return replace(row, action=action)
