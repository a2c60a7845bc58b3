"""Who may be the same person is shown before a lead is saved."""

import frappe
import pytest

from tests import factories


@pytest.fixture
def entered(page_as):
	"""A Sales User has typed in somebody whose number is known, and pressed Save."""
	known = factories.lead(first_name="Petra", last_name="Muster", mobile_no="+49 151 12345678")
	page = page_as(factories.user("Sales User").name)
	page.open("lead/new")
	page.wait_for_function("() => cur_frm && cur_frm.doctype === 'Lead' && cur_frm.is_new()")
	page.evaluate("() => cur_frm.set_value({first_name: 'Petra', mobile_no: '(0151) 12345678'})")
	page.evaluate("() => { cur_frm.save(); }")
	page.get_by_text("They may be known already").wait_for()
	assert page.get_by_text("same telephone number").is_visible()
	assert page.locator(".modal.show").get_by_role("link", name=known.name).is_visible()
	return page


def test_it_is_not_saved_when_they_are_the_same(entered):
	entered.locator(".modal.show").get_by_role("button", name="Cancel").click()
	entered.wait_for_timeout(500)
	frappe.db.rollback()
	assert frappe.db.count("Lead") == 1


def test_it_is_saved_when_they_are_not(entered):
	entered.locator(".modal.show").get_by_role("button", name="Save as a new lead").click()
	entered.wait_for_function("() => !cur_frm.is_new()")
	frappe.db.rollback()
	assert frappe.db.count("Lead") == 2
