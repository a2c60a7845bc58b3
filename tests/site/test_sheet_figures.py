"""A month lived on the site, taken out of it as a file: `prospect-list` says of that file what the site says of itself."""

from datetime import date, datetime, time
from itertools import cycle

import frappe
import pytest

from prospect_mgmt import export, sweep
from prospect_mgmt.prospect_mgmt.doctype.prospect_performance_review.prospect_performance_review import (
	make_monthly,
)
from prospect_mgmt.sheet import cli, notes, report, review_page
from tests import factories
from tests.site import importing, staff
from tests.site.sweeping import sweep_now
from tests.stack.paths import CHECKOUT

ENTRY, STEP = "Prospect List Entry", "Prospect Due Step"
TODAY = date(2026, 5, 1)
NAMES = cycle(
	(
		"Ada",
		"Bela",
		"Cleo",
		"Dora",
		"Emil",
		"Fritz",
		"Gerd",
		"Hans",
		"Ina",
		"Jens",
		"Karl",
		"Lea",
		"Max",
		"Nora",
	)
)


@pytest.fixture
def april(stack, clock):
	"""A list in April: won, lost late, never reached, spam, one that waits, and one reached in March."""
	clock.at("2026-03-30 10:00")
	agent = factories.user("Sales User").name
	account = factories.email_account(stack).name
	prospects = factories.prospect_list(agent, enrol_new_leads=1, email_account=account)
	frappe.db.set_value("Prospect List", "Prospects", "enabled", 0)
	from prospect_mgmt.enrolment import forget_lists

	forget_lists()
	_new(agent).log_call("In March")
	clock.at("2026-04-08 10:00")
	won, lost, silent, spam, informed = [_new(agent) for _enquiry in range(5)]
	won.log_call("Wants one")
	factories.quotation(frappe.get_doc("Lead", won.lead), rate=120)
	spam.close("Spam")
	clock.forward(hours=2)
	factories.sales_invoice(factories.customer_from(frappe.get_doc("Lead", won.lead)), rate=100)
	informed.log_call("Wants the list")
	clock.forward(hours=1)
	informed.reload()
	informed.send_information("Our list", "Here it is")
	clock.forward(hours=30)
	informed.reload()
	informed.record_response("Thank you, I will think about it")
	lost.log_call("Too dear")
	lost.reload()
	clock.forward(hours=1)
	lost.close("Lost", objection="Price")
	silent.log_call("", result="No answer")
	_still_open(agent, prospects, clock)
	clock.at("2026-05-01 00:00")
	sweep_now()
	sweep.mark_missed()
	return prospects


def _still_open(agent, prospects, clock) -> None:
	"""One enquiry for each thing that may be due on the first of May."""
	clock.at("2026-04-24 10:00")
	revived = _new(agent)
	revived.log_call("Wants the list")
	revived.reload().send_information("Our list", "Here it is")
	clock.at("2026-04-28 10:00")
	sweep_now()  # the courtesy note
	clock.at("2026-04-29 09:00")
	sweep_now()  # and on to Revive
	informed, owed, called_in_vain, asked = [_new(agent, mobile_no=f"+49 30 5550{at}") for at in range(4)]
	for entry in (informed, asked):
		entry.log_call("Wants the list")
		entry.reload().send_information("Our list", "Here it is")
	owed.log_call("Wants a drawing", information_satisfied=0)
	clock.at("2026-04-30 11:00")
	sweep_now()
	called_in_vain.reload().log_call("", result="No answer")
	asked.reload().record_response("And how long does it take?")
	agreed = _new(agent, mobile_no="+49 30 55504")
	agreed.log_call("At the airport", result="Asked to call back", next_attempt_on=datetime(2026, 5, 1, 14))
	clock.at("2026-04-30 16:00")
	_new(agent)
	_new(None)
	sweep_now()


def _new(agent, **lead):
	name = next(NAMES)
	fields = {
		"first_name": name,
		"last_name": "Muster",
		"company_name": None,
		"email_id": f"{name}@{name}.example",
	}
	return frappe.get_doc(ENTRY, factories.lead(lead_owner=agent, **{**fields, **lead}).name)


@pytest.fixture
def tool(april, tmp_path):
	"""The tool over the file that the site gives out, on the morning of the first of May."""
	path = tmp_path / "list.csv"
	response = export.export_entries({"prospect_list": april.name})
	path.write_bytes(b"".join(response.response))
	asked = ["try", str(path), "--today", str(TODAY), "--into", str(tmp_path / "out")]
	return cli.Session(cli.parser().parse_args(asked))


def test_the_list_is_complete_and_every_stage_counted(april, tool):
	assert report.count(tool.sheet) == 0, list(report.lines(tool.sheet, tool.numbered))
	rows = frappe.get_all(ENTRY, {"prospect_list": april.name}, ["name", "stage", "outcome"])
	assert {e.number: (e.stage, e.outcome) for e in tool.sheet.entries} == {
		row.name: (row.stage, row.outcome or None) for row in rows
	}
	assert len({row.stage for row in rows}) == 5 and tool.numbered == 0


def test_the_worklist_has_the_rows_of_the_site(april, tool):
	tonight = datetime.combine(TODAY, time.max)
	in_the_tool = {task.decision.entry.number: task.main.row.step_title for task in tool.tasks}
	on_the_site = {}
	for name in frappe.get_all(
		ENTRY, {"prospect_list": april.name, "done_on": ("is", "not set")}, pluck="name"
	):
		task = frappe.db.get_value(ENTRY, name, "task")
		due = {"entry": name, "status": "Scheduled", "due_on": ("<=", tonight)}
		# What is held until an agreed time is due with what was agreed, and asked for before it.
		coming = frappe.get_all(STEP, due, pluck="step_title", order_by="due_on, original_due_on desc")
		if task or coming:
			on_the_site[name] = task.split("\n")[0] if task else coming[0]
	assert in_the_tool == on_the_site
	assert len(in_the_tool) > 10 and len(set(in_the_tool.values())) > 4


def test_late_is_who_is_late_on_the_site(april, tool):
	late = {task.decision.entry.number for task in tool.tasks if task.is_late(TODAY)}
	open_entries = {"prospect_list": april.name, "act_by": ("is", "set")}
	on_the_site = dict(frappe.get_all(ENTRY, open_entries, ["name", "act_by"], as_list=True))
	assert late == {name for name, act_by in on_the_site.items() if act_by.date() < TODAY} and len(late) > 3


def test_the_notes_are_those_that_the_site_sends_that_day(april, tool, clock):
	drafted = {draft.entry.number for draft in notes.drafts(tool.decisions, notes.Sender(), TODAY)}
	clock.at("2026-05-01 23:00")
	before = set(frappe.get_all("Email Queue", pluck="name"))
	sweep_now()
	clock.at("2026-05-04 09:00")
	sweep_now()
	sent = frappe.get_all("Email Queue", {"name": ("not in", before)}, pluck="reference_name")
	assert drafted and drafted == set(sent)


def test_the_review_has_the_figures_of_the_site(april, tool):
	make_monthly()
	[name] = frappe.get_all("Prospect Performance Review", {"prospect_list": april.name}, pluck="name")
	on_the_site = {
		row.figure: row.value for row in frappe.get_doc("Prospect Performance Review", name).figures
	}
	in_the_tool = review_page.records(tool.decisions).figures(date(2026, 4, 1))
	assert on_the_site["received"] > 10 and on_the_site["calls"] > 8
	assert {figure: on_the_site[figure] for figure in in_the_tool} == in_the_tool


def test_check_says_of_each_row_what_the_rehearsal_says(isolated_site, clock):
	"""The example, on a site that knows nobody yet: the same numbers, duplicates and things to mend."""
	clock.at("2026-06-01 08:00")
	staff.no_automatic_enrolment()
	path = CHECKOUT / "examples" / "prospect_list.csv"
	tool = cli.Session(cli.parser().parse_args(["check", str(path), "--today", "2026-06-01"]))
	doc = importing.upload(factories.prospect_list().name, path.read_bytes())
	doc = importing.rehearse(doc)
	fields = ("line", "number", "verdict", "to_mend")
	on_the_site = {line: rest for line, *rest in importing.rows(doc, *fields)}
	assert set(on_the_site) == {entry.line for entry in tool.sheet.entries} and len(on_the_site) > 50
	for entry in tool.sheet.entries:
		number, verdict, to_mend = on_the_site[entry.line]
		assert (verdict in ("Duplicate", "Noted")) == bool(entry.duplicate_of), entry.line
		assert verdict == "Noted" or number == (entry.number or None), entry.line
		assert [p for p in entry.problems if p not in (to_mend or "")] == [], entry.line


def test_the_list_that_the_tool_writes_back_comes_onto_the_site_as_it_is(isolated_site, clock, tmp_path):
	"""What a team is told to do: `make try`, then import the list that it wrote. Numbers, stages and duplicates stay."""
	clock.at("2026-06-17 08:00")
	staff.no_automatic_enrolment()
	path = CHECKOUT / "examples" / "prospect_list.csv"
	assert cli.main(["try", str(path), "--today", "2026-06-17", "--into", str(tmp_path)]) == 0
	written = tmp_path / "prospect_list.csv"
	listed = cli.Session(
		cli.parser().parse_args(["check", str(written), "--today", "2026-06-17"])
	).sheet.entries
	doc = importing.rehearse(importing.upload(factories.prospect_list().name, written.read_bytes()))
	said = {line: rest for line, *rest in importing.rows(doc, "line", "verdict", "number", "stage")}
	for entry in listed:
		verdict, number, stage = said[entry.line]
		if entry.duplicate_of:
			assert verdict in ("Duplicate", "Noted"), entry.line
		else:
			assert (number, stage) == (entry.number, entry.stage), (entry.line, verdict)
	importing.start(doc)
	numbers = {entry.number for entry in listed if not entry.duplicate_of}
	assert set(frappe.get_all(ENTRY, pluck="name")) == numbers and len(numbers) > 50
	again = cli.Session(cli.parser().parse_args(["check", str(written), "--today", "2026-06-17"]))
	assert again.sheet.entries[0].number in numbers and again.numbered == 0
