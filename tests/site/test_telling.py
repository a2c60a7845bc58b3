"""How people of ours hear of things: in the app and by mail, as each of them chose, and nothing twice."""

import email
import email.policy

import frappe
import pytest

from prospect_mgmt import health, morning_digest, news_mail, sweep, telling, worklist
from prospect_mgmt import notification_choices as choices
from prospect_mgmt.patches.v1_1 import split_notification_choices
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


@pytest.fixture
def german_site(site):
	kept = frappe.db.get_default("lang")
	frappe.db.set_default("lang", "de")
	yield
	frappe.db.set_default("lang", kept)


def test_who_chose_no_language_reads_that_of_the_site_in_the_whole_mail(agent, clock, german_site):
	frappe.db.set_value("User", agent, "language", "")
	frappe.clear_document_cache("User", agent)
	telling.tell([agent], "Assigned to you", frappe._dict(name="A-1"), kind=choices.ASSIGNMENT)
	telling.tell([agent], "They answered", kind=choices.ANSWER)
	clock.forward(minutes=6)
	news_mail.send_due()
	[message] = mailed(agent)
	assert message["Subject"] == "Ihnen zugewiesen: A-1 und 1 weitere"
	html = message.get_body(("html",)).get_content()
	assert ">Öffnen</a>" in html and "Was Sie am Arbeitsplatz schon gelesen haben" in html


def test_a_mail_that_fails_leaves_its_language_to_no_other(agent, clock):
	frappe.db.set_value("User", agent, "language", "")
	broken = factories.user("Sales User", email="aa@example.com", language="de").name
	frappe.clear_document_cache("User", agent)
	for user in (broken, agent):
		telling.tell([user], "They answered", kind=choices.ANSWER)
		telling.tell([user], "Assigned to you", kind=choices.ASSIGNMENT)
	# A link to nowhere: the mail cannot be made.
	frappe.db.set_value("Notification Log", {"for_user": broken}, "document_name", "A-1")
	clock.forward(minutes=6)
	frappe.db.commit()
	news_mail.send_due()
	[message] = mailed(agent)
	assert message["Subject"] == "They answered and 1 more"
	assert mailed(broken) == [] and frappe.local.lang == "en"
	assert frappe.db.exists("Error Log", {"method": ("like", f"%{broken}%")})


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


# ------------------------------------------------------------- promises about to be missed
@pytest.fixture
def crew(stack, clock):
	"""Monday 8 June 2026, 09:00: a list with an agent and a supervisor, and an enquiry that came just now."""
	clock.at("2026-06-08 09:00")
	people = frappe._dict({who: factories.user("Sales User").name for who in ("agent", "supervisor")})
	people.list = factories.prospect_list(
		supervisor=people.supervisor, agents=[staff.agent_row(people.agent)]
	).name
	people.entry = staff.enquiry(people.list, people.agent, mobile_no="+49 151 12345678")
	return people


def swept(clock, **time) -> None:
	"""Time passes in steps of an hour, and the sweep does what is due in each."""
	hours = int(time["hours"])
	for _hour in range(hours):
		clock.forward(hours=1)
		sweep.run()


def kinds(user: str, like: str) -> list[str]:
	"""Which kinds of news a user got in notifications of this text."""
	filters = {"for_user": user, "subject": ("like", like)}
	keys = frappe.get_all("Notification Log", filters=filters, pluck="prospect_news", order_by="creation")
	return [key.split(":")[0] for key in keys]


def test_agent_and_supervisor_hear_of_each_promise_before_it_is_missed(crew, clock):
	# acknowledge: 18 of 24 hours
	swept(clock, hours=18)
	assert kinds(crew.agent, "Acknowledge soon:%") == ["approaching"]
	assert kinds(crew.supervisor, "Acknowledge soon:%") == ["team_approaching"]
	assert frappe.db.get_value("Prospect List Entry", crew.entry.name, "acknowledge_status") == "Pending"
	# respond: 18 of 24 hours
	crew.entry.reload().log_call("Spoke to them")
	crew.entry.reload().record_response("And what of the price?")
	swept(clock, hours=18)
	assert kinds(crew.agent, "Reply soon:%") == ["approaching"]
	assert kinds(crew.supervisor, "Reply soon:%") == ["team_approaching"]
	assert frappe.db.get_value("Prospect List Entry", crew.entry.name, "respond_status") == "Pending"
	# satisfy: 60 of 72 hours
	swept(clock, hours=24)
	assert kinds(crew.agent, "Answer their questions soon:%") == ["approaching"]
	assert kinds(crew.supervisor, "Answer their questions soon:%") == ["team_approaching"]
	assert kinds(crew.supervisor, "Their answer still waits:%") == ["team_promise"]
	assert kinds(crew.agent, "Their answer still waits:%") == ["promise"]


def test_a_promise_that_is_kept_warns_nobody(crew, clock):
	crew.entry.reload().log_call("Spoke to them", information_satisfied=1)
	swept(clock, hours=30)
	for user in (crew.agent, crew.supervisor):
		assert staff.told(user, "% soon:%") == []


def test_who_supervises_and_works_it_hears_of_it_once(crew, clock):
	crew.entry.reload().assign(crew.supervisor)
	swept(clock, hours=18)
	assert kinds(crew.supervisor, "Acknowledge soon:%") == ["approaching"]
	assert staff.told(crew.agent, "Acknowledge soon:%") == []


def test_of_what_nobody_has_the_supervisor_hears_as_supervisor(crew, clock):
	staff.enquiry(crew.list, last_name="Nobody has")
	swept(clock, hours=18)
	assert kinds(crew.supervisor, "Nobody has this enquiry:%") == ["unassigned"]
	assert kinds(crew.supervisor, "Acknowledge soon:%Nobody has%") == ["team_approaching"]


def test_old_leads_enrolled_together_warn_no_supervisor_one_by_one(crew, clock):
	frappe.db.set_value("Prospect List Entry", crew.entry.name, "enrolled_by", "Bulk")
	swept(clock, hours=18)
	assert kinds(crew.agent, "Acknowledge soon:%") == ["approaching"]
	assert staff.told(crew.supervisor, "Acknowledge soon:%") == []


# ------------------------------------------------------------- each kind by itself
KINDS = {
	"assignment": ("agent", "Assigned to you:%"),
	"answer": ("agent", "They answered:%"),
	"approaching": ("agent", "Acknowledge soon:%"),
	"promise": ("agent", "Not acknowledged in time:%"),
	"unassigned": ("supervisor", "Nobody has this enquiry:%"),
	"team_approaching": ("supervisor", "Acknowledge soon:%"),
	"team_promise": ("supervisor", "Not acknowledged in time:%"),
	"failed_step": ("supervisor", "A step failed: No answer: revive:%"),
	"sweep": ("supervisor", "The sweep is behind%"),
}


@pytest.mark.parametrize("off", KINDS)
@pytest.mark.allow_silent
def test_what_is_switched_off_is_not_heard_of_and_all_else_is(crew, clock, off):
	choose(crew[KINDS[off][0]], **{f"prospect_{off}": "Off"})
	_everything_happens(crew, clock)
	heard = {kind for kind, (who, like) in KINDS.items() if staff.told(crew[who], like)}
	assert heard == KINDS.keys() - {off}


def _everything_happens(crew, clock) -> None:
	frappe.db.delete("Notification Log")
	crew.entry = staff.enquiry(crew.list, crew.agent, last_name="Theirs")
	staff.enquiry(crew.list, last_name="Nobody's")
	answered = staff.enquiry(crew.list, crew.agent, last_name="Answers")
	answered.log_call("Spoke to them")
	answered.record_response("Yes")
	swept(clock, hours=25)
	# A step that the Workflow cannot carry out any more.
	step = frappe.db.get_value("Prospect Due Step", {"entry": crew.entry.name, "status": "Scheduled"})
	broken = {
		"action": "Move stage",
		"workflow_action": "Fly",
		"step_title": "No answer: revive",
		"only_while": "",
	}
	frappe.db.set_value(
		"Prospect Due Step", step, {**broken, "due_on": frappe.utils.now_datetime(), "attempts": 2}
	)
	sweep.run()
	clock.forward(hours=80)
	health.tell_if_behind()


def test_choices_made_before_hold_for_the_kinds_that_came_of_them(agent):
	choose(agent, prospect_alert="Off", prospect_reminder="By mail", prospect_fault="In the app")
	split_notification_choices.execute()
	frappe.clear_document_cache("Notification Settings", agent)
	expected = {
		"approaching": (False, True),
		"unassigned": (False, False),
		"team_approaching": (False, False),
		"team_promise": (False, False),
		"failed_step": (True, False),
		"sweep": (True, False),
		"promise": (True, True),
	}
	assert {kind: tuple(choices.channels(agent, kind)) for kind in expected} == expected


# ------------------------------------------------------------- nothing twice
def test_an_answer_is_told_once_and_sets_the_task(crew, clock):
	crew.entry.reload().log_call("Spoke to them")
	sweep.run()
	frappe.db.delete("Notification Log")
	clock.forward(minutes=5)
	crew.entry.reload().record_response("And the price?")
	clock.forward(minutes=1)
	sweep.run()
	assert kinds(crew.agent, "%") == ["answer"]
	assert frappe.db.get_value("Prospect List Entry", crew.entry.name, "task").startswith(
		"They answered: reply"
	)


def test_an_assignment_is_told_once_and_sets_the_task(crew, clock):
	clock.forward(minutes=1)
	sweep.run()
	assert kinds(crew.agent, "%") == ["assignment"]
	assert frappe.db.get_value("Prospect List Entry", crew.entry.name, "task").startswith("Call them")


def test_who_does_not_want_to_hear_of_answers_does_not_by_another_name(crew):
	choose(crew.agent, prospect_answer="Off")
	crew.entry.reload().log_call("Spoke to them")
	crew.entry.reload().record_response("And the price?")
	sweep.run()
	assert staff.told(crew.agent, "They answered%") == []


def test_who_took_it_themselves_is_reminded_to_call(crew):
	entry = staff.enquiry(crew.list, last_name="Taken")
	frappe.set_user(crew.agent)
	frappe.get_doc("Prospect List Entry", entry.name).assign(crew.agent)
	frappe.set_user("Administrator")
	sweep.run()
	assert kinds(crew.agent, "%Taken%") == ["reminder"]


def test_an_answer_and_a_task_are_not_gathered_together(agent):
	entries = [frappe._dict(name=f"WEB-{n}", lead_name="") for n in range(7)]
	for entry in entries[:4]:
		telling.tell([agent], "They answered: reply", entry, kind=choices.REMINDER)
	for entry in entries[4:]:
		telling.tell([agent], "They answered", entry, kind=choices.ANSWER)
	assert len(staff.told(agent)) == 7


def test_taking_back_is_no_news(crew):
	second = factories.user("Sales User").name
	frappe.get_doc("Prospect List", crew.list).append("agents", staff.agent_row(second)).parent_doc.save()
	given = worklist.assign([crew.entry.name], second)
	worklist.undo_assign(given["before"], second)
	worklist.mark_spam([crew.entry.name])
	worklist.undo_spam([crew.entry.name])
	sweep.run()
	assert kinds(crew.agent, "%") == ["assignment"]
	assert frappe.db.get_value("Prospect List Entry", crew.entry.name, "agent") == crew.agent


# ------------------------------------------------------------- assigned by a rule, or in Frappe's own way
@pytest.mark.parametrize("choice, rows", [("Off", 0), ("In the app", 1)])
def test_an_assignment_rule_tells_as_the_user_chose(stack, worker, choice, rows):
	factories.email_account(stack)
	agent = factories.user("Prospect Agent").name
	choose(agent, prospect_assignment=choice)
	prospect_list = factories.prospect_list(agents=[staff.agent_row(agent)])
	frappe.db.set_value("Assignment Rule", prospect_list.reload().assignment_rule, "disabled", 0)
	frappe.clear_cache(doctype="Assignment Rule")
	entry = staff.enquiry(prospect_list.name)
	assert frappe.db.get_value("Prospect List Entry", entry.name, "agent") == agent
	worker(burst=True)
	frappe.db.rollback()
	assert kinds(agent, f"Assigned to you:%{entry.name}%") == ["assignment"] * rows
	assert len(staff.told(agent)) == rows
	assert mailed(agent) == []


@pytest.mark.parametrize("choice, rows", [("Off", 0), ("In the app", 1)])
def test_an_assignment_in_the_sidebar_tells_as_the_user_chose(crew, stack, http, worker, clock, choice, rows):
	clock.release()
	factories.email_account(stack)
	choose(crew.agent, prospect_assignment=choice)
	entry = staff.enquiry(crew.list, last_name="Sidebar")
	asked = {"doctype": "Prospect List Entry", "name": entry.name, "assign_to": frappe.as_json([crew.agent])}
	http(crew.supervisor).call("frappe.desk.form.assign_to.add", **asked)
	worker(burst=True)
	frappe.db.rollback()
	assert frappe.db.get_value("Prospect List Entry", entry.name, "agent") == crew.agent
	assert len(staff.told(crew.agent, f"%{entry.name}%")) == rows
	assert mailed(crew.agent) == []


# ------------------------------------------------------------- in the reader's own words
@pytest.fixture
def abroad(crew):
	"""A German agent in New York, and a Chinese supervisor in Shanghai; the site is in Berlin and speaks English."""
	frappe.db.set_value("User", crew.agent, {"language": "de", "time_zone": "America/New_York"})
	frappe.db.set_value("User", crew.supervisor, {"language": "zh", "time_zone": "Asia/Shanghai"})
	for user in (crew.agent, crew.supervisor):
		frappe.clear_document_cache("User", user)
	return crew


def test_news_come_in_the_language_of_each_in_the_app_and_by_mail(abroad, stack, clock):
	factories.email_account(stack)
	swept(clock, hours=18)
	[german], [chinese] = (
		frappe.get_all(
			"Notification Log",
			{"for_user": user, "prospect_news": ("like", "%approaching:%")},
			["subject", "email_content"],
		)
		for user in (abroad.agent, abroad.supervisor)
	)
	assert german.subject.startswith("Bald zum ersten Mal reagieren:") and "Zusage" in german.email_content
	assert chinese.subject.startswith("请尽快首次回应:") and "承诺" in chinese.email_content
	assert frappe.local.lang == "en" and frappe.session.user == "Administrator"
	frappe.db.delete("Notification Log")
	telling.tell([abroad.agent], "Acknowledge soon", abroad.entry, kind=choices.APPROACHING)
	clock.forward(minutes=6)
	news_mail.send_due()
	[message] = mailed(abroad.agent)
	assert message["Subject"].startswith("Bald zum ersten Mal reagieren:")


def test_many_are_gathered_in_the_language_of_each(abroad):
	for n in range(7):
		entry = frappe._dict(name=f"WEB-{n}", lead_name="")
		telling.tell([abroad.agent, abroad.supervisor], "Acknowledge soon", entry)
	for user, words in ((abroad.agent, "weitere"), (abroad.supervisor, "另外")):
		subjects = staff.told(user, "%WEB-6%")
		assert len(staff.told(user, "%WEB-%")) == 5
		assert len(subjects) == 1 and words in subjects[0], subjects


def test_a_failed_step_and_a_sweep_that_is_behind_are_told_in_ones_own_words_and_once(
	abroad, clock, monkeypatch
):
	row = frappe.db.get_value("Prospect Due Step", {"entry": abroad.entry.name, "step_title": "Call them"})
	broken = {"action": "Move stage", "workflow_action": "Fly", "attempts": 2}
	frappe.db.set_value("Prospect Due Step", row, broken)
	clock.forward(minutes=30)
	health.tell_if_behind()
	monkeypatch.setattr(frappe.local, "lang", "de")  # the next worker speaks another language
	health.tell_if_behind()
	[behind] = staff.told(abroad.supervisor, "%巡检落后%")
	assert "15:00" in behind  # 09:00 in Berlin
	sweep.run()
	[failed] = frappe.get_all(
		"Notification Log",
		{"for_user": abroad.supervisor, "subject": ("like", "步骤失败%")},
		["subject", "email_content"],
	)
	assert "Fly" in failed.email_content and "Workflow has no action" not in failed.email_content


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
	assert (
		"Promises that run out today: 2" in text
	)  # to answer the questions of Friday, before the day is over
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


def test_the_digest_says_of_every_list_what_is_to_be_done(team, clock, monkeypatch):
	"""However many lists somebody supervises: those with most to do are named, the others summed up."""
	quiet = [
		factories.prospect_list(supervisor=team.supervisor, title=f"A quiet one {n:02}") for n in range(21)
	]
	busy = factories.prospect_list(supervisor=team.supervisor, title="Zoological")
	for _ in range(5):
		staff.enquiry(busy.name)
	frappe.set_user(team.supervisor)
	digest = morning_digest.contents(team.supervisor)
	named = {row["name"]: row["unassigned"] for row in digest["lists"]}
	assert (list(named), named, digest["others"]) == (
		[busy.name, team.list],
		{busy.name: 5, team.list: 1},
		None,
	)
	assert len(quiet) == worklist.LISTS + 1

	monkeypatch.setattr(morning_digest, "LISTS", 1)
	digest = morning_digest.contents(team.supervisor)
	assert [row["name"] for row in digest["lists"]] == [busy.name]
	assert digest["others"] == {"lists": 1, "unassigned": 1, "running_out": 2, "overdue": 1}
	frappe.set_user("Administrator")
	clock.at("2026-06-08 07:31")
	morning_digest.send_due()
	[text] = texts(team.supervisor)
	assert "Other lists with something to do: 1" in text and "1 overdue" in text
	assert "Zoological" in text and "quiet" not in text
