"""A request whose answer was lost is sent again: it is done once, and answered as it was then."""

import concurrent.futures

import frappe
import pytest

from prospect_mgmt import enrolment, worklist
from tests import factories
from tests.site import sweeping

ENTRY, INTERACTION = "Prospect List Entry", "Prospect Interaction"
KEY, OTHER = "k" * 24, "o" * 24
CLOSED = {"outcome": "Lost", "objection": "Price", "note": "Too much"}


@pytest.fixture
def team(stack, clock):
	clock.at(sweeping.MONDAY)
	return sweeping.team(stack)


@pytest.fixture
def entry(team):
	return sweeping.enquiry(team, mobile_no="+49 151 12345678")


def kept(entry) -> dict[str, int]:
	"""How much is stored of an entry."""
	lead = {"reference_name": entry.lead}
	return {
		**{
			doctype: frappe.db.count(doctype, {"entry": entry.name})
			for doctype in (INTERACTION, "Prospect Due Step", "Prospect Stage Change")
		},
		"mails": frappe.db.count("Email Queue", lead) + frappe.db.count("Communication", lead),
		"entries": frappe.db.count(ENTRY, {"lead": entry.lead}),
		"comments": frappe.db.count("Comment", {"reference_name": entry.name}),
	}


@pytest.mark.parametrize(
	("method", "said"),
	[
		("log_call", {"summary": "Spoke to her"}),
		("log_call", {"summary": "", "result": "No answer"}),
		("send_information", {"subject": "Prices", "content": "<p>Here</p>"}),
		("record_message", {"content": "Here it is"}),
		("record_response", {"content": "How much for two?"}),
		("pause", {"until": "2026-07-01 10:00", "reason": "They decide then"}),
		("close", CLOSED),
		("assign", {"agent": None, "note": "She is ill"}),
	],
)
def test_an_act_of_a_dialog_is_done_once(team, entry, method, said):
	frappe.set_user(team.agent)
	first = getattr(entry, method)(**said, request_key=KEY)
	before = kept(entry)
	again = getattr(frappe.get_doc(ENTRY, entry.name), method)(**said, request_key=KEY)
	assert (again, kept(entry)) == (first, before)


def test_reopening_a_new_enquiry_and_another_list_too(team, entry):
	other = factories.prospect_list(team.agent, title="Fairs", supervisor=team.supervisor)
	frappe.set_user(team.supervisor)
	for method, said in (
		("move_to_list", {"prospect_list": other.name}),
		("close", CLOSED),
		("reopen", {}),
		("close", CLOSED),
		("new_enquiry", {"interest": "Quote", "detail": "Two more"}),
	):
		key = frappe.generate_hash(length=24)
		first = getattr(entry, method)(**said, request_key=key)
		before = kept(entry)
		entry = frappe.get_doc(ENTRY, entry.name)
		assert (getattr(entry, method)(**said, request_key=key), kept(entry)) == (first, before), method


def test_a_lead_is_enrolled_once(team):
	frappe.db.set_value("Prospect List", {"enrol_new_leads": 1}, "enrol_new_leads", 0)
	enrolment.forget_lists()
	lead = factories.lead()
	asked = {"lead": lead.name, "prospect_list": team.list, "detail": "How much?", "request_key": KEY}
	first = enrolment.enrol_lead(**asked)
	assert enrolment.enrol_lead(**asked) == first and frappe.db.count(ENTRY, {"lead": lead.name}) == 1
	with pytest.raises(frappe.ValidationError, match="open enquiry already"):
		enrolment.enrol_lead(**{**asked, "request_key": OTHER})


def test_many_are_assigned_once(team, entry):
	frappe.set_user(team.supervisor)
	nobodys = sweeping.enquiry(team, owner=None)
	for agent in (team.supervisor, None):
		asked = {"entries": [entry.name, nobodys.name], "agent": agent, "note": "Nadia is ill"}
		asked["request_key"] = frappe.generate_hash(length=24)
		first = worklist.assign(**asked)
		before = kept(entry)
		assert (worklist.assign(**asked), kept(entry)) == (first, before)
		# And it is undone as if the answer to the first had come.
		had = {name: frappe.db.get_value(ENTRY, name, "agent_before") for name in first["done"]}
		assert first["before"] == had == {entry.name: team.agent, nobodys.name: None}
		worklist.undo_assign(first["before"], agent)
		assert (entry.reload().agent, nobodys.reload().agent) == (team.agent, None)


def test_what_was_changed_since_is_said_not_to_be_in_it(entry):
	entry.log_call("Spoke to her", request_key=KEY)
	with pytest.raises(frappe.ValidationError, match="What you changed since is not in it"):
		entry.log_call("Spoke to him", request_key=KEY)
	entry.close(**CLOSED, request_key=OTHER)
	with pytest.raises(frappe.ValidationError, match="What you changed since is not in it"):
		entry.close(**{**CLOSED, "note": "Far too much"}, request_key=OTHER)
	assert frappe.db.count(INTERACTION, {"entry": entry.name}) == 1


def test_without_a_key_or_with_another_it_is_another_act(entry):
	for key in (None, None, KEY, OTHER):
		entry.log_call("", "No answer", request_key=key)
	assert entry.attempts == 4


@pytest.mark.parametrize("key", ["short", "k" * 65, "%" * 20, "k" * 20 + ":"])
def test_a_key_that_is_none_is_refused(entry, key):
	with pytest.raises(frappe.ValidationError, match="letters, digits or hyphens"):
		entry.log_call("Spoke to her", request_key=key)


def test_a_retry_while_the_first_is_under_way_waits_for_it(stack, http):
	agent = factories.user("Sales User").name
	prospect_list = factories.prospect_list(agent)
	team = frappe._dict(agent=agent, list=prospect_list.name)
	entry = sweeping.enquiry(team, mobile_no="+49 151 12345678")
	client = http(agent)
	act = {"dt": ENTRY, "dn": entry.name, "method": "log_call"}
	act["args"] = {"summary": "Spoke to her", "request_key": KEY}
	with concurrent.futures.ThreadPoolExecutor(4) as pool:
		answers = list(pool.map(lambda _n: client.post("/api/method/run_doc_method", json=act), range(4)))
	assert {answer.status_code for answer in answers} == {200}
	assert len({answer.json()["message"] for answer in answers}) == 1
	frappe.db.rollback()
	assert frappe.db.count(INTERACTION, {"entry": entry.name}) == 1
