"""The monthly review as people see it: on the screen, and on paper, page by page."""

import io
import re
from unicodedata import normalize

import frappe
import pytest
from pypdf import PdfReader

from prospect_mgmt.prospect_mgmt.doctype.prospect_performance_review.prospect_performance_review import (
	make_monthly,
)
from prospect_mgmt.reporting import review_page
from tests import factories
from tests.browser.acting import forgive
from tests.browser.test_running_a_list import press_head
from tests.reviewing import last_review

LONG = "Donaudampfschifffahrtsgesellschaftskapitän"
NAMES = ("🎪 Fair & Event with a name too long for any chart", "上海国际泵阀与流体机械展览会")
# As the drawing fills its bars: blue what was received, green what was kept and won, orange what they said against it.
COLOURS = ("2490ef", "2b9348", "c2410c")
A4 = (595, 842)


@pytest.fixture
def review(april, clock):
	"""A review with names in other scripts, names without end, and an improvement that is long to read."""
	for name in NAMES:
		frappe.get_doc(doctype="Lead Source", source_name=name).insert()
		factories.lead(lead_owner=april.agents[0].user, source=name)
	april.reload().supervisor = factories.user("Sales User", first_name=LONG, last_name="王小明").name
	april.save()
	clock.at("2026-04-08 10:00")
	frappe.db.set_value("Prospect List Entry", {"source": NAMES[0]}, "first_contact_on", "2026-04-08 10:00")
	frappe.db.set_value("Prospect List Entry", {"source": NAMES[1]}, "first_contact_on", "2026-04-09 10:00")
	clock.at("2026-05-01 00:05")
	make_monthly()
	doc = last_review()
	improvement = {
		"improvement": "We ring whoever is new <b>before</b> anything else. " * 5,
		"owner_user": doc.supervisor,
	}
	doc.append("improvements", {**improvement, "due_on": "2026-05-31"})
	doc.save()
	frappe.get_doc("User", doc.supervisor).add_roles("Sales User")
	clock.release()
	return doc


def _read(pdf: bytes) -> tuple[list[str], str]:
	"""The text of each page, and everything that is drawn. No page but the last is left half empty."""
	pages = PdfReader(io.BytesIO(pdf)).pages
	assert min(_filled_to(page) for page in pages[:-1]) > 0.6
	assert all(
		abs(float(size) - want) < 2
		for page in pages
		for size, want in zip(page.mediabox[2:], A4, strict=True)
	)
	return [page.extract_text() for page in pages], "\n".join(
		page.get_contents().get_data().decode("latin1") for page in pages
	)


def _filled_to(page) -> float:
	"""How far down a page its last text is, as a part of the height."""
	places = []

	def visit(_text, moved, at, _font, _size):
		if at[5]:  # else nothing is said of its place
			places.append(moved[3] * at[5] + moved[5])

	page.extract_text(visitor_text=visit)
	return 1 - min(places) / A4[1]


def _filled(drawn: str) -> set[str]:
	"""The colours that something is filled with."""
	found = re.findall(r"([\d.]+) ([\d.]+) ([\d.]+) rg", drawn)
	return {"".join(f"{round(float(part) * 255):02x}" for part in colour) for colour in found}


def _is_whole(pages: list[str], drawn: str) -> None:
	"""What belongs together is on one page, in the order of the review, and each chart is drawn."""
	assert 3 <= len(pages) <= 5, pages
	# A font has one glyph for a character and its look-alikes: which of them is read back is chance.
	said = [" ".join(normalize("NFKC", page).split()) for page in pages]
	for words in (
		"What the figures say",
		"We ring whoever is new <b>before</b>",
		"31.05.2026",
		"Price",
		"Apr 2026",
		LONG,
	):
		assert words in said[0], words
	figures = next(page for page in said if "Figures Figure" in page)
	assert "Received" in figures and "Enquiries received before the end of the period" in figures
	sources = next(page for page in said if "Sources Source" in page)
	assert NAMES[1] in sources.replace(" ", "") and "Fair & Event" in sources
	procedure = next(page for page in said if "The procedure in force Stage" in page)
	assert "Courtesy note" in procedure and "Get in touch as agreed" in procedure
	assert set(COLOURS) <= _filled(drawn)


def test_a_review_is_three_clean_pages_by_itself(review, chromium):
	page = chromium.new_page()
	page.set_content(review_page.alone(review))
	_is_whole(
		*_read(
			page.pdf(
				format="A4",
				print_background=True,
				margin=dict.fromkeys(("top", "bottom", "left", "right"), "15mm"),
			)
		)
	)
	page.close()


def test_what_the_desk_prints_is_the_same(review, page_as):
	page = page_as()
	page.goto(f"/printview?doctype={review.doctype}&name={review.name}&no_letterhead=1")
	_is_whole(*_read(page.pdf(format="A4", print_background=True)))
	forgive(page, "favicon.ico")


# What of a review is wider than the room it has, and would be scrolled sideways or cut.
TOO_WIDE = """[...document.querySelectorAll('.pm-review, .pm-review *')].filter((each) => each instanceof HTMLElement
	&& each.clientWidth && each.scrollWidth > each.clientWidth + 1).map((each) => each.outerHTML.slice(0, 200))"""
NAMED = "(cell) => getComputedStyle(cell, '::before').content"


def test_on_a_phone_each_figure_stands_below_its_name(review, page_as):
	page = page_as(review.supervisor, "phone")
	page.open(f"prospect-performance-review/{review.name}")
	for name in ("Delay, outside working hours", "Two months before", "Counted from", "Sale value"):
		assert page.locator(f".pm-review td[data-name='{name}']:visible").first.evaluate(NAMED) == f'"{name}"'
	assert not page.locator(".pm-review th:visible").count()
	assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_supervisor_reads_discusses_and_closes_it(review, page_as, size):
	page = page_as(review.supervisor, size)
	page.open(f"prospect-performance-review/{review.name}")
	shown = page.locator(".pm-review")
	assert shown.locator("svg").count() == 4 and "What the figures say" in shown.inner_text()
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
	for button, status in (
		("We discussed it", "Discussed"),
		("Close the review", "Closed"),
		("Not closed yet", "Discussed"),
	):
		press_head(page, button)
		page.wait_for_function(f"cur_frm.doc.status === '{status}' && !cur_frm.is_dirty()")
	press_head(page, "Compute again")
	page.get_by_text("Every figure is as it was.").wait_for()
