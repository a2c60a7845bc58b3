"""Law 9: what runs each minute, and what opens the list of entries, reads through an index, however much is stored."""

import frappe
import pytest

from benchmarks.ground import copies
from prospect_mgmt import health, panel, permissions, sweep
from prospect_mgmt.entry import assignment_rule
from tests import factories
from tests.explain import explained, table
from tests.site import sweeping
from tests.site.sweeping import ENTRY, MONDAY, STEP

STORED, DUE, FEW = 3000, 10, 100
PHONE = "+49 30 5557700"


@pytest.fixture
def team(stack, clock):
	"""A list with STORED entries of two kinds; what was promised and planned for DUE of each kind is due, for the others in years."""
	clock.at(MONDAY)
	team = sweeping.team(stack)
	for prefix, entry in (("A", sweeping.informed(team)), ("B", sweeping.enquiry(team, mobile_no=PHONE))):
		_many(prefix, entry.name)
	clock.forward(hours=49)
	frappe.db.sql(f"ANALYZE TABLE `tab{ENTRY}`, `tab{STEP}`, `tabProspect Interaction`")
	return team


def _many(prefix: str, entry: str) -> None:
	name, number = f"CONCAT('{prefix}-', n.seq)", STORED // 2
	later = {
		f"{promise}_by": f"IF(n.seq <= {DUE}, t.{promise}_by, '2030-01-01')"
		for promise in ("acknowledge", "satisfy")
	}
	copies(ENTRY, {"name": name, "open_lead": name, **later}, f"name = '{entry}'", number)
	child = {"name": f"CONCAT({name}, '-', t.name)", "entry": name, "fact_key": "NULL"}
	due_on = f"IF(n.seq <= {DUE}, t.due_on, '2030-01-01')"
	copies(STEP, {**child, "due_on": due_on}, f"entry = '{entry}'", number)
	copies("Prospect Interaction", child, f"entry = '{entry}'", number)


def test_what_runs_each_minute_and_what_opens_the_list_read_through_an_index(team, monkeypatch):
	for roles in (("Prospect Agent",), ("Sales User",), ("Sales User", "Sales Manager")):
		_as_agent_of(team, *roles)
		with explained() as plans:
			assert len(frappe.get_list(ENTRY, fields=["name", "stage", "modified"], page_length=20)) >= 2
		assert _slow(plans) == "", roles
		frappe.set_user("Administrator")

	_as_agent_of(team, "Sales User")
	few = set(frappe.get_list(ENTRY, pluck="name"))
	monkeypatch.setattr(permissions, "MANY", FEW)
	with explained() as plans:
		assert (
			len(frappe.get_list(ENTRY, fields=["name", "modified"], order_by="modified desc", page_length=20))
			== 20
		)
	[page] = [plan for plan in plans if "ORDER BY" in plan.sql.upper()]
	assert (page.key, "filesort" in page.extra) == ("modified", False), page
	assert set(frappe.get_list(ENTRY, pluck="name")) == few
	frappe.set_user("Administrator")

	with explained() as plans:
		assert sweep._is_anything_due()
		tally = sweep.run()
		assert not sweep._is_anything_due()
		health.warnings()
	assert tally.done >= 2 * DUE and tally.missed >= DUE and not tally.errors
	asked = {plan.table for plan in plans}
	assert len(plans) > 20 and {f"tab{ENTRY}", f"tab{STEP}", "entry", "step"} <= asked, asked
	assert _slow(plans, FEW) == ""


def _as_agent_of(team, *roles: str) -> None:
	user = factories.user(*roles).name
	prospect_list = frappe.get_doc("Prospect List", team.list)
	prospect_list.append("agents", {"user": user, "enabled": 1})
	prospect_list.save()
	frappe.db.set_value(ENTRY, {"name": ("in", ["A-20", "A-21"])}, "agent", user)
	frappe.set_user(user)


def _slow(plans, most: int = STORED) -> str:
	return table([plan for plan in plans if plan.reads_too_much(FEW) or plan.rows > most])


def test_how_much_agents_have_is_counted_within_an_index_and_no_further_than_asked(team, monkeypatch):
	monkeypatch.setattr(panel, "LOAD", FEW)
	prospect_list = frappe.get_doc("Prospect List", team.list)
	prospect_list.agents[0].capacity = FEW
	for _number in range(9):
		prospect_list.append(
			"agents", {"user": factories.user("Sales User").name, "enabled": 1, "capacity": 5}
		)
	prospect_list.save()
	frappe.db.set_value(ENTRY, {"name": ("like", "B-%")}, "agent", prospect_list.agents[1].user)
	frappe.db.sql(f"ANALYZE TABLE `tab{ENTRY}`")

	frappe.set_user(team.supervisor)
	for asked in (
		lambda: panel.get_choices("A-1", ["agents"]),
		lambda: assignment_rule.available_agents(prospect_list),
	):
		with explained() as plans:
			read = _rows_read(asked)
		[one] = {plan.sql for plan in plans if "UNION" in plan.sql}
		assert {(plan.key, "Using index" in plan.extra) for plan in plans if plan.sql == one} == {
			(assignment_rule.OF_AGENTS, True)
		}
		assert read < STORED / 2, read
	# What a dialog does not show is not read at all.
	with explained() as plans:
		panel.get_choices("A-1", ["objections"])
	assert not any("UNION" in plan.sql or "count" in plan.sql.lower() for plan in plans), table(plans)


def _rows_read(act) -> int:
	"""How many rows and places of an index the database goes through for something."""

	def number() -> int:
		return sum(int(row[1]) for row in frappe.db.sql("SHOW SESSION STATUS LIKE %s", "Handler_read%"))

	before = number()
	act()
	return number() - before
