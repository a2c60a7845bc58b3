"""What people send to the entry's public methods, checked before anything is changed, in words that they understand."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.utils import cstr, escape_html, get_datetime, get_system_timezone, now_datetime

from prospect_mgmt import own_time

LONGEST = 20_000  # characters of a summary, an answer, a reason or a note
CLOCKS_DIFFER = timedelta(minutes=5)
EARLIEST = timedelta(
	days=31
)  # before the first contact: they spoke at a fair, and the lead was written later
FARTHEST = timedelta(days=2 * 366)  # what is agreed for later than that is a slip of the pen


def one_of(value: str, allowed: tuple[str, ...], label: str) -> None:
	"""Raises unless a value is one of those allowed."""
	if value not in allowed:
		choices = ", ".join(_(a) for a in allowed)
		frappe.throw(
			_("{0} cannot be “{1}”. Choose one of: {2}.").format(
				label, escape_html(cstr(value)[:140]), choices
			)
		)


def text(value: str | None, label: str, longest: int = LONGEST) -> str | None:
	"""A text as it is kept: without NUL, which no mail and no spreadsheet can carry. Raises when it is too long."""
	if value and len(value) > longest:
		frappe.throw(_("{0} is too long: at most {1} characters are kept.").format(label, longest))
	return value.replace("\0", "") if value else value


def question(interest: str | None, detail: str | None) -> str | None:
	"""The words of a question as they are kept (see `text`). Raises, too, for an interest that does not exist."""
	if interest and not frappe.db.exists("Prospect Interest", interest):
		frappe.throw(
			_("There is no {0} “{1}”.").format(_("Prospect Interest"), escape_html(interest[:140])),
			frappe.DoesNotExistError,
		)
	return text(detail, _("Question", context="Prospect Requirement"))


def moment(value: str | datetime | None, label: str) -> datetime | None:
	"""A moment in the timezone of the site; with an offset of its own it is converted. Raises when it is none."""
	if not value:
		return None
	try:
		found = get_datetime(value)
	except (ValueError, OverflowError):
		found = None
	if not found:
		frappe.throw(_("{0}: “{1}” is no date and time.").format(label, escape_html(cstr(value)[:140])))
	return found.astimezone(ZoneInfo(get_system_timezone())).replace(tzinfo=None) if found.tzinfo else found


def coming(value: str | datetime | None, label: str) -> datetime | None:
	"""A moment that is still to come. Raises for one that is past, or more than two years ahead."""
	found = moment(value, label)
	if found and found <= now_datetime():
		frappe.throw(_("{0} must be a moment still to come.").format(label))
	if found and found > now_datetime() + FARTHEST:
		frappe.throw(_("{0} is more than two years ahead.").format(label))
	return found


def occurred(value: str | datetime | None, first_contact_on: str | datetime) -> datetime:
	"""When a contact happened: now unless said otherwise. Raises for a moment still to come, or long before the enquiry."""
	now = now_datetime()
	found = moment(value, _("When it happened")) or now
	if found > now + CLOCKS_DIFFER:
		frappe.throw(_("{0} is still to come: say when it happened.").format(own_time.shown(found)))
	first = get_datetime(first_contact_on)
	if found < first - EARLIEST:
		frappe.throw(
			_("{0} is more than a month before the first contact of this enquiry, {1}.").format(
				own_time.shown(found), own_time.shown(first)
			)
		)
	return min(found, now)
