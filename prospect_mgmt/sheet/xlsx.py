"""Rows out of an XLSX file. Needs openpyxl, which comes with Frappe; without it says so."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from prospect_mgmt.sheet.reading import Unreadable

MOST_BYTES = 256 * 1024 * 1024  # of a file when unpacked
MOST_PACKED = 200  # times: real sheets shrink to a tenth, a zip bomb to a thousandth


def rows(path: Path) -> Iterator[list]:
	"""All rows of the first sheet that is not hidden, blank ones too. Raises Unreadable."""
	_check_archive(path)
	try:
		import openpyxl
	except ImportError:
		raise Unreadable(
			f"{path.name} is an XLSX file, and reading those needs openpyxl: `python3 -m pip install openpyxl`. "
			"Or save it as “CSV UTF-8”, which needs nothing."
		) from None
	try:
		book = openpyxl.load_workbook(path, read_only=True, data_only=True)
		try:
			sheet = next((s for s in book.worksheets if s.sheet_state == "visible"), book.worksheets[0])
			sheet.reset_dimensions()  # a file may claim any size; what is there counts
			for cells in sheet.iter_rows(values_only=True):
				yield list(cells)
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
			f"{path.name} is damaged ({problem}). Save it as “CSV UTF-8”, then try again."
		) from None


def _check_archive(path: Path) -> None:
	try:
		with zipfile.ZipFile(path) as archive:
			parts = archive.infolist()
			unpacked = sum(part.file_size for part in parts)
			packed = sum(part.compress_size for part in parts) or 1
			if not any(part.filename == "xl/workbook.xml" for part in parts):
				raise Unreadable(f"{path.name} is an archive, but no XLSX file.")
			if unpacked > MOST_BYTES or (unpacked > 2**24 and unpacked / packed > MOST_PACKED):
				raise Unreadable(
					f"{path.name} would unpack to {unpacked:,} bytes: that is no list of prospects."
				)
			for part in parts:
				_check_part(path, archive, part)
	except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as problem:
		raise Unreadable(f"{path.name} is damaged ({problem}).") from None


def _check_part(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
	"""XML that defines entities can grow without end; no spreadsheet program writes any."""
	if part.filename.endswith((".xml", ".rels")):
		with archive.open(part) as file:
			if b"<!DOCTYPE" in file.read(2048):
				raise Unreadable(
					f"{path.name} is refused: it defines XML entities, which no spreadsheet program does."
				)
