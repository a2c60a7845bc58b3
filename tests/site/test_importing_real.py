"""Lists as people keep them: handed in, rehearsed and imported over HTTP by a Sales User who supervises the list."""

from datetime import datetime

import frappe
import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from prospect_mgmt.importing import IMPORT
from tests import factories
from tests.site import importing, staff
from tests.site.test_importing_hostile import handed_in

ENTRY = "Prospect List Entry"


@pytest.fixture
def boss(isolated_site, http):
	"""A supervisor who is nothing but a Sales User, and the list."""
	staff.no_automatic_enrolment()
	user = factories.user("Sales User").name
	prospects = factories.prospect_list(user, supervisor=user).name
	frappe.db.commit()
	return frappe._dict(user=user, list=prospects, client=http(user))


def imported(boss, worker, path) -> dict[str, dict]:
	"""{e-mail: what the row became}, rehearsed and imported over HTTP."""
	name = handed_in(boss.client, boss.list, path)["name"]
	for method, status in (("rehearse", "Rehearsed"), ("start_import", "Imported")):
		answer = boss.client.post(
			"/api/method/run_doc_method", data={"dt": IMPORT, "dn": name, "method": method}
		)
		assert answer.status_code == 200, answer.text
		worker(burst=True)
		frappe.db.rollback()
		found = frappe.db.get_value(IMPORT, name, ["status", "message"])
		assert found[0] == status, found
	rows = importing.rows(frappe.get_doc(IMPORT, name), "line", "verdict", "to_mend", "lead")
	for _line, _verdict, _to_mend, lead in rows:
		print(_line, _verdict, _to_mend, lead)
	fields = ["name", "lead_name", "company_name", "email_id", "mobile_no"]
	leads = frappe.get_all("Lead", {"name": ("in", [row[3] for row in rows if row[3]])}, fields)
	for lead in leads:
		entry = frappe.get_doc(ENTRY, {"lead": lead.name})
		lead.update(stage=entry.stage, first_contact_on=entry.first_contact_on)
		said = {"reference_doctype": ENTRY, "reference_name": entry.name, "comment_type": "Info"}
		lead.said = " ".join(frappe.get_all("Comment", said, pluck="content"))
	shown = boss.client.get(f"/api/resource/{ENTRY}", params={"limit_page_length": 0}).json()["data"]
	assert len(shown) >= len(leads)  # who imported them works them
	return {lead.email_id: lead for lead in leads}


def workbook(path, *rows, **settings):
	book = Workbook()
	for name, value in settings.items():
		setattr(book, name, value)
	for row in rows:
		book.active.append(row)
	return book, path


def test_a_german_workbook_with_groups_of_headings_numbers_and_totals(boss, worker, tmp_path):
	long = "Élodie Übergröße " * 12
	book, path = workbook(
		tmp_path / "liste.xlsx",
		["Interessentenliste 2026 – Vertrieb Süd"],
		[None, "Person", None, None, None, None, "Vorgang", None, None, None, "Wert"],
		["Nr.", "Ansprechpartner", "E-Mail-Adresse", "Telefon", "Handy", None, "Status", "Erstkontakt", "Bemerkung", None, "Angebotswert"],
		["A-1", "Jürgen Müßig", "juergen@x.example", 4.915112345678e12, None, None, "Call(1)", datetime(2026, 6, 1), "ruft zurück", None, "1.234,50 €"],
		["A-2", long, "elodie@x.example", "0049 (0)30 / 123 45 67", "0151 5550101", None, "Anruf(1)", "05.06.2026", "😀 sehr nett", None, 12000],
		["A-3", "Frau Dr. Ina Kurz", "ina@x.example", "4,91512E+11", None, None, "Call(1)", 46180, None, None, None],
		["A-4", "Otto Ohne", "otto@x.example", None, "0151 5550102", None, "Call(1)", datetime(2026, 6, 2), None, None, None],
		[None] * 11,
		["Summe", None, None, 4, None, None, None, None, "4 Einträge", None, "13.234,50 €"],
	)  # fmt: skip
	for cells in ("A1:K1", "B2:F2", "G2:J2"):
		book.active.merge_cells(cells)
	book.save(path)
	found = imported(boss, worker, path)
	assert set(found) == {"juergen@x.example", "elodie@x.example", "ina@x.example", "otto@x.example"}
	assert {lead.name for lead in found.values()} == {"A-1", "A-2", "A-3", "A-4"}
	juergen, elodie, ina, otto = (found[f"{who}@x.example"] for who in ("juergen", "elodie", "ina", "otto"))
	assert (juergen.mobile_no, elodie.mobile_no) == ("+4915112345678", "+49301234567")
	assert (ina.mobile_no, otto.mobile_no) == (None, "+491515550102")
	assert "Handy: 0151 5550101" in elodie.said and "😀 sehr nett" in elodie.said
	assert "4,91512E+11" in ina.said and "1234.50" in juergen.said
	assert len(elodie.lead_name) == 140 and {lead.stage for lead in found.values()} == {"Call"}
	days = [str(lead.first_contact_on.date()) for lead in (juergen, elodie, ina)]
	assert days == ["2026-06-01", "2026-06-05", "2026-06-07"]


def test_a_chinese_workbook(boss, worker, tmp_path):
	book, path = workbook(
		tmp_path / "名单.xlsx",
		["姓名", "电话", "邮箱", "公司", "状态", "首次联系日期", "备注"],
		["王小明", "+86 138 0013 8000", "wang@x.example", "北京有限公司", "Call(1)", "2026年6月1日", "😀"],
		["李娜", "+86 139 0013 9000", "li@x.example", None, "Call(1)", "2026/6/2", None],
		["合计", "2", None, None, None, None, None],
	)
	book.save(path)
	found = imported(boss, worker, path)
	assert set(found) == {"wang@x.example", "li@x.example"}
	wang = found["wang@x.example"]
	assert (wang.lead_name, wang.company_name, wang.mobile_no) == ("王小明", "北京有限公司", "+8613800138000")
	assert [str(lead.first_contact_on.date()) for lead in found.values()] in (
		["2026-06-01", "2026-06-02"],
		["2026-06-02", "2026-06-01"],
	)


def test_a_workbook_of_the_old_mac_with_days_since_1904(boss, worker, tmp_path):
	book, path = workbook(
		tmp_path / "mac.xlsx",
		["Name", "Email", "Status", "First contact"],
		["Mac User", "mac@x.example", "Call(1)", datetime(2026, 6, 1, 9, 30)],
		epoch=CALENDAR_MAC_1904,
	)
	book.save(path)
	assert str(imported(boss, worker, path)["mac@x.example"].first_contact_on) == "2026-06-01 09:30:00"


@pytest.mark.parametrize(
	("name", "encoding", "separator"),
	[("list.csv", "utf-16", "\t"), ("list.txt", "utf-16-le", "\t"), ("list.csv", "utf-8-sig", ";")],
)
def test_text_files_of_other_programs(boss, worker, tmp_path, name, encoding, separator):
	"""Two headings mean the address: the first that is filled in counts."""
	rows = [
		["Vorname", "Name", "E-Mail", "Email", "Stufe", "Datum", "", ""],
		["Änne", "Öz 😀", "", "aenne@x.example", "Call (1)", "01.06.2026", "", ""],
		["Bob", "B" * 200, "bob@x.example", "b2@x.example", "Call(1)", "2.6.26", "", ""],
	]
	path = tmp_path / name
	path.write_bytes("\r\n".join(separator.join(row) for row in rows).encode(encoding))
	found = imported(boss, worker, path)
	assert found["aenne@x.example"].lead_name == "Änne Öz 😀"
	assert "Email: b2@x.example" in found["bob@x.example"].said
	assert str(found["bob@x.example"].first_contact_on.date()) == "2026-06-02"


def test_two_columns_that_only_one_can_be_are_asked_about(boss, worker, tmp_path):
	path = tmp_path / "list.csv"
	path.write_text("Name,E-mail,Status,Stand\nAnna,a@x.example,Call(1),Email(2)\n")
	doc = handed_in(boss.client, boss.list, path)
	columns = doc["columns"]
	assert [row.get("field") for row in columns] == ["Contact", "E-mail", "Status", None]
	columns[3]["field"] = "Status"
	saved = boss.client.put(f"/api/resource/{IMPORT}/{doc['name']}", json={"columns": columns})
	assert saved.status_code == 200, saved.text
	boss.client.post(
		"/api/method/run_doc_method", data={"dt": IMPORT, "dn": doc["name"], "method": "rehearse"}
	)
	worker(burst=True)
	frappe.db.rollback()
	status, message = frappe.db.get_value(IMPORT, doc["name"], ["status", "message"])
	assert status == "Refused" and "Several columns are read as Status" in message
