"""Rows out of a CSV or XLSX file, one at a time: what is hostile or broken is refused in bounded memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from typing import IO, NamedTuple

from prospect_mgmt.procedure.saying import Said, _lt
from prospect_mgmt.sheet import cleaning

LONGEST_ROW = 1_000_000  # characters
LONGEST_CELL = 32_767  # characters: what a cell of a spreadsheet program can hold
MOST_ROWS = 1_048_576  # of a sheet, blank ones too
MOST_COLUMNS = 1_000
MOST_NAMED = 10  # sheets, in a message
HEAD = 65_536  # characters looked at to guess how a file is written
WORKBOOK = b"PK\x03\x04"  # how an XLSX file begins
DELIMITERS = ",;\t|"
OTHER_ENCODINGS = ("cp1252", "gb18030", "cp1251", "mac-roman")
NO_SPREADSHEETS = {
	b"\xd0\xcf\x11\xe0": _lt("an old Excel file (.xls), or one with a password"),
	b"%PDF": _lt("a PDF"),
	b"\x1f\x8b": _lt("a compressed file"),
	b"{\\rt": _lt("a text document (RTF)"),
	b"<htm": _lt("a web page"),
	b"<!DO": _lt("a web page"),
}


class Unreadable(Exception):
	"""The file cannot be read; the message, a Said, says what is wrong with it and what to do."""


class WrongEncoding(Unreadable):
	"""Nobody can tell how the letters of the file are written. `readings`: (encoding, how a piece of it reads in it)."""

	def __init__(self, message: Said, readings: list[tuple[str, str]]):
		super().__init__(message)
		self.readings = readings


class Spreadsheet(NamedTuple):
	"""A file and how to read it; what is None is found out."""

	path: Path
	encoding: str | None = None  # of a CSV file
	sheet: str | None = None  # of a workbook: its exact name


class Sheets(NamedTuple):
	"""The sheets of a workbook: the one that is read, and all on view in their order. A CSV file has none."""

	read: str = ""
	names: Sequence[str] = ()


class Row(NamedTuple):
	"""A row that is not blank; `line` is its number as a spreadsheet program shows it, from 1."""

	line: int
	cells: list


def rows(file: Spreadsheet, most: int | None = None) -> Iterator[Row]:
	"""The rows of a file that are not blank. Cells are text, in an XLSX file also numbers, dates and None.

	`most`: only so many are looked at, blank ones too. Raises Unreadable.
	"""
	path, start = file.path, _first_bytes(file.path)
	if start.startswith(WORKBOOK):
		from prospect_mgmt.sheet import xlsx

		found = xlsx.rows(path, file.sheet)
	elif file.sheet:
		raise Unreadable(
			_lt("There is no sheet “{0}” in {1}: only a workbook (XLSX) has sheets.").format(
				named([file.sheet]), path.name
			)
		)
	else:
		found = _csv_rows(path, file.encoding or _encoding(start))
	for line, cells in enumerate(islice(found, most), 1):
		if line > MOST_ROWS:
			raise too_many_rows(path)
		if any(cell is not None and str(cell).strip() for cell in cells):
			_check_size(path, line, cells)
			yield Row(line, list(cells[:MOST_COLUMNS]))


def sheets(file: Spreadsheet) -> Sheets:
	"""The sheets of a file. Raises Unreadable."""
	if not _first_bytes(file.path).startswith(WORKBOOK):
		return Sheets()
	from prospect_mgmt.sheet import xlsx

	return xlsx.sheets(file.path, file.sheet)


def named(names: Sequence[str]) -> str:
	"""Sheets as a message names them, at most a few."""
	told = [cleaning.short(cleaning.text(name)) for name in names[:MOST_NAMED]]
	return ", ".join(told + ["…"] * (len(names) > MOST_NAMED))


def too_many_rows(path: Path) -> Unreadable:
	"""What to raise for a file longer than any spreadsheet."""
	said = _lt("{0} has more than {1} rows: no spreadsheet program can hold that.")
	return Unreadable(said.format(path.name, f"{MOST_ROWS:,}"))


def _first_bytes(path: Path) -> bytes:
	if not path.exists():
		raise Unreadable(_lt("There is no file {0}.").format(path))
	if not path.is_file():
		raise Unreadable(_lt("{0} is not a file.").format(path))
	try:
		with path.open("rb") as file:
			start = file.read(4)
	except OSError as problem:
		raise Unreadable(_lt("{0} cannot be opened: {1}.").format(path, problem.strerror)) from None
	if not start:
		raise Unreadable(_lt("{0} is empty.").format(path.name))
	for magic, kind in NO_SPREADSHEETS.items():
		if start.lower().startswith(magic.lower()):
			raise Unreadable(
				_lt("{0} is {1}. Open it and save it as “CSV UTF-8”, then try again.").format(path.name, kind)
			)
	return start


def _encoding(start: bytes) -> str:
	if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
		return "utf-16"
	if start[1::2] == b"\0\0":  # no mark, and yet letters of two bytes: no other text has any empty one
		return "utf-16-le"
	return "utf-16-be" if start[::2] == b"\0\0" else "utf-8-sig"


def _check_size(path: Path, line: int, cells: list) -> None:
	if len(cells) > MOST_COLUMNS and any(cell not in (None, "") for cell in cells[MOST_COLUMNS:]):
		raise Unreadable(
			_lt("{0}, row {1}: {2} columns; at most {3} can be read.").format(
				path.name, line, f"{len(cells):,}", f"{MOST_COLUMNS:,}"
			)
		)
	for column, cell in enumerate(cells, 1):
		if isinstance(cell, str) and len(cell) > LONGEST_CELL:
			raise Unreadable(
				_lt(
					"{0}, row {1}, column {2}: a cell of {3} characters; "
					"a spreadsheet holds at most {4}. Shorten it, then try again."
				).format(path.name, line, column, f"{len(cell):,}", f"{LONGEST_CELL:,}")
			)


# CSV


class _Lines:
	"""The lines of a text file, as long as one row does not take too many of them."""

	def __init__(self, file: IO[str], name: str):
		self._file, self._name = file, name
		self.row, self.taken = 1, 0

	def __iter__(self) -> Iterator[str]:
		while line := self._file.readline(LONGEST_ROW + 1):
			self.taken += len(line)
			if self.taken > LONGEST_ROW:
				raise Unreadable(
					_lt(
						"{0}, row {1}: longer than {2} characters. Is there a quotation mark that is never closed?"
					).format(self._name, self.row, f"{LONGEST_ROW:,}")
				)
			if "\0" in line:
				raise Unreadable(
					_lt("{0} is no text file. Save it as “CSV UTF-8”, then try again.").format(self._name)
				)
			yield line

	def next_row(self) -> None:
		self.row, self.taken = self.row + 1, 0


def _csv_rows(path: Path, encoding: str) -> Iterator[list[str]]:
	try:
		with path.open(encoding=encoding, newline="") as file:
			delimiter = _delimiter(file)
			lines = _Lines(file, path.name)
			for cells in csv.reader(lines, delimiter=delimiter):
				yield cells
				lines.next_row()
	except LookupError:
		raise Unreadable(
			_lt("{0} is not an encoding known here. Try for example cp1252.").format(encoding)
		) from None
	except UnicodeError as problem:
		raise _wrong_encoding(path, encoding, problem) from None
	except csv.Error as problem:
		raise Unreadable(
			_lt("{0}, row {1}: {2}. Is a quotation mark never closed?").format(path.name, lines.row, problem)
		) from None
	except OSError as problem:
		raise Unreadable(_lt("{0} cannot be read: {1}.").format(path, problem.strerror)) from None


def _delimiter(file: IO[str]) -> str:
	"""What separates the cells: said in the first line (sep=;), else whatever gives the most columns."""
	start = file.tell()
	head = file.read(HEAD)
	if head[:4].lower() == "sep=" and head[4:5] in DELIMITERS:
		file.seek(start)
		file.readline(HEAD)  # no row of the sheet
		return head[4]
	file.seek(start)
	lines = head.splitlines()[: 30 if len(head) < HEAD else -1]
	return max(DELIMITERS, key=lambda delimiter: _columns(lines[:30], delimiter))


def _columns(lines: list[str], delimiter: str) -> float:
	try:
		widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if any(cells)]
	except csv.Error:
		return 0
	return median(widths) if widths else 0


def _wrong_encoding(path: Path, encoding: str, problem: UnicodeError) -> WrongEncoding:
	said = _lt("{0} is not written in {1}. Save it as “CSV UTF-8”, then try again.").format(
		path.name, "UTF-8" if encoding == "utf-8-sig" else encoding
	)
	readings = list(_readings(problem)) if isinstance(problem, UnicodeDecodeError) else []
	return WrongEncoding(said, readings)


def _readings(problem: UnicodeDecodeError) -> Iterator[tuple[str, str]]:
	"""How the words around the wrong byte read in other encodings."""
	around = problem.object[max(problem.start - 200, 0) : problem.start + 200]
	before, after = around[: min(problem.start, 200)], around[min(problem.start, 200) :]
	piece = before[max(before.rfind(b"\n") + 1, len(before) - 20) :] + after.split(b"\n")[0][:20]
	for name in OTHER_ENCODINGS:
		try:
			yield name, "".join(letter for letter in piece.decode(name) if letter.isprintable())
		except UnicodeDecodeError:
			continue
