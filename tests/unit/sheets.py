"""Small spreadsheets for tests: written to a file, read and decided as the tool does it."""

import csv
from datetime import date
from pathlib import Path

from prospect_mgmt.sheet import duplicates, entries, numbers, rules
from prospect_mgmt.sheet.deciding import Decision, decide
from prospect_mgmt.sheet.reading import Spreadsheet

RULES = rules.load()
TODAY = date(2026, 6, 17)  # a Wednesday
EXAMPLE = Path(__file__).parents[2] / "examples" / "prospect_list.csv"


def write(path: Path, *rows: dict) -> Path:
	"""A CSV file with a column for each key of the rows."""
	headings = list(dict.fromkeys(heading for row in rows for heading in row))
	with path.open("w", encoding="utf-8", newline="") as file:
		writer = csv.DictWriter(file, headings, restval="")
		writer.writeheader()
		writer.writerows(rows)
	return path


def read(path: Path, **options) -> entries.SheetList:
	"""The list in a file, duplicates found and numbers given."""
	sheet = entries.read(Spreadsheet(path), entries.Options(RULES.stages, **options))
	duplicates.find(sheet.entries)
	numbers.give(sheet.entries, TODAY)
	return sheet


def read_rows(folder: Path, *rows: dict) -> list[entries.Entry]:
	"""The entries of rows, each of which is given a name unless it has one."""
	named = [{"Contact": f"Person {'abcdefghij'[at] * 5}", **row} for at, row in enumerate(rows)]
	return read(write(folder / "list.csv", *named)).entries


def decided(folder: Path, row: dict, today: date = TODAY) -> Decision:
	"""What the procedure says of one row that can be reached by mail and telephone."""
	reachable = {"E-mail": "p@prospect.example", "Phone": "+493023125101", **row}
	return decide(read_rows(folder, reachable)[0], RULES, today)
