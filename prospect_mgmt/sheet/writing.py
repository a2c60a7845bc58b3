"""The list written back: the same columns in the same order, cleaned, with numbers, the next step and what to mend.

What comes from outside is text (law 10): a cell that a spreadsheet program would take for a formula gets an apostrophe.
"""

from __future__ import annotations

import csv
import filecmp
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime
from itertools import chain, count
from pathlib import Path
from typing import TextIO

from prospect_mgmt.sheet import cleaning, columns, statuses
from prospect_mgmt.sheet.deciding import Decision
from prospect_mgmt.sheet.entries import Entry, SheetList, body
from prospect_mgmt.sheet.reading import Unreadable
from prospect_mgmt.sheet.rules import Rules

# What no formula can hide in, and what must stay as it is: amounts and telephone numbers.
HARMLESS = re.compile(r"[+-]?[\d .,]+")
# Written also when the list does not have the column: the procedure needs them.
ALWAYS = (
	"number",
	"lead_name",
	"email_id",
	"phone",
	"company_name",
	"source",
	"interest",
	"status",
	"first_contact_on",
	"called_on",
	"information_sent_on",
	"courtesy_note_on",
	"last_response_on",
	"done_on",
	"outcome",
	"objection",
)
AMOUNTS = ("quoted_amount", "sale_value")
# What becomes of a file that is there and says something else: it may be somebody's work.
REFUSE, REPLACE, NUMBER = "refuse", "replace", "number"


def safe(cell: object) -> str:
	"""A cell as text that no spreadsheet program takes for a formula."""
	said = "" if cell is None else str(cell)
	if said.lstrip(" \ufeff").startswith(cleaning.FORMULA) and not HARMLESS.fullmatch(said):
		return f"'{said}"
	return said


def write(
	sheet: SheetList, decisions: Iterable[Decision], rules: Rules, path: Path, taken: str = REFUSE
) -> Path:
	"""Write the list as CSV (UTF-8 with mark, so that Excel reads it); where, and what it raises: see `whole_file`."""

	def fill(file: TextIO) -> None:
		writer = csv.writer(file)
		writer.writerows([safe(cell) for cell in cells] for cells in _rows(sheet, decisions, rules))

	return whole_file(path, sheet.file.path, fill, "utf-8-sig", taken)


def whole_file(
	path: Path, source: Path, fill: Callable[[TextIO], object], encoding: str, taken: str = REFUSE
) -> Path:
	"""Write a text file, which is there as a whole or not at all; returns where it is.

	`taken`: what becomes of another file that is there: REFUSE, REPLACE, or NUMBER (this one is `path` with -2, -3 …). The
	list that it is made from is never written over. Raises Unreadable when it cannot be written.
	"""
	if taken != NUMBER and path.exists() and path.samefile(source):
		raise Unreadable("The list is never written over the file it came from: name another file.")
	try:
		handle, name = tempfile.mkstemp(dir=path.parent, prefix=".prospect-list-")
		try:
			with os.fdopen(handle, "w", encoding=encoding, newline="") as file:
				fill(file)
			os.chmod(name, 0o666 & ~_umask())
			if taken != REPLACE:
				path = _free(path, source, name, taken)
			os.replace(name, path)
		except BaseException:
			with suppress(OSError):
				os.unlink(name)
			raise
	except PermissionError as problem:
		why = "is it open in another program, or is its folder read-only?"
		raise Unreadable(f"{path} cannot be written: {problem.strerror}: {why}") from None
	except OSError as problem:
		raise Unreadable(f"{path} cannot be written: {problem.strerror}.") from None
	return path


def _free(path: Path, source: Path, written: str, taken: str) -> Path:
	"""Where a file may go: where nothing is, or the same already."""
	names = chain([path], (path.with_stem(f"{path.stem}-{number}") for number in count(2)))
	free = next(names)
	while free.exists() and (free.samefile(source) or not filecmp.cmp(free, written, shallow=False)):
		if taken == REFUSE:
			raise Unreadable(
				f"{path} is there already and says something else: name another file, or write over it with --force."
			)
		free = next(names)
	return free


def _umask() -> int:
	mask = os.umask(0)
	os.umask(mask)
	return mask


def _rows(sheet: SheetList, decisions: Iterable[Decision], rules: Rules) -> Iterator[list]:
	fields = _columns(sheet)
	yield [heading for heading, _field, _at in fields] + list(columns.OURS)
	totals = {entry.line for entry in sheet.totals}
	decided = iter(decisions)
	for row in body(sheet.file, sheet.layout):
		if row.line in totals:
			yield [cleaning.text(_raw(row.cells, at)) for _heading, _field, at in fields] + [""] * len(
				columns.OURS
			)
			continue
		decision = next(decided)
		cells = [_cell(decision.entry, field, at, row.cells, rules) for _heading, field, at in fields]
		yield cells + _ours(decision)


def _columns(sheet: SheetList) -> list[tuple[str, str | None, int | None]]:
	"""(heading, field, index in the file) of each column: those that the list has, after the ones it lacks and needs."""
	by_index = {at: field for field, at in sheet.layout.fields.items()}
	width = len(sheet.layout.headings)
	own = [(sheet.layout.headings[at], by_index.get(at), at) for at in range(width)]
	own = [column for column in own if column[0] not in columns.OURS and (column[0] or column[1])]
	named = {"lead_name": {"first_name", "last_name"} & sheet.layout.fields.keys()}
	missing = [f for f in ALWAYS if f not in sheet.layout.fields and not named.get(f)]
	number = [(columns.LABELS[f], f, None) for f in missing if f == "number"]
	return number + own + [(columns.LABELS[f], f, None) for f in missing if f != "number"]


def _raw(cells: list, at: int | None) -> object:
	return cells[at] if at is not None and at < len(cells) else None


def _cell(entry: Entry, field: str | None, at: int | None, cells: list, rules: Rules) -> object:
	raw = _raw(cells, at)
	if field is None or field in ("first_name", "last_name", "quotation_link", "invoice_link", "consent"):
		return cleaning.text(raw)
	if field == "status":
		return statuses.label(entry.stage, rules.stages) if not _unclear(entry, field) else cleaning.text(raw)
	if field == "no_mail":
		return "yes" if entry.no_mail else ""
	value = getattr(entry, field)
	if _unclear(entry, field) and not value:
		return cleaning.text(raw)  # nothing is lost: what could not be read stays until a person mends it
	if field == "phone":
		return cleaning.spaced(entry.phone)
	if field in AMOUNTS:
		return f"{value:.2f}" if value else ""
	if isinstance(value, datetime):
		return written(value)
	return value or ""


def _unclear(entry: Entry, field: str) -> bool:
	return any(problem.startswith(f"{columns.LABELS[field]}: “") for problem in entry.problems)


def _ours(decision: Decision) -> list[str]:
	entry = decision.entry
	due = decision.main.row if decision.main else decision.coming
	step = (due.step_title, written(due.due_on)) if due else ("", "")
	return [*step, entry.duplicate_of.called if entry.duplicate_of else "", " · ".join(entry.problems)]


def written(moment: datetime | date) -> str:
	"""A date as every program reads it; with its time when it has one."""
	if isinstance(moment, datetime) and (moment.hour or moment.minute):
		return f"{moment:%Y-%m-%d %H:%M}"
	return f"{moment:%Y-%m-%d}"
