"""So many days after Done a list makes its leads nobody, when it says so; an enquiry that could not be taken in is kept a month."""

from __future__ import annotations

import time
from datetime import datetime
from functools import partial
from itertools import takewhile

import frappe
from frappe import _
from frappe.query_builder.functions import Count
from frappe.utils import add_days, cint, formatdate, getdate, now_datetime, nowdate
from pypika.terms import Criterion, ExistsCriterion

from prospect_mgmt import notification_choices, one_by_one, privacy, telling, traces
from prospect_mgmt.privacy import CAPTURE, ENTRY

LIST = "Prospect List"
INDEX = "prospect_list_anonymised_on_done_on_index"
TIME_BUDGET = 20 * 60  # seconds that a night's work goes on while more is due; the rest follows the next
BATCH = 100  # leads of a list that are read together, before the other lists have their turn
FOREVER = 36_500  # days: nothing is older, and the calendar begins somewhere
SHOWN = 50  # names that a rehearsal shows
# Business records, which other laws ask to keep, in whatever state (a cancelled one, too; somebody may be at a draft), by
# the fields that say whose they are: a lead with one of them is kept.
RECORDS = (
	("Customer", "lead_name"),
	("Quotation", "lead_number"),
	("Quotation", "party_name"),  # older than this app
	("Sales Order", "lead_number"),
	("Sales Invoice", "lead_number"),
)
# Days: so long an enquiry that could not be taken in waits until it is announced, and then until it is deleted.
ANNOUNCED_AFTER, DELETED_AFTER = 23, 7


# ------------------------------------------------------------- leads
def rehearse(prospect_list: str, days: int) -> dict:
	"""Whom a retention of `days` would anonymise tonight: {due, names, kept, kept_names}. Changes nothing.

	`names` and `kept_names`: the first SHOWN, as {lead, lead_name, done_on, why}; kept are those with business records.
	"""
	if days <= 0:
		return {"due": 0, "names": [], "kept": 0, "kept_names": []}
	kept_names = _named(prospect_list, days, with_records=True)
	records = _records_of([row.lead for row in kept_names])
	return {
		"due": _count(prospect_list, days, with_records=False),
		"names": _named(prospect_list, days, with_records=False),
		"kept": _count(prospect_list, days, with_records=True),
		"kept_names": [row.update(why=records[row.lead]) for row in kept_names],
	}


def due(
	prospect_list: str, days: int, but: list[str] | None = None, since: datetime | None = None
) -> list[frappe._dict]:
	"""The leads of a list that are next to be anonymised, as {lead, done_on}: BATCH at most, and no more are read.

	`since`: those before it were looked at; many may be kept for a business record.
	"""
	query, entry = _past(prospect_list, days, with_records=False)
	if but:
		query = query.where(entry.lead.notin(but))
	if since:
		query = query.where(entry.done_on >= since)
	return query.select(entry.lead, entry.done_on).orderby(entry.done_on).limit(BATCH).run(as_dict=True)


def _count(prospect_list: str, days: int, with_records: bool) -> int:
	query, _entry = _past(prospect_list, days, with_records)
	return query.select(Count("*")).run()[0][0]


def _named(prospect_list: str, days: int, with_records: bool) -> list[frappe._dict]:
	query, entry = _past(prospect_list, days, with_records)
	query = query.select(entry.lead, entry.lead_name, entry.done_on).orderby(entry.done_on)
	return query.limit(SHOWN).run(as_dict=True)


def _past(prospect_list: str, days: int, with_records: bool):
	"""(query, entries): of each lead the last enquiry on this list, when all it has anywhere are past what their lists say.

	On this list `days` counts, saved or not.
	"""
	entry = frappe.qb.DocType(ENTRY)
	records = Criterion.any(
		ExistsCriterion(frappe.qb.from_(doctype).select(1).where(frappe.qb.Field(field) == entry.lead))
		for doctype, field in RECORDS
	)
	# Else MariaDB may take one that begins with whoever was anonymised years ago.
	query = frappe.qb.from_(entry).force_index(INDEX).where(entry.prospect_list == prospect_list)
	query = query.where(entry.anonymised_on.isnull() & (entry.done_on < _ago(days)))
	query = query.where(ExistsCriterion(_holding_back(entry, prospect_list, days)).negate())
	return query.where(records if with_records else records.negate()), entry


def _ago(days: int) -> datetime:
	return add_days(now_datetime(), -min(days, FOREVER))


def _holding_back(entry, prospect_list: str, days: int):
	"""Another enquiry of the same lead that is open, on a list that keeps it (still), or a later one on this list."""
	other = frappe.qb.DocType(ENTRY).as_("other")
	waits = {
		row.name: cint(row.anonymise_after_days)
		for row in frappe.get_all(LIST, fields=["name", "anonymise_after_days"], order_by="name")
	}
	waits[prospect_list] = days
	later = (other.done_on == entry.done_on) & (other.name > entry.name)
	kept = other.done_on.isnull() | (other.prospect_list == prospect_list) & (
		(other.done_on > entry.done_on) | later
	)
	for name, wait in waits.items():
		kept |= (
			(other.prospect_list == name) & (other.done_on >= _ago(wait))
			if wait
			else other.prospect_list == name
		)
	return frappe.qb.from_(other).select(other.name).where((other.lead == entry.lead) & kept)


def _records_of(leads: list[str]) -> dict[str, str]:
	"""{lead: the business record for which it is kept}"""
	found: dict[str, str] = {}
	for doctype, field in RECORDS:
		filters = {field: ("in", leads or [""])}
		for row in frappe.get_all(doctype, filters, ["name", f"{field} as lead"], order_by="creation"):
			found.setdefault(row.lead, f"{_(doctype)} {row.name}")
	return found


def nightly() -> None:
	"""Anonymise what the lists say, lead by lead, within TIME_BUDGET: one that cannot be stops nobody (law 8)."""
	until, failed = time.time() + TIME_BUDGET, []
	waiting = frappe.get_all(
		LIST, {"anonymise_after_days": (">", 0)}, ["name", "anonymise_after_days"], order_by="name"
	)
	while waiting and time.time() < until:
		waiting = [row for row in waiting if time.time() < until and _work_off(row, until, failed)]


def _work_off(row: frappe._dict, until: float, failed: list[str]) -> bool:
	"""One batch of a list, as far as there is time; False when nothing is left that can be. Adds to `failed`."""
	rows = due(row.name, row.anonymise_after_days, failed, row.since)
	in_time = (each.lead for each in takewhile(lambda _row: time.time() < until, rows))
	act = partial(
		privacy.anonymise,
		reason=_("{0} days after Done, as {1} says.").format(row.anonymise_after_days, row.name),
	)
	failed += one_by_one.each("Lead", in_time, act, "{0} could not be anonymised")
	row.since = rows[-1].done_on if rows else None
	return bool(rows)


# ------------------------------------------------------------- what could not be taken in
def forget_untaken() -> None:
	"""An enquiry that could not be taken in is kept a month: a week before it is deleted the Sales Managers are told."""
	waiting = [["status", "=", "Failed"], ["payload", "is", "set"]]
	late = ["received_on", "<", add_days(now_datetime(), -ANNOUNCED_AFTER)]
	_announce(frappe.get_all(CAPTURE, [*waiting, late, ["forget_on", "is", "not set"]], pluck="name"))
	due_now = [["forget_on", "is", "set"], ["forget_on", "<=", nowdate()]]
	old = frappe.get_all(CAPTURE, [*waiting, *due_now], pluck="name")
	traces.forget_loose(CAPTURE, old)
	forgotten = {"reason": _("What they wrote was deleted: it could not be taken in for a month.")}
	traces.clear(CAPTURE, {"name": ("in", old or [""])}, privacy.OF_CAPTURE, forgotten)
	frappe.db.commit()


def _announce(names: list[str]) -> None:
	if not names:
		return
	day = getdate(add_days(nowdate(), DELETED_AFTER))
	frappe.db.set_value(CAPTURE, {"name": ("in", names)}, "forget_on", day, update_modified=False)
	text = partial(_announcement, len(names), day)
	telling.tell(telling.sales_managers() or ["Administrator"], text, kind=notification_choices.FAULT)


def _announcement(number: int, day) -> str:
	text = _("{0} enquiries could not be taken in: what they wrote is deleted on {1}. See Prospect Capture.")
	return text.format(number, formatdate(day))
