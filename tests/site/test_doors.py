"""Every door at the same instant: sixteen who say the same are one person, whatever door they come through."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import frappe
import pytest
import requests
from frappe.email.doctype.email_account.email_account import pull_from_email_account

from tests import factories
from tests.site import importing, mailing, staff
from tests.site.test_webform import ACCEPT, ADA, FORM, opened, settings

SIXTEEN, MAILS = 16, 4
CAPTURE = "/api/method/prospect_mgmt.api.capture"


@pytest.fixture
def form(isolated_site, http):
	"""The website's form, published; everybody here comes from one address and types quickly."""
	frappe.get_doc("Web Form", FORM).db_set("published", 1)
	settings(form_seconds=0, form_limit=0)
	return http()


@pytest.fixture
def mailbox(stack, isolated_site):
	"""The company's mailbox at its provider."""
	server = mailing.Pop3()
	mailing.account(stack, server)
	yield server
	server.shutdown()
	server.server_close()


def at_once(client, requests_made: list[tuple[str, dict]]) -> list[requests.Response]:
	"""POST at the same instant, each over a connection of its own: (path, what `requests` is given)."""
	return each_at_once([(client, path, sent) for path, sent in requests_made])


def each_at_once(requests_made: list[tuple]) -> list[requests.Response]:
	"""The same as several clients: (client, path, what `requests` is given)."""
	ready = Barrier(len(requests_made))

	def post(client, path: str, sent: dict) -> requests.Response:
		ready.wait()
		return requests.post(
			client.base + path, headers=dict(client.headers), cookies=client.cookies, timeout=60, **sent
		)

	with ThreadPoolExecutor(len(requests_made)) as pool:
		answers = list(pool.map(lambda each: post(*each), requests_made))
	frappe.db.rollback()
	return answers


def _until(happened, seconds: int = 180) -> None:
	"""Wait for a process whose clock is the real one."""
	until = time.monotonic() + seconds
	while not happened() and time.monotonic() < until:
		time.sleep(0.1)
		frappe.db.rollback()
	frappe.db.rollback()


def submitted(origin: str, **changes) -> tuple[str, dict]:
	return ACCEPT, {"data": {"web_form": FORM, "data": json.dumps({**ADA, "origin": origin, **changes})}}


def the_one_lead(email: str) -> str:
	"""The only lead of a person, with one enquiry and one contact."""
	[lead] = frappe.get_all("Lead", {"email_id": email}, pluck="name")
	assert frappe.db.count("Prospect List Entry", {"lead": lead}) == 1
	assert frappe.db.count("Contact", {"email_id": email}) == 1
	assert not frappe.get_all("Prospect Signal Failure")
	return lead


def test_a_form_sent_sixteen_times_is_one_enquiry(form):
	"""A visitor who clicks again and again."""
	origin = opened(form)
	answers = at_once(form, [submitted(origin)] * SIXTEEN)
	taken = [answer for answer in answers if answer.status_code == 200]
	lead = the_one_lead(ADA["email"])
	assert taken and {answer.json()["message"]["lead_number"] for answer in taken} == {lead}
	assert {answer.status_code for answer in answers} <= {200, 429}  # Frappe's own limit: ten a minute
	assert frappe.db.count("Prospect Interaction", {"entry": lead}) == 1


def test_sixteen_clicks_on_make_it_a_lead_are_one_lead(http):
	"""Colleagues whose telephones rang for the same call."""
	log = frappe.get_doc(
		{
			"doctype": "Call Log",
			"id": "ring",
			"type": "Incoming",
			"from": "+4930123456",
			"to": "+49301",
			"status": "Ringing",
		}
	).insert()
	frappe.db.commit()
	line = {"name": log.name, "lead_name": "Petra Kranich", "interest": "Quote"}
	answers = at_once(
		http("Administrator"), [("/api/method/prospect_mgmt.telephone.new_lead", {"data": line})] * SIXTEEN
	)
	assert {answer.status_code for answer in answers} == {200}, {answer.text for answer in answers}
	[lead] = frappe.get_all("Lead", {"mobile_no": "+4930123456"}, pluck="name")
	assert {answer.json()["message"]["lead"] for answer in answers} == {lead}


def test_callers_and_landing_pages_at_the_same_instant_are_one_lead(isolated_site, http):
	"""Petra rings from eight new numbers, and each agent types her address, while she writes on eight landing pages."""
	petra = "petra.kranich@gmail.com"
	logs = []
	for at in range(SIXTEEN // 2):
		number = f"+4930555{at:04}"
		values = {"id": number, "type": "Incoming", "from": number, "to": "+49301", "status": "Completed"}
		logs.append(frappe.get_doc({"doctype": "Call Log", **values}).insert().name)
	frappe.db.commit()
	client, door = http("Administrator"), http(factories.capture_key(), key=True)
	lines = [{"name": log, "email_id": "PetraKranich+x@gmail.com", "detail": "Two"} for log in logs]
	said = {"name": "Petra Kranich", "email": petra}
	calls = [("/api/method/prospect_mgmt.telephone.new_lead", {"data": line}) for line in lines]
	pages = [(CAPTURE, {"json": {**said, "message": f"From page {n}"}}) for n in range(SIXTEEN // 2)]
	answers = each_at_once([(client, *each) for each in calls] + [(door, *each) for each in pages])
	assert {answer.status_code for answer in answers} == {200}, {answer.text for answer in answers}
	[lead] = frappe.get_all("Lead", pluck="name")
	assert frappe.db.count("Prospect List Entry") == frappe.db.count("Contact") == 1
	incoming = {"lead": lead, "direction": "Incoming"}
	assert frappe.db.count("Prospect Interaction", incoming) == SIXTEEN
	assert not frappe.get_all("Prospect Signal Failure")


def test_mails_of_a_stranger_are_one_lead_even_while_they_use_another_door(mailbox, http, worker):
	"""Mails in the mailbox that Frappe reads, each its own, while the same person writes on sixteen landing pages."""
	petra = "petra@kranich.example"
	mailbox.put(*(mailing.written(f"Petra Kranich <{petra}>", f"Question {n}") for n in range(MAILS)))
	account = frappe.db.get_value("Email Account", {"email_id": mailing.TEAM})
	frappe.enqueue(pull_from_email_account, email_account=account)
	frappe.db.commit()
	door = http(factories.capture_key(), key=True)
	worker()
	said = {"name": "Petra Kranich", "email": petra}
	called = [(CAPTURE, {"json": {**said, "message": f"From page {n}"}}) for n in range(SIXTEEN)]
	answers = at_once(door, called)
	assert {answer.status_code for answer in answers} == {200}, {answer.text for answer in answers}
	_until(lambda: frappe.db.count("Communication", {"sender": petra}) >= MAILS)
	lead = the_one_lead(petra)
	assert frappe.db.count("Prospect Interaction", {"lead": lead, "direction": "Incoming"}) == MAILS + SIXTEEN
	assert frappe.db.count("Lead") == 1


def test_an_import_and_another_door_at_the_same_instant_make_one_lead_of_each(isolated_site, http, worker):
	"""A spreadsheet is imported while its people write on landing pages, each batch of it and each of them."""
	staff.no_automatic_enrolment()
	prospects = factories.prospect_list(enrol_new_leads=1).name
	rows = [{"Contact": f"Ada {n} X", "E-mail": f"ada{n}@x.example", "Status": "Call(1)"} for n in range(600)]
	doc = importing.rehearse(importing.upload(prospects, importing.csv_of(*rows)))
	door = http(factories.capture_key(), key=True)
	wanted = [n for n in reversed(range(600)) if n % 40 < 2]  # some in each batch
	called = [(CAPTURE, {"json": {"name": f"Ada {n} X", "email": f"Ada{n}@x.example"}}) for n in wanted]
	answers = at_once(door, called[:5])  # before it begins, however quick it is
	assert doc.start_import()
	frappe.db.commit()
	worker()
	_until(
		lambda: frappe.db.count("Lead") > 5
	)  # it is under way: the last rows first, they are still to come
	answers += [answer for at in range(5, len(called), 10) for answer in at_once(door, called[at : at + 10])]
	assert {answer.status_code for answer in answers} == {200}, {answer.text for answer in answers}
	_until(lambda: frappe.db.get_value(doc.doctype, doc.name, "status") == "Imported")
	[after] = at_once(door, [(CAPTURE, {"json": {"name": "Ada 599 X", "email": "Ada599@x.example"}})])
	assert after.status_code == 200, after.text
	refused = importing.rows(doc, "status").count(("Not imported",))
	by_the_page = frappe.db.count("Prospect Capture", {"verdict": "New lead"})
	assert frappe.db.sql("SELECT COUNT(*), COUNT(DISTINCT email_id) FROM tabLead") == ((600, 600),)
	assert frappe.db.count("Contact", {"email_id": ("like", "ada%")}) == 600
	assert frappe.db.count("Prospect List Entry", {"done_on": ("is", "not set")}) == 600
	assert 0 < by_the_page == refused and frappe.db.count("Prospect Capture", {"verdict": "Answer"})
