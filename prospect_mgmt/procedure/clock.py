"""Working time: add it, measure it. Holidays count, and so do the two days a year on which the clock jumps.

All datetimes are naive wall time in the calendar's timezone, as Frappe stores them. Naive time cannot say
everything:

- An hour that comes twice (autumn) means the first time round. A result that falls into the second time round
  is given as the end of that hour: later results are never earlier, and nothing is due too soon.
- An hour that is skipped (spring) means the moment of the jump; so does a working window's edge in it.

Inside, a moment is an *instant*: whole microseconds since 1970 in UTC. Working time is counted by a
cumulative function: so much a week, corrected on the exceptional days (holidays, clock changes). Both
directions are a bisect, whatever the span.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from io import BytesIO
from itertools import accumulate, pairwise
from struct import pack
from typing import NamedTuple
from zoneinfo import ZoneInfo

from prospect_mgmt.procedure.saying import Said, _lt

EPOCH = datetime(1970, 1, 1)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000  # microseconds
DAY = 24 * 60 * 60 * SECOND
HORIZON_YEARS = 20
# RFC 8536: one type of time, offset 0
UTC_DATA = b"TZif" + bytes(16) + pack(">6l", 0, 0, 0, 0, 1, 4) + bytes(6) + b"UTC\0"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Windows = Mapping[int, Sequence[tuple[time, time]]]


class CalendarError(ValueError):
	"""The working hours make no sense, or there is not enough working time within 20 years; its one argument, a Said, says why."""


class _Year(NamedTuple):
	"""The working time of one year; days are proleptic ordinals (date.toordinal)."""

	first: int
	after: int  # the first day of the next year
	exceptional: list[int]  # days whose working time is not that of their weekday
	corrections: list[int]  # running sum of what they differ by, in microseconds; starts with 0
	total: int  # microseconds


class WorkingCalendar:
	"""The working hours of a procedure (Prospect Procedure: `working_hours`, `holiday_list`).

	windows: {weekday (0 = Monday): [(start, end), …]}; an end of 00:00 means midnight at the end of the day.
	No windows at all (None or an empty mapping) = every hour is working.
	holidays: whole days off, also when every hour is working.
	timezone: IANA name. All datetimes are naive wall time in that zone.

	Raises CalendarError for an unknown timezone, windows that overlap or end before they start, and windows
	that leave no working time at all.
	"""

	def __init__(self, windows: Windows | None = None, holidays: Iterable[date] = (), timezone: str = "UTC"):
		self._zone = _zone(timezone)
		self._holidays = frozenset(day.toordinal() for day in holidays)
		self._week = _week(windows)
		self._regular = [sum(end - start for start, end in day) for day in self._week]
		self._before_weekday = list(accumulate(self._regular, initial=0))
		self._years: dict[int, _Year] = {}
		if not any(self._regular):
			raise CalendarError(_lt("The working hours are empty: no day of the week has any working time"))

	def add(self, start: datetime, seconds: int | float, working: bool = False) -> datetime:
		"""The moment `seconds` after `start`: elapsed (real) seconds, or working seconds.

		Working time that ends with a window ends there, not at the next opening; only 0 working seconds from
		a closed moment are the next opening. Never earlier for more seconds, nor for a later start.
		Raises ValueError for negative seconds, CalendarError when the result is more than 20 years of working
		days away or beyond the calendar.
		"""
		try:
			duration = timedelta(seconds=seconds) // MICROSECOND
			if duration < 0:
				raise ValueError(f"Cannot add {seconds} seconds: time is added forwards only")
			if not working:
				return self._wall(self._instant(start) + duration)
			if duration == 0:
				return self.next_opening(start)
			return self._wall(self._after(self._instant(start), duration))
		except OverflowError:
			beyond = _lt("{0} seconds after {1} is beyond the calendar")
			raise CalendarError(beyond.format(seconds, start)) from None

	def measure(self, start: datetime, end: datetime, working: bool = False) -> int:
		"""Whole seconds from `start` to `end`: elapsed (real) seconds, or working seconds.

		Negative if end < start.
		"""
		first, last = self._instant(start), self._instant(end)
		if first > last:
			return -self.measure(end, start, working)
		return (self._worked_between(first, last) if working else last - first) // SECOND

	def is_open(self, moment: datetime) -> bool:
		"""Whether the moment is in working time. A window's start is, its end is not."""
		return self._is_open(self._instant(moment))

	def next_opening(self, moment: datetime) -> datetime:
		"""The first working moment from `moment` on: the moment itself when open.

		Raises CalendarError when there is none within 20 years.
		"""
		instant = self._instant(moment)
		if not self._is_open(instant):
			instant = self._after(instant, 1) - 1
		return self._wall(instant)

	# naive wall time <-> instant

	def _instant(self, moment: datetime) -> int:
		if moment.tzinfo is not None:
			raise ValueError(
				f"{moment} has a timezone: this calendar takes naive wall time in {self._zone.key}"
			)
		first = moment.replace(tzinfo=self._zone, fold=0)
		offset = first.utcoffset()
		if first.replace(fold=1).utcoffset() > offset:
			return _skipped_at(self._zone.key, moment)
		return (moment - EPOCH - offset) // MICROSECOND

	def _wall(self, instant: int) -> datetime:
		local = self._zone.fromutc((EPOCH + instant * MICROSECOND).replace(tzinfo=self._zone))
		if local.fold:
			return _repeated_until(self._zone.key, instant)
		return local.replace(tzinfo=None)

	# one day

	def _openings(self, day: int) -> list[tuple[int, int]]:
		"""The working windows of that day, as instants."""
		if day in self._holidays:
			return []
		midnight = datetime.fromordinal(day)
		return [
			(self._instant(midnight + start * MICROSECOND), self._instant(midnight + end * MICROSECOND))
			for start, end in self._week[_weekday(day)]
		]

	def _day_of(self, instant: int) -> int:
		return self._wall(instant).toordinal()

	def _is_open(self, instant: int) -> bool:
		return any(start <= instant < end for start, end in self._openings(self._day_of(instant)))

	# cumulative working time; a position is (year, working microseconds since that year began)

	def _position(self, instant: int) -> tuple[int, int]:
		day = self._day_of(instant)
		number = date.fromordinal(day).year
		today = sum(min(instant, end) - start for start, end in self._openings(day) if start < instant)
		return number, self._worked_before(self._year(number), day) + today

	def _worked_between(self, first: int, last: int) -> int:
		first_year, before = self._position(first)
		last_year, until = self._position(last)
		return sum(self._year(number).total for number in range(first_year, last_year)) + until - before

	def _after(self, instant: int, duration: int) -> int:
		"""The earliest instant by which `duration` (more than 0) has been worked since `instant`."""
		first_year, worked = self._position(instant)
		missing = worked + duration
		for number in range(first_year, first_year + HORIZON_YEARS + 1):
			year = self._year(number)
			if missing <= year.total:
				return self._instant_in(year, missing)
			missing -= year.total
		too_little = _lt(
			"There is not enough working time in the {0} years after {1}: check the working hours and the holidays"
		)
		raise CalendarError(too_little.format(HORIZON_YEARS, self._wall(instant)))

	def _instant_in(self, year: _Year, worked: int) -> int:
		days = range(year.first, year.after)
		index = bisect_left(days, worked, key=lambda day: self._worked_before(year, day + 1))
		rest = worked - self._worked_before(year, days[index])
		for start, end in self._openings(days[index]):
			if rest <= end - start:
				return start + rest
			rest -= end - start
		raise AssertionError("the day's windows do not add up to its working time")

	def _worked_before(self, year: _Year, day: int) -> int:
		"""Working microseconds from the start of the year to the start of the day."""
		corrected = year.corrections[bisect_left(year.exceptional, day)]
		return self._regular_before(day) - self._regular_before(year.first) + corrected

	def _regular_before(self, day: int) -> int:
		weeks, weekday = divmod(day - 1, 7)  # day 1 was a Monday
		return weeks * self._before_weekday[7] + self._before_weekday[weekday]

	def _year(self, number: int) -> _Year:
		if number not in self._years:
			self._years[number] = self._build_year(number)
		return self._years[number]

	def _build_year(self, number: int) -> _Year:
		first = date(number, 1, 1).toordinal()
		after = date(number, 12, 31).toordinal() + 1
		candidates = self._holidays.union(_days_of_change(self._zone.key, number))
		exceptional = sorted(day for day in candidates if first <= day < after)
		corrections = list(accumulate(map(self._correction, exceptional), initial=0))
		total = self._regular_before(after) - self._regular_before(first) + corrections[-1]
		return _Year(first, after, exceptional, corrections, total)

	def _correction(self, day: int) -> int:
		actual = sum(end - start for start, end in self._openings(day))
		return actual - self._regular[_weekday(day)]


# the week


def _week(windows: Windows | None) -> list[list[tuple[int, int]]]:
	"""Per weekday the windows in microseconds since midnight, in order."""
	if not windows:
		return [[(0, DAY)]] * 7
	for weekday in windows:
		if weekday not in range(7):
			raise CalendarError(_lt("{0} is not a weekday: Monday is 0, Sunday is 6").format(weekday))
	return [_windows_of(weekday, windows.get(weekday) or ()) for weekday in range(7)]


def _windows_of(weekday: int, windows: Sequence[tuple[time, time]]) -> list[tuple[int, int]]:
	ordered = sorted((_since_midnight(start), _since_midnight(end) or DAY) for start, end in windows)
	for start, end in ordered:
		if end <= start:
			backwards = _lt("{0} {1} to {2} ends before it starts")
			raise CalendarError(backwards.format(Said(WEEKDAYS[weekday]), _clock(start), _clock(end)))
	for earlier, later in pairwise(ordered):
		if later[0] < earlier[1]:
			overlap = _lt("{0} {1} to {2} overlaps {3} to {4}")
			raise CalendarError(overlap.format(Said(WEEKDAYS[weekday]), *map(_clock, (*earlier, *later))))
	return ordered


def _since_midnight(moment: time) -> int:
	return (datetime.combine(EPOCH, moment) - EPOCH) // MICROSECOND


def _clock(microseconds: int) -> str:
	return f"{EPOCH + microseconds % DAY * MICROSECOND:%H:%M}"


def _weekday(day: int) -> int:
	return (day - 1) % 7


# clock changes


class _Change(NamedTuple):
	instant: int
	before: int  # offset from UTC in microseconds
	after: int


def _zone(name: str) -> ZoneInfo:
	try:
		return ZoneInfo(name)
	except (KeyError, ValueError, OSError, TypeError, AttributeError):
		if name == "UTC":  # a machine without a timezone database, as small containers are
			return ZoneInfo.from_file(BytesIO(UTC_DATA), key="UTC")
		raise CalendarError(_lt("“{0}” is not a timezone known here").format(name)) from None


@lru_cache(maxsize=1024)
def _changes(zone: str, year: int) -> tuple[_Change, ...]:
	"""When the zone's offset from UTC changes in that year (UTC) and two days either side: found by looking
	once a day, since zoneinfo does not tell."""
	begin = (date(year, 1, 1) - EPOCH.date()).days
	last = (date(year, 12, 31) - EPOCH.date()).days
	offsets = [(day * DAY, _offset(zone, day * DAY)) for day in range(begin - 2, last + 4)]
	return tuple(
		_Change(_exact_change(zone, low, high), before, after)
		for (low, before), (high, after) in pairwise(offsets)
		if before != after
	)


def _exact_change(zone: str, low: int, high: int) -> int:
	"""The first second in (low, high] with the new offset."""
	new = _offset(zone, high)
	instants = range(low, high + SECOND, SECOND)
	return instants[bisect_left(instants, True, key=lambda instant: _offset(zone, instant) == new)]


def _offset(zone: str, instant: int) -> int:
	key = _zone(zone)
	utc = (EPOCH + instant * MICROSECOND).replace(tzinfo=key)
	return key.fromutc(utc).utcoffset() // MICROSECOND


@lru_cache(maxsize=1024)
def _days_of_change(zone: str, year: int) -> frozenset[int]:
	"""The days (ordinals) around that year on which the clock jumps: those it jumps from and to."""
	return frozenset(
		EPOCH.toordinal() + (change.instant + offset) // DAY
		for change in _changes(zone, year)
		for offset in (change.before, change.after)
	)


def _skipped_at(zone: str, moment: datetime) -> int:
	"""The instant of the jump that skips this wall time."""
	wall = (moment - EPOCH) // MICROSECOND
	return next(
		change.instant
		for change in _changes(zone, moment.year)
		if change.instant + change.before <= wall < change.instant + change.after
	)


def _repeated_until(zone: str, instant: int) -> datetime:
	"""The wall time at which the repeated hour around this instant is over."""
	year = (EPOCH + instant * MICROSECOND).year
	return next(
		EPOCH + (change.instant + change.before) * MICROSECOND
		for change in _changes(zone, year)
		if change.instant <= instant < change.instant + change.before - change.after
	)
