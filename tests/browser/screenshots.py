"""The pictures of the documentation: `python3 -m tests.stack test tests/browser/screenshots.py` writes docs/images."""

from datetime import timedelta

import frappe
import pytest

from prospect_mgmt.reporting import review_page
from prospect_mgmt.setup import demo
from prospect_mgmt.setup.demo.team import TEAMS
from tests.browser.acting import confirm, dialog, entry_with, open_entry, open_lead, press, team_of
from tests.stack.paths import CHECKOUT

IMAGES = CHECKOUT / "docs" / "images"


@pytest.fixture
def story(stack, clock):
	"""An enquiry of two days ago: one call in vain, one that reached them, the information owed."""
	clock.at(frappe.utils.now_datetime() - timedelta(hours=30))
	team = team_of(stack, "Sales User")
	frappe.db.set_value(
		"User", team.agent, {"first_name": "Nadia", "last_name": "Brandt", "full_name": "Nadia Brandt"}
	)
	entry = entry_with(
		team,
		first_name="Ada",
		last_name="Lovelace",
		company_name="Analytical Engines Ltd",
		email_id="ada@example.com",
		source="Website",
		mobile_no="+44 20 7946 0018",
	)
	entry.append("requirements", {"interest": "Product information", "detail": "Which sizes are in stock?"})
	entry.append("requirements", {"interest": "Quote", "detail": "Price for 20 pieces"})
	entry.interest = "Product information"
	entry.save()
	frappe.set_user(team.agent)
	clock.forward(hours=2)
	entry.log_call("", "No answer", next_attempt_on=frappe.utils.now_datetime() + timedelta(hours=20))
	clock.forward(hours=20)
	entry.log_call("Is fitting out a workshop in May; needs twenty pieces, would like a quote by Friday.")
	clock.release()
	frappe.set_user("Administrator")
	from prospect_mgmt import sweep

	frappe.db.commit()
	sweep.run()
	return frappe._dict(team, entry=entry.name, lead=entry.lead)


def _shot(page, name: str, **options) -> None:
	page.wait_for_timeout(700)  # animations of the Desk
	IMAGES.mkdir(parents=True, exist_ok=True)
	page.screenshot(path=IMAGES / f"{name}.png", **options)


def _charts_at_rest(page) -> None:
	"""Each chart has drawn, and its bars have stopped growing."""
	page.wait_for_function("document.querySelectorAll('.dashboard-widget-box svg.frappe-chart').length >= 4")
	bars = "[...document.querySelectorAll('.frappe-chart rect.bar')].map((bar) => bar.getAttribute('height')).join()"
	before, now = None, page.evaluate(bars)
	while before != now:
		page.wait_for_timeout(800)
		before, now = now, page.evaluate(bars)


def test_entry_and_lead(story, page_as):
	for first, last in (("Charles", "Babbage"), ("Luigi", "Menabrea")):
		entry_with(
			story, first_name=first, last_name=last, company_name="Analytical Engines Ltd", source="Website"
		)
	page = page_as(story.agent)
	open_entry(page, story.entry)
	_shot(page, "entry-desktop")
	press(page, "Send information")
	dialog(page).locator(".ql-editor[contenteditable=true]").wait_for()
	confirm(page, "Preview")
	dialog(page).locator("iframe").wait_for()
	_shot(page, "mail-preview")
	open_lead(page, story.lead)
	_shot(page, "lead-form")
	phone = page_as(story.agent, "phone")
	open_entry(phone, story.entry)
	_shot(phone, "entry-phone")


def test_procedure(page_as):
	page = page_as("Administrator")
	page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
	procedure = frappe.get_all("Prospect Procedure", pluck="name")[0]
	page.goto(f"/printview?doctype=Prospect%20Procedure&name={procedure}&no_letterhead=1")
	_shot(page, "procedure-print", full_page=True)


def test_worklist(story, page_as):
	"""A working day at half past ten: something overdue, a call for today, an answer to wait for, a new enquiry."""
	from prospect_mgmt import sweep
	from tests.browser.test_worklist import open_worklist

	people = [
		("Grace", "Hopper", "Flow-Matic Inc.", "Call"),
		("Emmy", "Noether", "Invariant GmbH", "informed"),
		("Mary", "Somerville", "Mechanism Ltd", "nobody"),
	]
	for first, last, company, state in people:
		entry = entry_with(story, first_name=first, last_name=last, company_name=company, interest="Quote")
		if state == "informed":
			entry.log_call("Would like to see the price list")
			entry.send_information("Price list", "<p>Here it is.</p>")
		if state == "nobody":
			entry.assign(None)
	frappe.db.commit()
	sweep.run()
	now = frappe.utils.now_datetime()
	for name, hours in ((story.entry, -3), (frappe.db.get_value("Lead", {"first_name": "Grace"}), 2)):
		moment = min(now + timedelta(hours=hours), now.replace(hour=23, minute=50))
		frappe.db.set_value("Prospect List Entry", name, {"act_by": moment, "task_by": moment})
	frappe.db.commit()
	page = page_as(story.agent)
	open_worklist(page)
	_shot(page, "worklist-desktop")
	phone = page_as(story.agent, "phone")
	open_worklist(phone)
	_shot(phone, "worklist-phone")
	supervisor = page_as(story.supervisor)
	supervisor.set_viewport_size({"width": 1440, "height": 1900})  # the workspace scrolls within the page
	supervisor.open("prospect-management")
	supervisor.locator(".number-widget-box .number").first.wait_for()
	_charts_at_rest(supervisor)
	_shot(supervisor, "workspace")
	supervisor.set_viewport_size({"width": 1440, "height": 900})
	supervisor.open("prospect-list-entry/view/kanban/Prospect Stages")
	supervisor.locator(".kanban-card-wrapper").first.wait_for()
	_shot(supervisor, "board")
	open_worklist(supervisor)
	supervisor.get_by_role("button", name="Team").click()
	supervisor.locator(".prospect-team").wait_for()
	_shot(supervisor, "team")
	supervisor.errors.clear()  # of Frappe's charts, which go on drawing after the page was left


@pytest.mark.parametrize("language", ["de", "zh"])
def test_in_another_language(story, page_as, language):
	from tests.browser.test_worklist import open_worklist

	frappe.db.set_value("User", story.agent, "language", language)
	frappe.clear_cache(user=story.agent)
	page = page_as(story.agent)
	page.goto(f"/app/prospect-list-entry/{story.entry}")
	page.locator(".prospect-panel .prospect-number").wait_for()
	_shot(page, f"entry-{language}")
	open_worklist(page)
	_shot(page, f"worklist-{language}")
	page.errors.clear()


def test_review(page_as):
	"""The first page of a month's review, as it is printed on A4."""
	demo.make(leads=110, days=75)
	month = {"prospect_list": TEAMS[0].title, "status": "Discussed"}
	review = frappe.get_last_doc("Prospect Performance Review", month)
	page = page_as()
	page.set_viewport_size({"width": 794, "height": 1000})
	page.set_content(review_page.alone(review).replace("<body>", '<body style="padding: 57px">'))
	_shot(page, "review")
