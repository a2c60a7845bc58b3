"""Rows out of an XLSX file. Needs openpyxl, which comes with Frappe; without it says so."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from prospect_mgmt.sheet.reading import Unreadable
from prospect_mgmt.sheet.saying import _lt

MOST_BYTES = 256 * 1024 * 1024  # of a file when unpacked
MOST_MERGED = 100_000
MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
MOST_PACKED = 200  # times: real sheets shrink to a tenth, a zip bomb to a thousandth


def rows(path: Path) -> Iterator[list]:
	"""All rows of the first sheet that is not hidden, blank ones too. Raises Unreadable."""
	_check_archive(path)
	try:
		import openpyxl
	except ImportError:
		raise Unreadable(
			_lt(
				"{0} is an XLSX file, and reading those needs openpyxl: `python3 -m pip install openpyxl`. "
				"Or save it as “CSV UTF-8”, which needs nothing."
			).format(path.name)
		) from None
	try:
		book = openpyxl.load_workbook(path, read_only=True, data_only=True)
		try:
			sheet = next((s for s in book.worksheets if s.sheet_state == "visible"), book.worksheets[0])
			sheet.reset_dimensions()  # a file may claim any size; what is there counts
			merged = _merged(path, sheet)
			for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
				yield _filled(list(cells), line, merged) if merged else list(cells)
		finally:
			book.close()
	except (
		KeyError,
		ValueError,
		IndexError,
		TypeError,
		SyntaxError,
		OSError,
		zipfile.BadZipFile,
		MemoryError,
	) as problem:
		raise Unreadable(
			_lt("{0} is damaged ({1}). Save it as “CSV UTF-8”, then try again.").format(path.name, problem)
		) from None


def _merged(path: Path, sheet) -> dict[int, list[list]]:
	"""{column: [first line, last line, value]} of cells merged downwards: their value holds for each of the rows.

	A file names them after all of its rows, so it is looked through once before it is read.
	"""
	areas, rest = set(), b""
	with zipfile.ZipFile(path) as archive, archive.open(sheet._worksheet_path) as part:
		while chunk := part.read(2**20):
			areas.update(match.groups() for match in MERGED.finditer(rest + chunk))
			rest = chunk[-64:]
			if len(areas) > MOST_MERGED:
				raise Unreadable(
					_lt("{0} has more than {1} merged cells.").format(path.name, f"{MOST_MERGED:,}")
				)
	found: dict[int, list[list]] = {}
	for column, first, other_column, last in areas:
		if column == other_column and first != last:
			found.setdefault(_index(column.decode()), []).append([int(first), int(last), None])
	for areas in found.values():
		areas.sort(reverse=True)
	return found


def _index(column: str) -> int:
	at = 0
	for letter in column:
		at = at * 26 + ord(letter) - 64
	return at - 1


def _filled(cells: list, line: int, merged: dict[int, list[list]]) -> list:
	"""A row that is not blank, with what it shares with the rows above it."""
	blank = all(cell is None for cell in cells)
	for column, areas in merged.items():
		while areas and areas[-1][1] < line:
			areas.pop()
		if areas and areas[-1][0] == line and column < len(cells):
			areas[-1][2] = cells[column]
		elif areas and areas[-1][0] < line and not blank:
			cells += [None] * (column + 1 - len(cells))
			cells[column] = areas[-1][2]
	return cells


def _check_archive(path: Path) -> None:
	try:
		with zipfile.ZipFile(path) as archive:
			parts = archive.infolist()
			unpacked = sum(part.file_size for part in parts)
			packed = sum(part.compress_size for part in parts) or 1
			if not any(part.filename == "xl/workbook.xml" for part in parts):
				raise Unreadable(_lt("{0} is an archive, but no XLSX file.").format(path.name))
			if unpacked > MOST_BYTES or (unpacked > 2**24 and unpacked / packed > MOST_PACKED):
				raise Unreadable(
					_lt("{0} would unpack to {1} bytes: that is no list of prospects.").format(
						path.name, f"{unpacked:,}"
					)
				)
			for part in parts:
				_check_part(path, archive, part)
	except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as problem:
		raise Unreadable(_lt("{0} is damaged ({1}).").format(path.name, problem)) from None


def _check_part(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
	"""XML that defines entities can grow without end; no spreadsheet program writes any."""
	if part.filename.endswith((".xml", ".rels")):
		with archive.open(part) as file:
			if b"<!DOCTYPE" in file.read(2048):
				raise Unreadable(
					_lt("{0} is refused: it defines XML entities, which no spreadsheet program does.").format(
						path.name
					)
				)
