"""Mail out and in: what each one means to the enquiry it belongs to."""

import frappe
import pytest
from frappe.core.doctype.communication.email import make
from frappe.email.queue import flush
from frappe.utils import add_to_date, get_datetime, now_datetime

from prospect_mgmt import customers, enrolment
from prospect_mgmt.signals import communication
from tests import factories
from tests.site import mailing
from tests.site.sweeping import MONDAY, enquiry, informed, row, rows, sweep_now, team, told

ENTRY, INTERACTION = "Prospect List Entry", "Prospect Interaction"
PETRA = "petra@kunde.example"
MOBILE = "+49 151 5550101"


@pytest.fixture
def pop3():
	server = mailing.Pop3()
	yield server
	server.shutdown()
	server.server_close()


@pytest.fixture
def inbox(stack, clock, pop3, smtp):
	"""The company's mailbox on a Monday morning; mail to us comes in by `inbox(mail, …)`."""
	clock.at(MONDAY)
	account = mailing.account(stack, pop3)
	return lambda *mails: mailing.comes_in(account, pop3, *mails)


@pytest.fixture
def crew(stack, inbox):
	return team(stack)


def interactions(entry, **filters) -> list[frappe._dict]:
	fields = ["name", "direction", "by", "channel", "result", "user", "reason", "fact_key", "occurred_on"]
	filters = {"entry": getattr(entry, "name", entry), **filters}
	return frappe.get_all(INTERACTION, filters=filters, fields=fields, order_by="occurred_on, creation")


def delivered(smtp, count: int = 1) -> object:
	"""Our last mail to Petra as it arrived at her provider."""
	frappe.db.commit()
	flush()
	return smtp.wait_for(count, to=PETRA)[-1]


def revived(crew):
	"""An entry in Revive: information, note, no answer for 72 hours."""
	entry = informed(crew, email_id=PETRA, mobile_no=MOBILE)
	step = row(entry, "No answer: revive")
	entry.reload()
	entry.flags.cause = "No answer"
	from prospect_mgmt.entry import moves

	moves.move(entry, step_action(step), "No answer")
	assert entry.stage == "Revive"
	return entry


def step_action(step) -> str:
	return frappe.db.get_value("Prospect Due Step", step.name, "workflow_action")


def no_failures() -> None:
	assert not frappe.get_all("Prospect Signal Failure", fields=["signal", "reason"])


# ------------------------------------------------------------- out
def write(doctype: str, name: str, **values) -> str:
	"""The e-mail dialog of a form."""
	return make(
		doctype,
		name,
		content="<p>Good day</p>",
		subject="Our machines",
		recipients=PETRA,
		send_email=1,
		**values,
	)["name"]


@pytest.mark.parametrize("form", ["Lead", ENTRY])
def test_a_persons_mail_from_the_form_acknowledges(crew, smtp, clock, form):
	entry = enquiry(crew, email_id=PETRA, mobile_no=MOBILE)
	clock.forward(hours=1)
	frappe.set_user(crew.agent)
	name = write(form, entry.lead if form == "Lead" else entry.name)
	frappe.set_user("Administrator")
	entry.reload()
	assert (entry.acknowledged_on, entry.acknowledge_status) == (now_datetime(), "Met")
	[kept] = interactions(entry)
	assert (kept.direction, kept.by, kept.user, kept.fact_key) == (
		"Outgoing",
		"Person",
		crew.agent,
		f"Communication:{name}",
	)
	assert {("Lead", entry.lead), (ENTRY, entry.name)} <= timelines(name)
	assert "Our machines" in delivered(smtp).subject
	no_failures()


def timelines(communication: str) -> set[tuple[str, str]]:
	"""The documents whose timeline shows a Communication."""
	doc = frappe.get_doc("Communication", communication)
	return {
		(doc.reference_doctype, doc.reference_name),
		*((li.link_doctype, li.link_name) for li in doc.timeline_links),
	}


def test_the_first_mail_does_not_replace_the_call_but_the_second_informs(crew):
	entry = enquiry(crew, email_id=PETRA, mobile_no=MOBILE)
	write("Lead", entry.lead)
	assert entry.reload().stage == "Call"
	entry.log_call("Wants prices")
	write("Lead", entry.lead)
	entry.reload()
	assert (entry.stage, entry.information_sent_on, entry.awaiting) == (
		"Follow up",
		now_datetime(),
		"Prospect",
	)


def test_saving_a_mail_again_adds_nothing(crew):
	entry = enquiry(crew, email_id=PETRA)
	mail = frappe.get_doc("Communication", write("Lead", entry.lead))
	mail.save()
	mail.db_set("delivery_status", "Sent")
	mail.reload().save()
	communication.after_insert.handler(mail, "retry")  # taken in meanwhile
	assert len(interactions(entry)) == 1


def test_a_mail_that_was_written_down_later_counts_when_it_was_written(crew, clock):
	entry = enquiry(crew, email_id=PETRA, mobile_no=MOBILE)
	clock.forward(hours=30)
	message(entry, "Sent", communication_date=add_to_date(None, hours=-10))
	entry.reload()
	assert (entry.acknowledged_on, entry.acknowledge_status) == (
		add_to_date(now_datetime(), hours=-10),
		"Met",
	)


def message(entry, sent_or_received: str, medium: str = "Email", **fields):
	"""A message that an integration or a person wrote down on the Lead."""
	values = {
		"doctype": "Communication",
		"communication_type": "Communication",
		"communication_medium": medium,
		"sent_or_received": sent_or_received,
		"subject": "About the machines",
		"content": "Good day",
		"reference_doctype": "Lead",
		"reference_name": entry.lead,
		"sender": PETRA if sent_or_received == "Received" else None,
	}
	return frappe.get_doc(values | fields).insert()


@pytest.mark.parametrize("medium, channel", [("SMS", "SMS"), ("Chat", "Chat"), ("WhatsApp", "WhatsApp")])
def test_messages_of_an_integration(crew, clock, medium, channel):
	entry = enquiry(crew, email_id=PETRA)
	if medium == "WhatsApp":
		from frappe.custom.doctype.property_setter.property_setter import make_property_setter

		make_property_setter(
			"Communication", "communication_medium", "options", "Email\nChat\nSMS\nWhatsApp", "Text"
		)
	message(entry, "Sent", medium)
	clock.forward(hours=1)
	message(entry, "Received", medium)
	assert [(i.channel, i.direction, i.by) for i in interactions(entry)] == [
		(channel, "Outgoing", "Person"),
		(channel, "Incoming", "Person"),
	]
	assert entry.reload().respond_status == "Pending"


def test_nothing_automatic_acknowledges(crew, clock):
	"""A Notification, a campaign, a job of the scheduler: none of them is our first contact (law 5)."""
	entry = enquiry(crew, email_id=PETRA, mobile_no=MOBILE)
	notify_on_save()
	lead = frappe.get_doc("Lead", entry.lead)
	lead.job_title = "Buyer"
	lead.save()
	[kept] = interactions(entry)
	assert (kept.direction, kept.by) == ("Outgoing", "Automatic")
	run_campaign(lead, crew.agent)
	frappe.local.job = frappe._dict(method="some.job")
	message(entry, "Sent")
	del frappe.local.job
	assert [i.by for i in interactions(entry)] == ["Automatic"] * 3
	entry.reload()
	assert not entry.acknowledged_on and entry.acknowledge_status == "Pending"


def notify_on_save() -> None:
	"""A Notification that an admin made, which mails the lead."""
	values = {
		"doctype": "Notification",
		"name": "Tell the lead",
		"subject": "We have your enquiry",
		"message": "Thank you",
		"document_type": "Lead",
		"event": "Save",
		"channel": "Email",
		"enabled": 1,
		"recipients": [{"receiver_by_document_field": "email_id"}],
	}
	frappe.get_doc(values).insert()


def run_campaign(lead, sender: str) -> None:
	"""An Email Campaign in an agent's name, sent as its daily job does."""
	from erpnext.crm.doctype.email_campaign.email_campaign import send_email_to_leads_or_contacts

	frappe.get_doc(
		{"doctype": "Email Template", "name": "Spring", "subject": "Spring", "response": "Offers"}
	).insert()
	schedule = [{"email_template": "Spring", "send_after_days": 0}]
	frappe.get_doc(
		{"doctype": "Campaign", "campaign_name": "Spring", "campaign_schedules": schedule}
	).insert()
	values = {
		"campaign_name": "Spring",
		"email_campaign_for": "Lead",
		"recipient": lead.name,
		"sender": sender,
	}
	frappe.get_doc({"doctype": "Email Campaign", "start_date": frappe.utils.nowdate(), **values}).insert()
	send_email_to_leads_or_contacts()


def test_a_mail_to_somebody_who_unsubscribed_is_never_sent_and_acknowledges_nothing(crew):
	entry = enquiry(crew, email_id=PETRA, mobile_no=MOBILE)
	frappe.get_doc({"doctype": "Email Unsubscribe", "email": PETRA, "global_unsubscribe": 1}).insert()
	name = write("Lead", entry.lead)
	assert not frappe.db.exists("Email Queue", {"communication": name})
	[kept] = interactions(entry)
	assert kept.result == "Bounced" and "unsubscribed" in kept.reason
	assert not entry.reload().acknowledged_on


# ------------------------------------------------------------- in
def test_a_lead_made_by_mail_counts_from_the_mails_own_date(crew, inbox, clock):
	"""The mail came on Sunday, was pulled on Monday, and is not an answer to anything."""
	first = add_to_date(now_datetime(), hours=-20)
	mail = mailing.written(f"Petra Muster <{PETRA}>", Date=first)
	inbox(mail)
	entry = frappe.get_doc(ENTRY, {"email_id": PETRA})
	assert (entry.first_contact_on, entry.acknowledge_by) == (first, add_to_date(first, hours=24))
	assert entry.satisfy_by == add_to_date(first, hours=72)
	assert (entry.last_response_on, entry.respond_by, entry.stage) == (None, None, "Email")  # no telephone
	assert not frappe.db.exists("Notification Log", {"subject": ("like", "%They answered%")})
	[kept] = interactions(entry)
	assert (kept.direction, kept.by, kept.occurred_on) == ("Incoming", "Person", first)
	assert row(entry, "Not acknowledged in time", status="Scheduled").due_on == entry.acknowledge_by
	assert {("Lead", entry.lead), (ENTRY, entry.name)} <= timelines(mailing.communication_of(mail).name)
	no_failures()


@pytest.mark.parametrize("written", ["1970-01-01 00:00", "2026-04-01 00:00", "2038-01-19 03:14"])
def test_a_mail_of_another_age_counts_from_when_it_came(crew, inbox, written):
	"""Whoever wrote it has a clock that is wrong: no promise is missed by that, and none lasts for ever."""
	frappe.db.set_value("Prospect List", {"enrol_new_leads": 1}, "enrol_new_leads", 0)
	known = factories.lead(email_id="known@kunde.example")  # from before there was a list
	frappe.db.set_value("Prospect List", crew.list, "enrol_new_leads", 1)
	enrolment.forget_lists()
	for sender in (PETRA, known.email_id):
		inbox(mailing.written(sender, Date=written))
		entry = frappe.get_doc(ENTRY, {"email_id": sender})
		assert (entry.first_contact_on, entry.acknowledge_status) == (now_datetime(), "Pending"), sender
		assert entry.acknowledge_by == add_to_date(now_datetime(), hours=24)
		assert [i.occurred_on for i in interactions(entry)] == [now_datetime()]
	no_failures()


def test_a_mail_in_the_inbox_made_a_lead_by_hand_counts_too(crew, clock, http):
	from erpnext.crm.doctype.lead.lead import make_lead_from_communication

	first = now_datetime()
	mail = message(
		frappe._dict(lead=None), "Received", reference_doctype=None, sender_full_name="Petra Muster"
	)
	clock.forward(hours=5)
	lead = make_lead_from_communication(mail.name)
	entry = frappe.get_doc(ENTRY, lead)
	assert entry.first_contact_on == first
	assert [i.fact_key for i in interactions(entry)] == [f"Communication:{mail.name}"]


def test_an_answer_finds_the_enquiry_by_our_message_id(crew, inbox, smtp, clock):
	entry = informed(crew, email_id=PETRA)
	ours = delivered(smtp)
	clock.forward(hours=3)
	answer = mailing.reply(ours, PETRA)
	inbox(answer)
	entry.reload()
	assert (entry.last_response_on, entry.stage) == (now_datetime(), "Follow up")
	assert mailing.communication_of(answer).reference_name == entry.lead
	assert {("Lead", entry.lead), (ENTRY, entry.name)} <= timelines(mailing.communication_of(answer).name)
	assert len(interactions(entry, direction="Incoming")) == 1
	no_failures()


def test_an_answer_to_a_mail_from_the_entrys_form_is_on_the_lead_too(crew, inbox, smtp, clock):
	entry = informed(crew, email_id=PETRA)
	write(ENTRY, entry.name)
	clock.forward(hours=1)
	answer = mailing.reply(delivered(smtp, 2), PETRA)
	inbox(answer)
	assert {("Lead", entry.lead), (ENTRY, entry.name)} <= timelines(mailing.communication_of(answer).name)
	assert entry.reload().respond_status == "Pending"


def test_a_new_thread_of_somebody_we_know(crew, inbox, clock):
	entry = informed(crew, email_id=PETRA)
	clock.forward(hours=1)
	inbox(mailing.written(PETRA, "One more thing"))
	assert entry.reload().respond_status == "Pending"
	assert frappe.db.count("Lead", {"email_id": PETRA}) == 1
	no_failures()


def test_a_colleagues_mail_with_us_in_copy_is_ours(crew, inbox, clock):
	"""An agent who answers from the mail program on their telephone, with the team's address in copy."""
	entry = enquiry(crew, email_id=PETRA, mobile_no=MOBILE)
	clock.forward(hours=1)
	inbox(mailing.written(crew.agent, f"Prices #{entry.lead}", To=PETRA, Cc=mailing.TEAM))
	[kept] = interactions(entry)
	assert (kept.direction, kept.by, kept.user) == ("Outgoing", "Person", crew.agent)
	assert entry.reload().acknowledge_status == "Met"
	inbox(mailing.written(crew.agent, f"Between us #{entry.lead}"))
	assert len(interactions(entry)) == 1
	no_failures()


# What an answer does, by stage.
@pytest.mark.parametrize("stage", ["Call", "Email"])
def test_answer_while_we_still_owe_something(crew, inbox, clock, stage):
	entry = enquiry(crew, email_id=PETRA, mobile_no=MOBILE)
	if stage == "Email":
		entry.log_call("Wants prices")
	else:
		write("Lead", entry.lead)
	clock.forward(hours=2)
	inbox(mailing.written(PETRA, "One more thing"))
	entry.reload()
	assert (entry.stage, entry.awaiting, entry.respond_status) == (stage, "Us", "Pending")
	assert entry.respond_by == add_to_date(now_datetime(), hours=24)
	owed = {"Call": "Call them", "Email": "Send the information"}[stage]
	assert row(entry, owed).status == "Scheduled"


def test_answer_in_follow_up_and_ours_starts_again(crew, inbox, smtp, clock):
	entry = informed(crew, email_id=PETRA)
	clock.forward(hours=4)
	inbox(mailing.reply(delivered(smtp), PETRA))
	entry.reload()
	for title in ("Courtesy note", "No answer: revive"):
		assert "they answered on" in row(entry, title).reason
	assert (entry.awaiting, entry.respond_status) == ("Us", "Pending")
	clock.forward(hours=1)
	write("Lead", entry.lead)
	entry.reload()
	assert (entry.information_sent_on, entry.respond_status, entry.awaiting) == (
		now_datetime(),
		"Met",
		"Prospect",
	)
	assert row(entry, "Courtesy note", status="Scheduled").due_on == add_to_date(now_datetime(), hours=48)
	assert row(entry, "No answer: revive", status="Scheduled").due_on == add_to_date(now_datetime(), hours=72)


def test_answer_in_revive_goes_back_to_follow_up(crew, inbox, smtp, clock):
	entry = revived(crew)
	clock.forward(hours=1)
	inbox(mailing.reply(delivered(smtp), PETRA))
	entry.reload()
	assert (entry.stage, entry.respond_status) == ("Follow up", "Pending")
	last = frappe.get_last_doc("Prospect Stage Change", {"entry": entry.name})
	assert (last.from_stage, last.to_stage) == ("Revive", "Follow up")


def test_answer_after_done_asks_the_agent(crew, inbox, smtp, clock):
	entry = informed(crew, email_id=PETRA)
	ours = delivered(smtp)
	entry.close("No response")
	clock.forward(days=3)
	inbox(mailing.reply(ours, PETRA))
	entry.reload()
	assert (entry.stage, entry.outcome, entry.wrote_after_done_on) == ("Done", "No response", now_datetime())
	assert told(crew.agent, "They wrote after it was closed")
	clock.forward(days=3)
	entry.store()
	assert entry.respond_status != "Missed"
	assert not rows(entry, status="Scheduled")


def test_done_and_they_write_anew_is_a_new_enquiry_on_the_same_lead(crew, inbox, smtp, clock):
	"""From another spelling of the address; no second lead, no number and no Contact left over."""
	entry = informed(crew, email_id="petra.kunde@gmail.com")
	entry.close("No response")
	clock.forward(days=30)
	made = {d: frappe.db.count(d) for d in ("Lead", "Contact", "Prospect Lead Number")}
	inbox(mailing.written("petrakunde+work@googlemail.com", "Another machine"))
	second = frappe.get_doc(ENTRY, f"{entry.lead}-2")
	assert (second.stage, second.enquiry, second.first_contact_on) == ("Email", 2, now_datetime())
	assert [i.direction for i in interactions(second)] == ["Incoming"]
	assert not entry.reload().wrote_after_done_on
	clock.forward(hours=1)
	inbox(mailing.written("petra.kunde@gmail.com", "And a third"))
	assert len(interactions(second)) == 2 and frappe.db.count(ENTRY) == 2
	assert made == {d: frappe.db.count(d) for d in made}
	no_failures()


def test_a_lead_from_before_there_was_a_list_writes(crew, inbox):
	frappe.db.set_value("Prospect List", {"enrol_new_leads": 1}, "enrol_new_leads", 0)
	lead = factories.lead(email_id=PETRA)
	frappe.db.set_value("Prospect List", crew.list, "enrol_new_leads", 1)
	enrolment.forget_lists()
	inbox(mailing.written(PETRA, "Are you still there?"))
	assert len(interactions(lead)) == 1
	no_failures()


def test_a_customers_mail_is_offered_to_whoever_looks_after_them(crew, inbox, clock):
	"""From an address that is no lead, of a contact of theirs; by the name of the company when it is nobody's."""
	customer = factories.customer_from(factories.lead(company_name="Kundenbau GmbH"))
	customer.db_set("account_manager", crew.supervisor)
	factories.contact_of(customer, "einkauf@kundenbau.example", "+49 30 5550199")
	frappe.db.set_value("Prospect List", {"enrol_new_leads": 1}, "enrol_new_leads", 0)
	frappe.db.set_value("Prospect List", crew.list, "enrol_new_leads", 1)
	enrolment.forget_lists()
	inbox(mailing.written("einkauf@kundenbau.example"))
	entry = frappe.get_doc(ENTRY, {"email_id": "einkauf@kundenbau.example"})
	assert frappe.db.get_value("Lead", entry.lead, ["customer", "lead_owner"]) == (
		customer.name,
		crew.supervisor,
	)
	assert told(crew.supervisor, "An enquiry from your customer")
	by_phone = factories.lead(phone="0049 (30) 555 0199", company_name=None)
	by_name = factories.lead(company_name="KUNDENBAU")
	assert {by_phone.customer, by_name.customer} == {customer.name}
	assert not factories.lead(company_name="Anders AG").customer
	customer.db_set("account_manager", None)
	frappe.db.set_value(ENTRY, entry.name, "agent", crew.agent)
	assert customers.keeper(customer.name) == crew.agent
	# And when those may not see it, because they work on another list, a supervisor of this one is told who they are.
	elsewhere = factories.user("Prospect Agent").name
	customer.db_set("account_manager", elsewhere)
	frappe.db.delete("Notification Log")
	factories.lead(company_name="Kundenbau GmbH")
	assert told(crew.supervisor, f"An enquiry from {customer.name}, a customer whom") and not told(
		elsewhere, ""
	)
	no_failures()


# ------------------------------------------------------------- machines
MACHINES = {
	"English": ("Automatic reply: Our price list", {}),
	"German": ("Abwesenheitsnotiz: Unsere Preisliste", {}),
	"French": ("Réponse automatique : Notre liste de prix", {}),
	"Spanish": ("Respuesta automática: Lista de precios", {}),
	"Polish": ("Automatyczna odpowiedź: Cennik", {}),
	"Japanese": ("自動返信: 価格表", {}),
	"header": ("Re: Our price list", {"Auto-Submitted": "auto-replied"}),
	"old header": ("Re: Our price list", {"X-Autoreply": "yes"}),
	"precedence": ("Re: Our price list", {"Precedence": "auto_reply"}),
}


@pytest.mark.parametrize("case", MACHINES)
def test_a_machines_mail_is_no_answer(crew, inbox, smtp, clock, case):
	entry = informed(crew, email_id=PETRA)
	clock.forward(hours=1)
	subject, headers = MACHINES[case]
	inbox(mailing.reply(delivered(smtp), PETRA, Subject=subject, **headers))
	entry.reload()
	assert (entry.last_response_on, entry.respond_by, entry.email_bounced_on) == (None, None, None)
	[kept] = interactions(entry, direction="Incoming")
	assert (kept.by, kept.result) == ("Automatic", "Auto-reply") and kept.reason
	assert row(entry, "Courtesy note").status == "Scheduled"


@pytest.mark.parametrize("case", ["German", "header", "precedence"])
def test_a_machines_mail_from_a_stranger_is_no_enquiry_until_they_write_themselves(crew, inbox, case):
	subject, headers = MACHINES[case]
	inbox(mailing.written("Ann <ann@stranger.example>", subject.removeprefix("Re: "), **headers))
	lead = frappe.get_doc("Lead", {"email_id": "ann@stranger.example"})
	said = frappe.get_all("Comment", {"reference_name": lead.name, "comment_type": "Info"}, pluck="content")
	assert not frappe.db.count(ENTRY) and "a machine wrote the mail" in said[0]
	inbox(mailing.written("Ann <ann@stranger.example>", "What does it cost?"))
	assert frappe.get_all(ENTRY, pluck="lead") == [lead.name]
	no_failures()


def test_a_form_that_mails_for_a_visitor_is_their_enquiry(crew, inbox):
	headers = {"Reply_To": "Vic <vic@visitor.example>", "Auto_Submitted": "auto-generated"}
	inbox(mailing.written("Website <www@our-site.example>", "Contact form", **headers))
	assert frappe.get_all(ENTRY, pluck="email_id") == ["vic@visitor.example"]
	no_failures()


@pytest.mark.parametrize("threaded", [True, False])
def test_a_bounce_marks_the_address_and_the_note_becomes_a_reminder(crew, inbox, smtp, clock, threaded):
	"""With In-Reply-To as Exchange writes it, and without as Postfix does: found by the copy that it returns."""
	entry = informed(crew, email_id=PETRA)
	ours = delivered(smtp)
	clock.forward(minutes=1)
	headers = {"In_Reply_To": ours["Message-ID"]} if threaded else {}
	inbox(mailing.report(ours, PETRA, returned=not threaded, **headers))
	entry.reload()
	assert (entry.email_bounced_on, entry.last_response_on) == (now_datetime(), None)
	assert not entry.acknowledged_on  # what reached nobody acknowledges nothing
	assert interactions(entry, direction="Incoming")[0].result == "Bounced"
	assert frappe.db.count("Lead") == 1
	clock.forward(hours=48)
	sweep_now()
	note = row(entry, "Courtesy note")
	assert (note.status, note.communication) == ("Done", None) and "came back" in note.reason
	assert entry.reload().task.startswith("Courtesy note")
	no_failures()


def test_a_bounce_of_an_unknown_mail_makes_no_entry(crew, inbox, smtp):
	entry = informed(crew, email_id=PETRA)
	inbox(mailing.report(delivered(smtp), "somebody@else.example", returned=False))
	assert frappe.get_all(ENTRY, pluck="name") == [entry.name]
	assert not entry.reload().email_bounced_on
	no_failures()


@pytest.mark.parametrize(
	"recipient, action", [(PETRA, "delayed"), (PETRA, "delivered"), ("boss@kunde.example", "failed")]
)
def test_a_report_that_is_no_bounce_of_theirs(crew, inbox, smtp, clock, recipient, action):
	entry = informed(crew, email_id=PETRA)
	inbox(mailing.report(delivered(smtp), recipient, action))
	entry.reload()
	assert not entry.email_bounced_on and entry.acknowledged_on
	assert interactions(entry, direction="Incoming")[0].result == "Auto-reply"


def test_a_corrected_address_is_good_again(crew, inbox, smtp, clock):
	entry = informed(crew, email_id=PETRA)
	inbox(mailing.report(delivered(smtp), PETRA))
	clock.forward(hours=1)
	entry.reload()
	entry.update_contact(email_id="petra.muster@kunde.example")
	assert not entry.email_bounced_on
	entry.log_call("Spelt it for me")
	assert not entry.reload().email_bounced_on
	clock.forward(hours=1)
	write("Lead", entry.lead)
	assert not entry.reload().email_bounced_on


def test_their_own_mail_shows_that_the_address_works(crew, inbox, smtp, clock):
	entry = informed(crew, email_id=PETRA)
	inbox(mailing.report(delivered(smtp), PETRA))
	assert entry.reload().email_bounced_on
	clock.forward(hours=1)
	inbox(mailing.written(PETRA, "My mailbox was full"))
	assert not entry.reload().email_bounced_on


# ------------------------------------------------------------- said otherwise, with one click
def test_a_machines_mail_that_was_a_person_after_all(crew, inbox, smtp, clock):
	entry = revived(crew)
	clock.forward(hours=1)
	inbox(mailing.reply(delivered(smtp), PETRA, Subject="Automatic reply: prices"))
	entry.reload()
	assert (entry.stage, entry.last_response_on) == ("Revive", None)
	[kept] = interactions(entry, direction="Incoming")
	clock.forward(hours=1)
	entry.correct_interaction(kept.name, 1)
	assert (entry.stage, entry.last_response_on, entry.respond_status) == (
		"Follow up",
		kept.occurred_on,
		"Pending",
	)
	assert entry.respond_by == add_to_date(kept.occurred_on, hours=24)


def test_an_answer_that_was_a_machine_after_all(crew, inbox, smtp, clock):
	"""The note and the revive that were skipped because of it are due as they were."""
	entry = informed(crew, email_id=PETRA)
	due = {title: row(entry, title).due_on for title in ("Courtesy note", "No answer: revive")}
	clock.forward(hours=1)
	inbox(mailing.reply(delivered(smtp), PETRA))
	[kept] = interactions(entry, direction="Incoming")
	assert row(entry, "Courtesy note").status == "Skipped"
	entry.reload()
	entry.correct_interaction(kept.name, 0)
	assert (entry.last_response_on, entry.waiting_since, entry.awaiting) == (None, None, "Prospect")
	assert {title: row(entry, title, status="Scheduled").due_on for title in due} == due
	assert entry.next_step == "Courtesy note"
	with pytest.raises(frappe.ValidationError, match="corrected already"):
		entry.correct_interaction(kept.name, 1)


def test_a_corrected_answer_that_had_revived_them(crew, inbox, smtp, clock):
	entry = revived(crew)
	clock.forward(hours=1)
	inbox(mailing.reply(delivered(smtp), PETRA))
	[kept] = interactions(entry, direction="Incoming")
	entry.reload()
	entry.correct_interaction(kept.name, 0)
	assert row(entry, "No answer: revive", status="Scheduled")


# ------------------------------------------------------------- the real job
def test_a_real_worker_pulls_mail_and_keeps_its_headers(crew, inbox, stack, pop3, smtp, worker, clock):
	"""The job that the scheduler queues: nothing in the subject says it, only a header that Frappe throws away."""
	from frappe.email.doctype.email_account.email_account import pull_from_email_account

	entry = informed(crew, email_id=PETRA)
	ours = delivered(smtp)
	clock.release()
	pop3.put(mailing.reply(ours, PETRA, Auto_Submitted="auto-replied"))
	account = frappe.db.get_value("Email Account", {"email_id": mailing.TEAM})
	frappe.enqueue(pull_from_email_account, email_account=account)
	worker(burst=True)
	assert not pop3.mails
	[kept] = interactions(entry, direction="Incoming")
	assert (kept.by, kept.result, kept.reason) == ("Automatic", "Auto-reply", "Auto-Submitted: auto-replied")
	assert get_datetime(entry.reload().information_sent_on) and not entry.last_response_on
	no_failures()
