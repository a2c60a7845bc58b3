"""The query reports as Frappe runs them: what they show, to whom, what a click leads to, what bad filters are told."""

import frappe
import pytest
from frappe.desk.query_report import run

from prospect_mgmt.enrolment import forget_lists
from prospect_mgmt.reporting.drill import entries_behind
from tests import factories

MAY = {"from_date": "2026-05-01", "to_date": "2026-05-31"}
REPORTS = ["Prospect Funnel", "Source Performance", "Agent Performance"]


@pytest.fixture
def may(clock):
	"""Two agents in May: Ann won one of 100 from the website and lost one; Bob has one open, and one was spam."""
	clock.at("2026-05-04 10:00")
	frappe.db.set_value("Prospect List", {"enrol_new_leads": 1}, "enrol_new_leads", 0)
	forget_lists()
	ann, bob = factories.user("Sales User").name, factories.user("Sales User").name
	prospects = factories.prospect_list(ann, bob, enrol_new_leads=1).name
	won, lost, spam = (factories.lead(lead_owner=ann, source=source).name for source in ("Website", "Website", "Facebook"))
	left = factories.lead(lead_owner=bob, source="Referral").name
	_as(ann, won).log_call("Wants one")
	clock.forward(hours=2)
	factories.sales_invoice(factories.customer_from(frappe.get_doc("Lead", won)), rate=100)
	_as(bob, lost).log_call("Too dear", objection="Price")
	_as(ann, lost).close("Lost", objection="Price")
	_as(ann, spam).close("Spam")
	_as(bob, left).log_call("", result="No answer")
	return frappe._dict(list=prospects, ann=ann, bob=bob, won=won, lost=lost, spam=spam, left=left)


def _as(user: str, entry: str):
	"""The entry, for something that a user does; then Administrator goes on."""
	doc = frappe.get_doc("Prospect List Entry", entry)

	class Doing:
		def __getattr__(self, method):
			def act(*args, **kwargs):
				frappe.set_user(user)
				getattr(doc, method)(*args, **kwargs)
				frappe.set_user("Administrator")

			return act

	return Doing()


def shown(report: str, **filters) -> frappe._dict:
	return frappe._dict(run(report, filters={**MAY, **filters}))


def rows(report: str, by: str, **filters) -> dict[str, frappe._dict]:
	return {row[by]: frappe._dict(row) for row in shown(report, **filters).result}


# ------------------------------------------------------------- what they show
def test_source_performance_counts_by_source_and_leaves_spam_out(may):
	found = rows("Source Performance", "group", prospect_list=may.list)
	assert set(found) == {"Website", "Referral", "Total"}
	web, total = found["Website"], found["Total"]
	assert (web.received, web.won, web.success_rate) == (2, 1, 50.0)
	assert web.sale_value == web.average_sale == frappe.db.get_value("Sales Invoice", {"docstatus": 1}, "base_grand_total")
	assert (total.received, total.received_before) == (3, 0)


def test_source_performance_compares_with_as_many_days_before(may):
	later = {"from_date": "2026-06-01", "to_date": "2026-06-30"}
	found = rows("Source Performance", "group", **later)
	assert (found["Website"].received, found["Website"].received_before) == (0, 2)


def test_source_performance_by_number_prefix(may):
	found = rows("Source Performance", "group", group_by="Number prefix")
	assert (found["WEB-"].received, found["REF-"].received) == (2, 1)


def test_agent_performance_credits_each_act_to_who_did_it(may):
	found = rows("Agent Performance", "key")
	assert (found[may.ann].received, found[may.ann].calls) == (2, 1)
	assert (found[may.bob].received, found[may.bob].calls, found[may.bob].open) == (1, 2, 1)


def test_small_samples_are_marked_not_ranked(may):
	found = rows("Agent Performance", "key")
	assert found[may.ann].rank is None and found[may.ann]["sample"] == "Small sample"


def test_the_funnel_shows_milestones_and_stages(may):
	found = rows("Prospect Funnel", "name")
	assert [found[name].entered for name in ("Received", "Reached", "Won")] == [3, 2, 1]
	assert found["Call"].entered == found["Call"].went_on == 3  # without a telephone they start by mail
	assert (found["Email"].won, found["Email"].lost, found["Email"].there) == (1, 1, 1)
	assert found["Email"].median == 2 * 3600


def test_every_report_defines_its_figures_and_has_chart_and_summary(may):
	for report in REPORTS:
		found = shown(report)
		assert "<li><b>" in found.message, report
		assert found.chart["data"]["labels"] and found.report_summary, report


# ------------------------------------------------------------- drill-down
def test_every_figure_leads_to_as_many_records_as_it_counts(may):
	for report in REPORTS:
		_follow_all(report, {**MAY, "prospect_list": may.list})


def _follow_all(report: str, filters: dict) -> None:
	found = shown(report, **filters)
	followed = 0
	for column in found.columns:
		for row in found.result if column.get("drill") else ():
			if column["fieldtype"] == "Int" and row.get(column["fieldname"]):
				count = _follow(report, column["drill"], row, filters)
				several = column["fieldname"] in ("calls", "calls_reached", "mails", "stays")  # on one entry
				assert count if several else count == row[column["fieldname"]], (report, column["fieldname"], row)
				followed += 1
	assert followed > 4, report


def _follow(report: str, drill: dict, row: dict, filters: dict) -> int:
	"""How many records a click shows, as the browser asks for them."""
	if "behind" in drill:
		return len(entries_behind(report, drill["behind"], filters, row)["entries"])
	wanted = {} if row.get("is_total") else {field: row[key] or ("is", "not set") for field, key in drill["by"].items()}
	return len(frappe.get_list(drill["doctype"], filters={**drill["filters"], **wanted}))


# ------------------------------------------------------------- who sees what (law 11)
def test_a_contractor_may_not_open_reports():
	frappe.set_user(factories.user("Prospect Agent").name)
	for report in REPORTS:
		with pytest.raises(frappe.PermissionError):
			shown(report)
		with pytest.raises(frappe.PermissionError):
			entries_behind(report, "received", MAY, {})


def test_a_sales_user_sees_the_lists_they_work(may):
	other = factories.prospect_list(may.bob)
	stranger = factories.user("Sales User").name
	frappe.set_user(stranger)
	assert shown("Source Performance").result == []
	frappe.set_user(may.bob)
	assert rows("Source Performance", "group")["Total"].received == 3
	assert shown("Source Performance", prospect_list=other.name).result == []


def test_reports_are_had_over_rest_with_the_same_permissions(may, http):
	asked = {"report_name": "Source Performance", "filters": frappe.as_json(MAY)}
	answer = http(may.bob, key=True).get("/api/method/frappe.desk.query_report.run", params=asked)
	assert answer.json()["message"]["result"][-1]["received"] == 3
	contractor = factories.user("Prospect Agent").name
	assert http(contractor).get("/api/method/frappe.desk.query_report.run", params=asked).status_code == 403


# ------------------------------------------------------------- bad filters
@pytest.mark.parametrize(
	"filters, told",
	[
		({"from_date": "2026-06-01"}, "before it starts"),
		({"from_date": None}, "Say for which period"),
		({"to_date": "yesterday"}, "is no date"),
		({"agent": "nobody@example.com"}, "There is no User"),
		({"prospect_list": "<b>x"}, "There is no Prospect List “&lt;b&gt;x”"),
	],
)
def test_bad_filters_are_answered_clearly(filters, told):
	for report in REPORTS:
		with pytest.raises(frappe.ValidationError, match=told):
			shown(report, **filters)


def test_a_period_without_anything_says_so():
	for report in REPORTS:
		found = shown(report, from_date="2020-01-01", to_date="2020-01-31")
		assert found.result == [] and "nothing of this" in found.message, report
