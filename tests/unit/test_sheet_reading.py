"""Files as they come, hostile ones too: read row by row, or refused with what to do."""

import tracemalloc
import zipfile
from itertools import pairwise

import pytest

from prospect_mgmt.sheet import entries, reading
from prospect_mgmt.sheet.reading import Spreadsheet, Unreadable
from tests.unit.sheets import RULES, read
from tests.workbooks import workbook

LINES = "Contact,Phone\nAnna Müller,0302312510\n"


def cells(path, encoding=None, sheet=None):
	return [row.cells for row in reading.rows(Spreadsheet(path, encoding, sheet))]


@pytest.mark.parametrize(
	("content", "encoding"),
	[
		(LINES.encode(), None),
		(LINES.encode("utf-8-sig"), None),
		(LINES.replace(",", ";").encode(), None),
		(LINES.replace(",", "\t").encode("utf-16"), None),
		(LINES.replace(",", "\t").encode("utf-16-le"), None),
		(LINES.encode("utf-16-be"), None),
		(("sep=;\n" + LINES.replace(",", ";")).encode(), None),
		(LINES.replace("\n", "\r\n").encode(), None),
		(LINES.encode("cp1252"), "cp1252"),
	],
)
def test_csv_in_all_its_forms(tmp_path, content, encoding):
	path = tmp_path / "list.csv"
	path.write_bytes(content)
	assert cells(path, encoding) == [["Contact", "Phone"], ["Anna Müller", "0302312510"]]


def test_rows_have_the_number_that_a_spreadsheet_program_shows(tmp_path):
	path = tmp_path / "list.csv"
	path.write_text('Contact,Notes\n\n,\nAnna,"two\nlines"\nBob,x\n')
	assert [row.line for row in reading.rows(Spreadsheet(path))] == [1, 4, 5]


@pytest.mark.parametrize(
	("content", "told"),
	[
		(b"", "is empty"),
		(b"\xd0\xcf\x11\xe0 old", "old Excel file"),
		(b"%PDF-1.7", "a PDF"),
		(b"<html><table>", "a web page"),
		(b"PK\x03\x04 broken", "damaged"),
		(b"Contact,Phone\nAnna\0,1\n", "no text file"),
		(b"Contact,Phone\nAnna," + b"1" * 40_000 + b"\n", "a cell of 40,000 characters"),
		(b"Contact,Phone\nAnna," + b"1" * 10_000_000 + b"\n", "longer than 1,000,000 characters"),
		(b'Contact,Phone\nAnna,"' + b"1\n" * 600_000, "quotation mark"),
		(b"Contact,Phone\n" + b"," * 2000 + b"x\n", "columns"),
	],
)
def test_what_cannot_be_a_list_is_refused(tmp_path, content, told):
	path = tmp_path / "list.csv"
	path.write_bytes(content)
	with pytest.raises(Unreadable, match=told):
		cells(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
	for path in (tmp_path / "none.csv", tmp_path):
		with pytest.raises(Unreadable):
			cells(path)


def test_a_wrong_encoding_is_refused_with_proposals_that_show_how_they_read(tmp_path):
	path = tmp_path / "list.csv"
	path.write_bytes(b"Contact,Phone\n" + b"Bob,1\n" * 5000 + LINES.encode("cp1252"))
	with pytest.raises(reading.WrongEncoding) as refused:
		cells(path)
	assert "Anna Müller" in dict(refused.value.readings)["cp1252"]


def test_an_encoding_that_does_not_exist_is_refused(tmp_path):
	path = tmp_path / "list.csv"
	path.write_text(LINES)
	with pytest.raises(Unreadable, match="not an encoding"):
		cells(path, "klingon")


def test_a_million_blank_rows_take_no_memory(tmp_path):
	path = tmp_path / "list.csv"
	path.write_text(LINES + ",\n" * 1_000_000)
	tracemalloc.start()
	try:
		found = sum(1 for _row in reading.rows(Spreadsheet(path)))
		_now, peak = tracemalloc.get_traced_memory()
	finally:
		tracemalloc.stop()
	assert found == 2
	assert peak < 2_000_000


def test_more_rows_than_a_sheet_can_have_are_refused(tmp_path):
	path = tmp_path / "list.csv"
	path.write_text(LINES + "\n" * reading.MOST_ROWS)
	with pytest.raises(Unreadable, match="more than 1,048,576 rows"):
		cells(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
	path = tmp_path / "list.xlsx"
	with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
		archive.writestr("xl/workbook.xml", b"<workbook/>")
		archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
	with pytest.raises(Unreadable, match="would unpack to"):
		cells(path)


def test_an_archive_that_is_broken_inside_is_refused(tmp_path):
	path = workbook(tmp_path / "list.xlsx", ("visible", ["Contact", "Phone"], ["Anna", "1"]))
	with zipfile.ZipFile(path) as archive:
		starts = sorted(part.header_offset for part in archive.infolist())
	content = path.read_bytes()
	for start, end in pairwise(starts):
		middle = (start + end) // 2
		path.write_bytes(content[:middle] + b"\xff" * 20 + content[middle + 20 :])
		with pytest.raises(Unreadable, match=r"damaged \(."):
			cells(path)


SHEET = ("visible", ["Contact", "Phone"], ["Anna", "1"])


@pytest.mark.parametrize(
	"before",
	[
		("visible", ["Our prospects"], ["by the sales team"]),
		("visible",),
		("hidden", ["Contact", "Phone"], ["Secret", "2"]),
	],
)
def test_the_list_may_stand_behind_another_sheet(tmp_path, before):
	found = cells(
		workbook(tmp_path / "list.xlsx", before, SHEET, ("visible", ["Contact", "Phone"], ["Bob", "3"]))
	)
	assert found == [["Contact", "Phone"], ["Anna", "1"]]


def sheet_of(name, state="visible"):
	return (state, ["Contact", "Phone"], [name, "1"])


@pytest.mark.parametrize("state", ["visible", "hidden", "veryHidden"])
@pytest.mark.parametrize(
	"name",
	[
		"2026",
		"2025 ",
		"LIST",
		"x" * 200,
		"<script>alert(1)</script>",
		"🦊 R&D = 'a'!",
		"two\nlines",
		"None",
	],
)
def test_a_sheet_is_read_by_its_exact_name(tmp_path, name, state):
	names = ("2025", "list", "List", name)
	sheets = [sheet_of("Anna"), sheet_of("Bob"), sheet_of("Cy"), sheet_of("Dee", state)]
	path = workbook(tmp_path / "list.xlsx", *sheets, names=names)
	found = [cells(path, sheet=each)[1][0] for each in names]
	assert found == ["Anna", "Bob", "Cy", "Dee"]
	on_view = names if state == "visible" else names[:3]
	assert reading.sheets(Spreadsheet(path)) == ("2025", list(on_view))
	assert reading.sheets(Spreadsheet(path, sheet=name)) == (name, list(on_view))


def test_the_sheet_that_is_said_to_be_read_is_the_one_that_is(tmp_path):
	sheets = (("visible", ["Our prospects"]), ("hidden", *SHEET[1:]), SHEET)
	path = workbook(tmp_path / "list.xlsx", *sheets, names=("Cover", "Old", "2026"))
	assert reading.sheets(Spreadsheet(path)) == ("2026", ["Cover", "2026"])
	assert cells(path) == cells(path, sheet="2026") and cells(path, sheet="Cover") == [["Our prospects"]]


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(tmp_path):
	path = workbook(tmp_path / "list.xlsx", SHEET, sheet_of("Bob", "hidden"), names=("2025", "Old\x9b"))
	with pytest.raises(Unreadable, match=r"no sheet “2027” in list\.xlsx; there are: 2025, Old\."):
		cells(path, sheet="2027")
	many = workbook(tmp_path / "many.xlsx", *[SHEET] * 30)
	with pytest.raises(Unreadable, match=r"Sheet9, …\."):
		reading.sheets(Spreadsheet(many, sheet="x" * 10_000))
	(tmp_path / "list.csv").write_text(LINES)
	assert reading.sheets(Spreadsheet(tmp_path / "list.csv")) == ("", ())
	with pytest.raises(Unreadable, match=r"no sheet “2025” in list\.csv: only a workbook"):
		cells(tmp_path / "list.csv", sheet="2025")


def test_chart_sheets_hold_no_list_and_break_nothing(tmp_path):
	openpyxl = pytest.importorskip("openpyxl")
	path = tmp_path / "charts.xlsx"
	book = openpyxl.Workbook()
	chart = book.create_chartsheet("Chart", 0)
	book.save(path)  # a chart sheet without a chart, at which openpyxl stumbles
	with pytest.raises(Unreadable, match="damaged"):
		cells(path)
	chart.add_chart(openpyxl.chart.BarChart())
	book.save(path)
	assert reading.sheets(Spreadsheet(path)) == ("Sheet", ["Sheet"])
	book.remove(book["Sheet"])
	book.save(path)
	for sheet in (None, "Chart"):
		with pytest.raises(Unreadable, match=r"charts\.xlsx has no sheet with rows"):
			cells(path, sheet=sheet)


def test_a_workbook_may_have_any_name_and_styled_cells_without_anything_in_them(tmp_path):
	path = workbook(tmp_path / "list.xlsx", ("visible", ["Contact", "Phone", *[""] * 2000], ["Anna", "1"]))
	path = path.rename(tmp_path / "list.xls")
	first, second = cells(path)
	assert (first[:2], second) == (["Contact", "Phone"], ["Anna", "1"]) and len(first) == reading.MOST_COLUMNS


@pytest.mark.parametrize(
	("part", "content", "told"),
	[
		("readme.txt", b"hello", "no XLSX file"),
		("xl/workbook.xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", "entities"),
	],
)
def test_other_archives_are_refused(tmp_path, part, content, told):
	path = tmp_path / "list.xlsx"
	with zipfile.ZipFile(path, "w") as archive:
		archive.writestr(part, content)
	with pytest.raises(Unreadable, match=told):
		cells(path)


def test_an_xlsx_file_is_read_like_a_csv_file(tmp_path):
	openpyxl = pytest.importorskip("openpyxl")
	book = openpyxl.Workbook()
	for row in (
		["Our list"],
		[],
		["Contact", "Phone", "Status", "Date"],
		["Anna", 493023125101, "Call(1)", entries.datetime(2026, 6, 1)],
	):
		book.active.append(row)
	book.active.merge_cells("A1:D1")
	book.active["A1000000"] = " "
	book.save(tmp_path / "list.xlsx")
	(entry,) = read(tmp_path / "list.xlsx").entries
	assert (entry.line, entry.lead_name, entry.phone, entry.number) == (
		4,
		"Anna",
		"493023125101",
		"LEAD-0001",
	)
	assert entry.first_contact_on == entries.datetime(2026, 6, 1)


def test_without_openpyxl_an_xlsx_file_says_what_it_needs(tmp_path, monkeypatch):
	monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
	path = tmp_path / "list.xlsx"
	with zipfile.ZipFile(path, "w") as archive:
		archive.writestr("xl/workbook.xml", b"<workbook/>")
	with pytest.raises(Unreadable, match="pip install openpyxl"):
		cells(path)


def test_progress_is_told_every_thousand_rows(tmp_path):
	path = tmp_path / "list.csv"
	path.write_text("Contact,E-mail\n" + "".join(f"P,p{n}@x.example\n" for n in range(2500)))
	told = []
	entries.read(Spreadsheet(path), entries.Options(RULES.stages), told.append)
	assert told == [1000, 2000]


def test_cells_merged_downwards_hold_for_each_of_their_rows(tmp_path):
	openpyxl = pytest.importorskip("openpyxl")
	book = openpyxl.Workbook()
	sheet = book.active
	sheet.append(["Prospects of the fair"])
	for row in (
		["Contact", "Phone", "Source"],
		["Anna", 493012345678, "Fair"],
		["Bob", 2, None],
		["Cy", 3, "Web"],
		["Dee", 4, None],
	):
		sheet.append(row)
	for area in ("A1:C1", "C3:C4", "C5:D6"):  # a title, one column, and a rectangle
		sheet.merge_cells(area)
	book.save(tmp_path / "list.xlsx")
	assert [row[:3] for row in cells(tmp_path / "list.xlsx")][2:] == [
		["Anna", 493012345678, "Fair"],
		["Bob", 2, "Fair"],
		["Cy", 3, "Web"],
		["Dee", 4, "Web"],
	]
