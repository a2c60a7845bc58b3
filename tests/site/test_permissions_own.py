"""Law 11, what people do with what is theirs, and that no answer shows them more than they may see."""

import frappe
import pytest

from prospect_mgmt import permissions
from tests import factories
from tests.site import staff
from tests.site.doors import (
	ENTRY,
	LEDGERS,
	all_of,
	lists_read,
	no_amount,
	other_lists_read,
	post,
	run_doc_method,
)


@pytest.fixture
def scene():
	return staff.scene()


@pytest.fixture
def client(scene, http):
	"""`client("contractor")` is that person at a browser."""
	return lambda person: http(scene.people.get(person))


def test_no_answer_to_what_a_contractor_does_shows_amounts_or_who_had_it(scene, client):
	name = scene.entries["Aardvark"]
	frappe.db.set_value(ENTRY, name, "agent_before", scene.people.stranger)
	contractor = client("contractor")
	doc = contractor.get(
		"/api/method/frappe.desk.form.load.getdoc", params={"doctype": ENTRY, "name": name}
	).json()["docs"][0]
	answers = {
		"PUT": contractor.put(f"/api/resource/{ENTRY}/{name}", json={"interest": "Quote"}),
		"set_value": post(
			contractor,
			"frappe.client.set_value",
			doctype=ENTRY,
			name=name,
			fieldname="interest",
			value="Product information",
		),
		"method": run_doc_method(contractor, ENTRY, name, "log_call", summary="They liked it"),
		"resource method": contractor.post(
			f"/api/resource/{ENTRY}/{name}?run_method=record_response&content=Yes"
		),
	}
	doc = contractor.get(
		"/api/method/frappe.desk.form.load.getdoc", params={"doctype": ENTRY, "name": name}
	).json()["docs"][0]
	answers["save"] = post(
		contractor, "frappe.desk.form.save.savedocs", doc=doc | {"interest": "Quote"}, action="Save"
	)
	doc["modified"] = answers["save"].json()["docs"][0]["modified"]
	answers["workflow"] = post(
		contractor, "frappe.model.workflow.apply_workflow", doc=doc, action="Information sent"
	)
	for door, answer in answers.items():
		assert answer.status_code == 200, f"{door}: {answer.text}"
		assert no_amount(answer.text) and scene.people.stranger not in answer.text, door

	frappe.db.rollback()
	entry = frappe.get_doc(ENTRY, name)
	assert entry.agent_before == scene.people.stranger
	assert entry.stage == "Follow up" and len(entry.documents) == 1, "what is no_amount is not lost by a save"
	assert entry.quoted_amount > staff.AMOUNT - 1 and entry.documents[0].amount == entry.quoted_amount


def test_a_contractor_takes_what_nobody_has_and_hands_over_only_what_they_work(scene, client):
	contractor, people, entries = client("contractor"), scene.people, scene.entries
	assert (
		run_doc_method(contractor, ENTRY, entries["Cheetah"], "assign", agent=people.colleague).status_code
		== 403
	)
	assert run_doc_method(contractor, ENTRY, entries["Cheetah"], "assign", agent=people.contractor).ok
	assert (
		run_doc_method(contractor, ENTRY, entries["Aardvark"], "assign", agent=people.stranger).status_code
		== 403
	)
	assert (
		contractor.put(
			f"/api/resource/{ENTRY}/{entries['Aardvark']}", json={"agent": people.both}
		).status_code
		== 403
	)
	assert run_doc_method(contractor, ENTRY, entries["Aardvark"], "assign", agent=people.colleague).ok
	assert contractor.get(f"/api/resource/{ENTRY}/{entries['Aardvark']}").status_code == 403


def test_an_enquiry_is_opened_only_on_a_list_of_ones_own_for_a_lead_one_may_read(scene, client):
	staff.no_automatic_enrolment()
	lead = factories.lead()
	frappe.db.commit()
	seller = client("seller")
	elsewhere = seller.post(
		f"/api/resource/{ENTRY}", json={"lead": lead.name, "prospect_list": scene.lists.b}
	)
	assert elsewhere.status_code == 403
	here = seller.post(f"/api/resource/{ENTRY}", json={"lead": lead.name, "prospect_list": scene.lists.a})
	assert here.status_code == 200, here.text


def test_the_wider_role_wins(scene, client):
	"""Both a contractor and a seller on list B: all of list B, with amounts, with export."""
	entry = staff.enquiry(scene.lists.b, scene.people.supervisor, last_name="Heron")
	frappe.db.commit()
	answer = client("both").get(f"/api/resource/{ENTRY}/{entry.name}")
	assert answer.ok and "quoted_amount" in answer.json()["data"]


def test_user_permissions_on_the_company_hold_besides(scene, client):
	other = frappe.get_doc(
		{"doctype": "Company", "company_name": "Zweitwerk", "default_currency": "EUR", "country": "Germany"}
	)
	other.insert()
	theirs = factories.prospect_list(scene.people.seller, company=other.name)
	entry = staff.enquiry(theirs.name, detail="about the Ibis", last_name="Ibis", company=other.name)
	entry.log_call("Hello")
	frappe.get_doc(
		{
			"doctype": "User Permission",
			"user": scene.people.seller,
			"allow": "Company",
			"for_value": factories.COMPANY,
		}
	).insert()
	frappe.db.commit()
	seller = client("seller")
	assert seller.get(f"/api/resource/{ENTRY}/{entry.name}").status_code == 403
	for door, answer in lists_read(seller).items():
		assert "Ibis" not in answer and "Aardvark" in answer, door
	for ledger in LEDGERS:
		query = {"fields": all_of(["entry"]), "limit_page_length": 0}
		listed = seller.get(f"/api/resource/{ledger}", params=query).text
		assert entry.name not in listed and scene.entries["Aardvark"] in listed, ledger
		row = frappe.db.get_value(ledger, {"entry": entry.name})
		assert seller.get(f"/api/resource/{ledger}/{row}").status_code == 403, ledger
	assert "about the Ibis" not in "".join(other_lists_read(seller).values())
	register = "/api/resource/Prospect Lead Number"
	listed = seller.get(register, params={"limit_page_length": 0}).text
	assert entry.lead not in listed and scene.entries["Aardvark"] in listed
	assert seller.get(f"{register}/{entry.lead}").status_code == 403
	assert seller.get(f"{register}/{scene.entries['Aardvark']}").ok


def test_a_file_on_an_enquiry_is_read_by_who_sees_the_enquiry(scene, client, stack):
	factories.email_account(stack)
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": "drawing.txt",
			"content": "a drawing of the Badger",
			"is_private": 1,
			"attached_to_doctype": ENTRY,
			"attached_to_name": scene.entries["Badger"],
		}
	).insert()
	frappe.db.commit()
	for person, may in (
		("colleague", True),
		("seller", True),
		("contractor", False),
		("stranger", False),
		("guest", False),
	):
		browser = client(person)
		assert browser.get(file.file_url).ok == may, person
		assert browser.get(f"/api/resource/File/{file.name}").ok == may, person
		attached = {"subject": "x", "content": "x", "attachments": [file.name]}
		if person == "contractor":
			assert (
				run_doc_method(
					browser, ENTRY, scene.entries["Aardvark"], "send_information", **attached
				).status_code
				== 403
			)


FORGED = (  # what would be done to somebody else's entry by saying that it is new
	("just_thanks", {}),
	("update_contact", {"mobile_no": "+49 30 666"}),
	("record_response", {"content": "Yes"}),
	("new_enquiry", {}),
)


@pytest.mark.parametrize("said", [{}, {"prospect_list": None}, {"agent": "contractor"}])
def test_who_says_that_a_record_is_new_is_not_believed(scene, client, said):
	# Given the entry of a colleague, sent as if it were one's own new one.
	contractor, name = client("contractor"), scene.entries["Badger"]
	of_list = frappe.db.get_value(ENTRY, name, "prospect_list")
	forged = {"doctype": ENTRY, "name": name, "__islocal": 1, "prospect_list": of_list}
	forged |= {key: scene.people.get(value) for key, value in said.items()}
	before = frappe.get_doc("Lead", frappe.db.get_value(ENTRY, name, "lead")).as_dict()
	# Then nothing is done and nothing told.
	for method, arguments in FORGED:
		answer = post(contractor, "run_doc_method", docs=forged, method=method, args=arguments)
		assert answer.status_code == 403, f"{method}: {answer.text}"
		assert "Badger" not in answer.text
	frappe.db.rollback()
	assert frappe.get_doc("Lead", before.name).as_dict() == before


def test_a_colleagues_load_is_for_who_sees_the_whole_list(scene, client):
	name = scene.entries["Aardvark"]
	for person, sees_load in (("contractor", False), ("seller", True)):
		answer = client(person).get("/api/method/prospect_mgmt.panel.get_choices", params={"entry": name})
		agents = answer.json()["message"]["agents"]
		assert agents and all(("open" in agent) == sees_load for agent in agents), person


def test_only_who_sees_every_list_hears_of_every_change_in_our_records(scene, client):
	door = "/api/method/frappe.realtime.can_subscribe_doctype"
	for doctype in (ENTRY, *LEDGERS):
		assert client("contractor").get(door, params={"doctype": doctype}).status_code == 403
		assert client("manager").get(door, params={"doctype": doctype}).ok
	assert client("contractor").get(door, params={"doctype": "ToDo"}).ok


def test_the_tables_of_what_not_everybody_sees_are_read_as_their_records_are():
	conditions = frappe.get_hooks("permission_query_conditions")
	ours = frappe.get_all(
		"DocType", {"module": "Prospect Mgmt", "name": ("in", list(conditions))}, pluck="name"
	)
	tables = {df.options: name for name in ours for df in frappe.get_meta(name).get_table_fields()}
	assert tables == permissions.PARENTS
	for table in tables:
		assert conditions[table] == ["prospect_mgmt.permissions.child_query"], table
