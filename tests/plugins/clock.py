"""A clock that stands still until a test moves it."""

import datetime
from zoneinfo import ZoneInfo

import frappe
import pytest


class Clock:
	"""Times are the site's, without a zone, as Frappe stores them. Standing still from the first `at`.

	Only this process is concerned: web server, worker, and MariaDB's own NOW() keep real time.
	"""

	def __init__(self):
		self._traveller = None
		self._coordinates = None

	@property
	def zone(self) -> ZoneInfo:
		return ZoneInfo(frappe.utils.get_system_timezone())

	@property
	def now(self) -> datetime.datetime:
		return datetime.datetime.now(self.zone).replace(tzinfo=None)

	def at(self, when: str | datetime.datetime) -> datetime.datetime:
		"""Set the clock: `clock.at("2026-06-08 09:00")`."""
		local = frappe.utils.get_datetime(when).replace(tzinfo=self.zone)
		return self._stand_at(local.astimezone(datetime.timezone.utc))

	def forward(self, **duration) -> datetime.datetime:
		"""Let elapsed time pass: `clock.forward(hours=48)`. Takes what timedelta takes."""
		now = datetime.datetime.now(datetime.timezone.utc)
		return self._stand_at(now + datetime.timedelta(**duration))

	def release(self) -> None:
		"""Back to real time."""
		if self._traveller:
			self._traveller.stop()
			self._traveller = None

	def _stand_at(self, moment: datetime.datetime) -> datetime.datetime:
		import time_machine

		if self._traveller:
			self._coordinates.move_to(moment, tick=False)
		else:
			self._traveller = time_machine.travel(moment, tick=False)
			self._coordinates = self._traveller.start()
		return self.now


@pytest.fixture
def clock(isolated_site):
	"""A frozen clock: `clock.at("2026-06-08 09:00")`, `clock.forward(hours=48)`."""
	result = Clock()
	yield result
	result.release()
