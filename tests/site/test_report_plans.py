"""What a report costs follows the rows of its period: it reads them by the index that is named here, and no table whole."""

import frappe
import pytest

from benchmarks.volume import ACT, CHANGE, ENTRY, LISTS, REGISTER, STEP, Scene, Volume
from prospect_mgmt.reporting.sql import (
	ACTS_IN_TIME,
	CHANGES_IN_TIME,
	LEAVING_IN_TIME,
	RECEIVED_IN_TIME,
	STEPS_IN_TIME,
)
from tests.explain import SCANS, explained, table

ENTRIES = 2000
READS = {
	"Source Performance": {ENTRY: RECEIVED_IN_TIME},
	"Agent Performance": {ENTRY: RECEIVED_IN_TIME, ACT: ACTS_IN_TIME, CHANGE: LEAVING_IN_TIME},
	"Prospect Funnel": {ENTRY: RECEIVED_IN_TIME, CHANGE: "funnel_index"},
	"Promises Kept": {ENTRY: "acknowledge_status_acknowledge_by_index"},
	"Objections": {ACT: ACTS_IN_TIME, CHANGE: "funnel_index"},
	"Record Quality": {ENTRY: RECEIVED_IN_TIME, ACT: ACTS_IN_TIME},
	"Step Ledger": {STEP: STEPS_IN_TIME},
	"Stage History": {CHANGE: CHANGES_IN_TIME},
	"Lead Number Register": {REGISTER: "issued_on_index"},
}


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
def test_a_month_is_read_by_its_index(month):
	every_report = frappe.get_all("Report", {"module": "Prospect Mgmt"}, pluck="name")
	assert sorted(every_report) == sorted(READS)
	for report, indexes in READS.items():
		name = frappe.scrub(report)
		execute = frappe.get_attr(f"prospect_mgmt.prospect_mgmt.report.{name}.{name}.execute")
		with explained() as plans:
			assert execute(month)[1], report
		read = {(plan.table.removeprefix("tab"), plan.key) for plan in plans}
		assert set(indexes.items()) <= read, f"{report}\n{table(plans)}"
		# The lists themselves are few; nothing else is gone through from one end to the other.
		whole = [plan for plan in plans if plan.type in SCANS and plan.rows > 20]
		assert not whole, f"{report}\n{table(whole)}"
