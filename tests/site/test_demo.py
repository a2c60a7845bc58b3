"""The demo data, made small: the same team and stories, fewer leads and weeks."""

from datetime import timedelta
from itertools import pairwise

import frappe
import pytest

from prospect_mgmt import health, permissions
from prospect_mgmt.procedure.review import SMALL_SAMPLE
from prospect_mgmt.setup import demo
from prospect_mgmt.setup.demo import persons
from prospect_mgmt.setup.demo.mail import NEVER_SENT
from prospect_mgmt.setup.demo.team import TEAMS

ENTRY, REVIEW = "Prospect List Entry", "Prospect Performance Review"
EXPLAINED = ("was reopened.", "was handed over.")  # what people of the demo do to the past


@pytest.fixture
def made():
	"""Twelve leads over three weeks."""
	return demo.make(leads=12, days=21)


def test_a_small_demo(made):
	# Then every lead is on a list of the team that works its source, and has an owner or a supervisor who knows.
	assert made["entries"] >= 12
	leads = frappe.get_all("Lead", fields=["name", "source", "email_id"])
	assert len(leads) == 12
	for entry in frappe.get_all(ENTRY, fields=["prospect_list", "source"]):
		assert entry.source in next(team.sources for team in TEAMS if team.title == entry.prospect_list)
	# And agents see what agents see.
	for agent in {agent for team in TEAMS for agent in team.agents}:
		assert not permissions.sees_all(agent.user), agent
	# And things have happened, through the procedure: contacts, moves, mails, steps done and skipped with a reason.
	assert frappe.db.count("Prospect Interaction") > 12
	assert frappe.db.count("Prospect Stage Change") > 12
	steps = frappe.get_all("Prospect Due Step", fields=["status", "reason"])
	assert {"Done", "Skipped", "Scheduled"} <= {step.status for step in steps}
	assert all(step.reason for step in steps if step.status in ("Skipped", "Failed"))
	# And nothing is silent, nothing failed, no mail leaves.
	assert health.silent_entries() == []
	assert frappe.get_all("Prospect Signal Failure", fields=["signal", "reason"]) == []
	assert not [step.reason for step in steps if step.status == "Failed"]
	queued = frappe.get_all(
		"Email Queue", fields=["status", "error", "email_account", "sender", "reference_doctype"]
	)
	assert [row for row in queued if row.error != NEVER_SENT] == []
	recipients = frappe.get_all("Email Queue Recipient", pluck="recipient")
	assert recipients and all(
		address.endswith(("@example.com", "@example.org", "@example.net")) for address in recipients
	)
	# And each month that ended meanwhile was reviewed, list by list.
	today = frappe.utils.getdate()
	ended = [day for day in range(21) if frappe.utils.add_days(today, -day).day == 1]
	lists = frappe.db.count("Prospect List", {"enabled": 1})
	assert frappe.db.count("Prospect Performance Review") == len(ended) * lists
	# And it is there once.
	assert demo.make(leads=12, days=21) is None
	assert frappe.db.count("Lead") == 12


def test_six_months_of_reviews(clock, monkeypatch):
	"""Given a team that gets all its leads in the first weeks, then its months are reviewed: the busy ones say what to do
	better, the quiet ones that there is nothing to say; and all of them are the same when computed again."""
	clock.at("2026-11-28 12:00")
	draw = persons.draw
	monkeypatch.setattr(
		persons, "draw", lambda leads, begin, _end, rng: draw(leads, begin, begin + timedelta(days=50), rng)
	)
	demo.make(leads=40)
	by_list: dict[str, list] = {}
	for name in frappe.get_all(REVIEW, pluck="name", order_by="month"):
		by_list.setdefault(frappe.db.get_value(REVIEW, name, "prospect_list"), []).append(
			frappe.get_doc(REVIEW, name)
		)
	assert by_list.keys() == {team.title for team in TEAMS}
	for found in by_list.values():
		assert [f"{doc.month:%m}" for doc in found] == ["05", "06", "07", "08", "09", "10"]
		assert [doc.status for doc in found] == ["Closed"] * 5 + ["Discussed"]
		for doc in found:
			reasons = doc.get_differences()["reasons"]
			assert all(reason.endswith(EXPLAINED) for reason in reasons), (doc.name, reasons)
			assert "no finding" in doc.page() if not doc.findings else doc.findings[0].sample >= SMALL_SAMPLE
	reviews = [doc for found in by_list.values() for doc in found]
	busy = [doc for doc in reviews if doc.findings]
	assert busy and not by_list["Website enquiries"][-1].findings
	# What was found led to something: somebody does it, by a day; what is left open stands in the reviews after.
	agreed = [row for doc in busy for row in doc.improvements]
	assert agreed and all(row.owner_user and row.due_on for row in agreed)
	assert {row.status for row in agreed} <= {"Done", "Open"}
	# And since something else slips each month, it is not the same every time, in one list either.
	assert len({row.improvement for row in agreed}) > 2
	assert any(_differ_from_month_to_month(found) for found in by_list.values())
	assert not [doc.name for doc in reviews if doc.improvements and not doc.findings]


def _differ_from_month_to_month(found: list) -> bool:
	agreed = [{row.improvement for row in doc.improvements} for doc in found if doc.improvements]
	return any(now.isdisjoint(before) for before, now in pairwise(agreed))


def test_a_site_in_use_is_refused():
	from tests import factories

	factories.lead()
	with pytest.raises(frappe.ValidationError, match="This site has data of its own"):
		demo.make(leads=1, days=1)
	assert frappe.db.count("User", {"email": ("like", "%.%@example.com")}) == 0
