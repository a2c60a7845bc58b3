"""By when a person of ours must act, and why."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from prospect_mgmt.procedure import urgency
from prospect_mgmt.procedure.urgency import Work, act_by, first_asked, task_by
from tests.unit.shipped import CALENDAR

MONDAY = datetime(2026, 6, 8, 10)
H = timedelta(hours=1)
NEW = Work(acknowledge_by=MONDAY + 24 * H, satisfy_by=MONDAY + 72 * H)


@pytest.mark.parametrize(
	("work", "by", "why"),
	[
		(NEW, MONDAY + 24 * H, "acknowledge"),
		(replace(NEW, acknowledged_on=MONDAY), MONDAY + 72 * H, "satisfy"),
		(replace(NEW, task_by=MONDAY + 8 * H), MONDAY + 8 * H, "task"),
		(replace(NEW, reminder_on=MONDAY + 2 * H), MONDAY + 2 * H, "reminder"),
		(replace(NEW, respond_by=MONDAY + 5 * H, waiting_since=MONDAY), MONDAY + 5 * H, "respond"),
		(replace(NEW, respond_by=MONDAY + 5 * H), MONDAY + 24 * H, "acknowledge"),  # answered since
	],
)
def test_what_is_asked_first_counts(work, by, why):
	assert first_asked(work, MONDAY) == (by, why)


def test_with_every_promise_kept_we_wait_for_them():
	kept = replace(NEW, acknowledged_on=MONDAY, satisfied_on=MONDAY)
	assert act_by(kept, MONDAY) is None


def test_a_time_agreed_on_goes_before_all_until_it_has_come():
	paused = replace(NEW, paused_until=MONDAY + 200 * H, reminder_on=MONDAY + 200 * H)
	assert first_asked(paused, MONDAY) == (MONDAY + 200 * H, "agreed")
	assert first_asked(paused, MONDAY + 201 * H) == (MONDAY + 24 * H, "acknowledge")


def test_a_closed_enquiry_asks_for_nothing_unless_they_wrote_again():
	closed = replace(NEW, done_on=MONDAY, reminder_on=MONDAY)
	assert act_by(closed, MONDAY) is None
	wrote = replace(closed, wrote_after_done_on=MONDAY + H)
	assert first_asked(wrote, MONDAY) == (datetime(2026, 6, 8, 23, 59, 59), urgency.WROTE_AGAIN)


def test_what_was_asked_on_a_day_off_is_for_the_next_working_day():
	assert task_by(MONDAY, CALENDAR) == datetime(2026, 6, 8, 23, 59, 59)
	assert task_by(datetime(2026, 6, 13, 9), CALENDAR) == datetime(2026, 6, 15, 23, 59, 59)  # a Saturday
	assert task_by(datetime(2026, 6, 12, 22), CALENDAR) == datetime(2026, 6, 15, 23, 59, 59)  # Friday night
