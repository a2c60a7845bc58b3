"""Random histories, lived through the entry's public methods under a moved clock; and the plain records of a site."""

from __future__ import annotations

import random
from datetime import timedelta

import frappe

from prospect_mgmt import sweep
from prospect_mgmt.enrolment import enrol_lead, forget_lists
from prospect_mgmt.procedure import review, review_records
from tests import factories

ENTRY = "Prospect List Entry"
SOURCES = ("Website", "Facebook", "Referral", None)
OBJECTIONS = ("Price", "Timing", "Competitor")
OUTCOMES = ("Lost", "Lost", "No response", "Unreachable", "Not a prospect", "Spam", "Duplicate", "Won")
CALLS = ("Reached", "Reached", "No answer", "Voicemail", "Asked to call back", "Wrong number")


class Team:
	"""Two lists of one company, three agents who work both, no mail leaves."""

	def __init__(self):
		frappe.db.set_value("Prospect List", {"enrol_new_leads": 1}, "enrol_new_leads", 0)
		forget_lists()
		self.agents = [factories.user("Sales User").name for _ in range(3)]
		self.lists = [factories.prospect_list(*self.agents, enrol_new_leads=0).name for _ in range(2)]
		for objection in OBJECTIONS:
			if not frappe.db.exists("Opportunity Lost Reason", objection):
				frappe.get_doc(doctype="Opportunity Lost Reason", lost_reason=objection).insert()
		frappe.db.set_single_value("Prospect Management Settings", "stop_all_mail", 1)


def live(team: Team, clock, entries: int, seed: int) -> None:
	"""`entries` enquiries with random acts, some hours to some weeks apart, so that they span months."""
	chance = random.Random(seed)
	opened: list[str] = []
	while len(opened) < entries or chance.random() < 0.8:
		clock.forward(hours=chance.choice((1, 5, 20, 60)), minutes=chance.randrange(60))
		if len(opened) < entries:
			opened.append(_open(team, chance))
		for name in chance.sample(opened, min(len(opened), 3)):
			_act(team, name, chance)
		if chance.random() < 0.3:
			frappe.db.commit()
			sweep.run()
	frappe.set_user("Administrator")
	for name, outcome in zip(opened, ("Spam", "Duplicate"), strict=False):
		_leave_out(name, outcome)


def _leave_out(name: str, outcome: str) -> None:
	"""However chance had it: some of every history is out of every figure."""
	entry = frappe.get_doc(ENTRY, name)
	if entry.done_on:
		entry.reopen()
	entry.close(outcome)


def _open(team: Team, chance) -> str:
	frappe.set_user("Administrator")
	lead = factories.lead(source=chance.choice(SOURCES))
	agent = chance.choice((*team.agents, None))
	name = enrol_lead(
		lead.name, chance.choice(team.lists), interest=chance.choice(("Quote", "Product information", None))
	)
	if agent:
		frappe.get_doc(ENTRY, name).assign(agent)
	return name


def _act(team: Team, name: str, chance) -> None:
	"""One thing that happens to an enquiry, by one of the agents."""
	entry = frappe.get_doc(ENTRY, name)
	frappe.set_user(chance.choice(team.agents))
	if entry.done_on:
		if chance.random() < 0.4:
			entry.reopen()
		return
	happens = chance.choices(
		(_call, _write, _answer, _close, _assign, _move_list, _quote, _correct), (6, 5, 4, 2, 1, 1, 1, 1)
	)[0]
	happens(team, entry, chance)
	frappe.set_user("Administrator")


def _call(team, entry, chance) -> None:
	result = chance.choice(CALLS)
	objection = chance.choice(OBJECTIONS) if result == "Reached" and chance.random() < 0.4 else None
	happened = frappe.utils.now_datetime() - timedelta(hours=chance.choice((0, 0, 0, 3, 30)))
	entry.log_call(chance.choice(("Talked", "")), result=result, objection=objection, occurred_on=happened)


def _write(team, entry, chance) -> None:
	entry.record_message(
		"Our prices", channel=chance.choice(("WhatsApp", "Email")), information_satisfied=chance.randrange(2)
	)


def _answer(team, entry, chance) -> None:
	entry.record_response("Thank you", channel=chance.choice(("Email", "Phone")))


def _close(team, entry, chance) -> None:
	outcome = chance.choice(OUTCOMES)
	objection = chance.choice(OBJECTIONS) if outcome == "Lost" or chance.random() < 0.3 else None
	entry.close(outcome, objection=objection)


def _assign(team, entry, chance) -> None:
	entry.assign(chance.choice((*team.agents, None)))


def _move_list(team, entry, chance) -> None:
	frappe.set_user("Administrator")
	entry.move_to_list(chance.choice([name for name in team.lists if name != entry.prospect_list]))


def _quote(team, entry, chance) -> None:
	frappe.set_user("Administrator")
	factories.quotation(frappe.get_doc("Lead", entry.lead), rate=chance.randrange(100, 900))


def _correct(team, entry, chance) -> None:
	"""What they sent was a machine's, or the other way round."""
	found = frappe.get_all(
		"Prospect Interaction",
		{"entry": entry.name, "direction": "Incoming", "corrects": ("is", "not set")},
		["name", "by"],
	)
	taken = set(
		frappe.get_all(
			"Prospect Interaction", {"entry": entry.name, "corrects": ("is", "set")}, pluck="corrects"
		)
	)
	for row in found:
		if row.name not in taken:
			entry.correct_interaction(row.name, is_answer=int(row.by != "Person"))
			return


# ------------------------------------------------------------- the records as the reference takes them
class Records:
	"""Everything on the site, unfiltered, in memory."""

	def __init__(self):
		self.enquiries = _all(ENTRY, review.Enquiry)
		self.acts = _all("Prospect Interaction", review.Act)
		self.changes = _all("Prospect Stage Change", review.Change)
		self.steps = _all("Prospect Due Step", review_records.Step)

	def __iter__(self):
		return iter((self.enquiries, self.acts, self.changes))


def _all(doctype: str, record) -> list:
	fields = list(record.__dataclass_fields__)
	return [record(**row) for row in frappe.get_all(doctype, fields=fields, order_by="name")]
