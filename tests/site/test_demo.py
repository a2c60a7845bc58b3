"""The demo data, made small: the same team and stories, fewer leads and weeks."""

import frappe
import pytest

from prospect_mgmt import health
from prospect_mgmt.setup import demo
from prospect_mgmt.setup.demo.mail import NEVER_SENT
from prospect_mgmt.setup.demo.team import TEAMS

ENTRY = "Prospect List Entry"


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
	ended = [day for day in range(22) if frappe.utils.add_days(today, -day).day == 1]
	lists = frappe.db.count("Prospect List", {"enabled": 1})
	assert frappe.db.count("Prospect Performance Review") == len(ended) * lists
	# And it is there once.
	assert demo.make(leads=12, days=21) is None
	assert frappe.db.count("Lead") == 12


def test_a_site_in_use_is_refused():
	from tests import factories

	factories.lead()
	with pytest.raises(frappe.ValidationError, match="This site has data of its own"):
		demo.make(leads=1, days=1)
	assert frappe.db.count("User", {"email": ("like", "%.%@example.com")}) == 0
