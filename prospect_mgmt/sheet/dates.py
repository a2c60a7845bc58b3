"""Dates as people write them in spreadsheets. All are naive; a date without a time is that day at 00:00."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from prospect_mgmt.procedure.saying import _lt
from prospect_mgmt.sheet.cleaning import Unclear, short, text
from prospect_mgmt.sheet.columns import plain

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
EXCEL_START = datetime(1899, 12, 30)
FIRST_DAY, LAST_DAY = 20_000, 80_000  # days since then that a date of today may have: 1954 … 2119
FIRST_YEAR, LAST_YEAR = 1990, 2100
NO_DATE = _lt("“{0}” is no date: write it as 2026-05-31")
MONTHS = {
	1: "jan january januar janner janvier enero ene janeiro",
	2: "feb february februar fevrier fev febrero fevereiro",
	3: "mar march marz maerz mars marzo marco mrz",
	4: "apr april avril avr abril abr",
	5: "may mai mayo maio",
	6: "jun june juni juin junio junho",
	7: "jul july juli juillet juil julio julho",
	8: "aug august aout agosto ago",
	9: "sep sept september septembre septiembre setembro set",
	10: "oct october oktober okt octobre octubre outubro out",
	11: "nov november novembre noviembre novembro",
	12: "dec december dezember dez decembre diciembre dic dezembro",
}
MONTH_OF = {name: month for month, names in MONTHS.items() for name in names.split()}
TIME = re.compile(
	r"[T ,]+(?:um |at )?(\d{1,2})[:.h](\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([ap]\.?m\.?)?\s*(?:uhr|h|Z|[+-]\d{2}:?\d{2})?$",
	re.IGNORECASE,
)
THREE = re.compile(r"(\d{1,4})\s*[./\-年]\s*(\d{1,2})\s*[./\-月]\s*(\d{1,4})\s*日?")
NAMED = re.compile(
	r"(?:\w+,\s*)?(\d{1,2})(?:st|nd|rd|th|er|º|°)?\.?[ \-]*(?:de )?([^\W\d_]+)\.?,?[ \-]*(?:de )?(\d{4}|\d{2})"
)
NAMED_FIRST = re.compile(r"([^\W\d_]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")


def moment(cell: object, order: str = DAY_FIRST) -> datetime | None:
	"""The moment in a cell; None for an empty one. `order` says what 3/5/2026 means. Raises Unclear."""
	if isinstance(cell, datetime):
		return cell.replace(tzinfo=None)
	if isinstance(cell, date):
		return datetime.combine(cell, time.min)
	if isinstance(cell, (int, float)):
		return _serial(float(cell))
	said = text(cell)
	if not said or said in ("-", "–", "n/a", "N/A"):
		return None
	if re.fullmatch(r"\d{5}(\.\d+)?", said):
		return _serial(float(said))
	found = TIME.search(said)
	return datetime.combine(_day(said[: found.start()] if found else said, order), _time(found, said))


def order_of(cells: Iterable[object]) -> str | None:
	"""Whether day or month comes first, by the first date that leaves no choice; None when all do."""
	for cell in cells:
		found = THREE.match(cell.strip()) if isinstance(cell, str) else None
		if found and len(found[1]) <= 2:
			if int(found[1]) > 12 or "." in found.group():
				return DAY_FIRST
			if int(found[2]) > 12:
				return MONTH_FIRST
	return None


def _serial(days: float) -> datetime:
	if not FIRST_DAY <= days <= LAST_DAY:
		raise Unclear(NO_DATE.format(f"{days:g}"))
	return EXCEL_START + timedelta(seconds=round(days * 86400))


def _day(said: str, order: str) -> date:
	said = said.strip()
	if found := THREE.fullmatch(said):
		first, second = int(found[1]), int(found[2])
		if len(found[1]) == 4:
			return _checked(found[1], second, int(found[3]), said)
		day, month = (first, second) if order == DAY_FIRST or "." in said else (second, first)
		if month > 12 >= day:  # no choice: the other way round
			day, month = month, day
		return _checked(found[3], month, day, said)
	for pattern, (day, month) in ((NAMED, (1, 2)), (NAMED_FIRST, (2, 1))):
		if (found := pattern.fullmatch(said)) and (number := MONTH_OF.get(plain(found[month]))):
			return _checked(found[3], number, int(found[day]), said)
	raise Unclear(NO_DATE.format(short(said)))


def _checked(written: str, month: int, day: int, said: str) -> date:
	year = int(written) + (2000 if len(written) <= 2 else 0)
	if not FIRST_YEAR <= year <= LAST_YEAR:
		raise Unclear(_lt("“{0}”: the year {1} cannot be right").format(short(said), year))
	try:
		return date(year, month, day)
	except ValueError:
		raise Unclear(_lt("“{0}”: there is no such day").format(short(said))) from None


def _time(found: re.Match | None, said: str) -> time:
	if not found:
		return time.min
	hour, half = int(found[1]), (found[4] or "").lower()[:1]
	if half:
		hour = hour % 12 + (12 if half == "p" else 0)
	try:
		return time(hour, int(found[2]), int(found[3] or 0))
	except ValueError:
		raise Unclear(_lt("“{0}”: there is no such time of day").format(short(said))) from None
