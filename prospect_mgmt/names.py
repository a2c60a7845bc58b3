"""IDs of ledger rows: those of one time stand together in the table, so that a period is read from few pages."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe.utils import get_datetime

SINCE = datetime(2000, 1, 1)
RANDOM = 10  # hexadecimal digits: one second may have thousands of rows


def by_time(moment) -> str:
	"""An ID nobody else has, which sorts by the moment (a time of the site) to the second."""
	seconds = int((get_datetime(moment) - SINCE).total_seconds())
	return f"{max(seconds, 0):08x}{frappe.generate_hash(length=RANDOM)}"
