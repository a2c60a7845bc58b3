"""From a fresh site to the first worked lead, by the onboarding of the workspace; and the tours of the forms."""

import json
from contextlib import suppress

import frappe
import pytest
from frappe import _
from playwright.sync_api import TimeoutError

from tests import factories
from tests.browser.acting import confirm, entry_with, fill, forgive, no_sideways, team_of
from tests.browser.test_worklist import settled
from tests.stack.paths import APP, CHECKOUT

both_sizes = pytest.mark.parametrize("size", ["desktop", "phone"])
TOURS = CHECKOUT / APP / "prospect_mgmt" / "form_tour"
# How long a person takes, by the keystroke-level model: look and decide, point and press; strike a key. Seconds.
A_CLICK, A_KEY = 1.35 + 1.1 + 0.2, 0.28
# The page counts what is really pressed, also across the places of the Desk.
COUNTING = """
	window.pressed = { clicks: 0, keys: 0 };
	addEventListener("click", (event) => event.isTrusted && pressed.clicks++, true);
	addEventListener("input", (event) => event.isTrusted && pressed.keys++, true);
"""


@pytest.fixture
def admin(stack):
	"""Somebody who has just set the site up, with only the role System Manager."""
	frappe.db.set_single_value("System Settings", "enable_onboarding", 1)  # as Frappe's wizard does
	return factories.user("System Manager").name


# Frappe draws no onboarding on a phone: there the workspace's links and the search lead to the same places.
PLACES = {
	"Name your agents": "prospect-list",
	"See the procedure": "prospect-procedure/Standard%20Operating%20Procedure",
	"Check the lead numbers": "prospect-management-settings",
	"Connect your mail": "email-account/new",
	"Enter your first lead": "lead/new",
	"Call them": "prospect-worklist",
}


def next_step(page, title: str, label: str, creates: bool = False) -> None:
	"""Choose a step of the onboarding, read it, and do what it says.

	Frappe notes a step twice, and the second time forgets what it was to do after the next save: somebody as quick as this test
	goes back and chooses the step again.
	"""
	settled(page)
	if is_phone(page):
		assert not page.locator(".onboarding-step").count()
		return page.open(PLACES[title])
	for _again in range(3):
		page.wait_for_timeout(1000)
		choose(page, title, label)
		if not creates:
			return
		page.locator(".form-layout:visible").wait_for()
		page.wait_for_timeout(1000)
		settled(page)
		if page.evaluate("Boolean(frappe.route_hooks.after_save)"):
			return
		page.evaluate("frappe.set_route('prospect-management')")
	pytest.fail(f"Frappe forgets what is to be done after {label}")


def choose(page, title: str, label: str) -> None:
	step = page.locator(".onboarding-step").get_by_text(title, exact=True)
	try:
		step.click(timeout=5000)
	except TimeoutError:  # a page that came late has taken away Frappe's word, with its way back
		page.evaluate("frappe.set_route('prospect-management')")
		step.click()
	page.locator(".onboarding-step-footer").get_by_role("button", name=label).click()


def is_phone(page) -> bool:
	return page.viewport_size["width"] < 768


def carry_on(page) -> None:
	"""From here on, press Continue whenever Frappe has a word after a step; a page that comes late takes the word away."""

	def press(button):
		with suppress(TimeoutError):
			button.click(timeout=1000)

	page.add_locator_handler(page.locator(".modal.show").get_by_role("button", name="Continue"), press)


def back(page) -> None:
	"""By the crumb trail, as a person goes."""
	if is_phone(page):
		return
	page.locator("#navbar-breadcrumbs").get_by_role("link", name="Prospect Management", exact=True).click()
	page.locator(".onboarding-step.active").wait_for()


def type_in(page, fieldname: str, text: str) -> None:
	field = page.locator(f"input[data-fieldname={fieldname}]:visible").first
	field.fill(text)
	field.press("Tab")
	settled(page)


def save(page) -> None:
	"""Once the fields have taken in what was typed: Frappe drops a click that comes before."""
	page.wait_for_timeout(300)
	settled(page)
	with page.expect_response(lambda answer: "savedocs" in answer.url):
		page.locator(".page-head:visible").get_by_role("button", name="Save", exact=True).click()


@both_sizes
def test_a_new_site_comes_to_its_first_worked_lead_in_under_five_minutes(admin, page_as, stack, size):
	page = page_as(admin, size)
	page.add_init_script(COUNTING)
	carry_on(page)
	page.open("prospect-management")
	next_step(page, "Name your agents", "Open the lists")
	page.locator(".list-row-container").get_by_role("link", name="Prospects").first.click()
	page.wait_for_function("window.cur_frm?.doctype === 'Prospect List' && !frappe.request.ajax_count")
	agents = page.locator("[data-fieldname=agents]:visible")
	agents.get_by_role("button", name="Add Row").click()
	agents.locator(".grid-body [data-fieldname=user]").first.click()
	agents.locator("[data-fieldname=user] input").fill(admin)
	page.locator(".awesomplete [role=option]:visible", has_text=admin).first.click()
	page.wait_for_function("(user) => cur_frm.doc.agents.some((row) => row.user === user)", arg=admin)
	save(page)
	back(page)
	next_step(page, "See the procedure", "Open the procedure")
	page.locator(".sop-stage").first.wait_for()
	back(page)
	next_step(page, "Check the lead numbers", "Open the settings")
	page.locator("td", has_text="LEAD-0001").first.wait_for()
	back(page)
	next_step(page, "Connect your mail", "Add an account", creates=True)
	page.locator("input[data-fieldname=email_id]:visible").wait_for()
	type_in(page, "email_id", "team@musterwerk.example")
	for tick in ("enable_outgoing", "no_smtp_authentication"):
		page.locator(f"input[data-fieldname={tick}]:visible").check()
	type_in(page, "smtp_server", "127.0.0.1")
	type_in(page, "smtp_port", str(stack.smtp.port))
	save(page)
	next_step(page, "Enter your first lead", "New lead", creates=True)
	page.locator("input[data-fieldname=first_name]:visible").wait_for()
	type_in(page, "first_name", "Ada Lovelace")
	type_in(page, "mobile_no", "+44 20 7946 0018")
	save(page)
	next_step(page, "Call them", "Open the worklist")
	page.locator(".prospect-row", has_text="Ada Lovelace").get_by_role("button", name="Log a call").click()
	fill(page, "summary", "Would like the price list")
	confirm(page, "Save the call")
	page.locator(".modal.show").wait_for(state="detached")
	settled(page)

	frappe.db.rollback()
	entry = frappe.get_doc("Prospect List Entry", {"lead_name": "Ada Lovelace"})
	assert (entry.stage, entry.agent, entry.acknowledge_status) == ("Email", admin, "Met")
	no_sideways(page)
	if size == "phone":
		return
	assert not frappe.get_all("Onboarding Step", {"name": ("like", "Prospects: %"), "is_complete": 0})
	pressed = page.evaluate("pressed")
	keys = len(
		admin + "team@musterwerk.example127.0.0.158025Ada Lovelace+44 20 7946 0018Would like the price list"
	)
	seconds = pressed["clicks"] * A_CLICK + keys * A_KEY
	print(f"{pressed['clicks']} clicks, {keys} keys: {seconds:.0f} s")
	assert pressed["clicks"] <= 45 and seconds < 300


@pytest.mark.parametrize(
	("doctype", "role"),
	[
		("Prospect List Entry", "Prospect Agent"),
		("Prospect List", "System Manager"),
		("Prospect Procedure", "Sales Manager"),
	],
)
@both_sizes
def test_a_tour_is_walked_to_its_end(stack, page_as, doctype, role, size):
	"""On a phone in German, as people read it who have chosen so."""
	team = team_of(stack)
	entry = entry_with(team, ["How much?"])
	names = {"Prospect List Entry": entry.name, "Prospect List": team.list}
	user = team.agent if role == "Prospect Agent" else factories.user(role).name
	language = "de" if size == "phone" else "en"
	frappe.db.set_value("User", user, "language", language)
	page = page_as(user, size)
	page.open(f"{frappe.scrub(doctype).replace('_', '-')}/{names.get(doctype, factories.procedure().name)}")
	settled(page)
	menu = page.locator(".page-head:visible .menu-btn-group")
	menu.locator("> button").click()
	menu.get_by_text(_("Show me around", language), exact=True).click()
	popover = page.locator("#driver-popover-item")
	for step in steps_of(doctype):
		popover.locator(".driver-popover-title", has_text=_(step["title"], language)).wait_for()
		assert popover.locator(".driver-popover-description").inner_text() == _(step["description"], language)
		box = popover.bounding_box()
		assert box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"], step["title"]
		no_sideways(page)
		button = popover.locator(".driver-next-btn")
		button.tap() if size == "phone" else button.click()
	popover.wait_for(state="hidden")
	forgive(page, "getBoundingClientRect")  # Frappe's tour looks once more for what it has just left


def steps_of(doctype: str) -> list[dict]:
	name = frappe.scrub(doctype)
	return json.loads((TOURS / name / f"{name}.json").read_text())["steps"]
