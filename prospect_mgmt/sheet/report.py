"""What the check tells about a list: how it was read, what is to be mended, who is on it twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prospect_mgmt.sheet import columns, reading, terminal, totals
from prospect_mgmt.sheet.entries import Entry, SheetList

HANG, DEEPER = 2, 8  # columns: a row's further faults stand between them
MOST_SHOWN = 200  # rows; the list that is written back has all of them

TO_ERPNEXT = (
	"To bring this list into ERPNext: write it back (check --write OUT.csv), mend what the column “To mend” says, "
	"then import it as docs/spreadsheet.md says: the lead numbers stay, and from then on the clocks run by themselves."
)


def lines(sheet: SheetList, numbered: int) -> Iterator[str]:
	"""The report in lines for a terminal; what belongs to a line before it is indented further."""
	for said in _said(sheet, numbered):
		for line in said.split("\n"):
			indent = len(line) - len(line.lstrip())
			yield from terminal.fitted(line, DEEPER if indent else HANG)


def _said(sheet: SheetList, numbered: int) -> Iterator[str]:
	total = len(sheet.entries)
	yield f"{sheet.file.path.name}: {_many(total, 'enquiry', 'enquiries')}, {_by_stage(sheet)}"
	yield from _other_sheets(sheet)
	yield f"Columns: {', '.join(_columns(sheet))}"
	if sheet.layout.unknown:
		yield f"Not understood, and kept as they are: {', '.join(sheet.layout.unknown)}"
	yield from sheet.remarks
	yield f"Lead numbers: {numbered} to give, {_had_number(sheet, numbered)} were there"
	yield from _totals(sheet)
	yield from _duplicates(sheet)
	yield from _problems(sheet)


def count(sheet: SheetList) -> int:
	"""How many rows need a person: something is to be mended, or they are there twice."""
	return sum(1 for entry in sheet.entries if entry.problems or entry.duplicate_of)


def _other_sheets(sheet: SheetList) -> Iterator[str]:
	read = sheet.sheets.read
	if others := [name for name in sheet.sheets.names if name != read]:
		yield f"Sheet: {reading.named([read])}. Not read: {reading.named(others)}. For one of those: --sheet NAME"


def _by_stage(sheet: SheetList) -> str:
	heard = Counter(entry.stage for entry in sheet.entries)
	return ", ".join(f"{heard[stage]} in {stage}" for stage in heard)


def _columns(sheet: SheetList) -> list[str]:
	by_place = sorted(sheet.layout.fields.items(), key=lambda item: item[1])
	named = [(sheet.layout.headings[at], columns.LABELS[field]) for field, at in by_place]
	told = [heading if heading == label else f"{heading} (read as {label})" for heading, label in named]
	further = ((field, at) for field, more in sheet.layout.further.items() for at in more)
	told += [f"{sheet.layout.headings[at]} (where {columns.LABELS[field]} is empty)" for field, at in further]
	return told


def _had_number(sheet: SheetList, numbered: int) -> int:
	return sum(1 for entry in sheet.entries if entry.number) - numbered


def _totals(sheet: SheetList) -> Iterator[str]:
	if sheet.totals:
		yield ""
		yield f"LEFT OUT: {_many(len(sheet.totals), 'row', 'rows')}"
		yield from _shown(sheet.totals, lambda e: f"row {e.line}, {e.who}: {totals.REASON}")


def _duplicates(sheet: SheetList) -> Iterator[str]:
	twice = [entry for entry in sheet.entries if entry.duplicate_of]
	if twice:
		yield ""
		yield f"ON THE LIST TWICE: {_many(len(twice), 'row', 'rows')}"
		yield from _shown(
			twice, lambda e: f"row {e.line}, {e.who}, is {e.duplicate_of.called} in row {e.duplicate_of.line}"
		)
	again = [entry for entry in sheet.entries if entry.earlier]
	if again:
		yield ""
		yield f"BACK AGAIN, a new enquiry of somebody known: {_many(len(again), 'row', 'rows')}"
		yield from _shown(again, lambda e: f"row {e.line}, {e.called}, {e.who}")


def _problems(sheet: SheetList) -> Iterator[str]:
	wrong = [entry for entry in sheet.entries if entry.problems]
	yield ""
	if not wrong:
		yield "Nothing is to be mended."
		return
	yield f"TO MEND: {_many(len(wrong), 'row', 'rows')}"
	yield from _shown(wrong, lambda e: f"row {e.line}, {e.who or 'nobody'}: " + "\n      ".join(e.problems))


def _shown(found: list[Entry], said) -> Iterator[str]:
	for entry in found[:MOST_SHOWN]:
		yield f"  {said(entry)}"
	if len(found) > MOST_SHOWN:
		yield f"  … and {len(found) - MOST_SHOWN:,} more: the list that is written back has all of them"


def _many(number: int, one: str, more: str) -> str:
	return f"{number:,} {one if number == 1 else more}"
