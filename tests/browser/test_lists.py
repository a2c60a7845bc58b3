"""The lists of our DocTypes on a phone: they say who it is about, and how it stands."""

import frappe
import pytest

from tests import factories
from tests.browser.acting import no_sideways

LISTS = (
	"Prospect Capture",
	"Prospect Due Step",
	"Prospect Duplicate Pair",
	"Prospect Enrolment",
	"Prospect Lead Number",
	"Prospect List",
	"Prospect List Import",
	"Prospect Performance Review",
	"Prospect Signal Failure",
)
CUT_OFF = """() => [...document.querySelectorAll(".list-row .level-right .indicator-pill")]
	.filter((pill) => pill.offsetParent)
	.filter((pill) => pill.getBoundingClientRect().right > innerWidth
		|| [pill, ...pill.querySelectorAll("*")].some((part) => part.scrollWidth > part.clientWidth + 1))
	.map((pill) => pill.innerText)"""


def one_in_each_state(doctype: str) -> None:
	"""Records of a DocType, one for each of its states."""
	status = frappe.get_meta(doctype).get_field("status")
	for value in status.options.split("\n") if status else [None]:
		doc = frappe.new_doc(doctype)
		required = doc.meta.get("fields", {"reqd": 1, "fieldtype": ("in", ("Data", "Link", "Dynamic Link"))})
		doc.update({df.fieldname: f"A name as long as names are, {value}" for df in required})
		doc.update({"name": frappe.generate_hash(length=10), "status": value, "enabled": 0})
		doc.db_insert()


@pytest.mark.parametrize("language", ["en", "de", "zh"])
def test_what_a_status_says_is_not_cut_off_on_a_phone(page_as, language):
	for doctype in LISTS:
		one_in_each_state(doctype)
	frappe.db.set_value("User", "Administrator", "language", language)
	frappe.clear_cache(user="Administrator")
	page = page_as("Administrator", "phone")
	for doctype in LISTS:
		page.open(f"{frappe.scrub(doctype).replace('_', '-')}/view/list")
		page.wait_for_function(
			"(doctype) => window.cur_list?.doctype === doctype && !frappe.request.ajax_count", arg=doctype
		)
		page.evaluate("() => cur_list.filter_area.clear()")
		page.wait_for_function("!frappe.request.ajax_count")
		page.locator(".list-row .level-right .indicator-pill:visible").first.wait_for()
		assert page.evaluate(CUT_OFF) == [], doctype
		no_sideways(page)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_suspected_pair_says_who_it_is(page_as, size):
	one, other = (
		factories.lead(first_name="Petra & Paul"),
		factories.lead(first_name="Peter", last_name="Muster"),
	)
	pair = frappe.new_doc("Prospect Duplicate Pair")
	pair.update({"lead": one.name, "lead_name": one.lead_name, "pair": f"{one.name} {other.name}"})
	pair.update({"other_lead": other.name, "other_lead_name": other.lead_name, "score": 80})
	pair.insert(ignore_permissions=True)
	page = page_as("Administrator", size)
	page.open("prospect-duplicate-pair")
	row = page.locator(".list-row", has_text="Petra & Paul")
	row.locator(".indicator-pill:visible", has_text="Suspected").wait_for()
	assert other.lead_name in row.inner_text()
	no_sideways(page)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_an_enquiry_that_could_not_be_taken_in_says_where_it_came_from(page_as, size):
	kept = frappe.new_doc("Prospect Capture")
	kept.update(
		{"name": "cf2b1a7e90", "status": "Failed", "source": "Website", "received_on": "2026-06-08 10:00"}
	)
	kept.db_insert()
	page = page_as("Administrator", size)
	page.open("prospect-capture")
	subject = page.locator(".list-row .list-subject").first
	subject.wait_for()
	assert subject.inner_text().strip() == "Website"
	no_sideways(page)
