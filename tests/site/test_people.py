"""Who works an enquiry: agent, assignment and Lead owner in step; rules, capacity, covers, handovers, people who leave."""

import frappe
import pytest
from frappe.desk.form import assign_to

from prospect_mgmt import daily, permissions, sweep, telling, timeline
from prospect_mgmt.entry import people
from prospect_mgmt.signals import user as user_signals
from tests import factories
from tests.site.staff import ENTRY, LIST, enquiry, set_agent, told

RULE = "Assignment Rule"
MONDAY = "2026-06-08 10:00"


@pytest.fixture
def team():
	"""A list with two contractors, Anna and Ben, and a supervisor, Carla."""
	anna, ben = (factories.user("Prospect Agent", first_name=name).name for name in ("Anna", "Ben"))
	carla = factories.user("Sales User", first_name="Carla").name
	prospect_list = factories.prospect_list(anna, ben, supervisor=carla)
	return frappe._dict(anna=anna, ben=ben, carla=carla, list=prospect_list.name)


@pytest.fixture
def rule(team):
	"""The list's assignment rule, switched on."""
	return switch_on(team)


def rule_of(team):
	return frappe.get_doc(RULE, frappe.db.get_value(LIST, team.list, "assignment_rule"))


def switch_on(team, **fields):
	doc = rule_of(team)
	doc.update({"disabled": 0, **fields})
	return doc.save()


def entry_of(entry):
	return frappe.get_doc(ENTRY, entry.name)


def assigned(entry) -> list[str]:
	"""Who has an open ToDo for an entry."""
	filters = {"reference_type": ENTRY, "reference_name": entry.name, "status": "Open"}
	return frappe.get_all("ToDo", filters=filters, pluck="allocated_to", order_by="creation")


def assert_with(entry, agent: str | None, door: str = "") -> None:
	"""Agent, assignment and Lead owner agree, and no share was left behind."""
	now = entry_of(entry)
	assert now.agent == agent, door
	assert assigned(entry) == ([agent] if agent else []), door
	assert bool(now.unassigned_since) == (not agent), door
	assert frappe.db.get_value("Lead", entry.lead, "lead_owner") == agent, door
	assert_share_gone(entry, door)


def assert_waits(entry, why: str = "") -> None:
	"""Nobody has it yet; the Lead still belongs to who made it."""
	now = entry_of(entry)
	assert not now.agent and not assigned(entry) and now.unassigned_since, why
	assert_share_gone(entry, why)


def assert_share_gone(entry, door: str = "") -> None:
	assert not frappe.db.exists("DocShare", {"share_doctype": ENTRY, "share_name": entry.name}), door


def system_manager() -> None:
	"""Frappe wants one besides the Administrator, or lets nobody go."""
	role = {"role": "System Manager", "parenttype": "User", "parent": ("!=", "Administrator")}
	if not frappe.db.exists("Has Role", role):
		factories.user("System Manager")


def disable(user: str) -> None:
	system_manager()
	frappe.get_doc("User", user).update({"enabled": 0}).save()


def sweep_now() -> None:
	"""Carry out what is due now."""
	frappe.db.commit()
	assert not sweep.run().errors


# ------------------------------------------------------------- in step
def _by_field(entry, user):
	doc = entry_of(entry)
	doc.agent = user
	doc.save()


def _by_sidebar(entry, user):
	assign_to.add({"doctype": ENTRY, "name": entry.name, "assign_to": [user]})


def _by_todo(entry, user):
	todo = {"doctype": "ToDo", "reference_type": ENTRY, "reference_name": entry.name, "allocated_to": user}
	frappe.get_doc(todo | {"description": "work it"}).insert()


def _by_lead_owner(entry, user):
	lead = frappe.get_doc("Lead", entry.lead)
	lead.lead_owner = user
	lead.save()


GIVEN = {
	"assign()": lambda entry, user: entry_of(entry).assign(user),
	"the form": _by_field,
	"the sidebar": _by_sidebar,
	"a ToDo": _by_todo,
	"the Lead's owner": _by_lead_owner,
}


@pytest.mark.parametrize("door", GIVEN)
def test_agent_assignment_and_lead_owner_are_in_step_whichever_is_changed(team, door):
	entry = enquiry(team.list)
	GIVEN[door](entry, team.ben)
	assert_with(entry, team.ben, door)
	GIVEN[door](entry, team.anna)
	assert_with(entry, team.anna, f"{door}, handed over")
	assert not permissions.entry_permission(entry_of(entry), "read", team.ben)


def _todo_of(entry):
	return frappe.get_doc("ToDo", {"reference_name": entry.name, "status": "Open"})


def _cancel_todo(entry):
	todo = _todo_of(entry)
	todo.status = "Cancelled"
	todo.save()


TAKEN = {
	"assign(None)": lambda entry: entry_of(entry).assign(None),
	"the form": lambda entry: _by_field(entry, None),
	"the sidebar": lambda entry: assign_to.remove(ENTRY, entry.name, entry_of(entry).agent),
	"a cancelled ToDo": _cancel_todo,
	"a deleted ToDo": lambda entry: frappe.delete_doc("ToDo", _todo_of(entry).name),
	"the Lead's owner": lambda entry: _by_lead_owner(entry, None),
}


@pytest.mark.parametrize("door", TAKEN)
def test_an_assignment_that_ends_leaves_the_enquiry_unassigned(team, door):
	entry = enquiry(team.list, team.anna)
	TAKEN[door](entry)
	assert_with(entry, None, door)


def test_closing_the_todo_of_an_open_enquiry_is_refused(team):
	entry = enquiry(team.list, team.anna)
	todo = _todo_of(entry)
	todo.status = "Closed"
	frappe.db.savepoint("kept")
	with pytest.raises(frappe.ValidationError, match="still open"):
		todo.save()
	frappe.db.rollback(save_point="kept")
	assert_with(entry, team.anna)


def test_a_todo_for_nobody_or_about_the_lead_changes_nothing(team):
	entry = enquiry(team.list, team.anna)
	todo = {"doctype": "ToDo", "description": "a note to myself"}
	frappe.get_doc(todo | {"reference_type": ENTRY, "reference_name": entry.name}).insert()
	frappe.get_doc(
		todo | {"reference_type": "Lead", "reference_name": entry.lead, "allocated_to": team.ben}
	).insert()
	assert entry_of(entry).agent == team.anna


def test_a_closed_enquiry_has_no_open_assignment_and_a_reopened_one_its_last_agent(team, rule):
	entry = enquiry(team.list, team.anna)
	entry.close("Lost", "Price")
	assert not assigned(entry)
	entry.reopen()
	assert_with(entry, team.anna)
	entry.assign(team.ben)
	entry.close("Lost", "Price")
	entry.reopen()
	entry_of(entry).save()  # Frappe's Assignment Rule opens closed ToDos again when a document is saved
	assert_with(entry, team.ben, "who had it before does not get it back")


def test_an_enquiry_is_given_only_to_who_can_work_it(team):
	entry = enquiry(team.list, team.anna)
	nobody = factories.user().name
	left = factories.user("Prospect Agent").name
	disable(left)
	for user in (nobody, left, "never@example.com"):
		for door in ("assign()", "the form", "the sidebar", "a ToDo"):
			frappe.db.savepoint("kept")
			with pytest.raises(frappe.ValidationError):
				GIVEN[door](entry, user)
			frappe.db.rollback(save_point="kept")
	assert_with(entry, team.anna)


# ------------------------------------------------------------- assignment rule
def test_the_rule_ships_switched_off_and_its_users_follow_the_list(team):
	rule = rule_of(team)
	assert rule.disabled and [row.user for row in rule.users] == [team.anna, team.ben]
	assert_waits(enquiry(team.list))

	set_agent(team.list, team.anna, enabled=0)
	assert [row.user for row in rule_of(team).users] == [team.ben]
	set_agent(team.list, team.anna, enabled=1)
	assert [row.user for row in rule_of(team).users] == [team.anna, team.ben]
	set_agent(team.list, team.ben, away_from="2020-01-01")
	assert [row.user for row in rule_of(team).users] == [team.anna]


def test_round_robin(team, rule):
	agents = [enquiry(team.list).agent for _ in range(4)]
	assert agents == [team.anna, team.ben, team.anna, team.ben]


def test_load_balancing(team):
	for _ in range(2):
		enquiry(team.list, team.anna)
	switch_on(team, rule="Load Balancing")
	assert [enquiry(team.list).agent for _ in range(2)] == [team.ben, team.ben]


def test_a_rule_assigns_in_step(team, rule):
	assert_with(enquiry(team.list), team.anna)


def test_who_is_full_gets_no_more_until_somebody_is_free(team, rule):
	set_agent(team.list, team.anna, capacity=1)
	set_agent(team.list, team.ben, capacity=2)
	entries = [enquiry(team.list) for _ in range(4)]
	assert [entry.agent for entry in entries[:3]] == [team.anna, team.ben, team.ben]
	assert_waits(entries[3], "all are full")

	entries[0].close("Lost", "Price")
	daily.hourly()
	assert_with(entries[3], team.anna, "Anna is free again")
	assert_waits(enquiry(team.list), "and full again")

	set_agent(team.list, team.ben, capacity=0)
	assert_with(enquiry(team.list), team.ben, "no limit any more")


def test_the_rule_knows_a_disabled_user_at_once(team, rule):
	disable(team.anna)
	assert [enquiry(team.list).agent for _ in range(2)] == [team.ben, team.ben]
	frappe.get_doc("User", team.anna).update({"enabled": 1}).save()
	assert [row.user for row in rule_of(team).users] == [team.anna, team.ben]


def test_a_rule_with_somebody_who_cannot_work_entries_refuses_no_lead(team, rule):
	"""An admin put a user without a role into the rule: the enquiry stays unassigned and is seen as that."""
	rule.set("users", [{"user": factories.user().name}])
	rule.save()
	entry = enquiry(team.list)
	frappe.db.commit()
	assert_waits(entry)


# ------------------------------------------------------------- away, cover
def test_due_work_of_who_is_away_goes_to_the_cover_and_comes_back(team, clock):
	clock.at(MONDAY)
	entry = enquiry(team.list, team.anna)
	promised = entry.acknowledge_by
	set_agent(team.list, team.anna, away_from="2026-06-08", away_until="2026-06-09", cover=team.ben)
	assert entry_of(entry).cover == team.ben

	sweep_now()
	assert any(entry.name in subject for subject in told(team.ben))
	assert not told(team.anna, "Call%")

	frappe.set_user(team.ben)
	assert [row.name for row in frappe.get_list(ENTRY)] == [entry.name]
	interaction = entry_of(entry).record_message("Here is our price list")
	frappe.set_user("Administrator")
	now = entry_of(entry)
	assert (now.agent, now.acknowledge_status, now.acknowledge_by) == (team.anna, "Met", promised)
	fact = frappe.get_doc("Prospect Interaction", interaction)
	assert (fact.user, fact.agent) == (team.ben, team.anna), "credited to who did it"
	change = frappe.get_doc("Prospect Stage Change", {"entry": entry.name, "to_stage": "Follow up"})
	assert (change.changed_by, change.agent) == (team.ben, team.anna)

	clock.at("2026-06-10 09:00")
	daily.hourly()
	assert not entry_of(entry).cover
	assert not permissions.entry_permission(now, "read", team.ben)
	now.record_response("Any news?")
	assert told(team.anna, "They answered%") and not told(team.ben, "They answered%")


def test_promises_do_not_pause_while_somebody_is_away(team, clock):
	clock.at(MONDAY)
	entry = enquiry(team.list, team.anna)
	set_agent(team.list, team.anna, away_from="2026-06-08", cover=team.ben)
	clock.forward(hours=25)
	sweep_now()
	assert entry_of(entry).acknowledge_status == "Missed"


def test_what_is_assigned_to_somebody_away_goes_to_the_cover_at_once(team):
	set_agent(team.list, team.anna, away_from="2020-01-01", cover=team.ben)
	entry = enquiry(team.list, team.anna)
	assert (entry.agent, entry.cover) == (team.anna, team.ben)
	entry.assign(team.ben)
	assert not entry_of(entry).cover


def test_a_cover_who_is_away_too_is_covered_by_theirs(team):
	dora = factories.user("Prospect Agent").name
	set_agent(team.list, team.anna, away_from="2020-01-01", cover=team.ben)
	set_agent(team.list, team.ben, away_from="2020-01-01", cover=dora)
	assert enquiry(team.list, team.anna).cover == dora


@pytest.mark.parametrize("cover", ["nobody", "a circle", "somebody who left"])
def test_where_nobody_covers_the_agent_and_the_supervisor_are_told(team, cover):
	set_agent(team.list, team.anna, away_from="2020-01-01")
	if cover == "a circle":
		set_agent(team.list, team.anna, cover=team.ben)
		set_agent(team.list, team.ben, away_from="2020-01-01", cover=team.anna)
	elif cover == "somebody who left":
		gone = factories.user("Prospect Agent").name
		set_agent(team.list, team.anna, cover=gone)
		disable(gone)
	entry = enquiry(team.list, team.anna)
	assert not entry.cover
	entry.log_call("Hello")
	entry.record_response("Send me more")
	assert told(team.anna, "They answered%") and told(team.carla, "They answered%")


# ------------------------------------------------------------- handover
def test_a_handover_is_read_on_the_timeline_in_the_readers_language(team, http):
	"""Whatever language was at work, with full names, and what was typed as it was typed."""
	frappe.local.lang = "zh"
	entry = enquiry(team.list, team.anna)
	entry_of(entry).assign(team.ben, "Ring before <b>ten</b>")
	entry_of(entry).assign(None)
	frappe.local.lang = "en"
	ben = frappe.utils.get_fullname(team.ben)
	frappe.db.set_value("User", team.ben, "language", "de")
	entry_of(entry).assign(team.ben)
	shown = on_timeline(http(team.ben), entry.name)
	assert (
		shown[0].endswith(f" an {ben}: Ring before &lt;b&gt;ten&lt;/b&gt;") and "Übergeben von " in shown[0]
	)
	assert shown[1].endswith(f"Übergeben von {ben} an niemand")
	assert not [text for text in shown if "@" in text]


def on_timeline(browser, entry: str) -> list[str]:
	"""What Frappe's form is given to show besides its own."""
	query = {"doctype": ENTRY, "name": entry}
	answer = browser.get("/api/method/frappe.desk.form.load.getdoc", params=query)
	return [each["content"] for each in answer.json()["docinfo"]["additional_timeline_content"]]


def test_a_handover_keeps_its_note_and_tells_it(team):
	entry = enquiry(team.list, team.anna)
	frappe.set_user(team.anna)
	entry_of(entry).record_message("Here is our price list")
	entry_of(entry).assign(team.ben, "Ring before <ten>")
	frappe.set_user(team.ben)
	entry_of(entry).log_call("Too expensive for them")
	entry_of(entry).close("Lost", "Price")
	frappe.set_user("Administrator")
	[note] = timeline.contents(ENTRY, entry.name)
	anna, ben = (frappe.utils.get_fullname(user) for user in (team.anna, team.ben))
	assert note["content"] == f"<b>{anna}</b> Handed over from {anna} to {ben}: Ring before &lt;ten&gt;"
	notes = frappe.get_all(
		"Notification Log", {"for_user": team.ben}, pluck="email_content", order_by="creation"
	)
	assert "Ring before &lt;ten&gt;" in notes
	facts = frappe.get_all(
		"Prospect Interaction", {"entry": entry.name}, ["user", "agent"], order_by="creation", as_list=True
	)
	assert facts == ((team.anna, team.anna), (team.ben, team.ben))
	changes = frappe.get_all(
		"Prospect Stage Change", {"entry": entry.name, "to_stage": ("in", ("Follow up", "Done"))}, ["changed_by", "agent"],
		order_by="changed_on, creation", as_list=True,
	)  # fmt: skip
	assert changes == ((team.anna, team.anna), (team.ben, team.ben))


# ------------------------------------------------------------- people who leave
def test_who_is_disabled_gives_their_enquiries_back_and_the_supervisor_is_told_once(team):
	first, second, closed = (enquiry(team.list, team.anna) for _ in range(3))
	closed.log_call("Hello")
	closed.close("Lost", "Price")
	disable(team.anna)
	for entry in (first, second):
		assert_with(entry, None)
	assert entry_of(closed).agent == team.anna, "what is done stays credited"
	assert frappe.db.get_value("Prospect Interaction", {"entry": closed.name}, "agent") == team.anna
	[subject] = told(team.carla, "%was disabled%")
	assert "2 entries" in subject and team.list in subject


def test_many_enquiries_are_given_back_by_a_worker(team, worker, monkeypatch):
	monkeypatch.setattr(user_signals, "AT_ONCE", 2)
	entries = [enquiry(team.list, team.anna) for _ in range(3)]
	disable(team.anna)
	assert entry_of(entries[0]).agent == team.anna, "not in the request"
	worker("long", burst=True)
	for entry in entries:
		assert_with(entry, None)
	assert len(told(team.carla, "%was disabled%")) == 1


def test_with_a_rule_they_go_to_the_next_agent(team):
	entry = enquiry(team.list, team.anna)
	switch_on(team)
	disable(team.anna)
	assert_with(entry, team.ben)
	[subject] = told(team.carla, "%was disabled%")
	assert "0 of them wait" in subject


def test_who_holds_enquiries_or_has_acted_is_not_deleted(team):
	system_manager()
	entry = enquiry(team.list, team.anna)
	frappe.db.commit()
	with pytest.raises(frappe.LinkExistsError):
		frappe.delete_doc("User", team.anna)
	frappe.db.rollback()
	assert_with(entry, team.anna)


def test_sales_managers_hear_of_a_list_whose_supervisor_left(team):
	manager = factories.user("Sales Manager").name
	disable(team.carla)
	assert any(team.list in subject for subject in told(manager, "%needs a supervisor%"))
	assert telling.supervisors(team.list) == [manager]


def test_sales_managers_supervise_a_list_that_names_nobody():
	manager = factories.user("Sales Manager").name
	alone = factories.prospect_list(supervisor=None)
	assert telling.supervisors(alone.name) == [manager]
	disable(manager)
	assert telling.supervisors(alone.name) == ["Administrator"], "somebody always hears"


def test_whom_to_tell_of_an_enquiry_that_nobody_has(team):
	assert people.whom_to_tell(enquiry(team.list)) == [team.carla]


def test_a_list_whose_title_is_a_template_is_named_and_not_rendered(team):
	title = "Fairs {{ 7*7 }}"
	doc = factories.prospect_list(team.anna, title=title)
	frappe.db.set_value("Assignment Rule", doc.assignment_rule, "disabled", 0)
	entry = enquiry(doc.name)
	assert (
		entry.agent == team.anna
		and title in frappe.get_doc("ToDo", {"reference_name": entry.name}).description
	)
