"""The job of an import: rehearse, import, undo, batch by batch. A run that was killed goes on where it stopped.

A batch is one transaction: the rows it says are imported are, with everything that belongs to them, and no others. ERPNext
commits in the middle of inserting a Lead; an import writes its leads itself, and so does not.
"""

from __future__ import annotations

from unicodedata import combining, normalize

import frappe
from frappe import _
from frappe.utils import add_to_date, cint, escape_html, get_datetime, now_datetime
from pypika.terms import Criterion

from prospect_mgmt import named_locks, numbers, permissions, reasons
from prospect_mgmt.entry import people, start
from prospect_mgmt.importing import (
	IMPORT,
	NEW_LEAD,
	NOTED,
	ROW,
	TAKEN_IN,
	building,
	forgetting,
	in_words,
	known,
	meanings,
	news,
	rehearsal,
	row_id,
	shown,
	undo,
)
from prospect_mgmt.importing.building import Builder, Ground
from prospect_mgmt.procedure import matching
from prospect_mgmt.sheet.columns import NoHeadings
from prospect_mgmt.sheet.reading import Unreadable, WrongEncoding

BATCH = 200  # rows of one transaction
AT_WORK = ("Rehearsing", "Importing", "Undoing")
STALE_AFTER = 10  # minutes that a job may wait for a worker
HANDING_OVER = 20  # seconds that a worker waits for the one before it to leave a run


class NotTheirs(Exception):
	"""Whoever asked for it may not do so any more."""


def enqueue(name: str) -> None:
	"""Let a worker go on with a run."""
	method = "prospect_mgmt.importing.run.carry_out"
	frappe.enqueue(method, queue="long", name=name, timeout=6 * 3600, enqueue_after_commit=True)


def resume_left_over() -> None:
	"""The scheduler's hourly job: runs that no worker is at, since it was killed, say."""
	for name in frappe.get_all(IMPORT, {"status": ("in", AT_WORK)}, pluck="name", order_by="creation"):
		if is_left_alone(frappe.get_doc(IMPORT, name)):
			enqueue(name)


def is_left_alone(run) -> bool:
	"""Whether a run stands still, and not because it waits for its turn among the jobs."""
	if run.status not in AT_WORK or _is_at_work(run.name):
		return False
	return bool(run.message) or get_datetime(run.modified) < add_to_date(now_datetime(), minutes=-STALE_AFTER)


# ------------------------------------------------------------- one worker at a time
def carry_out(name: str) -> None:
	"""What a run is at. One worker is at work on it; another that comes meanwhile leaves it alone."""
	if not frappe.db.sql("SELECT GET_LOCK(%s, %s)", (_lock_of(name), HANDING_OVER))[0][0]:
		return
	try:
		frappe.db.rollback()  # what is read from here on is what is committed once nobody else is at work
		_carry_out(name)
	finally:
		frappe.db.sql("SELECT RELEASE_LOCK(%s)", _lock_of(name))


def _carry_out(name: str) -> None:
	run = frappe.db.get_value(IMPORT, name, ["status", "modified_by", "prospect_list"], as_dict=True)
	frappe.set_user(run.modified_by)  # of a run that the scheduler took up again
	frappe.set_user_lang(run.modified_by)  # who asked reads what becomes of each row
	try:
		_check_still_theirs(run)
		{"Rehearsing": _rehearse, "Importing": _import, "Undoing": _undo}.get(run.status, _nothing)(name)
	except NotTheirs as problem:
		frappe.db.rollback()
		_say(name, str(problem))
		frappe.db.commit()
	except Exception as problem:
		frappe.db.rollback()
		frappe.log_error(f"{name} stopped", reference_doctype=IMPORT, reference_name=name)
		_say(
			name,
			_("It stopped: {0}. It is tried again within the hour, or when you choose Go on.").format(
				_short(problem)
			),
		)
		frappe.db.commit()


def _check_still_theirs(run) -> None:
	"""A run takes hours, or is taken up again days later: who asked for it may be gone, or supervise another list."""
	user = frappe.session.user
	enabled = frappe.db.get_value("User", user, "enabled")
	if run.status in AT_WORK and not (enabled and permissions.supervises(user, run.prospect_list)):
		text = _("It stopped: {0} may not import into {1} any more. Another supervisor can choose Go on.")
		raise NotTheirs(text.format(user, run.prospect_list))


def _say(name: str, message: str | None) -> None:
	frappe.db.set_value(IMPORT, name, "message", message, update_modified=False)


def _short(problem: Exception) -> str:
	return reasons.of_error(problem)[:200].rstrip(".")


def _lock_of(name: str) -> str:
	"""A named lock outlives commits and goes with the process that took it; all sites of a server share their names."""
	return f"prospect_import:{frappe.conf.db_name}:{name}"


def _is_at_work(name: str) -> bool:
	return frappe.db.sql("SELECT IS_USED_LOCK(%s)", _lock_of(name))[0][0] is not None


def _nothing(name: str) -> None:
	"""It was done before this worker came."""


def locked(name: str, status: str):
	"""The run while it is at `status`, locked until the next commit; None when it is not any more."""
	run = frappe.get_doc(IMPORT, name, for_update=True)
	return run if run.status == status else None


# ------------------------------------------------------------- rehearsal
def _rehearse(name: str) -> None:
	run = frappe.get_doc(IMPORT, name)
	try:
		rehearsal.rehearse(run, lambda seen, total: _show(run, seen, total))
		run.status = "Rehearsed"
	except (Unreadable, NoHeadings, frappe.PermissionError) as problem:
		_refuse(run, said(problem))
	except Exception as problem:
		frappe.db.rollback()
		frappe.log_error(f"Rehearsal of {name} failed", reference_doctype=IMPORT, reference_name=name)
		_refuse(run, _("It could not be rehearsed: {0}").format(_short(problem)))
	if current := locked(name, "Rehearsing"):
		if run.forgotten_rows != current.forgotten_rows:  # somebody was anonymised meanwhile
			run.update({"forgotten_rows": current.forgotten_rows, "fingerprint": None})
			run.message = current.message
			for column in run.columns:
				column.examples = None
		run.modified = current.modified  # somebody asked for it to go on
		run.flags.by_import = True
		run.flags.ignore_version = True
		run.save(
			ignore_permissions=True, ignore_version=True
		)  # whoever asked for the rehearsal was allowed to
	frappe.db.commit()
	_show(run, run.total, run.total)


def _refuse(run, message: str) -> None:
	frappe.db.delete(ROW, {"prospect_list_import": run.name})
	run.update({"status": "Refused", "message": message, "total": 0})


def said(problem: Exception) -> str:
	"""Why a file is refused, in words for the form."""
	text = in_words(problem.args[0]) if problem.args else str(problem)
	if isinstance(problem, WrongEncoding) and problem.readings:
		lines = [_("{0} reads “{1}”").format(name, text) for name, text in problem.readings]
		text = "\n".join([text, _("Or choose the encoding above that is right:"), *lines])
	return shown(text)


def _show(run, seen: int, total: int) -> None:
	percent = seen * 100 / max(total, 1)
	frappe.publish_progress(percent, title=_(run.status, context=IMPORT), doctype=IMPORT, docname=run.name)


# ------------------------------------------------------------- import
def begin(run) -> bool:
	"""Reserve the numbers that were rehearsed. False when something has changed since: then it must be rehearsed again."""
	if run.fingerprint != rehearsal.fingerprint(run):
		return False
	meanings.create_chosen(run)
	return numbers.reserve(frappe.parse_json(run.counters or "{}"))


def _import(name: str) -> None:
	while _import_batch(name):
		pass
	if run := locked(name, "Importing"):
		run.db_set({"status": "Imported", "imported_on": now_datetime(), "message": None})
		if run.forgotten_rows:
			forgetting.drop_file(run.file)
		news.tell(run)
	frappe.db.commit()


def _import_batch(name: str) -> bool:
	"""One transaction; False when nothing is left. Whom it imports comes through no other door meanwhile."""
	frappe.db.rollback()
	region = Ground(frappe.get_doc(IMPORT, name), now_datetime()).region
	waiting = [building.unpacked(row.payload) for row in _next_rows(name) if row.payload]
	people = [known.person_of(values, region) for values in waiting]
	try:
		with named_locks.alone(set().union(*(known.keys_of(person, matching.SURE) for person in people))):
			return _import_alone(name)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError, named_locks.Busy):
		frappe.db.rollback()
		return True  # the whole batch is still to do


def _import_alone(name: str) -> bool:
	frappe.db.rollback()  # what the others wrote is seen from here on
	run = locked(name, "Importing")
	if run:
		_check_still_theirs(run)
	rows = _next_rows(name) if run else []
	if rows:
		_take_in(run, rows)
		run.db_set("seen", cint(run.seen) + len(rows))
		frappe.db.commit()
		_show(run, run.seen, run.total)
	return bool(rows)


def _next_rows(name: str) -> list[frappe._dict]:
	filters = {"prospect_list_import": name, "status": "Rehearsed"}
	fields = ["name", "line", "verdict", "lead", "number", "payload"]
	return frappe.get_all(ROW, filters, fields, order_by="place", limit=BATCH)


def _take_in(run, rows: list[frappe._dict]) -> None:
	"""A batch as a whole; when the database refuses something of it, row by row."""
	ground, stamp = Ground(run, frappe.utils.get_datetime(run.rehearsed_on)), now_datetime()
	wanted = [row for row in rows if row.verdict in (*TAKEN_IN, NOTED)]
	_leave_out([row for row in rows if row not in wanted])
	frappe.db.savepoint("prospect_import")
	try:
		_write(run, wanted, ground, stamp)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise
	except Exception:
		frappe.db.rollback(save_point="prospect_import")
		for row in wanted:
			_write_one(run, row, ground, stamp)


def _write_one(run, row: frappe._dict, ground: Ground, stamp) -> None:
	frappe.db.savepoint("prospect_import_row")
	try:
		_write(run, [row], ground, stamp)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise
	except Exception as problem:
		frappe.db.rollback(save_point="prospect_import_row")
		frappe.log_error(
			f"Row {row.line} of {run.name} failed", reference_doctype=IMPORT, reference_name=run.name
		)
		_not_imported([(row, building.unpacked(row.payload), _short(problem))])


def _write(run, rows: list[frappe._dict], ground: Ground, stamp) -> None:
	rows = [(row, building.unpacked(row.payload)) for row in rows]
	_write_enquiries(run, [(row, values) for row, values in rows if row.verdict != NOTED], ground, stamp)
	_write_notes(run, [(row, values) for row, values in rows if row.verdict == NOTED], ground, stamp)


def _write_enquiries(run, rows: list, ground: Ground, stamp) -> None:
	_name_leads(run, rows, ground)
	refused = _refusals(run, rows)
	_not_imported([(row, values, refused[row.name]) for row, values in rows if row.name in refused])
	rows = [(row, values) for row, values in rows if row.name not in refused]
	if not rows:
		return
	builder = Builder(ground, stamp)
	new = [(row, values) for row, values in rows if row.verdict == NEW_LEAD]
	contacts = contact_names([building.lead_shown(values, ground) for _row, values in new])
	users = _users([values.email_id for _row, values in new])
	leads = known_leads([values.lead for row, values in rows if row.verdict != NEW_LEAD])
	for (_row, values), contact in zip(new, contacts, strict=True):
		leads[values.lead] = builder.lead(values, contact, users.get(values.email_id))
	for row, values in rows:
		number = builder.enquiry(values, leads[values.lead]).entry.name
		if values.consent:
			builder.consent(values)
		if row.number != number:  # it could not be foretold
			given = {"number": number, "lead": values.lead}
			frappe.db.set_value(ROW, row.name, given, update_modified=False)
	builder.write()
	numbers.register([values.given for _row, values in new if values.given])
	for _row, values in new:
		if values.no_mail and values.email_id:
			people.keep_unsubscribe(values.lead, values.email_id)
	_imported(rows, stamp)


def _write_notes(run, rows: list, ground: Ground, stamp) -> None:
	"""What rows say of enquiries that are open: comments, under the IDs of the rows."""
	builder = Builder(ground, stamp)
	earlier = [row_id(run.name, values.noted_row) for _row, values in rows if values.noted_row]
	fields = ["name", "number", "lead", "status"]
	became = {row.name: row for row in frappe.get_all(ROW, {"name": ("in", earlier or [""])}, fields)}
	written = []
	for row, values in rows:
		other = became.get(row_id(run.name, values.noted_row)) if values.noted_row else row
		number, values.lead = other.number, other.lead
		if (values.noted_row and other.status != "Imported") or not frappe.db.exists(start.DOCTYPE, number):
			_not_imported(
				[(row, values, _("{0}, their enquiry, is not there.").format(number or values.noted_row))]
			)
			continue
		told = escape_html(f"{builder.told(values.line)}\n{values.note}").replace("\n", "<br>")
		builder.comment(number, told, name=row.name)
		if values.consent:
			builder.consent(values)
		frappe.db.set_value(ROW, row.name, {"number": number, "lead": other.lead}, update_modified=False)
		written.append((row, values))
	builder.write()
	if written:
		_imported(written, stamp)


def _name_leads(run, rows: list, ground: Ground) -> None:
	"""Where numbers cannot be foretold, ERPNext gives them now."""
	for row, values in rows:
		if not values.lead.startswith(f"{run.name}-"):
			continue
		if row.verdict == NEW_LEAD:
			lead = frappe.new_doc("Lead")
			lead.update(building.lead_shown(values, ground))
			lead.set_new_name()
			values.lead = lead.name
			frappe.db.set_value(ROW, row.name, "lead", lead.name, update_modified=False)
		else:
			values.lead = frappe.db.get_value(ROW, values.lead, "lead")


def known_leads(names: list[str]) -> dict[str, dict]:
	"""What entries show of leads that are there already."""
	fields = ["name", "status", "unsubscribed", "prospect_do_not_contact", *start.CONTACT_FIELDS]
	rows = frappe.get_all("Lead", {"name": ("in", names or [""])}, fields, order_by="name")
	return {row.name: start.lead_values(row) for row in rows}


def _refusals(run, rows: list) -> dict[str, str]:
	"""{row: why it is not imported}: what was not so when it was rehearsed. A row is imported as rehearsed, or not at all."""
	new = {values.lead for row, values in rows if row.verdict == NEW_LEAD}
	earlier = {values.lead for row, values in rows if row.verdict != NEW_LEAD} - new
	taken, states = (
		set(frappe.get_all("Lead", {"name": ("in", sorted(new) or [""])}, pluck="name")),
		known.states_of(earlier),
	)
	came = _came_since(run, [values for row, values in rows if row.verdict == NEW_LEAD])
	refused = {}
	for row, values in rows:
		if row.verdict == NEW_LEAD and values.lead in taken:
			refused[row.name] = _("Somebody else was given the number {0} since the rehearsal.").format(
				values.lead
			)
		elif row.verdict == NEW_LEAD and (lead := came.get(values.line)):
			refused[row.name] = _("Since the rehearsal they have become lead {0}.").format(lead)
		elif row.verdict != NEW_LEAD and values.lead not in new:
			state = states.get(values.lead)
			if not state:
				refused[row.name] = _("Lead {0} is not there.").format(values.lead)
			elif state.get("open_entry") or cint(state.get("enquiries")) >= cint(values.enquiry):
				refused[row.name] = _("Lead {0} has a newer enquiry since the rehearsal.").format(values.lead)
	return refused


def _came_since(run, new: list[frappe._dict]) -> dict[int, str]:
	"""{line: lead} of those who came through another door since the rehearsal, which would have known them."""
	region = Ground(run, now_datetime()).region

	def ours(leads: list[str]) -> set[str]:
		filters = {"prospect_list_import": run.name, "lead": ("in", leads)}
		return set(frappe.get_all(ROW, filters, pluck="lead", order_by="line"))

	people = {values.line: known.person_of(values, region) for values in new}
	found = known.find(people, matching.SURE, but=ours)
	return {line: match.lead for line, match in found.items() if match.is_sure}


def contact_names(leads: list[dict]) -> list[str]:
	"""The names of new Contacts, each made unique as Frappe does it: with a number behind."""
	bases = [building.contact_name(lead) for lead in leads]
	last = _last_contacts(_contacts_named(set(bases)))
	names = []
	for base in bases:
		key = _as_compared(base)
		last[key] = last[key] + 1 if key in last else 0
		names.append(f"{base}-{last[key]}" if last[key] else base)
	return names


def _as_compared(name: str) -> str:
	"""A name as the database compares it: ANNA WÉBER is Anna Weber."""
	return "".join(letter for letter in normalize("NFKD", name.casefold()) if not combining(letter))


def _contacts_named(bases: set[str]) -> list[str]:
	return frappe.get_all("Contact", {"name": ("in", sorted(bases) or [""])}, pluck="name", order_by="name")


def _last_contacts(bases: list[str]) -> dict[str, int]:
	"""{name of a Contact, as compared: the highest number behind it}, in one query."""
	last = {_as_compared(base): 0 for base in bases}
	contact = frappe.qb.DocType("Contact")
	like = [contact.name.like(f"{forgetting.literally(base)}-%") for base in bases]
	query = frappe.qb.from_(contact).select(contact.name).where(Criterion.any(like))
	for name in query.run(pluck=True) if like else []:
		base, _dash, number = name.rpartition("-")
		if number.isdecimal() and (key := _as_compared(base)) in last:
			last[key] = max(last[key], int(number))
	return last


def _users(addresses: list[str]) -> dict[str, str]:
	filters = {"email": ("in", [address for address in addresses if address] or [""])}
	return {row.email: row.name for row in frappe.get_all("User", filters, ["name", "email"])}


# ------------------------------------------------------------- what became of rows
def _imported(rows: list, stamp) -> None:
	row = frappe.qb.DocType(ROW)
	query = (
		frappe.qb.update(row).set(row.status, "Imported").set(row.imported_on, stamp).set(row.payload, None)
	)
	query.where(row.name.isin([each.name for each, _values in rows])).run()


def _leave_out(rows: list[frappe._dict]) -> None:
	if rows:
		row = frappe.qb.DocType(ROW)
		query = frappe.qb.update(row).set(row.status, "Not imported").set(row.payload, None)
		query.where(row.name.isin([each.name for each in rows])).run()


def _not_imported(rows: list[tuple]) -> None:
	"""(row, values, reason): their numbers stay given to nobody, and the register knows why."""
	for row, _values, reason in rows:
		changed = {"status": "Not imported", "reason": reason, "payload": None}
		frappe.db.set_value(ROW, row.name, changed, update_modified=False)
	given = [values.given for row, values, _reason in rows if row.verdict == NEW_LEAD and values.given]
	free = {each.number for each in given} - numbers.taken_among([each.number for each in given])
	numbers.register([each for each in given if each.number in free], status="Deleted")


# ------------------------------------------------------------- undo
def _undo(name: str) -> None:
	while run := locked(name, "Undoing"):
		_check_still_theirs(run)
		rows = undo.next_rows(name, BATCH)
		if not rows:
			run.db_set({"status": "Undone", "message": None})
			break
		undo.take_back(rows)
		run.db_set("seen", cint(run.seen) + len(rows))
		frappe.db.commit()
		_show(run, run.seen, run.total)
	frappe.db.commit()
