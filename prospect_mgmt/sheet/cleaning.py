"""Cells as people fill them, made clean: text, addresses, telephone numbers, amounts, yes and no.

Each function takes a cell and returns what it means; raises Unclear, in words for the person who has to mend it.
"""

from __future__ import annotations

import re
from unicodedata import category, normalize

from prospect_mgmt.procedure.saying import _lt
from prospect_mgmt.sheet.columns import plain

SHORTEST_PHONE, LONGEST_PHONE = 7, 15  # digits
LONG = 10  # digits of a number after its country's code, which no area code looks like
COMPARED_DIGITS = 9  # the last ones: what is the same in national and international notation
FORMULA = ("=", "+", "-", "@", "\t", "\r")
TWO_DIGITS = (  # of the country, ITU-T E.164
	"20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 "
	"90 91 92 93 94 95 98"
)
TWO_DIGIT_COUNTRIES = frozenset(TWO_DIGITS.split())
YES = {"1", "x", "y", "yes", "true", "ja", "j", "oui", "o", "si", "s", "sim", "wahr", "vrai", "是", "✓"}
NO = {"0", "n", "no", "none", "false", "nein", "non", "nao", "falsch", "faux", "falso", "否"}
NOTHING = ("", "-", "–", "n/a", "N/A", "none")
ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[^\s@<>()\[\],;:\".]{2,}")
AMOUNT = re.compile(r"[+-]?\d[\d.,' ]*")


class Unclear(ValueError):
	"""The cell cannot be read; the message, a Said, says why and how to mend it."""


def text(cell: object) -> str:
	"""A cell on one line, without what a terminal, a mail or a browser would obey; our own apostrophe taken off."""
	if cell is None:
		return ""
	if isinstance(cell, float) and cell.is_integer():
		cell = int(cell)
	letters = str(cell)
	if not (letters.isascii() and letters.isprintable()):  # what most cells are, and quick to see
		letters = "".join(" " if category(c) in ("Cc", "Zl", "Zp") else c for c in letters)
		letters = "".join(c for c in letters if category(c) != "Cf")
	line = " ".join(letters.split())
	return line[1:] if line[:1] == "'" and line[1:].startswith(FORMULA) else line


def is_empty(cell: object) -> bool:
	"""Whether a cell says nothing of how to reach somebody."""
	return text(cell) in NOTHING


def email(cell: object) -> str:
	"""The first e-mail address in a cell, its domain in small letters; empty for an empty cell."""
	said = text(cell).removeprefix("mailto:")
	if said in NOTHING:
		return ""
	found = ADDRESS.search(said.replace("(at)", "@").replace("[at]", "@").replace(" @ ", "@"))
	if not found:
		raise Unclear(
			_lt("“{0}” is no e-mail address: correct it, or leave the cell empty").format(short(said))
		)
	local, _at, domain = found.group().rpartition("@")
	return f"{local}@{domain.lower()}"


def phone(cell: object, country_code: str = "") -> str:
	"""A telephone number as + and digits when its country is known, else as its digits; empty for an empty cell.

	country_code: digits such as 49, for numbers written without one.
	"""
	if isinstance(cell, float) and cell.is_integer():
		cell = int(cell)
	said = normalize("NFKC", text(cell)).removeprefix("tel:")  # digits of full width
	if said in NOTHING:
		return ""
	if re.fullmatch(r"\d+[.,]\d+[eE]\+?\d+", said):
		raise Unclear(
			_lt(
				"“{0}” was a telephone number before a spreadsheet rounded it: type it again, as text"
			).format(said)
		)
	if re.fullmatch(r"\d+\.0", said):
		said = said[:-2]
	said = re.split(
		r"\s*(?:/{1}\s*(?=\+)|;|,|\bor\b|\bext\.?|\bx(?=\d))", said, maxsplit=1, flags=re.IGNORECASE
	)[0]
	said = re.sub(r"^(?:\+|00)?(\d+)\s*\(0\)", r"+\1", said)
	digits = re.sub(r"\D", "", said)
	if re.search(r"[^\W\d_]", said) or not SHORTEST_PHONE <= len(digits) <= LONGEST_PHONE + 2:
		raise Unclear(
			_lt("“{0}” is no telephone number: correct it, or leave the cell empty").format(short(said))
		)
	if said.lstrip("( ").startswith("+"):
		return f"+{digits}"
	if digits.startswith("00"):
		return f"+{digits[2:]}"
	if country_code and digits.startswith(country_code) and len(digits) - len(country_code) >= LONG:
		return f"+{digits}"  # a spreadsheet took the + away
	if country_code and (digits.startswith("0") or len(digits) + len(country_code) <= 12):
		own = digits.lstrip("0")
		return f"+{own}" if own.startswith(country_code) and len(own) > 10 else f"+{country_code}{own}"
	return digits


def phone_key(number: str) -> str:
	"""What two notations of one number have in common."""
	return number.lstrip("+0")[-COMPARED_DIGITS:]


def spaced(number: str) -> str:
	"""A number as it is written: with a space, since spreadsheet programs take + or 0 away from digits alone."""
	if not number.startswith("+"):
		return f"{number[:4]} {number[4:]}".strip()
	digits = number[1:]
	length = 1 if digits[:1] in ("1", "7") else 2 if digits[:2] in TWO_DIGIT_COUNTRIES else 3
	return f"+{digits[:length]} {digits[length:]}"


def amount(cell: object) -> float:
	"""An amount in whatever notation: 1.234,50 and 1,234.50 and EUR 1 234.5; 0 for an empty cell.

	One separator with three digits after it separates thousands.
	"""
	if isinstance(cell, (int, float)) and not isinstance(cell, bool):
		return _finite(float(cell))
	said = re.sub(r"\s", " ", text(cell)).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
	if not said or said in ("-", "–", "n/a", "N/A"):
		return 0.0
	numbers = AMOUNT.findall(said)
	if len(numbers) != 1 or len(said) > 40:
		raise Unclear(_lt("“{0}” is no amount: write it as 1234.50").format(short(said)))
	number = numbers[0].rstrip(".,' ").replace(" ", "").replace("'", "")
	return _finite(float(_decimal_point(number)))


def _finite(value: float) -> float:
	if abs(value) >= 1e15 or value != value:
		raise Unclear(_lt("an amount that large cannot be: write it as 1234.50"))
	return value


def _decimal_point(number: str) -> str:
	last = max(number.rfind("."), number.rfind(","))
	if last < 0:
		return number
	mark, whole, rest = number[last], number[:last], number[last + 1 :]
	only_one_kind = not any(c in whole for c in ".," if c != mark)
	if only_one_kind and (mark in whole or len(rest) == 3) and whole.lstrip("+-") != "0":
		return re.sub("[.,]", "", number)
	return f"{re.sub('[.,]', '', whole)}.{rest or 0}"


def count(cell: object) -> int:
	"""A small whole number; 0 for an empty cell."""
	said = text(cell)
	if not said:
		return 0
	if not re.fullmatch(r"\d{1,3}", said):
		raise Unclear(_lt("“{0}” is no number of attempts: write for example 2").format(short(said)))
	return int(said)


def yes(cell: object) -> bool:
	"""Whether a cell says yes in one of the languages of the app."""
	return cell is True or plain(cell) in YES or text(cell) in YES


def no(cell: object) -> bool:
	"""Whether a cell says no in one of the languages of the app, or nothing."""
	return not text(cell) or plain(text(cell)) in NO or text(cell) in ("-", "–", "n/a", "N/A", "✗")


def short(said: str) -> str:
	"""A cell as it is quoted in a message."""
	return said if len(said) <= 60 else f"{said[:59]}…"
