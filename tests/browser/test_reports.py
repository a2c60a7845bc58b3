"""Each report opened, a filter changed, its chart read, a figure followed to the entries behind it."""

from datetime import timedelta
from urllib.parse import quote, urlencode

import frappe
import pytest

from prospect_mgmt import sweep
from prospect_mgmt.enrolment import forget_lists
from tests import factories
from tests.browser.acting import cancel, forgive

CHOICES = {
	"Source Performance": ("group_by", "Number prefix"),
	"Promises Kept": ("by", "Day"),
	"Objections": ("group_by", "Interest"),
	"Step Ledger": ("group_by", "Reason"),
	"Lead Number Register": ("view", "Series"),
}
REPORTS = ["Prospect Funnel", "Agent Performance", "Record Quality", "Stage History", *CHOICES]


@pytest.fixture
def enquiry():
	"""One enquiry of today by a user who works its list, with a call and an objection; its ID and the user."""
	frappe.db.set_value("Prospect List", {"enrol_new_leads": 1}, "enrol_new_leads", 0)
	forget_lists()
	user = factories.user("Sales User").name
	factories.prospect_list(user, enrol_new_leads=1)
	lead = factories.lead(source="Website", lead_owner=user).name
	entry = frappe.get_doc("Prospect List Entry", lead)
	frappe.set_user(user)
	entry.log_call("Too dear, they say", objection="Price")
	frappe.set_user("Administrator")
	return lead, user


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_each_report_is_read_narrowed_and_followed(enquiry, page_as, size):
	lead, user = enquiry
	page = page_as(user, size)
	for report in REPORTS:
		_open(page, report)
		_read(page, _says(report, user))
		assert page.locator(".prospect-meanings li").count() and page.locator(".summary-item").count(), report
		assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), report
		_choose(page, *CHOICES.get(report, ("source", "Website")))
		_read(page, _says(report, user, CHOICES.get(report)))
		_follow(page, report, lead)
	forgive(
		page, "removeChild", "<svg> attribute"
	)  # Frappe goes on drawing its chart after the page was left


def _says(report: str, user: str, choice: tuple[str, str] | None = None) -> str:
	"""A label that somebody who reads the chart of a report looks for."""
	today = frappe.utils.getdate()
	return {
		"Prospect Funnel": "Received",
		"Agent Performance": frappe.utils.get_fullname(user),
		"Record Quality": frappe.utils.get_fullname(user),
		"Stage History": "Call",
		"Source Performance": "WEB-" if choice else "Website",
		"Promises Kept": "20" if choice else f"{today + timedelta(days=1):%B}",
		"Objections": "Price",
		"Step Ledger": "" if choice else "Acknowledge soon",
		"Lead Number Register": "WEB-",
	}[report]


def _read(page, said: str) -> None:
	"""Wait until the chart says so: it is drawn some time after the table. Long labels are cut in it, and whole in their titles."""
	page.wait_for_selector(".chart-wrapper svg .frappe-chart, .chart-container svg")
	page.wait_for_function(
		"""(said) => [
			...(frappe.query_report.chart?.data?.labels || []), document.querySelector(".chart-container svg")?.textContent,
		].join(" ").includes(said)""",
		arg=said,
	)


def _open(page, report: str) -> None:
	"""For a month before and after today: what an enquiry of today promises may be due in another month."""
	today = frappe.utils.nowdate()
	span = {"from_date": frappe.utils.add_days(today, -31), "to_date": frappe.utils.add_days(today, 31)}
	page.open(f"query-report/{quote(report)}?{urlencode(span)}")
	page.wait_for_selector(".dt-cell__content")


def _choose(page, name: str, value: str) -> None:
	with page.expect_response(lambda answer: "query_report.run" in answer.url):
		page.evaluate("([name, value]) => frappe.query_report.set_filter_value(name, value)", [name, value])
	page.wait_for_function("!frappe.request.ajax_count")
	page.wait_for_selector(".dt-cell__content")


def _follow(page, report: str, lead: str) -> None:
	"""A figure of the summary leads to the records behind it, as those of the table do."""
	places = [".summary-item a.prospect-drill"] + ["a.prospect-drill"] * (report != "Stage History")
	for place in places:
		# Not by a place on the screen: the chart above may still be drawn, and moves it under the pointer.
		page.locator(f"{place}:visible").last.dispatch_event("click")
		page.wait_for_function("frappe.get_route()[0] === 'List'")
		page.wait_for_selector(f".list-row-container:has-text('{lead}'):visible")
		if place != places[-1]:
			page.go_back()
			page.wait_for_selector("a.prospect-drill:visible")


def test_bad_filters_are_answered_in_words(enquiry, page_as):
	page = page_as(enquiry[1])
	_open(page, "Prospect Funnel")
	page.evaluate("frappe.query_report.set_filter_value({from_date: '2026-06-30', to_date: '2026-06-01'})")
	page.locator(".msgprint:has-text('before it starts')").wait_for()
	cancel(page)
	# Somebody unknown is not taken at all: Frappe's field empties itself, as it does for what is no record.
	page.evaluate(
		"frappe.query_report.set_filter_value({to_date: '2026-07-31', agent: 'nobody@example.com'})"
	)
	page.get_by_text("There is nothing of this in the period").locator("visible=true").wait_for()
	page.wait_for_function("!frappe.query_report.get_filter_value('agent')")
	forgive(page, "before it starts", "EXPECTATION FAILED", "removeChild")


def test_a_period_without_anything_says_so_and_shows_no_figures_of_before(enquiry, page_as):
	page = page_as(enquiry[1])
	for report in ("Source Performance", "Step Ledger"):
		_open(page, report)
		page.evaluate(
			"frappe.query_report.set_filter_value({from_date: '2020-01-01', to_date: '2020-01-31'})"
		)
		page.get_by_text("There is nothing of this in the period").locator("visible=true").wait_for()
		page.wait_for_function("!frappe.request.ajax_count")
		shown = ".chart-container svg:visible, .summary-item:visible, .dt-cell__content--col-1:visible"
		assert page.locator(shown).count() == 0, report
	forgive(page, "removeChild", "<svg> attribute")


# ------------------------------------------------------------- My figures, and the monthly review
def test_an_agent_reads_own_figures_beside_the_teams(enquiry, page_as):
	contractor = factories.user("Prospect Agent").name
	prospects = frappe.get_doc(
		"Prospect List", frappe.db.get_value("Prospect List Entry", enquiry[0], "prospect_list")
	)
	prospects.append("agents", {"user": contractor, "enabled": 1})
	prospects.save()
	for size in ("desktop", "phone"):
		page = page_as(contractor, size)
		page.open("prospect-own-figures")
		row = page.locator(f"[data-list='{prospects.name}'] [data-figure=received]")
		row.wait_for()
		assert [cell.strip() for cell in row.locator("td.text-right").all_inner_texts()] == ["0", "1"]
		assert page.locator(".prospect-own-chart svg").count() and not page.get_by_text("Sale value").count()


def test_a_review_is_read_computed_again_and_discussed(clock, page_as):
	clock.at(frappe.utils.add_to_date(frappe.utils.get_first_day(frappe.utils.nowdate()), days=-20, hours=10))
	supervisor, agent = factories.user("Sales User").name, factories.user("Sales User").name
	frappe.db.set_value("Prospect List", {"enrol_new_leads": 1}, "enrol_new_leads", 0)
	forget_lists()
	prospects = factories.prospect_list(agent, supervisor=supervisor, enrol_new_leads=1)
	entry = frappe.get_doc("Prospect List Entry", factories.lead(lead_owner=agent, source="Website").name)
	entry.log_call("Too dear", objection="Price")
	clock.release()
	frappe.db.commit()
	sweep.run()
	review = frappe.get_doc(
		doctype="Prospect Performance Review",
		prospect_list=prospects.name,
		month=frappe.utils.add_months(frappe.utils.nowdate(), -1),
	).insert()
	for size in ("phone", "desktop"):
		page = page_as(supervisor, size)
		page.open(f"prospect-performance-review/{review.name}")
		page.locator(".pm-review svg").first.wait_for()
	page.get_by_role("button", name="Compute again").click()
	page.locator(".modal:has-text('Every figure is as it was')").wait_for()
	cancel(page)
	page.get_by_role("button", name="We discussed it").click()
	page.locator(".indicator-pill:has-text('Discussed'), .pm-review:has-text('Discussed')").first.wait_for()
	frappe.db.rollback()
	assert frappe.db.get_value(review.doctype, review.name, "status") == "Discussed"
