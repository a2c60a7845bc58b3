"""What the tests of the sweep share: an enquiry brought to a stage, a sweep now, and a look into the ledger."""

import frappe

from prospect_mgmt import sweep
from tests import factories

STEP, ENTRY = "Prospect Due Step", "Prospect List Entry"
MONDAY = "2026-06-08 10:00"  # in working hours, in a week without holidays
LOOKED_AT = (
	"name",
	"step_title",
	"status",
	"due_on",
	"reason",
	"occurrence",
	"action",
	"attempts",
	"communication",
)


def team(stack, **fields) -> frappe._dict:
	"""A list with an agent and a supervisor, worked by the shipped procedure, with a mailbox."""
	if not frappe.db.exists("Email Account", {"default_outgoing": 1}):
		factories.email_account(stack)
	agent = factories.user("Sales User").name
	supervisor = factories.user("Sales User").name
	prospect_list = factories.prospect_list(agent, supervisor=supervisor, **fields)
	return frappe._dict(agent=agent, supervisor=supervisor, list=prospect_list.name)


def enquiry(team, owner: str | None = "agent", **lead):
	"""An entry of a new lead on the team's list, its clocks counting from now; with its agent, or nobody's."""
	frappe.db.set_value("Prospect List", {"enrol_new_leads": 1}, "enrol_new_leads", 0)
	from prospect_mgmt import enrolment
	from prospect_mgmt.entry import start

	enrolment.forget_lists()
	doc = factories.lead(lead_owner=team.agent if owner else None, **lead)
	return start.enrol(doc, team.list)


def informed(team, **lead):
	"""An entry in Follow up: they have the information since now, and have not answered."""
	entry = enquiry(team, **lead)
	if entry.email_id:
		entry.send_information("Our price list", "<p>Here it is.</p>")
	else:
		entry.record_message("Our price list")
	assert entry.stage == "Follow up"
	return entry


def sweep_now(errors: bool = False) -> sweep.Tally:
	"""Carry out what is due at the moment of the test's clock."""
	frappe.db.commit()
	tally = sweep.run()
	assert errors or not tally.errors
	return tally


def rows(entry, **filters) -> list[frappe._dict]:
	"""The ledger of an entry, in the order of what was due."""
	return frappe.get_all(
		STEP, filters={"entry": entry.name, **filters}, fields=LOOKED_AT, order_by="due_on, occurrence"
	)


def row(entry, title: str, **filters) -> frappe._dict:
	"""The one row of a step, by its title; None when there is none."""
	found = rows(entry, step_title=title, **filters)
	assert len(found) <= 1, found
	return found[0] if found else None


def notes(entry) -> list[str]:
	"""The automatic mails that went to an entry's prospect: their Communications that have a row in the queue."""
	sent = frappe.get_all(
		"Communication",
		filters={"reference_name": entry.lead, "communication_type": "Automated Message"},
		pluck="name",
		order_by="creation",
	)
	queued = frappe.get_all("Email Queue", filters={"communication": ("in", sent)}, pluck="communication")
	assert sorted(sent) == sorted(queued)
	return sent


def told(user: str, subject: str) -> list[str]:
	"""The notifications of a user about something."""
	return frappe.get_all(
		"Notification Log", filters={"for_user": user, "subject": ("like", f"{subject}%")}, pluck="subject"
	)
