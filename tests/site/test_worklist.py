"""The worklist: what is asked of whom, by when; many at once and undone; nothing that is not theirs."""

import frappe
import pytest
from frappe.utils import add_to_date, get_datetime

from benchmarks.ground import copies
from prospect_mgmt import cards, morning_digest, panel, step_calendar, sweep, worklist
from prospect_mgmt.entry import ledger, progress
from prospect_mgmt.procedure import urgency
from tests import factories
from tests.explain import explained
from tests.site import sweeping
from tests.site.test_cards import behind

ENTRY = "Prospect List Entry"


@pytest.fixture
def team(stack, clock):
	clock.at(sweeping.MONDAY)
	return sweeping.team(stack)


def groups(user: str | None = None, **asked) -> dict[str, list[str]]:
	"""{group: entries} as a user is shown them."""
	shown = worklist.get_worklist(agent=user, **asked)["groups"]
	return {group["key"]: [row["name"] for row in group["rows"]] for group in shown}


def row(entry, user: str) -> dict:
	shown = worklist.get_worklist(agent=user)["groups"]
	return next(row for group in shown for row in group["rows"] if row["name"] == entry.name)


def test_an_enquiry_goes_through_the_groups_of_its_agent(team, clock):
	entry = sweeping.enquiry(team, mobile_no="+49 151 12345678")
	sweeping.sweep_now()
	# Given they are to be called at once, it is to be done today, and why is said.
	assert groups(team.agent)["today"] == [entry.name]
	assert (row(entry, team.agent)["why"], row(entry, team.agent)["task"].split("\n")[0]) == (
		"task",
		"Call them",
	)
	# When the day has passed, then it is overdue.
	clock.forward(hours=15)
	assert groups(team.agent)["overdue"] == [entry.name]
	# When an attempt was in vain and the next is agreed on, then that is what is next.
	clock.at("2026-06-09 08:00")
	sweeping.sweep_now()
	frappe.set_user(team.agent)
	entry.log_call("", "No answer", next_attempt_on="2026-06-09 09:30")
	assert groups()["today"] == [entry.name]
	assert (row(entry, team.agent)["why"], str(row(entry, team.agent)["act_by"])) == (
		"reminder",
		"2026-06-09 09:30:00",
	)
	# When a time in spring is agreed on, then it is for later.
	entry.pause("2027-03-01 10:00", "They decide then")
	assert groups()["later"] == [entry.name]
	# When they have the information, then we wait for them.
	entry.resume()
	entry.log_call("Spoke to her", "Reached")
	entry.send_information("Prices", "<p>Here</p>")
	assert groups()["waiting"] == [entry.name]
	# When they answer, it is ours again; when it is closed, nobody's.
	clock.forward(hours=1)
	entry.record_response("How much for two?")
	assert groups()["today"] == [entry.name]
	entry.close("Lost", objection="Price")
	assert not any(groups().values())
	# When they write after it was closed, it is there again.
	entry.record_response("Still there?")
	assert row(entry, team.agent)["why"] == "wrote again"


def test_what_was_to_be_done_soon_is_said_otherwise_once_it_is_late(team, clock):
	def said(entry) -> set[str]:
		tasks = (row(entry, team.agent)["task"], panel.get_panel(entry.name)["task"])
		return {task.split("\n")[0] for task in tasks}

	entry = sweeping.enquiry(team, mobile_no="+49 151 12345678")
	clock.forward(hours=18)
	sweeping.sweep_now()
	assert said(entry) == {"Acknowledge soon"}
	clock.forward(hours=7)
	assert said(entry) == {"Get in touch with them"}
	sweeping.sweep_now()
	frappe.set_user(team.agent)
	[group] = morning_digest.contents(team.agent)["groups"]
	assert [shown["what"] for shown in group["rows"]] == ["Get in touch with them"]
	frappe.set_user("Administrator")
	# What the procedure asks for after that, and what it asks for without a promise, is said as it is.
	entry.reload().log_call("", "No answer")
	clock.forward(hours=3)
	sweeping.sweep_now()
	assert said(entry) == {"Call again"}
	entry.reload().log_call("Wants to know the price")
	entry.send_information("Prices", "<p>Here</p>")
	entry.record_response("How much for two?")
	clock.forward(hours=20)
	sweeping.sweep_now()
	assert said(entry) == {"Reply soon"}
	clock.forward(hours=5)
	assert said(entry) == {"Reply to their answer"}


@pytest.mark.allow_silent
def test_who_has_nothing_is_told_how_much_is_late_on_the_lists_they_supervise(team, clock, monkeypatch):
	def told(user: str, **asked) -> dict | None:
		frappe.set_user(user)
		return worklist.get_worklist(**asked)["late_in_team"]

	late, elsewhere = sweeping.enquiry(team), factories.prospect_list(team.agent).name
	sweeping.sweep_now()
	assert told(team.supervisor) == {"count": 0, "capped": False}
	clock.forward(hours=30)
	closed = {"name": "CONCAT('X-', n.seq)", "open_lead": "NULL", "act_by": "NULL", "next_due_on": "NULL"}
	copies(ENTRY, closed, f"name = '{late.name}'", 2000)
	copies(ENTRY, {**closed, "name": "CONCAT('Y-', n.seq)", "act_by": "act_by"}, f"name = '{late.name}'", 3)
	frappe.db.sql(f"ANALYZE TABLE `tab{ENTRY}`")
	with explained() as plans:
		assert told(team.supervisor) == {"count": 4, "capped": False}
	[plan] = [plan for plan in plans if plan.key == worklist.BY_LIST and "`act_by`" in plan.sql]
	assert plan.type == "range" and plan.rows < 10
	assert told(team.supervisor, prospect_list=team.list)["count"] == 4
	assert told(team.supervisor, prospect_list=elsewhere)["count"] == 0
	monkeypatch.setattr(worklist, "CAP", 3)
	assert told(team.supervisor) == {"count": 3, "capped": True}
	# Not who has something to do, who looks at somebody else's, or who asks for a group.
	assert told(team.agent) is None
	assert (
		told(team.supervisor, agent="Administrator") is None and told(team.supervisor, group="today") is None
	)
	assert told(factories.user("Prospect Agent").name) == {"count": 0, "capped": False}


@pytest.mark.parametrize(
	("zone", "now", "due_today", "due_later"),
	[
		# Noon in New York: the evening there is after midnight at the site.
		("America/New_York", "2026-06-09 18:00", "2026-06-10 05:00", "2026-06-10 06:30"),
		# Early evening in New York, past midnight at the site, whose next day is tomorrow.
		("America/New_York", "2026-06-10 01:00", "2026-06-10 05:00", "2026-06-10 23:00"),
		# In Tokyo the date ends before the site's, by which tasks run: until then it is today's.
		("Asia/Tokyo", "2026-06-09 08:00", "2026-06-09 23:59:59", "2026-06-10 00:30"),
		("Europe/Berlin", "2026-06-09 08:00", "2026-06-09 23:59:59", "2026-06-10 00:30"),
	],
)
def test_today_is_the_day_of_who_reads_in_worklist_team_card_and_digest(
	team, clock, zone, now, due_today, due_later
):
	soon, later = (sweeping.enquiry(team) for _ in range(2))
	clock.at(now)
	for entry, due in ((soon, due_today), (later, due_later)):
		frappe.db.set_value(ENTRY, entry.name, {"act_by": due, "satisfy_by": due, "first_contact_on": now})
		frappe.db.set_value(ENTRY, entry.name, "acknowledge_status", "Met")
	frappe.db.set_value(ENTRY, later.name, "first_contact_on", add_to_date(now, hours=-24))
	for user in (team.agent, team.supervisor):
		frappe.db.set_value("User", user, "time_zone", zone)
		frappe.clear_document_cache("User", user)
	frappe.set_user(team.agent)
	assert (groups()["today"], groups()["later"]) == ([soon.name], [later.name])
	assert cards.get_new_today()["value"] == 1
	assert cards.get_due_today()["value"] == behind("due_today") == 1
	frappe.set_user(team.supervisor)
	[load] = [agent for agent in worklist.get_team(team.list)["lists"][0]["agents"] if agent["open"]]
	assert load["today"] == 1
	assert morning_digest._running_out([team.list]) == {team.list: 1}


def test_what_is_asked_is_the_same_set_by_set_as_entry_by_entry(team, clock):
	# Given entries in many states, and time that has passed over them.
	new, informed, paused, closed = (sweeping.enquiry(team) for _ in range(4))
	nobody = sweeping.enquiry(team, owner=None)
	informed.send_information("Prices", "<p>Here</p>", information_satisfied=0)
	paused.pause("2026-06-12 10:00", "Friday")
	closed.close("Lost", objection="Price")
	for hours in (0, 2, 20, 30, 60, 80):
		clock.forward(hours=hours)
		sweeping.sweep_now()
		# When both ways of deciding are asked, then they agree.
		for entry in (new, informed, paused, closed, nobody):
			entry.reload()
			stored = entry.act_by
			coming = ledger.coming_of(ledger.rows_of(entry.name))
			work = progress.work_of(entry, coming)
			assert (get_datetime(stored) if stored else None) == urgency.act_by(work, clock.now), (
				hours,
				entry.stage,
			)


def test_a_worklist_is_shown_page_by_page_and_counted_to_a_cap(team, monkeypatch):
	monkeypatch.setattr(worklist, "PAGE", 2)
	monkeypatch.setattr(worklist, "CAP", 3)
	entries = [sweeping.enquiry(team) for _ in range(5)]
	sweeping.sweep_now()
	[today] = worklist.get_worklist(agent=team.agent, group="today", rows=2)["groups"]
	assert (len(today["rows"]), today["count"], today["capped"], today["more"]) == (2, 3, True, True)
	[today] = worklist.get_worklist(agent=team.agent, group="today", rows=6)["groups"]
	assert {row["name"] for row in today["rows"]} == {entry.name for entry in entries} and not today["more"]


def test_a_worklist_ends_where_no_more_is_shown_and_says_so(team, monkeypatch):
	for name, value in (("PAGE", 2), ("MOST", 3), ("CAP", 9)):
		monkeypatch.setattr(worklist, name, value)
	for _number in range(4):
		sweeping.enquiry(team)
	sweeping.sweep_now()
	[today] = worklist.get_worklist(agent=team.agent, group="today", rows=2)["groups"]
	assert (len(today["rows"]), today["more"], today["cut_at"]) == (2, True, None)
	[today] = worklist.get_worklist(agent=team.agent, group="today", rows=99)["groups"]
	assert (len(today["rows"]), today["more"], today["cut_at"]) == (3, False, 3)


def both(entry) -> str:
	"""What is to be done now, which the worklist and the panel say alike."""
	user = frappe.session.user
	frappe.set_user(user if user != "Administrator" else entry.agent or "Administrator")
	in_panel = panel.get_panel(entry.name)["due_now"]
	shown = worklist.get_worklist()["groups"]
	[in_list] = [row["due_now"] for group in shown for row in group["rows"] if row["name"] == entry.name]
	frappe.set_user(user)
	assert in_panel == in_list
	return in_panel


def test_panel_and_worklist_say_the_same_one_thing_to_do(team, clock):
	# Given they have no telephone, as most who write on the website, the information is what is due.
	by_mail = sweeping.enquiry(team)
	sweeping.sweep_now()
	assert (by_mail.reload().stage, by_mail.task.split("\n")[0]) == ("Email", "Send the information")
	assert both(by_mail) == "mail"
	# With a telephone it is a call, then the information, then their answer, then ours by the way they wrote.
	entry = sweeping.enquiry(team, mobile_no="+49 151 12345678")
	sweeping.sweep_now()
	entry.reload()
	assert both(entry) == "call"
	entry.log_call("", "No answer")
	assert both(entry) == "call"
	entry.log_call("Spoke to her")
	assert both(entry) == "mail"
	entry.send_information("Prices", "<p>Here</p>")
	assert both(entry) == "answer"
	for channel, act in (("Email", "mail"), ("WhatsApp", "message"), ("Phone", "call")):
		clock.forward(minutes=5)
		entry.record_response("How much for two?", channel=channel)
		assert both(entry) == act, channel
	# What was no answer of theirs is replied to by nobody.
	last = frappe.get_last_doc("Prospect Interaction", {"entry": entry.name, "channel": "Phone"})
	entry.correct_interaction(last.name, is_answer=0)
	assert both(entry) == "message"
	# A sale is booked; then it is closed, and they write again.
	entry.db_set("won_proposed", 1)
	assert both(entry) == "won"
	entry.reload().close("Won")
	clock.forward(minutes=5)
	entry.record_response("Ten more, please")
	assert both(entry) == "new_enquiry"


def test_what_is_due_does_not_hang_on_what_a_stage_is_called(team):
	workflow = frappe.get_doc("Workflow", {"document_type": ENTRY, "is_active": 1})
	frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": "Send it"}).insert()
	for state in workflow.states:
		state.state = "Send it" if state.state == "Email" else state.state
	for transition in workflow.transitions:
		transition.state = "Send it" if transition.state == "Email" else transition.state
		transition.next_state = "Send it" if transition.next_state == "Email" else transition.next_state
	workflow.save()
	frappe.clear_cache(doctype=ENTRY)
	entry = sweeping.enquiry(team)
	sweeping.sweep_now()
	assert entry.reload().stage == "Send it" and both(entry) == "mail"
	entry.db_set("mobile_no", "+49 151 12345678")
	assert both(entry.reload()) == "mail"


def test_who_supervises_is_warned_where_they_work(team, monkeypatch):
	monkeypatch.setattr("prospect_mgmt.health.is_scheduler_disabled", lambda verbose: True)
	frappe.set_user(team.supervisor)
	for shown in (worklist.get_worklist(), worklist.get_team()):
		assert any("scheduler" in warning for warning in shown["warnings"])
	assert not worklist.get_worklist(group="today")["warnings"]
	frappe.set_user(team.agent)
	assert worklist.get_worklist()["warnings"] == []


def test_a_cover_sees_what_they_cover(team):
	entry = sweeping.enquiry(team)
	colleague = factories.user("Prospect Agent").name
	main = frappe.get_doc("Prospect List", team.list)
	main.append("agents", {"user": colleague, "enabled": 1})
	main.agents[0].update({"away_from": "2026-06-01", "cover": colleague})
	main.save()
	sweeping.sweep_now()
	frappe.set_user(colleague)
	assert groups()["today"] == [entry.name]


def test_supervisors_see_how_much_each_agent_has(team, clock):
	entry, waiting = sweeping.enquiry(team), sweeping.informed(team)
	sweeping.enquiry(team, owner=None)
	sweeping.sweep_now()
	clock.forward(hours=26)
	frappe.set_user(team.supervisor)
	[shown] = worklist.get_team()["lists"]
	assert shown["unassigned"] == 1
	[agent] = shown["agents"]
	assert (agent["user"], agent["open"], agent["overdue"]) == (team.agent, 2, 1)
	assert waiting.name != entry.name
	frappe.set_user(team.agent)
	with pytest.raises(frappe.PermissionError):
		worklist.get_team()


def test_what_is_held_by_no_agent_of_the_list_is_seen_and_shared_anew(team):
	# Given one whose agent was taken off the list since, one that the supervisor keeps, and one closed long ago.
	left, kept, closed = (sweeping.enquiry(team) for _ in range(3))
	closed.assign(factories.user("Sales User").name)
	closed.close("Lost", objection="Price")
	kept.assign(team.supervisor)
	gone = factories.user("Sales User").name
	left.assign(gone)
	sweeping.sweep_now()
	frappe.set_user(team.supervisor)
	[shown] = worklist.get_team()["lists"]
	found = {row["user"]: (row["is_agent"], row["open"]) for row in shown["agents"]}
	assert found == {team.agent: (True, 0), gone: (False, 1), team.supervisor: (False, 1)}
	assert groups(gone)["today"] == [left.name]
	worklist.assign([left.name], team.agent, "She has left us")
	assert {row["user"] for row in worklist.get_team()["lists"][0]["agents"]} == {team.agent, team.supervisor}


def test_lists_beyond_those_shown_are_counted_and_can_be_chosen(team, monkeypatch):
	monkeypatch.setattr(worklist, "LISTS", 1)
	factories.prospect_list(team.agent, title="Fairs", supervisor=team.supervisor)
	frappe.set_user(team.supervisor)
	answer = worklist.get_team()
	assert ([row["name"] for row in answer["lists"]], answer["more"]) == (["Fairs"], 1)
	answer = worklist.get_team(team.list)
	assert ([row["name"] for row in answer["lists"]], answer["more"]) == ([team.list], 0)
	assert set(answer["supervises"]) == {"Fairs", team.list}


@pytest.mark.parametrize(
	("number", "dialled"),
	[
		("+49 (0)151 12345678", "+4915112345678"),
		("0049 (151) 12345678", "+4915112345678"),
		("0151 12345678", "+4915112345678"),
		("+39 06 698 12345", "+390669812345"),
		("110", "110"),
	],
)
def test_a_telephone_dials_the_number_that_was_meant(team, number, dialled):
	entry = sweeping.enquiry(team, mobile_no=number)
	frappe.set_user(team.agent)
	assert row(entry, team.agent)["dial"] == dialled
	assert panel.get_panel(entry.name)["dial"]["mobile_no"] == dialled


def test_spam_is_marked_in_one_go_and_undone(team):
	entries = [sweeping.enquiry(team) for _ in range(2)]
	closed = sweeping.enquiry(team)
	closed.close("Lost", objection="Price")
	frappe.set_user(team.agent)
	names = [entry.name for entry in (*entries, closed)]
	answer = worklist.mark_spam(names)
	assert answer["done"] == sorted(entry.name for entry in entries)
	assert [(r["entry"], "is closed" in r["why"]) for r in answer["refused"]] == [(closed.name, True)]
	assert entries[0].reload().outcome == "Spam" and closed.reload().outcome == "Lost"
	# Given a colleague worked on one of them meanwhile, only the other is undone.
	entries[0].reopen()
	answer = worklist.undo_spam([entry.name for entry in entries])
	assert answer["done"] == [entries[1].name] and "meanwhile" in answer["refused"][0]["why"]
	assert not entries[1].reload().done_on and entries[1].stage == "Email"


def test_undone_spam_is_as_agreed_before(team):
	entry = sweeping.enquiry(team, mobile_no="+49 151 12345678")
	entry.pause("2026-07-30 09:00", "They are on holiday")
	frappe.set_user(team.agent)
	worklist.mark_spam([entry.name])
	assert not entry.reload().paused_until
	worklist.undo_spam([entry.name])
	entry.reload()
	assert (str(entry.paused_until), entry.pause_reason) == ("2026-07-30 09:00:00", "They are on holiday")
	assert str(entry.next_due_on) == "2026-07-30 09:00:00"
	# They wrote meanwhile: nothing is agreed any more.
	entry.close("Spam")
	entry.record_response("I am back")
	worklist.undo_spam([entry.name])
	assert not entry.reload().paused_until and not entry.put_down


def test_many_are_assigned_in_one_go_and_given_back(team):
	other = factories.user("Sales User").name
	main = frappe.get_doc("Prospect List", team.list)
	main.append("agents", {"user": other, "enabled": 1})
	main.save()
	mine, nobody = sweeping.enquiry(team), sweeping.enquiry(team, owner=None)
	frappe.set_user(team.supervisor)
	answer = worklist.assign([mine.name, nobody.name], other, "While Nadia is away")
	assert answer["before"] == {mine.name: team.agent, nobody.name: None} and not answer["refused"]
	assert (mine.reload().agent, nobody.reload().agent) == (other, other)
	nobody.assign(team.agent, "She asked for it")
	answer = worklist.undo_assign(answer["before"], other)
	assert answer["done"] == [mine.name] and mine.reload().agent == team.agent
	assert nobody.reload().agent == team.agent


def test_a_contractor_touches_nothing_of_others(team):
	mine, other = sweeping.enquiry(team), sweeping.enquiry(team)
	contractor = factories.user("Prospect Agent").name
	main = frappe.get_doc("Prospect List", team.list)
	main.append("agents", {"user": contractor, "enabled": 1})
	main.save()
	mine.assign(contractor)
	frappe.set_user(contractor)
	answer = worklist.mark_spam([mine.name, other.name, "NO-SUCH"])
	assert answer["done"] == [mine.name]
	assert {r["why"] for r in answer["refused"]} == {"it is not yours to change"}
	with pytest.raises(frappe.PermissionError):
		worklist.mark_spam([other.name])
	assert not any(groups(team.agent).values()) or groups(team.agent)["unassigned"]
	shown = worklist.get_worklist()
	assert not any(
		"amount" in key or "sale" in key for g in shown["groups"] for row in g["rows"] for key in row
	)


@pytest.mark.parametrize(
	"asked",
	[
		[ENTRY, "ifnull(1,1)=1)or(1", "=", "1"],
		[ENTRY, "ifnull((select(1)),1)", "=", "1"],
		[ENTRY, "sale_value", ">", 1],
		["User", "name", "like", "%"],
		["agent", "=", "x"],
		"agent",
	],
)
def test_a_filter_of_the_calendar_says_no_more_than_what_to_filter_by(team, asked):
	sweeping.enquiry(team)
	contractor = factories.user("Prospect Agent").name
	main = frappe.get_doc("Prospect List", team.list)
	main.append("agents", {"user": contractor, "enabled": 1})
	main.save()
	frappe.set_user(contractor)
	with pytest.raises(frappe.ValidationError, match="cannot be filtered by"):
		step_calendar.get_events("2026-06-01", "2026-07-01", filters=[asked])


def test_the_calendar_shows_next_steps_of_ones_own(team):
	mine = sweeping.enquiry(team)
	frappe.set_user(team.agent)
	[event] = step_calendar.get_events("2026-06-01", "2026-07-01")
	assert event["name"] == mine.name and event["title"].startswith("Send the information")
	assert step_calendar.get_events("2026-07-01", "2026-08-01") == []
	frappe.set_user(factories.user("Sales User").name)
	assert step_calendar.get_events("2026-06-01", "2026-07-01") == []


@pytest.mark.allow_silent
def test_the_calendar_looks_through_every_list_that_one_supervises_by_an_index(team):
	boss = factories.user("Sales User").name
	lists = [factories.prospect_list(supervisor=boss).name for _ in range(worklist.LISTS + 1)]
	last = sweeping.enquiry(frappe._dict(team, list=max(lists)), owner=None)
	copies(
		ENTRY,
		{"name": "CONCAT('X-', n.seq)", "open_lead": "NULL", "prospect_list": f"'{team.list}'"},
		f"name = '{last.name}'",
		2000,
	)
	frappe.db.sql(f"ANALYZE TABLE `tab{ENTRY}`")
	frappe.set_user(boss)
	with explained() as plans:
		[event] = step_calendar.get_events("2026-06-01", "2026-07-01")
	assert event["name"] == last.name
	of_entries = [plan for plan in plans if plan.table == f"tab{ENTRY}"]
	assert of_entries and not [plan for plan in of_entries if plan.reads_too_much(10)]


@pytest.mark.allow_silent
def test_of_more_steps_than_the_calendar_shows_each_day_says_how_many_there_are(team):
	"""3,000 on three days of which one has few by itself, and what comes after them is not left out."""
	[entry] = [sweeping.enquiry(team, owner=None)]
	moment = "IF(n.seq <= 40, '2026-06-16 09:00', IF(n.seq <= 2000, '2026-06-17 09:00', '2026-06-18 23:30'))"
	name = {"name": "CONCAT('X-', n.seq)", "open_lead": "NULL"}
	copies(ENTRY, {**name, "next_due_on": moment}, f"name = '{entry.name}'", 3000)
	late = sweeping.enquiry(team, owner=None, last_name="Late")
	frappe.db.set_value(ENTRY, late.name, "next_due_on", "2026-06-25 10:00")
	frappe.db.sql(f"ANALYZE TABLE `tab{ENTRY}`")
	frappe.db.set_value("User", team.supervisor, "time_zone", "Asia/Tokyo")
	frappe.set_user(team.supervisor)
	month = ("2026-05-31 17:00", "2026-07-12 17:00")  # six weeks of Tokyo, as the site has them
	with explained() as plans:
		events = step_calendar.get_events(*month)
	days = {str(event["next_due_on"])[:16]: event["title"] for event in events if event["all_day"]}
	assert days == {
		"2026-06-15 17:00": "40 steps of the lists I supervise: show all",
		"2026-06-16 17:00": "999+ steps of the lists I supervise: show all",
		"2026-06-18 17:00": "999+ steps of the lists I supervise: show all",  # 23:30 here is tomorrow there
	}
	steps = [event["name"] for event in events if not event["all_day"]]
	assert {entry.name, late.name} <= set(steps) and 3 * 11 <= len(steps) <= step_calendar.EVENTS
	# Each opens the list that shows as many.
	first = next(event for event in events if event["all_day"])
	assert len(frappe.get_list(ENTRY, filters=first["filters"], pluck="name", limit=0)) == 40
	# A filter of the view holds for both.
	filtered = step_calendar.get_events(*month, filters=[[ENTRY, "lead_name", "like", "%Late%"]])
	assert [event["name"] for event in filtered] == [late.name]
	of_entries = [plan for plan in plans if plan.table == f"tab{ENTRY}"]
	assert of_entries and not [plan for plan in of_entries if plan.reads_too_much(10)]
	# Where all are fewer than EVENTS, all are shown, however many there are on a day.
	week = step_calendar.get_events("2026-06-15 00:00", "2026-06-17 00:00")
	assert len(week) == 40 and not any(event["all_day"] for event in week)


def test_who_looks_is_told_once_for_a_whole_sweep(team, clock, monkeypatch):
	told = []
	monkeypatch.setattr(
		"frappe.realtime.emit_via_redis", lambda event, message, room: told.append((event, room))
	)
	for _ in range(5):
		sweeping.enquiry(team)
	frappe.db.commit()
	told.clear()
	sweep.run()
	rooms = [room for event, room in told if event == "prospect_worklist"]
	assert 0 < len(rooms) <= 4 and any(team.agent in room for room in rooms)
