"""Files that no spreadsheet program wrote: refused in clear words, in bounded memory and time."""

import subprocess
import sys
import time
import zipfile
from pathlib import Path

import frappe
import pytest

from prospect_mgmt.importing import IMPORT
from tests import factories
from tests.site import importing, staff
from tests.stack.paths import CHECKOUT

MOST_MEMORY, MOST_SECONDS = 120 * 1024, 90  # KiB above what Python takes; seconds on a busy machine
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CELL = '<c t="inlineStr"><is><t>{}</t></is></c>'


@pytest.fixture
def prospects(isolated_site):
	staff.no_automatic_enrolment()
	return factories.prospect_list().name


def xlsx(path, rows, **parts: str | bytes):
	"""An XLSX file with the XML of these rows (an iterable of text); `parts` stand in place of others, or beside them."""
	from openpyxl import Workbook

	Workbook().save(path)
	with zipfile.ZipFile(path) as archive:
		kept = {name: archive.read(name) for name in archive.namelist() if "sheet1.xml" not in name}
	if place := parts.pop("[Content_Types].xml", None):
		parts["[Content_Types].xml"] = kept["[Content_Types].xml"].decode().replace("</Types>", place)
	with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
		for name, content in {**kept, **parts}.items():
			archive.writestr(name, content)
		with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
			sheet.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
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


def many_strings(path):
	return xlsx(path, [row("Contact", "E-mail")], **shared_strings("<si/>" * 1_000_001))


def shared_strings(content: str) -> dict[str, str]:
	"""What cells share, and its place in the archive."""
	types = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
	place = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{types}"/></Types>'
	return {"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{content}</sst>', "[Content_Types].xml": place}


def wide_row(path):
	return xlsx(path, ["<row>", *["".join(f'<c s="{n % 997}"/>' for n in range(1000))] * 200, "</row>"])


def many_styles(path):
	return xlsx(
		path,
		[row("Contact", "E-mail")],
		**{"xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{"<xf/>" * 200_000}</styleSheet>'},
	)


def hidden_entities(path):
	"""Behind a comment that is longer than anybody looks."""
	return xlsx(
		path,
		[row("Contact")],
		**{
			"xl/styles.xml": f'<!--{"x" * 70_000}--><!DOCTYPE a [<!ENTITY b "c">]><styleSheet xmlns="{MAIN}"/>'
		},
	)


def another_alphabet(path):
	"""XML that looks to us as if there were no row in it."""
	return xlsx(
		path,
		[row("Contact")],
		**{
			"xl/styles.xml": f'<?xml version="1.0" encoding="utf-16"?><styleSheet xmlns="{MAIN}"/>'.encode(
				"utf-16"
			)
		},
	)


def large_csv_cell(path):
	path.write_text("Contact,E-mail\n" + "x" * 10_000_000 + ",a@b.example\n")
	return path


def never_closed(path):
	path.write_text('Contact,E-mail\n"Anna,a@b.example\n' + "Bob,b@b.example\n" * 500_000)
	return path


def broken(path):
	"""A part of the archive that cannot be unpacked."""
	content = xlsx(path, [row("Contact", "E-mail"), *[row("Anna", "a@b.example")] * 200]).read_bytes()
	middle = content.index(b"xl/styles.xml") + 200
	path.write_bytes(content[:middle] + b"\xff" * 20 + content[middle + 20 :])
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
	many_strings: "holds more in one piece",
	wide_row: "holds more in one piece",
	many_styles: "holds more in one piece",
	hidden_entities: "defines XML entities",
	another_alphabet: "is damaged",
	broken: "is damaged (Error",
	large_csv_cell: "longer than 1,000,000 characters",
	never_closed: "field larger than field limit",
	no_text: "is no text file|not written in UTF-8",
	another_encoding: "not written in UTF-8",
	page_of_the_web: "is a web page",
}
OF_XLSX = (
	bomb,
	large_cell,
	blank_rows,
	many_strings,
	wide_row,
	many_styles,
	hidden_entities,
	another_alphabet,
	broken,
)
MEASURE = """
import resource, sys
import openpyxl
from prospect_mgmt.sheet import cli
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
code = cli.main(["check", sys.argv[1]])
print(code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def made(make, folder):
	return make(folder / ("list.xlsx" if make in OF_XLSX else "list.csv"))


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_the_tool_refuses_it_in_bounded_memory_and_time(make, tmp_path):
	done = subprocess.run(
		[sys.executable, "-c", MEASURE, made(make, tmp_path)],
		capture_output=True,
		text=True,
		timeout=MOST_SECONDS,
		cwd=CHECKOUT,
	)
	code, memory = done.stdout.split()
	assert any(words in done.stderr for words in HOSTILE[make].split("|")), done.stdout + done.stderr
	assert code == "2" and "Traceback" not in done.stderr
	assert int(memory) < MOST_MEMORY, f"{int(memory) // 1024} MiB"


def test_the_site_refuses_it_in_bounded_memory_and_time(prospects, http, web, worker, tmp_path):
	"""Uploaded over HTTP as a supervisor does it; what only the whole file shows, the rehearsal says."""
	boss = http("Administrator")
	assert (
		handed_in(boss, prospects, xlsx(tmp_path / "fine.xlsx", [row("Contact", "E-mail")]))["status"]
		== "New"
	)
	before = peak(web)
	names = {}
	for make in HOSTILE:
		started = time.monotonic()
		saved = handed_in(boss, prospects, made(make, tmp_path))
		assert time.monotonic() - started < MOST_SECONDS
		names[make] = saved["name"]
		if saved["status"] != "Refused":
			rehearsed = {"dt": IMPORT, "dn": names[make], "method": "rehearse"}
			assert boss.post("/api/method/run_doc_method", data=rehearsed).status_code == 200
		assert peak(web) - before < MOST_MEMORY, f"{make.__name__}: {(peak(web) - before) // 1024} MiB"
	worker(burst=True)
	frappe.db.rollback()
	for make, name in names.items():
		status, message = frappe.db.get_value(IMPORT, name, ["status", "message"])
		assert status == "Refused" and any(words in message for words in HOSTILE[make].split("|")), message
	assert not frappe.db.count(importing.ROW) and not frappe.db.count("Lead")


def handed_in(client, prospect_list: str, path) -> dict:
	"""The import of a file that was uploaded over HTTP."""
	with path.open("rb") as file:
		sent = {"files": {"file": (path.name, file)}, "data": {"is_private": 1}}
		uploaded = client.post("/api/method/upload_file", **sent)
	assert uploaded.status_code == 200, uploaded.text
	url = uploaded.json()["message"]["file_url"]
	answer = client.post("/api/resource/" + IMPORT, json={"prospect_list": prospect_list, "file": url})
	assert answer.status_code == 200, answer.text
	return answer.json()["data"]


def peak(web) -> int:
	"""The most memory that a worker of the web server ever took, in KiB."""
	master = web.process.pid
	workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
	lines = [line for pid in workers for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
	return max(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


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
