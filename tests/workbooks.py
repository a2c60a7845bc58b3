"""Workbooks for tests, with sheets as a spreadsheet program makes them, or as nobody does."""

from pathlib import Path

import pytest


def workbook(path: Path, *sheets, names: tuple[str, ...] = ()) -> Path:
	"""An XLSX file of sheets, each (sheet_state, row, row …); `names` may be any text."""
	openpyxl = pytest.importorskip("openpyxl")
	book = openpyxl.Workbook()
	book.remove(book.active)
	for state, *rows in sheets:
		sheet = book.create_sheet()
		sheet.sheet_state = state
		for row in rows:
			sheet.append(row)
	for sheet, name in zip(book.worksheets, names, strict=False):
		sheet._WorkbookChild__title = name  # past what openpyxl would refuse, or change
	book.save(path)
	return path
