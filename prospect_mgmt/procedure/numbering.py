"""Lead number series: choose, check, explain.

A series is written as in Frappe: parts between dots. `#` is the counter, YYYY YY MM DD WW are the date,
{city} is a field of the lead, everything else is text: `WEB-.####` gives WEB-0001, `.YYYY..MM..DD.-.###`
gives 20260614-001. Everything before the counter is the prefix, and each prefix has a counter of its own in
the database.

Follows frappe/model/naming.py (NamingSeries, parse_naming_series) of Frappe 15 and 16. Dates are dates of the
site's timezone.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, reduce
from itertools import combinations
from typing import NamedTuple
from unicodedata import combining, normalize

from prospect_mgmt.procedure.saying import Said, _lt

TEXT, DATE, FIELD, COUNTER = "Text", "Date", "Field", "Counter"
MAX_LENGTH = 140  # of a name in Frappe

DATE_PARTS = {
	"YYYY": lambda on: f"{on:%Y}",
	"YY": lambda on: f"{on:%y}",
	"MM": lambda on: f"{on:%m}",
	"DD": lambda on: f"{on:%d}",
	"WW": lambda on: _week(on),
}
NOT_FOR_LEADS = {
	"timestamp": _lt("timestamp is different for every lead, so each would have a counter of its own"),
	"JJJ": _lt("JJJ is the day of the year in Frappe 16 but only letters in Frappe 15: use MM and DD"),
}
FISCAL_YEAR = "FY"  # ERPNext's own part: only the site knows its value, so it is given like a field
EXAMPLE = "WEB-.####"
ALLOWED = re.compile(r"[\w\- /.#{}]+")
BRACED = re.compile(r"\{\w+\}")


class SeriesError(ValueError):
	"""The series cannot number leads; its one argument, a Said, says why, for the admin."""


class Part(NamedTuple):
	kind: str  # Text, Date, Field or Counter
	text: str  # the text, the date part (YYYY), the fieldname without braces, or the hashes


def choose(source: str | None, table: Sequence[tuple[str, str]], default: str) -> str:
	"""The series for a lead of that source, from rows of (source, series); the default when there is none."""
	wanted = _same(source)
	for row_source, series in table:
		if wanted and series and _same(row_source) == wanted:
			return series
	return default


def parts(series: str, fields: Collection[str] = ()) -> list[Part]:
	"""The series taken apart as Frappe does it.

	fields: fieldnames of Lead. Frappe reads `.city.` like `.{city}.` when the lead has a field `city`, and as
	text otherwise.
	"""
	return [_part(piece, fields) for piece in series.split(".") if piece]


def check(series: str | None, fields: Collection[str] | None = None) -> None:
	"""Raises SeriesError, in plain words, when the series cannot number leads.

	fields: fieldnames of Lead; when given, a {field} that is none of them is refused too.
	"""
	if not series or not series.strip():
		raise SeriesError(_lt("The series is empty. Write for example {0}").format(EXAMPLE))
	_check_characters(series)
	_check_counter(series)
	for part in parts(series):
		_check_part(series, part, fields)
	_check_length(series)


def prefix(series: str, on: date, values: Mapping[str, str] | None = None) -> tuple[str, int]:
	"""The prefix whose counter numbers a lead on that date, and the number of digits of the counter.

	on: date in the site's timezone.
	values: the lead's fields, and FY (the fiscal year, which ERPNext knows) where the series has it. As in
	Frappe, an empty or unknown field adds nothing; without values, {city} stays as it is written.
	Raises SeriesError when the series or what it gives cannot be a lead number.
	"""
	check(series)
	*before, counter = parts(series, values or ())
	if Part(FIELD, FISCAL_YEAR) in before and not (values or {}).get(FISCAL_YEAR):
		raise SeriesError(_lt("{0} needs the fiscal year, which is not known for {1}").format(series, on))
	text = _join(before, on, _as_written if values is None else values.get)
	if re.search("[<>]", text):
		problem = _lt("{0} gives {1} for this lead, and a lead number cannot contain < or >")
		raise SeriesError(problem.format(series, text))
	return text, len(counter.text)


def number(prefix: str, digits: int, n: int) -> str:
	"""The n-th lead number of that prefix. Raises SeriesError when it is longer than 140 characters."""
	name = f"{prefix}{n:0{digits}d}"
	if len(name) > MAX_LENGTH:
		problem = _lt("The lead number {0}… is longer than {1} characters")
		raise SeriesError(problem.format(name[:20], MAX_LENGTH))
	return name


def split(number: str, prefix: str) -> int | None:
	"""The counter value in a lead number with that prefix, else None. Case does not matter, as in SQL."""
	head, tail = number[: len(prefix)], number[len(prefix) :]
	if head.casefold() != prefix.casefold() or not re.fullmatch("[0-9]+", tail):
		return None
	return int(tail)


def explain(series: str, on: date) -> Said:
	"""What the series does, for the admin: its first numbers on that date, and when it starts again."""
	check(series)
	*before, counter = parts(series)
	digits = len(counter.text)
	head = _join(before, on, _as_written)
	first, second = number(head, digits, 1), number(head, digits, 2)
	explanation = _lt("{0}, {1}, … {2}; {3} numbers before it grows a digit")
	return explanation.format(first, second, _restarts(before), 10**digits - 1)


def collisions(series: Mapping[str, str], fields: Collection[str] = ()) -> list[tuple[str, str, Said]]:
	"""Pairs of sources that could share a counter or a number at some time from 2026 to 2125, and why.

	series: the series of each source. fields: as for `parts`. Any value of a field is thought possible, and
	any date for each date part, so a rare pair is reported that never meets. Upper and lower case and accents
	are the same to the database. Raises SeriesError for a wrong series.
	"""
	for one in series.values():
		check(one)
	found = []
	for (source, one), (other_source, other) in combinations(series.items(), 2):
		if reason := _why_collide(one, other, fields):
			found.append((source, other_source, reason))
	return found


# Parts


def _part(piece: str, fields: Collection[str]) -> Part:
	if piece.startswith("#"):
		return Part(COUNTER, piece)
	if piece in DATE_PARTS:
		return Part(DATE, piece)
	if BRACED.fullmatch(piece):
		return Part(FIELD, piece[1:-1])
	if piece in fields or piece == FISCAL_YEAR:
		return Part(FIELD, piece)
	return Part(TEXT, piece)


def _join(found: list[Part], on: date, value: Callable[[str], object]) -> str:
	return "".join(_resolve(part, on, value) for part in found)


def _resolve(part: Part, on: date, value: Callable[[str], object]) -> str:
	if part.kind == DATE:
		return DATE_PARTS[part.text](on)
	return _field_text(value(part.text)) if part.kind == FIELD else part.text


def _as_written(field: str) -> str:
	return "{" + field + "}"


def _field_text(value: object) -> str:
	if value is None or isinstance(value, str):
		return value or ""
	return str(value).strip()


def _week(on: date) -> str:
	"""The ISO week, but 00 and 53 where it belongs to another year: weeks of a year only go up."""
	week = on.isocalendar().week
	if on.month == 1 and week >= 52:
		return "00"
	if on.month == 12 and week == 1:
		return "53"
	return f"{week:02d}"


# What is refused


def _check_characters(series: str) -> None:
	if series != series.strip():
		raise SeriesError(_lt("“{0}” begins or ends with a space").format(series))
	if not ALLOWED.fullmatch(series):
		wrong = " ".join(sorted({letter for letter in series if not ALLOWED.fullmatch(letter)}))
		problem = _lt("{0} contains {1}. Letters, digits, spaces and {2} are allowed")
		raise SeriesError(problem.format(series, wrong, "- _ / . # { }"))
	if series.startswith("New Lead"):
		problem = _lt("{0} begins with New Lead, which Frappe keeps for leads that have no number yet")
		raise SeriesError(problem.format(series))


def _check_counter(series: str) -> None:
	groups = list(re.finditer("#+", series))
	if not groups:
		problem = _lt("{0} has no # for the counter. Write for example {1}")
		raise SeriesError(problem.format(series, EXAMPLE))
	if len(groups) > 1:
		problem = _lt("{0} has more than one group of #: there is one counter only")
		raise SeriesError(problem.format(series))
	start, end = groups[0].span()
	if series[max(start - 1, 0)] != ".":
		problem = _lt("{0} needs a dot before the first #: {1}")
		raise SeriesError(problem.format(series, f"{series[:start]}.{series[start:]}"))
	if series[end:].strip("."):
		raise SeriesError(_lt("{0} goes on after the counter: the # must come last").format(series))


def _check_part(series: str, part: Part, fields: Collection[str] | None) -> None:
	if part.text in NOT_FOR_LEADS:
		raise SeriesError(_lt("{0} cannot number leads: {1}").format(series, NOT_FOR_LEADS[part.text]))
	if part.kind == TEXT:
		_check_text(series, part.text)
	if part.kind == FIELD:
		_check_field(series, part.text, fields)


def _check_text(series: str, text: str) -> None:
	if "{" in text or "}" in text:
		problem = _lt("{0}: a field stands in braces between dots, for example {1}")
		raise SeriesError(problem.format(series, ".{city}."))
	if text.upper() in DATE_PARTS:
		raise SeriesError(_lt("{0}: write {1} in capitals for the date").format(series, text.upper()))
	if "YYYY" in text:
		problem = _lt("{0}: YYYY is the year only between dots, as in {1}")
		raise SeriesError(problem.format(series, "LEAD-.YYYY.-.####"))


def _check_field(series: str, field: str, fields: Collection[str] | None) -> None:
	if field.upper() in (*DATE_PARTS, FISCAL_YEAR) and _as_written(field) in series:
		problem = _lt("{0}: write {1} without braces for the date")
		raise SeriesError(problem.format(series, f".{field.upper()}."))
	if field == FISCAL_YEAR:
		return
	if fields is not None and field not in fields:
		raise SeriesError(_lt("{0}: a lead has no field {1}").format(series, field))


def _check_length(series: str) -> None:
	known = [part for part in parts(series) if part.kind != FIELD]
	if len(_join(known, date(2000, 1, 1), _as_written)) > MAX_LENGTH:
		problem = _lt("{0}… gives numbers of more than {1} characters")
		raise SeriesError(problem.format(series[:20], MAX_LENGTH))


# When a counter starts again


def _restarts(before: list[Part]) -> Said:
	dates = {part.text for part in before if part.kind == DATE}
	fields = [_as_written(part.text) for part in before if part.kind == FIELD]
	again = _lt("one counter for ever")
	if fields:
		again = _lt("one counter for each {0}").format(reduce(_lt("{0} and {1}").format, fields))
	if not dates:
		return again
	if period := _period(dates):
		return _lt("{0}, {1}").format(again, period) if fields else period
	comes_round = _lt("one counter for each {0}, which goes on where it stopped when that comes round again")
	return comes_round.format(" ".join(sorted(dates)))


def _period(dates: set[str]) -> Said | None:
	"""None when the date parts come round again, such as MM without a year."""
	if not dates & {"YYYY", "YY"}:
		return None
	if "DD" in dates:
		return _lt("starts again each day") if dates & {"MM", "WW"} else None
	if "WW" in dates:
		return _lt("starts again each week")
	return _lt("starts again each month") if "MM" in dates else _lt("starts again each year")


# Collisions: all that a series can give is a list of tokens, each a set of texts of one length or a free text


YEARS = range(2026, 2126)
ANY_TEXT, ANY_DIGITS = "any text", "any digits"
DIGIT = frozenset("0123456789")
DATE_TEXTS = {
	"YYYY": frozenset(str(year) for year in YEARS),
	"YY": frozenset(f"{year % 100:02d}" for year in YEARS),
	"MM": frozenset(f"{month:02d}" for month in range(1, 13)),
	"DD": frozenset(f"{day:02d}" for day in range(1, 32)),
	"WW": frozenset(f"{week:02d}" for week in range(54)),
}

Token = frozenset[str] | str
Tokens = tuple[Token, ...]


def _why_collide(one: str, other: str, fields: Collection[str]) -> Said | None:
	if _as_stored(one) == _as_stored(other):
		return _lt("Both have the series {0}, so they would share one counter").format(one)
	first, second = _prefix_tokens(one, fields), _prefix_tokens(other, fields)
	shared = _in_common(first, second)
	if shared is not None:
		why = _lt("{0} and {1} can both begin with {2}, so they would share one counter")
		return why.format(one, other, shared or _lt("the counter"))
	for a in _number_tokens(first, one):
		for b in _number_tokens(second, other):
			if (shared := _in_common(a, b)) is not None:
				return _lt("{0} and {1} can both give the number {2}").format(one, other, shared)
	return None


def _prefix_tokens(series: str, fields: Collection[str]) -> Tokens:
	return tuple(_token(part) for part in parts(series, fields)[:-1])


def _token(part: Part) -> Token:
	if part.kind == FIELD:
		return ANY_TEXT
	return DATE_TEXTS[part.text] if part.kind == DATE else frozenset({_as_stored(part.text)})


def _number_tokens(before: Tokens, series: str) -> Iterator[Tokens]:
	"""Counters have leading zeros up to the digits of the series, and none beyond."""
	digits = series.count("#")
	yield before + (DIGIT,) * digits
	yield before + (DIGIT - {"0"},) + (DIGIT,) * digits + (ANY_DIGITS,)


def _in_common(one: Tokens, other: Tokens) -> str | None:
	"""A text that both can give, or None."""

	@cache
	def meet(a: Tokens, b: Tokens) -> str | None:
		if not a and not b:
			return ""
		for x, y in ((a, b), (b, a)):
			if x and isinstance(x[0], str) and (found := meet(x[1:], y)) is not None:
				return found
		if not a or not b:
			return None
		for letter in sorted(_letters(a[0], b[0])):
			if (found := meet(_after(a, letter), _after(b, letter))) is not None:
				return letter + found
		return None

	return meet(one, other)


def _letters(a: Token, b: Token) -> set[str]:
	"""The letters with which both tokens can go on (two free texts need not: either may stop first)."""
	if isinstance(a, str) and isinstance(b, str):
		return set()
	if isinstance(a, str) or isinstance(b, str):
		free, texts = (a, b) if isinstance(a, str) else (b, a)
		letters = {text[0] for text in texts}
		return letters & DIGIT if free == ANY_DIGITS else letters
	return {text[0] for text in a} & {text[0] for text in b}


def _after(tokens: Tokens, letter: str) -> Tokens:
	head, *tail = tokens
	if isinstance(head, str):
		return tokens
	rest = frozenset(text[1:] for text in head if text[0] == letter)
	return tuple(tail) if rest == {""} else (rest, *tail)


def _as_stored(text: str) -> str:
	"""As the database compares: neither case nor accents matter."""
	return "".join(letter for letter in normalize("NFKD", text.upper()) if not combining(letter))


def _same(source: str | None) -> str:
	return (source or "").strip().casefold()
