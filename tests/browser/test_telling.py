"""What somebody chose in Notification Settings, at a desk or on a phone, is what they hear."""

from datetime import timedelta

import frappe
import pytest
from frappe.utils import now_datetime

from prospect_mgmt import morning_digest, news_mail
from tests.browser.acting import entry_with, team_of


@pytest.fixture
def team(stack):
	return team_of(stack)


def news(user: str) -> int:
	frappe.db.rollback()
	return frappe.db.count(
		"Notification Log", {"for_user": user, "subject": ("like", "%answered%"), "read": 0}
	)


def mails(user: str) -> int:
	return frappe.db.count("Email Queue Recipient", {"recipient": user})


def save(page) -> None:
	with page.expect_response(lambda answer: "savedocs" in answer.url):
		page.locator(".page-head:visible").get_by_role("button", name="Save", exact=True).click()
	page.get_by_text("Not Saved").first.wait_for(state="hidden")
	frappe.db.rollback()
	frappe.clear_document_cache("Notification Settings", page.evaluate("cur_frm.docname"))


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_news_and_digest_come_as_the_user_chose(team, page_as, clock, size):
	entry = entry_with(team)
	entry.log_call("Spoke to her")
	page = page_as(team.agent, size)
	page.open(f"notification-settings/{team.agent}")
	answers = page.locator("select[data-fieldname=prospect_answer]:visible")
	answers.wait_for()
	ours = page.locator(".frappe-control[data-fieldname^=prospect_]:visible")
	edges = [box["x"] + box["width"] for box in (field.bounding_box() for field in ours.all())]
	assert len(edges) > 6 and max(edges) <= page.viewport_size["width"]

	# Off: their answer is in the worklist, and nowhere else; no digest comes.
	answers.select_option("Off")
	page.locator("input[data-fieldname=prospect_digest]:visible").uncheck()
	save(page)
	assert not page.locator("select[data-fieldname=prospect_digest_at]:visible").count()
	entry.reload().record_response("Thank you")
	frappe.db.commit()
	assert news(team.agent) == 0
	monday = now_datetime() + timedelta(days=7 - now_datetime().weekday())
	_morning(clock, monday, "06:05")
	assert mails(team.agent) == 0

	# On again, by mail as well, with a digest at six.
	answers.select_option("In the app and by mail")
	page.locator("input[data-fieldname=prospect_digest]:visible").check()
	page.locator("select[data-fieldname=prospect_digest_at]:visible").select_option("06:00")
	save(page)
	entry.reload().record_response("One more question")
	frappe.db.commit()
	assert news(team.agent) == 1
	clock.forward(minutes=6)
	news_mail.send_due()
	clock.release()
	assert mails(team.agent) == 1
	_morning(clock, monday + timedelta(days=1), "05:50")
	assert mails(team.agent) == 1
	_morning(clock, monday + timedelta(days=1), "06:05")
	assert mails(team.agent) == 2


def _morning(clock, day, time: str) -> None:
	"""The scheduler looks at this time of the site, which is the user's, too."""
	clock.at(f"{day.date()} {time}")
	morning_digest.send_due()
	clock.release()
