"""Which list a lead goes on; enrolling leads that are there already; someone who enquires again."""

import threading

import frappe
import pytest
import requests
from frappe.utils import add_to_date, now_datetime

from prospect_mgmt import enrolment, telling
from prospect_mgmt.entry import start
from tests import factories
from tests.site.sweeping import MONDAY, rows, sweep_now, team, told

ENTRY, RUN = "Prospect List Entry", "Prospect Enrolment"


@pytest.fixture
def crew(stack):
	"""Nobody enrols new leads but the lists that a test switches on."""
	frappe.db.set_value("Prospect List", {"enrol_new_leads": 1}, "enrol_new_leads", 0)
	enrolment.forget_lists()
	return team(stack)


def enrolling(title: str, **fields):
	return factories.prospect_list(title=title, enrol_new_leads=1, **fields)


def list_of(lead) -> str | None:
	return frappe.db.get_value(ENTRY, lead.name, "prospect_list")


# ------------------------------------------------------------- new leads
def test_the_first_enabled_list_whose_condition_holds_by_title(crew):
	enrolling("C: everybody else")
	enrolling("B: from the fair", enrol_condition="company_name == 'Fair'")
	enrolling("A: switched off", enabled=0)
	assert list_of(factories.lead(company_name="Fair")) == "B: from the fair"
	assert list_of(factories.lead()) == "C: everybody else"
	frappe.get_doc("Prospect List", "A: switched off").update({"enabled": 1}).save()
	assert list_of(factories.lead()) == "A: switched off"


def test_no_list_wants_them(crew):
	enrolling("Fair only", enrol_condition="company_name == 'Fair'")
	assert list_of(factories.lead()) is None


# ------------------------------------------------------------- existing leads
def run_now(name: str):
	frappe.db.commit()
	enrolment.carry_out(name)
	return frappe.get_doc(RUN, name)


def test_an_enquiry_is_about_an_interest_that_there_is_in_so_many_words(crew):
	lead = factories.lead().name
	for asked, words in (
		({"interest": "<b>Moon"}, "There is no .*&lt;b&gt;Moon"),
		({"detail": "x" * 20_001}, "too long"),
	):
		with pytest.raises(frappe.ValidationError, match=words):
			enrolment.enrol_lead(lead, crew.list, **asked)
	entry = frappe.get_doc(ENTRY, enrolment.enrol_lead(lead, crew.list, interest="Quote", detail="How much?"))
	entry.close("Lost", objection="Price")
	with pytest.raises(frappe.DoesNotExistError):
		entry.new_enquiry(interest="Moon")
	assert start.open_entry(lead) is None


def test_selected_leads_by_a_real_worker(crew, worker, monkeypatch):
	"""Two can be enrolled; one is on a list already, one is a machine, one asked for no contact, one is no lead."""
	leads = [factories.lead() for _ in range(2)]
	known, machine, silent = (
		factories.lead(),
		factories.lead(email_id="no-reply@shop.example"),
		factories.lead(),
	)
	start.enrol(known, crew.list)
	silent.status = "Do Not Contact"
	silent.save()
	names = [lead.name for lead in (*leads, known, machine, silent)] + ["WEB-9999999"]
	name = enrolment.enrol_leads(names, crew.list)
	worker(burst=True)
	run = frappe.get_doc(RUN, name)
	assert (run.status, run.total, run.seen, run.enrolled, run.refused) == ("Done", 6, 6, 2, 4)
	reasons = {row.lead: row.reason for row in run.refusals}
	assert set(reasons) == {known.name, machine.name, silent.name, "WEB-9999999"}
	for lead, reason in ((known, "open enquiry"), (machine, "machine"), (silent, "not to be contacted")):
		assert reason in reasons[lead.name]
	assert "not found" in reasons["WEB-9999999"]
	assert {list_of(lead) for lead in leads} == {crew.list}


def test_all_that_match_and_were_never_on_a_list(crew):
	frappe.get_doc("Prospect List", crew.list).update({"enrol_condition": "company_name == 'Fair'"}).save()
	wanted, other, done = (
		factories.lead(company_name="Fair"),
		factories.lead(),
		factories.lead(company_name="Fair"),
	)
	start.enrol(done, crew.list).close("No response")
	run = run_now(enrolment.enrol_all_that_match(crew.list))
	assert (run.total, run.enrolled) == (1, 1) and list_of(wanted) and not list_of(other)


def test_a_run_that_was_killed_goes_on_where_it_stopped(crew, clock, monkeypatch):
	clock.at(f"{MONDAY}:00.25")
	monkeypatch.setattr(enrolment, "BATCH", 2)
	leads = [factories.lead() for _ in range(5)]
	name = enrolment.enrol_leads([lead.name for lead in leads], crew.list)
	frappe.db.commit()
	enrol, calls = start.enrol, []

	def killed_at_the_fourth(*args, **kwargs):
		calls.append(args)
		if len(calls) == 4:
			raise KeyboardInterrupt
		return enrol(*args, **kwargs)

	monkeypatch.setattr(start, "enrol", killed_at_the_fourth)
	with pytest.raises(KeyboardInterrupt):
		enrolment.carry_out(name)
	frappe.db.rollback()
	assert frappe.db.get_value(RUN, name, ["status", "seen"]) == ("Running", 2)
	assert frappe.db.count(ENTRY) == 2
	monkeypatch.setattr(start, "enrol", enrol)
	assert left_over() == []
	clock.forward(hours=2)
	assert left_over() == [name]
	run = run_now(name)
	assert (run.status, run.seen, run.enrolled, run.refused) == ("Done", 5, 5, 0)
	assert frappe.db.count(ENTRY) == 5 and left_over() == []


def left_over() -> list[str]:
	"""The runs that the hourly job puts in the queue again."""
	from frappe.utils.background_jobs import get_queue

	queue = get_queue("long")
	queue.empty()
	enrolment.resume_left_over()
	frappe.db.commit()
	return [job.kwargs["kwargs"]["enrolment"] for job in queue.jobs]


def test_the_clocks_start_now_or_at_the_true_first_contact(crew, clock):
	clock.at(MONDAY)
	lead = factories.lead()
	first = add_to_date(None, days=-3)
	letter = {"reference_doctype": "Lead", "reference_name": lead.name, "sent_or_received": "Received"}
	letter |= {
		"communication_medium": "Email",
		"subject": "Prices",
		"sender": lead.email_id,
		"communication_date": first,
	}
	frappe.get_doc({"doctype": "Communication", "communication_type": "Communication", **letter}).insert()
	clock.forward(days=5)
	assert run_now(enrolment.enrol_leads([lead.name], crew.list)).enrolled == 1
	entry = frappe.get_doc(ENTRY, lead.name)
	assert (entry.first_contact_on, entry.acknowledge_status) == (now_datetime(), "Pending")
	frappe.delete_doc(ENTRY, entry.name, force=True)
	run_now(enrolment.enrol_leads([lead.name], crew.list, use_true_first_contact=1))
	entry = frappe.get_doc(ENTRY, lead.name)
	assert (entry.first_contact_on, entry.acknowledge_status) == (first, "Missed")


def test_many_old_leads_raise_no_storm(crew, clock):
	clock.at(MONDAY)
	leads = [factories.lead(lead_owner=crew.agent if number % 2 else None).name for number in range(16)]
	clock.forward(days=10)
	run_now(enrolment.enrol_leads(leads, crew.list, use_true_first_contact=1))
	for _day in range(2):
		sweep_now()
		assert not told(crew.supervisor, "Not acknowledged") and not told(crew.supervisor, "Nobody has")
		for user in (crew.agent, crew.supervisor):
			subjects = [subject.split(":")[0] for subject in told(user, "")]
			assert max(map(subjects.count, subjects), default=0) <= telling.FEW + 1, subjects
		frappe.db.delete("Notification Log")
		clock.forward(hours=30)


def test_only_who_runs_the_list_may_enrol_many(crew):
	lead = factories.lead()
	frappe.set_user(crew.agent)
	with pytest.raises(frappe.PermissionError):
		enrolment.enrol_leads([lead.name], crew.list)
	frappe.set_user(crew.supervisor)
	assert enrolment.enrol_leads([lead.name], crew.list)
	frappe.set_user("Administrator")


# ------------------------------------------------------------- again
def test_someone_who_enquires_again_is_led_to_their_lead(crew, http):
	"""ERPNext refuses a second lead with the same address; the refusal names the first, and its open enquiry."""
	lead = factories.lead(email_id="petra@kunde.example")
	client = http(crew.agent)
	answer = client.post(
		"/api/resource/Lead", json={"first_name": "Petra", "email_id": "petra@kunde.example"}
	)
	assert answer.status_code == 409 and lead.name in answer.text and "New enquiry" in answer.text
	entry = client.call(
		"prospect_mgmt.enrolment.enrol_lead", lead=lead.name, prospect_list=crew.list, interest="Quote"
	)
	assert entry == lead.name
	answer = client.post(
		"/api/resource/Lead", json={"first_name": "Petra", "email_id": "petra@kunde.example"}
	)
	assert answer.status_code == 409 and "open enquiry is" in answer.text and lead.name in answer.text
	with pytest.raises(requests.HTTPError) as refused:
		client.call("prospect_mgmt.enrolment.enrol_lead", lead=lead.name, prospect_list=crew.list)
	assert "open enquiry already" in refused.value.response.text
	frappe.db.rollback()
	frappe.get_doc(ENTRY, entry).close("No response")
	frappe.db.commit()
	second = client.call("prospect_mgmt.enrolment.enrol_lead", lead=lead.name, prospect_list=crew.list)
	assert second == f"{lead.name}-2"


@pytest.mark.parametrize("earlier", [0, 1])
def test_one_open_enquiry_although_two_enrol_at_once(crew, http, earlier):
	lead = factories.lead()
	if earlier:
		start.enrol(lead, crew.list).close("No response")
	client, answers, gate = http(crew.agent, key=True), [], threading.Barrier(4)
	method = f"{client.base}/api/method/prospect_mgmt.enrolment.enrol_lead"

	def enrol():
		gate.wait()
		arguments = {"lead": lead.name, "prospect_list": crew.list}
		answers.append(requests.post(method, data=arguments, headers=client.headers))

	threads = [threading.Thread(target=enrol) for _ in range(4)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	assert sorted(answer.status_code for answer in answers) == [200, 417, 417, 417]
	assert all("open enquiry already" in a.text for a in answers if a.status_code != 200)
	frappe.db.rollback()
	assert frappe.db.count(ENTRY, {"lead": lead.name, "done_on": ("is", "not set")}) == 1


# ------------------------------------------------------------- another list
def test_moved_to_another_list_with_its_history(crew, clock):
	clock.at(MONDAY)
	entry = start.enrol(factories.lead(lead_owner=crew.agent), crew.list)
	entry.log_call("Wants prices")
	promised = entry.satisfy_by
	other = factories.prospect_list(title="Another team")
	entry.move_to_list(other.name)
	entry.reload()
	assert (entry.prospect_list, entry.stage, entry.satisfy_by) == (other.name, "Email", promised)
	assert not entry.agent  # who is no agent there
	kept = frappe.get_all("Prospect Interaction", {"entry": entry.name}, pluck="prospect_list")
	assert kept == [crew.list]
	assert {row.reason for row in rows(entry, status="Skipped")} >= {"moved to the list Another team"}
	assert rows(entry, status="Scheduled")
