"""Pauses by agreement: kept when they begin and end, and no moment counted twice."""

from datetime import datetime, timedelta

from prospect_mgmt.procedure.pauses import follow, read, together

MONDAY = datetime(2026, 5, 4, 9)


def at(hours: float) -> datetime:
	return MONDAY + timedelta(hours=hours)


def test_a_pause_lasts_until_the_time_agreed_on_or_until_it_is_ended():
	agreed = follow(None, at(48), at(0))
	assert read(agreed) == [(at(0), at(48))]
	assert read(follow(agreed, None, at(10))) == [(at(0), at(10))]
	assert read(follow(agreed, None, at(60))) == [(at(0), at(48))]


def test_a_pause_that_is_moved_is_kept_as_two_that_touch():
	moved = follow(follow(None, at(48), at(0)), at(72), at(24))
	assert read(moved) == [(at(0), at(24)), (at(24), at(72))]
	assert together(read(moved)) == [(at(0), at(72))]


def test_what_ends_as_it_begins_is_no_pause():
	assert follow(follow(None, at(48), at(0)), None, at(0)) == ""
	assert follow(None, at(-1), at(0)) == ""


def test_no_moment_is_in_two_spans():
	assert together([(at(5), at(9)), (at(0), at(6)), (at(20), at(21))]) == [(at(0), at(9)), (at(20), at(21))]
	assert together([(at(0), at(9)), (at(2), at(3))]) == [(at(0), at(9))]
