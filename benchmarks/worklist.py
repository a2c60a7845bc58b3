"""Opening the worklist against opening ERPNext's own Lead list, on a short and on a long site.

`python3 -m benchmarks.worklist [entries on the long site]`: in Chromium, from the address to the first rows; and what
the server does for it. The worklist is that of a Sales User who has half of all entries, in all its groups with their
numbers and reasons; the list is the first page of as many leads, as the Desk asks for it: the rows, their number, the
settings of the list.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import contextmanager

from benchmarks import ground

ENTRY = "Prospect List Entry"
SHORT, LONG, ROUNDS, SEEN = 1_000, 1_000_000, 30, 9
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
	in_browser, on_server, others = {}, {}, {}
	filled = 0
	for size in (SHORT, long):
		scene.fill(filled + 1, size - filled)
		filled = size
		with browser(stack, scene.team.agent) as seen:
			opened = ground.in_turn(
				lambda seen=seen: seen("lead", ".list-row"),
				lambda seen=seen: seen("prospect-worklist", ".prospect-row"),
				SEEN,
				warm_up=2,
			)
		in_browser[size] = [ground.middle(times) for times in opened]
		asked = ground.in_turn(scene.lead_list, scene.worklist, ROUNDS, warm_up=3)
		on_server[size] = [ground.middle(times) for times in asked]
		others[size] = scene.others()
	for size, (leads, work) in in_browser.items():
		what = f"the worklist against the Lead list, {size:,}"
		ground.report(what, work / leads, SAME_GOAL, True, _ms(work, leads))
	(leads, work), (leads_long, work_long) = in_browser.values()
	what = f"{long:,} against {SHORT:,}"
	ground.report(f"{what}, the worklist", work_long / work, LENGTH_GOAL, True, _ms(work_long, work))
	print(f"{what}, the Lead list {leads_long / leads:.2f}× ({_ms(leads_long, leads)})")
	for size, (leads, work) in on_server.items():
		print(f"of these on the server, {size:,}: the worklist {_ms(work, leads)} of the Lead list")
	for name, times in others[long].items():  # these count up to a cap, and so cost more until it is reached
		before = others[SHORT][name]
		print(f"{what}, {name} {times / before:.2f}× ({_ms(times, before)})")
	scene.explain()


@contextmanager
def browser(stack, user: str):
	"""A function (place, selector): opens a place of the Desk as a user, and returns when something of it is to be seen."""
	with open_page(stack, user) as page:

		def see(place: str, selector: str) -> None:
			page.goto(f"/app/{place}", wait_until="commit")
			page.locator(selector).first.wait_for()

		yield see


@contextmanager
def open_page(stack, user: str):
	"""A page of Chromium, logged in to the site as a user."""
	from playwright.sync_api import sync_playwright

	from tests import factories
	from tests.browser.conftest import ARGUMENTS, NAMES, SIZES
	from tests.stack.web import Web

	server = Web(stack.site, stack.root)
	server.start()
	try:
		with sync_playwright() as driver:
			path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
			chromium = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
			context = chromium.new_context(base_url=server.url, viewport=SIZES["desktop"])
			context.request.post("/api/method/login", form={"usr": user, "pwd": factories.PASSWORD})
			yield context.new_page()
			chromium.close()
	finally:
		server.stop()


def _ms(one: float, other: float) -> str:
	return f"{one * 1000:.1f} ms against {other * 1000:.1f} ms"


class Scene:
	"""A Sales User, a list, one entry made by the procedure; the many are rows like it."""

	def __init__(self, stack):
		from tests.site import sweeping

		self.team = sweeping.team(stack)
		self._more_agents()
		self.entry = sweeping.enquiry(self.team)
		sweeping.sweep_now()
		self.entry.reload()

	def _more_agents(self) -> None:
		"""Ten agents in all, each with a capacity, of whom the first and the supervisor will have all that is open."""
		import frappe

		from tests import factories

		prospect_list = frappe.get_doc("Prospect List", self.team.list)
		users = [self.team.supervisor, *(factories.user("Sales User").name for _number in range(8))]
		for user in users:
			prospect_list.append("agents", {"user": user, "enabled": 1})
		for row in prospect_list.agents:
			row.capacity = 50
		prospect_list.save()

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
				"act_by": f"IF({by} % 3 = 0, NULL, NOW() + INTERVAL ({by} * 3 % 3000) - 1000 MINUTE)",
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

	def others(self) -> dict[str, float]:
		"""Seconds that the server takes for what else shows many entries, to a Sales Manager."""
		import frappe

		from prospect_mgmt import cards, panel, step_calendar, worklist
		from prospect_mgmt.entry.assignment_rule import available_agents

		frappe.set_user("Administrator")
		today = frappe.utils.nowdate()
		asked = {
			"the team": worklist.get_team,
			"a dialog: log a call": lambda: panel.get_choices(self.entry.name, ["objections"]),
			"a dialog: assign": lambda: panel.get_choices(self.entry.name, ["agents"]),
			"who can take more": lambda: available_agents(frappe.get_doc("Prospect List", self.team.list)),
			"the calendar": lambda: step_calendar.get_events(today, frappe.utils.add_days(today, 30)),
			"card: new today": cards.get_new_today,
			"card: unacknowledged": cards.get_unacknowledged,
			"card: overdue": cards.get_overdue,
			"card: waiting for us": cards.get_waiting_for_us,
			"card: won this month": cards.get_won_this_month,
		}
		found = {}
		for name, function in asked.items():
			function()
			found[name] = ground.middle([ground.seconds(function) for _round in range(7)])
		frappe.set_user(self.team.agent)
		return found

	def _anew(self) -> None:
		"""As at the start of a request: what a process keeps stays, what a request keeps does not."""
		import frappe

		frappe.local.role_permissions = {}
		frappe.local.request_cache.clear()

	def explain(self) -> None:
		"""How the database reads the first page of each group."""
		import frappe

		from prospect_mgmt import worklist

		asked = worklist._Asked(self.team.agent, None, worklist.PAGE)
		for key in worklist.GROUPS:
			order = "next_due_on" if key == "waiting" else "act_by"
			for part in worklist._ranges(key, asked):
				entry = frappe.qb.DocType(ENTRY)
				query = worklist.read(part).select(entry.lead_name).orderby(entry[order]).limit(11)
				for row in frappe.db.sql(f"ANALYZE {query.get_sql()}", as_dict=True):
					print(f"  {key:12} {row.type} {row.key} rows read {row.r_rows} {row.Extra}")


if __name__ == "__main__":
	ground.run(main, "benchmarks.worklist")
