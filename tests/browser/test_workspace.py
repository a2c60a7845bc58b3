"""The workspace: figures of one's own, the list behind each; the board by stage; the calendar of next steps."""

import frappe
import pytest
from frappe.utils import add_to_date, getdate, now_datetime
from playwright.sync_api import expect

from benchmarks.ground import copies
from prospect_mgmt import step_calendar, sweep
from tests import factories
from tests.browser.acting import (
	cancel,
	choose,
	confirm,
	dialog,
	entry_with,
	fill,
	fill_moment,
	forgive,
	fresh,
	no_sideways,
	open_entry,
	panel,
	press,
	submit,
	take_role,
	team_of,
)
from tests.browser.conftest import PATIENCE
from tests.browser.test_dialogs import SERVER_ERROR

ENTRY = "Prospect List Entry"


@pytest.fixture
def team(stack):
	return team_of(stack)


CHARTS = ("Stage funnel", "Promises kept by week", "Sources", "Agents")
LISTS_BEHIND = (
	("New today", 3),
	("Unacknowledged", 2),
	("Overdue", 2),
	("Due today", 0),
	("Waiting for us", 2),
	("Won this month", 1),
	("Sales this month", 1),
)


def card(page, label: str):
	return page.locator(".number-widget-box", has_text=label)


def figures(page, *labels: str) -> list[str]:
	page.locator(".number-widget-box .number").first.wait_for()
	page.wait_for_function("!frappe.request.ajax_count")
	return [card(page, label).locator(".number").inner_text().strip() for label in labels]


def sold(team):
	"""An entry of the team that was won this month, for 1190 in the company's currency."""
	entry = entry_with(team)
	lead = frappe.get_doc("Lead", entry.lead)
	factories.sales_invoice(factories.customer_from(lead), rate=1000)
	entry.reload()
	if not entry.done_on:
		entry.close("Won")
	frappe.db.commit()
	return entry.reload()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_each_figure_is_ones_own_and_opens_its_list(team, page_as, size):
	late, other, won = entry_with(team), entry_with(team, agent=team.supervisor), sold(team)
	sweep.run()
	for entry in (late, other):
		frappe.db.set_value(ENTRY, entry.name, "act_by", add_to_date(now_datetime(), hours=-3))
	assert won.sale_value > 0
	kept = {"acknowledge_by": now_datetime(), "acknowledged_on": now_datetime(), "acknowledge_status": "Met"}
	frappe.db.set_value(ENTRY, won.name, kept)

	# The contractor: their own enquiries, and no amounts.
	page = page_as(team.agent, size)
	page.open("prospect-management")
	assert figures(page, "New today", "Unacknowledged", "Overdue", "Won this month") == ["2", "1", "1", "1"]
	assert not card(page, "Sales this month").count()
	no_sideways(page)
	card(page, "Overdue").locator(".number").click()
	page.locator(".list-row-container", has_text=late.lead_name).first.wait_for()
	assert not page.locator(".list-row-container", has_text=other.lead_name).count()

	# Their supervisor, a Sales User: everybody's, and what was sold; charts too. Their clock is not the site's.
	frappe.db.set_value("User", team.supervisor, "time_zone", "America/New_York")
	frappe.clear_cache(user=team.supervisor)
	page = page_as(team.supervisor, size)
	page.open("prospect-management")
	assert figures(page, "New today", "Overdue", "Waiting for us") == ["3", "2", "2"]
	assert "1" in figures(page, "Sales this month")[0]
	for label, number in LISTS_BEHIND:
		card(page, label).locator(".number").click()
		expect(page.locator(".list-row:visible"), label).to_have_count(number, timeout=PATIENCE)
		page.go_back()
		card(page, label).locator(".number").wait_for()
	for chart in CHARTS:
		page.locator(".dashboard-widget-box", has_text=chart).locator("svg.frappe-chart").wait_for()
	no_sideways(page)
	forgive(page, "removeChild", "<svg> attribute", "<line> attribute")  # of charts on pages that were left


BOARD = "prospect-list-entry/view/kanban/Prospect Stages"
OPENED = ".kanban:not(.prospect-opening)"
both_sizes = pytest.mark.parametrize("size", ["desktop", "phone"])


def test_a_card_that_is_dragged_performs_the_action_and_asks_what_it_asks(team, page_as):
	entry, closing = entry_with(team), entry_with(team)
	entry.log_call("Spoke to her")  # in Email
	frappe.db.commit()
	page = page_as(team.agent)
	page.open(BOARD)
	board = page.locator(".kanban")
	board.locator(".kanban-column[data-column-value='Call'] .kanban-card-wrapper").wait_for()
	assert [column.get_attribute("data-column-value") for column in board.locator(".kanban-column[data-column-value]").all()] == [
		"Call", "Email", "Follow up", "Revive", "Done",
	]  # fmt: skip

	# To Done: how did it end?
	_drag(page, closing, "Done")
	choose(page, "outcome", "Unreachable")
	confirm(page, "Close the enquiry")
	page.locator(".modal.show").wait_for(state="detached")
	assert (fresh(closing).stage, closing.outcome) == ("Done", "Unreachable")

	# To where no action leads: it goes back, and is told so.
	_drag(page, entry, "Revive")
	page.get_by_text("no action that leads from Email to Revive").wait_for()
	assert fresh(entry).stage == "Email"
	page.locator(
		f".kanban-column[data-column-value='Email'] .kanban-card-wrapper[data-name='{entry.name}']"
	).wait_for()

	# Each column says how many there are, also after the drags.
	page.wait_for_function("!frappe.request.ajax_count")
	numbers = [column.inner_text() for column in board.locator(".prospect-count").all()]
	assert numbers == ["0", "1", "0", "0", "0"]

	# The server fails; then the entry is given to somebody else while it is dragged: it stands where it stood.
	place = page.locator(
		f".kanban-column[data-column-value='Email'] .kanban-card-wrapper[data-name='{entry.name}']"
	)
	_dismiss(page)
	page.route(
		"**/*update_order_for_single_card",
		lambda route: route.fulfill(status=500, body=SERVER_ERROR, content_type="application/json"),
	)
	_drag(page, entry, "Done")
	place.wait_for()
	_dismiss(page)
	page.wait_for_load_state("networkidle")
	page.wait_for_timeout(1500)  # what was not drawn during the drag is drawn by then
	page.unroute("**/*update_order_for_single_card")
	frappe.db.set_value("Prospect List Agent", {"user": team.agent}, "enabled", 0)
	fresh(entry).assign(team.supervisor)
	frappe.db.commit()
	_drag(page, entry, "Done")
	page.locator(".modal.show .msgprint, .modal.show .modal-body").first.wait_for()
	assert not dialog(page).locator("[data-fieldname=outcome]").count()
	assert fresh(entry).stage == "Email" and not entry.done_on
	forgive(
		page,
		"update_order_for_single_card",
		"AskFirst",
		"ValidationError",
		"PermissionError",
		"Traceback",
		"get_panel",
	)


@both_sizes
def test_a_board_without_cards_shows_its_stages(team, page_as, size):
	page = page_as(team.agent, size)
	page.open(BOARD)
	page.locator(".kanban-column[data-column-value='Revive']").wait_for()
	numbers = page.locator(".prospect-count")
	expect(numbers).to_have_text(["0"] * 5, timeout=PATIENCE)
	no_sideways(page)


def _dismiss(page) -> None:
	"""Close what Frappe says of an error."""
	page.locator(".modal.show .btn-modal-close").last.click()
	page.locator(".modal-backdrop").wait_for(state="detached")


def test_on_a_phone_a_card_and_a_step_are_tapped_and_moved_where_they_open(team, page_as):
	entry = entry_with(team)
	page = page_as(team.agent, "phone")
	page.open(BOARD)
	page.locator(f".kanban-card-wrapper[data-name='{entry.name}']").get_by_text(entry.lead_name).first.tap()
	page.wait_for_url(f"**/prospect-list-entry/{entry.name}")
	panel(page).locator(".prospect-number").wait_for()
	press(page, "Log a call")
	fill(page, "summary", "Spoke to her")
	submit(page, "Save the call")
	assert fresh(entry).stage == "Email"
	page.open("prospect-list-entry/view/calendar/default")
	page.locator(".fc-list-item", has_text=entry.lead_name).first.tap()
	page.wait_for_url(f"**/prospect-list-entry/{entry.name}")
	press(page, "Agree a time")
	fill_moment(page, "until", add_to_date(now_datetime(), days=2))
	fill(page, "reason", "They are on holiday")
	submit(page, "Hold until then")
	assert fresh(entry).paused_until
	no_sideways(page)


def test_on_a_phone_a_card_is_dragged_by_a_finger(team, page_as):
	entry = entry_with(team)
	page = page_as(team.agent, "phone")
	page.open(BOARD)
	page.locator(OPENED).wait_for()
	card = _at_rest(page.locator(f".kanban-card-wrapper[data-name='{entry.name}']"))

	# To the stage beside it, which asks for the call. Meanwhile a colleague's change has the board drawn anew.
	draw_anew = "(cur_list.last_args = null, cur_list.refresh())"
	_swipe(page, card, 310, on_the_way=lambda: page.evaluate(draw_anew))
	dialog(page).get_by_role("button", name="Save the call").wait_for()
	fill(page, "summary", "Spoke to her")
	confirm(page, "Save the call")
	page.locator(
		f".kanban-column[data-column-value='Email'] .kanban-card-wrapper[data-name='{entry.name}']"
	).wait_for()
	assert fresh(entry).stage == "Email"
	forgive(page, "update_order_for_single_card", "AskFirst", "ValidationError")


def _swipe(page, card: dict, right: int, on_the_way, steps: int = 30) -> None:
	"""One finger: it touches the card, rests, moves to the right, and is lifted."""
	x, y = card["x"] + 60, card["y"] + 20
	finger = page.context.new_cdp_session(page)

	def touch(kind: str, *points: dict) -> None:
		finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

	touch("touchStart", {"x": x, "y": y})
	page.wait_for_timeout(400)
	for step in range(1, steps + 1):
		if step == steps // 2:
			on_the_way()
		touch("touchMove", {"x": min(x + right * step / steps, 380), "y": y + 2 * step})
		page.wait_for_timeout(30)
	touch("touchEnd")


def _drag(page, entry, stage: str) -> None:
	"""As a hand does it: press, move in small steps, let go."""
	card = page.locator(f".kanban-card-wrapper[data-name='{entry.name}']")
	place = page.locator(f".kanban-column[data-column-value='{stage}'] .kanban-cards")
	page.locator(OPENED).wait_for()
	_at_rest(card)  # the board is drawn several times while it opens
	place.scroll_into_view_if_needed()
	start, end = _at_rest(card), _at_rest(place)
	page.mouse.move(start["x"] + start["width"] - 40, start["y"] + 15)
	page.mouse.down()
	page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 40, steps=25)
	page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 50, steps=5)
	with page.expect_response(lambda answer: "update_order_for_single_card" in answer.url):
		page.mouse.up()


def _at_rest(locator) -> dict:
	"""Where an element is, once the board has stopped being drawn anew."""
	before, now = None, locator.bounding_box()
	while before != now or now is None:
		locator.page.wait_for_timeout(400)
		before, now = now, locator.bounding_box()
	return now


def test_the_calendar_shows_what_comes_next(team, page_as):
	entry = entry_with(team)
	page = page_as(team.agent)
	page.open("prospect-list-entry/view/calendar/default")
	page.locator(".fc-event", has_text=entry.lead_name).first.wait_for()
	page.locator(".fc-event", has_text=entry.lead_name).first.click()
	page.wait_for_url(f"**/prospect-list-entry/{entry.name}")


def test_a_step_dragged_in_the_calendar_is_moved_with_a_reason(team, page_as):
	"""The supervisor's clock is not the site's: what they see and say is by theirs."""
	entry = entry_with(team)
	frappe.db.set_value("User", team.supervisor, "time_zone", "America/New_York")
	frappe.clear_cache(user=team.supervisor)
	step = frappe.get_doc("Prospect Due Step", {"entry": entry.name, "due_on": entry.reload().next_due_on})
	# By the site's clock tomorrow at two, which is eight in the evening of today in New York.
	at_night = add_to_date(getdate(), days=1, hours=2, as_datetime=True)
	frappe.db.set_value("Prospect Due Step", {"entry": entry.name, "status": "Scheduled"}, "due_on", at_night)
	frappe.db.set_value(ENTRY, entry.name, "next_due_on", at_night)
	page = page_as(team.supervisor)
	page.open("prospect-list-entry/view/calendar/default")
	event = page.locator(".fc-event", has_text=entry.lead_name).first
	event.wait_for()
	assert event.locator(".fc-time").inner_text().strip() in ("8p", "20:00", "7p", "19:00")
	moved_to = add_to_date(getdate(), days=6 if getdate().weekday() == 0 else 1)
	_drag_to_day(page, event, moved_to)
	fill(page, "reason", "They are on holiday")
	confirm(page, "Move it")
	page.locator(".modal.show").wait_for(state="detached")
	frappe.db.rollback()
	moved = frappe.get_all(
		"Prospect Due Step", {"entry": entry.name, "intervention": ("like", "%on holiday")}, ["due_on"]
	)
	assert [row.due_on for row in moved] == [
		add_to_date(moved_to, days=1, hours=2, as_datetime=True)
	] and step

	# An agent, who may not move the step, agrees a time instead.
	agent = page_as(team.agent, "phone")
	agent.open("prospect-list-entry/view/calendar/default")
	agent.locator(".fc-list-item, .fc-list-empty").first.wait_for()
	no_sideways(agent)


def _drag_to_day(page, event, day) -> None:
	start = _at_rest(event)
	end = page.locator(f".fc-bg td[data-date='{day}']").first.bounding_box()
	page.mouse.move(start["x"] + 10, start["y"] + 8)
	page.mouse.down()
	page.mouse.move(end["x"] + 30, end["y"] + 30, steps=12)
	page.mouse.up()


def test_a_step_dragged_in_the_calendar_goes_back_when_the_server_fails_or_the_right_was_lost(team, page_as):
	entry = entry_with(team)
	page = page_as(team.supervisor)
	page.open(CALENDAR)
	event = page.locator(".fc-event", has_text=entry.lead_name).first
	event.wait_for()
	place, due_on = _at_rest(event), entry.reload().next_due_on
	another = add_to_date(getdate(), days=6 if getdate().weekday() == 0 else 1)

	def goes_back(message: str) -> None:
		page.locator(".modal.show .msgprint", has_text=message).wait_for()
		page.wait_for_timeout(400)  # it fades in
		_dismiss(page)
		assert _at_rest(event) == place
		assert fresh(entry).next_due_on == due_on

	# The server fails before anything was asked.
	page.route("**/*get_panel*", _fail)
	_drag_to_day(page, event, another)
	goes_back("The server could not be reached, or it could not do this.")
	page.unroute("**/*get_panel*")

	# It fails while the step is moved: what was typed is kept, and the step stands where it is still due.
	page.route("**/run_doc_method*", _fail)
	_drag_to_day(page, event, another)
	fill(page, "reason", "They are on holiday")
	confirm(page, "Move it")
	dialog(page).get_by_text("What you typed is still here").wait_for()
	page.unroute("**/run_doc_method*")
	cancel(page)
	assert _at_rest(event) == place and fresh(entry).next_due_on == due_on

	# Somebody else supervises the list by now.
	frappe.db.set_value("Prospect List", team.list, {"supervisor": "Administrator", "deputy": None})
	frappe.db.commit()
	frappe.clear_document_cache("Prospect List", team.list)
	_drag_to_day(page, event, another)
	goes_back("does not have access to this document")
	page.evaluate("cur_list.calendar.refresh()")
	event.wait_for(state="detached")
	forgive(page, "get_panel", "run_doc_method", "PermissionError", "OperationalError", "Traceback")


CALENDAR = "prospect-list-entry/view/calendar/default"


def _fail(route) -> None:
	route.fulfill(status=500, body=SERVER_ERROR, content_type="application/json")


@both_sizes
def test_the_calendar_says_when_it_cannot_be_read_and_what_is_not_ones_own_any_more(team, page_as, size):
	entry = entry_with(team)
	page = page_as(team.agent, size)
	page.open(CALENDAR)
	event = page.locator(".fc-event, .fc-list-item", has_text=entry.lead_name).first
	event.wait_for()
	page.route("**/*step_calendar.get_events*", _fail)
	page.evaluate("cur_list.calendar.refresh()")
	page.locator(".modal.show").get_by_text("Server Error").first.wait_for()
	page.wait_for_timeout(400)  # it fades in
	_dismiss(page)
	page.unroute("**/*step_calendar.get_events*")
	page.evaluate("cur_list.calendar.refresh()")
	event.wait_for()

	# It is given to somebody else, and the agent works the list no more: what stands there still does not open.
	frappe.db.set_value("Prospect List Agent", {"user": team.agent}, "enabled", 0)
	fresh(entry).assign(team.supervisor)
	frappe.db.commit()
	event.click()
	page.get_by_text("permission", exact=False).locator("visible=true").first.wait_for()
	assert not panel(page).count()
	page.open(CALENDAR)
	page.locator(".fc-view:visible").wait_for()
	page.wait_for_function("!frappe.request.ajax_count")
	assert not page.locator(".fc-event, .fc-list-item", has_text=entry.lead_name).count()
	no_sideways(page)
	forgive(page, "get_events", "getdoc", "PermissionError", "OperationalError", "Traceback", "403")


@pytest.mark.allow_silent
@both_sizes
def test_a_day_with_more_steps_than_the_calendar_shows_opens_the_list_of_them(team, page_as, size):
	entry = entry_with(team)
	today = add_to_date(getdate(), hours=12, as_datetime=True)
	frappe.db.set_value(ENTRY, entry.name, "next_due_on", today)
	columns = {"name": "CONCAT('X-', n.seq)", "open_lead": "NULL"}
	copies(ENTRY, columns, f"name = '{entry.name}'", step_calendar.EVENTS + 100)
	page = page_as(team.supervisor, size)
	page.open(CALENDAR)
	whole_day = page.locator(".fc-event, .fc-list-item", has_text="steps of the lists I supervise: show all")
	expect(whole_day).to_have_count(1)
	expect(whole_day).to_contain_text(str(step_calendar.EVENTS + 101))
	no_sideways(page)
	# However late the list is ready.
	page.route("**/*get_list_settings*", lambda route: (page.wait_for_timeout(1500), route.continue_()))
	whole_day.click()
	page.locator(".frappe-list .list-row:visible").first.wait_for()
	page.wait_for_function("!frappe.request.ajax_count")
	asked = page.evaluate("cur_list.get_filters_for_args()")
	assert (
		frappe.get_list(ENTRY, filters=asked, fields=["count(name) as count"])[0].count
		== step_calendar.EVENTS + 101
	)
	no_sideways(page)


@both_sizes
def test_cards_and_charts_say_when_they_cannot_be_read_and_show_no_figure_then(team, page_as, size):
	entry_with(team)
	page = page_as(team.supervisor, size)
	page.route("**/*cards.get_overdue*", _fail)
	page.route("**/*dashboard_chart.get*", _fail)
	page.open("prospect-management")
	page.locator(".modal.show").get_by_text("Server Error").first.wait_for()
	page.wait_for_timeout(400)  # it fades in
	_dismiss(page)
	card(page, "New today").locator(".number").wait_for()
	assert not card(page, "Overdue").locator(".number").count()
	page.unroute("**/*cards.get_overdue*")
	page.open("prospect-management")
	assert figures(page, "New today")[0] == "1" and figures(page, "Overdue")[0].isdigit()

	# The role was taken away meanwhile: no figure is shown, and the reason is.
	take_role(team.supervisor, "Sales User")
	answer = page.evaluate(
		"frappe.call('prospect_mgmt.cards.get_overdue').then((r) => r.message, (r) => r.responseJSON?.exc_type)"
	)
	assert answer == "PermissionError"
	page.locator(".modal.show").get_by_text("permission").first.wait_for()
	forgive(
		page,
		"cards.get_overdue",
		"dashboard_chart",
		"PermissionError",
		"OperationalError",
		"Traceback",
		"403",
	)
	# What Frappe says of the promise of a card that failed, and nothing else that is like it.
	page.errors[:] = [error for error in page.errors if error != "undefined"]


@both_sizes
def test_the_timeline_says_why_and_why_not(team, page_as, size):
	# Given the information went out, and they answered before the courtesy note was due.
	entry = entry_with(team)
	entry.log_call("Spoke to her")
	entry.send_information("Price list", "<p>Here it is.</p>")
	note = frappe.get_doc("Prospect Due Step", {"entry": entry.name, "step_title": "Courtesy note"})
	entry.record_response("Thank you")
	page = page_as(team.agent, size)
	open_entry(page, entry.name)
	said = panel(page).locator(".prospect-timeline li", has_text="Courtesy note").first
	due_on, today = page.evaluate(
		"(due) => [prospect_mgmt.moment_text(due), frappe.datetime.str_to_user(frappe.datetime.get_today())]",
		str(note.due_on)[:19],
	)
	text = " ".join(said.inner_text().split())
	assert text.startswith(f"Courtesy note · {due_on} · – Skipped: they answered on {today}"), text
	# One list, the latest moment first: what is coming stands above "Now", what was done below it.
	lines = panel(page).locator(".prospect-timeline li")
	kinds = [line.get_attribute("data-status") or "Now" for line in lines.all()]
	assert "Scheduled" in kinds[: kinds.index("Now")] and kinds[-1] in ("Done", "Skipped")
	assert "Done" not in kinds[: kinds.index("Now")]
	no_sideways(page)


@both_sizes
def test_a_supervisor_runs_and_moves_a_step_unless_somebody_was_there_before(team, page_as, size):
	entry = entry_with(team)
	entry.log_call("Spoke to her")
	entry.send_information("Price list", "<p>Here it is.</p>")
	steps = dict(
		frappe.get_all(
			"Prospect Due Step",
			{"entry": entry.name, "status": "Scheduled"},
			["step_title", "name"],
			as_list=True,
		)
	)
	page = page_as(team.supervisor, size)
	open_entry(page, entry.name)

	def begin(what: str, title: str) -> None:
		panel(page).get_by_role("button", name=f"{what}: {title}").click()
		fill(page, "reason", "They asked for it")

	def step(title: str):
		frappe.db.rollback()
		return frappe.get_doc("Prospect Due Step", steps[title])

	# The server fails while it is saved: the reason is kept, and saved once the server is there again.
	moved_to = add_to_date(now_datetime().replace(microsecond=0, second=0), days=6)
	begin("Move", "No answer: revive")
	fill_moment(page, "due_on", moved_to)
	page.route("**/run_doc_method*", lambda route: route.fulfill(status=500, json={}))
	confirm(page, "Move it")
	dialog(page).get_by_text("What you typed is still here").wait_for()
	page.unroute("**/run_doc_method*")
	submit(page, "Move it")
	assert step("No answer: revive").due_on == moved_to
	# "Run now", and the sweep does it.
	begin("Run now", "Courtesy note")
	no_sideways(page)
	submit(page, "Run it now")
	frappe.db.commit()
	sweep.run()
	assert step("Courtesy note").status == "Done"
	page.evaluate("cur_frm.prospect_panel.refresh()")
	panel(page).locator(".prospect-timeline [data-status=Done]", has_text="Courtesy note").wait_for()

	# Two supervisors at one step: the second is told what the first did.
	begin("Move", "No answer: revive")
	step("No answer: revive").cancel_step("I know her")
	frappe.db.commit()
	confirm(page, "Move it")
	dialog(page).get_by_text("This step is Skipped by now.").wait_for()
	cancel(page)
	page.evaluate("cur_frm.prospect_panel.refresh()")
	panel(page).get_by_role("button", name="Put back: No answer: revive").wait_for()
	# Who supervises no more may not.
	frappe.db.set_value("Prospect List", team.list, "supervisor", "Administrator")
	frappe.db.set_value("Prospect List", team.list, "deputy", None)
	main = frappe.get_doc("Prospect List", team.list)
	main.append("agents", {"user": team.supervisor, "enabled": 1})
	main.save()
	frappe.db.commit()
	panel(page).get_by_role("button", name="Put back: No answer: revive").click()
	page.locator(".modal.show").get_by_text("Only a supervisor of").wait_for()
	assert step("No answer: revive").status == "Skipped"
	forgive(page, "run_doc_method", "ValidationError", "PermissionError", "Traceback")


@both_sizes
def test_numbers_amounts_and_dates_are_written_as_the_user_has_them(team, page_as, size):
	won, lost = sold(team), entry_with(team)
	won.db_set("sale_value", 1190)
	entry_with(team).close("Won")
	lost.close("Lost", objection="Price")
	main = frappe.get_doc("Prospect List", team.list)
	main.append("agents", {"user": team.supervisor, "enabled": 1})
	main.save()
	frappe.db.set_value("Currency", "EUR", "number_format", "#.###,##")  # Frappe's forms write it so
	for key, value in (("number_format", "#.###,##"), ("date_format", "dd/mm/yyyy")):
		frappe.defaults.set_user_default(key, value, team.supervisor)
	page = page_as(team.supervisor, size)
	page.open("prospect-management")
	assert figures(page, "Sales this month") == ["€\u00a01,19 K"]
	open_entry(page, won.name)
	expect(panel(page)).to_contain_text("€ 1.190,00")
	expect(panel(page)).to_contain_text(won.done_on.strftime("%d/%m/%Y"))
	page.open("prospect-own-figures")
	expect(page.locator("[data-figure=success_rate]")).to_contain_text("66,7 %")
	forgive(page, "removeChild", "<svg> attribute")


@both_sizes
def test_a_supervisor_mends_what_is_coming_with_a_reason(team, page_as, size):
	entry = entry_with(team)
	page = page_as(team.supervisor, size)
	open_entry(page, entry.name)
	panel(page).get_by_role("button", name="Cancel: Acknowledge soon").click()
	confirm(page, "Cancel it")
	page.get_by_text("Missing Values Required").wait_for()
	page.locator(".modal.show .btn-modal-close").last.click()
	fill(page, "reason", "I know her")
	with page.expect_response(lambda answer: "get_panel" in answer.url):
		confirm(page, "Cancel it")
	panel(page).get_by_text("I know her").first.wait_for()
	assert not panel(page).get_by_role("button", name="Cancel: Acknowledge soon").count()
	no_sideways(page)
	# A slip is undone with one click, and may be made again.
	with page.expect_response(lambda answer: "get_panel" in answer.url):
		panel(page).get_by_role("button", name="Put back: Acknowledge soon").click()
	panel(page).get_by_role("button", name="Cancel: Acknowledge soon").click()
	fill(page, "reason", "I know her well")
	with page.expect_response(lambda answer: "get_panel" in answer.url):
		confirm(page, "Cancel it")
	panel(page).get_by_text("I know her well").first.wait_for()
	agent = page_as(team.agent, size)
	open_entry(agent, entry.name)
	assert agent.get_by_text("I know her").first.is_visible()
	assert not agent.get_by_role("button", name="Run now").count()
