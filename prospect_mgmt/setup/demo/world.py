"""The moved clock, and what happens by itself while it moves: the sweep and the scheduler's daily jobs."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import frappe
from frappe.utils import get_datetime, get_system_timezone, now_datetime

from prospect_mgmt import sweep
from prospect_mgmt.entry.rules import calendar_of
from prospect_mgmt.setup.demo import reviews

SWEEP_EVERY = timedelta(
	minutes=15
)  # the real one comes every minute; this is near enough and ten times as quick
MORNING = time(9)
SCHEDULED = ("hourly", "daily", "daily_long")  # once a day each: near enough as well


class World:
	"""Stories are generators: each yields the moment at which it goes on, and is resumed at that moment."""

	def __init__(self, begin: datetime, rng: random.Random):
		self.begin, self.rng = begin, rng
		self.people: dict = {}  # the agents by user
		self._waiting: list[tuple[datetime, int, Iterator[datetime]]] = []
		self._order = itertools.count()
		procedure = frappe.get_doc(
			"Prospect Procedure", frappe.db.get_value("Prospect Procedure", {}, order_by="creation")
		)
		self.calendar = calendar_of(procedure)
		self._day = begin.date() - timedelta(days=1)

	def __enter__(self) -> World:
		import time_machine

		self._travel = time_machine.travel(_utc(self.begin), tick=False)
		self._clock = self._travel.start()
		return self

	def __exit__(self, *exc) -> None:
		self._travel.stop()

	# ------------------------------------------------------------- time
	@property
	def now(self) -> datetime:
		return now_datetime()

	def plan(self, moment: datetime, story: Iterator[datetime]) -> None:
		"""Let a story begin, or go on, at a moment."""
		heapq.heappush(self._waiting, (moment, next(self._order), story))

	def run_until(self, end: datetime) -> None:
		"""Live everything that is planned before `end`, with the sweep in between."""
		while self._waiting and self._waiting[0][0] <= end:
			moment, _order, story = heapq.heappop(self._waiting)
			self._advance(moment)
			if (coming := next(story, None)) is not None:
				self.plan(max(coming, self.now), story)
			frappe.db.commit()
		self._advance(end)

	def _advance(self, moment: datetime) -> None:
		while (due := _next_due()) and (at := _next_sweep(due, self.now)) <= moment:
			self._stand_at(at)
			tally = sweep.run()
			if tally.errors:
				raise frappe.ValidationError(f"The sweep failed: {tally.errors}")
		self._stand_at(moment)

	def _stand_at(self, moment: datetime) -> None:
		"""No day is skipped, however quiet: what is done daily is done on each."""
		while self._day < moment.date():
			self._day += timedelta(days=1)
			self._move_to(self._of_the_day(before=moment))
			self._new_day()
		self._move_to(moment)

	def _of_the_day(self, before: datetime) -> datetime:
		"""When the daily jobs run: not at the very moment at which something else happens, as it never does."""
		midnight, morning = (datetime.combine(self._day, at) for at in (time.min, MORNING))
		return morning if morning < before else max(midnight, before - timedelta(seconds=1))

	def _move_to(self, moment: datetime) -> None:
		if moment > self.now:
			self._clock.move_to(_utc(moment), tick=False)

	def _new_day(self) -> None:
		events = frappe.get_hooks("scheduler_events", app_name="prospect_mgmt")
		for frequency in SCHEDULED:
			for method in events.get(frequency, []):
				frappe.get_attr(method)()
		if self._day.day == reviews.DISCUSSED_ON:
			reviews.discuss(self)
		frappe.db.commit()

	# ------------------------------------------------------------- people
	@contextmanager
	def acting(self, user: str):
		"""Do something as a user."""
		frappe.set_user(user)
		try:
			yield
		finally:
			frappe.set_user("Administrator")

	def worked(self, minutes: float, user: str | None = None) -> datetime:
		"""The moment after so many working minutes, longer for slow people; never twice the same."""
		pace = self.people[user].pace if user in self.people else 1
		return self.calendar.add(self.now, 60 * minutes * pace * self.rng.uniform(0.5, 1.8), working=True)

	def after(self, hours: float) -> datetime:
		"""The moment after so many hours, more or less, whatever the time of day."""
		return self.now + timedelta(hours=hours * self.rng.uniform(0.7, 1.4))


def _next_due() -> datetime | None:
	found = frappe.db.get_value("Prospect Due Step", {"status": "Scheduled"}, "due_on", order_by="due_on asc")
	return get_datetime(found) if found else None


def _next_sweep(due: datetime, now: datetime) -> datetime:
	"""The first quarter of an hour at which a step that is due then can be carried out."""
	moment = max(due, now + timedelta(seconds=1))
	past = timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)
	return moment - past + (SWEEP_EVERY if past else timedelta())


def _utc(moment: datetime) -> datetime:
	return moment.replace(tzinfo=ZoneInfo(get_system_timezone())).astimezone(timezone.utc)
