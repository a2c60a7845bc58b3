"""Which list a lead goes on, and enrolling leads that are there already."""

import frappe
from frappe import _
from frappe.utils import add_to_date, cint, escape_html, get_datetime

from prospect_mgmt import reasons
from prospect_mgmt.entry import checks, once, start
from prospect_mgmt.sent import Names

LISTS = "prospect_mgmt:enrolling_lists"
BATCH = 50  # leads enrolled in one transaction
COUNTED = 1000  # leads that a list's condition is tried on, to say how many match


def list_for(lead) -> str | None:
	"""The first enabled list, in order of title, that enrols new leads and whose condition holds for this one."""
	for row in frappe.cache.get_value(LISTS, _enrolling_lists):
		if condition_holds(row["enrol_condition"], lead, row["name"]):
			return row["name"]
	return None


def list_again(lead) -> str | None:
	"""For somebody known: the list that worked them last, while it is enabled; else the one their lead belongs on."""
	last = start.latest_entry(lead.name)
	name = frappe.db.get_value(start.DOCTYPE, last, "prospect_list") if last else None
	if name and frappe.get_cached_value("Prospect List", name, "enabled"):
		return name
	return list_for(lead)


def _enrolling_lists() -> list[dict]:
	return frappe.get_all(
		"Prospect List",
		filters={"enabled": 1, "enrol_new_leads": 1},
		fields=["name", "enrol_condition"],
		order_by="title",
	)


def forget_lists() -> None:
	"""A list changed: read them anew."""
	frappe.cache.delete_value(LISTS)


def condition_holds(condition: str | None, lead, prospect_list: str) -> bool:
	"""Whether a list's condition holds. One that cannot be evaluated counts as not, and is shown (law 8)."""
	if not (condition or "").strip():
		return True
	try:
		return bool(frappe.safe_eval(condition, None, lead.as_dict()))
	except Exception as error:
		frappe.log_error(
			f"Enrolment condition of {prospect_list} cannot be evaluated",
			f"{condition}\n\n{error}",
			reference_doctype="Prospect List",
			reference_name=prospect_list,
		)
		return False


# ------------------------------------------------------------- by hand
@frappe.whitelist(methods=["POST"])
def enrol_lead(
	lead: str,
	prospect_list: str | None = None,
	interest: str | None = None,
	detail: str | None = None,
	use_true_first_contact: int = 0,
	request_key: str | None = None,
) -> str:
	"""Enrol one lead, or open its next enquiry, for a user who may read it; returns the entry's ID.

	Sent again with the same `request_key` it opens no other.
	"""
	doc = frappe.get_doc("Lead", lead)
	doc.check_permission("read")
	frappe.has_permission(start.DOCTYPE, "create", throw=True)
	name = prospect_list or start.default_list()
	frappe.get_doc("Prospect List", name).check_permission("read")
	request = once.mark(request_key, name, interest, detail)
	if sent_before := start.opened_by(lead, request):
		return sent_before
	detail = checks.question(interest, detail)
	first_contact = first_contact_of(doc) if cint(use_true_first_contact) else None
	entry = start.enrol(
		doc, name, by="Person", first_contact_on=first_contact, interest=interest, detail=detail
	)
	if request:
		entry.db_set("request_key", request, update_modified=False)
	return entry.name


def first_contact_of(lead):
	"""When they first got in touch: their first message, else when the lead was made."""
	first = frappe.db.get_value(
		"Communication",
		{"reference_doctype": "Lead", "reference_name": lead.name, "sent_or_received": "Received"},
		"communication_date",
		order_by="communication_date",
	)
	return min(get_datetime(moment) for moment in (first, lead.creation) if moment)


@frappe.whitelist(methods=["POST"])
def enrol_leads(leads: Names, prospect_list: str, use_true_first_contact: int = 0) -> str:
	"""Enrol many leads in the background; returns the Prospect Enrolment that shows progress and each refusal."""
	_check_may_enrol(prospect_list)
	return _start(prospect_list, list(dict.fromkeys(leads)), use_true_first_contact)


@frappe.whitelist(methods=["POST"])
def enrol_all_that_match(prospect_list: str, use_true_first_contact: int = 0) -> str:
	"""Enrol every lead for which the list's condition holds and that was never on a list; returns the Prospect Enrolment."""
	_check_may_enrol(prospect_list)
	return _start(prospect_list, None, use_true_first_contact)


@frappe.whitelist()
def count_matching(prospect_list: str) -> dict[str, int]:
	"""{leads, checked, matching}: how many leads `enrol_all_that_match` would take; a condition is tried on the first COUNTED."""
	_check_may_enrol(prospect_list)
	leads = _never_enrolled(None, prospect_list)
	condition = frappe.db.get_value("Prospect List", prospect_list, "enrol_condition")
	if not condition:
		return {"leads": len(leads), "checked": len(leads), "matching": len(leads)}
	checked = leads[:COUNTED]
	matching = sum(
		condition_holds(condition, frappe.get_doc("Lead", name), prospect_list) for name in checked
	)
	return {"leads": len(leads), "checked": len(checked), "matching": matching}


def _check_may_enrol(prospect_list: str) -> None:
	frappe.has_permission(start.DOCTYPE, "create", throw=True)
	frappe.has_permission("Lead", "read", throw=True)
	frappe.get_doc("Prospect List", prospect_list).check_permission("write")


def _start(prospect_list: str, leads: list[str] | None, use_true_first_contact: int) -> str:
	run = frappe.new_doc("Prospect Enrolment")
	run.update(
		{
			"prospect_list": prospect_list,
			"use_true_first_contact": cint(use_true_first_contact),
			"status": "Queued",
		}
	)
	run.leads = frappe.as_json(leads) if leads is not None else None
	run.insert(ignore_permissions=True)  # the right to enrol on this list was checked
	_enqueue(run.name)
	return run.name


def _enqueue(enrolment: str) -> None:
	method = "prospect_mgmt.enrolment.carry_out"
	frappe.enqueue(method, queue="long", enrolment=enrolment, timeout=4 * 3600, enqueue_after_commit=True)


def resume_left_over() -> None:
	"""The scheduler's hourly job: runs that no worker has gone on with for an hour, since it was killed, say."""
	filters = {"status": ("in", ("Queued", "Running")), "modified": ("<", add_to_date(None, hours=-1))}
	for name in frappe.get_all("Prospect Enrolment", filters=filters, pluck="name", order_by="creation"):
		_enqueue(name)


def carry_out(enrolment: str) -> None:
	"""Enrol lead by lead, each behind a savepoint, in batches; a run that was killed goes on where it stopped."""
	run = _locked(enrolment)
	if not run.total:
		condition = (
			None if run.leads else frappe.db.get_value("Prospect List", run.prospect_list, "enrol_condition")
		)
		leads = frappe.parse_json(run.leads) if run.leads else _never_enrolled(condition, run.prospect_list)
		run.db_set({"status": "Running", "total": len(leads), "leads": frappe.as_json(leads)}, commit=True)
	while _enrol_batch(enrolment):
		pass
	frappe.db.set_value("Prospect Enrolment", enrolment, "status", "Done")
	frappe.db.commit()


def _locked(enrolment: str):
	"""The run as it is now. Two workers on one run take turns, batch by batch."""
	return frappe.get_doc("Prospect Enrolment", enrolment, for_update=True)


def _enrol_batch(enrolment: str) -> bool:
	"""One transaction; False when nothing is left."""
	run = _locked(enrolment)
	batch = frappe.parse_json(run.leads)[cint(run.seen) : cint(run.seen) + BATCH]
	try:
		for name in batch:
			_enrol_one(run, name)
		_save_progress(run, len(batch))
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		frappe.db.rollback()  # the whole batch is still to do
	return bool(batch)


def _never_enrolled(condition: str | None, prospect_list: str) -> list[str]:
	lead, entry = frappe.qb.DocType("Lead"), frappe.qb.DocType(start.DOCTYPE)
	query = frappe.qb.from_(lead).left_join(entry).on(entry.lead == lead.name).select(lead.name)
	names = query.where(entry.name.isnull()).orderby(lead.creation).run(pluck=True)
	if not condition:
		return names
	return [name for name in names if condition_holds(condition, frappe.get_doc("Lead", name), prospect_list)]


def _enrol_one(run, name: str) -> None:
	frappe.db.savepoint("prospect_enrol_one")
	try:
		if not frappe.has_permission("Lead", "read", name, user=run.owner):
			raise start.EnrolmentRefused(_("Not permitted to read this lead."))
		lead = frappe.get_doc("Lead", name)
		first_contact = first_contact_of(lead) if run.use_true_first_contact else None
		start.enrol(lead, run.prospect_list, by="Bulk", first_contact_on=first_contact)
		run.enrolled = cint(run.enrolled) + 1
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise  # the savepoint is gone with the transaction
	except Exception as error:
		frappe.db.rollback(save_point="prospect_enrol_one")
		frappe.clear_messages()
		run.refused = cint(run.refused) + 1
		refusal = {"lead": escape_html(name), "reason": reasons.of_error(error)}
		run.append("refusals", refusal).db_insert()


def _save_progress(run, looked_at: int) -> None:
	seen = cint(run.seen) + looked_at
	run.db_set({"enrolled": run.enrolled, "refused": run.refused, "seen": seen})
	frappe.publish_progress(
		seen * 100 / max(run.total, 1),
		title=_("Enrolling leads"),
		doctype=run.doctype,
		docname=run.name,
		description=_("{0} enrolled, {1} refused").format(run.enrolled, run.refused),
	)
	frappe.db.commit()
