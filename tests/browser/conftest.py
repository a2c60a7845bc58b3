"""Pages in a real Chromium, logged in to the real site."""

import os
import re
import shutil

import frappe
import pytest
from frappe.translate import clear_cache

from tests import factories
from tests.stack.site import ADMIN_PASSWORD

SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
ARGUMENTS = (
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 30_000  # milliseconds
NOT_OURS = re.compile(
	r"/socket\.io/|gravatar\.com"
	# Frappe's charts, which go on drawing when their page has been left and has no width.
	r"|<\w+> attribute \w+: (A negative value|Expected \w+, \".*NaN).* \S+/desk\.bundle\.\w+\.js"
)


@pytest.fixture(autouse=True)
def _isolated(isolated_site):
	"""Every test in this directory runs on the site and leaves no trace."""


@pytest.fixture(scope="session")
def chromium():
	"""The browser: CHROMIUM, else the one installed on the system, else Playwright's own."""
	playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
	with playwright.sync_playwright() as driver:
		path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
		path = path or driver.chromium.executable_path
		if not os.path.exists(path):
			pytest.skip("no Chromium is installed; CHROMIUM can name one")
		browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
		yield browser
		browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
	report = yield
	if report.when == "call":
		item.failed = report.failed
	return report


@pytest.fixture
def page_as(chromium, web, stack, request):
	"""`page_as(user, size="desktop")` is a page of that user; `page.open("lead")` shows a place of the Desk.

	`server=live_web` opens it where what others do is heard of at once.

	What the page reports as an error is in `page.errors`; a test with errors it did not clear fails.
	"""
	contexts, pages = [], []

	def open_page(user: str = "Administrator", size: str = "desktop", server=web):
		frappe.db.commit()
		context = chromium.new_context(
			base_url=server.url,
			viewport=SIZES[size],
			has_touch=size == "phone",
			is_mobile=size == "phone",
			locale="en-GB",
			timezone_id="Europe/Berlin",
			reduced_motion="reduce",  # a dialog that fades in takes the focus late, from what is being typed
		)
		contexts.append(context)
		_log_in(context, user)
		page = _watched(context.new_page())
		pages.append(page)
		return page

	yield open_page
	errors = [error for page in pages for error in page.errors]
	if errors or getattr(request.node, "failed", False):
		_photograph(pages, stack.root / "screenshots" / request.node.name)
	for context in contexts:
		context.close()
	frappe.db.rollback()
	assert not errors, f"the browser reported: {errors}"


@pytest.fixture
def visitor(chromium, web, stack):
	"""`visitor(size)` is a page of somebody who is not logged in, after the form was published."""
	frappe.get_doc("Web Form", "enquiry").db_set("published", 1)
	clear_cache()
	contexts = []

	def open_page(size: str):
		frappe.db.commit()
		contexts.append(chromium.new_context(base_url=web.url, viewport=SIZES[size], locale="en-GB"))
		return _watched(contexts[-1].new_page())

	yield open_page
	for context in contexts:
		context.close()
	frappe.db.rollback()


def _photograph(pages: list, target) -> None:
	"""What the pages that are still open showed when the test failed."""
	for number, page in enumerate((page for page in pages if not page.is_closed()), 1):
		path = f"{target}-{number}.png"
		page.screenshot(path=path)
		print(f"screenshot: {path}")


def _log_in(context, user: str) -> None:
	password = ADMIN_PASSWORD if user == "Administrator" else factories.PASSWORD
	answer = context.request.post("/api/method/login", form={"usr": user, "pwd": password})
	assert answer.ok, answer.text()


def _watched(page):
	"""Collect what goes wrong in the page, and give it `open`."""
	page.errors = []
	page.set_default_timeout(PATIENCE)
	page.set_default_navigation_timeout(4 * PATIENCE)  # the first one finds a cold server
	page.on("pageerror", lambda error: page.errors.append(str(error)))
	page.on("console", lambda message: _note(page, message))
	page.open = lambda place: _open(page, place)
	return page


def _note(page, message) -> None:
	text = f"{message.text} {message.location.get('url', '')}"
	if message.type == "error" and not NOT_OURS.search(text):
		page.errors.append(text)


def _open(page, place: str) -> None:
	"""Go to /app/<place> and wait until the Desk shows it."""
	page.goto(f"/app/{place}", wait_until="domcontentloaded")
	page.wait_for_function("window.frappe?.router?.current_route && !frappe.request?.ajax_count")
	page.wait_for_selector(".page-container:visible, .workspace:visible")
