"""What comes out: the list written back, the review page, the command line and its exit codes."""

import csv
import os
import re
import runpy
import subprocess
import sys
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from prospect_mgmt.procedure import review
from prospect_mgmt.sheet import charts, review_page, writing
from prospect_mgmt.sheet.cli import main
from prospect_mgmt.sheet.deciding import decide
from prospect_mgmt.sheet.reading import Unreadable
from tests.unit.sheets import EXAMPLE, RULES, TODAY, read, write
from tests.workbooks import workbook

CHECKOUT = Path(__file__).parents[2]
AS_OF = ["--today", "2026-06-17"]


@pytest.mark.parametrize(
	("cell", "written"),
	[
		("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
		("+cmd()", "'+cmd()"),
		("-2+3+cmd()", "'-2+3+cmd()"),
		("@SUM(A1)", "'@SUM(A1)"),
		("\t=1", "'\t=1"),
		("  =1+1", "'  =1+1"),
		("+49 3023125101", "+49 3023125101"),
		("-12.50", "-12.50"),
		("Anna", "Anna"),
		(None, ""),
	],
)
def test_no_cell_becomes_a_formula(cell, written):
	assert writing.safe(cell) == written


def test_the_example_written_back_holds_no_formula_and_reads_the_same_again(tmp_path):
	out = tmp_path / "out.csv"
	assert main(["check", str(EXAMPLE), *AS_OF, "--write", str(out)]) == 1
	with out.open(encoding="utf-8-sig", newline="") as file:
		cells = [cell for row in csv.reader(file) for cell in row]
	assert not [
		c for c in cells if c.lstrip()[:1] in tuple("=+-@\t") and not re.fullmatch(r"[+-]?[\d .,]+", c)
	]
	first, again = read(EXAMPLE).entries, read(out).entries
	same = (
		"number",
		"lead_name",
		"email_id",
		"stage",
		"outcome",
		"first_contact_on",
		"information_sent_on",
		"quoted_amount",
		"notes",
	)
	assert [[getattr(e, f) for f in same] for e in again] == [[getattr(e, f) for f in same] for e in first]
	assert [bool(e.duplicate_of) for e in again] == [bool(e.duplicate_of) for e in first]


def test_writing_back_twice_changes_nothing_more(tmp_path):
	first, second = tmp_path / "1.csv", tmp_path / "2.csv"
	main(["check", str(EXAMPLE), *AS_OF, "--write", str(first)])
	main(["check", str(first), *AS_OF, "--write", str(second)])
	assert len(first.read_text().splitlines()) == len(second.read_text().splitlines()) == 58
	assert first.read_text().splitlines()[0] == second.read_text().splitlines()[0]


def test_what_could_not_be_read_stays_and_unknown_columns_are_kept(tmp_path):
	path = write(
		tmp_path / "list.csv",
		{"Contact": "Anna", "E-mail": "anna(", "Status": "???", "Date": "2026-06-01", "Shoes": "42"},
	)
	main(["check", str(path), *AS_OF, "--write", str(tmp_path / "out.csv")])
	with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
		(row,) = csv.DictReader(file)
	assert (row["E-mail"], row["Status"], row["Shoes"], row["Lead number"]) == (
		"anna(",
		"???",
		"42",
		"LEAD-0001",
	)
	assert "is no status" in row["To mend"]


def test_the_list_is_never_written_over_itself(tmp_path):
	path = write(tmp_path / "list.csv", {"Contact": "Anna", "E-mail": "a@x.example"})
	before = path.read_bytes()
	sheet = read(path)
	with pytest.raises(Unreadable, match="never written over"):
		writing.write(sheet, [decide(e, RULES, TODAY) for e in sheet.entries], RULES, path)
	assert path.read_bytes() == before
	assert os.listdir(tmp_path) == ["list.csv"]


# The review


class Page(HTMLParser):
	"""The tags of a page, what they load, and its text."""

	def __init__(self, content: str):
		super().__init__()
		self.tags, self.loads, self.words = [], [], []
		self.feed(content)

	def handle_starttag(self, tag, attrs):
		self.tags.append(tag)
		self.loads += [
			value for name, value in attrs if name in ("src", "href", "xlink:href", "onload", "onclick")
		]

	def handle_data(self, data):
		self.words.append(data)


def decisions(path=EXAMPLE):
	sheet = read(path)
	return [decide(entry, RULES, TODAY, sheet.has_agents) for entry in sheet.entries]


def test_the_figures_of_the_page_are_those_of_the_reference():
	found = review_page.records(decisions())
	figures = found.figures(date(2026, 5, 1))
	assert figures == review.figures(found.enquiries, found.acts, (), *review_page.bounds(date(2026, 5, 1)))
	counted = {
		name: figures[name] for name in ("received", "acknowledged_late", "won", "sale_value", "closed")
	}
	assert counted == {"received": 15, "acknowledged_late": 2, "won": 3, "sale_value": 31050.5, "closed": 9}
	page = " ".join(Page(review_page.page(decisions(), date(2026, 5, 1), TODAY, RULES, "Us")).words)
	assert "31,050.50" in page


def test_spam_and_duplicates_are_in_no_figure(tmp_path):
	anna = {"Contact": "Anna", "E-mail": "a@x.example", "Date": "2026-05-04"}
	rows = [
		anna,
		{**anna, "Date": "2026-05-05"},
		{
			"Contact": "S",
			"E-mail": "s@y.example",
			"Date": "2026-05-06",
			"Status": "Spam",
			"Done on": "2026-05-06",
		},
	]
	figures = review_page.records(decisions(write(tmp_path / "l.csv", *rows))).figures(date(2026, 5, 1))
	assert (figures["received"], figures["closed"]) == (1, 0)


def test_the_page_loads_nothing_and_runs_nothing(tmp_path):
	bad = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
	row = {
		"Contact": bad,
		"E-mail": "a@x.example",
		"Date": "2026-05-04",
		"Status": "Lost",
		"Done on": "2026-05-09",
	}
	path = write(tmp_path / "l.csv", {**row, "Source": bad, "Agent": bad, "Lost reason": bad})
	page = Page(review_page.page(decisions(path), date(2026, 5, 1), TODAY, RULES, bad))
	assert page.loads == []
	assert {"script", "img", "link", "iframe"}.isdisjoint(page.tags)
	assert (page.tags.count("figure"), page.tags.count("svg")) == (5, 4)
	assert bad in page.words


def test_a_month_without_anything_still_gives_a_page(tmp_path):
	path = write(tmp_path / "l.csv", {"Contact": "Anna", "E-mail": "a@x.example"})
	assert "Nothing in this month" in review_page.page(decisions(path), date(2026, 5, 1), TODAY, RULES, "Us")


def test_the_rate_of_nothing_is_blank():
	"""In March the example has no enquiry; in May two of fifteen were late."""
	words = Page(review_page.page(decisions(), date(2026, 3, 1), TODAY, RULES, "Us")).words
	assert "0 %" not in words and words[words.index("Success rate") - 1] == "–"
	words = Page(review_page.page(decisions(), date(2026, 5, 1), TODAY, RULES, "Us")).words
	assert words[words.index("Acknowledged in time") - 1] == "86.7 %"


@pytest.mark.parametrize(
	("month", "back", "first"),
	[
		(date(2026, 1, 31), 1, date(2025, 12, 1)),
		(date(2026, 12, 5), -1, date(2027, 1, 1)),
		(date(2026, 6, 1), 12, date(2025, 6, 1)),
	],
)
def test_months(month, back, first):
	assert review_page.earlier(month, back) == first


def test_nothing_kept_of_what_was_promised_is_no_month_without_promises():
	assert "Nothing in this month." in charts.bars("Kept", {}, whole=100)
	drawn = charts.bars("Kept", {"Acknowledge": 0.0, "Satisfy": 50.0}, whole=100)
	assert "Nothing" not in drawn and "Acknowledge: 0; Satisfy: 50" in drawn
	room = charts.BARS_WIDTH - charts.LABELS - charts.VALUES
	assert re.findall(r'<rect [^>]*width="([\d.]+)"', drawn) == ["0.0", f"{room / 2:.1f}"]
	assert "Nothing" not in charts.bars("Kept", {"Acknowledge": 0.0}, whole=100)
	assert "Nothing" in charts.bars("Calls", {"Ann": 0})


def test_many_bars_are_summed_up():
	drawn = charts.bars("Sources", {f"s{n}": 1 for n in range(30)}, most=5)
	assert ("others: 26" in drawn, drawn.count("<rect")) == (True, 5)


# The command line


@pytest.mark.parametrize(
	("arguments", "code"),
	[
		(["check", "good.csv"], 0),
		(["check", "bad.csv"], 1),
		(["worklist", "bad.csv"], 0),
		(["worklist", "none.csv"], 2),
		(["worklist", "."], 2),
		(["check", "good.csv", "--procedure", "good.csv"], 2),
		(["check", "good.csv", "--write", "missing/out.csv"], 2),
		(["check", "headless.csv"], 2),
		(["check", "empty.csv"], 2),
	],
)
def test_exit_codes(tmp_path, monkeypatch, capsys, arguments, code):
	monkeypatch.chdir(tmp_path)
	write(
		tmp_path / "good.csv",
		{"Contact": "Anna", "E-mail": "a@x.example", "Date": "2026-06-16", "Status": "Call(1)"},
	)
	write(tmp_path / "bad.csv", {"Contact": "Anna", "E-mail": "nonsense"})
	(tmp_path / "headless.csv").write_text("Anna,17\n")
	(tmp_path / "empty.csv").write_text("Contact,E-mail\n")
	assert main([*arguments, *AS_OF]) == code
	assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
	"arguments",
	[
		[],
		["dance", "x.csv"],
		["check"],
		["check", "x.csv", "--today", "soon"],
		["review", "x.csv", "--month", "May"],
		["check", "x.csv", "--column", "A=b"],
		["check", "x.csv", "--country-code", "Germany"],
	],
)
def test_a_command_that_is_not_understood(arguments, capsys):
	with pytest.raises(SystemExit) as stopped:
		main(arguments)
	assert stopped.value.code == 2


@pytest.mark.parametrize(
	("arguments", "told"),
	[
		(["worklist", "--agent", "Tim"], "has the agent Tim; there are: Priya, Tom."),
		(["check", "--column", "Kunde=lead_name"], "no column “Kunde”"),
	],
)
def test_a_name_that_is_not_in_the_list_is_said(arguments, told, capsys):
	assert main([*arguments, str(EXAMPLE), *AS_OF]) == 2
	assert told in capsys.readouterr().err


YEARS = [
	("visible", ["Contact", "E-mail", "First contact"], ["Anna", "a@x.example", "2025-06-01"]),
	("visible", ["Contact", "E-mail", "First contact"], ["Bob", "b@x.example", "2026-06-01"]),
]


def test_which_sheet_was_read_is_said_and_another_can_be_named(tmp_path, capsys, monkeypatch):
	monkeypatch.setenv("COLUMNS", "300")
	path, out = (
		workbook(tmp_path / "list.xlsx", *YEARS, names=("2025", "<2026> \x9b🦊")),
		tmp_path / "out.csv",
	)
	main(["check", str(path), *AS_OF])
	assert "\nSheet: 2025. Not read: <2026> 🦊. For one of those: --sheet NAME\n" in capsys.readouterr().out
	main(["check", str(path), *AS_OF, "--sheet", "<2026> \x9b🦊", "--write", str(out)])
	assert "\nSheet: <2026> 🦊. Not read: 2025. For" in capsys.readouterr().out
	assert "Bob" in out.read_text() and "Anna" not in out.read_text()
	main(["worklist", str(path), *AS_OF, "--sheet", "2025"])
	printed = capsys.readouterr().out
	assert "Anna" in printed and "Bob" not in printed
	assert main(["check", str(path), *AS_OF, "--sheet", "2024"]) == 2
	assert "There is no sheet “2024” in list.xlsx; there are: 2025, <2026> 🦊." in capsys.readouterr().err


@pytest.mark.parametrize("state", ["hidden", None])
def test_nothing_is_said_of_sheets_where_one_is_on_view(tmp_path, capsys, state):
	sheets = [YEARS[0], (state, *YEARS[1][1:])] if state else YEARS[:1]
	main(["check", str(workbook(tmp_path / "list.xlsx", *sheets)), *AS_OF])
	main(["check", str(EXAMPLE), *AS_OF])
	assert "Sheet" not in capsys.readouterr().out


def test_a_list_of_one_column_is_read_once_it_is_named(tmp_path, capsys):
	path = write(tmp_path / "list.csv", {"Newsletter": "a@x.example"})
	assert main(["check", str(path), *AS_OF]) == 2
	main(["check", str(path), *AS_OF, "--column", "Newsletter=email_id"])
	assert "1 enquiry" in capsys.readouterr().out


def test_the_worklist_of_one_agent(capsys):
	main(["worklist", str(EXAMPLE), *AS_OF, "--agent", "tom"])
	printed = capsys.readouterr().out
	assert "Worklist of tom" in printed
	assert "Agent: Tom" in printed
	assert "Agent: Priya" not in printed


def test_try_needs_nothing_but_python(tmp_path):
	command = [
		sys.executable,
		"-S",
		"-m",
		"prospect_mgmt.sheet",
		"try",
		str(EXAMPLE),
		*AS_OF,
		"--into",
		str(tmp_path / "out"),
	]
	environment = {"PYTHONPATH": str(CHECKOUT), "PYTHONTZPATH": "", "PYTHONIOENCODING": "ascii"}
	done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
	assert (done.returncode, done.stderr) == (0, "")
	assert "docs/spreadsheet.md" in done.stdout
	made = sorted(path.name for path in (tmp_path / "out").iterdir())
	assert made == ["notes", "prospect_list.csv", "review-2026-05.html"]
	assert len(list((tmp_path / "out" / "notes").iterdir())) == 7


def test_an_older_python_is_told_what_it_takes(monkeypatch):
	monkeypatch.setattr(sys, "version_info", (3, 9, 6))
	with pytest.raises(SystemExit, match=r"needs Python 3\.10"):
		runpy.run_module("prospect_mgmt.sheet", run_name="__main__")


@pytest.mark.parametrize("width", ["40", "80", "132"])
def test_what_is_printed_is_as_wide_as_the_terminal(tmp_path, monkeypatch, capsys, width):
	monkeypatch.chdir(tmp_path)
	monkeypatch.setenv("COLUMNS", width)
	main(["try", str(EXAMPLE), *AS_OF])
	printed = capsys.readouterr().out.splitlines()
	longest = max(len(line) for line in printed if " " in line.strip())
	assert int(width) - 12 < longest <= int(width)


def test_what_is_piped_is_as_wide_each_time(tmp_path, monkeypatch, capsys):
	monkeypatch.setenv("COLUMNS", "80")
	main(["check", str(EXAMPLE), *AS_OF])
	command = [sys.executable, "-m", "prospect_mgmt.sheet", "check", str(EXAMPLE), *AS_OF]
	environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
	done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=CHECKOUT, check=False)
	assert done.stdout == capsys.readouterr().out


def test_trying_again_leaves_an_edited_draft_and_says_so(tmp_path, monkeypatch, capsys):
	monkeypatch.setenv("COLUMNS", "300")
	arguments = ["try", str(EXAMPLE), *AS_OF, "--into", str(tmp_path)]
	main(arguments)
	assert "left as it is" not in capsys.readouterr().out
	edited = tmp_path / "notes" / "WEB-0013.eml"
	edited.write_text("mine")
	main(arguments)
	said = [line for line in capsys.readouterr().out.splitlines() if "left as it is" in line]
	assert (edited.read_text(), len(said)) == ("mine", 1)
	assert said[0].startswith("  WEB-0013.eml  Karin Vogel")


def test_trying_again_writes_over_nothing(tmp_path, monkeypatch, capsys):
	monkeypatch.setenv("COLUMNS", "300")
	arguments = ["try", str(EXAMPLE), "--into", str(tmp_path), "--month", "2026-05"]
	main([*arguments, *AS_OF])
	made = {path.name for path in tmp_path.iterdir()}
	main([*arguments, *AS_OF])
	assert {path.name for path in tmp_path.iterdir()} == made  # the same again stands there already
	mine = tmp_path / "prospect_list.csv"
	mine.write_text("mine")
	capsys.readouterr()
	for _again in range(2):
		assert main([*arguments, *AS_OF]) == 0
		assert (
			f"{tmp_path / 'prospect_list-2.csv'}. prospect_list.csv there says something else"
			in capsys.readouterr().out
		)
	main([*arguments, "--today", "2026-06-18"])
	assert mine.read_text() == "mine"
	added = {"prospect_list-2.csv", "prospect_list-3.csv", "review-2026-05-2.html"}
	assert {path.name for path in tmp_path.iterdir()} == made | added


def test_the_cleaned_list_is_tried_on_from_where_it_stands(tmp_path):
	main(["try", str(EXAMPLE), *AS_OF, "--into", str(tmp_path)])
	cleaned = tmp_path / "prospect_list.csv"
	before = cleaned.read_bytes()
	assert main(["try", str(cleaned), *AS_OF, "--into", str(tmp_path)]) == 0
	assert cleaned.read_bytes() == before
	assert (tmp_path / "prospect_list-2.csv").exists()


@pytest.mark.parametrize("arguments", [["check", "--write"], ["review", "--into"]])
def test_a_file_that_is_there_is_written_over_only_by_force(tmp_path, capsys, arguments):
	command, option = arguments
	out = tmp_path / "out"
	out.write_text("mine")
	arguments = [command, str(EXAMPLE), *AS_OF, option, str(out)]
	assert main(arguments) == 2
	assert "is there already and says something else" in capsys.readouterr().err
	assert [path.name for path in tmp_path.iterdir()] == ["out"] and out.read_text() == "mine"
	main([*arguments, "--force"])
	written = out.read_bytes()
	assert written != b"mine"
	assert main(arguments) < 2 and out.read_bytes() == written  # the same again is no loss


def test_a_reader_that_stops_early_is_no_fault(tmp_path):
	command = f"{sys.executable} -m prospect_mgmt.sheet worklist {EXAMPLE} --today 2026-06-17 | head -1; echo ${{PIPESTATUS[0]}}"
	done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=CHECKOUT, check=False)
	assert done.stdout.splitlines()[-1] == "0"
	assert done.stderr == ""


# The file it came from is never lost


@pytest.fixture
def list_of_one(tmp_path):
	row = {"Contact": "Anna", "E-mail": "a@x.example", "Status": "Follow up(3)", "Info sent": "2026-06-11"}
	return write(tmp_path / "LEAD-0001.eml.csv", row)


@pytest.mark.parametrize("link", [None, "symlink_to", "hardlink_to"])
@pytest.mark.parametrize("arguments", [["check", "--write"], ["review", "--into"]])
def test_nothing_is_written_over_the_list(list_of_one, capsys, arguments, link):
	before, out = list_of_one.read_bytes(), list_of_one
	if link:
		out = list_of_one.with_name("other.csv")
		getattr(out, link)(list_of_one)
	command, option = arguments
	assert main([command, str(list_of_one), option, str(out), *AS_OF]) == 2
	assert "never written over the file it came from" in capsys.readouterr().err
	assert list_of_one.read_bytes() == before


def test_no_draft_takes_the_place_of_the_list(list_of_one, capsys):
	list_of_one = list_of_one.rename(list_of_one.with_name("LEAD-0001.eml"))
	before = list_of_one.read_bytes()
	assert main(["notes", str(list_of_one), "--into", str(list_of_one.parent), *AS_OF]) == 2
	assert "name another folder" in capsys.readouterr().err
	assert list_of_one.read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_said_in_a_sentence():
	command = [sys.executable, "-m", "prospect_mgmt.sheet", "worklist", str(EXAMPLE), *AS_OF]
	with open("/dev/full", "w") as full:
		done = subprocess.run(
			command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=CHECKOUT, check=False
		)
	assert (done.returncode, done.stderr) == (2, "prospect-list: No space left on device: what is printed\n")


def test_a_file_that_another_program_holds_is_said_so(list_of_one, tmp_path, monkeypatch, capsys):
	"""As Windows refuses it while Excel has it open; what was there stays, and no half file beside it."""
	out = tmp_path / "out.csv"
	out.write_text("before")

	def refused(_source, _target):
		raise PermissionError(13, "Permission denied")

	monkeypatch.setattr("os.replace", refused)
	assert main(["check", str(list_of_one), "--write", str(out), "--force", *AS_OF]) == 2
	assert "is it open in another program" in capsys.readouterr().err
	assert out.read_text() == "before"
	assert {path.name for path in tmp_path.iterdir()} == {"out.csv", list_of_one.name}


def test_stopped_in_the_middle_it_leaves_nothing_half_done(list_of_one, tmp_path, monkeypatch, capsys):
	"""Ctrl-C while the list is written back."""
	before = list_of_one.read_bytes()

	def pressed(_decision):
		raise KeyboardInterrupt

	monkeypatch.setattr(writing, "_ours", pressed)
	assert main(["check", str(list_of_one), "--write", str(tmp_path / "out.csv"), *AS_OF]) == 130
	assert capsys.readouterr().err == "\nprospect-list: stopped. Your file is as it was.\n"
	assert list(tmp_path.iterdir()) == [list_of_one] and list_of_one.read_bytes() == before
