"""What is wrong right now: silent entries (law 1), a sweep that is behind, a scheduler that is off."""

from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.utils import get_datetime, now_datetime
from frappe.utils.scheduler import is_scheduler_disabled

from prospect_mgmt import notification_choices as choices
from prospect_mgmt import own_time, permissions, telling

ENTRY, STEP = "Prospect List Entry", "Prospect Due Step"
BEHIND = timedelta(minutes=5)
BEHIND_TOLD_EVERY = timedelta(hours=12)


def silent_entries(limit: int = 500) -> list[dict]:
	"""Open entries with neither a coming step nor a dated pause: law 1 says there are none. ({name, prospect_list, stage, agent})"""
	entry, step = frappe.qb.DocType(ENTRY), frappe.qb.DocType(STEP)
	coming = (
		frappe.qb.from_(step)
		.select(step.name)
		.where((step.entry == entry.name) & (step.status == "Scheduled"))
	)
	return (
		frappe.qb.from_(entry)
		.select(entry.name, entry.prospect_list, entry.stage, entry.agent)
		.where(entry.done_on.isnull())
		.where(entry.paused_until.isnull() | (entry.paused_until <= now_datetime()))
		.where(_not_exists(coming))
		.limit(limit)
	).run(as_dict=True)


def _not_exists(query):
	from pypika.terms import ExistsCriterion

	return ExistsCriterion(query).negate()


def nightly() -> None:
	"""The scheduler's daily check: names what breaks law 1, to those who can mend it."""
	silent = silent_entries()
	if not silent:
		return
	names = "\n".join(f"{row.name} ({row.prospect_list}, {row.stage})" for row in silent)
	frappe.log_error("Entries without a coming step", names)
	by_list: dict[str, list[str]] = {}
	for row in silent:
		by_list.setdefault(row.prospect_list, []).append(row.name)
	for prospect_list, found in by_list.items():
		facts = len(found), prospect_list, ", ".join(found[:10])
		telling.tell(
			telling.supervisors(prospect_list),
			lambda: _("{0} entries of {1} have no coming step: {2}").format(*facts),
			kind=choices.FAULT,
		)


def tell_if_behind() -> None:
	"""Supervisors hear once in BEHIND_TOLD_EVERY that the sweep is behind, as soon as a worker works again.

	While none works, only the banner can say so: it is computed when a page opens.
	"""
	if not _is_behind(oldest := oldest_due()):
		return
	since = now_datetime() - BEHIND_TOLD_EVERY
	lists = frappe.get_all("Prospect List", filters={"enabled": 1}, pluck="name", order_by="name")
	users = {user for prospect_list in lists for user in telling.supervisors(prospect_list)}
	told = frappe.get_all(
		"Notification Log",
		# `modified` adds nothing but an index: what is read are the last hours, however many are stored.
		filters={"modified": (">", since), "prospect_news": ("like", f"{choices.SWEEP}:%")},
		pluck="for_user",
	)
	telling.tell(sorted(users - set(told)), lambda: _behind(oldest), kind=choices.SWEEP)


@frappe.whitelist()
def warnings() -> list[str]:
	"""What supervisors should know when they open a page; computed then, not by the sweep that may be what is wrong."""
	if not (permissions.sees_all(frappe.session.user) or permissions.lists_supervised(frappe.session.user)):
		return []
	return [*_scheduler_warnings(), *_sweep_warnings(), *_failure_warnings()]


def _scheduler_warnings() -> list[str]:
	if is_scheduler_disabled(verbose=False):
		return [
			_("The scheduler of this site is off: no step is carried out. Ask an administrator to enable it.")
		]
	return []


def _sweep_warnings() -> list[str]:
	oldest = oldest_due()
	return [_behind(oldest)] if _is_behind(oldest) else []


def _is_behind(oldest: datetime | None) -> bool:
	return bool(oldest) and oldest < now_datetime() - BEHIND


def _behind(oldest: datetime) -> str:
	text = _("The sweep is behind: steps due since {0} wait to be carried out. Is a worker running?")
	return text.format(own_time.shown(oldest))


def oldest_due():
	"""The moment (site time) of the oldest due step that waits; None when none does."""
	found = frappe.db.get_value(
		STEP, {"status": "Scheduled", "due_on": ("<=", now_datetime())}, "due_on", order_by="due_on asc"
	)
	return get_datetime(found) if found else None


def _failure_warnings() -> list[str]:
	failed = frappe.db.count("Prospect Signal Failure", {"status": "Failed"})
	if failed:
		return [
			_(
				"{0} facts could not be taken in. See Prospect Signal Failure, where they can be tried again."
			).format(failed)
		]
	return []
