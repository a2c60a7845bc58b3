"""Enquiries from outside: real HTTP, with a key that can do nothing else."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import frappe
import pytest
import requests
from frappe.utils import add_to_date, get_datetime, now_datetime

from prospect_mgmt import capture
from tests import factories

PATH = "/api/method/prospect_mgmt.api.capture"
ADA = {
	"name": "Ada Lovelace",
	"email": "ada@example.com",
	"phone": "0151 12345678",
	"company": "Analytical Engines",
	"interest": "Quote",
	"message": "Please send me a price list.",
	"utm_source": "fb",
	"page": "https://musterwerk.example/engines",
	"consent": True,
	"consent_text": "I agree to be contacted.",
}


@pytest.fixture
def door(http):
	"""The landing page's connection."""
	return http(factories.capture_key(), key=True)


def send(door, **changes):
	"""Hand an enquiry in; returns the message of the answer, its HTTP status as `http`."""
	answer = door.post(PATH, json={k: v for k, v in (ADA | changes).items() if v is not None})
	frappe.db.rollback()
	return frappe._dict(answer.json()["message"], http=answer.status_code)


def leads() -> list[str]:
	frappe.db.rollback()
	return frappe.get_all("Lead", pluck="name", order_by="creation")


def leads_of(email: str) -> list[str]:
	frappe.db.rollback()
	return frappe.get_all("Lead", {"email_id": email}, pluck="name")


def summaries(entry: str) -> list[str]:
	return frappe.get_all("Prospect Interaction", {"entry": entry}, pluck="summary", order_by="creation")


def at_once(door, enquiries: list[dict]) -> list[dict]:
	"""Hand enquiries in at the same instant, each over a connection of its own; returns the messages of the answers."""
	ready = Barrier(len(enquiries))

	def post(enquiry):
		ready.wait()
		return requests.post(door.base + PATH, json=enquiry, headers=dict(door.headers), timeout=60)

	with ThreadPoolExecutor(len(enquiries)) as pool:
		answers = list(pool.map(post, enquiries))
	assert {answer.status_code for answer in answers} == {200}
	return [answer.json()["message"] for answer in answers]


class TestNewPerson:
	def test_becomes_a_lead_on_the_list(self, door):
		answer = send(door)
		assert (answer.http, answer.status, answer.outcome) == (200, "taken", "new_lead")
		lead = frappe.get_doc("Lead", answer.lead)
		assert (lead.first_name, lead.last_name, lead.email_id) == ("Ada", "Lovelace", "ada@example.com")
		assert lead.mobile_no == "+4915112345678"  # the country is our company's
		assert (lead.source, lead.prospect_interest) == ("Facebook", "Quote") and not lead.lead_owner
		entry = frappe.get_doc("Prospect List Entry", answer.entry)
		assert (entry.stage, entry.respond_by, entry.awaiting) == ("Call", None, "Us")
		[summary] = summaries(answer.entry)
		assert summary.startswith("Please send me a price list.")
		kept = frappe.get_doc("Prospect Capture", {"lead": answer.lead})
		assert kept.consent and kept.consent_text == "I agree to be contacted."
		assert kept.consent_where == "https://musterwerk.example/engines"
		assert kept.consent_on and not kept.payload
		assert frappe.db.exists("Prospect Consent", {"lead": answer.lead, "capture": kept.name})

	def test_what_is_missing_or_unknown_loses_nobody(self, door):
		by_phone = send(door, email=None, name=None, company=None)
		assert by_phone.outcome == "new_lead"
		assert frappe.db.get_value("Lead", by_phone.lead, "lead_name") == "+4915112345678"
		bob = {"name": "Bob Byron", "email": "bob@example.com", "phone": None}
		by_mail = send(door, **bob, interest="Flux capacitor")
		assert by_mail.outcome == "new_lead" and "Flux capacitor" in summaries(by_mail.entry)[0]
		# And of somebody met at a fair the promises count from when it happened.
		met = add_to_date(now_datetime(), hours=-5).replace(microsecond=0)
		cleo = {"name": "Cleo Christie", "email": "cleo@example.com", "phone": None, "utm_source": None}
		fair = send(door, **cleo, occurred_on=met.isoformat(), channel="In person", source="Event")
		first_contact = frappe.db.get_value("Prospect List Entry", fair.entry, "first_contact_on")
		assert get_datetime(first_contact) == met and fair.lead.startswith("EVT-")


class TestKnownPerson:
	def test_is_no_second_lead_and_after_done_a_new_enquiry(self, door):
		first = send(door)
		frappe.get_doc("Prospect List Entry", first.entry).log_call("Wants a price list")
		frappe.db.commit()
		again = send(door, email="ADA@example.com", message="And a drawing, please.")
		assert (again.outcome, again.lead, again.entry) == ("answer", first.lead, first.entry)
		entry = frappe.get_doc("Prospect List Entry", first.entry)
		assert entry.respond_status == "Pending" and entry.last_response_on
		assert len(summaries(first.entry)) == 3
		for phone in ("+49 (0)151-12345678", "0049 151 12345678", "0151/12345678"):
			assert send(door, email=None, phone=phone, message=f"Hello? {phone}").lead == first.lead
		entry.reload().close("Lost", objection="Price")
		frappe.db.commit()
		anew = send(door, message="Is it cheaper now?")
		assert (anew.outcome, anew.lead, anew.entry) == ("new_enquiry", first.lead, f"{first.lead}-2")
		assert frappe.db.get_value("Prospect List Entry", anew.entry, "stage") == "Call"
		assert leads() == [first.lead]
		# The same number under another name is somebody else.
		other = send(door, email="bob@example.com", name="Bob Byron")
		assert other.outcome == "new_lead" and other.lead != first.lead


class TestOnce:
	def test_a_key_means_one_enquiry_for_good(self, door):
		first, again = send(door, idempotency_key="k1"), send(door, idempotency_key="k1")
		assert not first.repeated and again.repeated
		assert (again.lead, again.entry, again.outcome) == (first.lead, first.entry, "new_lead")
		assert len(summaries(first.entry)) == 1
		frappe.db.set_value("Prospect Capture", {"lead": first.lead}, "received_on", "2020-01-01")
		frappe.db.commit()
		assert send(door, idempotency_key="k1").repeated
		answer = send(door, idempotency_key="k1", message="Something else")
		assert answer.http == 409 and answer.errors[0]["code"] == "used"
		for _ in range(2):
			answer = door.post(PATH, json=ADA | {"message": "x"}, headers={"Idempotency-Key": "k2"}).json()
		assert answer["message"]["repeated"]

	def test_sixteen_at_the_same_instant_make_one_lead(self, door):
		"""With one key, with a key each, and with none; and different people are not mixed up."""
		keys = {"a": ["k"] * 16, "b": [f"k{n}" for n in range(16)], "c": [None] * 16}
		for person, theirs in keys.items():
			who = ADA | {"email": f"{person}@example.com", "phone": None, "name": f"{person} Lovelace"}
			who = {k: v for k, v in who.items() if v}
			answers = at_once(
				door, [who | ({"idempotency_key": f"{person}{k}"} if k else {}) for k in theirs]
			)
			assert leads_of(who["email"]) == [answers[0]["lead"]], person
			assert {answer["lead"] for answer in answers} == {answers[0]["lead"]}
			assert sum(not answer["repeated"] for answer in answers) == 1
			assert len(summaries(answers[0]["lead"])) == 1
			assert frappe.db.count("Contact", {"email_id": who["email"]}) == 1
		people = [
			ADA | {"email": f"p{n}@example.com", "phone": f"0151 2222222{n}", "name": f"P{n} Q{n}"}
			for n in range(6)
		]
		assert len({answer["lead"] for answer in at_once(door, people)}) == 6 and len(leads()) == 9


class TestRefused:
	def test_field_errors_come_in_one_answer(self, door, http):
		answer = send(door, email="ada@", phone="x" * 50, consent="perhaps", shoe_size=38)
		assert (answer.http, answer.status) == (422, "refused")
		found = {(error["field"], error["code"]) for error in answer.errors}
		assert found == {
			("email", "invalid"),
			("phone", "too_long"),
			("consent", "invalid"),
			("shoe_size", "unknown"),
		}
		assert all(error["message"] for error in answer.errors)
		answer = send(door, email=None, phone=None)
		assert answer.errors[0]["field"] == "email" and answer.errors[0]["code"] == "required"
		assert send(door, email="no-reply@example.com").errors[0]["code"] == "machine"
		assert http().post(PATH, json=ADA).status_code == 403
		wrong = http()
		wrong.headers["Authorization"] = "token wrong:key"
		assert wrong.post(PATH, json=ADA).status_code == 401
		assert not leads() and not frappe.db.count("Prospect Capture")

	def test_the_key_opens_nothing_else_and_not_too_often(self, door):
		for path, fields in (
			("/api/resource/Lead", None),
			("/api/resource/Lead", {"first_name": "X"}),
			("/api/resource/Prospect Capture", None),
			("/api/method/frappe.auth.get_logged_user", {}),
			("/api/method/frappe.client.get_list", {"doctype": "User"}),
			("/api/method/prospect_mgmt.duplicates.matches", {"lead": {}}),
			("/api/method/prospect_mgmt.enrolment.enrol_lead", {"lead": "x"}),
			("/api/method/prospect_mgmt.webform.begin", {}),
			(PATH, {"cmd": "frappe.client.get_list", "doctype": "User"}),
			("/", {"cmd": "frappe.client.get_list", "doctype": "User"}),
			("/app", None),
		):
			answer = door.get(path) if fields is None else door.post(path, json=fields)
			assert answer.status_code == 403, (path, fields, answer.text)
		frappe.db.set_single_value("Prospect Management Settings", "capture_limit", 3)
		frappe.clear_document_cache("Prospect Management Settings", "Prospect Management Settings")
		frappe.db.commit()
		statuses = [door.post(PATH, json={"email": "x"}).status_code for _ in range(8)]
		assert 429 in statuses and statuses[0] == 422


class TestFaultsOfOurs:
	def test_the_enquiry_is_kept_and_taken_in_later(self, door):
		"""An admin made a mistake, so that no lead can be saved."""
		frappe.make_property_setter(
			{"doctype": "Lead", "fieldname": "company_name", "property": "options", "value": "Customer"},
		)
		frappe.make_property_setter(
			{"doctype": "Lead", "fieldname": "company_name", "property": "fieldtype", "value": "Link"},
			validate_fields_for_doctype=False,
		)
		frappe.db.commit()
		frappe.clear_cache(doctype="Lead")
		answer = send(door)
		assert (answer.http, answer.status) == (202, "kept")
		assert not leads() and not frappe.db.count("Contact", {"email_id": ADA["email"]})

		frappe.db.delete("Property Setter", {"doc_type": "Lead", "field_name": "company_name"})
		frappe.db.commit()
		frappe.clear_cache(doctype="Lead")
		assert capture.retry(answer.reference) == "Done"
		[lead] = leads()
		assert frappe.db.get_value("Lead", lead, "email_id") == ADA["email"]
		assert not frappe.db.get_value("Prospect Capture", answer.reference, "payload")

	def test_what_a_killed_process_left_is_finished(self, door):
		answer = send(door, message="one")
		submission, _errors = capture.capturing.read(ADA | {"message": "two", "occurred_on": None})
		left = capture._write_down(submission, None, "Administrator", received_on="2020-01-01")
		capture.finish_left_over()
		assert frappe.db.get_value("Prospect Capture", left, ["status", "verdict"]) == ("Done", "Answer")
		assert len(summaries(answer.entry)) == 2
