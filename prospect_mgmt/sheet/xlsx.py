"""Rows out of an XLSX file. Needs openpyxl, which comes with Frappe; without it says so."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from prospect_mgmt.procedure.saying import _lt
from prospect_mgmt.sheet import columns
from prospect_mgmt.sheet.reading import MOST_ROWS, Sheets, Unreadable, named, too_many_rows

MOST_BYTES = 256 * 1024 * 1024  # of a file when unpacked
MOST_MERGED = 100_000
MOST_SHEETS = 20  # among which the list is looked for
MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
CHUNK, OVERLAP = 2**20, 64  # bytes read at once, and kept for a tag that was cut in two
UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([\w.\-]+)""")
ROOT = re.compile(rb"<(?:[\w.\-]+:)?([A-Za-z]\w*)")
UNIT = re.compile(rb"<(?:[\w.\-]+:)?(?:row|si)[\s/>]")
MOST_UNITS = {"worksheet": MOST_ROWS, "sst": 1_000_000}  # rows, strings that cells share
MOST_TAGS = 150_000  # of one row or string, and of a part that is read as a whole
MOST_OF_ONE = 2**24  # bytes of the same
# Parts that can be large and that nobody reads here.
NOT_READ = (
	"xl/pivotCache/",
	"xl/externalLinks/",
	"xl/calcChain",
	"xl/comments",
	"xl/drawings/",
	"xl/charts/",
	"xl/media/",
	"customXml/",
)
# What openpyxl raises of what no spreadsheet program writes: a chart sheet without a chart, say.
OF_OPENPYXL = (AttributeError, KeyError, ValueError, IndexError, TypeError, SyntaxError, MemoryError)
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError)  # an archive that is broken somewhere
MOST_PACKED = 200  # times: real sheets shrink to a tenth, a zip bomb to a thousandth


def rows(path: Path, name: str | None) -> Iterator[list]:
	"""All rows of the sheet of that name, else of the one with the list; blank ones too. Raises Unreadable."""
	with _opened(path) as book:
		sheet = _sheet(path, book, name)
		merged = _merged(path, sheet)
		for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
			yield _filled(list(cells), line, merged) if merged else list(cells)


def sheets(path: Path, name: str | None) -> Sheets:
	"""The sheets on view, and the one that `rows` reads. Raises Unreadable."""
	with _opened(path) as book:
		return Sheets(_sheet(path, book, name).title, [sheet.title for sheet in _on_view(book)])


@contextmanager
def _opened(path: Path):
	"""The workbook in a file. What turns out to be damaged while it is read raises Unreadable, too."""
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
		with path.open("rb") as file:  # which may be called .xls; of a name, openpyxl wants another end
			yield openpyxl.load_workbook(file, read_only=True, data_only=True)
	except (*OF_OPENPYXL, *DAMAGED) as problem:
		said = _lt("{0} is damaged ({1}). Save it as “CSV UTF-8”, then try again.")
		raise Unreadable(said.format(path.name, str(problem) or type(problem).__name__)) from None


def _on_view(book) -> list:
	return [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets


def _sheet(path: Path, book, name: str | None):
	"""The sheet of that name, hidden or not. Without a name the first on view that begins with headings, since a cover may
	stand before it; else the first of them.
	"""
	if not book.worksheets:
		raise Unreadable(_lt("{0} has no sheet with rows.").format(path.name))
	for sheet in book.worksheets:
		sheet.reset_dimensions()  # a file may claim any size; what is there counts
	if name:
		return _of_name(path, book, name)
	sheets = _on_view(book)
	for sheet in sheets[:MOST_SHEETS] if len(sheets) > 1 else ():
		first = islice(sheet.iter_rows(values_only=True), columns.LOOK_FOR_HEADINGS)
		if any(columns.are_headings(cells) for cells in first):
			return sheet
	return sheets[0]


def _of_name(path: Path, book, name: str):
	for sheet in book.worksheets:
		if sheet.title == name:
			return sheet
	there = named([sheet.title for sheet in book.worksheets])
	said = _lt("There is no sheet “{0}” in {1}; there are: {2}.")
	raise Unreadable(said.format(named([name]), path.name, there))


def _merged(path: Path, sheet) -> dict[int, list[list]]:
	"""{column: [first line, last line, value]} of cells merged downwards: their value holds for each of the rows, in the
	first of the columns that they take up.

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
	for column, first, _other_column, last in areas:
		if first != last:
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
	except (NotImplementedError, RuntimeError, *DAMAGED) as problem:
		raise _damaged(path, str(problem) or type(problem).__name__) from None


def _check_part(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
	"""XML that could grow without end, or take more memory than its size lets one think; no spreadsheet program writes any."""
	with archive.open(part) as file:
		start = file.read(CHUNK)
		text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
		if not text.startswith(b"<"):
			if part.filename.endswith((".xml", ".rels")) or start[:2] in UTF_16:
				raise _damaged(path, f"{part.filename}: UTF-8?")
			return  # a picture, say, which nobody reads
		said = ENCODING.match(text)
		if said and said[1].lower() not in (b"utf-8", b"us-ascii"):
			raise _damaged(path, f"{part.filename}: UTF-8?")
		root = ROOT.search(text)
		scan = _Scan(path, root[1].decode() if root else "", part.filename.startswith(NOT_READ))
		while start:
			scan.take(start)
			start = file.read(CHUNK)
		scan.take(b"", last=True)


class _Scan:
	"""Counts what a reader would have to hold at once: rows and strings one by one, everything else as a whole."""

	def __init__(self, path: Path, root: str, is_not_read: bool):
		self._path, self._root, self._is_not_read = path, root, is_not_read
		self._rest = b""
		self._tags = self._bytes = self._units = 0

	def take(self, chunk: bytes, last: bool = False) -> None:
		whole = self._rest + chunk
		if b"<!DOCTYPE" in whole or b"<!ENTITY" in whole:
			raise Unreadable(
				_lt("{0} is refused: it defines XML entities, which no spreadsheet program does.").format(
					self._path.name
				)
			)
		end = len(whole) if last else max(len(whole) - OVERLAP, 0)
		self._count(whole, end)
		self._rest = whole[end:]

	def _count(self, whole: bytes, end: int) -> None:
		at = 0
		for found in UNIT.finditer(whole) if self._root in MOST_UNITS else ():
			if found.start() >= end:
				break
			self._add(whole, at, found.start())
			at, self._tags, self._bytes, self._units = found.start(), 0, 0, self._units + 1
		self._add(whole, at, end)

	def _add(self, whole: bytes, start: int, end: int) -> None:
		self._tags += whole.count(b"<", start, end)
		self._bytes += end - start
		most = MOST_UNITS.get(self._root)
		if most == MOST_ROWS and self._units > most:
			raise too_many_rows(self._path)
		too_large = self._tags > MOST_TAGS or self._bytes > MOST_OF_ONE or (most and self._units > most)
		if too_large and not self._is_not_read:
			raise Unreadable(
				_lt("{0} holds more in one piece than any spreadsheet does: {1}.").format(
					self._path.name, self._root or "XML"
				)
			)


def _damaged(path: Path, why: object) -> Unreadable:
	return Unreadable(_lt("{0} is damaged ({1}).").format(path.name, why))
