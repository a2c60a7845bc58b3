"""Files that no spreadsheet program wrote: refused in clear words, in bounded memory and time."""

import subprocess
import sys
import zipfile

import pytest

from tests import factories
from tests.site import importing, staff
from tests.stack.paths import CHECKOUT

MOST_MEMORY, MOST_SECONDS = 120 * 1024, 90  # KiB above what Python takes; seconds on a busy machine
CELL = '<c t="inlineStr"><is><t>{}</t></is></c>'


@pytest.fixture
def prospects(isolated_site):
	staff.no_automatic_enrolment()
	return factories.prospect_list().name


def xlsx(path, rows, **parts: str):
	"""An XLSX file with the XML of these rows (an iterable of text)."""
	from openpyxl import Workbook

	Workbook().save(path)
	with zipfile.ZipFile(path) as archive:
		kept = {name: archive.read(name) for name in archive.namelist() if "sheet1.xml" not in name}
	with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
		for name, content in kept.items():
			archive.writestr(name, parts.get(name, content))
		with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
			main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
			sheet.write(f'<worksheet xmlns="{main}"><sheetData>'.encode())
			for row in rows:
				sheet.write(row.encode())
			sheet.write(b"</sheetData></worksheet>")
	return path


def row(*cells: str) -> str:
	return f"<row>{''.join(CELL.format(cell) for cell in cells)}</row>"


def bomb(path):
	return xlsx(path, ("<row>" + "<c/>" * 250_000 + "</row>" for _n in range(400)))


def large_cell(path):
	return xlsx(path, [row("Contact", "E-mail"), row("x" * 10_000_000, "a@b.example")])


def blank_rows(path):
	return xlsx(path, [row("Contact", "E-mail"), *["<row></row>" * 1000] * 1049, row("Anna", "a@b.example")])


def large_csv_cell(path):
	path.write_text("Contact,E-mail\n" + "x" * 10_000_000 + ",a@b.example\n")
	return path


def never_closed(path):
	path.write_text('Contact,E-mail\n"Anna,a@b.example\n' + "Bob,b@b.example\n" * 500_000)
	return path


def no_text(path):
	path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100)
	return path


def another_encoding(path):
	path.write_bytes("Contact,E-mail\nJörg Müller,j@m.example\n".encode("cp1252"))
	return path


def page_of_the_web(path):
	path.write_text("<html><table><tr><td>Contact</td></tr></table></html>")
	return path


HOSTILE = {
	bomb: "would unpack to",
	large_cell: "a cell of 10,000,000 characters",
	blank_rows: "more than 1,048,576 rows",
	large_csv_cell: "longer than 1,000,000 characters",
	never_closed: "field larger than field limit",
	no_text: "is no text file|not written in UTF-8",
	another_encoding: "not written in UTF-8",
	page_of_the_web: "is a web page",
}
MEASURE = """
import resource, sys
import openpyxl
from pathlib import Path
from prospect_mgmt.sheet import reading
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
	for row in reading.rows(Path(sys.argv[1])): pass
except reading.Unreadable as problem:
	said = str(problem)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, said)
"""


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_it_is_refused_in_bounded_memory_and_time(make, tmp_path):
	path = make(tmp_path / "list.xlsx" if make in (bomb, large_cell, blank_rows) else tmp_path / "list.csv")
	done = subprocess.run(
		[sys.executable, "-c", MEASURE, path],
		capture_output=True,
		text=True,
		timeout=MOST_SECONDS,
		cwd=CHECKOUT,
	)
	memory, _space, said = done.stdout.partition(" ")
	assert any(words in said for words in HOSTILE[make].split("|")), done.stdout + done.stderr
	assert int(memory) < MOST_MEMORY, f"{int(memory) // 1024} MiB"


def test_the_form_says_what_is_wrong_and_which_encoding_would_do(prospects, tmp_path):
	doc = importing.upload(prospects, another_encoding(tmp_path / "list.csv").read_bytes())
	assert doc.status == "Refused" and "cp1252 reads" in doc.message and "Jörg Müller" in doc.message
	doc.encoding = "cp1252"
	assert importing.rehearse(doc.save()).status == "Rehearsed"


def test_what_would_be_a_formula_or_html_stays_text(prospects, http):
	rows = [
		{
			"Contact": "=cmd|' /C calc'!A0",
			"E-mail": "a@a.example",
			"Company": "<script>alert(1)</script>",
			"Notes": "{{ 7*7 }}",
		},
		{
			"Contact": "@SUM(A1)",
			"E-mail": "b@b.example",
			"Company": "+1+1",
			"Notes": "<img src=x onerror=alert(1)>",
		},
	]
	doc = importing.start(importing.rehearse(importing.upload(prospects, importing.csv_of(*rows))))
	import frappe

	assert [status for *_row, status, _number in importing.rows(doc)] == ["Imported"] * 2
	names = frappe.get_all(
		"Lead", {"email_id": ("in", ("a@a.example", "b@b.example"))}, ["lead_name", "company_name"]
	)
	assert not any("<" in (lead.company_name or "") for lead in names)
	notes = frappe.get_all("Comment", {"reference_doctype": "Prospect List Entry"}, pluck="content")
	assert any("{{ 7*7 }}" in note for note in notes) and not any("<img" in note for note in notes)
	for method, arguments in (
		("importing.form.get_file", {"name": doc.name}),
		("export.export_entries", {"file_format": "CSV"}),
	):
		text = (
			http("Administrator")
			.get(f"/api/method/prospect_mgmt.{method}", params=arguments)
			.content.decode("utf-8-sig")
		)
		assert "'=cmd" in text and "'@SUM" in text and ",=cmd" not in text, method
