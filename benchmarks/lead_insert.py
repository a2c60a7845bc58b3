"""A Lead inserted with the app against one without it: `python3 -m benchmarks.lead_insert [rounds]`."""

from __future__ import annotations

import itertools
import sys

from benchmarks import ground

GOAL, MORE_QUERIES = 1.5, 20
numbers = itertools.count(1)


def main(stack) -> None:
	import frappe

	from tests import factories

	rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
	_list_with_assignment(frappe, factories)
	with_app, without = ground.in_turn(
		lambda: _insert(frappe), lambda: _insert_bare(frappe), rounds, warm_up=5
	)
	ratio = ground.middle(with_app) / ground.middle(without)
	detail = f"{ground.middle(with_app) * 1000:.1f} ms against {ground.middle(without) * 1000:.1f} ms"
	ground.report("Lead insert, with the app against without", ratio, GOAL, True, detail)
	with_queries, bare_queries = _queries(frappe, _insert), _queries(frappe, _insert_bare)
	more = with_queries - bare_queries
	met = "met" if more <= MORE_QUERIES else "NOT MET"
	print(
		f"{'queries more':44} {more:7}   goal ≤ {MORE_QUERIES}  {met}   ({with_queries} against {bare_queries})"
	)
	_check(frappe)


def _list_with_assignment(frappe, factories) -> None:
	"""Every lead goes on a list, a rule assigns it, and the agent is told."""
	agents = [factories.user("Prospect Agent").name for _n in range(3)]
	main = frappe.get_doc("Prospect List", {"enrol_new_leads": 1})
	main.update(
		{"supervisor": "Administrator", "agents": [{"user": agent, "enabled": 1} for agent in agents]}
	)
	main.save()
	rule = frappe.get_doc("Assignment Rule", main.reload().assignment_rule)
	rule.disabled = 0
	rule.save()
	frappe.db.commit()


def _insert(frappe):
	number = next(numbers)
	lead = frappe.get_doc(
		{
			"doctype": "Lead",
			"first_name": "Petra",
			"last_name": f"Muster {number}",
			"email_id": f"petra.bench{number}@example.com",
			"company_name": f"Kunde {number} GmbH",
			"mobile_no": f"+49 151 {number:08}",
			"source": "Website",
		}
	).insert()
	frappe.db.commit()
	return lead


def _insert_bare(frappe):
	with ground.without_our_handlers():
		return _insert(frappe)


def _queries(frappe, insert) -> int:
	count, original = 0, frappe.db.sql

	def counted(*args, **kwargs):
		nonlocal count
		count += 1
		return original(*args, **kwargs)

	frappe.db.sql = counted
	try:
		insert(frappe)
	finally:
		del frappe.db.sql
	return count


def _check(frappe) -> None:
	"""What was measured is the whole effect: entry, ledger, assignment, notification."""
	from frappe.utils.background_jobs import get_queue

	lead = _insert(frappe).name
	assert frappe.db.get_value("Prospect List Entry", lead, "agent")
	assert frappe.db.count("Prospect Due Step", {"entry": lead}) >= 5
	assert frappe.db.exists("ToDo", {"reference_name": lead, "status": "Open"})
	jobs = [job.kwargs for job in get_queue("default").jobs]
	told = [job["kwargs"].get("entry") for job in jobs if str(job["method"]).endswith("people.tell_assigned")]
	assert lead in told, "the agent is told by a job, as Frappe's own assignment does"


if __name__ == "__main__":
	ground.run(main, "benchmarks.lead_insert")
