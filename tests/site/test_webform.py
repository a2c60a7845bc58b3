"""The enquiry form on the website: a guest over real HTTP."""

import json

import frappe
import pytest

from prospect_mgmt import capture, numbers
from prospect_mgmt.prospect_mgmt.report.lead_number_register import lead_number_register
from tests import factories
from tests.site.test_capture import break_leads, mend_leads

FORM, SETTINGS = "enquiry", "Prospect Management Settings"
ACCEPT = "/api/method/frappe.website.doctype.web_form.web_form.accept"
ADA = {
	"person_name": "Ada Lovelace",
	"email": "ada@example.com",
	"telephone": "0151 12345678",
	"interest": "Quote",
	"message": "Please send me a price list.",
	"consent": 1,
}
OWN = ("name", "email", "origin", "creation", "modified")  # different for each that is sent


@pytest.fixture
def published(isolated_site):
	"""An admin has published the form; people type quickly in tests."""
	frappe.get_doc("Web Form", FORM).db_set("published", 1)
	settings(form_seconds=0, form_limit=0)


@pytest.fixture
def guest(published, http):
	return http()


def settings(**values) -> None:
	frappe.db.set_single_value(SETTINGS, values)
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	frappe.db.commit()


def opened(guest, **origin) -> str:
	"""What the page knows after it was opened."""
	return json.dumps({"token": guest.call("prospect_mgmt.webform.begin"), **origin})


def send(guest, origin: str, **changes):
	answer = guest.post(
		ACCEPT, data={"web_form": FORM, "data": json.dumps({**ADA, "origin": origin, **changes})}
	)
	frappe.db.rollback()
	return answer


def said(answer) -> str:
	return str(answer.json().get("_server_messages") or answer.text)


def kept() -> tuple[int, int]:
	return frappe.db.count("Lead"), frappe.db.count("Prospect Capture")


def test_an_enquiry_becomes_a_lead_and_the_visitor_is_told_its_number(guest):
	page = guest.get("/enquiry/new?_lang=de", headers={"Accept": "text/html"}).text
	assert "Ihre Nummer ist {0}" in page and "enquiry_form.js" in page and "Quote" in page
	origin = opened(guest, language="de", utm_source="fb", page="https://musterwerk.example/engines")
	answer = send(guest, origin)
	number = answer.json()["message"]["lead_number"]
	lead = frappe.get_doc("Lead", number)
	assert (lead.lead_name, lead.mobile_no, lead.source, lead.language) == (
		"Ada Lovelace",
		"+4915112345678",
		"Facebook",
		"de",
	)
	agreed = frappe.get_doc("Prospect Capture", {"lead": number})
	assert agreed.consent_text == "Ich bin damit einverstanden, zu meiner Anfrage kontaktiert zu werden."
	assert agreed.consent_where == "https://musterwerk.example/engines" and agreed.consent_on
	entry = frappe.get_doc("Prospect List Entry", number)
	assert (entry.interest, entry.stage) == ("Quote", "Call")
	# Sent twice it is one; from the same person it is their answer; a form that was sent is used up.
	assert send(guest, origin).json()["message"]["lead_number"] == number
	again = send(guest, opened(guest), message="And a drawing?").json()["message"]["lead_number"]
	assert frappe.db.count("Lead") == 1 and numbers.lead_of(again) == number
	assert "schon gesendet" in said(send(guest, origin, message="Something else"))
	assert frappe.db.count("Prospect Interaction", {"entry": number}) == 2


def test_a_stranger_does_not_learn_whether_we_know_a_person(guest):
	"""Whoever types the address of somebody else is answered as if nobody knew them, number and all."""
	shapes = []
	known = factories.lead(email_id="known@example.com", source="Website").name
	done = factories.lead(email_id="done@example.com", source="Website").name
	frappe.get_doc("Prospect List Entry", done).close("Lost", objection="Price")
	gone = factories.lead(email_id="gone@example.com", source="Website", prospect_do_not_contact=1).name
	frappe.db.commit()
	for at, who in enumerate(("new", "known", "done", "gone", "newer"), 4):
		answer = send(guest, opened(guest), email=f"{who}@example.com", telephone="", utm_source="")
		said_back = answer.json()["message"]
		assert said_back.pop("lead_number") == f"WEB-{at:04}", who
		for field in OWN:
			said_back.pop(field, None)
		shapes.append((answer.status_code, sorted(answer.json()), said_back))
	assert all(shape == shapes[0] for shape in shapes), shapes
	# The number leads to their lead, and whoever works it sees by which one they may call.
	assert [numbers.lead_of(f"WEB-000{at}") for at in (5, 6, 7)] == [known, done, gone]
	summary = frappe.db.get_value("Prospect Interaction", {"entry": known, "channel": "Web"}, "summary")
	assert "Number told: WEB-0005" in summary
	assert frappe.db.exists("Prospect List Entry", f"{done}-2") and frappe.db.count("Lead") == 5


@pytest.mark.parametrize("anonymous", [1, 0])
def test_nor_does_a_visitor_who_is_logged_in(guest, http, anonymous):
	"""A customer of the portal who types the address of somebody else; or their own."""
	frappe.get_doc("Web Form", FORM).db_set("anonymous", anonymous)
	known = factories.lead(email_id="known@example.com", source="Website").name
	me = factories.user("Customer", user_type="Website User").name
	factories.lead(email_id=me, source="Website")
	visitor = http(me)
	for at, who in enumerate(("known@example.com", "new@example.com", me), 3):
		said_back = send(visitor, opened(visitor), email=who, telephone="", utm_source="").json()["message"]
		assert said_back["lead_number"] == f"WEB-{at:04}", who
	assert numbers.lead_of("WEB-0003") == known


def test_a_visitor_gets_a_number_when_a_fault_of_ours_keeps_them_out(guest):
	"""It is their lead's when that is made; so nothing has to be explained to them."""
	break_leads()
	origin, ada = opened(guest), {"company_name": "Analytical Engines"}
	number = send(guest, origin, **ada).json()["message"]["lead_number"]
	assert number and not frappe.db.exists("Lead", number) and numbers.lead_of(number) is None
	assert send(guest, origin, **ada).json()["message"]["lead_number"] == number
	grace = send(guest, opened(guest), **ada, email="grace@example.com", telephone="")
	grace = grace.json()["message"]["lead_number"]
	today = frappe.utils.nowdate()
	_columns, rows, *_rest = lead_number_register.execute({"from_date": today, "to_date": today})
	explained = [row["explained"] for row in rows if row["number"] == number]
	assert explained == ["It was told to somebody who could not be taken in yet: see Prospect Capture."]
	mend_leads()
	known = factories.lead(email_id="grace@example.com", source="Referral").name  # met meanwhile
	for name in frappe.get_all("Prospect Capture", {"status": "Failed"}, pluck="name", order_by="creation"):
		assert capture.retry(name) == "Done"
	assert frappe.db.get_value("Lead", number, "email_id") == ADA["email"]
	assert frappe.db.exists("Prospect List Entry", number)
	assert frappe.db.get_value("Prospect Lead Number", number, ["status", "lead"]) == ("Given", number)
	assert numbers.lead_of(grace) == known
	[summary] = frappe.get_all("Prospect Interaction", {"entry": known}, pluck="summary")
	assert f"Number told: {grace}" in summary


def test_nor_is_a_number_lost_when_the_fault_comes_after_it(guest):
	"""Of somebody known: the number is given before what they wrote is recorded."""
	known = factories.lead(email_id=ADA["email"], source="Website").name
	frappe.db.commit()
	frappe.db.sql_ddl("RENAME TABLE `tabProspect Interaction` TO `tabProspect Interaction away`")
	try:
		number = send(guest, opened(guest), telephone="").json()["message"]["lead_number"]
	finally:
		frappe.db.sql_ddl("RENAME TABLE `tabProspect Interaction away` TO `tabProspect Interaction`")
	assert frappe.db.exists("Prospect Lead Number", number) and numbers.lead_of(number) is None
	assert capture.retry(frappe.db.get_value("Prospect Capture", {"told": number})) == "Done"
	assert numbers.lead_of(number) == known


def test_a_visitor_is_told_that_we_have_it_when_no_number_can_be_had(guest):
	"""The counters are broken."""
	frappe.db.sql_ddl("RENAME TABLE `tabSeries` TO `tabSeries away`")
	try:
		answer = send(guest, opened(guest, language="de"))
	finally:
		frappe.db.sql_ddl("RENAME TABLE `tabSeries away` TO `tabSeries`")
	assert answer.status_code == 200 and not answer.json()["message"].get("lead_number")
	assert "Wir haben Ihre Anfrage" in said(answer)
	assert frappe.db.get_value("Prospect Capture", {}, "status") == "Failed"


def test_machines_are_kept_out_without_puzzles(guest):
	"""Nobody is turned away in silence, nothing half made is left."""
	origin = opened(guest)
	token = json.loads(origin)["token"]
	for wrong in (
		"",
		"{}",
		"[]",
		"nonsense",
		json.dumps({"token": 7}),
		origin.replace(token, f"1{token}"),
		'{"token": "-"}',
	):
		assert "open the form again" in said(send(guest, wrong)), wrong
	assert "very quick" in said(send(guest, origin, website="http://spam.example"))
	assert "telephone number" in said(send(guest, origin, email="", telephone=""))
	wrong = send(guest, origin, email="no-reply@example.com", message="x" * 20_000)
	assert (
		wrong.status_code == 417 and "belongs to a machine" in said(wrong) and "At most 10000" in said(wrong)
	)
	frappe.cache.delete_keys("rl:")  # Frappe's own limit: ten a minute, whatever the form
	long = send(guest, origin, person_name="N" * 200, telephone="1" * 50, company_name="<b>" * 50)
	assert "Name: At most 120" in said(long) and "Phone: At most 40" in said(long)
	settings(form_seconds=60)
	assert "very quick" in said(send(guest, opened(guest)))
	settings(form_seconds=0, form_limit=1)
	assert send(guest, opened(guest), email="", telephone="").status_code == 417
	assert send(guest, opened(guest)).status_code == 429
	assert kept() == (0, 0)


def test_text_from_outside_is_data(guest):
	"""No tag is left in a name, nothing is rendered; it reads as it does from the capture call."""
	nasty = {"person_name": "<script>{{ 7*7 }}</script> Ægir", "company_name": "=cmd|'/C calc'!A0 <b>"}
	number = send(guest, opened(guest, utm_source="{{ 7*7 }}"), **nasty, message="{{ 7*7 }}").json()[
		"message"
	]["lead_number"]
	lead = frappe.get_doc("Lead", number)
	assert (lead.lead_name, lead.company_name) == ("script {{ 7*7 }} /script Ægir", "=cmd|'/C calc'!A0 b")
	[summary] = frappe.get_all("Prospect Interaction", {"entry": number}, pluck="summary")
	assert summary.startswith("{{ 7*7 }}") and "<" not in summary


UNREADABLE = "What was sent is no filled-in form"
DEEP = "[" * 3000 + "]" * 3000


@pytest.mark.parametrize(
	"data",
	["", "{", "[]", "1", "null", '"x"', DEEP, '{"email": ["ada@example.com"]}', '{"interest": ["Quote"]}'],
	ids=lambda data: data[:20],
)
def test_what_is_no_form_is_refused_in_words(guest, data):
	answer = guest.post(ACCEPT, data={"web_form": FORM, "data": data})
	assert answer.status_code == 417 and UNREADABLE in said(answer), answer.text
	assert kept() == (0, 0)


def test_requests_that_no_page_of_ours_sends(guest):
	"""To the form's own door and to the one that opens it: refused, and no fault of the server."""
	begin, as_json = "/api/method/prospect_mgmt.webform.begin", {"Content-Type": "application/json"}
	for path, body, status in (
		(ACCEPT, b"{", 400),
		(ACCEPT, b"[1]", 400),
		(ACCEPT, b"{}", 417),
		(ACCEPT, json.dumps({"web_form": [FORM], "data": "{}"}), 417),
		(ACCEPT, json.dumps({"web_form": {"a": 1}, "data": "{}"}), 417),
		(ACCEPT, json.dumps({"web_form": FORM}), 417),
		(ACCEPT, json.dumps({"web_form": "no such form", "data": "{}"}), 404),
		(begin, b"{", 400),
		(begin, b'{"fn": 1}', 200),
	):
		answer = guest.post(path, data=body, headers=as_json)
		assert answer.status_code == status, (body, answer.text)
	assert kept() == (0, 0)


@pytest.mark.parametrize(
	"changes",
	[
		{"message": "x" * 10_000_000},
		{"person_name": 10**60},
		{"email": None, "telephone": "ABC-DEF"},
		{"email": float("nan")},
		{"interest": "No such interest"},
		{"name": "Administrator", "doctype": "User", "owner": "Administrator"},
		{"origin": 17},
		{"origin": "[" * 5000},
		{"origin": '{"token": {"a": 1}}'},
		{"origin": '{"token": "²-x-y"}'},
	],
	ids=lambda changes: str(changes)[:40],
)
def test_hostile_values_are_refused_and_leave_nothing(guest, changes):
	answer = send(guest, changes.pop("origin", None) or opened(guest), **changes)
	assert answer.status_code == 417, answer.text[:300]
	assert kept() == (0, 0)


def test_a_form_whose_fields_come_as_json_is_taken(guest):
	answer = guest.post(ACCEPT, json={"web_form": FORM, "data": {**ADA, "origin": opened(guest)}})
	assert answer.json()["message"]["lead_number"], answer.text


def test_many_from_one_address_wait_and_others_do_not(guest):
	"""The address that the proxy sets."""
	settings(form_limit=2)
	answers = []
	for at, address in enumerate(("203.0.113.9", "203.0.113.9", "203.0.113.9", "203.0.113.10")):
		guest.headers["X-Forwarded-For"] = address
		answers.append(send(guest, opened(guest), email=f"p{at}@example.com", telephone="").status_code)
	assert answers == [200, 200, 429, 200]


def test_a_guest_reads_nothing(guest):
	number = send(guest, opened(guest)).json()["message"]["lead_number"]
	name = frappe.db.get_value("Prospect Capture", {"lead": number})
	for path in (
		f"Lead/{number}",
		"Prospect Web Enquiry",
		f"Prospect Capture/{name}",
		"Prospect Interest",
		"Lead",
	):
		assert guest.get(f"/api/resource/{path}").status_code == 403, path
	for path in (f"/enquiry/{number}", f"/enquiry/{number}/edit", "/enquiry/list"):
		assert "Lovelace" not in guest.get(path, headers={"Accept": "text/html"}).text
	form = {"doctype": "Lead", "docname": number, "web_form_name": FORM}
	answer = guest.post("/api/method/frappe.website.doctype.web_form.web_form.get_form_data", data=form)
	assert "Lovelace" not in answer.text
	changed = guest.post(ACCEPT, data={"web_form": FORM, "data": json.dumps({**ADA, "name": number})})
	assert changed.status_code >= 400 and frappe.db.count("Lead") == 1


def test_a_form_that_is_not_published_takes_nothing(guest):
	frappe.get_doc("Web Form", FORM).db_set("published", 0)
	frappe.db.commit()
	assert send(guest, opened(guest)).status_code == 403
	made = {"doctype": "Prospect Web Enquiry", **ADA}
	assert guest.post("/api/resource/Prospect Web Enquiry", json=made).status_code == 403
	assert kept() == (0, 0)
