"""Calls that a telephone system writes into ERPNext's Call Log."""

import frappe
import pytest
from frappe.utils import add_to_date, now_datetime

from prospect_mgmt import enrolment
from prospect_mgmt.entry import start
from tests import factories
from tests.explain import explained
from tests.site import staff
from tests.site.sweeping import MONDAY, enquiry, informed, row, team

ENTRY, INTERACTION = "Prospect List Entry", "Prospect Interaction"
NUMBER = "+491515550101"


@pytest.fixture
def crew(stack, clock):
	clock.at(MONDAY)
	return team(stack)


def call(status: str = "Completed", incoming: bool = True, number: str = NUMBER, **fields):
	"""A call as a telephone system logs it."""
	ours = "+4930123456"
	values = {
		"doctype": "Call Log",
		"id": frappe.generate_hash(length=8),
		"type": "Incoming" if incoming else "Outgoing",
		"from": number if incoming else ours,
		"to": ours if incoming else number,
		"status": status,
		"start_time": now_datetime(),
		"duration": 95,
	}
	return frappe.get_doc(values | fields).insert()


def interactions(entry) -> list[frappe._dict]:
	fields = ["direction", "by", "result", "occurred_on", "reference_name"]
	return frappe.get_all(
		INTERACTION, filters={"entry": entry.name}, fields=fields, order_by="occurred_on, creation"
	)


def test_their_call_that_we_answered_acknowledges(crew, clock):
	entry = enquiry(crew, mobile_no=NUMBER)
	clock.forward(hours=1)
	log = call()
	entry.reload()
	assert (entry.acknowledged_on, entry.acknowledge_status, entry.stage) == (now_datetime(), "Met", "Email")
	[kept] = interactions(entry)
	assert (kept.direction, kept.by, kept.result, kept.reference_name) == (
		"Incoming",
		"Person",
		"Reached",
		log.name,
	)


def test_ringing_is_no_fact_and_an_ended_call_is_one(crew):
	entry = enquiry(crew, mobile_no=NUMBER)
	log = call("Ringing")
	log.reload().status = "In Progress"
	log.save()
	assert not interactions(entry)
	log.reload().status = "Completed"
	log.save()
	log.reload().summary = "Wants prices"
	log.save()
	assert len(interactions(entry)) == 1


def test_a_missed_call_of_theirs_waits_for_ours(crew, clock):
	entry = informed(crew, email_id="petra@kunde.example", mobile_no=NUMBER)
	clock.forward(hours=1)
	call("No Answer")
	entry.reload()
	assert (entry.respond_status, entry.awaiting, entry.stage) == ("Pending", "Us", "Follow up")
	assert row(entry, "They answered: reply").status == "Scheduled"


def test_a_missed_call_before_we_were_in_touch_acknowledges_nothing(crew):
	entry = enquiry(crew, mobile_no=NUMBER)
	call("No Answer")
	entry.reload()
	assert not entry.acknowledged_on and (entry.stage, entry.attempts) == ("Call", 0)


@pytest.mark.parametrize(
	"status, stage, attempts", [("Completed", "Email", 0), ("No Answer", "Call", 1), ("Busy", "Call", 1)]
)
def test_our_call(crew, status, stage, attempts):
	entry = enquiry(crew, mobile_no=NUMBER)
	call(status, incoming=False)
	entry.reload()
	assert (entry.stage, entry.attempts) == (stage, attempts)
	again = row(entry, "Call again")
	assert (again.due_on if again else None) == (add_to_date(now_datetime(), hours=2) if attempts else None)


@pytest.mark.parametrize(
	"written", ["+49 151 5550101", "0151 555 01 01", "0049 151-5550101", "+491515550101"]
)
def test_one_number_in_many_notations(crew, written):
	entry = enquiry(crew, mobile_no=written)
	call()
	assert len(interactions(entry)) == 1


def test_a_lead_from_before_the_app_is_known_by_its_number_once_it_is_enrolled(crew):
	staff.no_automatic_enrolment()
	lead = factories.lead(mobile_no=NUMBER)
	frappe.db.delete("Prospect Contact Key", {"lead": lead.name})
	entry = start.enrol(frappe.get_doc("Lead", lead.name), crew.list)
	with explained() as plans:
		call(number="0151 555 01 01")
	assert len(interactions(entry)) == 1
	asked = [plan.type for plan in plans if plan.table in (f"tab{ENTRY}", "tabProspect Contact Key")]
	assert asked and "ALL" not in asked


def test_another_number_is_another_person(crew):
	entry = enquiry(crew, mobile_no=NUMBER)
	call(number="+491515550102")
	assert not interactions(entry)


@pytest.mark.parametrize("status", ["Completed", "In Progress"])
def test_a_lead_made_from_a_call(crew, clock, status):
	"""“Create New Lead” in the call's popup, while it lasts or after it."""
	frappe.db.set_value("Prospect List", crew.list, "enrol_new_leads", 1)
	from prospect_mgmt import enrolment

	enrolment.forget_lists()
	started = now_datetime()
	log = call(status)
	clock.forward(minutes=4)
	lead = factories.lead(mobile_no=NUMBER)
	if status == "In Progress":
		log.reload()
		log.status = "Completed"
		log.save()
	entry = frappe.get_doc(ENTRY, lead.name)
	assert (entry.first_contact_on, entry.acknowledged_on, entry.acknowledge_status) == (
		started,
		started,
		"Met",
	)
	assert [i.reference_name for i in interactions(entry)] == [log.name]
	assert entry.stage == "Email" and not entry.last_response_on


def test_a_call_after_done_asks_the_agent(crew, clock):
	entry = enquiry(crew, mobile_no=NUMBER)
	entry.close("Unreachable")
	clock.forward(days=1)
	call()
	assert entry.reload().wrote_after_done_on == now_datetime()
	assert not frappe.get_all("Prospect Signal Failure")


def test_contacts_of_the_same_moment_count_in_the_order_they_were_written(clock):
	clock.at("2026-05-04 10:00")
	entry = frappe.get_doc("Prospect List Entry", factories.lead().name)
	for result in ("Reached", "No answer", "Reached", "No answer", "Voicemail"):
		entry.log_call("", result=result)
	assert entry.attempts == 2


# ------------------------------------------------------------- who it is, while it rings and after
def offers(user: str) -> list[str]:
	return frappe.get_all(
		"Notification Log", {"for_user": user, "document_type": "Call Log"}, pluck="subject"
	)


def test_a_stranger_is_offered_as_a_lead_with_one_line(crew, http, clock):
	"""To whom it rang for; two clicks make one lead, and the call is its first contact."""
	clock.release()
	log = call("Ringing", employee_user_id=crew.agent)
	log.db_set("employee_user_id", crew.agent)
	log.reload().status = "Completed"
	log.save()
	log.reload().save()
	assert len(offers(crew.agent)) == 1 and NUMBER in offers(crew.agent)[0]
	of_list(crew)
	client = http(crew.agent)
	assert client.call("prospect_mgmt.telephone.caller", name=log.name)["lead"] is None
	line = {"lead_name": "<b>Petra", "interest": "Quote", "detail": "Two machines"}
	made = client.call("prospect_mgmt.telephone.new_lead", name=log.name, **line)
	again = client.call("prospect_mgmt.telephone.new_lead", name=log.name, **line)
	assert "is known already" in again["told"] and {**again, "told": None} == made
	frappe.db.rollback()
	entry = frappe.get_doc(ENTRY, made["entry"])
	assert (entry.agent, entry.source, entry.mobile_no, entry.interest) == (
		crew.agent,
		"Direct Call",
		NUMBER,
		"Quote",
	)
	assert [r.detail for r in entry.requirements] == ["Two machines"] and entry.acknowledge_status == "Met"
	assert [i.reference_name for i in interactions(entry)] == [log.name]
	assert client.call("prospect_mgmt.telephone.caller", name=log.name)["entry"] == entry.name


def test_who_withholds_their_number_is_one_lead_too(crew, http, clock):
	clock.release()
	of_list(crew)
	log = call(number="anonymous")
	log.db_set("employee_user_id", crew.agent)
	client, line = http(crew.agent), {"name": log.name, "lead_name": "Petra", "detail": "Two machines"}
	made = client.call("prospect_mgmt.telephone.new_lead", **line)
	again = client.call("prospect_mgmt.telephone.new_lead", **line)
	assert "is known already" in again["told"] and {**again, "told": None} == made
	frappe.db.rollback()
	assert frappe.db.count("Lead") == 1
	assert [i.reference_name for i in interactions(frappe.get_doc(ENTRY, made["entry"]))] == [log.name]
	log.db_set("from", "")
	frappe.db.delete("Dynamic Link", {"parent": log.name})
	nobody = http(crew.agent).post("/api/method/prospect_mgmt.telephone.new_lead", data=line)
	assert nobody.status_code == 417 and "Give an e-mail address or a telephone number" in nobody.text


def of_list(crew) -> None:
	"""New leads are enrolled on the list of the crew."""
	frappe.db.set_value("Prospect List", {"enrol_new_leads": 1}, "enrol_new_leads", 0)
	frappe.db.set_value("Prospect List", crew.list, "enrol_new_leads", 1)
	enrolment.forget_lists()


def test_somebody_known_who_calls_from_a_new_number_is_no_second_lead(crew, http, clock):
	"""By another spelling of their address: the agent is told, and the call and what they said are on their enquiry."""
	clock.release()
	of_list(crew)
	entry = enquiry(crew, first_name="Petra", email_id="petra.q@gmail.com")
	frappe.db.set_value("Lead", entry.lead, "lead_name", "<b>Q")
	log = call()
	log.db_set("employee_user_id", crew.agent)
	line = {
		"name": log.name,
		"lead_name": "P. Q",
		"email_id": "petraq+x@gmail.com",
		"detail": "Two <b> machines",
	}
	client = http(crew.agent)
	for _again in range(2):
		answer = client.post("/api/method/prospect_mgmt.telephone.new_lead", data=line).json()
		told = answer["message"].pop("told")
		assert answer["message"] == {"lead": entry.lead, "entry": entry.name, "may_open": True}
		assert "<strong>&lt;b&gt;Q</strong> is known already" in told
	frappe.db.rollback()
	assert frappe.db.count("Lead") == 1
	assert [i.reference_name for i in interactions(entry)] == [log.name]
	[noted] = frappe.get_all(
		"Comment", {"reference_name": entry.name, "comment_type": "Info"}, ["content", "comment_email"]
	)
	assert (
		"Two &lt;b&gt; machines" in noted.content
		and NUMBER in noted.content
		and noted.comment_email == crew.agent
	)


def test_whose_enquiry_one_may_not_see_is_named_by_its_number_only(crew, http, clock):
	clock.release()
	of_list(crew)
	entry = enquiry(crew, first_name="Petra", email_id="petra.q@gmail.com")
	contractor = factories.user("Prospect Agent").name
	log = call()
	log.db_set("employee_user_id", contractor)
	line = {"name": log.name, "email_id": "petraq@gmail.com", "detail": "Two machines"}
	answer = http(contractor).post("/api/method/prospect_mgmt.telephone.new_lead", data=line).json()
	told = answer["message"].pop("told")
	assert answer["message"] == {"lead": entry.lead, "entry": entry.name, "may_open": False}
	assert f"known already as {entry.lead}; a colleague" in told
	assert "Petra" not in str(answer)
	frappe.db.rollback()
	assert len(interactions(entry)) == 1 and frappe.db.count("Lead") == 1


def test_a_known_number_is_no_offer_and_nobody_elses_call_opens(crew, http):
	entry = enquiry(crew, mobile_no="0151 555 01 01")
	log = call()
	assert not offers(crew.supervisor) and not frappe.db.count(
		"Notification Log", {"document_type": "Call Log"}
	)
	contractor = http(factories.user("Prospect Agent").name)
	for method in ("caller", "new_lead"):
		answer = contractor.post(f"/api/method/prospect_mgmt.telephone.{method}", data={"name": log.name})
		assert answer.status_code == 403
	assert len(interactions(entry)) == 1


def test_a_strangers_call_that_rang_for_nobody_is_shown_to_the_supervisors(crew):
	frappe.db.set_single_value("Prospect Management Settings", "default_prospect_list", crew.list)
	frappe.clear_document_cache("Prospect Management Settings", "Prospect Management Settings")
	call("No Answer", number="+49 151 7770000")
	assert len(offers(crew.supervisor)) == 1
	assert not frappe.get_all("Prospect Signal Failure")
