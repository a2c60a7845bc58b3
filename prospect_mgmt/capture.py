"""An enquiry from outside becomes a lead, an answer, or a new enquiry of somebody known: once, however often it is sent.

Inserting a Lead commits in the middle, so neither a savepoint nor one transaction makes it happen once. What does: a
committed row of Prospect Capture under the caller's key, and MariaDB's named locks, which outlive a commit. The lead,
its entry and the "Done" of that row are one transaction.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from functools import partial

import frappe
from frappe import _
from frappe.utils import convert_utc_to_system_timezone, get_datetime, now_datetime, validate_phone_number

from prospect_mgmt import (
	compat,
	consent,
	contact_keys,
	duplicates,
	enrolment,
	notification_choices,
	numbers,
	one_by_one,
	reasons,
	telling,
	traces,
)
from prospect_mgmt.entry import contacts, progress, start
from prospect_mgmt.named_locks import alone
from prospect_mgmt.procedure import capturing, matching
from prospect_mgmt.procedure.capturing import FieldError, Submission
from prospect_mgmt.procedure.matching import Person

DOCTYPE, ENTRY = "Prospect Capture", start.DOCTYPE
REPEATED = "Repeated"  # the verdict of a row that only keeps another key of an enquiry
SAME = timedelta(minutes=10)  # the same enquiry again within this time is the same enquiry, whatever its key
LEFT_OVER = timedelta(minutes=10)  # after this time nobody is still working on it
AT_ONCE = 3  # tries, one after the other, when an enquiry meets deadlocks
TRIES = 3  # in all, before an enquiry waits for somebody of ours


class KeyUsed(Exception):
	"""The idempotency key was used for another enquiry."""


def take(submission: Submission, user: str, from_web_form: bool = False) -> frappe._dict:
	"""Take an enquiry in and return its Prospect Capture (a row, with `repeated`). Commits. Raises named_locks.Busy, KeyUsed.

	Its status is Done, or Failed when a fault of ours kept it from being taken in: then it is kept and tried again.
	`from_web_form`: a visitor wrote it, logged in or not, who is `told` a number and may learn nothing of people we know.
	"""
	person = person_of(submission)
	request = _hash(f"{user}:{submission.idempotency_key}") if submission.idempotency_key else None
	with alone([request, submission.digest, *surest(person)]):
		frappe.db.commit()  # what the others wrote is seen from here on
		before = _before(request, submission)
		if before and request:
			_keep_key(before, request, submission, user)
		if before and before.status == "Done":
			return frappe._dict(before, repeated=True)
		if before:
			_count_attempt(before.name, submission)
		name = before.name if before else _write_down(submission, request, user)
		told = before.told if before else None
		return frappe._dict(_carry_out(name, submission, person, from_web_form, told), repeated=False)


def surest(person: Person) -> list[str]:
	"""Keys by which somebody is surely known: nobody else may be at work on these. Names are not, which whole companies share."""
	return [value for kind, value in matching.keys(person) if kind != matching.NAME]


def person_of(submission: Submission) -> Person:
	"""Who enquires; a number without a country code is one of our company's country."""
	number = contact_keys.e164(submission.phone, contact_keys.region_of({}))
	return Person(submission.name, submission.company, submission.email, (number,) if number else ())


def check(submission: Submission) -> list[FieldError]:
	"""What only the site can tell is wrong with an enquiry."""
	errors = []
	if submission.phone and not submission.email and not person_of(submission).phones:
		errors.append(FieldError("phone", capturing.INVALID))
	moment = _occurred(submission)
	now = now_datetime()
	if moment and not now - timedelta(days=366) <= moment <= now + timedelta(minutes=5):
		errors.append(FieldError("occurred_on", capturing.INVALID))
	return errors


def _occurred(submission: Submission):
	moment = submission.occurred_on
	if moment and moment.tzinfo:
		return get_datetime(convert_utc_to_system_timezone(moment)).replace(tzinfo=None)
	return moment


# ------------------------------------------------------------- once
def alone_until_commit(person: Person) -> None:
	"""Nobody else is at work on a person until the next commit, for what Frappe commits itself: a mail.

	Begins a transaction; call it before anything is written. Raises named_locks.Busy.
	"""
	held = ExitStack()
	held.enter_context(alone(surest(person)))
	frappe.db.commit()  # what the others wrote is seen from here on
	frappe.db.after_commit.add(held.close)
	frappe.db.after_rollback.add(held.close)


def _hash(text: str) -> str:
	return hashlib.sha256(text.encode()).hexdigest()


_FIELDS = ["name", "status", "verdict", "lead", "entry", "told", "digest", "received_on"]


def _before(request: str | None, submission: Submission) -> frappe._dict | None:
	"""What was sent with this key, or said just now with another one."""
	row = frappe.db.get_value(DOCTYPE, {"request_key": request}, _FIELDS, as_dict=True) if request else None
	if row and row.digest != submission.digest:
		raise KeyUsed
	if not row:
		recent = {"digest": submission.digest, "received_on": (">", now_datetime() - SAME)}
		row = frappe.db.get_value(DOCTYPE, recent, _FIELDS, as_dict=True, order_by="received_on desc")
	return _meant(row) if row and row.verdict == REPEATED else row


def _meant(row: frappe._dict) -> frappe._dict | None:
	"""The enquiry that a row with another key of it repeats; None when it was forgotten, and its keys with it."""
	table = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(table).select(*_FIELDS).where(table.digest == row.digest)
	query = query.where(table.verdict.isnull() | (table.verdict != REPEATED))
	query = query.where(table.received_on <= row.received_on).orderby(table.received_on, order=frappe.qb.desc)
	if found := query.limit(1).run(as_dict=True):
		return found[0]
	frappe.db.delete(DOCTYPE, {"digest": row.digest, "verdict": REPEATED})
	return None


def _keep_key(before: frappe._dict, request: str, submission: Submission, user: str) -> None:
	"""Another key goes on meaning the enquiry that was there before, whatever becomes of that."""
	if frappe.db.exists(DOCTYPE, {"request_key": request}):
		return
	answer = {"lead": before.lead, "entry": before.entry, "told": before.told}
	_write_down(submission, request, user, status="Done", verdict=REPEATED, payload=None, **answer)


def _write_down(submission: Submission, request: str | None, user: str, **values) -> str:
	"""Keep what was sent before anything is done with it."""
	doc = frappe.new_doc(DOCTYPE)
	doc.update(
		{
			"status": "Received",
			"attempts": 1,
			"received_on": now_datetime(),
			"channel": submission.channel,
			"source": source_of(submission),
			"api_user": user,
			"idempotency_key": submission.idempotency_key,
			"request_key": request or frappe.generate_hash(length=32),
			"digest": submission.digest,
			"consent": int(submission.consent),
			"consent_text": submission.consent_text,
			"consent_on": (_occurred(submission) or now_datetime()) if submission.consent else None,
			"consent_where": submission.page or submission.referrer,
			"payload": frappe.as_json(asdict(submission)),
			**values,
		}
	)
	doc.flags.ignore_links = True
	doc.insert(ignore_permissions=True)  # a key may do nothing but this
	frappe.db.commit()
	return doc.name


# ------------------------------------------------------------- what it becomes
def _carry_out(
	name: str,
	submission: Submission,
	person: Person,
	from_web_form: bool = False,
	told: str | None = None,
	tries: int = AT_ONCE,
) -> dict:
	"""Take a kept enquiry in; a fault of ours leaves it Failed, with nothing half made.

	`told`: the number that a visitor of the website was told already, when it could not be taken in. `tries`: how often it is
	tried, when it meets deadlocks.
	"""
	lead = None
	try:
		with compat.as_administrator():  # the enquirer has no rights here, and needs none
			if known := duplicates.known(person):
				visits = told or from_web_form
				number = _number_of_its_own(known, told, submission, person) if visits else None
				values = {**_of_known(name, known, submission, number), "told": number}
			else:
				lead = new_lead(submission, person)
				_forget_half_made(name, lead)
				values = _insert(name, lead, submission, told)
				values["told"] = told or values["lead"]
			if submission.consent:
				consent.agreed(values["lead"], submission, _occurred(submission), name)
		values |= {"status": "Done", "payload": None, "reason": None, "forget_on": None}
		frappe.db.set_value(DOCTYPE, name, values)
	except Exception as error:
		frappe.db.rollback()
		_forget_contact(getattr(lead, "contact_doc", None))
		if isinstance(error, frappe.QueryDeadlockError) and tries > 1:
			frappe.clear_messages()
			return _carry_out(name, submission, person, from_web_form, told, tries - 1)
		reason = reasons.of_error(error)[:500]
		_keep_failure(name, reason)
		if from_web_form and not told:
			told = _number_ahead(name, submission, person)
		values = {"status": "Failed", "told": told, "lead": None, "entry": None, "verdict": None}
	frappe.db.commit()
	return {"name": name, **values}


def _keep_failure(name: str, reason: str) -> None:
	frappe.clear_messages()
	if frappe.db.get_value(DOCTYPE, name, "status") != "Failed":
		telling.tell(
			telling.sales_managers(),
			lambda: _("An enquiry could not be taken in: see Prospect Capture"),
			kind=notification_choices.FAULT,
		)
	frappe.db.set_value(DOCTYPE, name, {"status": "Failed", "reason": reason})
	frappe.log_error(f"Enquiry {name} could not be taken in", reference_doctype=DOCTYPE, reference_name=name)


def _forget_half_made(name: str, lead) -> None:
	"""ERPNext commits a lead's Contact before the lead: one that a killed process left of this enquiry goes."""
	row = frappe.db.get_value(DOCTYPE, name, ["attempts", "received_on"], as_dict=True)
	if row.attempts < 2:
		return
	left = {"owner": frappe.session.user, "creation": (">=", row.received_on)}
	for field in ("email_id", "mobile_no"):
		left[field] = lead.get(field) or ("is", "not set")
	for contact in frappe.get_all("Contact", filters=left, order_by="creation"):
		_forget_contact(contact)


def _forget_contact(contact) -> None:
	"""Unless it belongs to somebody: ERPNext takes a customer's own for their lead."""
	if not contact or not frappe.db.exists("Contact", contact.name):
		return
	if not frappe.db.exists("Dynamic Link", {"parenttype": "Contact", "parent": contact.name}):
		traces.delete_for_good("Contact", contact.name)


def _number_ahead(name: str, submission: Submission, person: Person) -> str | None:
	"""A number by which a visitor may call what could not be taken in yet; None when not even that can be had."""
	frappe.db.commit()  # the failure is kept, whatever becomes of this
	try:
		with compat.as_administrator():
			told = numbers.give_ahead(new_lead(submission, person))
	except Exception:
		frappe.db.rollback()
		frappe.log_error(
			f"No number could be given to enquiry {name}", reference_doctype=DOCTYPE, reference_name=name
		)
		return None
	frappe.db.set_value(DOCTYPE, name, "told", told)
	return told


def _number_of_its_own(lead: str, told: str | None, submission: Submission, person: Person) -> str:
	"""A number by which a visitor whom we know may call their enquiry; a stranger would be given such a one, too."""
	if entry := start.open_entry(lead):
		frappe.db.get_value(
			ENTRY, entry, "name", for_update=True
		)  # first, lest all who need a number wait for it
	told = told or numbers.give_ahead(new_lead(submission, person))
	numbers.lead_to(told, lead)
	return told


def _of_known(name: str, lead: str, submission: Submission, told: str | None) -> dict:
	if entry := start.open_entry(lead):
		document = frappe.get_doc(ENTRY, entry)
		_record(name, document, submission, is_answer=True, told=told)
		return {"lead": lead, "entry": entry, "verdict": "Answer"}
	document = frappe.get_doc("Lead", lead)
	prospect_list = enrolment.list_again(document)
	if start.refusal(document) or not prospect_list:
		document.add_comment("Info", frappe.utils.escape_html(summary(submission, told)))
		return {"lead": lead, "entry": None, "verdict": "Not enrolled"}
	entry = start.enrol(
		document,
		prospect_list,
		first_contact_on=_occurred(submission),
		interest=_interest(submission),
		detail=submission.message[:1000] or None,
	)
	_record(name, frappe.get_doc(ENTRY, entry.name), submission, is_answer=False, told=told)
	return {"lead": lead, "entry": entry.name, "verdict": "New enquiry"}


def new_lead(submission: Submission, person: Person):
	"""A Lead of what somebody said, not inserted yet."""
	lead = frappe.new_doc("Lead")
	first_name, last_name = capturing.split_name(submission.name)
	lead.update(
		{
			"first_name": first_name,
			"last_name": last_name,
			"company_name": submission.company or None,
			"email_id": submission.email or None,
			"mobile_no": _number_of(submission, person),
			"language": _link("Language", submission.language.split("-")[0].lower()),
			"prospect_interest": _interest(submission),
			"campaign_name": _link("Campaign", submission.utm_campaign),
			"lead_owner": "",  # else it would be whoever the key belongs to
			compat.source_field(): source_of(submission),
		}
	)
	if not (lead.first_name or lead.company_name or lead.email_id):
		lead.first_name = person.phones[0] if person.phones else submission.phone  # ERPNext wants some name
	lead.flags.ignore_mandatory = True  # what an admin asks of colleagues is not asked of strangers
	return lead


def _number_of(submission: Submission, person: Person) -> str | None:
	"""The number for the lead; one that Frappe would refuse stands in what they wrote."""
	if person.phones:
		return person.phones[0]
	return submission.phone if validate_phone_number(submission.phone) else None


def _insert(name: str, lead, submission: Submission, told: str | None = None) -> dict:
	lead.flags.prospect_lead_number = told
	lead.insert(ignore_permissions=True)
	if told:
		numbers.lead_to(told, lead.name)
	told = told if told != lead.name else None
	values = {"lead": lead.name, "entry": start.open_entry(lead.name), "verdict": "New lead"}
	if not values["entry"]:
		lead.add_comment("Info", frappe.utils.escape_html(summary(submission, told)))
		return values
	_record(name, frappe.get_doc(ENTRY, values["entry"]), submission, is_answer=False, told=told)
	return values


def _record(name: str, entry, submission: Submission, is_answer: bool, told: str | None = None) -> None:
	"""What they wrote, as a contact of the entry; with the first one the promises count from when it happened."""
	entry.begin()
	happened = min(_occurred(submission) or now_datetime(), now_datetime())
	if not is_answer:
		progress.first_contact_was(entry, happened)
	interaction = contacts.record(
		entry,
		channel=submission.channel,
		direction="Incoming",
		user=None,
		summary=summary(submission, told),
		occurred_on=happened,
		reference_doctype=DOCTYPE,
		reference_name=name,
		fact_key=f"{DOCTYPE}:{name}",
	)
	entry.take_in(interaction, is_answer=is_answer)


def summary(submission: Submission, told: str | None = None) -> str:
	"""What they wrote, and below it what they said of themselves: it may differ from what the lead says.

	`told`: the number by which they know this enquiry, where it is not their lead's.
	"""
	labels = {
		"name": _("Name", context="Prospect List Entry"),
		"company": _("Organization"),
		"email": _("Email"),
		"phone": _("Phone"),
		"interest": _("Interest", context="Prospect List Entry"),
		"page": _("Page"),
		"utm_campaign": _("Campaign"),
		"utm_medium": _("Medium"),
	}
	said = [
		f"{label}: {getattr(submission, field)}"
		for field, label in labels.items()
		if getattr(submission, field)
	]
	if told:
		said.append(f"{_('Number told')}: {told}")
	return "\n".join([submission.message, "", *said]).strip()


def _interest(submission: Submission) -> str | None:
	return _link("Prospect Interest", submission.interest)


def _link(doctype: str, name: str) -> str | None:
	"""The record of that name, upper and lower case alike; None when there is none: it is no reason to lose an enquiry."""
	return frappe.db.get_value(doctype, {"name": name}, "name") if name else None


def source_of(submission: Submission) -> str | None:
	"""The source it counts for: as it says, else by the table in the settings."""
	settings = frappe.get_cached_doc("Prospect Management Settings")
	rules = [(row.matches, row.value, row.source) for row in settings.source_rules]
	sources = frappe.get_all(compat.source_doctype(), pluck="name", order_by="name")
	source = capturing.source_of(submission, sources, rules, settings.capture_source or "Website")
	return source if source in sources else None


# ------------------------------------------------------------- again
def retry(name: str) -> str:
	"""Take a kept enquiry in again; returns its status. Commits. Raises named_locks.Busy."""
	row = frappe.db.get_value(DOCTYPE, name, ["status", "payload", "told"], as_dict=True)
	if row.status == "Done":
		return row.status
	if not row.payload:
		frappe.throw(_("What they wrote was deleted: it could not be taken in for a month."))
	_count_attempt(name)  # also of those that end the process, or cannot even be read
	values = frappe.parse_json(row.payload)
	values["occurred_on"] = get_datetime(values["occurred_on"]) if values["occurred_on"] else None
	submission = Submission(**values)
	person = person_of(submission)
	with alone([submission.digest, *surest(person)]):
		frappe.db.commit()
		if frappe.db.get_value(DOCTYPE, name, "status") == "Done":
			return "Done"
		return _carry_out(name, submission, person, told=row.told)["status"]


def _count_attempt(name: str, submission: Submission | None = None) -> None:
	"""`submission`: sent again, perhaps after what was kept of it had been deleted."""
	table = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.update(table).set(table.attempts, table.attempts + 1).where(table.name == name)
	if submission:
		query = query.set(table.payload, frappe.as_json(asdict(submission))).set(table.forget_on, None)
	query.run()
	frappe.db.commit()


def finish_left_over() -> None:
	"""The scheduler's hourly look: what a killed process left, and what failed, is tried again (three times in all)."""
	waiting = _left_over(status=("!=", "Done"), attempts=("<", TRIES))
	one_by_one.each(DOCTYPE, waiting, retry, "Enquiry {0} could not be tried again")
	reason = _("It was begun {0} times and never came to an end.").format(TRIES)
	ended = _left_over(status="Received", attempts=(">=", TRIES))
	one_by_one.each(DOCTYPE, ended, partial(_keep_failure, reason=reason), "Enquiry {0} could not be shown")


def _left_over(**filters) -> list[str]:
	"""Kept enquiries that nobody is at work on any more."""
	filters["received_on"] = ("<", now_datetime() - LEFT_OVER)
	return frappe.get_all(DOCTYPE, filters=filters, pluck="name", order_by="received_on", limit=200)
