"""The records of one row: what the ordinary doors would have written, had the enquiry been worked here from its first day.

The rehearsal asks for the enquiry (its promises, its plan), the import for all records. Both decide by the same values
and at the same moment, that of the rehearsal, so both come to the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import frappe
from frappe import _
from frappe.utils import cint, escape_html, getdate
from frappe.utils.global_search import get_formatted_value

from prospect_mgmt import compat, consent, contact_keys, customers, set_based
from prospect_mgmt.entry import contacts, covers, ledger, moves, progress, start
from prospect_mgmt.entry.rules import Rules, rules_of
from prospect_mgmt.importing import IMPORT, row_id
from prospect_mgmt.names import by_time
from prospect_mgmt.procedure import capturing, matching, pauses, standards, urgency
from prospect_mgmt.procedure.facts import answers, fold, their_turns
from prospect_mgmt.procedure.steps import ALERT, ANCHORS, REMIND, Row, following, nothing_planned, plan
from prospect_mgmt.sheet import deciding

ENTRY, INTERACTION = start.DOCTYPE, contacts.DOCTYPE
PASSED = "its time had passed before the import"
TOLD_ONCE = "supervisors were told once for the whole import"
SHOWN = "shown on the worklist; nobody was alerted by the import"
DATES = (
	"first_contact_on",
	"called_on",
	"last_attempt_on",
	"information_sent_on",
	"satisfied_on",
	"courtesy_note_on",
	"last_response_on",
	"stage_since",
	"next_contact_on",
	"done_on",
	"consent_on",
)
TEXTS = (
	"lead_name",
	"company_name",
	"email_id",
	"phone",
	"source",
	"language",
	"interest",
	"detail",
	"stage",
	"agent",
	"outcome",
	"objection",
	"objection_note",
	"customer",
	"lead_owner",
	"consent",
	"note",
)
KEPT = ("line", "lead", "enquiry", "is_new_lead", "attempts", "no_mail", "given", "noted_row", *TEXTS, *DATES)


def packed(values: frappe._dict) -> str:
	"""The values of a row as they wait for the import."""
	return frappe.as_json({field: values.get(field) for field in KEPT if values.get(field)}, indent=None)


def unpacked(payload: str) -> frappe._dict:
	"""The reverse of `packed`."""
	values = frappe._dict(frappe.parse_json(payload))
	values.update({field: datetime.fromisoformat(values[field]) for field in DATES if values.get(field)})
	values.attempts = cint(values.attempts)
	values.given = frappe._dict(values.given) if values.given else None
	return values


class _Entry(frappe._dict):
	"""An entry that is worked out and not yet a document."""

	def set(self, field: str, value: object) -> None:
		self[field] = value


@dataclass
class Enquiry:
	"""An entry with its ledger, before it is written."""

	entry: _Entry
	contacts: list
	rows: list[tuple[Row, str | None]]  # with the reason of those that are ended
	stages: list[tuple[str | None, str, datetime]]  # (from, to, when)


class Ground:
	"""What all rows of one import share. `now`: the moment of the rehearsal."""

	def __init__(self, run, now: datetime):
		self.run, self.list, self.now, self.user = run.name, run.prospect_list, now, frappe.session.user
		self.cause = f"Imported from a spreadsheet: {run.name}"
		self.file = (run.file or "").rpartition("/")[2]
		self.company = frappe.get_cached_value("Prospect List", self.list, "company")
		self.currency = frappe.get_cached_value("Company", self.company, "default_currency")
		self.rules: Rules = rules_of(self.list)
		self.closing = moves.closing_stages(self.list)
		workflow = moves.workflow()
		self.transitions = workflow.transitions
		states = [state.state for state in workflow.states]
		# An outcome in place of a stage means the last one.
		self.stages = sorted(states, key=lambda stage: stage in self.closing)
		country = run.country or frappe.get_cached_value("Company", self.company, "country")
		self.lead, self.contact = frappe.new_doc("Lead"), frappe.new_doc("Contact")
		self._covers: dict[str | None, str | None] = {}
		self._keepers: dict[str | None, str | None] = {None: None}
		self.region = contact_keys.region_of({"country": country})

	def cover_of(self, agent: str | None) -> str | None:
		"""Who stands in for an agent today."""
		if agent not in self._covers:
			self._covers[agent] = covers.stand_in(self.list, agent)
		return self._covers[agent]

	def keeper_of(self, customer: str | None) -> str | None:
		"""Who looks after a customer."""
		if customer not in self._keepers:
			self._keepers[customer] = customers.keeper(customer)
		return self._keepers[customer]


# ------------------------------------------------------------- the enquiry
def enquiry(values: frappe._dict, lead: dict, ground: Ground) -> Enquiry:
	"""The entry of a row, its promises judged and its steps planned. `lead`: what it shows of its Lead."""
	rules, now = ground.rules, ground.now
	happened = deciding.interactions(values)
	told = fold(happened)
	entry = _Entry(
		lead, lead=values.lead, enquiry=values.enquiry, name=start.entry_id(values.lead, values.enquiry)
	)
	entry.update({field: getattr(told, field) for field in contacts.COMPUTED})
	entry.update(
		prospect_list=ground.list,
		company=ground.company,
		currency=ground.currency,
		enrolled_by="Bulk",
		source=values.source,
		interest=values.interest,
		stage=values.stage,
		agent=values.agent,
		cover=ground.cover_of(values.agent),
		first_contact_on=values.first_contact_on or now,
		unassigned_since=None if values.agent or values.done_on else now,
		open_lead=None if values.done_on else values.lead,
		done_on=values.done_on,
		satisfied_on=standards.satisfied_on((), values.satisfied_on or values.information_sent_on),
		awaiting="Nobody" if values.done_on else told.awaiting,
	)
	entry.acknowledge_by = rules.acknowledge.due(entry.first_contact_on, rules.calendar)
	entry.satisfy_by = rules.satisfy.due(entry.first_contact_on, rules.calendar)
	entry.respond_by = progress.respond_by(entry, told.asked_on)
	progress.keep_answers(entry, answers(happened))
	ended = values if values.done_on else {}
	entry.update({field: ended.get(field) for field in ("outcome", "objection", "objection_note")})
	if not values.done_on and values.next_contact_on and values.next_contact_on > now:
		entry.update(
			paused_until=values.next_contact_on,
			pauses=pauses.follow(None, values.next_contact_on, now),
			agreed_time=values.next_contact_on,
			pause_reason="Agreed, as the spreadsheet says",
		)
	stages = _stages(entry, values, happened, ground)
	entry.stage_visit, entry.stage_entered_on = len(stages), stages[-1][2]
	entry.closed_from = stages[-1][0] if values.done_on else None
	progress.judge_promises(entry, now, their_turns(happened) if happened else [])
	rows = _plan(entry, rules, now)
	return Enquiry(entry, happened, rows, stages)


def _stages(entry: _Entry, values: frappe._dict, happened: list, ground: Ground) -> list[tuple]:
	"""The way an enquiry must have come: where what happened leads by the workflow, then what the spreadsheet says."""
	at, last = ground.stages[0], entry.first_contact_on
	path = [(None, at, last)]
	for contact in happened:
		last = max(last, contact.occurred_on)
		after = _leads_to(at, contacts.events(contact, is_answer=True), ground)
		if at != entry.stage and after and after not in ground.closing:
			path.append((at, after, last))
			at = after
	if at != entry.stage:
		path.append((at, entry.stage, values.done_on or max(last, values.stage_since or last)))
	return path


def _leads_to(stage: str, events: list[str], ground: Ground) -> str | None:
	actions = [action for event in events for action in ground.rules.actions(event)]
	for action in actions:
		for transition in ground.transitions:
			if (transition.state, transition.action) == (stage, action):
				return transition.next_state
	return None


def _plan(entry: _Entry, rules: Rules, now: datetime) -> list[tuple[Row, str | None]]:
	"""The ledger. What an old list has due all at once is shown on the worklist, without an alert or a mail."""
	facts = progress.facts_of(entry)
	decided = plan(rules.steps, facts, [], ANCHORS, rules.calendar, now)
	rows = [(_ended(row, "Skipped", now), reason) for row, reason in decided.passed]
	for row in decided.add:
		if row.action == ALERT and row.counted_from == "Unassigned since":
			rows.append((_ended(row, "Skipped", now), TOLD_ONCE))
		elif row.due_on > now:
			rows.append((row, None))
		elif row.action == REMIND:
			rows.append((_ended(row, "Done", now), SHOWN))
			_show(entry, row, now)
			rows += [(after, None) for after in following(row, rules.steps, facts, now, rules.calendar)]
		else:
			rows.append((_ended(row, "Skipped", now), PASSED))
	coming = [row for row, _reason in rows if row.status == "Scheduled"]
	if not coming and not entry.done_on:
		coming = [nothing_planned(facts, now, rules.calendar)]
		rows.append((coming[0], None))
	progress.show_next(entry, sorted(coming, key=lambda row: row.due_on), now)
	return rows


def _ended(row: Row, status: str, now: datetime) -> Row:
	return replace(row, status=status, done_on=now)


def _show(entry: _Entry, row: Row, now: datetime) -> None:
	"""What the agent is to do, as a reminder shows it; of several, what the stage asks for."""
	if not entry.task or row.counted_from == "Last response":
		entry.task, entry.task_since = urgency.task_of(row.step_title, row.instruction), now
		entry.task_by = urgency.task_by(now, rules_of(entry.prospect_list).calendar)


# ------------------------------------------------------------- all records
class Builder:
	"""Makes the records of rows, DocType by DocType."""

	def __init__(self, ground: Ground, stamp: datetime):
		self._ground, self._stamp = ground, stamp
		self._blank: dict[str, dict] = {}
		self._with_contacts = cint(frappe.db.get_single_value("CRM Settings", "auto_creation_of_contact"))
		self._searchable: list[dict] = []
		self.tables: dict[str, list[dict]] = {}

	def _add(self, doctype: str, **values) -> dict:
		if doctype not in self._blank:
			self._blank[doctype] = frappe.new_doc(doctype).get_valid_dict()
		stamps = {"creation": self._stamp, "modified": self._stamp}
		stamps |= {"owner": self._ground.user, "modified_by": self._ground.user}
		name = values.get("name") or frappe.generate_hash(length=10)
		record = {**self._blank[doctype], **stamps, **values, "name": name}
		self.tables.setdefault(doctype, []).append(record)
		return record

	def lead(self, values: frappe._dict, contact: str | None, user: str | None) -> dict:
		"""A new Lead with what belongs to it; returns what its entry shows of it."""
		fields = {k: v for k, v in lead_shown(values, self._ground).items() if v is not None}
		# Not the importer, whom Frappe would take for the owner of each.
		record = self._add("Lead", **{"lead_owner": None, "image": "", **fields, "name": values.lead})
		shown = start.lead_values(frappe._dict(record))
		self._ground.lead.name = values.lead
		self._make_searchable(self._ground.lead)
		if self._with_contacts:
			self._contact(record, contact, user)
			record["phone"] = record["mobile_no"]  # as ERPNext does once the Contact is saved
		for kind, value in sorted(matching.keys(contact_keys.person_of(frappe._dict(record)))):
			self._add(contact_keys.DOCTYPE, lead=values.lead, kind=kind, key_value=value)
		return shown

	def _contact(self, lead: dict, name: str, user: str | None) -> None:
		fields = {"first_name": lead["first_name"] or lead["lead_name"], "last_name": lead["last_name"]}
		fields |= {
			"company_name": lead["company_name"],
			"full_name": contact_name(lead),
			"email_id": lead["email_id"] or "",
			"mobile_no": lead["mobile_no"] or "",
			"phone": "",
			"image": "" if lead["email_id"] else None,
		}
		self._add("Contact", **fields, name=name, user=user)
		self._ground.contact.update({**fields, "name": name, "user": user})
		self._make_searchable(self._ground.contact)
		child = {"parenttype": "Contact", "parent": name, "idx": 1}
		if lead["email_id"]:
			self._add(
				"Contact Email", **child, parentfield="email_ids", email_id=lead["email_id"], is_primary=1
			)
		if lead["mobile_no"]:
			self._add(
				"Contact Phone",
				**child,
				parentfield="phone_nos",
				phone=lead["mobile_no"],
				is_primary_mobile_no=1,
			)
		link = {"link_doctype": "Lead", "link_name": lead["name"], "link_title": lead["lead_name"]}
		self._add("Dynamic Link", **child, parentfield="links", **link)

	def _make_searchable(self, doc) -> None:
		fields = [field for field in doc.meta.get_global_search_fields() if doc.get(field.fieldname)]
		content = " ||| ".join(get_formatted_value(doc.get(field.fieldname), field) for field in fields)
		title = (doc.get_title() or "")[: frappe.db.VARCHAR_LEN]
		row = {"doctype": doc.doctype, "name": doc.name, "content": content, "title": title}
		self._searchable.append(row)

	def enquiry(self, values: frappe._dict, lead: dict) -> Enquiry:
		"""An entry with its history and its ledger."""
		made = enquiry(values, lead, self._ground)
		entry = made.entry
		assigned = entry.agent and not entry.done_on
		shown = {"_assign": frappe.as_json([entry.agent], indent=None)} if assigned else {"_assign": None}
		columns = frappe.get_meta(ENTRY).get_valid_columns()
		self._add(ENTRY, **{field: entry[field] for field in columns if field in entry}, **shown)
		of_entry = {"entry": entry.name, "prospect_list": entry.prospect_list, "agent": entry.agent}
		if values.interest or values.detail:
			self._add(
				"Prospect Requirement",
				parenttype=ENTRY,
				parentfield="requirements",
				parent=entry.name,
				idx=1,
				interest=values.interest,
				detail=values.detail,
				satisfied_on=entry.satisfied_on,
			)
		for idx, row in enumerate(entry.answer_promises, 1):
			of_table = {
				"parenttype": ENTRY,
				"parentfield": "answer_promises",
				"parent": entry.name,
				"idx": idx,
			}
			kept = {df.fieldname: row.get(df.fieldname) for df in row.meta.fields}
			self._add(progress.ANSWER, **of_table, **kept)
		self._history(made, of_entry, values)
		if assigned:
			self._todo(entry)
		if values.note:
			self.comment(entry.name, escape_html(values.note).replace("\n", "<br>"))
		return made

	def consent(self, values: frappe._dict) -> None:
		"""What they agreed to before, as the spreadsheet says."""
		self._add(
			consent.DOCTYPE,
			name=row_id(self._ground.run, values.line),
			lead=values.lead,
			email_id=values.email_id,
			what="Agreed",
			occurred_on=values.consent_on or values.first_contact_on or self._ground.now,
			text=values.consent,
			place=self.told(values.line),
			recorded_by=self._ground.user,
		)

	def told(self, line: int) -> str:
		"""Where something is from."""
		of = f"{self._ground.file} ({self._ground.run})" if self._ground.file else self._ground.run
		return _("As the spreadsheet says: row {0} of {1}").format(line, of)

	def _history(self, made: Enquiry, of_entry: dict, values: frappe._dict) -> None:
		told = _("As the spreadsheet says: row {0} of {1}").format(values.line, self._ground.run)
		for number, contact in enumerate(made.contacts, 1):
			self._add(
				INTERACTION,
				**of_entry,
				name=by_time(contact.occurred_on),
				lead=values.lead,
				occurred_on=contact.occurred_on,
				recorded_on=self._ground.now,
				channel=contact.channel,
				direction=contact.direction,
				by=contact.by,
				user=values.agent if contact.by == "Person" and contact.direction == "Outgoing" else None,
				result=contact.result or "",
				information_sent=int(contact.information_sent),
				information_satisfied=int(contact.information_sent and not values.satisfied_on),
				summary=told,
				number=number,
				fact_key=f"{IMPORT}:{made.entry.name}:{number}",
			)
		calendar, entered = self._ground.rules.calendar, None
		for visit, (before, stage, when) in enumerate(made.stages, 1):
			self._add(
				"Prospect Stage Change",
				**of_entry,
				name=by_time(when),
				from_stage=before,
				to_stage=stage,
				stage_visit=visit,
				changed_on=when,
				changed_by=self._ground.user,
				cause=self._ground.cause,
				seconds_in_stage=calendar.measure(entered, when) if entered else 0,
				working_seconds_in_stage=calendar.measure(entered, when, working=True) if entered else 0,
			)
			entered = when
		for row, reason in made.rows:
			record = ledger.record_of(made.entry.name, row, self._ground.now)
			self.tables.setdefault(ledger.DOCTYPE, []).append(record | {"reason": reason})

	def _todo(self, entry: _Entry) -> None:
		self._add(
			"ToDo",
			reference_type=ENTRY,
			reference_name=entry.name,
			allocated_to=entry.agent,
			assigned_by=self._ground.user,
			assigned_by_full_name=frappe.utils.get_fullname(self._ground.user),
			description=escape_html(_("Work {0} {1}").format(entry.name, entry.lead_name or "")),
			date=getdate(self._ground.now),
		)

	def comment(self, entry: str, content: str, **values) -> None:
		"""Something said of an entry, as HTML."""
		self._add(
			"Comment",
			**values,
			comment_type="Info",
			reference_doctype=ENTRY,
			reference_name=entry,
			comment_email=self._ground.user,
			comment_by=frappe.utils.get_fullname(self._ground.user),
			content=content,
		)

	def write(self) -> None:
		"""Insert everything that was made. Commits nothing."""
		for doctype, records in self.tables.items():
			set_based.insert(doctype, records)
		set_based.make_searchable(self._searchable)


def lead_fields(values: frappe._dict, ground: Ground) -> dict:
	"""The fields of a new Lead."""
	first_name, last_name = capturing.split_name(values.lead_name or "")
	if not (first_name or values.company_name or values.email_id):
		first_name = values.phone  # ERPNext wants some name
	return {
		"first_name": first_name,
		"last_name": last_name,
		"company_name": values.company_name,
		"email_id": values.email_id,
		"mobile_no": values.phone,
		"language": values.language,
		compat.source_field(): values.source,
		"prospect_interest": values.interest,
		"lead_owner": values.lead_owner or values.agent,
		"customer": values.customer,
		"unsubscribed": int(bool(values.no_mail)),
		"company": ground.company,
	}


def lead_shown(values: frappe._dict, ground: Ground) -> dict:
	"""The same with the name and the title that ERPNext makes of them."""
	fields = lead_fields(values, ground)
	lead = ground.lead
	lead.update({"lead_name": None, **fields})
	lead.set_full_name()
	lead.set_lead_name()
	lead.set_title()
	return {**fields, "lead_name": lead.lead_name, "title": lead.title}


def contact_name(lead: dict) -> str:
	"""How ERPNext calls the Contact of a Lead, before it is made unique."""
	from frappe.contacts.doctype.contact.contact import get_full_name

	return get_full_name(
		lead["first_name"] or lead["lead_name"], None, lead["last_name"], lead["company_name"]
	)
