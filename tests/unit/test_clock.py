"""Working time: the calendar against readable cases, and against a clock that is read minute by minute."""

import sys
from datetime import date, datetime, time, timedelta, timezone
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from prospect_mgmt.procedure.clock import CalendarError, WorkingCalendar
from prospect_mgmt.procedure.saying import Said

HOUR = 60 * 60
OFFICE = {
	day: [(time(9), time(12)), (time(13), time(17))] for day in range(5)
}  # Monday to Friday, 7 hours a day, lunch is out
EVERY_DAY = {day: [(time(1), time(5))] for day in range(7)}


def at(text: str) -> datetime:
	return datetime.fromisoformat(text)


@pytest.fixture
def office() -> WorkingCalendar:
	return WorkingCalendar(OFFICE, holidays=[date(2026, 6, 15)], timezone="Asia/Shanghai")


class TestAdd:
	@pytest.mark.parametrize(
		("start", "hours", "due"),
		[
			("2026-06-09 09:00", 1, "2026-06-09 10:00"),
			("2026-06-09 11:30", 1, "2026-06-09 13:30"),  # over lunch
			("2026-06-09 12:20", 1, "2026-06-09 14:00"),  # from the middle of lunch
			("2026-06-09 09:00", 3, "2026-06-09 12:00"),  # ends with the window, not after lunch
			("2026-06-09 09:00", 7, "2026-06-09 17:00"),  # ends with the day, not on the next
			("2026-06-05 18:00", 1, "2026-06-08 10:00"),  # Friday evening counts from Monday morning
			("2026-06-05 16:00", 2, "2026-06-08 10:00"),
			("2026-06-06 11:00", 0.5, "2026-06-08 09:30"),  # Saturday
			("2026-06-12 16:00", 2, "2026-06-16 10:00"),  # Monday the 15th is a holiday
			("2026-06-15 10:00", 1, "2026-06-16 10:00"),  # from the holiday itself
			("2026-06-09 07:00", 1, "2026-06-09 10:00"),  # before opening
			("2026-06-09 09:00", 24, "2026-06-12 12:00"),
			("2026-12-31 09:00", 7, "2026-12-31 17:00"),  # ends with the year, not on the next
			("2026-12-31 16:00", 2, "2027-01-01 10:00"),
		],
	)
	def test_working_hours(self, office, start, hours, due):
		assert office.add(at(start), hours * HOUR, working=True) == at(due)

	def test_elapsed_time_takes_no_notice_of_working_hours(self, office):
		assert office.add(at("2026-06-05 18:00"), 24 * HOUR) == at("2026-06-06 18:00")

	def test_elapsed_is_what_is_added_unless_told_otherwise(self, office):
		assert office.measure(at("2026-06-05 18:00"), at("2026-06-08 10:00")) == 64 * HOUR

	def test_seconds_and_microseconds_are_kept(self, office):
		start = at("2026-06-09 11:59:59.250001")
		assert office.add(start, 1, working=True) == at("2026-06-09 13:00:00.250001")
		assert office.add(start, 0.5, working=True) == at("2026-06-09 11:59:59.750001")
		assert office.add(start, 1.5) == at("2026-06-09 12:00:00.750001")

	def test_negative_seconds_are_refused(self, office):
		for working in (True, False):
			with pytest.raises(ValueError, match="forwards only"):
				office.add(at("2026-06-09 10:00"), -1, working=working)

	def test_a_moment_with_a_timezone_is_refused(self, office):
		with pytest.raises(ValueError, match="naive wall time in Asia/Shanghai"):
			office.add(datetime(2026, 6, 9, tzinfo=timezone.utc), 1)

	def test_beyond_the_calendar(self, office):
		for seconds in (10**12, 10**18, float("inf")):
			with pytest.raises(CalendarError):
				office.add(at("2026-06-09 10:00"), seconds)


class TestOpening:
	def test_zero_working_seconds_from_a_closed_moment_are_the_next_opening(self, office):
		assert office.add(at("2026-06-05 17:00"), 0, working=True) == at("2026-06-08 09:00")
		assert office.add(at("2026-06-09 12:00"), 0, working=True) == at("2026-06-09 13:00")
		assert office.add(at("2026-06-12 20:00"), 0, working=True) == at("2026-06-16 09:00")

	def test_zero_seconds_from_an_open_moment_are_that_moment(self, office):
		assert office.add(at("2026-06-09 09:00"), 0, working=True) == at("2026-06-09 09:00")
		assert office.add(at("2026-06-06 12:00"), 0) == at("2026-06-06 12:00")

	def test_next_opening(self, office):
		assert office.next_opening(at("2026-06-06 12:00")) == at("2026-06-08 09:00")
		assert office.next_opening(at("2026-06-09 10:15")) == at("2026-06-09 10:15")

	def test_a_window_includes_its_start_and_not_its_end(self, office):
		assert office.is_open(at("2026-06-09 09:00"))
		assert office.is_open(at("2026-06-09 11:59:59"))
		assert not office.is_open(at("2026-06-09 12:00"))
		assert not office.is_open(at("2026-06-09 08:59:59"))
		assert not office.is_open(at("2026-06-15 10:00"))  # holiday
		assert not office.is_open(at("2026-06-14 10:00"))  # Sunday


class TestMeasure:
	@pytest.mark.parametrize(
		("start", "end", "hours"),
		[
			("2026-06-09 11:00", "2026-06-09 14:00", 2),
			("2026-06-05 16:00", "2026-06-08 10:00", 2),
			("2026-06-06 00:00", "2026-06-07 23:00", 0),
			("2026-06-12 16:00", "2026-06-16 10:00", 2),
			("2026-06-01 00:00", "2026-07-01 00:00", 21 * 7),  # 22 weekdays less one holiday
			("2025-01-01 00:00", "2026-01-01 00:00", 261 * 7),
		],
	)
	def test_working_hours(self, office, start, end, hours):
		assert office.measure(at(start), at(end), working=True) == hours * HOUR
		assert office.measure(at(end), at(start), working=True) == -hours * HOUR

	def test_parts_of_a_second_are_dropped_in_both_directions(self, office):
		start, end = at("2026-06-09 10:00:00"), at("2026-06-09 10:00:01.999999")
		assert office.measure(start, end) == office.measure(start, end, working=True) == 1
		assert office.measure(end, start) == -1


class TestNights:
	def test_an_end_of_midnight_is_the_end_of_the_day(self):
		late = WorkingCalendar({0: [(time(22), time.min)], 1: [(time.min, time(2))]})
		assert late.add(at("2026-06-08 21:00"), 3 * HOUR, working=True) == at("2026-06-09 01:00")
		assert late.add(at("2026-06-08 22:00"), 2 * HOUR, working=True) == at("2026-06-09 00:00")
		assert late.is_open(at("2026-06-08 23:59:59.999999"))
		assert late.measure(at("2026-06-08 00:00"), at("2026-06-15 00:00"), working=True) == 4 * HOUR

	@pytest.mark.parametrize("windows", [None, {}, {day: [(time.min, time.min)] for day in range(7)}])
	def test_around_the_clock_working_time_is_elapsed_time(self, windows):
		always = WorkingCalendar(windows, timezone="Europe/Berlin")
		start = at("2026-03-27 12:00")
		assert always.is_open(start)
		assert always.add(start, 72 * HOUR, working=True) == always.add(start, 72 * HOUR)
		assert always.measure(start, at("2026-11-01 00:00"), True) == always.measure(
			start, at("2026-11-01 00:00")
		)

	def test_around_the_clock_a_holiday_is_still_off(self):
		always = WorkingCalendar(holidays=[date(2026, 12, 25)])
		assert always.add(at("2026-12-24 23:00"), 2 * HOUR, working=True) == at("2026-12-26 01:00")
		assert always.next_opening(at("2026-12-25 08:00")) == at("2026-12-26 00:00")


class TestClockChanges:
	"""Europe/Berlin 2026: on 29 March 02:00 becomes 03:00, on 25 October 03:00 becomes 02:00."""

	def test_elapsed_hours_are_real_hours(self):
		berlin = WorkingCalendar(timezone="Europe/Berlin")
		assert berlin.add(at("2026-03-28 12:00"), 24 * HOUR) == at("2026-03-29 13:00")
		assert berlin.add(at("2026-10-24 12:00"), 24 * HOUR) == at("2026-10-25 11:00")
		assert berlin.measure(at("2026-03-29 00:00"), at("2026-03-30 00:00")) == 23 * HOUR
		assert berlin.measure(at("2026-10-25 00:00"), at("2026-10-26 00:00")) == 25 * HOUR

	def test_a_window_with_the_jump_is_an_hour_shorter_or_longer(self):
		nights = WorkingCalendar(EVERY_DAY, timezone="Europe/Berlin")
		assert nights.measure(at("2026-03-28 00:00"), at("2026-03-29 00:00"), working=True) == 4 * HOUR
		assert nights.measure(at("2026-03-29 00:00"), at("2026-03-30 00:00"), working=True) == 3 * HOUR
		assert nights.measure(at("2026-10-25 00:00"), at("2026-10-26 00:00"), working=True) == 5 * HOUR
		assert nights.add(at("2026-03-29 01:00"), 3 * HOUR, working=True) == at("2026-03-29 05:00")

	def test_office_hours_take_no_notice_of_a_jump_at_night(self):
		office = WorkingCalendar(OFFICE, timezone="Europe/Berlin")
		assert office.add(at("2026-03-27 16:00"), 2 * HOUR, working=True) == at("2026-03-30 10:00")

	def test_a_window_edge_in_the_skipped_hour_is_the_moment_of_the_jump(self):
		opens = WorkingCalendar({6: [(time(2, 30), time(5))]}, timezone="Europe/Berlin")
		assert opens.next_opening(at("2026-03-29 00:00")) == at("2026-03-29 03:00")
		closes = WorkingCalendar({6: [(time(1), time(2, 30))]}, timezone="Europe/Berlin")
		assert closes.measure(at("2026-03-29 00:00"), at("2026-03-30 00:00"), working=True) == HOUR
		gone = WorkingCalendar({6: [(time(2), time(3))]}, timezone="Europe/Berlin")
		assert gone.next_opening(at("2026-03-29 00:00")) == at("2026-04-05 02:00")

	def test_a_moment_in_the_skipped_hour_is_the_moment_of_the_jump(self):
		berlin = WorkingCalendar(timezone="Europe/Berlin")
		assert berlin.measure(at("2026-03-29 02:10"), at("2026-03-29 03:00")) == 0
		assert berlin.add(at("2026-03-29 02:10"), 60) == at("2026-03-29 03:01")

	def test_an_ambiguous_moment_is_the_first(self):
		berlin = WorkingCalendar(timezone="Europe/Berlin")
		assert berlin.measure(at("2026-10-25 02:30"), at("2026-10-25 03:00")) == 90 * 60
		assert berlin.measure(at("2026-10-25 02:30").replace(fold=1), at("2026-10-25 03:00")) == 90 * 60

	def test_a_result_in_the_second_time_round_is_the_end_of_the_hour(self):
		berlin = WorkingCalendar(timezone="Europe/Berlin")
		start = at("2026-10-25 02:30")
		assert [berlin.add(start, minutes * 60) for minutes in (29, 30, 60, 90, 91)] == [
			at("2026-10-25 02:59"),
			at("2026-10-25 03:00"),
			at("2026-10-25 03:00"),
			at("2026-10-25 03:00"),
			at("2026-10-25 03:01"),
		]

	def test_half_an_hour_on_lord_howe(self):
		lord_howe = WorkingCalendar(EVERY_DAY, timezone="Australia/Lord_Howe")
		assert lord_howe.measure(at("2026-04-05 00:00"), at("2026-04-06 00:00"), working=True) == 4.5 * HOUR
		assert lord_howe.measure(at("2026-10-04 00:00"), at("2026-10-05 00:00"), working=True) == 3.5 * HOUR

	def test_a_jump_at_midnight(self):
		"""Cairo, 24 April 2026: 00:00 becomes 01:00. 29 October: 24:00 becomes 23:00."""
		cairo = WorkingCalendar({day: [(time.min, time.min)] for day in range(7)}, timezone="Africa/Cairo")
		assert cairo.measure(at("2026-04-24 00:00"), at("2026-04-25 00:00"), working=True) == 23 * HOUR
		assert cairo.measure(at("2026-10-29 00:00"), at("2026-10-30 00:00"), working=True) == 25 * HOUR
		assert cairo.measure(at("2026-10-30 00:00"), at("2026-10-31 00:00"), working=True) == 24 * HOUR

	def test_a_day_that_never_was(self):
		"""Samoa skipped 30 December 2011."""
		apia = WorkingCalendar(timezone="Pacific/Apia")
		assert apia.measure(at("2011-12-29 12:00"), at("2011-12-31 12:00"), working=True) == 24 * HOUR
		assert apia.next_opening(at("2011-12-30 12:00")) == at("2011-12-31 00:00")


class TestRefused:
	@pytest.mark.parametrize(
		("windows", "says"),
		[
			(
				{0: [(time(9), time(12)), (time(11), time(17))]},
				"Monday 09:00 to 12:00 overlaps 11:00 to 17:00",
			),
			(
				{0: [(time(13), time(17)), (time(9), time(13, 1))]},
				"Monday 09:00 to 13:01 overlaps 13:00 to 17:00",
			),
			({2: [(time(0), time(0)), (time(9), time(10))]}, "Wednesday 00:00 to 00:00 overlaps"),
			({6: [(time(17), time(9))]}, "Sunday 17:00 to 09:00 ends before it starts"),
			({4: [(time(9), time(9))]}, "Friday 09:00 to 09:00 ends before it starts"),
			({7: [(time(9), time(10))]}, "7 is not a weekday"),
			({0: [], 3: []}, "working hours are empty"),
		],
	)
	def test_working_hours_that_make_no_sense(self, windows, says):
		with pytest.raises(CalendarError, match=says) as refused:
			WorkingCalendar(windows)
		assert isinstance(refused.value.args[0], Said)  # so that a site can say it in its reader's language

	@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Europe", None])
	def test_an_unknown_timezone(self, name):
		with pytest.raises(CalendarError, match="not a timezone"):
			WorkingCalendar(timezone=name)

	def test_windows_may_touch(self):
		both = WorkingCalendar({0: [(time(9), time(12)), (time(12), time(13))]})
		assert both.add(at("2026-06-08 11:00"), 2 * HOUR, working=True) == at("2026-06-08 13:00")

	def test_never_open_within_twenty_years(self):
		mondays = {date(2026, 1, 5) + timedelta(weeks=week) for week in range(53 * 25)}
		closed = WorkingCalendar({0: [(time(9), time(10))]}, holidays=mondays)
		for search in (closed.next_opening, lambda start: closed.add(start, 1, working=True)):
			with pytest.raises(
				CalendarError, match="not enough working time in the 20 years after 2026-06-08"
			):
				search(at("2026-06-08 09:30"))

	def test_open_again_after_years_of_holidays(self):
		mondays = {date(2026, 1, 5) + timedelta(weeks=week) for week in range(53 * 10)}
		reopens = max(mondays) + timedelta(weeks=1)
		closed = WorkingCalendar({0: [(time(9), time(10))]}, holidays=mondays)
		assert closed.next_opening(at("2026-06-08 09:30")) == datetime.combine(reopens, time(9))


class TestCost:
	"""Few operations, however far away. Counted, not timed."""

	def lines_run(self, calendar: WorkingCalendar, seconds: int) -> int:
		lines = 0

		def trace(frame, event, arg):
			nonlocal lines
			lines += event == "line"
			return trace

		sys.settrace(trace)
		try:
			calendar.add(at("2026-03-20 14:03"), seconds, working=True)
		finally:
			sys.settrace(None)
		return lines

	def test_thirty_working_days_take_few_operations(self):
		calendar = WorkingCalendar(OFFICE, [date(2026, 5, 1)], "Europe/Berlin")
		self.lines_run(calendar, 30 * 24 * HOUR)  # fills what is kept for the year
		assert self.lines_run(calendar, 30 * 24 * HOUR) < 200

	def test_months_take_no_more_than_days(self):
		calendar = WorkingCalendar(OFFICE, [date(2026, 5, 1)], "Europe/Berlin")
		calendar.add(at("2026-03-20 14:03"), 200 * 7 * HOUR, working=True)
		assert self.lines_run(calendar, 150 * 7 * HOUR) < 2 * self.lines_run(calendar, 2 * 7 * HOUR)

	def test_a_new_calendar_is_ready_soon(self):
		self.lines_run(WorkingCalendar(OFFICE, [], "Europe/Berlin"), HOUR)
		holidays = [date(2026, 1, 1) + timedelta(days=day) for day in range(0, 1500, 5)]
		calendar = WorkingCalendar(OFFICE, holidays, "Europe/Berlin")
		assert self.lines_run(calendar, 30 * 24 * HOUR) < 2500


# The same in the slowest and plainest way: read a clock every minute. While an hour comes for the second
# time, the clock on the wall counts as standing at the latest reading it has shown.

ZONES_AND_CHANGES = [
	("Europe/Berlin", date(2026, 3, 29)),
	("Europe/Berlin", date(2026, 10, 25)),
	("America/New_York", date(2026, 3, 8)),
	("America/New_York", date(2026, 11, 1)),
	("Australia/Lord_Howe", date(2026, 4, 5)),
	("Australia/Lord_Howe", date(2026, 10, 4)),
	("Africa/Cairo", date(2026, 4, 24)),
	("Africa/Cairo", date(2026, 10, 29)),
	("Asia/Jerusalem", date(2026, 3, 27)),  # at 00:00 UTC
	("Asia/Jerusalem", date(2026, 10, 25)),
	("Asia/Shanghai", date(2026, 6, 10)),
	("Asia/Kolkata", date(2026, 12, 31)),
]
DAYS_AROUND = 5
FEW_HOURS = st.integers(0, 16 * HOUR)  # within 20 years even for a calendar with one minute a week
MINUTES_A_DAY = 24 * 60


@lru_cache
def readings(zone: str, around: date) -> list[datetime]:
	"""What the clock shows at every minute (UTC) of the days around."""
	begin = datetime.combine(around - timedelta(days=DAYS_AROUND), time.min, timezone.utc)
	shown, latest = [], datetime.min
	for minute in range(2 * DAYS_AROUND * MINUTES_A_DAY):
		wall = (begin + timedelta(minutes=minute)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
		latest = max(latest, wall)
		shown.append(latest)
	return shown


class MinuteByMinute:
	def __init__(self, windows, holidays, zone, around):
		self.shown = readings(zone, around)
		self.windows, self.holidays = windows, holidays

	@cached_property
	def open(self):
		working = {
			(day, minute) for day, rows in self.windows.items() for row in rows for minute in range(*row)
		}
		return [
			(wall.weekday(), wall.hour * 60 + wall.minute) in working and wall.date() not in self.holidays
			for wall in self.shown
		]

	def index(self, wall):
		"""The first minute at which the clock shows that time, or has jumped over it."""
		return next(minute for minute, shown in enumerate(self.shown) if shown >= wall)

	def reading(self, index):
		"""Of a time that comes round again: when it is over."""
		while index and self.shown[index] == self.shown[index - 1]:
			index += 1
		return self.shown[index]

	def measure(self, start, end, working):
		first, last = self.index(start), self.index(end)
		if first > last:
			return -self.measure(end, start, working)
		return 60 * (sum(self.open[first:last]) if working else last - first)

	def add(self, start, minutes, working):
		index = self.index(start)
		if not working:
			return self.reading(index + minutes)
		while minutes:
			minutes -= self.open[index]
			index += 1
		return self.reading(index)

	def next_opening(self, wall):
		return self.reading(next(i for i in range(self.index(wall), len(self.open)) if self.open[i]))


@st.composite
def days_windows(draw):
	"""Up to three windows as minutes of the day, often with an edge in the hour that jumps."""
	edge = st.one_of(st.integers(0, MINUTES_A_DAY), st.integers(55, 190), st.sampled_from([0, 720, 1440]))
	edges = sorted(draw(st.sets(edge, min_size=2, max_size=6)))
	return [(edges[i], edges[i + 1]) for i in range(0, len(edges) - 1, 2)]


@st.composite
def situations(draw):
	"""A random calendar, the minute by minute model of it, and some moments in its days."""
	zone, around = draw(st.sampled_from(ZONES_AND_CHANGES))
	windows = draw(st.dictionaries(st.integers(0, 6), days_windows(), min_size=1))
	holidays = {around + timedelta(days=n) for n in draw(st.sets(st.integers(-4, 4), max_size=3))}
	calendar = WorkingCalendar({day: clock_times(rows) for day, rows in windows.items()}, holidays, zone)
	model = MinuteByMinute(windows, holidays, zone, around)
	midnight = datetime.combine(around, time.min)
	minute = st.one_of(
		st.integers(-2 * MINUTES_A_DAY, 3 * MINUTES_A_DAY), st.integers(0, 240), st.integers(1380, 1440)
	)
	moments = sorted(midnight + timedelta(minutes=draw(minute)) for _ in range(2))
	return calendar, model, moments


def clock_times(rows):
	return [(minute_of_day(start), minute_of_day(end)) for start, end in rows]


def minute_of_day(minute):
	return time(minute // 60 % 24, minute % 60)


@settings(max_examples=200, deadline=None)
@given(situations(), st.booleans())
def test_measure_is_what_the_minutes_say(situation, working):
	calendar, model, (start, end) = situation
	assert calendar.measure(start, end, working) == model.measure(start, end, working)
	assert calendar.measure(end, start, working) == model.measure(end, start, working)


@settings(max_examples=200, deadline=None)
@given(situations(), st.integers(1, 2 * MINUTES_A_DAY), st.booleans())
def test_add_is_what_the_minutes_say(situation, minutes, working):
	calendar, model, (start, _) = situation
	assume(not working or sum(model.open[model.index(start) : -MINUTES_A_DAY]) >= minutes)
	assert calendar.add(start, minutes * 60, working) == model.add(start, minutes, working)


@settings(max_examples=200, deadline=None)
@given(situations())
def test_openings_are_what_the_minutes_say(situation):
	calendar, model, (moment, _) = situation
	assert calendar.is_open(moment) == model.open[model.index(moment)]
	assume(any(model.open[model.index(moment) : -MINUTES_A_DAY]))
	assert calendar.next_opening(moment) == model.next_opening(moment)


@settings(max_examples=200, deadline=None)
@given(situations(), FEW_HOURS, st.booleans())
def test_what_is_added_is_measured_again(situation, seconds, working):
	calendar, _, (start, _) = situation
	end = calendar.add(start, seconds, working)
	measured = calendar.measure(start, end, working)
	if is_end_of_a_repeated_hour(calendar, end):
		assert seconds <= measured <= seconds + HOUR  # no naive time says more exactly when
	else:
		assert measured == seconds


def is_end_of_a_repeated_hour(calendar, end):
	return calendar.measure(end - timedelta(microseconds=1), end) >= 1


@settings(max_examples=200, deadline=None)
@given(situations(), st.tuples(FEW_HOURS, FEW_HOURS), st.booleans())
def test_more_or_later_is_never_earlier(situation, seconds, working):
	calendar, _, (start, later) = situation
	less, more = sorted(seconds)
	assert calendar.add(start, less, working) <= calendar.add(start, more, working)
	assert calendar.add(start, less, working) <= calendar.add(later, less, working)
