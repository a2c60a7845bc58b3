"""What the supervisors of the demo do with a monthly review: they discuss it, agree on something, and close the one before."""

from __future__ import annotations

import json

import frappe
from frappe.utils import add_days, nowdate

from prospect_mgmt.procedure.review_findings import NAMES, RECORDED, SUMMARY

REVIEW = "Prospect Performance Review"
DISCUSSED_ON = 5  # day of the month
# What they agree on, by what a finding is about: a promise, or its text.
AGREED = {
	NAMES["acknowledge"]: "Whoever is new is rung first: everybody looks at the worklist at nine and at two.",
	NAMES["satisfy"]: "The usual questions get a template, so that answers go out on the same day.",
	NAMES["respond"]: "Their answers are read before anything else is begun.",
	SUMMARY: "Calls are logged with a summary before the next one is made.",
	RECORDED: "What happened outside is recorded in the evening of the same day.",
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
		about = json.loads(finding.numbers).get("name", finding.said)
		review.append(
			"improvements",
			{
				"improvement": AGREED.get(about, OTHERWISE),
				"owner_user": world.rng.choice(agents),
				"due_on": add_days(nowdate(), 14),
			},
		)
	review.status = "Discussed"
	review.save()
