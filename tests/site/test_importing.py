"""A spreadsheet comes onto the site: rehearsed, imported as rehearsed, taken back."""

import csv
import io
import time

import frappe
import pytest

from prospect_mgmt import daily, sweep
from prospect_mgmt.entry import start
from prospect_mgmt.importing import result, run
from tests import factories
from tests.plugins.site import isolation
from tests.site import importing, staff
from tests.stack.paths import CHECKOUT

ENTRY = "Prospect List Entry"


@pytest.fixture
def team(isolated_site, clock):
	"""A list with one agent, on a Wednesday morning."""
	clock.at("2026-06-17 09:30")
	staff.no_automatic_enrolment()
	agent = factories.user("Sales User", email="priya@example.com", first_name="Priya").name
	main = factories.prospect_list(agent)
	return frappe._dict(agent=agent, list=main.name)


ANNA = {
	"Kontakt": "Anna Weber",
	"E-Mail": "anna@weber.example",
	"Telefon": "030 23125101",
	"Firma": "Weber GmbH",
	"Quelle": "Website",
	"Status": "Call(1)",
	"Erstkontakt": "17.06.2026 08:00",
	"Bearbeiter": "Priya",
}


def test_a_row_becomes_what_the_rehearsal_said(team):
	doc = importing.rehearse(importing.upload(team.list, importing.csv_of(ANNA)))
	assert (doc.status, doc.message) == ("Rehearsed", None)
	assert importing.rows(doc) == [(2, "New lead", "Rehearsed", "WEB-0001")]
	doc = importing.start(doc)
	assert importing.rows(doc) == [(2, "New lead", "Imported", "WEB-0001")]
	entry = frappe.get_doc(ENTRY, "WEB-0001")
	assert (entry.agent, entry.stage) == (team.agent, "Call")
	waiting = b" ".join(frappe.cache.lrange("global_search_queue", 0, -1))  # for the search of the Desk
	assert b'"name": "WEB-0001"' in waiting and b'"doctype": "Contact"' in waiting


# ------------------------------------------------------------- verdicts
def person(name: str, **cells) -> dict:
	first = name.partition(" ")[0].lower()
	base = {
		"Contact": name,
		"E-mail": f"{first}@{first}.example",
		"First contact": "2026-06-17",
		"Status": "Call(1)",
	}
	return {**base, **cells}


def test_the_verdict_of_each_row_and_what_mends_it(team):
	known, closed = factories.lead(email_id="known@x.example"), factories.lead(email_id="closed@x.example")
	start.enrol(known, team.list)
	start.enrol(closed, team.list).close("Lost", "Price")
	frappe.get_doc("Lead", factories.lead(email_id="never@x.example").name)
	taken = factories.lead().name
	rows = [
		person("Anna Weber", **{"Lead number": "OLD-17"}),
		person("Anna Weber", **{"First contact": "2026-06-18"}),  # again, while the first is open
		person("Bob Miller", **{"E-mail": "Known@X.example"}),
		person("Carla Rossi", **{"E-mail": "closed@x.example", "First contact": "2026-06-18"}),
		person("Dora Stein", **{"E-mail": "never@x.example"}),
		person("Emil Braun", **{"Lead number": taken}),
		person("", **{"E-mail": ""}),
		person("Flora Klein", **{"Agent": "Nobody Known", "Source": "Moon"}),
		person(
			"Gus Hahn",
			**{"Status": "Won", "Done on": "2026-06-16", "First contact": "2026-06-01", "Quote ID": "Q-1"},
		),
		person("Gus Hahn", **{"E-mail": "gus@gus.example"}),
		person("Robot", **{"E-mail": "no-reply@machine.example"}),
	]
	doc = importing.rehearse(importing.upload(team.list, importing.csv_of(*rows)))
	found = {
		row[0]: row[1:] for row in importing.rows(doc, "line", "verdict", "number", "duplicate_of", "to_mend")
	}
	assert found[2][:2] == ("New lead", "OLD-17")
	assert found[3][0] == "Duplicate" and "row 2" in found[3][2]
	assert found[4][0] == "Duplicate" and known.name in found[4][2]
	assert found[5][:2] == ("New enquiry", f"{closed.name}-2")
	assert found[6][:2] == ("New enquiry", frappe.db.get_value("Lead", {"email_id": "never@x.example"}))
	assert found[7][0] == "Cannot be imported" and "somebody else's" in found[7][3]
	assert found[8][0] == "Cannot be imported" and found[8][3].count("nobody is named") == 1
	assert found[9][0] == "New lead" and "say above who or what is meant" in found[9][3]
	assert found[10][0] == "New lead" and found[11][:2] == ("New enquiry", f"{found[10][1]}-2")
	assert found[12][0] == "Cannot be imported" and "machine" in found[12][3]
	assert {(row.kind, row.said) for row in doc.meanings} == {
		("User", "Nobody Known"),
		("Lead Source", "Moon"),
	}

	before = frappe.db.count("Lead")
	doc = importing.start(doc)
	assert frappe.db.count("Lead") == before + 3
	says = {row[0]: row[1:] for row in importing.rows(doc, "line", "status", "number", "stage", "agent")}
	for line, (status, number, stage, agent) in says.items():
		if found[line][0] in ("New lead", "New enquiry"):
			assert status == "Imported" and number == found[line][1]
			entry = frappe.get_doc(ENTRY, number)
			assert (entry.stage, entry.agent) == (stage, agent)
		else:
			assert status == "Not imported"
	assert "Q-1" in frappe.get_all("Comment", {"reference_name": found[10][1]}, pluck="content")[0]


def test_a_total_row_is_left_out_and_says_so(team):
	"""In the rehearsal, in the result file, after the import; whoever is only called so is a lead."""
	rows = [
		{"Contact": "Ada", "E-mail": "ada@x.example", "Status": "Call(1)", "Quote amount": "100"},
		{"Contact": "Total", "E-mail": "info@total.example", "Status": "Call(1)", "Quote amount": "200"},
		{"Contact": "Summe", "Quote amount": "300"},
	]
	frappe.set_user(factories.user("Sales Manager", language="de").name)
	doc = importing.rehearse(importing.upload(team.list, importing.csv_of(*rows)))
	said = importing.rows(doc, "line", "verdict", "lead_name", "to_mend", "reason")
	assert said[2] == (4, "Left out", "Summe", None, "eine Summenzeile, keine Anfrage")
	assert [verdict for _line, verdict, *_rest in said[:2]] == ["New lead"] * 2
	doc = importing.start(doc)
	assert importing.rows(doc, "status", "number")[2] == ("Not imported", None)
	assert frappe.get_all("Lead", pluck="lead_name", order_by="lead_name") == ["Ada", "Total"]
	file = b"".join(result.file_of(doc).response).decode("utf-8-sig")
	[line] = [row for row in csv.DictReader(io.StringIO(file)) if row["Row"] == "4"]
	said = ("Left out", "Summe", "eine Summenzeile, keine Anfrage")
	assert (line["Verdict"], line["Contact"], line["Result"]) == said


def test_what_is_wrong_is_said_in_the_language_of_whoever_asks(team):
	boss = factories.user("Sales Manager", language="de").name
	frappe.set_user(boss)
	broken = person("Anna", **{"First contact": "gestern", "Phone": "ruf an", "Status": "Wartet"})
	doc = importing.upload(team.list, importing.csv_of(broken, {**person("Bert"), "Status": "Call(2)"}))
	importing.rehearse(doc)
	[(first,), (second,)] = importing.rows(doc, "to_mend")
	assert "Telefon: „ruf an“ ist keine Telefonnummer" in first
	assert "Erstkontakt am: „gestern“ ist kein Datum: Schreiben Sie es als 2026-05-31" in first
	assert "Status: „Wartet“ ist kein Status" in first
	assert second == "Status: „Call(2)“ hat die Nummer 2, aber Call ist 1: Call wurde genommen"
	frappe.local.lang = "de"  # a file is refused while it is saved
	try:
		refused = importing.upload(team.list, "Kontakt\nJörg".encode("cp1252"))
	finally:
		frappe.local.lang = "en"
	assert "ist nicht in UTF-8 geschrieben" in refused.message


def test_what_a_person_says_of_columns_and_names_is_what_counts(team):
	content = importing.csv_of(
		{"Wer": "Anna Weber", "Adresse": "anna@weber.example", "Woher": "Messe", "Datum": "1.6.2026"}
	)
	doc = importing.upload(team.list, content)
	assert [(row.heading, row.field) for row in doc.columns] == [
		("Wer", None), ("Adresse", None), ("Woher", None), ("Datum", "First contact on"),
	]  # fmt: skip
	refused = importing.rehearse(doc)
	assert refused.status == "Refused" and "which one holds the name" in refused.message
	for row, field in zip(refused.columns, ("Contact", "E-mail", "Source"), strict=False):
		row.field = field
	doc = importing.rehearse(refused.save())
	assert doc.meanings[0].said == "Messe"
	doc.meanings[0].means = "Exhibition"
	doc = importing.rehearse(doc.save())
	assert importing.rows(doc, "verdict", "number", "to_mend") == [("New lead", "EVT-0001", None)]


# ------------------------------------------------------------- as it was rehearsed, or not at all
SHOWN = ("stage", "agent", "task", "next_step", "next_due_on")


def test_the_import_does_what_the_rehearsal_said_row_by_row(team, clock, stack):
	factories.email_account(stack)
	file = (CHECKOUT / "examples" / "prospect_list.csv").read_bytes()
	doc = importing.rehearse(importing.upload(team.list, file))
	said = importing.rows(doc, "line", "verdict", "number", *SHOWN, "first_contact_on")
	clock.forward(minutes=20)
	doc = importing.start(doc)
	assert importing.rows(doc, "line", "verdict", "number", *SHOWN, "first_contact_on") == said
	for _line, verdict, number, *shown, first_contact in said:
		if verdict in ("New lead", "New enquiry"):
			entry = frappe.get_doc(ENTRY, number)
			assert [entry.get(field) for field in SHOWN] == shown, number
			assert entry.first_contact_on == first_contact or not first_contact
	done = frappe.get_all(ENTRY, {"stage": "Done"}, pluck="name")
	assert len(done) >= 10
	assert not frappe.db.count("Prospect Due Step", {"entry": ("in", done)})
	assert not frappe.db.count("Email Queue") and not frappe.db.count("Communication")
	told = sorted(frappe.get_all("Notification Log", pluck="subject"))
	assert [subject.partition(" ")[2] for subject in told] == [
		f"imported enquiries are yours on {team.list}",
		f"imported enquiries on {team.list} have no agent",
	]
	clock.forward(days=1)
	sweep.run()
	to = frappe.get_all("Email Queue Recipient", pluck="recipient")
	closed = set(frappe.get_all(ENTRY, {"stage": "Done"}, pluck="email_id"))
	assert not closed & set(to)


def test_a_list_that_is_imported_again_doubles_nothing(team):
	"""Nor what was done on the day it came, nor who came back after it."""
	spam = person("Cheap Seo", Status="Spam", **{"Done on": "2026-06-17"})
	earlier = {"First contact": "2026-06-01", "Status": "Lost", "Done on": "2026-06-03"}
	out_of_reach = person("Zoe Lund", **{"E-mail": "", "Lead number": "LUND-7"})
	rows = (spam, spam, person("Anna Weber", **earlier), person("Anna Weber"), out_of_reach)
	content = importing.csv_of(*rows)
	doc = importing.start(importing.rehearse(importing.upload(team.list, content)))
	verdicts = [row[1] for row in importing.rows(doc)]
	assert verdicts == ["New lead", "Duplicate", "New lead", "New enquiry", "New lead"]
	again = importing.rehearse(importing.upload(team.list, content, name="again.csv"))
	assert {row[1] for row in importing.rows(again)} == {"Duplicate"}


def test_leads_that_came_since_the_rehearsal_are_seen(team):
	doc = importing.rehearse(
		importing.upload(team.list, importing.csv_of(person("Anna Weber"), person("Bob Miller")))
	)
	factories.lead(source=None)  # takes LEAD-0001
	frappe.db.commit()
	assert not doc.reload().start_import()
	doc = importing.work(doc)
	assert [row[3] for row in importing.rows(doc)] == ["LEAD-0002", "LEAD-0003"]
	factories.lead(email_id="anna@anna.example", source="Website")  # another counter
	doc = importing.start(doc)
	assert importing.rows(doc, "status", "number") == [
		("Not imported", "LEAD-0002"),
		("Imported", "LEAD-0003"),
	]
	assert "they have become lead" in importing.rows(doc, "reason")[0][0]
	assert frappe.db.get_value("Prospect Lead Number", "LEAD-0002", "status") == "Deleted"


def test_changed_rules_are_rehearsed_again(team):
	doc = importing.rehearse(importing.upload(team.list, importing.csv_of(person("Anna Weber"))))
	frappe.db.set_value("Prospect Procedure", factories.procedure().name, "modified", "2026-06-17 09:31:00")
	frappe.db.commit()
	assert not doc.reload().start_import()
	assert frappe.db.get_value(doc.doctype, doc.name, "status") == "Rehearsing"
	importing.work(doc)


def test_an_admins_own_numbering_wins(team):
	rule = {"doctype": "Document Naming Rule", "document_type": "Lead", "prefix": "OWN-", "prefix_digits": 3}
	frappe.get_doc(rule).insert()
	rows = [
		person("Gus Hahn", **{"Status": "Won", "Done on": "2026-06-16", "First contact": "2026-06-01"}),
		person("Gus Hahn"),
	]
	doc = importing.rehearse(importing.upload(team.list, importing.csv_of(*rows)))
	assert importing.rows(doc, "verdict", "number") == [("New lead", None), ("New enquiry", None)]
	doc = importing.start(doc)
	assert importing.rows(doc, "status", "number") == [("Imported", "OWN-001"), ("Imported", "OWN-001-2")]


@pytest.mark.parametrize("begins", "=+-@")
def test_a_number_that_begins_like_a_formula_is_refused(team, begins):
	rows = [
		person("Gus Hahn", **{"Lead number": f"{begins}1+1"}),
		person("Ina Uhl", **{"Lead number": "1+1"}),
	]
	doc = importing.rehearse(importing.upload(team.list, importing.csv_of(*rows)))
	(verdict, mend), (fine, _none) = importing.rows(doc, "verdict", "to_mend")
	assert (verdict, fine) == ("Cannot be imported", "New lead")
	assert mend.startswith(f"Lead number: {begins}1+1 begins like a formula; empty it to get another")


# ------------------------------------------------------------- killed, taken back
def test_a_killed_import_goes_on_with_nothing_doubled(team, worker):
	rows = [
		person(f"P{number:04} X", **{"Agent": "Priya", "Phone": f"+49 30 {1000000 + number}"})
		for number in range(1500)
	]
	doc = importing.rehearse(importing.upload(team.list, importing.csv_of(*rows)))
	tables = (ENTRY, "Dynamic Link", "Prospect Stage Change", "ToDo")
	before = {doctype: frappe.db.count(doctype) for doctype in tables}
	assert doc.reload().start_import()
	process = worker()
	for _look in range(600):
		frappe.db.rollback()
		if frappe.db.count("Lead", {"email_id": ("like", "p0%")}):
			break
		time.sleep(0.05)
	process.kill()
	frappe.db.rollback()
	seen = frappe.db.get_value(doc.doctype, doc.name, "seen")
	assert 0 < seen < 1500
	importing.work(doc)
	assert [row[2] for row in importing.rows(doc)] == ["Imported"] * 1500
	assert frappe.db.sql(
		"SELECT COUNT(*), COUNT(DISTINCT email_id) FROM tabLead WHERE email_id LIKE 'p%'"
	) == ((1500, 1500),)
	assert {doctype: frappe.db.count(doctype) - before[doctype] for doctype in tables} == dict.fromkeys(
		tables, 1500
	)


def test_a_run_whose_supervisor_is_gone_stops_and_another_goes_on(team, monkeypatch):
	monkeypatch.setattr(run, "BATCH", 1)
	one, other = (factories.user("Sales User").name for _each in range(2))
	frappe.db.set_value("Prospect List", team.list, {"supervisor": one, "deputy": other})
	frappe.clear_document_cache("Prospect List", team.list)
	names = ("Anna Weber", "Bob Miller", "Carla Rossi")
	frappe.set_user(one)
	doc = importing.rehearse(importing.upload(team.list, importing.csv_of(*map(person, names))))
	take_in, leave = (
		run._take_in,
		iter([None, lambda: frappe.db.set_value("Prospect List", team.list, "supervisor", None)]),
	)

	def taken_in(*arguments):
		take_in(*arguments)
		if left := next(leave, None):
			left()

	monkeypatch.setattr(run, "_take_in", taken_in)
	doc = importing.start(doc)
	assert doc.status == "Importing" and f"{one} may not import into {team.list} any more" in doc.message
	assert [row[2] for row in importing.rows(doc)].count("Imported") == 2
	run.resume_left_over()  # nor within the hour
	frappe.set_user(other)
	doc.reload().go_on()
	doc = importing.work(doc)
	assert (doc.status, doc.message) == ("Imported", None)
	assert [row[2] for row in importing.rows(doc)] == ["Imported"] * 3
	doc.undo()
	frappe.set_user("Administrator")
	frappe.db.set_value("User", other, "enabled", 0)
	doc = importing.work(doc)
	assert doc.status == "Undoing" and f"{other} may not" in doc.message and frappe.db.count("Lead") == 3
	doc.go_on()
	assert importing.work(doc).status == "Undone"


def test_an_import_is_taken_back_but_for_what_was_touched(team, baseline, clock):
	known = factories.lead(email_id="known@x.example")
	frappe.db.commit()
	before = written(baseline)
	rows = [
		person("Anna Weber", **{"Agent": "Priya", "Phone": "030 1234567", "Notes": "x", "No mail": "x"}),
		person("Bob Miller"),
		person("Carla Rossi"),
		person("Dora Stein", **{"E-mail": "known@x.example"}),
		person("Emil Braun", **{"Info sent": "2026-06-16", "Status": "Follow up (3)"}),
	]
	doc = importing.start(importing.rehearse(importing.upload(team.list, importing.csv_of(*rows))))
	numbers = {line: number for line, _verdict, _status, number in importing.rows(doc)}
	clock.forward(hours=2)
	sweep.run()  # what the procedure reminds of is nobody's work
	frappe.get_doc(ENTRY, numbers[3]).log_call("They want one")
	frappe.get_doc("Lead", numbers[4]).add_comment("Comment", "a good one")
	doc = importing.undo(doc)
	assert importing.rows(doc, "line", "status") == [
		(2, "Undone"), (3, "Kept"), (4, "Kept"), (5, "Undone"), (6, "Undone"),
	]  # fmt: skip
	assert importing.rows(doc, "reason")[1][0] and importing.rows(doc, "reason")[2][0]
	left = written(baseline)
	for table, kept in (("tabLead", 2), ("tabContact", 2), ("tabProspect List Entry", 2), ("tabToDo", 0)):
		assert len(left.get(table, [])) - len(before.get(table, [])) == kept, table
	assert frappe.db.exists("Lead", known.name)
	assert frappe.db.get_value("Prospect Lead Number", numbers[2], "status") == "Deleted"
	assert not frappe.db.exists("Prospect Due Step", {"entry": numbers[2]})


def test_what_the_procedure_alone_did_is_taken_back_with_it(team, baseline, clock, stack):
	"""Ten days later: moved, reminded of, assigned by rule. Who got a mail or was worked on stays, and the row says why."""
	factories.email_account(stack)
	informed = {"Info sent": "2026-06-16", "Called on": "2026-06-15", "First contact": "2026-06-15"}
	informed |= {"Status": "Follow up (3)", "Agent": "Priya"}
	unreachable = informed | {"E-mail": "", "Phone": "+49 30 2312510"}
	rows = [
		person("Anna Weber", **unreachable | {"Phone": unreachable["Phone"] + "1"}),
		person("Bob Miller"),  # assigned by the rule
		person("Carla Rossi", **informed),  # gets the courtesy note
		person("Dora Stein", **unreachable | {"Phone": unreachable["Phone"] + "4"}),
		person("Emil Braun", **unreachable | {"Phone": unreachable["Phone"] + "5"}),
		person("Flora Klein", **unreachable | {"Phone": unreachable["Phone"] + "6"}),
	]
	before = written(baseline)
	doc = importing.start(importing.rehearse(importing.upload(team.list, importing.csv_of(*rows))))
	numbers = {line: number for line, _verdict, _status, number in importing.rows(doc)}
	rule = frappe.db.get_value("Prospect List", team.list, "assignment_rule")
	frappe.db.set_value("Assignment Rule", rule, "disabled", 0)
	frappe.clear_cache(doctype="Assignment Rule")
	clock.forward(hours=1)
	interested = frappe.get_doc(ENTRY, numbers[5])
	interested.interest = "Quote"
	interested.save()  # before the procedure moves it
	planned = {"entry": numbers[6], "action": "Move stage", "status": "Scheduled"}
	frappe.get_doc("Prospect Due Step", planned).run_now("They asked me to ring")
	for _day in range(10):
		clock.forward(hours=24)
		sweep.run()
		daily.hourly()
	frappe.get_doc(ENTRY, numbers[7]).assign(None)  # after it
	stages = {number: frappe.db.get_value(ENTRY, number, "stage") for number in numbers.values()}
	assert [stages[numbers[line]] for line in (2, 3, 5, 6, 7)] == [
		"Revive",
		"Call",
		"Revive",
		"Revive",
		"Revive",
	]
	assert frappe.db.get_value(ENTRY, numbers[3], "agent") == team.agent
	doc = importing.undo(doc)
	kept = {
		line: reason
		for line, status, reason in importing.rows(doc, "line", "status", "reason")
		if status == "Kept"
	}
	assert kept == {
		4: f"The procedure wrote to them since, under {numbers[4]}: they know of us.",
		5: f"Prospect List Entry {numbers[5]} was changed since.",
		6: f"{numbers[6]} was worked on since.",
		7: f"Prospect List Entry {numbers[7]} was changed since.",
	}
	left = written(baseline)
	for table in ("tabLead", "tabProspect List Entry"):
		assert len(left.get(table, [])) - len(before.get(table, [])) == 4, table
	assert not {row["name"] for row in left["tabContact"]} & {"Anna Weber", "Bob Miller"}
	for table in ("tabProspect Due Step", "tabProspect Stage Change"):
		assert not {row["entry"] for row in left.get(table, [])} & {numbers[2], numbers[3]}, table
	assert not frappe.get_all("ToDo", {"reference_name": ("in", [numbers[2], numbers[3]])})


# ------------------------------------------------------------- the same as by the ordinary doors
PEOPLE = {
	"Anna Weber": {"company": "Weber GmbH", "email": "anna@weber.example", "phone": "+49 30 23125101"},
	"Bob Miller": {"company": "Weber GmbH", "email": "bob@weber.example", "phone": "+49 30 23125102"},
	"Carla Rossi": {"company": "", "email": "carla@rossi.example", "phone": "+39 06 5550110"},
	"Anna  Weber": {"company": "Other AG", "email": "anna@other.example", "phone": "+49 89 5550110"},
	"Diana Kunz": {"company": "", "email": "diana@sold-to.example", "phone": "+49 40 5550110"},
}
SHEET = [
	{"Contact": "Anna Weber", "Status": "Call(1)", "First contact": "2026-06-17 09:30", "Agent": "Priya"},
	{
		"Contact": "Bob Miller",
		"Status": "Follow up (3)",
		"First contact": "2026-06-15 09:00",
		"Called on": "2026-06-15 11:00",
		"Info sent": "2026-06-16 15:00",
		"Agent": "Priya",
	},
	{
		"Contact": "Carla Rossi",
		"Status": "Done (5)",
		"First contact": "2026-06-01 09:00",
		"Called on": "2026-06-02 12:00",
		"Info sent": "2026-06-03 15:00",
		"Last response": "2026-06-04 10:00",
		"Done on": "2026-06-04 16:00",
		"Outcome": "Lost",
		"Lost reason": "Price",
		"Agent": "Priya",
	},
	{"Contact": "Anna  Weber", "Status": "Call(1)", "First contact": "2026-06-17 09:30"},
	{
		"Contact": "Diana Kunz",
		"Status": "Call(1)",
		"First contact": "2026-06-17 09:30",
	},  # a customer of Priya's
]


def sold_to(keeper: str | None, email: str, name: str = "Sold to Ltd"):
	"""A customer with a contact, looked after by a user."""
	values = {
		"doctype": "Customer",
		"customer_name": name,
		"customer_type": "Company",
		"account_manager": keeper,
	}
	groups = {"customer_group": factories._leaf("Customer Group"), "territory": factories._leaf("Territory")}
	customer = frappe.get_doc(values | groups).insert()
	factories.contact_of(customer, email)
	return customer


def by_hand(team, clock) -> None:
	"""The same enquiries, entered and worked on their days."""
	for row in sorted(SHEET, key=lambda row: row["First contact"]):
		clock.at(row["First contact"])
		person = PEOPLE[row["Contact"]]
		first, last = row["Contact"].split()
		lead = frappe.get_doc(
			{
				"doctype": "Lead",
				"first_name": first,
				"last_name": last,
				"company_name": person["company"] or None,
				"email_id": person["email"],
				"mobile_no": person["phone"].replace(" ", ""),
				"source": "Website",
				"lead_owner": team.agent if row.get("Agent") else None,
				"company": factories.COMPANY,
			}
		).insert()
		entry = start.enrol(lead, team.list, by="Bulk", detail="Spare parts")
		if row.get("Called on"):
			clock.at(row["Called on"])
			frappe.get_doc(ENTRY, entry.name).log_call("x")
		if row.get("Info sent"):
			clock.at(row["Info sent"])
			frappe.get_doc(ENTRY, entry.name).record_message("x", channel="Email", information_satisfied=1)
		if row.get("Last response"):
			clock.at(row["Last response"])
			frappe.get_doc(ENTRY, entry.name).record_response("x")
		if row.get("Done on"):
			clock.at(row["Done on"])
			frappe.get_doc(ENTRY, entry.name).close("Lost", "Price")
	clock.at("2026-06-17 09:30")
	sweep.run()
	frappe.db.commit()


def by_import(team, clock) -> None:
	rows = [
		{
			**row,
			"E-mail": PEOPLE[row["Contact"]]["email"],
			"Phone": PEOPLE[row["Contact"]]["phone"],
			"Company": PEOPLE[row["Contact"]]["company"],
			"Source": "website",
			"Interest": "Spare parts",
		}
		for row in SHEET
	]
	doc = importing.start(importing.rehearse(importing.upload(team.list, importing.csv_of(*rows))))
	assert {status for *_row, status, _number in importing.rows(doc)} == {"Imported"}
	sweep.run()
	frappe.db.commit()


def written(baseline) -> dict[str, list[dict]]:
	tables = {}
	for table in sorted(baseline.changed_tables()):
		rows = frappe.db.sql(f"SELECT * FROM `{table}`", as_dict=True)
		tables[table] = rows
	return tables


# What may differ, and why.
STAMPS = {"creation", "modified", "owner", "modified_by", "idx"}
LISTED = {
	"tabLead": {"lead_owner"},  # of a row without an agent: nobody, not the importer
	"tabContact": set(),
	"tabProspect List Entry": {
		"_assign",
		"next_step",
		"next_due_on",
	},  # see the due steps; "" where somebody was
	"tabProspect Lead Number": {"issued_on"},
	"tabProspect Interaction": {
		"name",
		"user",
		"summary",
		"fact_key",
		"recorded_on",
	},  # told by the spreadsheet
	"tabProspect Stage Change": {"name", "cause"},
	"tabProspect Due Step": {"name", "reason"},
	"tabToDo": {"name", "date"},  # assigned today
}
KEYS = {
	"tabLead": ["name"],
	"tabContact": ["name"],
	"tabContact Email": ["parent", "email_id"],
	"tabContact Phone": ["parent", "phone"],
	"tabDynamic Link": ["parent", "link_name"],
	"tabProspect Contact Key": ["lead", "key_value"],
	"tabProspect Lead Number": ["name"],
	"tabProspect List Entry": ["name"],
	"tabProspect Requirement": ["parent"],
	"tabProspect Interaction": ["entry", "occurred_on"],
	"tabProspect Stage Change": ["entry", "stage_visit"],
	"tabProspect Due Step": ["entry", "procedure_step", "occurrence"],
	"tabToDo": ["reference_name"],
}
# Written by a day's work, and by an import on purpose not: alerts and notes of each change, and steps that had passed.
NOT_BY_IMPORT = {"tabComment", "tabVersion", "tabNotification Log"}
ONLY_BY_IMPORT = {f"tabProspect List Import{of}" for of in ("", " Column", " Row")} | {"tabFile"}


def _by_key(table: str, rows: list[dict]) -> dict[tuple, dict]:
	dropped = STAMPS | LISTED.get(table, {"name"})
	return {
		tuple(row[field] for field in KEYS[table]): {k: v for k, v in row.items() if k not in dropped}
		for row in rows
	}


def test_the_same_rows_result_as_by_the_ordinary_doors(site, baseline, stack, clock):
	found = []
	for door in (by_hand, by_import):
		with isolation(baseline, stack):
			clock.at("2026-06-01 08:00")
			staff.no_automatic_enrolment()
			agent = factories.user("Sales User", email="priya@example.com", first_name="Priya").name
			team = frappe._dict(agent=agent, list=factories.prospect_list(agent, title="L").name)
			sold_to(agent, PEOPLE["Diana Kunz"]["email"])
			frappe.db.commit()
			clock.at("2026-06-17 09:30")
			before = written(baseline)
			door(team, clock)
			after = written(baseline)
			[diana] = [row for row in after["tabLead"] if row.lead_name == "Diana Kunz"]
			assert (diana.customer, diana.lead_owner) == ("Sold to Ltd", agent)
			found.append(
				{t: [row for row in rows if row not in before.get(t, [])] for t, rows in after.items()}
			)
	hand, imported = found
	differing = {table for table in {*hand, *imported} if bool(hand.get(table)) != bool(imported.get(table))}
	assert differing - NOT_BY_IMPORT == ONLY_BY_IMPORT
	for table in KEYS:
		one, other = _by_key(table, hand[table]), _by_key(table, imported[table])
		for key in {*one, *other}:
			if key not in other and table in ("tabProspect Due Step", "tabToDo"):
				assert one[key]["status"] in ("Skipped", "Cancelled"), (table, key)
				continue
			if one[key].get("step_title") == "Nobody has this enquiry":  # told once for all, not for each
				assert other[key]["status"] == "Skipped"
				continue
			assert other[key] == one[key], (table, key)


# ------------------------------------------------------------- customers
def test_customers_are_recognised_and_offered_to_who_looks_after_them_once(team):
	outside = factories.user("Sales User", email="otto@example.com", first_name="Otto").name
	ours, theirs = (
		sold_to(team.agent, "ina@ours.example", "Ours"),
		sold_to(outside, "tom@theirs.example", "Theirs"),
	)
	sold_to(team.agent, "known@third.example", "Third")
	known = factories.lead(email_id="known@third.example", lead_owner=team.agent)
	start.enrol(known, team.list).close("Lost", "Price")
	boss = factories.user("Sales User").name
	frappe.db.set_value("Prospect List", team.list, "supervisor", boss)
	frappe.clear_cache(doctype="Prospect List")
	frappe.db.commit()
	rows = [
		person("Ina Ott", **{"E-mail": "ina@ours.example"}),
		person("Tom Toll", **{"E-mail": "tom@theirs.example"}),
		person("Tom Toll", **{"E-mail": "t.toll@x.example", "Company": "Theirs GmbH"}),
		person("Kai Known", **{"E-mail": "known@third.example", "First contact": "2026-06-18"}),
		person("Anna Weber"),
	]
	doc = importing.rehearse(importing.upload(team.list, importing.csv_of(*rows)))
	said = importing.rows(doc, "verdict", "customer", "agent")
	assert said == [
		("New lead", ours.name, team.agent),
		("New lead", theirs.name, None),
		("New lead", theirs.name, None),
		("New enquiry", "Third", team.agent),
		("New lead", None, None),
	]
	frappe.db.delete("Notification Log")
	doc = importing.start(doc)
	numbers = [number for *_row, number in importing.rows(doc)]
	assert [frappe.db.get_value(ENTRY, number, "agent") for number in numbers] == [row[2] for row in said]
	leads = [frappe.db.get_value("Lead", number, ["customer", "lead_owner"]) for number in numbers[:3]]
	assert leads == [(ours.name, team.agent), (theirs.name, outside), (theirs.name, outside)]
	told = {
		(row.for_user, row.subject) for row in frappe.get_all("Notification Log", ["for_user", "subject"])
	}
	looks_after = f"2 imported enquiries on {team.list} are from customers whom Otto looks after"
	assert (boss, looks_after) in told and not [user for user, _subject in told if user == outside]


# ------------------------------------------------------------- their enquiry is open
def test_what_a_row_adds_to_an_open_enquiry_is_noted_on_it_and_taken_back(team):
	known = factories.lead(email_id="anna@anna.example")
	entry = start.enrol(known, team.list, detail="Spare parts")
	file = importing.csv_of(
		person("Anna Weber", Interest="spare parts"),
		person("Anna Weber", Interest="A catalogue", Notes="Rang <b>twice</b>", Consent="x"),
		person("Bob Miller", Notes="first"),
		person("Bob Miller", Notes="second", **{"First contact": "2026-06-18"}),
		person("Bob Miller", Notes="second", **{"First contact": "2026-06-19"}),
	)
	doc = importing.rehearse(importing.upload(team.list, file, name="fair.csv"))
	said = importing.rows(doc, "line", "verdict", "number", "reason")
	assert [row[:3] for row in said] == [
		(2, "Duplicate", None),
		(3, "Noted", entry.name),
		(4, "New lead", "LEAD-0002"),
		(5, "Noted", "LEAD-0002"),
		(6, "Duplicate", None),
	]
	assert "A catalogue" in said[1][3] and "Rang ‹b›twice‹/b›" in said[1][3]
	doc = importing.start(doc)
	assert importing.rows(doc, "line", "verdict", "number", "reason") == said
	[note] = frappe.get_all(
		"Comment", {"reference_name": entry.name, "comment_type": "Info"}, pluck="content"
	)
	assert "row 3 of fair" in note and "Rang &lt;b&gt;twice" in note and "A catalogue" in note
	assert frappe.get_all("Prospect Consent", {"lead": known.name}, ["what", "text"]) == [
		{"what": "Agreed", "text": "Consent"}
	]
	told = frappe.get_all("Notification Log", pluck="subject")
	assert [subject for subject in told if "1 open enquiries without an agent have a note" in subject]
	again = importing.rehearse(importing.upload(team.list, file, name="fair.csv"))
	assert {row[1] for row in importing.rows(again)} == {"Duplicate"}
	doc = importing.undo(doc)
	assert {status for *_row, status, _number in importing.rows(doc)} == {"Undone", "Not imported"}
	assert not frappe.db.count("Comment", {"reference_name": entry.name, "comment_type": "Info"})
	assert not frappe.db.count("Prospect Consent") and not frappe.db.exists("Lead", "LEAD-0002")
	assert frappe.db.exists(ENTRY, entry.name)


def test_another_number_or_address_of_somebody_known_is_noted(team):
	"""On the enquiry that is open, or on their next one; what they are known by is no news, in whatever notation."""
	number = "+49 30 1234567"
	known = factories.lead(
		first_name="Anna", last_name="Weber", email_id="anna@anna.example", mobile_no=number
	)
	entry = start.enrol(known, team.list)
	before = factories.lead(email_id="bob@bob.example", mobile_no="+49 30 7654321")
	start.enrol(before, team.list).close("Lost", objection="Price")
	later = {"First contact": "2026-06-16"}
	file = importing.csv_of(
		person("Anna Weber", Phone="030/1234567"),
		person("Anna Weber", Phone="0151 5550101"),
		{**person("Anna Weber", Phone=number), "E-mail": "anna@home.example"},
		person("Bob Miller", Phone="0151 5550202", **later),
	)
	frappe.db.set_value(ENTRY, before.name, "done_on", "2026-06-01 09:00:00")
	doc = importing.rehearse(importing.upload(team.list, file))
	said = importing.rows(doc, "line", "verdict", "number")
	assert said == [
		(2, "Duplicate", None),
		(3, "Noted", entry.name),
		(4, "Noted", entry.name),
		(5, "New enquiry", f"{before.name}-2"),
	]
	importing.start(doc)
	notes = {"comment_type": "Info", "reference_doctype": ENTRY}
	told = frappe.get_all(
		"Comment", {**notes, "reference_name": entry.name}, pluck="content", order_by="creation"
	)
	assert "Phone: +491515550101" in told[0] and "E-mail" not in told[0]
	assert "E-mail: anna@home.example" in told[1] and "Phone" not in told[1]
	[told] = frappe.get_all("Comment", {**notes, "reference_name": f"{before.name}-2"}, pluck="content")
	assert "Phone: " in told and "E-mail" not in told


def test_what_they_agreed_to_comes_with_them(team):
	rows = [
		person("Anna Weber", Newsletter="ja", **{"Consent on": "2026-06-10"}),
		person("Bob Miller", Newsletter="nein"),
		person("Cleo Stark", Newsletter="Catalogue by mail"),
	]
	doc = importing.start(importing.rehearse(importing.upload(team.list, importing.csv_of(*rows))))
	fields = ["email_id", "what", "text", "occurred_on"]
	found = frappe.get_all("Prospect Consent", fields=fields, order_by="email_id", as_list=True)
	assert [(*row[:3], str(row[3])) for row in found] == [
		("anna@anna.example", "Agreed", "Newsletter", "2026-06-10 00:00:00"),
		("cleo@cleo.example", "Agreed", "Catalogue by mail", "2026-06-17 00:00:00"),
	]
	assert "Consent on: empty" in importing.rows(doc, "to_mend")[2][0]


# ------------------------------------------------------------- workers that die, workers that meet
@pytest.fixture
def long_list(team):
	"""An import that takes some seconds."""
	rows = [person(f"P{number:04} X", **{"Agent": "Priya"}) for number in range(1200)]
	return importing.upload(team.list, importing.csv_of(*rows))


def long_ago(doc) -> None:
	"""As if the last that was written to an import were older than anybody waits."""
	frappe.db.set_value(doc.doctype, doc.name, "modified", "2026-06-17 09:00:00", update_modified=False)
	frappe.db.commit()


def until(seen) -> None:
	for _look in range(3600):
		frappe.db.rollback()
		if seen():
			return
		time.sleep(0.05)
	raise AssertionError("nothing was done in three minutes")


def test_two_workers_never_rehearse_the_same_run(long_list, worker, monkeypatch):
	doc = long_list.reload()
	doc.rehearse()
	frappe.db.commit()
	worker()
	until(lambda: frappe.db.count(importing.ROW))
	assert not run.is_left_alone(doc.reload())
	long_ago(doc)
	assert not run.is_left_alone(doc.reload())
	monkeypatch.setattr(run, "HANDING_OVER", 0)
	doc.reload().go_on()
	frappe.db.commit()
	run.carry_out(doc.name)  # leaves it to the other one
	frappe.set_user("Administrator")
	until(lambda: frappe.db.get_value(doc.doctype, doc.name, "status") != "Rehearsing")
	assert frappe.db.get_value(doc.doctype, doc.name, ["status", "message"]) == ("Rehearsed", None)
	assert frappe.db.count(importing.ROW) == 1200


def test_a_killed_rehearsal_and_a_killed_undo_are_gone_on_with(long_list, worker):
	doc = long_list.reload()
	doc.rehearse()
	process = worker()
	until(lambda: frappe.db.count(importing.ROW))
	process.kill()
	frappe.db.rollback()
	assert 0 < frappe.db.count(importing.ROW) < 1200
	long_ago(doc)
	until(lambda: run.is_left_alone(doc.reload()))
	doc = importing.work(doc)
	assert [row[1:3] for row in importing.rows(doc)] == [("New lead", "Rehearsed")] * 1200
	doc = importing.start(doc)
	doc.undo()
	process = worker()
	until(lambda: frappe.db.count(importing.ROW, {"status": "Undone"}))
	process.kill()
	frappe.db.rollback()
	assert 0 < frappe.db.count(importing.ROW, {"status": "Undone"}) < 1200
	doc = importing.work(doc)
	assert {row[2] for row in importing.rows(doc)} == {"Undone"}
	assert (
		not frappe.db.count("Lead")
		and not frappe.db.count(ENTRY)
		and not frappe.db.count("Contact", {"first_name": ("like", "P0%")})
	)


def test_what_stops_an_import_is_said_on_its_form(team, monkeypatch):
	doc = importing.rehearse(importing.upload(team.list, importing.csv_of(person("Anna Weber"))))
	assert doc.start_import()
	frappe.db.commit()
	workflow = frappe.get_doc("Workflow", {"document_type": ENTRY})
	workflow.update({"is_active": 0}).save()
	doc = importing.work(doc)
	assert doc.status == "Importing" and "It stopped" in doc.message and run.is_left_alone(doc)
	workflow.reload().update({"is_active": 1}).save()
	doc = importing.work(doc)
	assert (doc.status, doc.message) == ("Imported", None)


# ------------------------------------------------------------- who is known
def test_somebody_who_is_lead_and_contact_of_a_customer_is_known(team):
	sold_to(team.agent, "anna@anna.example")
	lead = factories.lead(email_id="anna@anna.example")
	start.enrol(lead, team.list)
	doc = importing.rehearse(importing.upload(team.list, importing.csv_of(person("Anna Weber"))))
	assert importing.rows(doc, "verdict", "to_mend") == [("Duplicate", None)]


def test_contacts_whose_names_the_database_takes_for_one_are_told_apart(team):
	factories.lead(first_name="Anna", last_name="Weber", mobile_no=None)
	frappe.get_doc({"doctype": "Contact", "first_name": "BOB", "last_name": "Müller"}).insert()
	rows = [
		person("anna weber", **{"E-mail": "a@one.example"}),
		person("Bob Muller"),
		person("bob muller", **{"E-mail": "b@two.example"}),
	]
	doc = importing.start(importing.rehearse(importing.upload(team.list, importing.csv_of(*rows))))
	assert [row[2] for row in importing.rows(doc)] == ["Imported"] * 3, importing.rows(doc, "reason")


@pytest.mark.parametrize("kind", ["disabled", "without a role"])
def test_who_cannot_work_enquiries_is_not_taken_for_an_agent(team, kind):
	doc = importing.rehearse(importing.upload(team.list, importing.csv_of(person("Anna", Agent="Zoe"))))
	roles = () if kind == "without a role" else ("Sales User",)
	user = factories.user(*roles, email="zoe@example.com")
	doc.meanings[0].means = user.name
	if kind == "disabled":
		doc = importing.rehearse(doc.save())
		assert importing.rows(doc, "agent") == [(user.name,)]
		frappe.db.set_value("User", user.name, "enabled", 0)  # after it was chosen
		frappe.clear_document_cache("User", user.name)
		doc = importing.rehearse(doc)
		assert (
			importing.rows(doc, "agent") == [(None,)] and "say above" in importing.rows(doc, "to_mend")[0][0]
		)
	with pytest.raises(frappe.ValidationError, match="zoe@"):
		doc.save()
