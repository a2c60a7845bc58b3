"""Two lists, the people around them, and enquiries of every kind: what the tests of law 11 and of people share."""

import frappe

from prospect_mgmt import enrolment
from prospect_mgmt.entry import start
from tests import factories

ENTRY = "Prospect List Entry"
LIST = "Prospect List"
AMOUNT = 4321.77  # of the quotation on the contractor's own entry


def no_automatic_enrolment() -> None:
	"""New leads go on no list by themselves: the test says where."""
	frappe.db.set_value(LIST, {"enrol_new_leads": 1}, "enrol_new_leads", 0)
	enrolment.forget_lists()


def enquiry(prospect_list: str, agent: str | None = None, detail: str | None = None, **lead):
	"""An open entry on a list, of an agent or of nobody."""
	no_automatic_enrolment()
	doc = factories.lead(**{"lead_owner": None, **lead})
	entry = start.enrol(doc, prospect_list, detail=detail)
	if agent:
		entry.assign(agent)
	return frappe.get_doc(ENTRY, entry.name)


def agent_row(user: str, **fields) -> dict:
	"""A row of a list's table of agents."""
	return {"user": user, "enabled": 1, **fields}


def set_agent(prospect_list: str, user: str, **fields) -> None:
	"""Change an agent's row on a list (capacity, away, cover …), as a supervisor does in the form."""
	doc = frappe.get_doc(LIST, prospect_list)
	next(row for row in doc.agents if row.user == user).update(fields)
	doc.save()


def told(user: str, like: str = "%") -> list[str]:
	"""The subjects of a user's notifications."""
	filters = {"for_user": user, "subject": ("like", like)}
	return frappe.get_all("Notification Log", filters=filters, pluck="subject", order_by="creation")


def scene() -> frappe._dict:
	"""People and enquiries, each lead with a surname that occurs nowhere else; `.sees[person]` says whose they are."""
	people = _people()
	lists = _lists(people)
	entries = _entries(people, lists)
	everything = set(entries)
	of_a = {"Aardvark", "Badger", "Cheetah", "Elephant", "Ferret", "Gazelle"}
	sees = {
		"contractor": {"Aardvark", "Cheetah", "Elephant", "Gazelle"},
		"colleague": {"Badger", "Cheetah", "Ferret"},
		"seller": of_a,
		"supervisor": {"Dolphin"},
		"stranger": set(),
		"both": {"Dolphin"},
		"manager": everything,
		"accountant": set(),
		"system_manager": everything,
		"guest": set(),
	}
	frappe.db.commit()
	return frappe._dict(people=people, lists=lists, entries=entries, sees=sees)


def _people() -> frappe._dict:
	roles = {
		"contractor": ["Prospect Agent"],
		"colleague": ["Prospect Agent"],
		"seller": ["Sales User"],
		"supervisor": ["Sales User"],
		"stranger": ["Sales User"],
		"both": ["Prospect Agent", "Sales User"],
		"manager": ["Sales Manager"],
		"accountant": ["Accounts User"],
		"system_manager": ["System Manager"],
	}
	return frappe._dict({name: factories.user(*of).name for name, of in roles.items()})


def _lists(people) -> frappe._dict:
	a = factories.prospect_list(people.contractor, people.colleague, people.seller, title="List A")
	b = factories.prospect_list(people.both, title="List B", supervisor=people.supervisor)
	set_agent(a.name, people.seller, away_from="2020-01-01", cover=people.contractor)
	return frappe._dict(a=a.name, b=b.name)


def _entries(people, lists) -> dict[str, str]:
	"""{surname: entry}"""

	def made(surname: str, prospect_list: str, agent: str | None = None) -> str:
		return enquiry(prospect_list, agent, detail=f"asks {surname}", last_name=surname).name

	entries = {
		"Aardvark": made("Aardvark", lists.a, people.contractor),
		"Badger": made("Badger", lists.a, people.colleague),
		"Cheetah": made("Cheetah", lists.a),
		"Dolphin": made("Dolphin", lists.b),
		"Elephant": made("Elephant", lists.a, people.contractor),
		"Ferret": made("Ferret", lists.a, people.colleague),
		"Gazelle": made("Gazelle", lists.a, people.seller),  # away: covered by the contractor
	}
	for surname in ("Elephant", "Ferret"):
		frappe.get_doc(ENTRY, entries[surname]).close("Lost", "Price")
	for surname, name in entries.items():
		entry = frappe.get_doc(ENTRY, name)
		entry.add_comment("Comment", f"a note on {surname}")
		entry.record_response(f"a word of {surname}")
	factories.quotation(
		frappe.get_doc("Lead", frappe.db.get_value(ENTRY, entries["Aardvark"], "lead")), rate=AMOUNT
	)
	return entries
