"""The rehearsal: what will become of each row, before anything is written but the verdicts themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import frappe
import phonenumbers
from frappe import _
from frappe.utils import cint, getdate, now_datetime, validate_email_address

from prospect_mgmt import contact_keys, customers, numbers, set_based
from prospect_mgmt.entry import moves, start
from prospect_mgmt.importing import (
	CANNOT,
	DUPLICATE,
	IMPORT,
	LEFT_OUT,
	NEW_ENQUIRY,
	NEW_LEAD,
	NOTED,
	ROW,
	TAKEN_IN,
	building,
	forgetting,
	in_words,
	known,
	label,
	noting,
	row_id,
	shown,
)
from prospect_mgmt.importing.building import Ground
from prospect_mgmt.importing.known import Known
from prospect_mgmt.importing.meanings import AGENT, INTEREST, LANGUAGE, OBJECTION, Meanings
from prospect_mgmt.importing.staging import Staging
from prospect_mgmt.procedure.machine_mail import is_machine_sender
from prospect_mgmt.sheet import columns, dates, duplicates, entries, reading, totals
from prospect_mgmt.sheet.cleaning import FORMULA
from prospect_mgmt.sheet.columns import plain
from prospect_mgmt.sheet.duplicates import LONGEST
from prospect_mgmt.sheet.entries import Entry, Opened, Options
from prospect_mgmt.sheet.reading import Sheets, Spreadsheet

BATCH = 500
MOST_OFFERED = 100  # sheets of a workbook
FIELDS = {label: field for field, label in columns.LABELS.items()}
ORDERS = {"The third of May": dates.DAY_FIRST, "March 5": dates.MONTH_FIRST}
COMING = timedelta(days=1)  # clocks and timezones differ; what is later than this is still to come
OF_THE_PAST = tuple(field for field in building.DATES if field != "next_contact_on")


# ------------------------------------------------------------- the file
def path_of(run) -> Path:
	"""The file of an import, which the user may read. Raises PermissionError."""
	for name in frappe.get_all("File", {"file_url": run.file or "-"}, pluck="name", order_by="creation"):
		file = frappe.get_doc("File", name)
		if file.has_permission("read"):
			return Path(file.get_full_path())
	raise frappe.PermissionError(_("The file {0} is not there, or not yours.").format(run.file))


def _spreadsheet(run) -> tuple[Spreadsheet, Sheets]:
	"""The file of an import with the sheet that was chosen; its sheets, and which one is read when none is."""
	file = Spreadsheet(path_of(run), run.encoding or None)
	sheets = reading.sheets(file)
	chosen = next((name for name in sheets.names if _offered(name) == run.sheet), run.sheet)
	return file._replace(sheet=chosen or None), sheets


def has_its_sheet(run) -> bool:
	"""Whether the file of an import has the sheet that was chosen, on view. Raises reading.Unreadable."""
	_file, sheets = _spreadsheet(run)
	return run.sheet in {_offered(name) for name in sheets.names}


def _offered(sheet: str) -> str:
	"""The name of a sheet as a field can hold it, on a line of its own."""
	return shown(sheet.replace("\n", " ")[:LONGEST])


def propose_columns(run) -> None:
	"""Fill the import's sheets, and its table of columns from the headings of its file. Raises reading.Unreadable."""
	file, sheets = _spreadsheet(run)
	run.sheets = "\n".join(_offered(name) for name in sheets.names[:MOST_OFFERED])
	if len(sheets.names) > 1:
		run.sheet = run.sheet or _offered(sheets.read)
	first = entries.first_rows(file)
	layout = _layout(first, cint(run.headings_row) or None)
	fields = {at: field for field, at in layout.fields.items()}
	fields |= {at: field for field, more in layout.further.items() for at in more}
	forgotten = _forgotten(run)
	body = [row.cells for row in first if row.line > layout.line and row.line not in forgotten]
	run.headings_row = layout.line
	run.set("columns", [])
	for at, heading in enumerate(layout.headings):
		examples = [
			shown(str(cells[at])[:40]) for cells in body if at < len(cells) and cells[at] not in (None, "")
		]
		if heading or examples:
			column = {"place": at + 1, "heading": shown(heading[:140]), "examples": " · ".join(examples[:3])}
			run.append("columns", {**column, "field": columns.LABELS.get(fields.get(at))})


def _forgotten(run) -> set[int]:
	"""The lines of people who were made nobody."""
	return set(frappe.parse_json(run.forgotten_rows or "[]"))


def _layout(first: list[reading.Row], line: int | None) -> columns.Layout:
	"""The headings; where none are recognised, the first row, for a person to say what they mean."""
	try:
		return columns.layout(first, line=line)
	except columns.NoHeadings:
		if not first or line:
			raise
		return columns.layout(first, line=first[0].line)


def _options(run, ground: Ground) -> Options:
	fields: dict[str, int] = {}
	further: dict[str, list[int]] = {}
	for row in run.columns:
		if field := FIELDS.get(row.field):
			if field not in fields:
				fields[field] = row.place - 1
			elif field in columns.SEVERAL:
				further.setdefault(field, []).append(row.place - 1)
			else:
				text = _("Several columns are read as {0}: say in the table of columns which one is.")
				raise columns.NoHeadings(text.format(row.field))
	if not columns.WHO & set(fields):
		raise columns.NoHeadings(
			_("Say in the table of columns which one holds the name, the e-mail or the phone.")
		)
	width = max(row.place for row in run.columns)
	headings = {row.place: row.heading or "" for row in run.columns}
	return Options(
		ground.stages,
		order=ORDERS.get(run.date_order),
		country_code=str(phonenumbers.country_code_for_region(ground.region) or "") if ground.region else "",
		layout=columns.Layout(
			cint(run.headings_row), [headings.get(at, "") for at in range(1, width + 1)], fields, further
		),
		closed=frozenset(ground.closing),
	)


# ------------------------------------------------------------- the rehearsal
def rehearse(run, progress: Callable[[int, int], None]) -> None:
	"""Write the verdict of each row, and what there is to say of the whole to `run`. Commits as it goes.

	Raises reading.Unreadable and columns.NoHeadings.
	"""
	frappe.db.delete(ROW, {"prospect_list_import": run.name})
	contact_keys.fill()
	now = now_datetime().replace(microsecond=0)
	rehearsal = _Rehearsal(run, Ground(run, now))
	rehearsal.read()
	frappe.db.commit()
	for batch in rehearsal.staging.batches(BATCH):
		rehearsal.judge(batch)
		seen = {"seen": rehearsal.place, "total": rehearsal.total}
		frappe.db.set_value(IMPORT, run.name, seen, update_modified=False)
		frappe.db.commit()
		progress(rehearsal.place, rehearsal.total)
	run.update({"total": rehearsal.total, "seen": 0, "rehearsed_on": now, "message": rehearsal.remark})
	run.update({"counters": json.dumps(rehearsal.forecast.counters), "fingerprint": fingerprint(run)})
	run.set("meanings", rehearsal.meanings.table())


def fingerprint(run) -> str:
	"""Changes whenever the rules change by which rows are judged: then they must be rehearsed again."""
	prospect_list = frappe.get_doc("Prospect List", run.prospect_list)
	parts = [getdate(), prospect_list.modified]
	parts.append(frappe.db.get_value("Prospect Procedure", prospect_list.procedure, "modified"))
	parts.append(frappe.get_cached_doc("Prospect Management Settings").modified)
	parts.append(moves.workflow().modified)
	return "|".join(str(part) for part in parts)


class _Rehearsal:
	def __init__(self, run, ground: Ground):
		self._run, self._ground = run, ground
		self.staging, self.meanings = Staging(), Meanings(run)
		self.forecast = numbers.Forecast(self._own_numbers)
		self._finder = duplicates.Finder(duplicates.ShelvesOnDisk())
		self._foretold = numbers.can_be_foretold()
		self._forgotten = _forgotten(run)
		self.place = self.total = 0
		self.remark = None

	def _own_numbers(self, found: list[str]) -> set[str]:
		return {number for number in found if self.staging.owner(number)}

	def read(self) -> None:
		if not self._run.columns:
			propose_columns(self._run)  # it was refused: says why again
		file, _sheets = _spreadsheet(self._run)
		opened = Opened(file, _options(self._run, self._ground))
		for entry in opened:
			self.staging.add(entry)
			self.total += 1
		if not self.total:
			raise reading.Unreadable(_("The file has headings, but no rows below them."))
		if opened.guessed_order:
			self.remark = _(
				"Dates such as 3/5/2026 were read as the third of May. If March 5 is meant, say so above."
			)

	# one batch, in the order in which the prospects came
	def judge(self, batch: list[Entry]) -> None:
		persons = {
			entry.line: known.person_of(entry, self._ground.region) for entry in batch if not entry.is_total
		}
		found, sold_to = known.find(persons), customers.of_people(persons)
		judged = [
			(entry, self._verdict(entry, found.get(entry.line), sold_to.get(entry.line))) for entry in batch
		]
		new = [values for _entry, values in judged if values.verdict == NEW_LEAD and not values.lead]
		if self._foretold:
			for values, given in zip(new, self._numbers(new), strict=True):
				values.lead, values.given = given.number, given
		# Known only now: what the later enquiries of this batch belong to.
		said = noting.of_entries(sorted({values.note_on for _entry, values in judged if values.note_on}))
		self._note_contacts([row for row in judged if row[1].verdict == NEW_ENQUIRY and row[1].lead])
		for entry, values in judged:
			self._settle(entry, values)
			if values.verdict == DUPLICATE:
				self._note(entry, values, said.get(values.note_on))
		set_based.insert(ROW, [self._record(entry, values) for entry, values in judged])

	def _note_contacts(self, again: list[tuple[Entry, frappe._dict]]) -> None:
		"""Of somebody known who enquires again: another address or number than the lead's is noted on the new enquiry."""
		keys = noting.keys_of_leads([values.lead for _entry, values in again])
		for entry, values in again:
			lines = noting.new_contacts(entry, keys.get(values.lead, set()), self._ground.region)
			values.note = "\n".join([*filter(None, [values.note]), *lines]) or None

	def _numbers(self, new: list[frappe._dict]) -> list[frappe._dict]:
		leads = [frappe._dict(building.lead_fields(values, self._ground)) for values in new]
		return self.forecast.of(leads)

	def _verdict(self, entry: Entry, site: Known | None, customer: str | None) -> frappe._dict:
		if entry.line in self._forgotten:
			return frappe._dict(verdict=LEFT_OUT, to_mend=[forgetting.left_out()])
		if entry.is_total:
			reason = in_words(totals.REASON)
			return frappe._dict(
				verdict=LEFT_OUT, lead_name=entry.lead_name[:LONGEST], to_mend=[], reason=reason
			)
		self._finder.look(entry)
		self._finder.file_last()
		values = self._values(entry)
		values.verdict, values.blocked = NEW_LEAD, None
		if entry.duplicate_of:
			other = entry.duplicate_of
			values.verdict, values.duplicate_of = DUPLICATE, _("row {0}, {1}").format(other.line, other.who)
			values.note_on = site.open_entry if site and site.is_sure else None
		elif entry.earlier and not self.staging.is_there(entry.earlier.line):
			values.verdict, values.earlier = NEW_ENQUIRY, entry.earlier.line
		elif site and site.is_sure:
			self._of_known(entry, values, site)
		else:
			if site:
				values.to_mend.append(
					_("Contact: much like lead {0}, {1}: are they the same person?").format(
						site.lead, site.who
					)
				)
			self._own_number(entry, values)
		self._belongs_to(values, site if site and site.lead == values.lead else None, customer)
		self._block(entry, values)
		return values

	def _of_known(self, entry: Entry, values: frappe._dict, site: Known) -> None:
		first = values.first_contact_on or self._ground.now
		values.verdict, values.lead = NEW_ENQUIRY, site.lead
		values.enquiries = site.enquiries
		if site.refusal:
			values.blocked = site.refusal
		elif values.done_on and site.has_done(first):
			values.verdict, values.duplicate_of = DUPLICATE, _("{0}, of that time").format(site.lead)
		elif site.open_entry:
			values.verdict, values.duplicate_of = DUPLICATE, _("{0}, open").format(site.open_entry)
			values.note_on = site.open_entry
		elif site.last_done_on and first < site.last_done_on:
			values.verdict, values.duplicate_of = DUPLICATE, _("{0}, of that time").format(site.lead)
		if values.verdict == DUPLICATE:
			self.staging.note_there(entry.line)

	def _belongs_to(self, values: frappe._dict, site: Known | None, customer: str | None) -> None:
		"""As the ordinary doors have it: a customer's enquiry is for whoever looks after them, a known lead's for its owner."""
		values.customer = site.customer if site else customer
		keeper = self._ground.keeper_of(values.customer)
		values.lead_owner = values.agent or (keeper if keeper != values.email_id else None)
		if not values.agent and not values.done_on:
			users = (keeper, site.lead_owner if site else None)
			values.agent = next(
				(user for user in users if start.is_agent(self._run.prospect_list, user)), None
			)

	def _own_number(self, entry: Entry, values: frappe._dict) -> None:
		"""A number that the row brings stays, where it can be a lead's."""
		number = entry.number
		if not number:
			return
		owner = self.staging.owner(number)
		there = frappe.db.get_value(start.DOCTYPE, number, ["lead_name", "done_on"], as_dict=True)
		if owner != entry.line:
			values.blocked = _("Lead number: {0} is also that of row {1}; empty one of the two").format(
				number, owner
			)
		elif len(number) > LONGEST or set("<>") & set(number) or number.casefold().startswith("new lead"):
			values.blocked = _("Lead number: {0} cannot be one; empty it to get another").format(number[:60])
		elif number.startswith(FORMULA):
			values.blocked = _("Lead number: {0} begins like a formula; empty it to get another").format(
				number[:60]
			)
		elif there and values.lead_name and plain(there.lead_name) == plain(values.lead_name):
			values.verdict, values.duplicate_of = DUPLICATE, number  # out of reach, or by another address now
			values.note_on = None if there.done_on else number
			self.staging.note_there(entry.line)
		elif there or numbers.taken_among([number]):
			values.blocked = _("Lead number: {0} is somebody else's here; empty it to get another").format(
				number
			)
		else:
			values.lead = number

	def _block(self, entry: Entry, values: frappe._dict) -> None:
		if values.verdict not in TAKEN_IN:
			return
		if not entry.who:
			values.verdict = CANNOT  # why is already among what is to be mended
			return
		if is_machine_sender(entry.email_id):
			values.blocked = _("{0} is written by a machine, not by a person.").format(entry.email_id)
		if values.blocked:
			values.verdict = CANNOT
			values.to_mend.insert(0, values.blocked)
		elif values.to_mend and self._run.to_mend == "Leave out":
			values.verdict = LEFT_OUT

	def _settle(self, entry: Entry, values: frappe._dict) -> None:
		"""Which enquiry of which lead it is, and what is planned for it."""
		if values.earlier:
			values.lead = self.staging.lead_of(values.earlier)
			if not values.lead and values.verdict in TAKEN_IN and self._foretold:
				values.verdict = CANNOT
				values.to_mend.insert(
					0,
					_("Row {0}, their earlier enquiry, is not imported: mend that one first").format(
						values.earlier
					),
				)
		if values.verdict not in TAKEN_IN:
			return
		values.is_new_lead = int(values.verdict == NEW_LEAD)
		lead = values.lead or row_id(self._run.name, entry.line)  # a number that nobody can foretell
		values.enquiry = self.staging.next_enquiry(lead, cint(values.enquiries))
		self.staging.note(entry.line, lead, start.entry_id(lead, values.enquiry))
		contact = start.lead_values(frappe._dict(building.lead_fields(values, self._ground)))
		made = building.enquiry(frappe._dict(values, lead=lead), contact, self._ground)
		values.made = made.entry

	def _note(self, entry: Entry, values: frappe._dict, on_the_site: noting.Known | None) -> None:
		"""Their enquiry is open, here or in an earlier row: what this row says besides is noted on it."""
		if values.to_mend and self._run.to_mend == "Leave out":
			return
		if on_the_site:
			before, values.lead = on_the_site, on_the_site.lead
		elif entry.duplicate_of and (lead := self.staging.lead_of(entry.duplicate_of.line)):
			before, values.lead = noting.of_row(entry.duplicate_of, self._ground.region), lead
			values.note_on, values.noted_row = (
				self.staging.entry_of(entry.duplicate_of.line),
				entry.duplicate_of.line,
			)
		else:
			return
		news = noting.news(entry, before, self._ground.region)
		if lines := [line for line in news if self.staging.is_first(values.note_on, line)]:
			values.verdict, values.note = NOTED, "\n".join(lines)
			values.reason = _("Noted there: {0}").format(" · ".join(lines))

	# what the cells mean here
	def _values(self, entry: Entry) -> frappe._dict:
		values = frappe._dict(
			{field: getattr(entry, field) for field in building.KEPT if hasattr(entry, field)}
		)
		values.to_mend = [in_words(problem) for problem in entry.problems]
		values.notes = [*filter(None, [entry.notes]), *entry.further]
		self._people(entry, values)
		self._lengths(values)
		for field in OF_THE_PAST:
			if values[field] and values[field] > self._ground.now + COMING:
				when = f"{values[field]:%Y-%m-%d}"
				values.to_mend.append(_("{0}: {1} is still to come; left empty").format(label(field), when))
				values[field] = None
		if entry.stage in self._ground.closing:
			values.done_on = values.done_on or values.first_contact_on or self._ground.now
		self._amounts(entry, values)
		values.note = "\n".join([*values.notes, *values.to_mend]) or None
		return values

	def _people(self, entry: Entry, values: frappe._dict) -> None:
		meaning, ask = self.meanings, self.meanings.asked
		for field, kind in (("agent", AGENT), ("source", meaning.source)):
			said = getattr(entry, field)
			values[field] = ask(kind, said)
			if said and not values[field]:
				values.to_mend.append(
					_("{0}: “{1}” is not known here: say above who or what is meant").format(
						label(field), said
					)
				)
		values.language = meaning.of(LANGUAGE, entry.language.split("-")[0])
		values.interest = meaning.of(INTEREST, entry.interest)
		values.detail = entry.interest if entry.interest and not values.interest else None
		values.objection = ask(OBJECTION, entry.objection)
		values.objection_note = entry.objection if entry.objection and not values.objection else None
		values.email_id, values.phone = entry.email_id or None, entry.phone or None
		if values.email_id and not validate_email_address(values.email_id):
			values.to_mend.append(
				_("E-mail: “{0}” is no e-mail address here; left empty").format(values.email_id[:60])
			)
			values.email_id = None

	def _lengths(self, values: frappe._dict) -> None:
		for field in ("lead_name", "company_name", "email_id", "phone"):
			text = " ".join((values[field] or "").replace("<", " ").replace(">", " ").split())
			if len(text) > LONGEST:
				values.to_mend.append(_("{0}: longer than {1} characters").format(label(field), LONGEST))
				text = "" if field == "email_id" else text[:LONGEST].strip()
			values[field] = text or None

	def _amounts(self, entry: Entry, values: frappe._dict) -> None:
		"""Law 4: amounts are those of documents; what the spreadsheet says of them is kept as a note."""
		for field in ("quotation", "quoted_amount", "sales_invoice", "sale_value"):
			if said := getattr(entry, field):
				said = f"{said:.2f}" if isinstance(said, float) else said
				values.notes.append(f"{label(field)}: {said}")

	# the verdict as it is stored
	def _record(self, entry: Entry, values: frappe._dict) -> dict:
		self.place += 1
		taken, noted = values.verdict in TAKEN_IN, values.verdict == NOTED
		made = values.made or frappe._dict()
		if taken:
			values.lead, values.note_on = self.staging.lead_of(entry.line), self.staging.entry_of(entry.line)
		foretold = (taken or noted) and not values.lead.startswith(f"{self._run.name}-")
		stamp = now_datetime()
		return {
			"name": row_id(self._run.name, entry.line),
			"creation": stamp,
			"modified": stamp,
			"owner": self._run.owner,
			"modified_by": self._run.owner,
			"prospect_list_import": self._run.name,
			"line": entry.line,
			"place": self.place,
			"verdict": values.verdict,
			"status": "Rehearsed",
			"number": values.note_on if foretold else None,
			"lead": values.lead if taken or noted else None,
			"lead_name": values.lead_name or values.email_id or values.phone,
			"company_name": values.company_name,
			"customer": values.customer,
			"stage": values.stage,
			"agent": values.agent,
			"first_contact_on": values.first_contact_on,
			"task": made.task,
			"next_step": made.next_step,
			"next_due_on": made.next_due_on,
			"duplicate_of": shown(values.duplicate_of or "")[:LONGEST] or None,
			"to_mend": shown("\n".join(values.to_mend)) or None,
			"reason": shown(values.reason or "") or None,
			"payload": building.packed(values) if taken or noted else None,
		}
