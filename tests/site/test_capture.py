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
		assert (lead.source, lead.prospect_interest, lead.lead_owner) == ("Facebook", "Quote", "")
		entry = frappe.get_doc("Prospect List Entry", answer.entry)
		assert (entry.stage, entry.respond_by, entry.awaiting) == ("Call", None, "Us")
		[summary] = summaries(answer.entry)
		assert summary.startswith("Please send me a price list.")

	def test_what_they_agreed_to_is_kept(self, door):
		answer = send(door)
		kept = frappe.get_doc("Prospect Capture", {"lead": answer.lead})
		assert kept.consent and kept.consent_text == "I agree to be contacted."
		assert kept.consent_where == "https://musterwerk.example/engines"
		assert kept.consent_on and not kept.payload

	def test_a_telephone_number_is_enough(self, door):
		answer = send(door, email=None, name=None, company=None)
		assert answer.outcome == "new_lead"
		assert frappe.db.get_value("Lead", answer.lead, "lead_name") == "+4915112345678"

	def test_an_unknown_interest_loses_nobody(self, door):
		answer = send(door, interest="Flux capacitor")
		assert answer.outcome == "new_lead"
		assert "Flux capacitor" in summaries(answer.entry)[0]

	def test_the_promises_count_from_when_it_happened(self, door):
		met = add_to_date(now_datetime(), hours=-5).replace(microsecond=0)
		answer = send(door, occurred_on=met.isoformat(), channel="In person", source="Event")
		entry = frappe.get_doc("Prospect List Entry", answer.entry)
		assert get_datetime(entry.first_contact_on) == met and answer.lead.startswith("EVT-")


class TestKnownPerson:
	def test_an_open_enquiry_gets_an_answer(self, door):
		first = send(door)
		frappe.get_doc("Prospect List Entry", first.entry).log_call("Wants a price list")
		frappe.db.commit()
		again = send(door, email="ADA@example.com", message="And a drawing, please.")
		assert (again.outcome, again.lead, again.entry) == ("answer", first.lead, first.entry)
		entry = frappe.get_doc("Prospect List Entry", first.entry)
		assert entry.respond_status == "Pending" and entry.last_response_on
		assert len(summaries(first.entry)) == 3 and len(leads()) == 1

	@pytest.mark.parametrize("phone", ["+49 (0)151-12345678", "0049 151 12345678", "0151/12345678"])
	def test_a_number_in_another_notation_is_the_same_person(self, door, phone):
		first = send(door, email=None)
		assert send(door, email=None, phone=phone, message="Hello?").lead == first.lead

	def test_a_number_under_another_name_is_another_person(self, door):
		first = send(door)
		other = send(door, email="bob@example.com", name="Bob Byron")
		assert other.outcome == "new_lead" and other.lead != first.lead

	def test_after_done_it_is_a_new_enquiry_on_the_same_lead(self, door):
		first = send(door)
		frappe.get_doc("Prospect List Entry", first.entry).close("Lost", objection="Price")
		frappe.db.commit()
		again = send(door, message="Is it cheaper now?")
		assert (again.outcome, again.lead, again.entry) == ("new_enquiry", first.lead, f"{first.lead}-2")
		assert frappe.db.get_value("Prospect List Entry", again.entry, "stage") == "Call"


class TestOnce:
	def test_a_retry_gets_the_same_answer(self, door):
		first = send(door, idempotency_key="k1")
		again = send(door, idempotency_key="k1")
		assert not first.repeated and again.repeated
		assert (again.lead, again.entry, again.outcome) == (first.lead, first.entry, "new_lead")
		assert len(summaries(first.entry)) == 1

	def test_a_key_means_one_enquiry_for_good(self, door, clock):
		first = send(door, idempotency_key="k1")
		frappe.db.set_value("Prospect Capture", {"lead": first.lead}, "received_on", "2020-01-01")
		frappe.db.commit()
		assert send(door, idempotency_key="k1").repeated
		answer = send(door, idempotency_key="k1", message="Something else")
		assert answer.http == 409 and answer.errors[0]["code"] == "used"

	def test_the_header_is_a_key_too(self, door):
		for _ in range(2):
			answer = door.post(PATH, json=ADA | {"message": "x"}, headers={"Idempotency-Key": "k2"}).json()
		assert answer["message"]["repeated"]

	@pytest.mark.parametrize("key", ["the same", "each its own", "none"])
	def test_sixteen_at_the_same_instant_make_one_lead(self, door, key):
		keys = {"the same": ["k"] * 16, "each its own": [f"k{n}" for n in range(16)], "none": [None] * 16}
		answers = at_once(door, [ADA | ({"idempotency_key": k} if k else {}) for k in keys[key]])
		[lead] = leads()
		assert {answer["lead"] for answer in answers} == {lead}
		assert sum(not answer["repeated"] for answer in answers) == 1
		assert len(summaries(lead)) == 1 and frappe.db.count("Contact", {"email_id": ADA["email"]}) == 1

	def test_different_people_at_the_same_instant(self, door):
		people = [
			ADA | {"email": f"p{n}@example.com", "phone": f"0151 2222222{n}", "name": f"P{n} Q{n}"}
			for n in range(6)
		]
		assert len({answer["lead"] for answer in at_once(door, people)}) == 6 == len(leads())


class TestRefused:
	def test_field_errors_come_in_one_answer(self, door):
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
		assert not leads() and not frappe.db.count("Prospect Capture")

	def test_nobody_to_answer(self, door):
		answer = send(door, email=None, phone=None)
		assert answer.errors[0]["field"] == "email" and answer.errors[0]["code"] == "required"

	def test_a_machine(self, door):
		assert send(door, email="no-reply@example.com").errors[0]["code"] == "machine"

	def test_without_a_key(self, http):
		assert http().post(PATH, json=ADA).status_code == 403

	def test_with_a_wrong_key(self, http):
		client = http()
		client.headers["Authorization"] = "token wrong:key"
		assert client.post(PATH, json=ADA).status_code == 401

	def test_too_many(self, door):
		frappe.db.set_single_value("Prospect Management Settings", "capture_limit", 3)
		frappe.clear_document_cache("Prospect Management Settings", "Prospect Management Settings")
		frappe.db.commit()
		statuses = [door.post(PATH, json={"email": "x"}).status_code for _ in range(8)]
		assert 429 in statuses and statuses[0] == 422

	@pytest.mark.parametrize(
		("path", "fields"),
		[
			("/api/resource/Lead", None),
			("/api/resource/Lead", {"first_name": "X"}),
			("/api/resource/Prospect Capture", None),
			("/api/method/frappe.auth.get_logged_user", {}),
			("/api/method/frappe.client.get_list", {"doctype": "User"}),
			("/api/method/prospect_mgmt.duplicates.matches", {"lead": {}}),
			("/api/method/prospect_mgmt.enrolment.enrol_lead", {"lead": "x"}),
			(PATH, {"cmd": "frappe.client.get_list", "doctype": "User"}),
			("/", {"cmd": "frappe.client.get_list", "doctype": "User"}),
			("/app", None),
		],
	)
	def test_the_key_opens_nothing_else(self, door, path, fields):
		answer = door.get(path) if fields is None else door.post(path, json=fields)
		assert answer.status_code == 403, answer.text


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
