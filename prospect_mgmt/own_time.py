"""Moments as a user reads them: by the clock of their time zone, in their format. What is stored is the site's time."""

from datetime import datetime
from zoneinfo import ZoneInfo

import frappe
from frappe.utils import format_datetime, get_datetime, get_system_timezone


def of(user: str, moment: datetime) -> datetime:
	"""A moment of the site (naive) as the user's clock shows it."""
	zone = frappe.get_cached_value("User", user, "time_zone") or get_system_timezone()
	at_site = moment.replace(tzinfo=ZoneInfo(get_system_timezone()))
	return at_site.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def shown(moment: datetime | str | None) -> str:
	"""A moment of the site as the user who is logged in reads it; "" for none."""
	return format_datetime(of(frappe.session.user, get_datetime(moment))) if moment else ""
