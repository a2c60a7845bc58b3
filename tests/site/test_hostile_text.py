"""Law 10: text from outside is data. Never a template, never HTML, never a formula, never a header; and no lead is lost."""

import csv
import html
import io
import json
import re

import frappe
import openpyxl
import pytest
from frappe.email.queue import flush
from frappe.utils import add_to_date, now_datetime
from frappe.utils.background_jobs import get_queue

from prospect_mgmt import mail, sweep
from prospect_mgmt.entry import people
from prospect_mgmt.sheet.writing import HARMLESS
from tests import factories
from tests.site import staff
from tests.site.staff import ENTRY, enquiry

TEMPLATE = "{{ 7*7 }}{% for x in frappe.get_all('User') %}{{ x }}{% endfor %}"
SCRIPT = "<script>alert(1)</script>"
IMAGE = '<img src=x onerror="alert(1)">'
FORMULA = "=cmd()|'/C calc'!A0"
HEADER = "Hello\r\nBcc: all@example.com\r\n\r\n<u>body</u>"
HOSTILE = {
	"template": TEMPLATE,
	"script": SCRIPT,
	"image": IMAGE,
	"formula": FORMULA,
	"plus": "+1+1",
	"at": "@SUM(1+1)",
	"long": "A very long name " * 12,
	"emoji": "Ada 🦊 Łovelace",
	"right to left": "Ada \u202egnp.exe",
	"nul": "Ada\0Lovelace",
	"header": HEADER,
	"quotes": 'O\'Neil "Bobby"; DROP TABLE tabLead; --',
}
ALL = " ".join(HOSTILE.values())
LIVE = re.compile(r"<\s*(script|img|u)\b", re.IGNORECASE)


@pytest.fixture
def team(stack):
	"""A list of a seller, with a mailbox; its mails may go out at any hour."""
	procedure = factories.procedure()
	procedure.send_mail_only_in_working_hours = 0
	procedure.save()
	factories.email_account(stack)
	seller = factories.user("Sales User").name
	prospect_list = factories.prospect_list(seller, supervisor=seller, procedure=procedure.name)
	return frappe._dict(seller=seller, list=prospect_list.name)


def assert_inert(text: str, where: str) -> None:
	"""HTML that a browser shows: nothing of ours came alive in it."""
	assert not LIVE.search(text or ""), f"{where}: {text}"
	assert "4949" not in text and "49{" not in text, f"{where}: {text}"
	assert not re.search(r"(?<![\d.:])49(?![\d.:])", re.sub(r"=\w+", "", text)), f"{where}: {text}"


def set_everything(entry, text: str) -> None:
	"""Put a text into the fields that people outside fill, past Frappe's own cleaning, as an import by SQL does."""
	values = {"lead_name": text[:140], "company_name": text[:140]}
	frappe.db.set_value("Lead", entry.lead, values | {"first_name": text[:140]}, update_modified=False)
	frappe.db.set_value(ENTRY, entry.name, values, update_modified=False)
	frappe.db.set_value("Prospect Requirement", {"parent": entry.name}, "detail", text)


# ------------------------------------------------------------- no lead is lost
@pytest.mark.parametrize("kind", HOSTILE)
def test_no_lead_is_lost_for_its_text(kind):
	"""What ERPNext itself refuses stays refused; what it takes is numbered and enrolled."""
	text = HOSTILE[kind]
	frappe.db.savepoint("lead")
	try:
		lead = factories.lead(first_name=text[:140], last_name=None, company_name=text[:140])
	except Exception:
		frappe.db.rollback(save_point="lead")
		_refused_without_us_too(text)
		return
	entry = frappe.get_doc(ENTRY, {"lead": lead.name})
	assert not frappe.get_all("Prospect Signal Failure", pluck="reason")
	assert entry.lead_name == frappe.db.get_value("Lead", lead.name, "lead_name")
	entry.log_call(text)
	entry.record_response(text)
	entry.close("Lost", "Price", text)
	assert frappe.db.exists("Prospect Interaction", {"entry": entry.name, "summary": text.replace("\0", "")})


def _refused_without_us_too(text: str) -> None:
	staff.no_automatic_enrolment()
	frappe.db.set_single_value("Prospect Management Settings", "number_leads", 0)
	with pytest.raises(Exception):
		factories.lead(first_name=text[:140], last_name=None, company_name=text[:140])


# ------------------------------------------------------------- mails
def test_a_courtesy_note_shows_hostile_text_and_runs_none(team, smtp, clock):
	clock.at("2026-06-08 10:00")
	entries = {}
	for kind, text in HOSTILE.items():
		entries[kind] = entry = enquiry(team.list, team.seller, detail="x")
		entry.record_message("Our price list")
		set_everything(entry, text)
	clock.forward(hours=48)
	frappe.db.commit()
	assert not sweep.run().errors
	flush()
	for kind, entry in entries.items():
		[note] = smtp.wait_for(1, to=entry.email_id)
		ours = note.html[note.html.find("<p") :].split("</td>")[0]  # without Frappe's frame
		assert_inert(ours, kind)
		assert "\n" not in note.subject and "49" not in note.subject.replace(entry.lead, ""), kind
		assert not note.message.get_all("Bcc") and note.recipients == (entry.email_id,), kind


def test_every_shipped_template_shows_hostile_text_and_runs_none(team):
	entry = enquiry(team.list, team.seller, detail="x")
	for kind, text in HOSTILE.items():
		entry.log_call(text)
		set_everything(entry, text)
		doc = frappe.get_doc(ENTRY, entry.name)
		for template in frappe.get_all("Email Template", pluck="name", order_by="name"):
			subject, body, _used = mail.render(doc, template)
			assert_inert(body, f"{template}, {kind}")
			assert "\n" not in mail.with_number(subject, entry.lead) and "\0" not in mail.with_number(
				subject, entry.lead
			)


def test_what_was_said_is_mailed_and_exported_as_it_was_typed(team, http):
	"""Frappe keeps a text with a tag in it escaped: it is not escaped once more."""
	typed = 'Ada <ada@example.com>: 4 < 5 & "a" &copy=1 <script>'
	entry = enquiry(team.list, team.seller, detail=typed)
	entry.log_call(typed)
	stored = frappe.db.get_value("Prospect Interaction", {"entry": entry.name}, "summary")
	assert "&lt;script&gt;" in stored
	assert (mail.context(entry)["summary"], mail.context(entry)["questions"]) == (typed, [typed])
	body = mail.render(entry, "Prospect Information")[1]
	assert html.escape(typed) in body and "&amp;lt;" not in body
	manager = http(factories.user("Sales Manager").name)
	of_interactions = ("Prospect Interaction", ("summary",))
	rows = list(csv.reader(io.StringIO(exported(manager, "CSV", *of_interactions).decode())))
	assert typed in [row[-1] for row in rows]
	sheet = openpyxl.load_workbook(io.BytesIO(exported(manager, "Excel", *of_interactions))).active
	assert typed in [row[-1].value for row in sheet.iter_rows()]


def test_what_an_agent_writes_is_sent_as_written(team, smtp):
	"""A template in a mail of a person is text; what is no mail (scripts) is taken out, and a subject is one line."""
	entry = enquiry(team.list, team.seller)
	entry.send_information(HEADER + TEMPLATE, f"<p>{html.escape(TEMPLATE)}</p>{SCRIPT}{IMAGE}<p>Regards</p>")
	flush()
	[information] = smtp.wait_for(1, to=entry.email_id)
	assert "7*7" in information.subject and "Bcc: all@example.com" in information.subject
	assert not information.message.get_all("Bcc") and information.recipients == (entry.email_id,)
	assert "{{ 7*7 }}" in html.unescape(information.html) and "Regards" in information.html
	assert "<script" not in information.html and "onerror" not in information.html


# ------------------------------------------------------------- the Desk
def test_what_the_desk_shows_as_html_is_inert(team):
	"""Notifications, comments, assignments, workflow: whatever came in as a name, an answer, a note."""
	entry = enquiry(team.list, team.seller, detail="x")
	for text in HOSTILE.values():
		set_everything(entry, text)
		doc = frappe.get_doc(ENTRY, entry.name)
		doc.log_call(text)
		doc.record_response(text)
		doc.assign(None, text)
		doc.assign(team.seller, text)
		doc.pause(add_to_date(now_datetime(), years=1), text)
		doc.close("Lost", "Price", text)
		doc.record_response(text)
		doc.reopen()
	for row in frappe.get_all("Notification Log", ["subject", "email_content"], order_by="creation"):
		assert_inert(row.subject, "notification")
		assert_inert(row.email_content or "", "notification")
	for content in frappe.get_all(
		"Comment", {"reference_name": entry.name}, pluck="content", order_by="creation"
	):
		assert_inert(content, "comment")
	for description in frappe.get_all(
		"ToDo", {"reference_name": entry.name}, pluck="description", order_by="creation"
	):
		assert_inert(description, "assignment")


def test_an_assignment_by_rule_is_inert(team):
	rule = frappe.get_doc(
		"Assignment Rule", frappe.db.get_value("Prospect List", team.list, "assignment_rule")
	)
	rule.update({"disabled": 0, "description": "Work {{ lead_name }} of {{ company_name }}"})
	rule.save()
	for text in (TEMPLATE, IMAGE, FORMULA, HOSTILE["quotes"]):
		entry = enquiry(team.list, company_name=text[:140])
		assert entry.agent == team.seller
		for description in frappe.get_all(
			"ToDo", {"reference_name": entry.name}, pluck="description", order_by="creation"
		):
			assert_inert(description, "assignment")


def test_who_is_told_of_an_assignment_by_rule_reads_a_name_as_text(team):
	rule = frappe.db.get_value("Prospect List", team.list, "assignment_rule")
	frappe.db.set_value("Assignment Rule", rule, "disabled", 0)
	frappe.clear_document_cache("Assignment Rule", rule)
	entry = enquiry(team.list, first_name="{{ 7*7 }}", last_name='"&" Sons')
	frappe.db.commit()
	[told] = [
		job.kwargs["kwargs"]
		for job in get_queue("default").jobs
		if job.kwargs["method"] == "prospect_mgmt.entry.people.tell_assigned"
	]
	people.tell_assigned(**told)
	[subject] = staff.told(team.seller)
	assert entry.name in subject and "{{ 7*7 }} &quot;&amp;&quot; Sons" in subject


def test_refusals_repeat_hostile_text_as_text(team, http):
	entry = enquiry(team.list, team.seller)
	browser = http(team.seller)
	frappe.db.commit()
	for method, arguments in {
		"log_call": {"summary": "x", "result": SCRIPT},
		"record_response": {"content": "x", "channel": IMAGE},
		"close": {"outcome": IMAGE},
		"assign": {"agent": IMAGE},
		"pause": {"until": IMAGE, "reason": "x"},
		"log_call ": {"summary": "x", "occurred_on": SCRIPT},
	}.items():
		data = {"dt": ENTRY, "dn": entry.name, "method": method.strip(), "args": json.dumps(arguments)}
		answer = browser.post("/api/method/run_doc_method", data=data)
		assert answer.status_code == 417, answer.text
		for message in json.loads(answer.json()["_server_messages"]):
			assert_inert(json.loads(message)["message"], method)


def test_a_failed_step_says_so_as_text(team, clock):
	"""An address that is none, with markup in it: the reason stands in the ledger and in the supervisor's notification."""
	clock.at("2026-06-08 10:00")
	entry = enquiry(team.list, team.seller)
	entry.send_information("Our price list", "<p>Here it is.</p>")
	frappe.db.set_value(ENTRY, entry.name, "email_id", f"{IMAGE}@example.com")
	clock.forward(hours=48)
	frappe.db.commit()
	sweep.run()
	for row in frappe.get_all("Notification Log", ["subject", "email_content"], order_by="creation"):
		assert_inert(row.subject, "notification")
		assert_inert(row.email_content or "", "notification")


def test_a_printed_enquiry_is_inert(team, http):
	"""Frappe prints what is stored, and cleans it when it is stored: so through the documents, as people write."""
	entry = enquiry(team.list, team.seller, detail=ALL)
	lead = frappe.get_doc("Lead", entry.lead)
	lead.update({"company_name": f"{SCRIPT}{IMAGE}"[:140], "first_name": f"{TEMPLATE}{SCRIPT}"[:140]})
	lead.save()
	entry.log_call(ALL)
	frappe.db.commit()
	query = {"doc": ENTRY, "name": entry.name}
	answer = http(team.seller).get("/api/method/frappe.www.printview.get_html_and_style", params=query)
	shown = answer.json()["message"]["html"]
	assert "{{ 7*7 }}" in shown
	assert "<script>alert" not in shown and not re.search(r"<[^>]*onerror", shown)


# ------------------------------------------------------------- spreadsheets
def exported(
	browser, file_format: str, doctype: str = ENTRY, fields: tuple = ("lead_name", "company_name", "phone")
):
	columns = json.dumps([f"`tab{doctype}`.`{field}`" for field in fields])
	data = {
		"doctype": doctype,
		"fields": columns,
		"filters": "[]",
		"file_format_type": file_format,
		"title": "x",
	}
	answer = browser.post("/api/method/frappe.desk.reportview.export_query", data=data)
	assert answer.ok, answer.text
	return answer.content


def test_an_exported_list_holds_no_formula(team, http):
	entries = []
	for text in HOSTILE.values():
		entry = enquiry(team.list, team.seller, detail="x")
		entry.log_call(text)
		set_everything(entry, text.replace("\0", ""))
		frappe.db.set_value(ENTRY, entry.name, "phone", "+1+1")
		entries.append(entry)
	browser = http(team.seller)

	for doctype, fields in (
		(ENTRY, ("lead_name", "company_name", "phone")),
		("Prospect Interaction", ("summary", "channel")),
	):
		rows = list(csv.reader(io.StringIO(exported(browser, "CSV", doctype, fields).decode())))
		assert len(rows) == len(entries) + 1
		starts = {cell[0] for row in rows for cell in row if cell and not HARMLESS.fullmatch(cell)}
		assert not starts & set("=+-@"), doctype
		sheet = openpyxl.load_workbook(io.BytesIO(exported(browser, "Excel", doctype, fields))).active
		assert sheet.max_row == len(entries) + 1
		assert not [cell.value for row in sheet.iter_rows() for cell in row if cell.data_type == "f"], doctype
	assert any(FORMULA in cell for row in rows for cell in row), "the text itself is there"


def taken_out(browser, doctype: str = ENTRY, **arguments):
	"""What the Data Export tool asks for."""
	data = {"doctype": doctype, "all_doctypes": "true", "with_data": 1, "file_type": "CSV", **arguments}
	return browser.post("/api/method/frappe.core.doctype.data_export.exporter.export_data", data=data)


@pytest.mark.parametrize("doctype", [ENTRY, "Prospect Interaction"])
def test_the_data_export_tool_writes_no_formula(team, http, doctype):
	entry = enquiry(team.list, team.seller, detail=FORMULA)
	entry.log_call(FORMULA)
	set_everything(entry, FORMULA)
	browser = http("Administrator")
	rows = list(csv.reader(io.StringIO(taken_out(browser, doctype).text)))
	assert any(f"'{FORMULA}" in cell for row in rows for cell in row), "the text itself is there"
	starts = {cell[0] for row in rows for cell in row if cell and not HARMLESS.fullmatch(cell)}
	assert not starts & set("=+-@")
	answer = taken_out(browser, doctype, file_type="Excel")
	sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
	assert FORMULA in {cell.value for row in sheet.iter_rows() for cell in row}
	assert not [cell.value for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_the_data_export_tool_asks_for_the_right_to_what_it_exports(team, http):
	"""Frappe asks for the right to another DocType, which the caller names; tables it reads without asking (amounts)."""
	agent = factories.user("Prospect Agent").name
	enquiry(team.list, agent, detail="x")
	frappe.db.commit()
	for doctype in (ENTRY, "Prospect Requirement"):
		answer = taken_out(http(agent), doctype, parent_doctype="Notification Log")
		assert answer.status_code == 403, answer.text[:500]
	assert taken_out(http(agent), "Notification Log").status_code == 200
	assert taken_out(http(team.seller)).status_code == 200


@pytest.mark.parametrize("file_type", ["CSV", "Excel"])
def test_what_a_stranger_wrote_is_no_formula_where_erpnext_keeps_it(http, team, file_type):
	"""Handed in with a key, exported as ERPNext's own records: a list, the Data Export tool, a report."""
	sent = {"name": FORMULA, "company": FORMULA, "email": "a@x.example", "message": FORMULA}
	answer = http(factories.capture_key(), key=True).post("/api/method/prospect_mgmt.api.capture", json=sent)
	lead = answer.json()["message"]["lead"]
	frappe.db.rollback()
	written = {
		"subject": FORMULA,
		"sender": "a@x.example",
		"content": FORMULA,
		"sent_or_received": "Received",
	}
	frappe.get_doc(doctype="Communication", reference_doctype="Lead", reference_name=lead, **written).insert()
	frappe.db.commit()
	browser = http("Administrator")
	files = {
		"leads": exported(browser, file_type, "Lead", ("lead_name", "company_name")),
		"contacts": exported(browser, file_type, "Contact", ("first_name", "company_name")),
		"messages": exported(browser, file_type, "Communication", ("subject",)),
		"data": taken_out(browser, "Lead", file_type=file_type).content,
		"report": as_report(browser, "Lead Details", file_type),
	}
	for door, content in files.items():
		if file_type == "CSV":
			cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
			assert f"'{FORMULA}" in cells and FORMULA not in cells, door
		else:
			sheet = openpyxl.load_workbook(io.BytesIO(content)).active
			cells = [cell for row in sheet.iter_rows() for cell in row]
			assert FORMULA in [cell.value for cell in cells], door
			assert not [cell.value for cell in cells if cell.data_type == "f"], door


def as_report(browser, report: str, file_type: str) -> bytes:
	filters = {"company": factories.COMPANY, "from_date": "2000-01-01", "to_date": "2100-01-01"}
	data = {"report_name": report, "filters": json.dumps(filters), "file_format_type": file_type}
	data |= {"visible_idx": "[0, 1, 2]", "include_indentation": 0}
	answer = browser.post("/api/method/frappe.desk.query_report.export_query", data=data)
	assert answer.ok, answer.text
	return answer.content


def test_lists_of_others_are_exported_as_frappe_does(http, team):
	frappe.get_doc({"doctype": "Opportunity Lost Reason", "lost_reason": "-10 % asked"}).insert()
	assert '"-10 % asked"' in taken_out(http("Administrator"), "Opportunity Lost Reason").text
	answer = exported(http("Administrator"), "CSV", "Opportunity Lost Reason", ("lost_reason",))
	assert b'"-10 % asked"' in answer


# ------------------------------------------------------------- mail that comes in
def test_a_mail_with_hostile_name_subject_and_body_is_taken_in_as_text(team):
	from frappe.email.receive import InboundMail

	account = frappe.get_doc("Email Account", {"default_outgoing": 1})
	entry = enquiry(team.list, team.seller)
	entry.send_information("Our price list", "<p>Here it is.</p>")
	raw = (
		f'From: "{TEMPLATE} {FORMULA}" <{entry.email_id}>\r\nTo: {account.email_id}\r\n'
		f"Subject: {TEMPLATE} {IMAGE} [{entry.lead}]\r\nMessage-ID: <1@example.com>\r\n"
		f"Content-Type: text/html\r\n\r\n{SCRIPT}{IMAGE}{TEMPLATE}\r\n"
	)
	communication = InboundMail(raw.encode(), account).process()
	communication.db_set({"reference_doctype": "Lead", "reference_name": entry.lead})
	from prospect_mgmt.signals import communication as signal

	signal.after_insert(communication)
	summary = frappe.db.get_value(
		"Prospect Interaction", {"entry": entry.name, "direction": "Incoming"}, "summary"
	)
	assert "{{ 7*7 }}" in summary and "<script" not in summary
	for subject in staff.told(team.seller):
		assert_inert(subject, "notification")


def test_a_file_with_a_hostile_name_stays_a_file(team, http):
	entry = enquiry(team.list, team.seller)
	values = {"file_name": "x{{7*7}}'-alert(1).txt", "content": "x", "is_private": 1}
	file = frappe.get_doc(
		{"doctype": "File", "attached_to_doctype": ENTRY, "attached_to_name": entry.name, **values}
	).insert()
	frappe.db.commit()
	answer = http(team.seller).get(
		"/api/method/prospect_mgmt.panel.draft_information", params={"entry": entry.name}
	)
	assert [row["file_name"] for row in answer.json()["message"]["files"]] == [file.file_name]
