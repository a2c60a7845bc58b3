"""The monthly review: frozen figures that equal the reference, and what was agreed."""

import io
import shutil

import frappe
import pytest
from frappe.email.queue import flush
from pypdf import PdfReader

from prospect_mgmt.patches.v1_1 import no_amounts_on_contractors_pages
from prospect_mgmt.procedure.review_findings import SUMMARY
from prospect_mgmt.prospect_mgmt.doctype.prospect_performance_review.prospect_performance_review import (
	DOCTYPE,
	make_monthly,
)
from prospect_mgmt.reporting import improvements
from tests import factories
from tests.reviewing import last_review


# ------------------------------------------------------------- what it says
def _made_on_the_first_of_the_month_for_the_month_before(april):
	make_monthly()
	[name] = frappe.get_all("Prospect Performance Review", {"prospect_list": april.name}, pluck="name")
	review = frappe.get_doc("Prospect Performance Review", name)
	figures = {row.figure: row.value for row in review.figures}
	expected = {
		"received": 2,
		"acknowledged_in_time": 1,
		"acknowledged_late": 1,
		"won": 1,
		"closed": 2,
		"success_rate": 50,
	}
	assert {k: figures[k] for k in expected} == expected
	assert figures["sale_value"] == frappe.db.get_value("Sales Invoice", {"docstatus": 1}, "base_grand_total")
	assert [(row.objection, row.count) for row in review.objections] == [("Price", 1)]
	assert frappe.db.exists("Notification Log", {"subject": ("like", f"%{name}%")})


def _a_small_sample_has_no_finding(april):
	assert last_review().findings == []


def _the_print_shows_figures_agents_objections_charts_and_the_procedure(april):
	html = frappe.get_print(
		"Prospect Performance Review", last_review().name, print_format="Prospect Performance Review"
	)
	assert "Acknowledged in time" in html and "Price" in html and "April 2026" in html
	assert "None agreed yet" in html and html.count("<svg") == 4
	assert "Courtesy note" in html, "the procedure in force is part of it"


def _an_agent_sees_the_own_page_beside_the_totals_of_the_team(april):
	agent, other = april.agents[0].user, factories.user("Sales User").name
	name = frappe.get_value("Prospect Agent Review", {"agent": agent})
	page = frappe.get_doc("Prospect Agent Review", name)
	figures = {row.figure: (row.own, row.team) for row in (*page.figures, *page.amounts)}
	assert figures["received"] == (2, 2) and figures["calls"] == (0, 2), "Administrator made the calls"
	assert figures["sale_value"][0] > 0
	with pytest.raises(frappe.PermissionError, match="frozen"):
		page.save()
	frappe.set_user(agent)
	assert frappe.get_list("Prospect Agent Review", pluck="name") == [name]
	assert "Sale value" in frappe.get_doc("Prospect Agent Review", name).page()
	assert not frappe.get_doc("Prospect Performance Review", page.review).has_permission()
	frappe.set_user(other)
	assert frappe.get_list("Prospect Agent Review", pluck="name") == []
	assert not frappe.get_doc("Prospect Agent Review", name).has_permission()
	frappe.set_user("Administrator")


def _a_list_without_a_procedure_stopped_no_other(april):
	assert not frappe.db.exists("Prospect Performance Review", {"prospect_list": april.broken})
	assert frappe.db.exists("Error Log", {"method": ("like", f"%{april.broken}%")})


def _the_month_that_is_not_over_has_no_review(april):
	review = frappe.get_doc(
		doctype="Prospect Performance Review", prospect_list=april.name, month="2026-05-01"
	)
	with pytest.raises(frappe.ValidationError, match="not over yet"):
		review.insert()


def test_the_review_of_april(april, clock):
	clock.at("2026-04-30 12:00")
	april.broken = factories.prospect_list().name
	clock.at("2026-05-01 00:05")
	frappe.db.set_value("Prospect List", april.broken, "procedure", "Nobody's")
	make_monthly()
	for check in (
		_made_on_the_first_of_the_month_for_the_month_before,
		_a_small_sample_has_no_finding,
		_the_print_shows_figures_agents_objections_charts_and_the_procedure,
		_an_agent_sees_the_own_page_beside_the_totals_of_the_team,
		_a_list_without_a_procedure_stopped_no_other,
		_the_month_that_is_not_over_has_no_review,
	):
		check(april)


def test_lists_with_names_as_long_as_can_be_have_their_reviews(april, clock):
	clock.at("2026-04-30 12:00")
	begins = "Enquiries of the exhibition " * 6
	long, alike, broken = (begins[:139] + letter for letter in "ABC")
	frappe.rename_doc("Prospect List", april.name, long)
	for title in (alike, broken):
		factories.prospect_list(title=title)
	frappe.db.set_value("Prospect List", broken, "procedure", "Nobody's")
	clock.at("2026-05-01 00:05")
	make_monthly()
	made = frappe.get_all(DOCTYPE, {"month": "2026-04-01"}, pluck="prospect_list", order_by="prospect_list")
	assert set(made) >= {long, alike} and broken not in made
	page = frappe.get_doc("Prospect Agent Review", {"prospect_list": long})
	assert page.agent == april.agents[0].user and page.agent in page.name
	assert not frappe.db.exists("Error Log", {"method": ("like", "%could not be mailed%")})


# ------------------------------------------------------------- what people do with it
def test_figures_are_frozen_and_a_review_is_discussed_before_it_is_closed(april, clock):
	make_monthly()
	review = last_review()
	review.figures[0].value = 99
	with pytest.raises(frappe.ValidationError, match="frozen"):
		review.save()
	for status, fine in (("Closed", False), ("Discussed", True)):
		review.reload().status = status
		if fine:
			review.append("improvements", {"improvement": "Call before noon"})
			review.save()
		else:
			with pytest.raises(frappe.ValidationError, match="after it was"):
				review.save()
	review.reload().status = "Closed"
	with pytest.raises(frappe.ValidationError, match="a date"):
		review.save()
	review.reload().status = "Closed"
	review.improvements[0].update({"owner_user": april.agents[0].user, "due_on": "2026-05-31"})
	review.save()
	# What is not done by then stands in the next review.
	clock.at("2026-06-01 00:05")
	make_monthly()
	assert "Call before noon" in frappe.get_doc(review.doctype, f"{april.name} 2026-05").page()


def test_who_has_a_page_of_the_review_hears_of_it_once_in_their_language_and_comes_to_it(april, http):
	agent, supervisor = april.agents[0].user, factories.user("Sales User").name
	frappe.db.set_value("User", agent, "language", "de")
	frappe.clear_document_cache("User", agent)
	prospects = april.reload()
	prospects.supervisor = supervisor
	prospects.append("agents", {"user": supervisor, "enabled": 1})
	prospects.save()
	make_monthly()
	make_monthly()
	fields = ["subject", "document_type", "document_name", "read"]
	[news] = frappe.get_all(
		"Notification Log", {"for_user": agent, "prospect_news": ("like", "review:%")}, fields
	)
	page = frappe.db.get_value("Prospect Agent Review", {"agent": agent})
	assert (news.document_type, news.document_name, news.read) == ("Prospect Agent Review", page, 0)
	assert news.subject == f"Ihre Seite der Auswertung von April 2026 ist fertig: {april.name}"
	assert http(agent).get(f"/api/resource/Prospect Agent Review/{page}").ok
	# Who supervises it is told of the whole, and not of a page of it besides.
	[whole] = frappe.get_all("Notification Log", {"for_user": supervisor}, fields)
	assert (whole.document_type, whole.document_name) == (DOCTYPE, last_review().name)


def test_who_does_not_want_to_hear_of_their_page_does_not(april):
	agent = april.agents[0].user
	frappe.db.set_value("Notification Settings", agent, "prospect_review", "Off")
	frappe.clear_document_cache("Notification Settings", agent)
	make_monthly()
	assert frappe.db.exists("Prospect Agent Review", {"agent": agent})
	assert _told(agent, "Your page") == 0


def test_who_is_to_improve_something_is_told_reminded_and_then_missed(april, clock):
	agent, supervisor = april.agents[0].user, factories.user("Sales User").name
	april.reload().supervisor = supervisor
	april.save()
	make_monthly()
	review = last_review()
	improvement = {"improvement": "Call before <b>noon</b>", "owner_user": agent, "due_on": "2026-05-08"}
	review.append("improvements", improvement)
	review.save()
	review.reload().notes = "Saved again"
	review.save()
	assert _told(agent, "Agreed in the review") == 1
	page = frappe.get_doc("Prospect Agent Review", {"agent": agent, "review": review.name}).page()
	assert "Call before &lt;b&gt;noon" in page
	for day, due, late in (
		("2026-05-07", 0, 0),
		("2026-05-08", 1, 0),
		("2026-05-09", 1, 1),
		("2026-05-10", 1, 1),
	):
		clock.at(f"{day} 00:10")
		improvements.remind()
		assert (_told(agent, "Due today"), _told(agent, "Not done yet")) == (due, late)
	assert _told(supervisor, "Not done yet") == 1
	# What is done is not spoken of any more.
	review.reload().improvements[0].update({"due_on": "2026-05-12", "status": "Done"})
	review.save()
	clock.at("2026-05-12 00:10")
	improvements.remind()
	assert (_told(agent, "Due today"), _told(agent, "Agreed in the review")) == (1, 1)


def _told(user: str, subject: str) -> int:
	return frappe.db.count("Notification Log", {"for_user": user, "subject": ("like", f"{subject}%")})


def test_findings_are_said_with_their_sample_and_only_when_it_is_large_enough(april, clock):
	agent = april.agents[0].user
	clock.at("2026-05-04 09:00")
	leads = [factories.lead(lead_owner=agent).name for _ in range(12)]
	clock.forward(hours=50)
	for name in leads:
		frappe.get_doc("Prospect List Entry", name).log_call("Late")
	clock.at("2026-06-01 00:05")
	make_monthly()
	review = frappe.get_doc("Prospect Performance Review", f"{april.name} 2026-05")
	first = review.findings[0]
	assert first.finding.startswith("Acknowledged in time: 0 of 12 (0.0 %). The goal is 90 %.")
	assert first.sample == 12 and "was ours" in first.finding
	standard = review.standards[0]
	assert (standard.met, standard.missed, standard.kept_before) == (0, 12, 50)


def test_a_list_that_began_in_the_month_before_did_not_grow(april, clock):
	agent = april.agents[0].user
	for day, count in (("2026-04-20 10:00", 13), ("2026-05-11 10:00", 20)):
		clock.at(day)
		for _n in range(count):
			factories.lead(lead_owner=agent)
	clock.at("2026-06-01 00:05")
	make_monthly()
	review = frappe.get_doc(DOCTYPE, f"{april.name} 2026-05")
	received = next(row for row in review.figures if row.figure == "received")
	assert (received.value, received.month_before) == (20, 15)  # from the 8th of April on
	assert not [row.finding for row in review.findings if row.finding.startswith("Enquiries received")]
	assert review.get_differences()["figures"] == []


# ------------------------------------------------------------- who sees what
REST = "/api/resource/Prospect Performance Review/"


def test_a_supervisor_discusses_and_closes_it_and_nobody_changes_its_figures(april, http):
	agent, other, manager = (
		april.agents[0].user,
		factories.user("Sales User").name,
		factories.user("Sales Manager").name,
	)
	april.reload().supervisor = supervisor = factories.user("Sales User").name
	april.save()
	make_monthly()
	review = last_review()
	path = REST + review.name
	frappe.db.commit()
	for stranger in (http(agent), http(other)):
		assert stranger.get(path).status_code == 403
		assert stranger.put(path, json={"status": "Discussed"}).status_code == 403
	theirs = http(supervisor)
	for status, answer in (
		("Closed", 417),
		("Discussed", 200),
		("Closed", 200),
		("Open", 417),
		("Discussed", 200),
		("Open", 200),
	):
		assert theirs.put(path, json={"status": status}).status_code == answer, status
	assert theirs.delete(path).status_code == 403
	# Nobody changes what is frozen: not in the review, nor a line of it by itself, nor an agent's page.
	frozen = {"computed_on": "2020-01-01", "month": "2026-03-01", "figures": [], "procedure_in_force": "{}"}
	page = frappe.get_doc("Prospect Agent Review", {"review": review.name})
	tables = (
		review.figures,
		review.standards,
		review.agents,
		review.sources,
		review.objections,
		page.figures,
	)
	lines = [f"/api/resource/{rows[0].doctype}/{rows[0].name}" for rows in tables]
	for client in (theirs, http(manager), http("Administrator")):
		for field, value in frozen.items():
			assert client.put(path, json={field: value}).status_code == 417, field
		for line in lines:
			assert client.put(line, json={"idx": 99}).status_code == 403, line
			assert client.delete(line).status_code == 403, line
		assert (
			client.put(f"/api/resource/{page.doctype}/{page.name}", json={"agent": other}).status_code == 403
		)
	frappe.db.rollback()
	assert [(row.idx, row.value) for row in last_review().figures] == [
		(row.idx, row.value) for row in review.figures
	]


TABLES = ("Agent", "Figure", "Improvement", "Objection", "Source", "Standard")
LINES = "Prospect Agent Review Figure"


def _lines(client, child: str, parent: str):
	"""Lines of reviews by themselves, with everything that they say."""
	asked = {"parent": parent, "fields": '["*"]', "limit_page_length": 0}
	return client.get(f"/api/resource/{child}", params=asked).json()["data"]


def test_no_line_of_a_review_is_read_by_whom_the_review_is_not_for(april, http):
	seller, contractor = april.agents[0].user, factories.user("Prospect Agent").name
	april.reload().append("agents", {"user": contractor, "enabled": 1})
	april.supervisor = supervisor = factories.user("Sales User").name
	april.save()
	lost = frappe.get_value("Prospect List Entry", {"prospect_list": april.name, "outcome": "Lost"})
	frappe.db.set_value("Prospect List Entry", lost, "agent", contractor)
	make_monthly()
	review = last_review()
	review.append("improvements", {"improvement": "Call before noon", "owner_user": seller})
	review.save()
	frappe.db.commit()
	for user, are_seen in ((seller, False), (supervisor, True)):
		client = http(user)
		for table in TABLES:
			assert bool(_lines(client, f"Prospect Review {table}", DOCTYPE)) is are_seen, (user, table)
	pages = {
		page.agent: page.name for page in frappe.get_all("Prospect Agent Review", fields=["name", "agent"])
	}
	assert {seller, contractor} < set(pages)
	for user, theirs, amounts in (
		(contractor, {pages[contractor]}, False),
		(seller, {pages[seller]}, True),
		(supervisor, set(pages.values()), True),
	):
		found = _lines(http(user), LINES, "Prospect Agent Review")
		assert {line["parent"] for line in found} == theirs, user
		assert any(line["figure"] == "sale_value" for line in found) is amounts, user


def test_a_contractors_page_has_no_amounts(april, http):
	contractor = factories.user("Prospect Agent").name
	april.reload().append("agents", {"user": contractor, "enabled": 1})
	april.save()
	frappe.db.set_value("Prospect List Entry", {"prospect_list": april.name}, "agent", contractor)
	make_monthly()
	name = frappe.get_value("Prospect Agent Review", {"agent": contractor})
	answer = http(contractor).get(
		"/api/method/frappe.desk.form.load.getdoc", params={"doctype": "Prospect Agent Review", "name": name}
	)
	[doc] = answer.json()["docs"]
	assert len(doc["figures"]) > 10 and "Received" in doc["__onload"]["page"]
	assert not doc.get("amounts") and "ale value" not in answer.text and "uoted amount" not in answer.text
	for fields in (["amounts.figure"], [f"`tab{LINES}`.`figure`"], ["figures.figure"]):
		joined = http(contractor).get(
			"/api/resource/Prospect Agent Review",
			params={"fields": frappe.as_json(fields), "limit_page_length": 0},
		)
		assert "sale_value" not in joined.text and "quoted_amount" not in joined.text, fields
	# Nor has one that was made before this was so, once the site is updated; a seller's page keeps them.
	line = frappe.new_doc(LINES)
	line.update({"parent": name, "parenttype": "Prospect Agent Review", "parentfield": "amounts"})
	line.db_insert()
	kept = frappe.db.count(LINES, {"parentfield": "amounts"}) - 1
	for _again in range(2):
		no_amounts_on_contractors_pages.execute()
		assert not frappe.db.exists(LINES, line.name)
		assert frappe.db.count(LINES, {"parentfield": "amounts"}) == kept > 0


# ------------------------------------------------------------- by mail
@pytest.fixture
def mailed(april, stack, smtp):
	"""What a supervisor who reads German gets on the first of the month."""
	factories.email_account(stack)
	supervisor = factories.user("Sales User", language="de")
	april.reload().update({"supervisor": supervisor.name, "deputy": factories.user("Sales User").name})
	april.save()
	for _number in range(12):
		lead = factories.lead(lead_owner=april.agents[0].user).name
		frappe.db.set_value(
			"Prospect List Entry",
			lead,
			{"first_contact_on": "2026-04-10 10:00", "acknowledge_by": "2026-04-11 10:00"},
		)
	make_monthly()
	flush()
	deputy = frappe.db.get_value("User", april.deputy, "email")
	return smtp.wait_for(1, to=supervisor.email)[0], smtp.wait_for(1, to=deputy)[0]


def test_supervisor_and_deputy_get_the_review_each_in_their_language(mailed):
	german, english = mailed
	assert "April 2026" in german.subject and "Leistungsauswertung" in german.subject
	assert "Erfolgsquote" in german.html and "Erstreaktion rechtzeitig: 1 von 14" in german.html
	assert "Success rate" in english.html and "Acknowledged in time: 1 of 14" in english.html
	assert last_review().mailed_on


@pytest.mark.skipif(
	not shutil.which("wkhtmltopdf"), reason="wkhtmltopdf, Frappe's PDF maker, is not installed"
)
def test_the_mail_brings_the_review_as_a_pdf_of_whole_pages(mailed):
	said = (("Was die Kennzahlen sagen", "Preis"), ("What the figures say", "Price"))
	for mail, (words, objection) in zip(mailed, said, strict=True):
		[attached] = [part.get_content() for part in mail.message.iter_attachments()]
		pages = [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(attached)).pages]
		assert len(pages) == 3 and words in pages[0] and objection in pages[0], pages


def test_without_a_pdf_maker_the_mail_goes_all_the_same(monkeypatch, request):
	monkeypatch.setenv("PATH", "/nowhere")
	german, _english = request.getfixturevalue("mailed")
	assert "Erfolgsquote" in german.html and not list(german.message.iter_attachments())
	assert frappe.db.exists("Error Log", {"method": ("like", "No PDF of %")})


# ------------------------------------------------------------- when it is made
def _months(prospect_list) -> list[str]:
	filters = {"prospect_list": prospect_list.name}
	return [f"{month:%Y-%m}" for month in frappe.get_all(DOCTYPE, filters, pluck="month", order_by="month")]


def test_what_failed_is_made_up_for_and_nothing_twice(april, clock):
	procedure = april.procedure
	frappe.db.set_value("Prospect List", april.name, "procedure", "Nobody's")
	frappe.db.commit()  # what fails is rolled back
	make_monthly()
	assert _months(april) == []
	frappe.db.set_value("Prospect List", april.name, "procedure", procedure)
	clock.at("2026-05-02 00:05")
	for _night in range(2):
		make_monthly()
		assert _months(april) == ["2026-04"]
	# While the scheduler was off, months ended; a list that is new has none to make up for.
	clock.at("2026-08-03 00:05")
	new = factories.prospect_list()
	for _night in range(2):
		make_monthly()
		assert _months(april) == ["2026-04", "2026-05", "2026-06", "2026-07"]
	assert _months(new) == []
	# A year at most.
	clock.at("2027-12-03 00:05")
	make_monthly()
	assert _months(april)[3:6] == ["2026-07", "2026-12", "2027-01"] and _months(april)[-1] == "2027-11"


def test_a_month_without_anything_reads_sensibly(april, clock):
	clock.at("2026-07-01 00:05")
	frappe.db.delete("Prospect List Entry", {"prospect_list": april.name})
	make_monthly()
	page = frappe.get_doc(DOCTYPE, f"{april.name} 2026-06").page()
	assert "no finding" in page and page.count("Nothing in this month.") == 4
	assert "None agreed yet." in page and "None %" not in page and "nan" not in page
	assert ">0 %" not in page, "of nothing there is no rate"


def test_numbers_are_written_as_the_site_writes_them(april):
	make_monthly()
	review = last_review()
	review.standards[0].kept = 66.7
	review.sources[0].received = 1200
	numbers = {"count": 1200, "sample": 1800, "share": 66.7, "goal": 90}
	review.append("findings", {"said": SUMMARY, "numbers": frappe.as_json(numbers)})
	page = review.page()
	assert "1.200 of 1.800 (66,7 %)" in page and ">66,7<" in page and ">1.200<" in page
	assert "66.7" not in page and "1,200" not in page


def test_a_procedure_changed_in_the_middle_of_the_month_is_named(april, clock):
	clock.at("2026-04-20 10:00")
	procedure = frappe.get_doc("Prospect Procedure", april.procedure)
	procedure.acknowledge_within = 8 * 3600
	procedure.save()
	clock.at("2026-05-01 00:05")
	make_monthly()
	page = last_review().page()
	assert "It was changed in this month, on 20.04.2026" in page and "8 hours" in page


def test_open_is_said_of_work_not_of_a_door(april):
	make_monthly()
	review = last_review()
	frappe.local.lang = "zh"
	page = review.page()
	frappe.local.lang = "en"
	assert "未结" in page and ">开<" not in page


def test_a_list_under_a_new_name_has_the_reviews_of_the_old_one(april, clock):
	make_monthly()
	for row in frappe.get_all("Prospect Review Standard", {"parent": last_review().name}, pluck="name"):
		frappe.db.set_value("Prospect Review Standard", row, {"met": 7, "missed": 3, "kept": 70})
	old = april.name
	new = frappe.rename_doc("Prospect List", old, f"{old} and more")
	clock.at("2026-06-01 00:05")
	make_monthly()
	may = frappe.get_doc(DOCTYPE, {"prospect_list": new, "month": "2026-05-01"})
	assert [(row.kept_before, row.judged_before) for row in may.standards] == [(70, 10)] * 3
	# And another list of the old name gets its own, though those of the first are called so.
	agent = april.agents[0].user
	other = factories.prospect_list(agent, title=old)
	frappe.db.set_value("Prospect List", other.name, "creation", "2026-04-15 10:00")
	frappe.get_doc(doctype=DOCTYPE, prospect_list=other.name, month="2026-04-01").insert()
	assert _months(other) == ["2026-04"]


def test_lists_with_reviews_of_the_same_month_are_not_merged(april):
	other = factories.prospect_list(april.agents[0].user)
	make_monthly()
	frappe.get_doc(doctype=DOCTYPE, prospect_list=other.name, month="2026-04-01").insert()
	with pytest.raises(frappe.ValidationError, match="have reviews of the same months"):
		frappe.rename_doc("Prospect List", other.name, april.name, merge=True)
	assert _months(other) == _months(april) == ["2026-04"]
