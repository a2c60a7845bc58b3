"""The pictures of the documentation: `make pictures` writes docs/images/<language>/<screen>.png.

Of every main screen, in English and Chinese, as whoever works with it; the site is that of the demo, with one enquiry
of today's to look at closely. No test: what the screens do is tested elsewhere.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import frappe
from frappe import _
from PIL import Image
from playwright.sync_api import Error

from prospect_mgmt import sweep
from prospect_mgmt.setup import demo
from prospect_mgmt.setup.demo.team import ANNA, LENA, TEAMS
from tests import factories
from tests.browser.acting import dialog, panel
from tests.stack.paths import CHECKOUT

IMAGES = CHECKOUT / "docs" / "images"
LANGUAGES = ("en", "zh")
COLOURS = 128  # enough for the Desk; a picture is a third as large with them
LEADS, DAYS = 80, 65  # enough for a month with a review that has something to say
ENTRY, REVIEW = "Prospect List Entry", "Prospect Performance Review"
SUPERVISED = [team.title for team in TEAMS if LENA in (team.supervisor, team.deputy)]


@dataclass(frozen=True)
class Screen:
	"""`show(page, story)` opens it and waits until it is drawn; `tall`: pixels, where more is worth seeing than fits."""

	name: str
	user: str
	show: Callable
	size: str = "desktop"
	tall: int = 0
	languages: tuple[str, ...] = LANGUAGES


# ------------------------------------------------------------- the screens
def worklist(page, story):
	page.open("prospect-worklist")
	page.locator(".prospect-groups[aria-busy=false]").wait_for()


def team(page, story):
	worklist(page, story)
	page.get_by_role("button", name=_("Team"), exact=True).click()
	page.locator(".prospect-team").first.wait_for()


def entry(page, story):
	page.open(f"prospect-list-entry/{story.entry}")
	panel(page).locator(".prospect-number").wait_for()


def mail_preview(page, story):
	entry(page, story)
	_press(page, _("Send information"))
	dialog(page).locator(".ql-editor[contenteditable=true]").wait_for()
	dialog(page).get_by_role("button", name=_("Preview"), exact=True).click()
	dialog(page).locator("iframe").wait_for()


def call(page, story):
	entry(page, story)
	_press(page, _("Log a call"))
	dialog(page).locator("textarea[data-fieldname=summary]").wait_for()


def _press(page, label: str) -> None:
	"""Press a button of the panel; what is in its menu too."""
	button = panel(page).get_by_role("button", name=label, exact=True).first
	if not button.count() or not button.is_visible():
		panel(page).get_by_role("button", name=_("More", context=ENTRY)).click()
	button.click()


def lead(page, story):
	page.open(f"lead/{story.lead}")
	panel(page).locator(".prospect-number").wait_for()


def workspace(page, story):
	page.open("prospect-management")
	page.locator(".number-widget-box .number").first.wait_for()
	page.wait_for_function("document.querySelectorAll('.dashboard-widget-box svg.frappe-chart').length >= 4")
	bars = "[...document.querySelectorAll('.frappe-chart rect.bar')].map((bar) => bar.getAttribute('height')).join()"
	before, now = None, page.evaluate(bars)
	while before != now:  # they grow
		page.wait_for_timeout(800)
		before, now = now, page.evaluate(bars)


def onboarding(page, story):
	page.open("prospect-management")
	page.locator(".onboarding-widget-box .onboarding-step").first.wait_for()


def board(page, story):
	page.open("prospect-list-entry/view/kanban/Prospect Stages")
	page.locator(".kanban-card-wrapper").first.wait_for()


def calendar(page, story):
	page.open("prospect-list-entry/view/calendar/default")
	page.locator(".fc-event").first.wait_for()


def entries(page, story):
	page.open("prospect-list-entry/view/list")
	page.locator(".list-row").first.wait_for()


def procedure(page, story):
	page.open(f"prospect-procedure/{factories.procedure().name}")
	page.locator(".sop-stage").first.scroll_into_view_if_needed()


def printed_procedure(page, story):
	_printed(page, "Prospect Procedure", factories.procedure().name)


def report(page, story):
	page.open("query-report/Prospect Funnel")
	page.locator("a.prospect-drill:visible").first.wait_for()
	# Frappe draws the bars from nothing.
	page.wait_for_function(
		"[...document.querySelectorAll('.chart-wrapper rect.bar')].some((bar) => bar.getBBox().height > 20)"
	)


def review(page, story):
	names = frappe.get_all(REVIEW, {"prospect_list": ("in", SUPERVISED)}, pluck="name", order_by="month desc")
	_printed(page, REVIEW, max(names, key=_received))


def _received(review: str) -> float:
	figures = {"parent": review, "parenttype": REVIEW, "parentfield": "figures", "figure": "received"}
	return frappe.db.get_value("Prospect Review Figure", figures, "value") or 0


def _printed(page, doctype: str, name: str) -> None:
	page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
	page.goto(f"/printview?doctype={doctype}&name={name}&no_letterhead=1&_lang={frappe.local.lang}")
	page.locator(".print-format").first.wait_for()


ADMIN = "admin@example.com"
BESIDES = (*LANGUAGES, "de")
SCREENS = (
	Screen("worklist", ANNA.user, worklist, languages=BESIDES),
	Screen("worklist-phone", ANNA.user, worklist, "phone"),
	Screen("entry", ANNA.user, entry, languages=BESIDES),
	Screen("entry-phone", ANNA.user, entry, "phone"),
	Screen("call-phone", ANNA.user, call, "phone"),
	Screen("mail-preview", ANNA.user, mail_preview),
	Screen("lead", ANNA.user, lead),
	Screen("entries", ANNA.user, entries),
	Screen("board", LENA.user, board),
	Screen("calendar", LENA.user, calendar),
	Screen("team", LENA.user, team),
	Screen("workspace", LENA.user, workspace, tall=1900),
	Screen("procedure", LENA.user, procedure),
	Screen("procedure-print", LENA.user, printed_procedure, tall=1500),
	Screen("report", LENA.user, report),
	Screen("review", LENA.user, review, tall=1500),
	Screen("onboarding", ADMIN, onboarding),
)


# ------------------------------------------------------------- taking them
def test_pictures(clock, page_as):
	story = _story(clock)
	wanted = [(screen, language) for screen in SCREENS for language in screen.languages]
	failed = {}
	for screen, language in wanted:
		try:
			_take(page_as, story, screen, language)
		except Error as problem:  # the others are worth taking
			failed[f"{language}/{screen.name}"] = str(problem)
	frappe.local.lang = "en"
	assert not failed


def _take(page_as, story, screen: Screen, language: str) -> None:
	frappe.local.lang = language
	frappe.db.set_value("User", screen.user, "language", language)
	frappe.clear_cache(user=screen.user)
	page = page_as(screen.user, screen.size)
	if screen.tall:
		page.set_viewport_size({"width": 1440, "height": screen.tall})
	screen.show(page, story)
	page.wait_for_function("!window.frappe?.request?.ajax_count")
	page.wait_for_timeout(700)  # animations of the Desk
	picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
	path = IMAGES / language / f"{screen.name}.png"
	path.parent.mkdir(parents=True, exist_ok=True)
	picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
	page.errors.clear()  # of Frappe's charts, which go on drawing after the page was left
	page.context.close()


# ------------------------------------------------------------- what they show
def _story(clock) -> frappe._dict:
	"""The demo's team, and an enquiry of theirs: one call in vain, one that reached her, the information owed."""
	demo.make(leads=LEADS, days=DAYS, password=factories.PASSWORD)
	factories.user("System Manager", email=ADMIN)
	frappe.db.set_single_value("System Settings", "enable_onboarding", 1)
	clock.at(frappe.utils.now_datetime() - timedelta(hours=30))
	ada = _enquiry("Ada", "Lovelace", mobile_no="+44 20 7946 0018")
	_enquiry("Charles", "Babbage")
	_enquiry("Mary", "Somerville").assign(None)
	grace = _enquiry("Grace", "Hopper", mobile_no="+1 202 555 0142")
	ada.append("requirements", {"interest": "Product information", "detail": "Which sizes are in stock?"})
	ada.append("requirements", {"interest": "Quote", "detail": "Price for 20 pieces"})
	ada.interest = "Product information"
	ada.save()
	frappe.set_user(ANNA.user)
	clock.forward(hours=2)
	ada.log_call("", "No answer", next_attempt_on=frappe.utils.now_datetime() + timedelta(hours=20))
	clock.forward(hours=20)
	ada.log_call("Is fitting out a workshop in May; needs twenty pieces, would like a quote by Friday.")
	clock.release()
	frappe.set_user("Administrator")
	frappe.db.commit()
	sweep.run()
	now = frappe.utils.now_datetime()
	today = min(now + timedelta(hours=2), now.replace(hour=23, minute=50))
	frappe.db.set_value(ENTRY, grace.name, {"act_by": today, "task_by": today})
	return frappe._dict(entry=ada.name, lead=ada.lead)


def _enquiry(first_name: str, last_name: str, **details):
	company, address = "Analytical Engines Ltd", f"{first_name}@example.com".lower()
	names = {"first_name": first_name, "last_name": last_name, "company_name": company, "email_id": address}
	lead = factories.lead(**names, source="Website", **details)
	entry = frappe.get_doc(ENTRY, {"open_lead": lead.name})
	entry.assign(ANNA.user)
	return entry.reload()
