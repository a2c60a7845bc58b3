"""The Prospect List goes out in the classic columns: CSV or XLSX, of any length, safe, to whom it belongs."""

import csv
import io
from contextlib import contextmanager
from datetime import datetime

import frappe
import pytest

from prospect_mgmt import export
from prospect_mgmt.entry import start
from prospect_mgmt.sheet import entries, reading
from tests import factories
from tests.site import importing, staff
from tests.site.test_hostile_text import taken_out

CLASSIC = ["Contact", "Source", "Interest", "Status", "Quote amount", "Quote ID", "Quote link", "Sale value", "Invoice ID", "Invoice link"]  # fmt: skip


@pytest.fixture
def team(isolated_site):
	"""A list with an agent from outside, a seller, and three enquiries; one has a quotation."""
	staff.no_automatic_enrolment()
	agent, seller = factories.user("Prospect Agent").name, factories.user("Sales User").name
	prospects = factories.prospect_list(agent, seller).name
	other = factories.prospect_list().name
	for name, on in (("Anna", prospects), ("=1+1", prospects), ("Carla", other)):
		lead = factories.lead(
			first_name=name, last_name="X", mobile_no="+49 30 23125101" if name == "Anna" else None
		)
		start.enrol(lead, on, detail="Spare parts")
		if name == "Anna":
			factories.quotation(lead, rate=1234.5)
	frappe.db.commit()
	return frappe._dict(agent=agent, seller=seller, list=prospects)


def exported(client, **arguments) -> list[dict]:
	answer = client.get("/api/method/prospect_mgmt.export.export_entries", params=arguments)
	assert answer.ok and "attachment" in answer.headers["Content-Disposition"]
	return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_classic_columns_for_those_who_see_the_list(team, http):
	rows = exported(http(team.seller), file_format="CSV")
	assert set(CLASSIC) <= set(rows[0])
	by_contact = {row["Contact"]: row for row in rows}
	assert set(by_contact) == {"Anna X", "'=1+1 X"}
	anna = by_contact["Anna X"]
	assert (anna["Status"], anna["Interest"], anna["Quote amount"]) == ("Call (1)", "Spare parts", "1234.5")
	assert anna["Quote ID"].startswith("SAL-QTN") and anna["Quote link"].endswith(anna["Quote ID"])
	assert anna["Quote link"].startswith("http")


def test_who_took_the_list_out_is_in_the_access_log(team, http):
	said = frappe.as_json({"prospect_list": team.list})
	rows = exported(http(team.seller), filters=said, file_format="CSV")
	assert http(team.agent).get("/api/method/prospect_mgmt.export.export_entries").status_code == 403
	frappe.db.rollback()
	fields = ["user", "export_from", "file_type", "report_name", "filters"]
	[log] = frappe.get_all("Access Log", {"user": ("in", [team.seller, team.agent])}, fields)
	assert (log.user, log.export_from, log.file_type) == (team.seller, "Prospect List Entry", "CSV")
	assert team.list in log.filters and len(rows) == 2


def test_filters_of_any_kind_are_understood_or_refused(team, http):
	client = http("Administrator")
	entry = frappe.get_doc("Prospect List Entry", {"lead_name": "Anna X"})
	entry.append("requirements", {"detail": "Spare parts too"})
	entry.save()
	frappe.db.commit()
	said = ["Prospect Requirement", "detail", "like", "Spare%"]
	rows = exported(client, filters=frappe.as_json([said, ["lead_name", "=", "Anna X"]]))
	assert [row["Contact"] for row in rows] == ["Anna X"]  # not once for each of her requirements
	assert len(exported(client, filters=frappe.as_json({"prospect_list": team.list}))) == 2
	for broken in (
		"{",
		"[1, 2]",
		'["lead_name"]',
		'"x"',
		"7",
		'[["no such field", "=", 1]]',
		'[["lead_name", "near", 1]]',
	):
		answer = client.get("/api/method/prospect_mgmt.export.export_entries", params={"filters": broken})
		assert answer.status_code == 417, (broken, answer.status_code, answer.text[-300:])


def test_a_csv_file_is_on_its_way_before_the_last_row_is_read(team, monkeypatch):
	monkeypatch.setattr(export, "PAGE", 1)
	monkeypatch.setattr(export, "PIECE", 10)
	read = []
	page = export._page
	monkeypatch.setattr(export, "_page", lambda *of: read.append(of) or page(*of))
	pieces = iter(export.export_entries(file_format="CSV").response)
	assert next(pieces) and len(read) == 1
	assert b"Carla" in b"".join(pieces) and len(read) == 4


def test_who_may_not_export_is_refused_and_amounts_are_for_those_who_read_them(team, http):
	refused = http(team.agent).get("/api/method/prospect_mgmt.export.export_entries")
	assert refused.status_code == 403
	with no_amounts("Sales User"):
		rows = exported(http(team.seller), file_format="CSV")
	assert "Quote amount" not in rows[0] and "Contact" in rows[0]


@contextmanager
def no_amounts(role: str):
	"""An admin takes amounts from a role."""

	def let_read(allowed: int) -> None:
		level = {"parent": "Prospect List Entry", "role": role, "permlevel": 1}
		frappe.db.rollback()
		frappe.db.set_value("DocPerm", level, "read", allowed)
		frappe.db.commit()
		frappe.clear_cache(doctype="Prospect List Entry")

	let_read(0)
	try:
		yield
	finally:
		let_read(1)


def test_frappes_own_exports_hold_no_amounts_for_those_who_may_not_read_them(team, http):
	"""Its Data Export tool reads tables without asking for the level of a field."""
	seller = http(team.seller)
	tables = ("Prospect List Entry", "Prospect Entry Document", "Prospect Answer Promise")
	chosen = frappe.as_json(
		{"Prospect List Entry": ["lead_name"], "Prospect Entry Document": ["amount", "document"]}
	)
	assert "1234.5" in taken_out(seller).text and "1234.5" in taken_out(seller, select_columns=chosen).text
	with no_amounts("Sales User"):
		for doctype in tables:
			for arguments in (
				{},
				{"select_columns": chosen},
				{"parent_doctype": "Prospect List Entry"},
				{"filters": "{}"},
			):
				answer = taken_out(seller, doctype, **arguments)
				assert "1234" not in answer.text and "SAL-QTN" not in answer.text, (doctype, arguments)
		text = taken_out(seller).text
		assert "Anna X" in text and "Spare parts" in text  # what they may read is there
	assert taken_out(http(team.agent)).status_code == 403


def test_an_xlsx_file_holds_text_and_no_formula(team, http):
	from openpyxl import load_workbook

	answer = http(team.seller).get(
		"/api/method/prospect_mgmt.export.export_entries", params={"file_format": "XLSX"}
	)
	cells = [cell for row in load_workbook(io.BytesIO(answer.content)).active.iter_rows() for cell in row]
	assert "=1+1 X" in [cell.value for cell in cells]
	assert not [cell for cell in cells if cell.data_type == "f"]


def test_an_xlsx_file_holds_each_value_as_it_is(tmp_path, monkeypatch):
	"""What is no text in XML is left out, what is longer than a cell is cut; read by others and by ourselves."""
	from openpyxl import load_workbook

	monkeypatch.setattr(export, "PAGE", 2)  # several pieces
	hostile = ["=1+1", '<b> & "q"', " spaces ", "two\nlines", "a\x00b\ufffe\ud800c", "😀 合计", "x" * 40_000]
	rows = [
		["Contact", "Amount", "When", "Empty", "Text"],
		*([text, 12.5, datetime(2026, 6, 1, 9, 30), None, ""] for text in hostile),
	]
	path = tmp_path / "list.xlsx"
	with export.as_file("list.xlsx", rows) as response:
		path.write_bytes(b"".join(response.response))
	sheet = load_workbook(path).active
	read = list(sheet.iter_rows(values_only=True))
	assert [row[0] for row in read[1:]] == [*hostile[:4], "abc", hostile[5], "x" * 32_767]
	assert read[0][:5] == tuple(rows[0])
	assert {row[1:4] for row in read[1:]} == {(12.5, "2026-06-01 09:30", None)}
	assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
	ours = [row.cells for row in reading.rows(reading.Spreadsheet(path))]
	assert ours[6][:3] == ["😀 合计", 12.5, "2026-06-01 09:30"] and len(ours) == 8


def test_what_goes_out_comes_in_again_as_what_is_there_already(team, http, tmp_path, monkeypatch):
	monkeypatch.setattr(export, "PAGE", 2)  # several pages
	response = export.export_entries(file_format="CSV")
	path = tmp_path / "out.csv"
	path.write_bytes(b"".join(response.response))
	sheet = entries.read(
		reading.Spreadsheet(path), entries.Options(("Call", "Email", "Follow up", "Revive", "Done"))
	)
	assert len(sheet.entries) == 3
	assert [entry.problems for entry in sheet.entries] == [[], [], []]
	doc = importing.rehearse(importing.upload(team.list, path.read_bytes()))
	assert {row[1] for row in importing.rows(doc)} == {"Duplicate"}
