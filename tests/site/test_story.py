"""The whole procedure, lived once from the first enquiry to the returned invoice."""

import frappe
import pytest
from frappe.email.queue import flush
from frappe.utils import get_datetime, now_datetime

from prospect_mgmt import sweep
from tests import factories

LEAD = {
	"first_name": "Ada",
	"last_name": "Lovelace",
	"email_id": "ada@example.com",
	"mobile_no": "+49 151 12345678",
	"source": "Website",
	"prospect_interest": "Product information",
}


@pytest.fixture
def any_hour():
	"""The shipped procedure, but mail may go out at any hour: the story starts whenever the test runs."""
	procedure = factories.procedure()
	procedure.send_mail_only_in_working_hours = 0
	procedure.save()
	return procedure


@pytest.fixture
def team(stack, any_hour):
	"""A list with a contractor and a supervisor, and a mailbox."""
	factories.email_account(stack)
	agent = factories.user("Prospect Agent", email="contractor@example.com")
	supervisor = factories.user("Sales User", email="supervisor@example.com")
	enquirer = factories.user("Sales User", email="frontdesk@example.com")
	main = frappe.get_doc("Prospect List", "Prospects")
	main.update({"supervisor": supervisor.name})
	main.append("agents", {"user": agent.name, "enabled": 1})
	main.append("agents", {"user": enquirer.name, "enabled": 1})
	main.save()
	rule = frappe.get_doc("Assignment Rule", main.reload().assignment_rule)
	assert rule.disabled
	rule.update({"disabled": 0, "users": [{"user": agent.name}]})
	rule.save()
	return frappe._dict(agent=agent.name, supervisor=supervisor.name, enquirer=enquirer.name, list=main.name)


def entry_of(lead: str):
	return frappe.get_doc("Prospect List Entry", {"open_lead": lead})


def steps(entry: str, **filters) -> dict[str, frappe._dict]:
	rows = frappe.get_all(
		"Prospect Due Step",
		filters={"entry": entry, **filters},
		fields=["step_title", "status", "due_on", "reason", "stage_visit", "occurrence", "communication"],
		order_by="due_on",
	)
	return {row.step_title: row for row in rows}


def notes_to(address: str) -> list[str]:
	return frappe.get_all(
		"Communication",
		filters={
			"recipients": address,
			"communication_type": "Automated Message",
			"sent_or_received": "Sent",
		},
		pluck="name",
	)


def sweep_now():
	frappe.db.commit()
	tally = sweep.run()
	assert not tally.errors
	return tally


def test_from_enquiry_to_returned_invoice(team, http, clock, smtp):
	# An enquiry comes in over REST as a Sales User, is numbered, enrolled, assigned.
	answer = http(team.enquirer).post("/api/resource/Lead", json=LEAD)
	assert answer.status_code == 200, answer.text
	lead = answer.json()["data"]["name"]
	assert lead.startswith("WEB-")
	frappe.db.rollback()
	entry = entry_of(lead)
	assert (entry.name, entry.stage, entry.prospect_list) == (lead, "Call", team.list)
	first = get_datetime(entry.first_contact_on)
	assert get_datetime(entry.acknowledge_by) - first == frappe.utils.datetime.timedelta(hours=24)

	# Assigned to the contractor by the rule or, as here, since the front desk took it first, by the supervisor.
	frappe.set_user(team.supervisor)
	entry.assign(team.agent, "They asked for a call in the afternoon")
	frappe.set_user("Administrator")
	assert entry_of(lead).agent == team.agent
	assert frappe.db.get_value("Lead", lead, "lead_owner") == team.agent
	assert frappe.db.exists("ToDo", {"reference_name": lead, "allocated_to": team.agent, "status": "Open"})

	# Two calls reach nobody, and the next attempts are scheduled.
	clock.at(first + frappe.utils.datetime.timedelta(hours=1))
	frappe.set_user(team.agent)
	entry = entry_of(lead)
	entry.log_call("Voicemail", result="Voicemail")
	assert steps(lead)["Call again"].due_on == now_datetime() + frappe.utils.datetime.timedelta(hours=2)
	clock.forward(hours=2)
	entry.log_call("Nobody there", result="No answer")
	assert entry.attempts == 2 and not entry.acknowledged_on and entry.acknowledge_status == "Pending"
	again = steps(lead, status="Scheduled")["Call again"]
	assert (again.occurrence, again.due_on) == (2, now_datetime() + frappe.utils.datetime.timedelta(days=1))

	# The third is logged as reached; the information mail goes out and arrives.
	clock.forward(hours=3)
	entry.log_call("Wants the price list and a drawing", objection=None)
	assert (entry.stage, entry.acknowledge_status, entry.attempts) == ("Email", "Met", 0)
	assert entry.awaiting == "Us"
	clock.forward(minutes=20)
	entry.send_information("Our price list", "<p>Here it is.</p>")
	assert (entry.stage, entry.awaiting, entry.satisfy_status) == ("Follow up", "Prospect", "Met")
	frappe.set_user("Administrator")
	frappe.db.commit()
	flush()
	[mail] = smtp.wait_for(1, to="ada@example.com")
	assert lead in mail.subject

	# 48 h later exactly one courtesy note arrives.
	clock.forward(hours=47, minutes=59)
	sweep_now()
	assert notes_to("ada@example.com") == []
	clock.forward(minutes=1)
	sweep_now()
	sweep_now()
	assert len(notes_to("ada@example.com")) == 1
	flush()
	mails = smtp.wait_for(2, to="ada@example.com")
	assert len(mails) == 2 and "information reach you" in mails[-1].subject
	note = steps(lead)["Courtesy note"]
	assert note.status == "Done" and note.communication

	# No answer: at 72 h it is in Revive, with the agent told.
	clock.forward(hours=24)
	sweep_now()
	entry = entry_of(lead)
	assert entry.stage == "Revive"
	sweep_now()
	assert frappe.db.exists(
		"Notification Log", {"for_user": team.agent, "subject": ("like", "Call to revive%")}
	)

	# The call brings an answer: back to Follow up.
	clock.forward(hours=2)
	frappe.set_user(team.agent)
	entry = entry_of(lead)
	entry.log_call("Is still comparing offers")
	assert entry.stage == "Follow up"
	changes = frappe.get_all(
		"Prospect Stage Change", {"entry": lead}, pluck="to_stage", order_by="changed_on, creation"
	)
	assert changes == ["Call", "Email", "Follow up", "Revive", "Follow up"]

	# Then Lost, with its objection.
	clock.forward(hours=20)
	entry.close("Lost", objection="Price", note="Ten percent too expensive")
	assert (entry.stage, entry.outcome, entry.objection) == ("Done", "Lost", "Price")
	assert entry.done_on and not entry.next_step
	assert not steps(lead, status="Scheduled")
	frappe.set_user("Administrator")
	assert not frappe.db.exists("ToDo", {"reference_name": lead, "status": "Open"})

	# Months later a second enquiry on the same Lead.
	clock.forward(days=90)
	from prospect_mgmt.enrolment import enrol_lead

	frappe.set_user(team.enquirer)
	second = enrol_lead(lead, team.list, interest="Quote")
	assert second == f"{lead}-2"
	frappe.set_user("Administrator")
	entry = frappe.get_doc("Prospect List Entry", second)
	assert (entry.enquiry, entry.stage) == (2, "Call")

	# A quotation and an invoice are submitted; it is Done, Won, with the right amounts.
	lead_doc = frappe.get_doc("Lead", lead)
	quote = factories.quotation(lead_doc, rate=1500)
	assert quote.lead_number == lead and quote.prospect_list_entry == second
	entry.reload()
	assert (entry.quotation, entry.quoted_amount) == (quote.name, quote.base_grand_total)
	customer = factories.customer_from(lead_doc)
	assert customer.lead_number == lead
	invoice = factories.sales_invoice(customer, rate=1400)
	entry.reload()
	assert (entry.stage, entry.outcome, entry.sale_value) == ("Done", "Won", invoice.base_grand_total)

	# The invoice is returned, and the amount follows.
	credit = factories.sales_invoice(customer, rate=1400, qty=-1, is_return=1, return_against=invoice.name)
	assert credit.prospect_list_entry == second
	entry.reload()
	assert entry.sale_value == 0
	assert frappe.db.get_value("Prospect List Entry", lead, "sale_value") == 0
	assert not frappe.get_all("Prospect Signal Failure", fields=["signal", "reason"])
