"""Entries keep when they were paused: what is known of the past is filled in, and delays are told from these waits.

Known are the times agreed on in calls, and the pauses that last: of a pause by hand only its end is on record, so it counts
from the last change of the entry, which is not before it began.
"""

import frappe
from frappe.utils import now_datetime

from prospect_mgmt.entry import progress

ENTRY = "Prospect List Entry"
PAGE = 500
PROMISES = ("acknowledge", "satisfy", "respond")


def execute():
	"""Fill in the pauses of entries that have none yet; run twice it changes nothing."""
	frappe.db.sql(OF_CALLS)
	frappe.db.sql(OF_TODAY, {"now": now_datetime()})
	_judge_again()


# An agreed time held the steps until then, or until the next call or message of theirs.
OF_CALLS = """
	UPDATE `tabProspect List Entry` entry
	JOIN (
		SELECT paused.entry, GROUP_CONCAT(
			CONCAT(LEFT(paused.begun_on, 19), ' / ', LEFT(paused.ended_on, 19)) ORDER BY paused.begun_on SEPARATOR '\n'
		) AS pauses
		FROM (
			SELECT act.entry, act.recorded_on AS begun_on, LEAST(act.next_attempt_on, COALESCE((
				SELECT MIN(later.recorded_on) FROM `tabProspect Interaction` later
				WHERE later.entry = act.entry AND later.recorded_on > act.recorded_on
					AND (later.direction = 'Incoming' OR later.channel IN ('Phone', 'In person'))
			), act.next_attempt_on)) AS ended_on
			FROM `tabProspect Interaction` act
			WHERE act.next_attempt_on > act.recorded_on AND act.result IN ('Reached', 'Asked to call back')
		) paused
		GROUP BY paused.entry
	) found ON found.entry = entry.name
	SET entry.pauses = found.pauses
	WHERE COALESCE(entry.pauses, '') = ''
"""
OF_TODAY = """
	UPDATE `tabProspect List Entry`
	SET pauses = CONCAT(LEFT(modified, 19), ' / ', LEFT(paused_until, 19))
	WHERE paused_until > %(now)s AND paused_until > modified AND COALESCE(pauses, '') = ''
"""


def _judge_again() -> None:
	"""Of each promise that was kept too late by an entry that was paused: how much of the delay was the prospect's."""
	missed = [[f"{promise}_late", ">", 0] for promise in PROMISES]
	names = frappe.get_all(ENTRY, {"pauses": ("is", "set")}, or_filters=missed, pluck="name", order_by="name")
	for first in range(0, len(names), PAGE):
		for name in names[first : first + PAGE]:
			entry = frappe.get_doc(ENTRY, name)
			progress.judge_promises(entry, now_datetime())
			waited = {f"{promise}_waited": entry.get(f"{promise}_waited") for promise in PROMISES}
			frappe.db.set_value(ENTRY, name, waited, update_modified=False)
		frappe.db.commit()
