"""The filters of a report, checked before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import frappe
from frappe import _
from frappe.utils import getdate

from prospect_mgmt import compat
from prospect_mgmt.procedure.review import Scope
from prospect_mgmt.reporting import colleagues


@dataclass(frozen=True)
class WholeTeam(Scope):
	"""Counted over all entries, also those that the user may not see: for numbers that name nobody."""


@dataclass(frozen=True)
class Asked:
	"""One period [start, end) in the site's time, of what (`scope`), and the report's own filters."""

	start: datetime
	end: datetime
	scope: Scope
	own: frappe._dict = field(default_factory=frappe._dict)

	@property
	def first_day(self) -> date:
		return self.start.date()

	@property
	def last_day(self) -> date:
		return (self.end - timedelta(days=1)).date()

	@property
	def days(self) -> list[str]:
		"""First and last day, as list filters take them."""
		return [str(self.first_day), str(self.last_day)]

	def before(self) -> Asked:
		"""The same number of days, directly before."""
		length = min(self.end - self.start, self.start - datetime.min)
		return Asked(self.start - length, self.start, self.scope, self.own)


def read(filters, **choices: tuple[str, ...]) -> Asked:
	"""The filters a person or a tool sent. `choices`: filters of the report with what they may be, the default first.

	Raises ValidationError with a message for who asked: no period, an end before the start, somebody unknown.
	"""
	filters = frappe._dict(filters if isinstance(filters, dict) else {})
	start, last = (
		_day(filters, "from_date", _("From")),
		_day(filters, "to_date", _("To", context="Prospect List Entry")),
	)
	if last < start:
		frappe.throw(_("The period ends ({0}) before it starts ({1}).").format(_shown(last), _shown(start)))
	scope = Scope(
		prospect_list=known(filters, "prospect_list", "Prospect List"),
		agent=known(filters, "agent", "User"),
		source=known(filters, "source", compat.source_doctype()),
		territory=known(filters, "territory", "Territory"),
		company=known(filters, "company", "Company"),
	)
	_check_colleague(scope)
	own = frappe._dict({name: _one_of(filters, name, allowed) for name, allowed in choices.items()})
	end = datetime.combine(last, time.min) + timedelta(days=1)
	return Asked(datetime.combine(start, time.min), end, scope, own)


def _day(filters, name: str, label: str) -> date:
	if not filters.get(name):
		frappe.throw(_("Say for which period: “{0}” is empty.").format(label), frappe.MandatoryError)
	day = as_day(filters[name])
	if not day:
		frappe.throw(_("“{0}” is no date: {1}").format(label, frappe.utils.escape_html(str(filters[name]))))
	return day


def as_day(value) -> date | None:
	"""The day that somebody sent; None for what is no date of our time."""
	try:
		day = getdate(value) if value else None
	except frappe.ValidationError:
		frappe.clear_last_message()  # Frappe's own, which shows what was sent as HTML
		return None
	except (ValueError, TypeError, OverflowError):
		return None
	return day if day and 1900 < day.year < 9000 else None


def day_of(row: dict) -> date:
	"""The day that a report's row, as it was sent back, is of. Raises KeyError where it is of none."""
	if day := as_day(row["day"]):
		return day
	raise KeyError("day")


def _shown(day: date) -> str:
	return frappe.utils.formatdate(day)


def known(filters, name: str, doctype: str) -> str | None:
	"""The record that a filter names, if any. Raises DoesNotExistError for one that never was."""
	value = filters.get(name)
	if not value:
		return None
	if not isinstance(value, str) or not (frappe.db.exists(doctype, value) or _has_left(doctype, value)):
		frappe.throw(
			_("There is no {0} “{1}”.").format(_(doctype), frappe.utils.escape_html(str(value))),
			frappe.DoesNotExistError,
		)
	return value


def _has_left(doctype: str, value: str) -> bool:
	"""Whether somebody's account was deleted: their figures are there all the same."""
	if doctype != "User":
		return False
	gone = {"deleted_doctype": "User", "deleted_name": value}
	return bool(
		frappe.db.exists("Prospect List Entry", {"agent": value})
		or frappe.db.exists("Deleted Document", gone)
	)


def _check_colleague(scope: Scope) -> None:
	lists = colleagues.lists_of(scope.agent)
	if lists is None or (scope.prospect_list in lists if scope.prospect_list else lists):
		return
	frappe.throw(
		_(
			"You see your own figures and the totals of the team. Those of {0} are for who supervises the list."
		).format(frappe.utils.escape_html(scope.agent)),
		frappe.PermissionError,
	)


def _one_of(filters, name: str, allowed: tuple[str, ...]) -> str:
	value = filters.get(name) or allowed[0]
	if value not in allowed:
		choices = ", ".join(_(choice) for choice in allowed)
		frappe.throw(_("“{0}” is none of: {1}.").format(frappe.utils.escape_html(str(value)), choices))
	return value
