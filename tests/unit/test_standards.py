"""Promises: when due, met, missed, void."""

from datetime import datetime, time, timedelta

import pytest

from prospect_mgmt.procedure.clock import WorkingCalendar
from prospect_mgmt.procedure.standards import Standard, delay, judge, satisfied_on

DUE = datetime(2026, 6, 9, 9)
EARLY, LATE = DUE - timedelta(minutes=1), DUE + timedelta(minutes=1)
OFFICE = WorkingCalendar(
	{day: [(time(9), time(12)), (time(13), time(18))] for day in range(5)}, timezone="Europe/Berlin"
)


@pytest.mark.parametrize(
	("met_on", "now", "expected"),
	[
		(None, EARLY, "Pending"),
		(None, DUE, "Pending"),
		(None, LATE, "Missed"),
		(EARLY, LATE, "Met"),
		(DUE, LATE, "Met"),
		(LATE, LATE, "Missed"),
	],
)
def test_a_promise_is_judged_by_when_it_was_met(met_on, now, expected):
	assert judge(DUE, met_on, now) == expected


def test_nothing_promised_is_no_status():
	assert judge(None, None, LATE) == ""


@pytest.mark.parametrize("outcome", ["Spam", "Duplicate"])
def test_spam_and_duplicate_void_every_promise(outcome):
	assert judge(DUE, EARLY, LATE, closed=True, outcome=outcome) == "Void"
	assert judge(DUE, None, LATE, closed=True, outcome=outcome) == "Void"


def test_a_promise_still_pending_when_closed_is_void_but_a_missed_one_stays_missed():
	assert judge(DUE, None, EARLY, closed=True, outcome="Lost") == "Void"
	assert judge(DUE, None, LATE, closed=True, outcome="Lost") == "Missed"


def test_a_standard_counts_elapsed_or_working_time():
	friday_noon = datetime(2026, 6, 12, 11)
	assert Standard(24 * 3600).due(friday_noon, OFFICE) == datetime(2026, 6, 13, 11)
	assert Standard(8 * 3600, working=True).due(friday_noon, OFFICE) == datetime(2026, 6, 15, 11)
	assert Standard(3600).due(None, OFFICE) is None


def test_satisfied_when_every_question_is_answered():
	assert satisfied_on([EARLY, LATE], None) == LATE
	assert satisfied_on([EARLY, None], LATE) is None
	assert satisfied_on([], LATE) == LATE
	assert satisfied_on([], None) is None


def test_a_delay_is_ours_theirs_or_outside_working_hours():
	tuesday, thursday = datetime(2026, 6, 9, 11), datetime(2026, 6, 11, 10)
	turns = [(tuesday - timedelta(days=1), tuesday + timedelta(hours=3)), (thursday, datetime.max)]
	# Tuesday 11–12 and 13–18, Wednesday 8 h, Thursday 9–10; theirs: Tuesday 11–12 and 13–14.
	assert delay(tuesday, thursday, turns, OFFICE) == (15 * 3600, 2 * 3600)
