"""Enquiries from outside: real HTTP, with a key that can do nothing else."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from threading import Barrier, Timer

import frappe
import pytest
import requests
from frappe.utils import add_to_date, get_datetime, now_datetime

from prospect_mgmt import capture, named_locks, numbers
from prospect_mgmt.procedure import matching
from tests import factories
from tests.stack.process import wait_until

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


@contextmanager
def at_work_on(*names: str, until: float | None = None):
	"""Somebody else is at work on these, on a connection of their own; for `until` seconds, else as long as this lasts."""
	with closing(frappe.db.create_connection()) as other, other.cursor() as cursor:
		for name in names:
			cursor.execute("SELECT GET_LOCK(%s, 5)", (named_locks.lock_of(name),))
			assert cursor.fetchone() == (1,)
		timer = Timer(until or 600, cursor.execute, ("SELECT RELEASE_ALL_LOCKS()",))
		timer.start()
		yield
		timer.cancel()


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
		by_mail = send(door, **bob | {"phone": "0)/0"}, interest="Flux capacitor")
		[said] = summaries(by_mail.entry)
		assert by_mail.outcome == "new_lead" and "Flux capacitor" in said and "0)/0" in said
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

	def test_another_key_gets_the_same_answer_for_good(self, door):
		"""Also when what was there before was not taken in yet, for a fault of ours."""
		first = send(door, idempotency_key="k1")
		break_leads()
		waiting = send(door, email="bob@example.com", phone=None, idempotency_key="k3")
		assert waiting.status == "kept"
		for key in ("k4", "k4", "k5"):
			again = send(door, email="bob@example.com", phone=None, idempotency_key=key)
			assert (again.status, again.reference) == ("kept", waiting.reference)
		mend_leads()
		assert capture.retry(waiting.reference) == "Done"
		send(door, idempotency_key="k2")
		frappe.db.sql("UPDATE `tabProspect Capture` SET received_on = received_on - INTERVAL 1 DAY")
		frappe.db.commit()
		for key in ("k2", "k2", "k1"):
			again = send(door, idempotency_key=key)
			assert (again.outcome, again.repeated) == ("new_lead", True)
			assert (again.lead, again.entry) == (first.lead, first.entry)
		bob = {
			send(door, email="bob@example.com", phone=None, idempotency_key=k).lead
			for k in ("k3", "k4", "k5")
		}
		assert bob == set(leads()) - {first.lead} and len(bob) == 1
		assert [len(summaries(lead)) for lead in leads()] == [1, 1]
		# A key of what was forgotten is free again.
		frappe.db.delete("Prospect Capture", {"name": waiting.reference})
		frappe.db.commit()
		assert send(door, email="bob@example.com", phone=None, idempotency_key="k4").outcome == "answer"

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


def break_leads() -> None:
	"""An admin made a mistake, so that no lead can be saved."""
	options = {"doctype": "Lead", "fieldname": "company_name", "property": "options", "value": "Customer"}
	fieldtype = options | {"property": "fieldtype", "value": "Link"}
	frappe.make_property_setter(options)
	frappe.make_property_setter(fieldtype, validate_fields_for_doctype=False)
	frappe.db.commit()
	frappe.clear_cache(doctype="Lead")


def mend_leads() -> None:
	frappe.db.delete("Property Setter", {"doc_type": "Lead", "field_name": "company_name"})
	frappe.db.commit()
	frappe.clear_cache(doctype="Lead")


def kept(**changes) -> str:
	"""An enquiry that was written down an hour ago and not taken in: its process was killed."""
	submission, errors = capture.capturing.read({k: v for k, v in (ADA | changes).items() if v is not None})
	assert not errors
	return capture._write_down(submission, None, "Administrator", received_on=add_to_date(None, hours=-1))


def contacts() -> int:
	frappe.db.rollback()
	return frappe.db.count("Contact", {"email_id": ADA["email"]})


def taking_in(stack) -> subprocess.Popen:
	"""A process that finishes what is left over."""
	program = (
		"import frappe, sys; frappe.init(site=sys.argv[1], sites_path='.'); frappe.connect(); "
		"from prospect_mgmt import capture; capture.finish_left_over()"
	)
	command = [str(stack.bench.python), "-c", program, stack.site.name]
	return subprocess.Popen(command, cwd=stack.site.sites, env=stack.site.environment)


def status(name: str) -> tuple:
	frappe.db.rollback()
	row = frappe.db.get_value("Prospect Capture", name, ["status", "verdict", "attempts"], as_dict=True)
	return row.status, row.verdict or None, row.attempts


class TestFaultsOfOurs:
	def test_the_enquiry_is_kept_and_taken_in_later(self, door):
		break_leads()
		answer = send(door)
		assert (answer.http, answer.status) == (202, "kept")
		assert not leads() and not frappe.db.count("Contact", {"email_id": ADA["email"]})
		mend_leads()
		assert capture.retry(answer.reference) == "Done"
		[lead] = leads()
		assert frappe.db.get_value("Lead", lead, "email_id") == ADA["email"]
		assert not frappe.db.get_value("Prospect Capture", answer.reference, "payload")

	def test_the_contact_of_a_customer_outlives_them(self, door):
		"""ERPNext takes the customer's own contact for a lead of the source Existing Customer."""
		customer = factories.customer_from(factories.lead())
		contact = factories.contact_of(customer, ADA["email"])
		frappe.db.commit()
		before = leads()
		break_leads()
		assert send(door, source="Existing Customer").http == 202
		assert leads() == before and frappe.db.exists("Contact", contact.name)

	def test_what_a_killed_process_left_is_finished(self, door):
		answer = send(door, message="one")
		left = kept(message="two")
		capture.finish_left_over()
		assert status(left)[:2] == ("Done", "Answer")
		assert len(summaries(answer.entry)) == 2

	def test_a_process_killed_between_contact_and_lead_leaves_one_contact(self, stack):
		"""ERPNext commits the Contact; then the lead waits for its number, which somebody else is counting."""
		left = kept(source="Website")
		frappe.db.set_value("Prospect Capture", left, "attempts", 0)
		numbers.prepare("WEB-.####", now_datetime())
		frappe.db.commit()
		with closing(frappe.db.create_connection()) as other, other.cursor() as cursor:
			cursor.execute("SELECT * FROM `tabSeries` WHERE `name` = 'Lead Number:WEB-' FOR UPDATE")
			process = taking_in(stack)
			wait_until(lambda: contacts() == 1, "the contact", 60)
			process.kill()
			process.wait()
		assert status(left) == ("Received", None, 1) and (leads(), contacts()) == ([], 1)
		capture.finish_left_over()
		[lead] = leads()
		assert status(left) == ("Done", "New lead", 2) and contacts() == 1
		assert frappe.db.exists("Dynamic Link", {"parenttype": "Contact", "link_name": lead})
		assert not frappe.db.exists("Deleted Document", {"deleted_doctype": "Contact"})

	def test_one_that_cannot_be_taken_in_stops_no_other(self, monkeypatch):
		"""Each is tried three times in all; what ends its process every time is shown at last."""
		monkeypatch.setattr(named_locks, "WAIT", 1)
		manager = factories.user("Sales Manager").name
		sent = (kept(message=f"{n}", email=f"p{n}@example.com", phone=None) for n in range(4))
		unreadable, deadly, busy, good = sent
		frappe.db.set_value("Prospect Capture", unreadable, "payload", '{"no": "enquiry"}')
		frappe.db.set_value("Prospect Capture", deadly, "attempts", 3)  # and was begun as often
		frappe.db.commit()
		with at_work_on("p2@example.com"):
			capture.finish_left_over()
		assert status(good)[:2] == ("Done", "New lead")
		assert status(unreadable) == ("Received", None, 2) and status(busy) == ("Received", None, 2)
		assert status(deadly)[0] == "Failed"
		reason = frappe.db.get_value("Prospect Capture", deadly, "reason")
		assert reason == "It was begun 3 times and never came to an end."
		told = {"for_user": manager, "subject": ("like", "%could not be taken in%")}
		assert frappe.db.count("Notification Log", told) == 1
		for _ in range(3):
			capture.finish_left_over()
		assert status(unreadable) == ("Failed", None, 3) and status(busy)[:2] == ("Done", "New lead")

	@pytest.mark.parametrize(("deadlocks", "becomes"), [(2, "Done"), (3, "Failed")])
	def test_one_that_meets_a_deadlock_is_tried_again_at_once(self, monkeypatch, deadlocks, becomes):
		make, met, before = capture.new_lead, [], frappe.db.count("Error Log")

		def meets_some(*said):
			met.append(said)
			if len(met) <= deadlocks:
				raise frappe.QueryDeadlockError
			return make(*said)

		monkeypatch.setattr(capture, "new_lead", meets_some)
		taken = capture.take(capture.capturing.read(ADA)[0], "Guest")
		assert (taken.status, len(leads())) == (becomes, becomes == "Done")
		assert frappe.db.count("Error Log") - before == (becomes == "Failed")


class TestWaiting:
	def test_one_deadline_for_all_that_is_waited_for(self, monkeypatch):
		monkeypatch.setattr(named_locks, "WAIT", 2)
		first, last = sorted("ab", key=named_locks.lock_of)
		started = time.monotonic()
		with at_work_on(first, until=1.5), at_work_on(last, until=3), pytest.raises(named_locks.Busy):
			with named_locks.alone("ab"):
				pass
		assert time.monotonic() - started < 2.9

	@pytest.mark.parametrize("missed", "ab")
	def test_who_cannot_have_all_keeps_none(self, missed, monkeypatch):
		monkeypatch.setattr(named_locks, "WAIT", 0.2)
		with at_work_on(missed), pytest.raises(named_locks.Busy):
			with named_locks.alone("ab"):
				pass
		with at_work_on("a", "b"):
			pass

	def test_nothing_is_held_that_comes_after_what_is_waited_for(self):
		"""Whoever holds what comes first, and then wants what comes after, would wait in a ring."""
		first, after = sorted(named_locks.lock_of(name) for name in "ab")

		def take_what_comes_after(cursor) -> tuple:
			waiting = "SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE = 'User lock'"
			wait_until(lambda: cursor.execute(waiting), "somebody who waits", 10)
			cursor.execute("SELECT GET_LOCK(%s, 0)", (after,))
			got = cursor.fetchone()
			cursor.execute("SELECT RELEASE_ALL_LOCKS()")
			return got

		with closing(frappe.db.create_connection()) as other, other.cursor() as cursor:
			cursor.execute("SELECT GET_LOCK(%s, 5)", (first,))
			with ThreadPoolExecutor() as pool:
				got = pool.submit(take_what_comes_after, cursor)
				with named_locks.alone("ab"):
					pass
				assert got.result() == (1,)

	def test_another_site_of_the_same_server_waits_for_nobody_here(self, monkeypatch):
		here = named_locks.lock_of("a")
		monkeypatch.setitem(frappe.conf, "db_name", "of_another_site")
		assert named_locks.lock_of("a") != here

	def test_colleagues_of_one_company_do_not_wait_for_each_other(self, door):
		"""Only who surely is the same person does."""
		person = capture.person_of(capture.capturing.read(ADA)[0])
		names = [value for kind, value in matching.keys(person) if kind == matching.NAME]
		assert len(names) >= 2
		started = time.monotonic()
		with at_work_on(*names):
			assert send(door).outcome == "new_lead"
		assert time.monotonic() - started < named_locks.WAIT / 2
