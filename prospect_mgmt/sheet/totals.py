# ruff: noqa: SIM905 (word lists read better as text)
"""Rows that add up the others: no enquiry, and left out. A person or company may be called so, who can be reached or has a status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from prospect_mgmt.procedure.saying import _lt
from prospect_mgmt.sheet import cleaning, columns

REASON = _lt("a total row, not an enquiry")
WORDS = frozenset(
	columns.plain(word)
	for word in (
		"total|totals|grand total|sub total|subtotal|sum|sum total|total sum|overall|overall total|total amount|"
		"summe|gesamt|gesamtsumme|zwischensumme|endsumme|insgesamt|gesamtbetrag|summe gesamt|"
		"suma|suma total|total general|importe total|somme|somme totale|total général|sous-total|montant total|"
		"soma|soma total|total geral|valor total|合计|总计|小计|总和|共计|总数|合計|總計"
	).split("|")
)
CURRENCIES = frozenset("eur euro usd dollar gbp chf cny rmb brl mxn cop ars clp pen inr jpy".split())
# Whoever has something in one of these is a prospect, whatever they are called.
OF_A_PROSPECT = ("email_id", "status", *columns.DATES)


def name_of(cells: Sequence, fields: Mapping[str, int]) -> str:
	"""What a total row is called in its first text; empty for any other row."""
	if any(_said(cells, fields.get(field)) not in ("", "-") for field in OF_A_PROSPECT):
		return ""
	if sum(map(str.isdigit, _said(cells, fields.get("phone")))) >= cleaning.SHORTEST_PHONE:
		return ""  # fewer are how many numbers there are
	named = [cell for cell in cells if _has_letters(cell)]
	if not named or not all(_counts(cell) for cell in cells):
		return ""
	return cleaning.text(named[0]) if _is_total(named[0]) else ""


def _said(cells: Sequence, at: int | None) -> str:
	return cleaning.text(cells[at]) if at is not None and at < len(cells) else ""


def _has_letters(cell: object) -> bool:
	return isinstance(cell, str) and any(letter.isalpha() for letter in cell)


def _counts(cell: object) -> bool:
	"""Whether a cell can stand in a total row: nothing, a number, a text with a number in it, or what the row is called."""
	if isinstance(cell, date):
		return False
	return not _has_letters(cell) or any(letter.isdigit() for letter in cell) or _is_total(cell)


def _is_total(cell: str) -> bool:
	words = columns.plain(cell).split()
	return " ".join(word for word in words if not word.isdecimal() and word not in CURRENCIES) in WORDS
