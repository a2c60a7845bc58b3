"""What a report costs follows the rows of its period: it reads them by the index that is named here, and no table whole."""

import frappe
import pytest

from benchmarks.volume import ACT, AGENTS, ANSWER, CHANGE, ENTRY, LISTS, REGISTER, STEP, Scene, Volume
from prospect_mgmt.permissions import MANY
from prospect_mgmt.reporting.sql import (
	ACTS_IN_TIME,
	ANSWERS_IN_TIME,
	CHANGES_IN_TIME,
	LEAVING_IN_TIME,
	RECEIVED_IN_TIME,
	STEPS_IN_TIME,
)
from tests.explain import explained, table

ENTRIES = 2000
PROMISED = "acknowledge_status_acknowledge_by_index"
# The report, the choices of its own, and what it reads by which index.
READS = [
	("Source Performance", {}, {ENTRY: RECEIVED_IN_TIME}),
	("Source Performance", {"group_by": "Number prefix"}, {ENTRY: RECEIVED_IN_TIME, REGISTER: "PRIMARY"}),
	("Agent Performance", {}, {ENTRY: RECEIVED_IN_TIME, ACT: ACTS_IN_TIME, CHANGE: LEAVING_IN_TIME}),
	("Prospect Funnel", {}, {ENTRY: RECEIVED_IN_TIME, CHANGE: "funnel_index"}),
	("Promises Kept", {}, {ENTRY: PROMISED, ANSWER: ANSWERS_IN_TIME}),
	*(
		("Objections", {"group_by": group}, {ACT: ACTS_IN_TIME, CHANGE: "funnel_index"})
		for group in ("Source", "Agent", "Interest", "All three")
	),
	("Record Quality", {}, {ENTRY: RECEIVED_IN_TIME, ACT: ACTS_IN_TIME}),
	*(("Step Ledger", {"group_by": group}, {STEP: STEPS_IN_TIME}) for group in ("Step", "Reason", "Agent")),
	("Stage History", {}, {CHANGE: CHANGES_IN_TIME}),
	*(
		("Lead Number Register", {"view": view}, {REGISTER: "issued_on_index"})
		for view in ("Numbers", "Days", "Series")
	),
]


@pytest.fixture
def month(stack):
	"""Two years of a list; the filters of a month in the middle of them."""
	scene = Scene(frappe, stack)
	volume = Volume(scene, ENTRIES)
	first = frappe.utils.get_first_day(frappe.utils.add_months(scene.start, 12))
	try:
		with volume.on_site():
			yield {"from_date": first, "to_date": frappe.utils.get_last_day(first), "prospect_list": LISTS[0]}
	finally:
		volume.drop()


@pytest.mark.allow_silent  # rows for reading, that nobody works
@pytest.mark.parametrize("reader", ["who sees all", "an agent of the list"])
def test_a_month_is_read_by_its_index(month, reader):
	every_report = frappe.get_all("Report", {"module": "Prospect Mgmt"}, pluck="name")
	assert set(every_report) == {report for report, _own, _indexes in READS}
	if reader == "an agent of the list":
		frappe.set_user(AGENTS[0])
	for report, own, indexes in READS:
		name = frappe.scrub(report)
		execute = frappe.get_attr(f"prospect_mgmt.prospect_mgmt.report.{name}.{name}.execute")
		with explained() as plans:
			assert execute({**month, **own})[1], report
		read = {(plan.table.removeprefix("tab"), plan.key) for plan in plans}
		assert set(indexes.items()) <= read, f"{report} {own}\n{table(plans)}"
		# The lists themselves are few; nothing else is gone through from one end to the other.
		stops = f"LIMIT {MANY + 1}"  # where it asks whether there are many
		whole = [plan for plan in plans if plan.reads_too_much(20) and stops not in plan.sql]
		assert not whole, f"{report} {own}\n{table(whole)}"
