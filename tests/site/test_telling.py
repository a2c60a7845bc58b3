"""How people of ours hear of things: in the app and by mail, as each of them chose, and nothing twice."""

import email
import email.policy

import frappe
import pytest

from prospect_mgmt import health, morning_digest, news_mail, sweep, telling
from prospect_mgmt import notification_choices as choices
from tests import factories
from tests.site import staff


@pytest.fixture
def agent(stack):
	factories.email_account(stack)
	return factories.user("Sales User").name


def choose(user: str, **fields) -> None:
	"""As the user does in Notification Settings."""
	doc = frappe.get_doc("Notification Settings", user)
	doc.update(fields)
	doc.save(ignore_permissions=True)


def mailed(user: str) -> list:
	"""The mails queued for a user, as they will leave."""
	queue = frappe.get_all("Email Queue Recipient", filters={"recipient": user}, pluck="parent")
	messages = (frappe.db.get_value("Email Queue", name, "message") for name in queue)
	return [email.message_from_string(message, policy=email.policy.default) for message in messages]


def test_what_is_not_read_within_minutes_leaves_as_one_mail(agent, clock):
	telling.tell([agent], "They answered", kind=choices.ANSWER)
	telling.tell([agent], "Assigned to you <script>", kind=choices.ASSIGNMENT)
	news_mail.send_due()
	assert mailed(agent) == []
	clock.forward(minutes=6)
	news_mail.send_due()
	[message] = mailed(agent)
	assert message["Subject"] == "They answered and 1 more"
	html = message.get_body(("html",)).get_content()
	assert "Assigned to you &lt;script&gt;" in html and "<script>" not in html
	news_mail.send_due()
	assert len(mailed(agent)) == 1


def test_what_was_read_at_the_desk_is_not_mailed(agent, clock):
	telling.tell([agent], "They answered", kind=choices.ANSWER)
	frappe.db.set_value("Notification Log", {"for_user": agent}, "read", 1)
	clock.forward(minutes=6)
	news_mail.send_due()
	assert mailed(agent) == []


@pytest.mark.parametrize(
	"choice, in_app, mails",
	[("In the app and by mail", 1, 1), ("In the app", 1, 0), ("By mail", 0, 1), ("Off", 0, 0)],
)
def test_each_kind_comes_as_the_user_chose(agent, clock, choice, in_app, mails):
	choose(agent, prospect_answer=choice)
	told = telling.tell([agent], "They answered", kind=choices.ANSWER)
	assert bool(told) == bool(in_app or mails)
	assert frappe.db.count("Notification Log", {"for_user": agent, "read": 0}) == in_app
	clock.forward(minutes=6)
	news_mail.send_due()
	assert len(mailed(agent)) == mails


def test_the_switches_of_frappe_stand_above_ours(agent):
	choose(agent, enable_email_notifications=0)
	assert choices.channels(agent, choices.ANSWER) == (True, False)
	choose(agent, enabled=0)
	assert choices.channels(agent, choices.ANSWER) == (False, False)


def test_news_wait_for_an_account_and_are_dropped_when_they_are_old(agent, clock):
	frappe.db.set_value("Email Account", {"default_outgoing": 1}, "default_outgoing", 0)
	telling.tell([agent], "They answered", kind=choices.ANSWER)
	clock.forward(minutes=6)
	news_mail.send_due()
	assert frappe.db.get_value("Notification Log", {"for_user": agent}, "prospect_mail") == "Unless read"
	clock.forward(hours=25)
	news_mail.send_due()
	assert frappe.db.get_value("Notification Log", {"for_user": agent}, "prospect_mail") == ""


def test_an_agent_hears_of_a_missed_promise_once_and_so_does_the_supervisor(clock):
	clock.at("2026-06-08 09:00")
	supervisor, agent = (factories.user("Sales User").name for _ in range(2))
	prospect_list = factories.prospect_list(supervisor=supervisor, agents=[staff.agent_row(agent)])
	staff.enquiry(prospect_list.name, agent)
	for _hour in range(4):
		clock.forward(hours=8)
		sweep.run()
	for user in (supervisor, agent):
		assert len(staff.told(user, "Not acknowledged in time:%")) == 1


def test_supervisors_hear_once_that_the_sweep_is_behind(clock):
	clock.at("2026-06-08 09:00")
	supervisor = factories.user("Sales User").name
	prospect_list = factories.prospect_list(supervisor=supervisor)
	staff.enquiry(prospect_list.name)
	health.tell_if_behind()
	assert staff.told(supervisor, "The sweep%") == []
	clock.forward(minutes=30)
	health.tell_if_behind()
	health.tell_if_behind()
	assert len(staff.told(supervisor, "The sweep%")) == 1
	clock.forward(hours=13)
	health.tell_if_behind()
	assert len(staff.told(supervisor, "The sweep%")) == 2


# ------------------------------------------------------------- the morning digest
@pytest.fixture
def team(stack, clock):
	"""Monday 8 June 2026, 06:00 in Berlin: an enquiry of Friday that is overdue for its agent, and one of nobody."""
	factories.email_account(stack)
	clock.at("2026-06-05 09:00")
	people = frappe._dict(
		agent=factories.user("Prospect Agent", language="de", time_zone="America/New_York").name,
		supervisor=factories.user("Sales User", time_zone="Europe/Berlin").name,
	)
	people.list = factories.prospect_list(
		supervisor=people.supervisor, agents=[staff.agent_row(people.agent)]
	).name
	people.entry = staff.enquiry(people.list, people.agent, last_name="Aardvark & Sons").name
	staff.enquiry(people.list, last_name="Badger")
	clock.at("2026-06-08 06:00")
	return people


def texts(user: str) -> list[str]:
	return [message.get_body(("html",)).get_content() for message in mailed(user)]


def test_the_digest_comes_in_the_morning_of_each_in_their_language_and_once(team, clock):
	morning_digest.send_due()
	assert (mailed(team.supervisor), mailed(team.agent)) == ([], [])
	clock.at("2026-06-08 07:31")
	morning_digest.send_due()
	morning_digest.send_due()
	[text] = texts(team.supervisor)
	assert team.list in text and "Nobody has it yet" in text
	assert mailed(team.agent) == []  # it is 01:31 where they are
	clock.at("2026-06-08 13:31")
	morning_digest.send_due()
	[text] = texts(team.agent)
	assert team.entry in text and "Aardvark &amp; Sons" in text
	assert len(mailed(team.supervisor)) == 1
	clock.at("2026-06-09 07:31")
	morning_digest.send_due()
	assert len(mailed(team.supervisor)) == 2


def test_no_digest_on_a_day_off_in_the_evening_when_switched_off_or_without_anything_to_say(team, clock):
	clock.at("2026-06-07 08:00")  # a Sunday
	morning_digest.send_due()
	assert mailed(team.supervisor) == []
	clock.at("2026-06-08 19:00")
	morning_digest.send_due()
	assert mailed(team.supervisor) == []
	choose(team.supervisor, prospect_digest=0)
	clock.at("2026-06-09 08:00")
	morning_digest.send_due()
	assert mailed(team.supervisor) == []
	idle = factories.user("Sales User", time_zone="Europe/Berlin").name
	factories.prospect_list(supervisor=idle)
	morning_digest.send_due()
	assert mailed(idle) == []


def test_a_broken_digest_stops_no_other(team, clock):
	clock.at("2026-06-08 07:31")
	other = factories.user("Sales User", email="aa@example.com", time_zone="Europe/Berlin").name
	broken = factories.prospect_list(supervisor=other)
	staff.enquiry(broken.name)
	frappe.db.set_value("User", other, "time_zone", "Nowhere/Atlantis")
	frappe.clear_document_cache("User", other)
	frappe.db.commit()
	morning_digest.send_due()
	assert len(mailed(team.supervisor)) == 1
	assert frappe.db.exists("Error Log", {"method": ("like", f"%{other}%")})
