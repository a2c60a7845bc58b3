"""A workbook with several sheets: it is said which one is read, another is chosen, each comes onto the list by an import of its own."""

from pathlib import Path

import frappe
import pytest

from prospect_mgmt import privacy
from prospect_mgmt.importing import IMPORT, run
from tests import factories
from tests.site import importing, staff
from tests.workbooks import workbook

HEADINGS = ["Contact", "E-mail", "First contact"]
OF_2025 = ("visible", HEADINGS, ["Anna Weber", "anna@x.example", "2025-06-01"])
OF_2026 = (
	"visible",
	["Our prospects"],
	["Kontakt", "Firma", "E-Mail"],
	["Bob Miller", "Miller", "bob@x.example"],
	["Cleo Stark", "Stark", "cleo@x.example"],
)
SECRET = ("hidden", HEADINGS, ["Dora Stein", "dora@x.example", "2025-06-02"])
NAMES = ("2025", "2026", "Old")


@pytest.fixture
def prospects(isolated_site):
	staff.no_automatic_enrolment()
	return factories.prospect_list().name


@pytest.fixture
def content(tmp_path) -> bytes:
	return workbook(tmp_path / "list.xlsx", OF_2025, OF_2026, SECRET, names=NAMES).read_bytes()


def upload(prospect_list: str, content: bytes, **fields):
	return importing.upload(prospect_list, content, "list.xlsx", **fields)


def headings(doc) -> list[str]:
	return [row.heading for row in doc.columns]


def who(doc) -> list[str]:
	return [name for (name,) in importing.rows(doc, "lead_name")]


def test_each_sheet_is_read_and_imported_by_an_import_of_its_own(prospects, content):
	doc = upload(prospects, content)
	assert (doc.status, doc.sheet, doc.sheets, doc.headings_row) == ("New", "2025", "2025\n2026", 1)
	assert headings(doc) == HEADINGS
	doc = importing.rehearse(doc)
	assert (who(doc), doc.total) == (["Anna Weber"], 1)

	# when another sheet is chosen, its headings are read, and nothing stays of the first
	doc.sheet = "2026"
	doc.save()
	assert (doc.status, doc.headings_row, doc.total, who(doc)) == ("New", 2, 0, [])
	assert headings(doc) == ["Kontakt", "Firma", "E-Mail"]
	doc.columns[1].field = None
	doc.save()
	assert doc.columns[1].field is None  # what a person corrected is not read anew
	doc = importing.start(importing.rehearse(doc))
	assert importing.rows(doc, "line", "lead_name", "company_name", "status") == [
		(3, "Bob Miller", None, "Imported"),
		(4, "Cleo Stark", None, "Imported"),
	]
	assert (doc.sheet, doc.sheets) == ("2026", "2025\n2026")

	# and the other two by imports of the same file, a hidden one too
	for sheet, name in (("2025", "Anna Weber"), ("Old", "Dora Stein")):
		other = upload(prospects, content, sheet=sheet)
		assert (other.file, other.sheet, other.sheets) == (doc.file, sheet, "2025\n2026")
		other = importing.start(importing.rehearse(other))
		assert importing.rows(other, "line", "lead_name", "status") == [(2, name, "Imported")]
	assert frappe.db.count("Prospect List Entry", {"prospect_list": prospects}) == 4


def test_a_workbook_of_one_sheet_and_a_csv_file_have_nothing_to_choose(prospects, content, tmp_path):
	one = workbook(tmp_path / "one.xlsx", OF_2025, SECRET).read_bytes()
	for single in (one, importing.csv_of({"Contact": "Anna", "E-mail": "anna@x.example"})):
		doc = upload(prospects, single)
		assert doc.status == "New" and not doc.sheet and "\n" not in doc.sheets
	# and a new file leaves nothing of what was found in the one before
	doc = upload(prospects, content, sheet="2026")
	doc.file = upload(prospects, one).file
	doc.save()
	assert (doc.status, doc.sheet, doc.sheets, doc.headings_row) == ("New", None, "Sheet", 1)
	old_excel = {
		"doctype": "File",
		"file_name": "old.xls",
		"content": b"\xd0\xcf\x11\xe0 old",
		"is_private": 1,
	}
	doc.file = frappe.get_doc(old_excel).insert().file_url
	doc.save()
	assert (doc.status, doc.sheets) == ("Refused", None)


def test_of_a_file_that_was_mended_the_same_sheet_is_read(prospects, content, tmp_path):
	doc = upload(prospects, content, sheet="2026")
	mended = (*OF_2026, ["Eva Lang", "Lang", "eva@x.example"])
	doc.file = upload(
		prospects, workbook(tmp_path / "mended.xlsx", OF_2025, mended, names=NAMES).read_bytes()
	).file
	doc.save()
	assert (doc.status, doc.sheet, doc.headings_row) == ("New", "2026", 2)
	assert who(importing.rehearse(doc)) == ["Bob Miller", "Cleo Stark", "Eva Lang"]


def test_a_copy_finds_its_sheet_and_headings_itself(prospects, content):
	copy = frappe.copy_doc(upload(prospects, content, sheet="2026"), ignore_no_copy=False)
	copy.insert()
	assert (copy.sheet, copy.headings_row, headings(copy)) == ("2025", 1, HEADINGS)


def test_a_sheet_that_is_not_there_is_refused_in_words(prospects, content, http):
	"""Over REST, where nobody offers names; the form then offers those that there are."""
	doc = upload(prospects, content)
	boss = http("Administrator")
	place = f"/api/resource/{IMPORT}/{doc.name}"

	def put(**values):
		answer = boss.put(place, json=values)
		assert answer.status_code == 200, answer.text
		return frappe._dict(answer.json()["data"])

	saved = put(sheet="2027", sheets="2027\n2028")
	assert (saved.status, saved.sheets, saved.columns) == ("Refused", "2025\n2026", [])
	assert "no sheet “2027” in list" in saved.message and "there are: 2025, 2026, Old." in saved.message
	answer = boss.post(
		"/api/method/run_doc_method", data={"dt": IMPORT, "dn": doc.name, "method": "rehearse"}
	)
	assert answer.status_code == 200
	doc = importing.work(doc)
	assert doc.status == "Refused" and "no sheet “2027”" in doc.message
	saved = put(sheet="")
	assert (saved.status, saved.sheet) == ("New", "2025")
	saved = put(sheet="<script>alert(1)</script>")
	assert saved.status == "Refused" and "<" not in saved.message + saved.sheet
	answer = boss.put(place, json={"sheet": "x" * 141})
	assert answer.status_code == 417 and "140" in answer.text
	csv = importing.upload(prospects, importing.csv_of({"Contact": "Anna"}), sheet="2025")
	assert csv.status == "Refused" and "only a workbook (XLSX) has sheets" in csv.message


def test_any_name_can_be_chosen_as_it_is_offered(prospects, tmp_path):
	names = (
		"List",
		"LIST",
		"2026 ",
		"2026",
		"<img src=x onerror=alert(1)>",
		"🦊 R&D = 'a'",
		"x" * 200,
		"two\nlines",
	)
	sheets = [("visible", HEADINGS[:2], [f"Person {at}", f"p{at}@x.example"]) for at in range(len(names))]
	doc = upload(prospects, workbook(tmp_path / "list.xlsx", *sheets, names=names).read_bytes())
	offered = frappe.db.get_value(IMPORT, doc.name, "sheets").split("\n")
	assert len(offered) == len(names) and "<" not in "".join(offered)
	for at, name in enumerate(offered):
		doc.sheet = name
		doc = importing.rehearse(doc.save())
		assert (doc.sheet, who(doc)) == (name, [f"Person {at}"])


def test_of_very_many_sheets_a_hundred_are_offered_and_any_can_be_named(prospects, tmp_path):
	names = tuple(f"{'🦊' * 150}" if at < 110 else f"Sheet {at}" for at in range(120))
	doc = upload(prospects, workbook(tmp_path / "list.xlsx", *[OF_2025] * 120, names=names).read_bytes())
	assert doc.reload().status == "New" and doc.sheets.count("\n") == 99
	doc.sheet = "Sheet 119"
	assert importing.rehearse(doc.save()).status == "Rehearsed"


# ------------------------------------------------------------- whoever is made nobody
def path_of(doc) -> Path:
	return Path(frappe.get_doc("File", {"file_url": doc.file}).get_full_path())


def forget(doc) -> None:
	privacy.forget(importing.rows(doc, "lead")[0][0], "They asked")
	frappe.db.commit()


def test_the_file_goes_for_whichever_of_its_sheets_others_have_it(prospects, content):
	"""Imported, or still to be: none of their rows is the person's, but the file is."""
	doc, imported = (
		importing.start(importing.rehearse(upload(prospects, content, sheet=sheet)))
		for sheet in ("2025", "Old")
	)
	waiting, begun = (
		importing.rehearse(upload(prospects, content, sheet="2026")),
		upload(prospects, content, sheet="Old"),
	)
	path = path_of(doc)
	forget(doc)
	for over in (doc.reload(), imported.reload()):
		assert (over.file, over.sheet, over.sheets) == (None, None, None)
	waiting = importing.start(waiting)
	assert [status for (status,) in importing.rows(waiting, "status")] == ["Imported", "Imported"]
	assert path.exists() and not waiting.file  # another import waits for it
	importing.start(importing.rehearse(begun))
	assert not path.exists() and not frappe.db.exists("File", {"file_name": ("like", "list%")})


def test_where_somebody_was_made_nobody_the_sheet_stays(prospects, content):
	"""Their row would come in again, by its number on another sheet or for want of it."""
	doc = importing.rehearse(upload(prospects, content, sheet="2026"))
	factories.prospect_list(title="Others")
	other = importing.start(importing.rehearse(upload("Others", content, sheet="2026")))
	forget(other)
	doc.reload()
	assert doc.forgotten_rows == "[3]"
	doc.sheet = "2025"
	with pytest.raises(frappe.ValidationError, match="was anonymised, so its sheet stays"):
		doc.save()
	doc = importing.rehearse(doc.reload())
	assert importing.rows(doc, "line", "verdict") == [(3, "Left out"), (4, "Duplicate")]


def test_numbers_of_rows_on_a_sheet_that_was_left_count_no_more(prospects, content):
	doc = importing.rehearse(upload(prospects, content, sheet="Old"))
	doc.sheet = "2025"
	doc.save()
	lead = factories.lead(email_id="dora@x.example")
	privacy.forget(lead.name, "They asked")
	doc = importing.rehearse(doc.reload())
	assert (doc.forgotten_rows, importing.rows(doc, "line", "verdict")) == (None, [(2, "New lead")])


def test_whoever_was_made_nobody_stays_out_of_imports_of_the_same_sheet_that_know_no_row_yet(
	prospects, content
):
	factories.prospect_list(title="Others")
	begun = upload("Others", content, sheet="2026")
	of_another_sheet = upload("Others", content, sheet="2025")
	forget(importing.start(importing.rehearse(upload(prospects, content, sheet="2026"))))
	begun = importing.rehearse(begun)
	assert importing.rows(begun, "line", "verdict", "lead_name")[0] == (3, "Left out", None)
	assert (begun.forgotten_rows, of_another_sheet.reload().forgotten_rows) == ("[3]", "[]")
	assert [column.examples for column in begun.columns] == [None, None, None]
	# nor do the examples of the columns show them when these are read anew
	for line in (1, 2):
		begun.headings_row = line
		begun.save()
	assert [column.examples for column in begun.columns] == ["Cleo Stark", "Stark", "cleo@x.example"]


def test_whoever_is_made_nobody_during_a_rehearsal_stays_out(prospects, content, monkeypatch):
	factories.prospect_list(title="Others")
	known = importing.start(importing.rehearse(upload(prospects, content, sheet="2026")))
	doc = upload("Others", content, sheet="2026")
	before_progress = run._show

	def forget_once(*progress):
		monkeypatch.setattr(run, "_show", before_progress)
		forget(known)

	monkeypatch.setattr(run, "_show", forget_once)
	doc = importing.rehearse(doc)
	assert (doc.status, doc.forgotten_rows, doc.columns[0].examples) == ("Rehearsed", "[3]", None)
	assert not doc.start_import()  # it is rehearsed once more
	doc = importing.work(doc)
	assert importing.rows(doc, "line", "verdict", "lead_name")[0] == (3, "Left out", None)


@pytest.mark.parametrize("how", ["delete", "another file"])
def test_the_file_goes_also_when_it_is_not_imported_after_all(prospects, content, how, tmp_path):
	"""Its import is deleted, or gets another file: nobody else would let it go."""
	forgotten = factories.lead(email_id="bob@x.example", lead_name="Bob Miller")
	doc = importing.rehearse(upload(prospects, content, sheet="2026"))
	imported = importing.start(importing.rehearse(upload(prospects, content, sheet="2025")))
	path = path_of(imported)
	privacy.forget(forgotten.name, "They asked")
	assert doc.reload().forgotten_rows == "[3]" and path.exists()
	if how == "delete":
		doc.delete()
	else:
		doc.file = upload(prospects, workbook(tmp_path / "one.xlsx", OF_2025).read_bytes()).file
		doc.save()
		assert doc.reload().file and doc.forgotten_rows is None and path_of(doc).exists()
	frappe.db.commit()
	assert not path.exists() and not imported.reload().file
