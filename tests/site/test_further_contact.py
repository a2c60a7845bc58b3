"""Another number or address of somebody known: kept on their Contact, and known from then on at every door."""

import frappe
import pytest

from prospect_mgmt import capture, contact_keys, customers, duplicates, privacy
from prospect_mgmt.procedure import capturing
from prospect_mgmt.procedure.matching import Person
from tests import factories
from tests.site.sweeping import MONDAY, enquiry, team
from tests.site.test_capture import PATH
from tests.site.test_duplicates import as_it_is
from tests.site.test_privacy import mentions
from tests.site.test_signals_calls import call, interactions, of_list

ENTRY, KEYS = "Prospect List Entry", "Prospect Contact Key"
PETRA, OWN = "petra.q@gmail.com", "+4930123456"
NEW = "+491515550101"  # whom the calls of these tests are from
OTHER_ADDRESS = "petra@home.example"


@pytest.fixture
def crew(stack, clock):
	clock.at(MONDAY)
	crew = team(stack)
	of_list(crew)
	return crew


@pytest.fixture
def petra(crew):
	return enquiry(crew, first_name="Petra", last_name="Q", email_id=PETRA, mobile_no=OWN)


def contact_of(entry):
	name = frappe.db.get_value("Dynamic Link", {"link_name": entry.lead, "parenttype": "Contact"}, "parent")
	return frappe.get_doc("Contact", name)


def said(**fields):
	submission, errors = capturing.read({"message": "Please ring", **fields})
	assert not errors
	return submission


def test_a_number_given_at_a_door_is_known_when_it_rings(petra, http, clock):
	clock.release()
	before = contact_of(petra)
	door = http(factories.capture_key(), key=True)
	sent = {"email": "PetraQ@googlemail.com", "phone": "0151 555 01 01", "message": "Please ring"}
	for _again in range(2):
		assert door.post(PATH, json=sent).json()["message"]["lead"] == petra.lead
	frappe.db.rollback()
	contact = contact_of(petra)
	assert [row.phone for row in contact.phone_nos] == [*(row.phone for row in before.phone_nos), NEW]
	assert (contact.mobile_no, contact.phone, contact.email_id) == (before.mobile_no, before.phone, PETRA)
	assert frappe.db.get_value("Lead", petra.lead, ["mobile_no", "email_id"]) == (OWN, PETRA)
	log = call()
	assert interactions(petra)[-1].reference_name == log.name
	assert http("Administrator").call("prospect_mgmt.telephone.caller", name=log.name)["entry"] == petra.name
	assert duplicates.known(Person(phones=(NEW,))) == petra.lead
	[pair] = duplicates.find(contact_keys.person_of({"lead_name": "P. Q", "phone": "0151/5550101"}))
	assert pair[0] == petra.lead


def test_what_a_caller_says_is_known_the_next_time(crew, petra, http, clock):
	"""Their address was typed by somebody of ours, so it is theirs as well as the number."""
	clock.release()
	first = call()
	first.db_set("employee_user_id", crew.agent)
	client = http(crew.agent)
	line = {"name": first.name, "email_id": PETRA, "detail": "Two machines"}
	assert client.call("prospect_mgmt.telephone.new_lead", **line)["lead"] == petra.lead
	frappe.db.rollback()
	line = {"name": first.name, "email_id": OTHER_ADDRESS, "detail": "Write to me there"}
	assert client.call("prospect_mgmt.telephone.new_lead", **line)["lead"] == petra.lead
	frappe.db.rollback()
	contact = contact_of(petra)
	assert [row.email_id for row in contact.email_ids] == [PETRA, OTHER_ADDRESS]
	assert contact.email_id == frappe.db.get_value("Lead", petra.lead, "email_id") == PETRA
	assert duplicates.known(Person(email=OTHER_ADDRESS)) == petra.lead
	second = call()
	second.db_set("employee_user_id", crew.agent, commit=True)
	assert client.call("prospect_mgmt.telephone.caller", name=second.name)["lead"] == petra.lead


@pytest.mark.parametrize("by_form", [False, True])
def test_an_address_that_a_stranger_typed_beside_a_number_opens_nothing(petra, by_form):
	"""Else whoever knows a telephone number would be handed what is known of its person, and could have it deleted."""
	taken = capture.take(said(phone=OWN, email="mallory@evil.example"), "Guest", from_web_form=by_form)
	assert (taken.lead, taken.verdict) == (petra.lead, "Answer")
	assert "mallory" in frappe.get_last_doc("Prospect Interaction", {"entry": petra.name}).summary
	assert [row.email_id for row in contact_of(petra).email_ids] == [PETRA]
	assert frappe.db.get_value(ENTRY, petra.name, "email_id") == PETRA
	assert not privacy.known_of("mallory@evil.example")
	assert duplicates.known(Person(email="mallory@evil.example")) is None


def test_anothers_number_is_not_taken_from_them(crew, petra):
	otto = enquiry(crew, first_name="Otto", last_name="Other", mobile_no=NEW)
	capture.take(said(name="Petra Q", email=PETRA, phone=NEW), "Guest")
	assert [row.phone for row in contact_of(petra).phone_nos] == [OWN]
	log = call()
	assert interactions(otto)[-1].reference_name == log.name


def test_the_contact_of_a_customer_is_for_who_looks_after_them(petra):
	contact = contact_of(petra)
	sold = factories.customer_from(frappe.get_doc("Lead", petra.lead))
	contact.reload().append("links", {"link_doctype": "Customer", "link_name": sold.name})
	contact.save()
	capture.take(said(email=PETRA, phone=NEW), "Guest")
	assert [row.phone for row in contact.reload().phone_nos] == [OWN]
	assert NEW in frappe.get_last_doc("Prospect Interaction", {"entry": petra.name}).summary


def test_a_contact_that_cannot_be_saved_loses_no_enquiry(petra):
	"""It names a salutation that was deleted, say."""
	frappe.db.set_value("Contact", contact_of(petra).name, "salutation", "Gone")
	assert capture.take(said(email=PETRA, phone=NEW), "Guest").verdict == "Answer"
	assert [row.phone for row in contact_of(petra).phone_nos] == [OWN]
	of_it = {"method": ("like", "What they said of themselves%"), "reference_name": petra.lead}
	assert frappe.db.exists("Error Log", of_it)
	privacy.forget(petra.lead, "They asked")
	assert not frappe.db.exists("Error Log", of_it)


def test_what_somebody_writes_on_a_contact_is_known_too(petra):
	contact = contact_of(petra)
	contact.add_phone("0151 5550101")
	contact.add_email(OTHER_ADDRESS, autosave=True)
	assert duplicates.known(Person(email=OTHER_ADDRESS)) == petra.lead
	frappe.get_doc("Lead", petra.lead).update({"city": "Berlin", "mobile_no": "+49307"}).save()
	assert duplicates.known(Person(phones=(NEW,))) == petra.lead  # the lead's own changes leave it
	contact.reload().set("phone_nos", contact.phone_nos[:1])
	contact.save()
	assert duplicates.known(Person(phones=(NEW,))) is None


def test_a_contact_that_several_leads_have_says_nothing_of_one(crew, petra):
	otto = enquiry(crew, first_name="Otto", last_name="Other")
	contact = contact_of(petra)
	contact.append("links", {"link_doctype": "Lead", "link_name": otto.lead})
	contact.add_phone(NEW, autosave=True)
	assert duplicates.known(Person(phones=(NEW,))) is None


def test_contacts_from_before_are_filed_by_night(petra):
	"""Those that say more than their lead; the many others are not even read."""
	other = factories.lead(first_name="Otto", last_name="Other", mobile_no="+49309")
	contact = contact_of(petra)
	contact.add_phone(NEW, autosave=True)
	frappe.db.delete(KEYS, {"contact": contact.name})
	assert customers._unfiled_contacts() == [contact.name]
	customers.fill()
	assert duplicates.known(Person(phones=(NEW,))) == petra.lead
	assert not frappe.db.exists(KEYS, {"lead": other.name, "contact": ("is", "set")})


def test_merged_and_undone_it_finds_the_person(crew, petra):
	capture.take(said(email=PETRA, phone=NEW), "Guest")
	other = enquiry(crew, first_name="P.", last_name="Q", email_id="p@gmx.example")
	duplicates.same_person(petra.lead, other.lead)
	pair = frappe.get_last_doc("Prospect Duplicate Pair")
	before = as_it_is(petra.lead, other.lead)
	frappe.local.dynamic_link_map = None  # a request of its own
	pair.merge(other.lead)
	assert duplicates.known(Person(phones=(NEW,))) == other.lead
	pair.reload().undo_merge()
	assert as_it_is(petra.lead, other.lead) == before
	assert duplicates.known(Person(phones=(NEW,))) == petra.lead


def test_two_leads_that_share_it_are_a_pair_by_night(crew, petra):
	capture.take(said(email=PETRA, phone=NEW), "Guest")
	other = factories.lead(first_name="Petra", last_name="Q", email_id=OTHER_ADDRESS, mobile_no=NEW)
	duplicates.nightly()
	[pair] = frappe.get_all("Prospect Duplicate Pair", fields=["lead", "other_lead", "reasons"])
	assert {pair.lead, pair.other_lead} == {petra.lead, other.name}
	assert "same telephone number" in pair.reasons


def test_it_is_forgotten_with_the_person(petra):
	capture.take(said(email=PETRA, phone="+49 151 7778899"), "Guest")
	assert mentions("1517778899")
	privacy.forget(petra.lead, "They asked")
	assert not mentions("1517778899")
