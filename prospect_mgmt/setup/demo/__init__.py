"""Demo data: six months of a sales team's work, made by running the procedure under a moved clock.

Everything happens through what people and the scheduler use themselves: documents are inserted and submitted, the
public methods of an entry are called, the sweep runs. No row is written behind the procedure's back, and no mail leaves.

`bench --site SITE execute prospect_mgmt.setup.demo.make`
"""

from __future__ import annotations

import random
from datetime import timedelta

import frappe
from frappe.utils import cint, now_datetime
from frappe.utils.scheduler import disable_scheduler, enable_scheduler, is_scheduler_disabled

from prospect_mgmt import health
from prospect_mgmt.setup.demo import mail, persons, team
from prospect_mgmt.setup.demo.stories import enquiry
from prospect_mgmt.setup.demo.world import World

MADE = "prospect_demo_made_on"
OCCUPIED = ("Lead", "Customer", "Quotation", "Sales Invoice")


def make(
	leads: int = 300, days: int = 184, seed: int = 1, password: str | None = None, force: int = 0
) -> dict | None:
	"""Let a team work `leads` leads over `days` days that end now; returns how many entries stand where. Six months have
	six first days, on which the months before are reviewed, when they are 184 days.

	Nothing happens on a site that has demo data. Refuses a site that people use, unless `force` is set. `password` is
	given to the demo users; without it nobody can log in as one of them.
	"""
	if frappe.db.get_default(MADE):
		print("Demo data are there already: nothing was made.")
		return None
	_refuse_a_site_in_use(cint(force))
	mail.refuse_without_clock()
	was_off = is_scheduler_disabled(verbose=False)
	disable_scheduler()  # its sweep would come from the future into the middle of the story
	frappe.db.commit()
	try:
		_live(cint(leads), cint(days), random.Random(cint(seed)), password)
	finally:
		frappe.set_user("Administrator")
		if not was_off:
			enable_scheduler()
		frappe.db.commit()
	frappe.db.set_default(MADE, now_datetime())
	frappe.db.commit()
	return summary()


def _refuse_a_site_in_use(force: int) -> None:
	used = [doctype for doctype in OCCUPIED if frappe.db.exists(doctype, {"name": ("is", "set")})]
	if used and not force:
		frappe.throw(
			f"This site has data of its own ({', '.join(used)}); demo data would stand among them. "
			"Use another site, or call make with force=1."
		)


def _live(leads: int, days: int, rng: random.Random, password: str | None) -> None:
	end = now_datetime()
	begin = end - timedelta(days=days)
	team.set_up(begin, end)
	with World(begin, rng) as world:
		team.hire(world, password)
		team.plan_absences(world, days)
		for person in persons.draw(leads, begin, end, rng):
			world.plan(person.arrives_on, enquiry(world, person))
		world.run_until(end)
	mail.never_send()
	frappe.db.commit()
	if silent := health.silent_entries():
		raise frappe.ValidationError(f"Entries without a coming step: {silent}")


def summary() -> dict:
	"""How many entries there are by stage, outcome, source and list."""
	rows = frappe.get_all(
		"Prospect List Entry", fields=["stage", "outcome", "source", "prospect_list", "done_on"]
	)
	counts: dict[str, dict[str, int]] = {"open in": {}, "outcome": {}, "source": {}, "prospect_list": {}}
	for row in rows:
		_count(counts["outcome" if row.done_on else "open in"], row.outcome or row.stage)
		_count(counts["source"], row.source)
		_count(counts["prospect_list"], row.prospect_list)
	return {"entries": len(rows), **counts}


def _count(counts: dict[str, int], key: str) -> None:
	counts[key] = counts.get(key, 0) + 1
