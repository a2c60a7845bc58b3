"""What somebody chose in Notification Settings, at a desk or on a phone, is what they hear."""

from datetime import timedelta

import frappe
import pytest
from frappe.utils import now_datetime

from prospect_mgmt import health, morning_digest, news_mail, sweep
from tests import factories
from tests.browser.acting import entry_with, no_sideways, team_of


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


@pytest.mark.parametrize("language", ["en", "de", "zh"])
def test_what_is_chosen_fits_a_phone_in_every_language(team, page_as, language):
	frappe.db.set_value("User", team.agent, "language", language)
	frappe.clear_cache(user=team.agent)
	page = page_as(team.agent, "phone")
	page.open(f"notification-settings/{team.agent}")
	page.locator("select[data-fieldname=prospect_answer]:visible").wait_for()
	page.wait_for_function("!frappe.request.ajax_count")
	no_sideways(page)


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


# ------------------------------------------------------------- the bell
MONDAY = "2026-06-08 09:00"
UNASSIGNED, APPROACHING = "Nobody has this enquiry", "Acknowledge soon"


def at_the_bell(page) -> list[str]:
	"""What the bell of the Desk lists, the newest first."""
	page.open("prospect-worklist")
	page.locator(".notifications-icon:visible").click()
	items = page.locator(".notification-item:visible")
	items.first.or_(page.locator(".notification-null-state:visible")).wait_for()
	edges = [box["x"] + box["width"] for box in (item.bounding_box() for item in items.all())]
	assert all(edge <= page.viewport_size["width"] for edge in edges)
	return [text.strip() for text in items.locator(".message > div:first-child").all_inner_texts()]


def hours_pass(clock, hours: int) -> None:
	for _hour in range(hours):
		clock.forward(hours=1)
		sweep.run()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_an_agent_hears_at_the_bell_of_an_assignment_an_answer_and_promises(team, page_as, clock, size):
	clock.at(MONDAY)
	answered = entry_with(team, last_name="Answers")
	answered.log_call("Spoke to her")
	answered.reload().record_response("And what does it cost?")
	waits = entry_with(team, last_name="Waits")
	hours_pass(clock, 25)
	clock.release()
	page = page_as(team.agent, size)
	said = at_the_bell(page)
	for news in (
		f"Assigned to you: {answered.name} ",
		f"They answered: {answered.name} ",
		f"Reply soon: {answered.name} ",
		f"Their answer still waits: {answered.name} ",
		f"Assigned to you: {waits.name} ",
		f"{APPROACHING}: {waits.name} ",
		f"Not acknowledged in time: {waits.name} ",
	):
		assert len([text for text in said if text.startswith(news)]) == 1, (news, said)
	assert not [text for text in said if "They answered: reply" in text or "Call them" in text]
	# Each leads to its entry, and is read from then on.
	page.locator(".notification-item:visible", has_text=f"They answered: {answered.name}").click()
	page.locator(".prospect-panel:visible .prospect-number", has_text=answered.name).wait_for()
	page.wait_for_function("!frappe.request.ajax_count")
	frappe.db.rollback()
	read = {"for_user": team.agent, "subject": ("like", f"They answered:%{answered.name}%")}
	assert frappe.db.get_value("Notification Log", read, "read") == 1


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_supervisor_hears_of_what_nobody_has_and_of_promises_about_to_be_missed(team, page_as, clock, size):
	clock.at(MONDAY)
	nobodys, theirs = _two(team)
	hours_pass(clock, 18)
	clock.release()
	page = page_as(team.supervisor, size)
	said = at_the_bell(page)
	for news in (f"{UNASSIGNED}: {nobodys} ", f"{APPROACHING}: {nobodys} ", f"{APPROACHING}: {theirs} "):
		assert len([text for text in said if text.startswith(news)]) == 1, (news, said)

	# Off, each by itself: what else there is to hear comes still.
	page.open(f"notification-settings/{team.supervisor}")
	page.locator("select[data-fieldname=prospect_team_approaching]:visible").select_option("Off")
	save(page)
	frappe.db.delete("Notification Log")
	clock.at(MONDAY)
	nobodys, theirs = _two(team)
	hours_pass(clock, 25)
	clock.release()
	said = at_the_bell(page)
	assert not [text for text in said if text.startswith(APPROACHING)], said
	for news in (f"{UNASSIGNED}: {nobodys} ", f"Not acknowledged in time: {theirs} "):
		assert [text for text in said if text.startswith(news)], (news, said)

	page.open(f"notification-settings/{team.supervisor}")
	page.locator("select[data-fieldname=prospect_unassigned]:visible").select_option("Off")
	save(page)
	frappe.db.delete("Notification Log")
	clock.at(MONDAY)
	nobodys, theirs = _two(team)
	hours_pass(clock, 25)
	clock.release()
	said = at_the_bell(page)
	assert not [text for text in said if text.startswith((UNASSIGNED, APPROACHING))], said
	assert [text for text in said if text.startswith(f"Not acknowledged in time: {nobodys} ")], said


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_supervisor_hears_of_a_failed_step_and_of_a_sweep_that_is_behind(team, page_as, clock, size):
	clock.at(MONDAY)
	broken = entry_with(team)
	step = frappe.db.get_value("Prospect Due Step", {"entry": broken.name, "step_title": "Call them"})
	frappe.db.set_value(
		"Prospect Due Step", step, {"action": "Move stage", "workflow_action": "Fly", "attempts": 2}
	)
	clock.forward(minutes=30)
	for _ in range(2):
		health.tell_if_behind()
	sweep.run()
	frappe.db.commit()
	clock.release()
	page = page_as(team.supervisor, size)
	said = at_the_bell(page)
	for news in ("A step failed: Call them", "The sweep is behind: steps due since"):
		assert len([text for text in said if text.startswith(news)]) == 1, (news, said)
	assert not [
		text for text in at_the_bell(page_as(team.agent, size)) if "sweep" in text or "failed" in text
	]
	# It leads to the entry, where the supervisor can mend what is wrong.
	page.locator(".notification-item:visible", has_text="A step failed").click()
	page.locator(".prospect-panel:visible .prospect-number", has_text=broken.name).wait_for()
	failed = page.locator(".prospect-timeline [data-status=Failed]:visible", has_text="Call them")
	failed.get_by_text("Fly").first.wait_for()

	# Off, each by itself.
	page.open(f"notification-settings/{team.supervisor}")
	for field in ("prospect_failed_step", "prospect_sweep"):
		page.locator(f"select[data-fieldname={field}]:visible").select_option("Off")
	save(page)
	frappe.db.delete("Notification Log")
	clock.at(MONDAY)
	clock.forward(hours=1)
	frappe.db.set_value("Prospect Due Step", step, {"status": "Scheduled", "attempts": 2, "due_on": MONDAY})
	health.tell_if_behind()
	sweep.run()
	frappe.db.commit()
	clock.release()
	assert frappe.db.get_value("Prospect Due Step", step, "status") == "Failed"
	said = at_the_bell(page)
	assert not [text for text in said if text.startswith(("A step failed", "The sweep is behind"))], said


def _two(team) -> tuple[str, str]:
	"""An enquiry that nobody has, and one of the agent that nobody works."""
	nobodys = factories.lead(mobile_no="+49 151 12345678")
	entry = frappe.db.get_value("Prospect List Entry", {"open_lead": nobodys.name})
	return entry, entry_with(team).name


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_german_agent_reads_news_and_choices_in_german(team, page_as, clock, size):
	frappe.db.set_value("User", team.agent, "language", "de")
	frappe.clear_document_cache("User", team.agent)
	entry = entry_with(team)
	page = page_as(team.agent, size)
	assert any(text.startswith(f"Ihnen zugewiesen: {entry.name}") for text in at_the_bell(page))
	page.open(f"notification-settings/{team.agent}")
	answers = page.locator("select[data-fieldname=prospect_answer]:visible")
	assert "Per E-Mail" in answers.locator("option").all_inner_texts()
	for label in ("Eine neue Zuweisung", "Für Supervisoren", "Ein fehlgeschlagener Schritt"):
		page.get_by_text(label, exact=True).locator("visible=true").first.wait_for()
