"""Opening the worklist against opening ERPNext's own Lead list, on a short and on a long site.

`python3 -m benchmarks.worklist [entries on the long site]`: what the server does for each. The worklist is that of a
Sales User who has half of all entries, in all its groups; the list is the first page of as many leads, as the Desk asks
for it: the rows, their number, the settings of the list.
"""

from __future__ import annotations

import json
import sys

from benchmarks import ground

ENTRY = "Prospect List Entry"
SHORT, LONG, ROUNDS = 1_000, 1_000_000, 30
SAME_GOAL, LENGTH_GOAL = 1.0, 1.2
FIELDS = (
	"name",
	"title",
	"status",
	"lead_owner",
	"company_name",
	"email_id",
	"mobile_no",
	"source",
	"modified",
)


def main(stack) -> None:
	long = int(sys.argv[1]) if len(sys.argv) > 1 else LONG
	scene = Scene(stack)
	times = {}
	filled = 0
	for size in (SHORT, long):
		scene.fill(filled + 1, size - filled)
		filled = size
		times[size] = ground.in_turn(scene.lead_list, scene.worklist, ROUNDS, warm_up=3)
		_of_size(size, *times[size])
	for number, what in ((1, "the worklist"), (0, "the Lead list")):
		before, after = (ground.middle(times[size][number]) for size in (SHORT, long))
		ground.report(
			f"{what}, {long:,} against {SHORT:,}", after / before, LENGTH_GOAL, True, _ms(after, before)
		)
	scene.explain()


def _of_size(size: int, leads: list[float], work: list[float]) -> None:
	ours, theirs = ground.middle(work), ground.middle(leads)
	ground.report(
		f"the worklist against the Lead list, {size:,}", ours / theirs, SAME_GOAL, True, _ms(ours, theirs)
	)


def _ms(one: float, other: float) -> str:
	return f"{one * 1000:.1f} ms against {other * 1000:.1f} ms"


class Scene:
	"""A Sales User, a list, one entry made by the procedure; the many are rows like it."""

	def __init__(self, stack):
		from tests.site import sweeping

		self.team = sweeping.team(stack)
		self.entry = sweeping.enquiry(self.team)
		sweeping.sweep_now()
		self.entry.reload()

	def fill(self, first: int, number: int) -> None:
		"""More leads and their entries: half of them the user's, a tenth nobody's; a third waits, the rest is asked for."""
		import frappe

		frappe.set_user("Administrator")
		name = f"CONCAT('MANY-', n.seq + {first})"
		many = {"name": name, "email_id": f"CONCAT('many', n.seq + {first}, '@example.com')"}
		ground.copies("Lead", many, f"name = '{self.entry.lead}'", number)
		by = f"CAST(n.seq + {first} AS SIGNED)"
		ground.copies(
			ENTRY,
			{
				**many,
				"lead": name,
				"open_lead": name,
				"agent": f"IF({by} % 10 = 0, NULL, IF({by} % 2 = 1, t.agent, '{self.team.supervisor}'))",
				"act_by": f"IF({by} % 3 = 0, NULL, NOW() + INTERVAL ({by} % 2000) - 700 MINUTE)",
				"next_due_on": f"NOW() + INTERVAL {by} % 4000 MINUTE",
			},
			f"name = '{self.entry.name}'",
			number,
		)
		frappe.db.sql(f"ANALYZE TABLE `tab{ENTRY}`, tabLead")
		frappe.set_user(self.team.agent)

	def worklist(self) -> None:
		from prospect_mgmt.worklist import get_worklist

		self._anew()
		shown = get_worklist()
		assert all(group["rows"] for group in shown["groups"])

	def lead_list(self) -> None:
		import frappe
		from frappe.desk import listview, reportview

		self._anew()
		listview.get_list_settings("Lead")
		columns = json.dumps([f"`tabLead`.`{field}`" for field in FIELDS])
		asked = {
			"doctype": "Lead",
			"fields": columns,
			"filters": "[]",
			"order_by": "`tabLead`.`modified` desc",
		}
		asked |= {"start": 0, "page_length": 20, "view": "List", "with_comment_count": 1}
		frappe.local.form_dict = frappe._dict(asked)
		assert reportview.get()["values"]
		frappe.local.form_dict = frappe._dict(
			doctype="Lead", filters="[]", fields="[]", distinct="false", limit=1001
		)
		reportview.get_count()

	def _anew(self) -> None:
		"""As at the start of a request: what a process keeps stays, what a request keeps does not."""
		import frappe

		frappe.local.role_permissions = {}
		frappe.local.request_cache.clear()

	def explain(self) -> None:
		"""How the database reads each group."""
		import frappe

		from prospect_mgmt import worklist

		now = frappe.utils.now_datetime()
		for key in worklist.GROUPS:
			for condition in worklist._conditions(key, frappe.session.user, None, now):
				entry = frappe.qb.DocType(ENTRY)
				order = "next_due_on" if key == "waiting" else "act_by"
				query = frappe.qb.from_(entry).select(entry.name, entry.lead_name).where(condition)
				query = query.where(worklist.Visible()).orderby(entry[order]).limit(21)
				for row in frappe.db.sql(f"EXPLAIN {query.get_sql()}", as_dict=True):
					print(f"  {key:12} {row.type} {row.key} rows {row.rows} {row.Extra}")


if __name__ == "__main__":
	ground.run(main, "benchmarks.worklist")
