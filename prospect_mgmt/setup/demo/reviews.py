"""What the supervisors of the demo do with a monthly review: they discuss it, agree on something, and close the one before."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, nowdate

REVIEW = "Prospect Performance Review"
DISCUSSED_ON = 5  # day of the month
# What they agree on, by how a finding begins.
AGREED = {
	"Acknowledged": "Whoever is new is rung first: everybody looks at the worklist at nine and at two.",
	"Satisfied": "The usual questions get a template, so that answers go out on the same day.",
	"Answered": "Their answers are read before anything else is begun.",
	"Calls": "Calls are logged with a summary before the next one is made.",
	"Contacts": "What happened outside is recorded in the evening of the same day.",
}
OTHERWISE = "We look into it with two examples each, next Monday."


def discuss(world) -> None:
	"""Close what was discussed a month ago, and discuss what is open."""
	for status, act in (("Discussed", _close), ("Open", _agree)):
		for name in frappe.get_all(REVIEW, {"status": status}, pluck="name", order_by="name"):
			review = frappe.get_doc(REVIEW, name)
			with world.acting(review.supervisor):
				act(world, review)


def _close(world, review) -> None:
	for row in review.improvements:
		row.status = "Done" if world.rng.random() < 0.7 else "Open"
	review.status = "Closed"
	review.save()


def _agree(world, review) -> None:
	agents = [row.agent for row in review.agents]
	for finding in review.findings[:2] if agents else ():
		begins = finding.finding.split(" ")[0]
		review.append(
			"improvements",
			{
				"improvement": AGREED.get(begins, OTHERWISE),
				"owner_user": world.rng.choice(agents),
				"due_on": add_days(nowdate(), 14),
			},
		)
	review.status = "Discussed"
	review.save()
