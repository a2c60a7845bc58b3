from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_datetime, now_datetime

from prospect_mgmt import compat, contact_keys, customers, mail, permissions
from prospect_mgmt.entry import (
	assignment_rule,
	checks,
	contacts,
	guard,
	ledger,
	moves,
	once,
	people,
	progress,
	start,
	watching,
)
from prospect_mgmt.procedure.facts import CALL_RESULTS, REACHED
from prospect_mgmt.procedure.standards import satisfied_on
from prospect_mgmt.sent import Names

# An index by which reports count what was open at some moment without reading an entry.
OF_CLOSING = ("prospect_list", "done_on", "first_contact_on", "agent", "outcome")
# An index by which they find what was received in a period, and whether it counts, in the same way.
OF_RECEIVING = ("prospect_list", "first_contact_on", "outcome", "agent", "source")
OUTCOMES = ("Won", "Lost", "No response", "Unreachable", "Not a prospect", "Duplicate", "Spam")


class ProspectListEntry(Document):
	"""One enquiry of one Lead, worked on one list. Its public methods lock it, check the caller's rights, and commit nothing.

	`request_key`, where a method takes one, is made by whoever calls: sent again with the same key, the act is not done again.
	"""

	# ------------------------------------------------------------- document hooks
	def before_insert(self):
		start.prepare(self)
		people.choose_agent(self)

	def autoname(self):
		self.name = start.entry_id(self.lead, self.enquiry)

	def validate(self):
		self.agent = (
			self.agent or None
		)  # an emptied field comes as "", which no index on nobody's entries finds
		if self.is_new() and not self.flags.ignore_permissions:
			people.check_assignable(self, self.agent)
		elif not self.is_new() and not self.flags.by_procedure:
			guard.facts_unchanged(self)
			guard.check_people(self)

	def before_save(self):
		if not self.is_new():
			progress.go_on(self, self.get_doc_before_save())

	def after_insert(self):
		progress.write(self)
		people.after_insert(self)
		customers.offer(self)
		if not self.flags.is_new_lead:  # one from before the app was may not be filed under its numbers yet
			contact_keys.follow(self.flags.lead or frappe.get_doc("Lead", self.lead))
		if not (self.mobile_no or self.phone) and (action := moves.find(self, ["No telephone"])):
			moves.move(self, action, "They have no telephone: mail can reach them")

	def on_update(self):
		progress.write(self)
		before = self.get_doc_before_save()
		if not self.flags.in_insert:
			people.after_change(self, before)
		watching.tell_changed(self, before)

	def run_post_save_methods(self):
		needless = [] if moves.makes_actions() else [compat.WORKFLOW_ACTIONS]
		if self.flags.assigned_by:
			needless.append(compat.ASSIGNMENT_RULES)  # they were asked before it was written
		with compat.without(*needless):
			super().run_post_save_methods()

	def on_change(self):
		if rule := self.flags.pop("assigned_by", None):
			assignment_rule.remember(rule, self.agent)

	def on_trash(self):
		for doctype in ("Prospect Due Step", "Prospect Stage Change", "Prospect Interaction"):
			frappe.db.delete(doctype, {"entry": self.name})
		people.close_assignments(self.name)

	def after_rename(self, old: str, new: str, merge: bool = False):
		frappe.db.set_value(self.doctype, new, "open_lead", self.lead if not self.done_on else None)

	# ------------------------------------------------------------- what leaves for a browser
	def as_dict(self, *args, **kwargs) -> dict:
		"""As Frappe shows it to whoever asks: outside of our own saving, without the amounts they may not read."""
		values = super().as_dict(*args, **kwargs)
		if getattr(frappe.local, "request", None) and not self.flags.by_procedure:
			permissions.hide_amounts(self, values)
		return values

	# ------------------------------------------------------------- what people and signals tell it
	@frappe.whitelist(methods=["POST"])
	def log_call(
		self,
		summary: str,
		result: str = "Reached",
		information_satisfied: int = 0,
		occurred_on: str | datetime | None = None,
		next_attempt_on: str | datetime | None = None,
		direction: str = "Outgoing",
		channel: str = "Phone",
		objection: str | None = None,
		answered: Names | None = None,
		request_key: str | None = None,
	):
		"""A call as it happened; `result` is one of CALL_RESULTS. Returns the Prospect Interaction's ID.

		`answered`: names of the lines of the requirements table that the call answered; `information_satisfied`: all of
		them. `next_attempt_on`: when they are to be rung again. Agreed with them it holds the automatic steps until then;
		after an attempt that reached nobody it takes the place of the next reminder.
		"""
		self.begin("write")
		request = once.mark(request_key, summary, result)
		if sent_before := contacts.of_request(self, request):
			return sent_before.name
		checks.one_of(result, CALL_RESULTS, _("Result"))
		checks.one_of(direction, ("Outgoing", "Incoming"), _("Direction"))
		checks.one_of(channel, ("Phone", "In person"), _("Channel"))
		next_attempt = checks.coming(next_attempt_on, _("Next attempt"))
		if next_attempt:
			self._must_be_open()
		happened = checks.occurred(occurred_on, self.first_contact_on)
		self.agreed_time = next_attempt
		self.paused_until = next_attempt if result in REACHED else None
		self.pause_reason = "Agreed in the call" if self.paused_until else None
		self.flags.fresh = {"Agreed time"}
		self._answer(answered, happened)
		interaction = contacts.record(
			self,
			channel=channel,
			direction=direction,
			result=result,
			summary=checks.text(summary, _("Summary")),
			occurred_on=happened,
			next_attempt_on=next_attempt,
			information_satisfied=cint(information_satisfied),
			objection=objection,
			request_key=request,
		)
		self.take_in(interaction)
		return interaction.name

	@frappe.whitelist(methods=["POST"])
	def send_information(
		self,
		subject: str,
		content: str,
		attachments: Names | None = None,
		information_satisfied: int = 1,
		cc: str | None = None,
		email_template: str | None = None,
		answered: Names | None = None,
		request_key: str | None = None,
	):
		"""Mail the information to the prospect, in the agent's name; returns the Communication's ID.

		`answered`: names of the requirement lines it answers; `information_satisfied`: all of them. `content` is HTML and is sent as it is, never rendered as a template. Raises when it cannot go out at all.
		"""
		self.begin("write")
		request = once.mark(request_key, subject, content)
		if sent_before := contacts.of_request(self, request):
			return sent_before.reference_name
		self._answer(answered, now_datetime())
		communication = mail.send(
			self, subject, content, by="Person", attachments=attachments, cc=cc, email_template=email_template
		)
		interaction = contacts.record(
			self,
			channel="Email",
			direction="Outgoing",
			result="Sent",
			summary=subject,
			information_sent=1,
			information_satisfied=cint(information_satisfied),
			reference_doctype="Communication",
			reference_name=communication,
			fact_key=f"Communication:{communication}",
			request_key=request,
		)
		self.take_in(interaction)
		return communication

	@frappe.whitelist(methods=["POST"])
	def record_message(
		self,
		content: str,
		channel: str = "WhatsApp",
		occurred_on: str | datetime | None = None,
		information_sent: int = 1,
		information_satisfied: int = 0,
		answered: Names | None = None,
		request_key: str | None = None,
	):
		"""A message of ours that went out by another way (WhatsApp, SMS, a letter in person); returns the Interaction's ID.

		It acknowledges, and replies to what they wrote. `answered`: names of the requirement lines it answers;
		`information_satisfied`: all of them.
		"""
		self.begin("write")
		request = once.mark(request_key, content, channel)
		if sent_before := contacts.of_request(self, request):
			return sent_before.name
		checks.one_of(channel, ("Email", "WhatsApp", "SMS", "Chat", "Web"), _("Channel"))
		happened = checks.occurred(occurred_on, self.first_contact_on)
		self._answer(answered, happened)
		interaction = contacts.record(
			self,
			channel=channel,
			direction="Outgoing",
			result="Sent",
			summary=checks.text(content, _("Text")),
			occurred_on=happened,
			information_sent=cint(information_sent),
			information_satisfied=cint(information_satisfied),
			request_key=request,
		)
		self.take_in(interaction)
		return interaction.name

	@frappe.whitelist(methods=["POST"])
	def record_response(
		self,
		content: str,
		channel: str = "Email",
		occurred_on: str | datetime | None = None,
		request_key: str | None = None,
	):
		"""An answer of theirs, however it came; returns the Prospect Interaction's ID."""
		self.begin("write")
		request = once.mark(request_key, content, channel)
		if sent_before := contacts.of_request(self, request):
			return sent_before.name
		checks.one_of(
			channel, ("Phone", "Email", "WhatsApp", "SMS", "Chat", "In person", "Web"), _("Channel")
		)
		interaction = contacts.record(
			self,
			channel=channel,
			direction="Incoming",
			summary=checks.text(content, _("Text")),
			occurred_on=checks.occurred(occurred_on, self.first_contact_on),
			request_key=request,
		)
		self.take_in(interaction, is_answer=True)
		return interaction.name

	@frappe.whitelist(methods=["POST"])
	def pause(self, until: str | datetime, reason: str, request_key: str | None = None):
		"""Agree on a time ("call me in March"): automatic steps are held until then; the promises run on."""
		self.begin("write")
		if self._is_done(once.mark(request_key, str(until), reason)):
			return
		self._must_be_open()
		if not (reason or "").strip():
			frappe.throw(_("Say why it is paused."))
		self.paused_until = self.agreed_time = checks.coming(until, _("Until"))
		if not self.paused_until:
			frappe.throw(_("Say until when it is paused."))
		self.pause_reason = checks.text(reason, _("Reason"))
		progress.clear_task(self)
		self.flags.fresh = {"Agreed time"}
		self.store()

	@frappe.whitelist(methods=["POST"])
	def resume(self):
		"""End a pause now: what was held goes out."""
		self.begin("write")
		self._must_be_open()
		held_until = self.paused_until
		self.paused_until = self.pause_reason = self.agreed_time = None
		self.flags.fresh = {"Agreed time"}
		self.store()
		people.release_held(self.name, held_until)

	@frappe.whitelist(methods=["POST"])
	def close(
		self,
		outcome: str,
		objection: str | None = None,
		note: str | None = None,
		request_key: str | None = None,
	):
		"""How it ended. Lost asks for the objection. Spam and Duplicate void the promises."""
		self.begin("write")
		if self._is_done(once.mark(request_key, outcome, objection, note)):
			return
		checks.one_of(outcome, OUTCOMES, _("Outcome"))
		self._must_be_open()
		if outcome == "Lost" and not objection:
			frappe.throw(
				_("Say why they said no: an objection is needed for Lost."), title=_("Objection is missing")
			)
		self._close(outcome, objection, note, "Sale" if outcome == "Won" else "Closed")

	def _close(self, outcome: str, objection: str | None, note: str | None, event: str):
		"""Closed even where the workflow has no such action here: `done_on` says so, whatever the stage is called."""
		self.outcome, self.objection, self.objection_note = outcome, objection, checks.text(note, _("Note"))
		progress.close_fields(self, now_datetime(), closed_from=self.stage)
		self.store_and_move(list(dict.fromkeys([event, "Closed"])), f"Closed: {outcome}")

	@frappe.whitelist(methods=["POST"])
	def reopen(self, request_key: str | None = None):
		"""Undo a closing: back to the stage it was closed from, with a plan again."""
		self.begin("write")
		if self._is_done(once.mark(request_key)):
			return
		self._must_be_done()
		if other := start.open_entry(self.lead):
			frappe.throw(_("{0} has a newer open enquiry: {1}.").format(self.lead, other))
		progress.reopen_fields(self)
		self.stage_visit = cint(self.stage_visit) + 1
		self.stage_entered_on = now_datetime()
		self.store_and_move(["Reopened"], "Reopened", set(progress.ANCHORS))

	@frappe.whitelist(methods=["POST"])
	def new_enquiry(
		self, interest: str | None = None, detail: str | None = None, request_key: str | None = None
	) -> str:
		"""They came back after this one was closed: open the lead's next enquiry on the same list; returns its ID.

		For whoever works this entry, who need not have any right to Leads.
		"""
		self.begin("write")
		self._must_be_done()
		request = once.mark(request_key, interest, detail)
		if sent_before := start.opened_by(self.lead, request):
			return sent_before
		detail = checks.question(interest, detail)
		entry = start.enrol(
			frappe.get_doc("Lead", self.lead), self.prospect_list, interest=interest, detail=detail
		)
		if request:
			entry.db_set("request_key", request, update_modified=False)
		self._written_after_done_is_settled()
		return entry.name

	@frappe.whitelist(methods=["POST"])
	def just_thanks(self):
		"""What they wrote after it was closed was no new enquiry."""
		self.begin("write")
		self._must_be_done()
		self._written_after_done_is_settled()

	def _written_after_done_is_settled(self) -> None:
		if self.wrote_after_done_on:
			self.wrote_after_done_on = None
			self.store()

	@frappe.whitelist(methods=["POST"])
	def decline_won(self):
		"""A sale is booked, but the enquiry goes on: stop proposing to close it as Won."""
		self.begin("write")
		self._must_be_open()
		self.won_proposed = 0
		self.store()

	@frappe.whitelist(methods=["POST"])
	def assign(self, agent: str | None, note: str | None = None, request_key: str | None = None):
		"""Give the entry to an agent, or to nobody. The note tells the next one what they should know."""
		self.begin("write")
		if self._is_done(once.mark(request_key, agent, note)):
			return
		people.check_may_assign(self, agent)
		people.check_assignable(self, agent)
		self.flags.handover_note = checks.text(note, _("Note"))
		self.agent_before, self.agent = self.agent, agent or None
		self.store()

	@frappe.whitelist(methods=["POST"])
	def move_to_list(self, prospect_list: str, request_key: str | None = None):
		"""Work the entry on another list; history and promises stay, what is coming is planned by the new procedure."""
		self.begin("write")
		if self._is_done(once.mark(request_key, prospect_list)):
			return
		self._must_be_open()
		guard.check_may_move(self, prospect_list)
		self.prospect_list = prospect_list
		if not start.is_agent(prospect_list, self.agent):
			self.agent = None
		self.store()

	@frappe.whitelist(methods=["POST"])
	def answer_requirements(self, rows: Names):
		"""Mark questions as answered; `rows` are names of lines of the requirements table."""
		self.begin("write")
		self._answer(rows, now_datetime())
		self.store()

	@frappe.whitelist(methods=["POST"])
	def correct_interaction(self, interaction: str, is_answer: int):
		"""Say otherwise, with one click: a mail taken for a machine's was a person's answer, or the other way round.

		The earlier record stays; a new one replaces it.
		"""
		self.begin("write")
		old = frappe.get_doc("Prospect Interaction", interaction)
		if old.entry != self.name or old.direction != "Incoming":
			frappe.throw(_("Only something they sent for {0} can be corrected.").format(self.name))
		if frappe.db.exists("Prospect Interaction", {"corrects": old.name}):
			frappe.throw(_("This record was corrected already."))
		person = bool(cint(is_answer))
		kept = ("channel", "direction", "occurred_on", "summary", "reference_doctype", "reference_name")
		new = contacts.record(
			self,
			**{field: old.get(field) for field in kept},
			by="Person" if person else "Automatic",
			result=None if person else "Auto-reply",
			corrects=old.name,
			reason=f"{frappe.session.user} said so",
		)
		if not person:
			ledger.take_up_again(self)
			self.flags.fresh = {"Information sent"}
		self.take_in(new, is_answer=person)
		return new.name

	@frappe.whitelist(methods=["POST"])
	def update_contact(
		self,
		lead_name: str | None = None,
		email_id: str | None = None,
		mobile_no: str | None = None,
		phone: str | None = None,
		language: str | None = None,
	):
		"""Correct how they can be reached. It is written to the Lead, which it belongs to, and follows from there."""
		self.begin("write")
		people.update_lead_contact(
			self, email_id=email_id, mobile_no=mobile_no, phone=phone, language=language, lead_name=lead_name
		)
		self.load_from_db()

	# ------------------------------------------------------------- within the app
	def begin(self, ptype: str | None = None) -> None:
		"""Lock this entry and read it afresh, whatever the caller had sent; then check the caller's right to `ptype`.

		Lock order: the entry first, then what belongs to it.
		"""
		self.flags.for_update = True
		self.set("__islocal", None)
		self.load_from_db()
		if ptype:
			self.flags.ignore_permissions = False  # left by an earlier `store`
			self.check_permission(ptype)

	def store(self) -> None:
		"""Save what the procedure decided; the caller's rights were checked by `begin`."""
		self.flags.by_procedure = True
		self.modified = get_datetime(
			self.modified
		)  # Frappe compares it as text, where a full second differs from itself
		try:
			self.save(ignore_permissions=True)
		finally:
			self.flags.by_procedure = self.flags.fresh = self.flags.plan_follows = None

	def store_and_move(self, events: list[str], cause: str, fresh: set[str] | None = None) -> None:
		"""Save, then perform the workflow action that the events mean here, if there is one; the plan is made once."""
		action = moves.find(self, events)
		self.flags.fresh = fresh
		self.flags.plan_follows = bool(action)
		self.store()
		if action:
			moves.move(self, action, cause)
		else:
			moves.warn_of_unknown(self, events)

	def take_in(self, interaction, is_answer: bool | None = None) -> None:
		"""What an Interaction just recorded means: facts, promises, plan, and the stage it leads to."""
		contacted_before = self._contacted_before(interaction)
		fresh = progress.take_contacts(self) | set(self.flags.fresh or ())
		if interaction.by == "Person":
			self._after_contact(interaction, fresh)
		if cint(interaction.information_satisfied):
			self._see_whether_satisfied(get_datetime(interaction.occurred_on), answered=True)
		if self.done_on and interaction.direction == "Incoming" and interaction.by == "Person":
			self.wrote_after_done_on = interaction.occurred_on
			people.tell_written_after_done(self)
		answer = contacted_before if is_answer is None else is_answer
		self.store_and_move(contacts.events(interaction, answer), _cause(interaction), fresh)
		if answer and not self.done_on and interaction.by == "Person" and interaction.direction == "Incoming":
			people.tell_answered(self)

	def _contacted_before(self, interaction) -> bool:
		"""An answer counts only when we had contacted them before it (the mail that made the lead is none)."""
		return bool(
			frappe.db.exists(
				"Prospect Interaction",
				{
					"entry": self.name,
					"direction": "Outgoing",
					"occurred_on": ("<=", interaction.occurred_on),
					"name": ("!=", interaction.name),
				},
			)
		)

	def _after_contact(self, interaction, fresh: set[str]) -> None:
		"""We did something, or they did: a reminder no longer stands, and a pause ends when they were in touch."""
		progress.clear_task(self)
		self.put_down = None
		if interaction.direction == "Incoming" and self.paused_until:
			self.paused_until = self.pause_reason = self.agreed_time = None
			fresh.add("Agreed time")

	def _see_whether_satisfied(self, told_on: datetime | None, answered: bool = False) -> None:
		if answered:
			for row in self.requirements:
				row.satisfied_on = row.satisfied_on or told_on
		if not self.satisfied_on:
			answers = [get_datetime(r.satisfied_on) if r.satisfied_on else None for r in self.requirements]
			self.satisfied_on = satisfied_on(answers, told_on)

	def _answer(self, rows: list[str] | None, moment: datetime) -> None:
		"""Note requirement lines as answered at a moment."""
		wanted = set(rows or ())
		for row in self.requirements:
			if row.name in wanted:
				row.satisfied_on = row.satisfied_on or moment
		if wanted:
			self._see_whether_satisfied(None)

	def _is_done(self, request: str | None) -> bool:
		"""Whether this very request did what was done last; else it is remembered as the one that does."""
		if once.is_same(self.request_key, request):
			return True
		self.request_key = request
		return False

	def _must_be_done(self) -> None:
		if not self.done_on:
			frappe.throw(_("{0} is open.").format(self.name))

	def _must_be_open(self) -> None:
		if self.done_on:
			frappe.throw(
				_("{0} is closed ({1}). Reopen it first.").format(
					self.name, _(self.outcome or "", context=self.doctype)
				)
			)


def _cause(interaction) -> str:
	"""Why the stage changed, in plain English (see `reasons`)."""
	if interaction.channel in ("Phone", "In person"):
		return f"Call: {interaction.result}"
	return "They answered" if interaction.direction == "Incoming" else "Information sent"


def on_doctype_update():
	frappe.db.add_index("Prospect List Entry", ["agent", "next_due_on"])
	frappe.db.add_index("Prospect List Entry", ["cover", "next_due_on"])
	frappe.db.add_index("Prospect List Entry", ["agent", "act_by", "next_due_on"])
	frappe.db.add_index("Prospect List Entry", ["prospect_list", "agent", "act_by", "next_due_on"])
	frappe.db.add_index("Prospect List Entry", ["prospect_list", "agent", "done_on"])  # how much somebody has
	frappe.db.add_index("Prospect List Entry", ["prospect_list", "act_by"])
	frappe.db.add_index("Prospect List Entry", ["prospect_list", "acknowledged_on", "done_on"])
	frappe.db.add_index("Prospect List Entry", ["prospect_list", "stage", "next_due_on"])
	frappe.db.add_index("Prospect List Entry", ["open_lead", "next_due_on"])
	frappe.db.add_index("Prospect List Entry", list(OF_RECEIVING))
	frappe.db.add_index("Prospect List Entry", list(OF_CLOSING))
	frappe.db.add_index("Prospect List Entry", ["company_name", "first_contact_on"])  # colleagues
	frappe.db.add_index("Prospect List Entry", ["prospect_list", "anonymised_on", "done_on"])  # retention
	for promise in ("acknowledge", "satisfy", "respond"):
		frappe.db.add_index("Prospect List Entry", [f"{promise}_status", f"{promise}_by"])
