"""Moments as a user reads them: by the clock of their time zone, in their format. What is stored is the site's time.

"Today" is the day on that clock, too.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import frappe
from frappe.utils import format_datetime, get_datetime, get_system_timezone

from prospect_mgmt.procedure.urgency import END_OF_DAY


def of(user: str, moment: datetime) -> datetime:
	"""A moment of the site (naive) as the user's clock shows it."""
	return _moved(moment, get_system_timezone(), _zone_of(user))


def at_site(user: str, moment: datetime) -> datetime:
	"""A moment on the user's clock (naive) as the site's."""
	return _moved(moment, _zone_of(user), get_system_timezone())


def _zone_of(user: str) -> str:
	return frappe.get_cached_value("User", user, "time_zone") or get_system_timezone()


def _moved(moment: datetime, from_zone: str, to_zone: str) -> datetime:
	return moment.replace(tzinfo=ZoneInfo(from_zone)).astimezone(ZoneInfo(to_zone)).replace(tzinfo=None)


def start_of_today(user: str, now: datetime) -> datetime:
	"""When the user's day began, in the site's time."""
	return at_site(user, datetime.combine(of(user, now).date(), datetime.min.time()))


def end_of_today(user: str, now: datetime) -> datetime:
	"""When the user's day ends, in the site's time.

	Further east it ends before the site's, by which tasks run (`urgency.task_by`): what is to be done on a date is due today
	until that date has ended in both places.
	"""
	end = datetime.combine(of(user, now).date(), END_OF_DAY)
	return max(end, at_site(user, end))


def shown(moment: datetime | str | None) -> str:
	"""A moment of the site as the user who is logged in reads it; "" for none."""
	return format_datetime(of(frappe.session.user, get_datetime(moment))) if moment else ""


def days(user: str, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
	"""The days on the user's clock in a span of the site's time, each as [begin, end) in the site's time."""
	while since < until:
		tomorrow = of(user, since).date() + timedelta(days=1)
		end = min(at_site(user, datetime.combine(tomorrow, datetime.min.time())), until)
		yield since, end
		since = end
