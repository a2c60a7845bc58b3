"""The query reports as Frappe runs them: what they show, to whom, what a click leads to, what bad filters are told."""

import csv
import io

import frappe
import pytest
from frappe.desk.query_report import get_script, run
from frappe.model.workflow import apply_workflow
from frappe.permissions import update_permission_property

from prospect_mgmt import export, numbers, set_based, sweep
from prospect_mgmt.enrolment import forget_lists
from prospect_mgmt.reporting import gaps, show
from prospect_mgmt.reporting.colleagues import OTHERS
from prospect_mgmt.reporting.drill import entries_behind
from prospect_mgmt.reporting.own import own_figures
from tests import factories
from tests.explain import counted
from tests.site import histories

MAY = {"from_date": "2026-05-01", "to_date": "2026-05-31"}
FIGURES = [
	"Prospect Funnel",
	"Source Performance",
	"Agent Performance",
	"Promises Kept",
	"Objections",
	"Record Quality",
	"Step Ledger",
]
REPORTS = [*FIGURES, "Stage History", "Lead Number Register"]
# Of these one entry may have several: a click shows each entry once.
SEVERAL = {"calls", "calls_reached", "mails", "stays", "no_summary", "recorded", "recorded_late"}
SEVERAL |= {"missing", "voided"}  # of these there is no record: a click shows the numbers beside them
NO_COUNTS = {"rank", "first", "last"}
NUMERIC = ("Int", "Float", "Percent", "Currency", "Duration")
SEVERAL |= {"due", "done", "skipped", "failed", "coming"}


@pytest.fixture
def may(clock):
	"""Two agents in May: Ann won one of 100 from the website and lost one; Bob has one open, and one was spam."""
	clock.at("2026-05-04 10:00")
	frappe.db.set_value("Prospect List", {"enrol_new_leads": 1}, "enrol_new_leads", 0)
	forget_lists()
	ann, bob = factories.user("Sales User").name, factories.user("Sales User").name
	prospects = factories.prospect_list(ann, bob, enrol_new_leads=1).name
	won, lost, spam = (
		factories.lead(lead_owner=ann, source=source).name for source in ("Website", "Website", "Facebook")
	)
	left = factories.lead(lead_owner=bob, source="Referral").name
	_as(ann, won).log_call("Wants one")
	clock.forward(hours=2)
	factories.sales_invoice(factories.customer_from(frappe.get_doc("Lead", won)), rate=100)
	_as(bob, lost).log_call("Too dear", objection="Price")
	_as(ann, lost).close("Lost", objection="Price")
	_as(ann, spam).close("Spam")
	_as(bob, left).log_call("", result="No answer")
	return frappe._dict(list=prospects, ann=ann, bob=bob, won=won, lost=lost, spam=spam, left=left)


def _as(user: str, entry: str):
	"""The entry, for something that a user does; then Administrator goes on."""
	doc = frappe.get_doc("Prospect List Entry", entry)

	class Doing:
		def __getattr__(self, method):
			def act(*args, **kwargs):
				frappe.set_user(user)
				getattr(doc, method)(*args, **kwargs)
				frappe.set_user("Administrator")

			return act

	return Doing()


def shown(report: str, **filters) -> frappe._dict:
	return frappe._dict(run(report, filters={**MAY, **filters}))


def rows(report: str, by: str, **filters) -> dict[str, frappe._dict]:
	return {row.get(by): frappe._dict(row) for row in shown(report, **filters).result}


# ------------------------------------------------------------- what they show
def _source_performance_counts_by_source_and_leaves_spam_out(may):
	found = rows("Source Performance", "group", prospect_list=may.list)
	assert set(found) == {"Website", "Referral", "Total"}
	web, total = found["Website"], found["Total"]
	assert (web.received, web.won, web.success_rate) == (2, 1, 50.0)
	assert (
		web.sale_value
		== web.average_sale
		== frappe.db.get_value("Sales Invoice", {"docstatus": 1}, "base_grand_total")
	)
	assert (total.received, total.received_before) == (3, 0)


def _source_performance_compares_with_as_many_days_before(may):
	later = {"from_date": "2026-06-01", "to_date": "2026-06-30"}
	found = rows("Source Performance", "group", **later)
	assert (found["Website"].received, found["Website"].received_before) == (0, 2)


def _every_figure_of_a_source_stands_beside_the_one_before(may):
	now = rows("Source Performance", "group")["Website"]
	later = rows("Source Performance", "group", from_date="2026-06-01", to_date="2026-07-01")["Website"]
	figures = [name for name in now if f"{name}_before" in now]
	assert len(figures) == 11 and now.conversion == 50.0
	assert {name: later[f"{name}_before"] for name in figures} == {name: now[name] for name in figures}


def _source_performance_by_number_prefix(may):
	found = rows("Source Performance", "group", group_by="Number prefix")
	assert (found["WEB-"].received, found["REF-"].received) == (2, 1)


def _agent_performance_credits_each_act_to_who_did_it(may):
	found = rows("Agent Performance", "key")
	assert (found[may.ann].received, found[may.ann].calls) == (2, 1)
	assert (found[may.bob].received, found[may.bob].calls, found[may.bob].open) == (1, 2, 1)


def _small_samples_are_marked_not_ranked(may):
	found = rows("Agent Performance", "key")
	assert found[may.ann].rank is None and found[may.ann]["sample"] == "Small sample"


def _the_funnel_shows_milestones_and_stages(may):
	found = rows("Prospect Funnel", "name")
	assert [found[name].entered for name in ("Received", "Reached", "Won")] == [3, 2, 1]
	assert found["Call"].entered == found["Call"].went_on == 3  # without a telephone they start by mail
	assert (found["Email"].won, found["Email"].lost, found["Email"].there) == (1, 1, 1)
	assert found["Email"].median == 2 * 3600


def test_promises_kept_say_how_late_and_whose_delay_it_was(may, clock):
	clock.at("2026-05-11 12:00")  # the next Monday: Bob's call comes long after the 24 hours
	_as(may.bob, may.left).log_call("Talked at last")
	entry = frappe.get_doc("Prospect List Entry", may.left)
	late = (entry.acknowledged_on - entry.acknowledge_by).total_seconds()
	found = next(row for row in shown("Promises Kept").result if row["promise"] == "acknowledge")
	assert (found["promised"], found["met"], found["missed"], found["not_yet"]) == (3, 2, 1, 0)
	assert found["late_median"] == late
	assert found["late_ours"] + found["late_waiting"] + found["late_outside"] == late
	# It was due on Tuesday at ten; until noon it was their turn, for Bob had tried to reach them.
	assert found["late_waiting"] == 2 * 3600 and 0 < found["late_ours"] < late


def test_every_promise_to_answer_is_judged_in_the_period_of_its_moment(may, clock):
	"""Answered an hour too late in May, in time in June, and not yet."""
	clock.at("2026-05-18 10:00")
	_as(may.bob, may.left).log_call("Talked", information_satisfied=1)
	for asked_on, answered_after in (
		("2026-05-19 10:00", 25),
		("2026-06-02 10:00", 2),
		("2026-06-08 10:00", 0),
	):
		clock.at(asked_on)
		frappe.get_doc("Prospect List Entry", may.left).record_response("And the price?")
		if answered_after:
			clock.forward(hours=answered_after)
			_as(may.bob, may.left).log_call("So much")
	clock.at("2026-06-20 10:00")
	sweep.run()
	year = {"from_date": "2026-05-01", "to_date": "2026-12-31", "agent": may.bob}
	found = {
		(row.get("day"), row["bucket"]): row
		for row in shown("Promises Kept", **year).result
		if row["promise"] == "respond"
	}
	in_may, in_june, total = found.values()
	assert [(row["promised"], row["met"], row["missed"], row["not_yet"]) for row in found.values()] == [
		(1, 0, 1, 0),
		(2, 1, 1, 1),
		(3, 1, 2, 1),
	]
	assert in_may["late_median"] == total["late_median"] == 3600 == in_may["late_ours"]
	assert in_june["late_so_far"] == 11 * 24 * 3600
	may_have = entries_behind("Promises Kept", "late", year, {"day": "2026-05-01", "promise": "respond"})
	assert may_have == {"entries": [may.left], "count": 1}
	assert (
		entries_behind("Promises Kept", "promised", year, {"is_total": 1, "promise": "respond"})["count"] == 1
	)


def test_revive_is_a_detour_and_no_bottleneck(may, clock):
	# Given ten enquiries: two days in Follow up without an answer, then two weeks in Revive, from where all come back.
	names = [factories.lead(lead_owner=may.ann, source="Website").name for _ in range(10)]
	for hours, action in ((1, "Information sent"), (48, "No response"), (14 * 24, "Answered")):
		clock.forward(hours=hours)
		for name in names:
			apply_workflow(frappe.get_doc("Prospect List Entry", name), action)
	# Then they were in Revive longest, yet it is called a detour that all went on from, and the bottleneck is on the way.
	found = rows("Prospect Funnel", "name")
	revive, follow_up = found["Revive"], found["Follow up"]
	assert (revive.part, revive.entered, revive.went_on, revive.conversion) == ("Detour", 10, 10, 100)
	assert (revive.median, revive.ninety) == (14 * 24 * 3600, 14 * 24 * 3600)
	assert (follow_up.entered, follow_up.went_on, follow_up.there) == (10, 10, 10)
	assert 0 < follow_up.working_median < revive.working_median < revive.median
	summary = {item["label"]: item["value"] for item in shown("Prospect Funnel").report_summary}
	assert summary["Bottleneck"] == "Follow up"
	assert entries_behind("Prospect Funnel", "went_on", MAY, {"stage": "Revive"}) == {
		"entries": sorted(names),
		"count": 10,
	}


def _promises_kept_by_week_and_day(may):
	assert [
		row.get("day") for row in shown("Promises Kept", by="Week").result if row["promise"] == "acknowledge"
	][:1] == ["2026-05-04"]
	assert [
		row.get("day") for row in shown("Promises Kept", by="Day").result if row["promise"] == "acknowledge"
	][:1] == ["2026-05-05"]


def test_every_objection_heard_counts_once_for_an_enquiry(may):
	found, total = shown("Objections").result
	assert (found["objection"], found["source"], found["heard"], found["closed"]) == (
		"Price",
		"Website",
		1,
		1,
	)
	assert (total["objection"], total["heard"]) == ("Total", 1)
	frappe.get_doc(doctype="Opportunity Lost Reason", lost_reason="Timing").insert()
	_as(may.bob, may.left).log_call("Not now", objection="Timing")
	found = {row["objection"]: row["heard"] for row in shown("Objections", group_by="Agent").result}
	assert found == {"Price": 1, "Timing": 1, "Total": 2}
	crossed = shown("Objections", group_by="All three").result
	assert (crossed[0]["source"], crossed[0]["interest"]) == ("Website", "Not known")


def _record_quality_names_calls_without_a_summary(may):
	found = rows("Record Quality", "key")
	assert (found[may.bob].calls, found[may.bob].no_summary, found[may.bob].summaries) == (2, 1, 50.0)
	assert found[may.ann].no_interest == 2


def test_what_was_recorded_late_is_late(may, clock):
	clock.forward(hours=30)
	_as(may.ann, may.left).log_call("Yesterday", occurred_on=frappe.utils.add_to_date(None, hours=-26))
	assert rows("Record Quality", "key")[may.ann].recorded_late == 1


def _the_step_ledger_accounts_for_every_step(may):
	for group in ("Step", "Reason", "Day", "Agent", "Prospect List"):
		found = shown("Step Ledger", group_by=group, from_date="2026-01-01", to_date="2027-12-31").result
		assert found[-1]["due"] == frappe.db.count("Prospect Due Step")
		for row in found:
			assert row["done"] + row["skipped"] + row["failed"] + row["coming"] == row["due"]


def _stage_history_says_who_moved_it_when_and_why(may):
	found = shown("Stage History", entry=may.lost)
	assert [row["to_stage"] for row in found.result] == ["Call", "Email", "Done"]
	assert found.result[-1]["changed_by"] == frappe.utils.get_fullname(may.ann)
	assert found.result[-1]["cause"] == "Closed: Lost" and found.result[-1]["seconds_in_stage"] == 2 * 3600
	for nobody in ("NOBODY-1", {"name": ["like", "%"]}, ["like", "%"]):
		with pytest.raises(frappe.ValidationError, match="There is no Prospect List Entry"):
			shown("Stage History", entry=nobody)


def test_the_register_explains_every_gap(may):
	frappe.delete_doc("Lead", may.spam)
	frappe.rename_doc("Lead", may.lost, may.won, merge=True)
	found = rows("Lead Number Register", "number")
	assert found[may.spam].explained == "The lead was deleted."
	assert found[may.lost].explained == f"Merged into {may.won}." and found[may.lost].lead == may.won
	frappe.db.delete("Prospect Lead Number", may.lost)
	third = factories.lead(source="Website").name
	assert (
		rows("Lead Number Register", "number")[third].explained
		== "Of the 1 numbers before it 1 were drawn for leads that were never saved."
	)


def test_a_gap_is_told_wherever_it_is_and_why(may):
	# Given IDs of our series that leads had before, in front of the first number, between two and behind the last.
	frappe.rename_doc("Lead", may.lost, "EVT-0002")
	numbers.next_value("EVT-")
	first = factories.lead(source="Event").name
	frappe.rename_doc("Lead", may.won, "EVT-0004")
	second = factories.lead(source="Event").name
	numbers.next_value("EVT-")
	frappe.rename_doc("Lead", may.spam, "EVT-0007")
	numbers.next_value("EVT-")
	assert (first, second) == ("EVT-0003", "EVT-0005")
	found = rows("Lead Number Register", "number")
	assert found[first].explained == (
		"Of the 2 numbers before it 1 were IDs of leads already. "
		"Of the 2 numbers before it 1 were drawn for leads that were never saved."
	)
	assert found[second].explained == (
		"Of the 1 numbers before it 1 were IDs of leads already. "
		"Of the 2 numbers after it 1 were IDs of leads already. "
		"Of the 2 numbers after it 1 were drawn for leads that were never saved."
	)
	for view, key in (("Days", "series"), ("Series", "series")):
		shown_as = rows("Lead Number Register", key, view=view)["EVT-.####"]
		assert (shown_as.issued, shown_as.missing, shown_as.voided) == (2, 5, 2), view
		assert follow_all("Lead Number Register", {**MAY, "view": view})
	summary = {item["label"]: item["value"] for item in shown("Lead Number Register").report_summary}
	assert summary["Missing"] == 5
	# Asked for one of them, only what is beside it is told.
	only = shown("Lead Number Register", source="Website", view="Series").result
	assert sum(row["missing"] for row in only) == 0
	# Many, of several lengths, are counted without naming each.
	frappe.db.set_value("Series", "Lead Number:EVT-", "current", 25000, update_modified=False)
	assert rows("Lead Number Register", "series", view="Series")["EVT-.####"].missing == 24998


def _numbered(days: int, gap_each: int = 0) -> None:
	"""A number on each of some days in a series that starts again daily; every so many days some before it are missing."""
	series, rows_of = ".YYYY..MM..DD.-.###", []
	for day in range(days):
		on = frappe.utils.add_days("2026-01-01", day)
		prefix, number = f"{on.replace('-', '')}-", 4 if gap_each and day % gap_each == 0 else 1
		name = f"{prefix}{number:03}"
		rows_of.append(
			{"name": name, "lead": name, "series": series, "prefix": prefix, "number": number}
			| {"source": "Event", "status": "Given", "issued_on": f"{on} 10:00:00"}
		)
		frappe.db.sql("INSERT INTO tabSeries (name, current) VALUES (%s, %s)", (numbers.KEY + prefix, number))
	set_based.insert("Prospect Lead Number", rows_of)


@pytest.mark.parametrize("view", ["Numbers", "Days", "Series"])
def test_a_series_with_a_prefix_each_day_is_asked_about_together(isolated_site, monkeypatch, view):
	year = {"from_date": "2026-01-01", "to_date": "2026-12-31", "view": view}

	def asked(expected: int) -> int:
		with counted() as queries:
			found = shown("Lead Number Register", **year)
		assert {item["label"]: item["value"] for item in found.report_summary}["Issued"] == expected
		return len(queries)

	_numbered(5)
	asked(5)  # what is read once in a process is no part of it
	few = asked(5)
	frappe.db.delete("Prospect Lead Number", {"source": "Event"})
	frappe.db.delete("Series", {"name": ("like", f"{numbers.KEY}2026%")})
	_numbered(365)

	assert asked(365) <= few + 10


def test_gaps_of_many_prefixes_are_told_as_those_of_one(isolated_site, monkeypatch):
	_numbered(40, gap_each=3)
	factories.lead(source="Website")
	frappe.rename_doc(
		"Lead", frappe.get_value("Lead", {}), "20260104-002"
	)  # an ID before a number, and after one
	frappe.db.set_value("Series", f"{numbers.KEY}20260102-", "current", 3, update_modified=False)
	year, found = {"from_date": "2026-01-01", "to_date": "2026-12-31"}, []
	for at_once in (1, 7, 100):
		monkeypatch.setattr(gaps, "AT_ONCE", at_once)
		views = (shown("Lead Number Register", **year, view=view) for view in ("Numbers", "Days", "Series"))
		found.append(frappe.as_json([view.result for view in views]))
	assert found[0] == found[1] == found[2]
	told = rows("Lead Number Register", "number", **year)
	assert told["20260104-004"].explained.startswith(
		"Of the 3 numbers before it 1 were IDs of leads already. "
		"Of the 3 numbers before it 2 were drawn for leads that were never saved."
	)
	assert told["20260102-001"].explained.startswith("Of the 2 numbers after it 2 were drawn")
	total = rows("Lead Number Register", "shown", **year, view="Days")["Total"]
	assert (total.missing, total.voided) == (14 * 3 + 2, 14 * 3 + 1)


@pytest.mark.parametrize("report", ["Lead Number Register", "Stage History"])
def test_a_list_that_is_cut_says_so_in_a_row_and_an_export_holds_all_of_it(may, monkeypatch, report):
	everything = shown(report).result
	monkeypatch.setattr(show, "SHOWN", 2)
	*first, last = shown(report).result
	assert first == everything[:2] and len(everything) > 3
	assert f"These are the first 2 of {len(everything)}: an export has them all" in frappe.as_json(last)
	whole = {item["label"]: item["value"] for item in shown(report).report_summary}
	assert len(everything) in whole.values()
	# The screen asks for what it shows: two rows and the one that says so. Other tools ask for no rows by number.
	exported = _exported(report, monkeypatch, range(3))
	assert exported == _exported(report, monkeypatch, []) and len(exported) == len(everything)
	# Who filters rows on the screen gets these.
	assert _exported(report, monkeypatch, [1]) == [exported[1]]
	# What is too much for a file is cut, too, and says so.
	monkeypatch.setattr(show, "EXPORTED", 3)
	*rest, last = _exported(report, monkeypatch, [])
	assert rest == exported[:3]
	assert f"These are the first 3 of {len(everything)}: a shorter period shows the others." in last


def _exported(report: str, monkeypatch, visible) -> list[list[str]]:
	"""The rows of a CSV file, as the browser asks for it."""
	form = {"report_name": report, "filters": frappe.as_json(MAY), "file_format_type": "CSV"}
	monkeypatch.setattr(
		frappe.local, "form_dict", frappe._dict(form, visible_idx=frappe.as_json(list(visible)))
	)
	export.export_report()
	content = frappe.response.pop("filecontent").decode()
	return list(csv.reader(io.StringIO(content, newline="")))[1:]


def test_the_register_reviews_the_series(may):
	frappe.db.set_value("Lead", may.left, "source", "Website")
	found = shown("Lead Number Register", view="Series")
	series = {row["series"]: frappe._dict(row) for row in found.result if not row.get("is_total")}
	assert (series["WEB-.####"].issued, series["WEB-.####"].next) == (2, "WEB-0003")
	assert series["REF-.####"].corrected == 1 and float(series["WEB-.####"].lasts) > 1000
	assert "EVT-.####" in found.message  # a series without leads
	filtered = shown("Lead Number Register", view="Series", source="Referral").message
	assert "EVT-.####" in filtered and "WEB-.####" not in filtered  # it gave numbers, which are not asked for
	days = shown("Lead Number Register", view="Days").result
	assert {(row["prefix"], row["issued"]) for row in days[:-1]} == {("WEB-", 2), ("REF-", 1), ("LEAD-", 1)}
	assert days[-1]["issued"] == 4


def test_a_young_series_is_measured_since_its_first_number(may, clock):
	def series():
		return rows("Lead Number Register", "series", view="Series")["WEB-.####"]

	clock.forward(hours=4 * 24 - 2)  # four days after the first of two
	assert (series().per_day, series().lasts) == (0.5, str((9999 - 2) * 2))
	clock.forward(hours=86 * 24)
	assert series().per_day == round(2 / 90, 1)
	numbers_so_far = {"current": 12000}  # longer than its digits since
	frappe.db.set_value("Series", "Lead Number:WEB-", numbers_so_far, update_modified=False)
	assert series().lasts == "0"


def _every_report_defines_its_figures_and_has_chart_and_summary(may):
	views = [("Lead Number Register", {"view": view}) for view in ("Days", "Series")]
	for report, filters in [*((report, {}) for report in REPORTS), *views]:
		found = shown(report, **filters)
		assert found.chart["data"]["labels"] and found.report_summary, report
		for column in found.columns:
			says = f"<li><b>{column['label']}</b>: " in found.message or column["fieldname"].endswith(
				"_before"
			)
			assert says or column["fieldtype"] not in NUMERIC, (report, column["label"])
	assert "<b>Before</b>" in shown("Source Performance").message
	assert all(f"<b>{word}</b>" in shown("Prospect Funnel").message for word in ("Bottleneck", "Detour"))


# ------------------------------------------------------------- drill-down
def _every_figure_leads_to_as_many_records_as_it_counts(may):
	for report in FIGURES:
		assert follow_all(report, {**MAY, "prospect_list": may.list}) > 1, report
	assert follow_all("Stage History", MAY) == 2
	frappe.db.set_value("Prospect Lead Number", may.left, "source", "Facebook")  # corrected since
	for view in ("Days", "Series"):
		for narrowed in ({}, {"agent": may.bob}):
			assert follow_all("Lead Number Register", {**MAY, "view": view, **narrowed}) > 1
	frappe.db.set_value("Prospect Lead Number", may.left, "source", "Referral")


def follow_all(report: str, filters: dict) -> int:
	"""Follow every figure of a report to the records behind it, of which there are as many; how many were followed.

	A count that leads nowhere is a fault; but from colleagues who are not told apart, nothing leads to what is theirs.
	"""
	found = shown(report, **filters)
	followed = 0
	for column in found.columns:
		counts = column["fieldtype"] == "Int" and column["fieldname"] not in NO_COUNTS
		assert column.get("drill") or not counts, (report, column)
		for row in found.result if column.get("drill") else ():
			if not row.get(column["fieldname"]) or row.get("is_others"):
				continue
			count, figure = _follow(report, column["drill"], row, filters), row[column["fieldname"]]
			is_count = column["fieldtype"] == "Int"
			several = column["fieldname"] in SEVERAL or row.get("promise") == "respond"
			fits = count == figure if is_count and not several else count > 0
			assert fits and (not is_count or count <= figure), (report, column["fieldname"], count, row)
			followed += 1
	for item in found.report_summary:
		leads_to = item.get("drill") or next(
			(c["drill"] for c in found.columns if c["fieldname"] == item.get("figure") and c.get("drill")),
			None,
		)
		row = _row_of(item, found.result)
		leads = leads_to and (row or item.get("drill"))
		assert leads or not item["value"] or item["datatype"] != "Int", (report, item)
		if leads and item["value"]:
			assert _follow(report, leads_to, row or item.get("row", {}), filters), (report, item)
			followed += 1
	return followed


def _row_of(item: dict, result: list[dict]) -> dict | None:
	"""The row of the table that a figure of the summary belongs to, as the browser finds it."""
	wanted = item.get("row", {"is_total": 1})
	return next((row for row in result if all(row.get(k) == v for k, v in wanted.items())), None)


def _follow(report: str, drill: dict, row: dict, filters: dict) -> int:
	"""How many records a click shows, as the browser asks for them."""
	if "behind" in drill:
		return entries_behind(report, drill["behind"], filters, row)["count"]
	wanted = (
		{}
		if row.get("is_total")
		else {field: row[key] or ("is", "not set") for field, key in drill["by"].items()}
	)
	return len(frappe.get_list(drill["doctype"], filters={**drill["filters"], **wanted}))


def _every_report_can_be_mailed_regularly(may):
	for report in REPORTS:
		doc = frappe.new_doc("Auto Email Report")
		doc.update(
			{
				"report": report,
				"report_type": "Script Report",
				"user": may.ann,
				"no_of_rows": 100,
				"filters": frappe.as_json(MAY),
			}
		)
		for kind in ("HTML", "CSV", "XLSX"):
			doc.format = kind
			assert len(doc.get_report_content()) > 100, (report, kind)


def _every_report_has_its_filters_in_the_browser(may):
	for report in REPORTS:
		script = get_script(report)["script"]
		assert f'frappe.query_reports["{report}"] = prospect_mgmt.reports.settings(' in script
		assert "{% include" not in script and "prospect_mgmt.reports.follow =" in script


# Nothing is changed by these: one site, lived once, is enough for all of them.
READ_ONLY = (
	_source_performance_counts_by_source_and_leaves_spam_out,
	_source_performance_compares_with_as_many_days_before,
	_every_figure_of_a_source_stands_beside_the_one_before,
	_source_performance_by_number_prefix,
	_agent_performance_credits_each_act_to_who_did_it,
	_small_samples_are_marked_not_ranked,
	_the_funnel_shows_milestones_and_stages,
	_promises_kept_by_week_and_day,
	_record_quality_names_calls_without_a_summary,
	_the_step_ledger_accounts_for_every_step,
	_stage_history_says_who_moved_it_when_and_why,
	_every_report_defines_its_figures_and_has_chart_and_summary,
	_every_figure_leads_to_as_many_records_as_it_counts,
	_every_report_can_be_mailed_regularly,
	_every_report_has_its_filters_in_the_browser,
)


def test_what_the_reports_of_may_show(may):
	for check in READ_ONLY:
		check(may)


# ------------------------------------------------------------- who sees what (law 11)
def test_a_contractor_may_not_open_reports():
	frappe.set_user(factories.user("Prospect Agent").name)
	for report in REPORTS:
		with pytest.raises(frappe.PermissionError):
			shown(report)
		with pytest.raises(frappe.PermissionError):
			entries_behind(report, "received", MAY, {})


def test_a_contractor_gets_own_figures_and_the_totals_of_the_team(may):
	contractor = factories.user("Prospect Agent").name
	prospects = frappe.get_doc("Prospect List", may.list)
	prospects.append("agents", {"user": contractor, "enabled": 1})
	prospects.save()
	frappe.get_doc("Prospect List Entry", may.left).assign(contractor)
	frappe.set_user(contractor)
	[found] = own_figures(**MAY)
	shown_to = {row["figure"]: (row["own"], row["team"]) for row in found["figures"]}
	assert (shown_to["received"], shown_to["calls"]) == ((1, 3), (0, 3))
	assert "sale_value" not in shown_to and may.ann not in frappe.as_json(found)


def test_a_sales_user_sees_the_lists_they_work(may):
	other = factories.prospect_list(may.bob)
	stranger = factories.user("Sales User").name
	frappe.set_user(stranger)
	assert shown("Source Performance").result == []
	frappe.set_user(may.bob)
	assert rows("Source Performance", "group")["Total"].received == 3
	assert shown("Source Performance", prospect_list=other.name).result == []


def _steps_that_ended(entry: str, *reasons: str) -> None:
	"""The steps of an entry were skipped, each for a reason."""
	names = frappe.get_all("Prospect Due Step", {"entry": entry}, pluck="name", limit=len(reasons))
	for name, reason in zip(names, reasons, strict=True):
		frappe.db.set_value("Prospect Due Step", name, {"status": "Skipped", "reason": reason})


def test_the_register_is_of_the_leads_that_user_permissions_leave(may):
	frappe.db.set_value("Lead", may.won, "company", histories.company_abroad())
	gone = factories.lead(source="Website").name
	last = factories.lead(source="Website", company=factories.COMPANY).name
	frappe.delete_doc("Lead", gone)
	permission = {"user": may.bob, "allow": "Company", "for_value": factories.COMPANY}
	frappe.get_doc({"doctype": "User Permission", **permission}).insert()
	everything = rows("Lead Number Register", "number")
	frappe.set_user(may.bob)
	assert not frappe.has_permission("Lead", "read", may.won)
	found = rows("Lead Number Register", "number")
	assert found.keys() == everything.keys() - {may.won} and {may.lost, gone, last} <= found.keys()
	assert not [row for row in found.values() if row.explained and "numbers before" in row.explained]
	series = rows("Lead Number Register", "series", view="Series")["WEB-.####"]
	assert (series.issued, series.deleted, series.missing) == (3, 1, 0)
	for view in ("Days", "Series"):
		assert follow_all("Lead Number Register", {**MAY, "view": view})
	names = frappe.get_list("Prospect Lead Number", pluck="name")
	assert sorted(names) == sorted(found)
	for number in everything:
		may_read = frappe.get_doc("Prospect Lead Number", number).has_permission()
		assert may_read is (number != may.won), number


def test_without_a_right_to_leads_only_numbers_that_lead_to_none_are_left(may):
	frappe.delete_doc("Lead", may.spam)
	for role in ("Sales User", "Desk User"):
		update_permission_property("Lead", role, 0, "read", 0, validate=False)
	frappe.clear_cache(doctype="Lead")
	frappe.set_user(may.bob)
	assert frappe.get_list("Prospect Lead Number", pluck="name") == [may.spam]
	assert list(rows("Lead Number Register", "number")) == [may.spam]


ANSWERED = "they answered on {0}"


@pytest.mark.allow_silent  # the ledger is written by hand
def test_steps_are_counted_by_the_kind_of_their_reason(may):
	_steps_that_ended(may.won, *(f"they answered on 2026-05-04 10:{minute:02}" for minute in (0, 7, 14)))
	_steps_that_ended(may.lost, "SMTPError from petra@example.com", "the entry was closed")
	found = rows("Step Ledger", "key", group_by="Reason")
	assert (found[ANSWERED].skipped, found[ANSWERED].group) == (3, "they answered on …")
	assert found["the entry was closed"].skipped and found["~other"].skipped == 1
	assert "petra@" not in frappe.as_json(found)
	filters = {**MAY, "group_by": "Reason"}
	assert entries_behind("Step Ledger", "skipped", filters, {"key": ANSWERED})["entries"] == [may.won]
	assert entries_behind("Step Ledger", "skipped", filters, {"key": "~other"})["entries"] == [may.lost]
	assert follow_all("Step Ledger", filters)


@pytest.mark.allow_silent
def test_why_a_step_ended_names_no_colleague_and_no_prospect(may):
	boss = factories.user("Sales User", first_name="Bossina", last_name="Chief").name
	frappe.db.set_value("Prospect List", may.list, "supervisor", boss)
	step = frappe.get_doc("Prospect Due Step", {"entry": may.left, "status": "Scheduled"})
	frappe.set_user(boss)
	step.cancel_step("Not needed for Petra Muster")
	frappe.set_user(may.bob)
	for group in ("Step", "Reason", "Day", "Agent", "Prospect List"):
		found = shown("Step Ledger", group_by=group)
		said = frappe.as_json([found.result, found.chart, found.report_summary, found.message])
		assert not [word for word in (*_names(boss), "Bossina", "Petra Muster") if word in said], (
			group,
			said,
		)
	filters, guess = (
		{**MAY, "group_by": "Reason"},
		{"key": f"cancelled by {boss}: Not needed for Petra Muster"},
	)
	assert entries_behind("Step Ledger", "skipped", filters, guess)["count"] == 0
	kind = {"key": "cancelled by {0}: {1}"}
	assert entries_behind("Step Ledger", "skipped", filters, kind)["entries"] == [may.left]


def _names(user: str) -> tuple[str, str]:
	return user, frappe.utils.get_fullname(user)


BY_AGENT = [("Agent Performance", {}), ("Record Quality", {}), ("Stage History", {})]
BY_AGENT += [("Objections", {"group_by": group}) for group in ("Agent", "All three")]
BY_AGENT += [("Step Ledger", {"group_by": "Agent"})]


def test_an_agent_sees_own_figures_and_the_colleagues_as_one(may):
	_as(may.bob, may.left).log_call("Not now", objection="Price")
	all_agents = {report: rows(report, "key") for report in ("Agent Performance", "Record Quality")}
	frappe.set_user(may.bob)
	for report, filters in BY_AGENT:
		found = shown(report, **filters)
		said = frappe.as_json([found.result, found.chart, found.report_summary])
		assert not [name for name in _names(may.ann) if name in said], report
		assert follow_all(report, {**MAY, **filters}), report
		assert frappe.utils.get_fullname(may.bob) in said, report
	for report, everything in all_agents.items():
		found = rows(report, "key")
		own, others, total = (
			{field: value for field, value in found[key].items() if isinstance(value, int | float)}
			for key in (may.bob, OTHERS, "")
		)
		assert own.items() <= everything[may.bob].items(), report
		assert others.items() - {("is_others", 1)} <= everything[may.ann].items(), report
		assert total.items() <= everything[""].items(), report
		assert found[OTHERS].agent == "Others of the team"
		for key in (OTHERS, f"Website\n{OTHERS}\n"):
			with pytest.raises(frappe.ValidationError, match="There is no figure"):
				entries_behind(report, "calls", MAY, {"key": key, "agent": key})
	# What they all said against it, is told; of each, only what was told to oneself.
	found = rows("Objections", "agent", group_by="Agent")
	assert {name: row.heard for name, row in found.items() if name} == {
		frappe.utils.get_fullname(may.bob): 2,
		"Others of the team": 1,
	}
	assert {row["entry"] for row in shown("Stage History").result} == {may.left}


def test_an_agent_asks_for_own_figures_and_for_nobody_elses(may):
	frappe.set_user(may.bob)
	for report in REPORTS:
		with pytest.raises(frappe.PermissionError, match="for who supervises the list"):
			shown(report, agent=may.ann)
		shown(report, agent=may.bob)
	with pytest.raises(frappe.PermissionError):
		entries_behind("Agent Performance", "calls", {**MAY, "agent": may.ann}, {"is_total": 1})
	assert shown("Stage History", entry=may.won).result == []


def test_who_supervises_a_list_sees_its_agents_by_name_there(may):
	frappe.db.set_value("Prospect List", may.list, "supervisor", may.bob)
	other = factories.prospect_list(may.bob, may.ann).name
	enrolled = factories.lead(source="Website", lead_owner=may.ann).name
	frappe.get_doc("Prospect List Entry", enrolled).move_to_list(other)
	_as(may.ann, enrolled).log_call("Not for us", objection="Price")
	everything = rows("Agent Performance", "key")
	frappe.set_user(may.bob)
	found = rows("Agent Performance", "key")
	# Here Bob supervises, there he is an agent like Ann.
	assert (everything[may.ann].received, everything[may.ann].calls) == (3, 2)
	assert (found[may.ann].received, found[may.ann].calls) == (2, 1)
	assert (found[OTHERS].received, found[OTHERS].calls) == (1, 1)
	assert found[""].received == everything[""].received == 4
	assert rows("Source Performance", "key", agent=may.ann)["Website"].received == 2
	with pytest.raises(frappe.PermissionError):
		shown("Source Performance", agent=may.ann, prospect_list=other)
	for report in FIGURES:
		for filters in ({}, {"agent": may.ann}):
			assert follow_all(report, {**MAY, **filters}), report
	for report, filters in BY_AGENT:
		assert follow_all(report, {**MAY, **filters}), report
	told = shown("Stage History").result
	assert {row["prospect_list"] for row in told} == {may.list}
	assert {may.won, may.lost} <= {row["entry"] for row in told}
	assert frappe.utils.get_fullname(may.ann) in frappe.as_json(told)


def test_a_manager_sees_everybody_by_name(may):
	frappe.set_user(factories.user("Sales Manager").name)
	for report, filters in BY_AGENT:
		found = frappe.as_json(shown(report, **filters).result)
		assert frappe.utils.get_fullname(may.ann) in found and "Others of the team" not in found, report
		assert shown(report, agent=may.ann, **filters).result, report


def test_on_own_entries_an_agent_reads_who_moved_them_if_it_was_themselves(may):
	apply_workflow(frappe.get_doc("Prospect List Entry", may.left), "Information sent")
	_as(may.ann, may.left).assign(may.ann)
	frappe.set_user(may.ann)
	apply_workflow(frappe.get_doc("Prospect List Entry", may.left), "No response")
	found = [(row["changed_by"], row["agent"]) for row in shown("Stage History", entry=may.left).result]
	others, ann = "Others of the team", frappe.utils.get_fullname(may.ann)
	assert found[-1] == (ann, ann) and found[-2] == ("Administrator", others)
	assert frappe.utils.get_fullname(may.bob) not in str(found)


def test_stages_are_called_as_the_reader_calls_them_and_headings_are_read_whole(may):
	apply_workflow(frappe.get_doc("Prospect List Entry", may.left), "Information sent")
	frappe.local.lang = "zh"
	moved = shown("Stage History", entry=may.left)
	late = next(c for c in shown("Promises Kept").columns if c["fieldname"] == "late_so_far")
	frappe.local.lang = "en"
	stage = frappe._("Follow up", "zh")
	assert stage != "Follow up" and moved.result[-1]["to_stage"] == stage
	assert stage in moved.chart["data"]["labels"]
	assert late["width"] >= 13 * len(late["label"])


@pytest.mark.parametrize(
	("language", "said", "short"),
	[
		("en", "May 2026", "May 2026"),
		("de", "Mai 2026", "Mai 2026"),
		("es-AR", "mayo de 2026", "may 2026"),
		("pt", "maio de 2026", "mai. de 2026"),
		("zh", "2026年5月", "2026年5月"),
		("xx", "05-2026", "05-2026"),
	],
)
def test_a_month_is_named_as_the_reader_writes_it(may, monkeypatch, language, said, short):
	monkeypatch.setattr(frappe.local, "lang", language)
	found = shown("Promises Kept")
	assert found.result[0]["bucket"] == said and found.chart["data"]["labels"] == [said]
	assert show.month("2026-05-01", short=True) == short


def test_days_are_read_with_one_decimal_and_in_the_number_format_of_the_site(may):
	frappe.db.set_value("Prospect List Entry", may.won, "done_on", "2026-05-15 14:48:00")
	frappe.db.set_default("number_format", "#.###,##")
	found = shown("Source Performance")
	[days] = [item for item in found.report_summary if item["label"] == "Days to sale"]
	assert (days["value"], days["datatype"]) == ("11,2", "Data")
	[column] = [column for column in found.columns if column["fieldname"] == "days_to_sale"]
	assert frappe.format(found.result[0]["days_to_sale"], column) == "11,2"


def test_charts_say_what_their_bars_are_and_show_stages_in_their_order(may):
	"""One series has a title, several a legend; what failed is red, as in the summary."""
	moved = shown("Stage History").chart
	assert moved["title"] == "Moves to the stage" and moved["data"]["labels"] == ["Call", "Email", "Done"]
	assert shown("Prospect Funnel").chart["title"] == "Enquiries"
	steps = shown("Step Ledger").chart
	assert "title" not in steps
	named = zip([each["name"] for each in steps["data"]["datasets"]], steps["colors"], strict=True)
	assert dict(named) == {"Done": "green", "Skipped": "grey", "Failed": "red", "Coming": "blue"}


def test_somebody_whose_account_was_deleted_can_be_asked_for(may):
	factories.user("System Manager")  # there must be one
	frappe.delete_doc("User", may.bob, force=True)
	assert rows("Agent Performance", "key", agent=may.bob)[may.bob].calls == 2
	_as("Administrator", may.left).assign(may.ann)
	assert rows("Agent Performance", "key", agent=may.bob)[may.bob].calls == 2


def test_rates_of_nothing_are_not_shown(may):
	found = rows("Agent Performance", "key")
	assert (found[may.ann].success_rate, found[may.bob].success_rate) == (50.0, None)
	source = rows("Source Performance", "key")["Referral"]
	assert (source.success_rate, source.average_sale, source.days_to_sale, source.conversion) == (
		None,
		None,
		None,
		0.0,
	)
	assert source.conversion_before is None
	funnel = rows("Prospect Funnel", "name", source="Referral")
	assert funnel["Quoted"].conversion is None and funnel["Informed"].conversion is None
	nobody = rows("Record Quality", "key", source="Referral", to_date="2026-05-03", from_date="2026-05-01")
	assert nobody == {}
	frappe.db.set_value("Prospect List Entry", may.left, "acknowledge_status", "Pending")
	kept = next(
		row
		for row in shown("Promises Kept", source="Referral").result
		if row["promise"] == "acknowledge" and not row.get("is_total")
	)
	assert (kept["promised"], kept["kept"]) == (1, None)
	# Nor does the chart show one: the other standard has its bar, and a month in which none was judged has no place.
	frappe.db.set_value("Prospect List Entry", may.left, "satisfy_status", "Missed")
	kept_in = shown("Promises Kept", source="Referral").chart
	assert [each["values"] for each in kept_in["data"]["datasets"]] == [[None], [0.0], [None]]
	assert "fieldtype" not in kept_in or not kept_in["fieldtype"]
	frappe.db.set_value("Prospect List Entry", may.left, "satisfy_status", "Pending")
	assert shown("Promises Kept", source="Referral").chart["data"]["labels"] == []


def test_what_is_not_kept_yet_is_late_so_far(may, clock):
	due = frappe.db.get_value("Prospect List Entry", may.left, "acknowledge_by")
	frappe.db.commit()
	clock.at("2026-05-08 10:00")
	sweep.mark_missed()

	def row():
		return next(r for r in shown("Promises Kept").result if r["promise"] == "acknowledge")

	late = (frappe.utils.now_datetime() - due).total_seconds()
	assert (row()["not_yet"], row()["late_median"], row()["late_so_far"]) == (1, None, late)
	clock.forward(hours=5)
	assert row()["late_so_far"] == late + 5 * 3600
	_as(may.bob, may.left).close("Unreachable")
	clock.forward(hours=50)
	assert row()["late_so_far"] == late + 5 * 3600


def test_the_total_says_within_what_time_contacts_were_recorded(may, clock):
	_as(may.ann, may.left).log_call("Yesterday", occurred_on=frappe.utils.add_to_date(None, hours=-1))
	found = rows("Record Quality", "key")
	assert (found[may.ann].record_delay, found[may.bob].record_delay) == (3600, 0)
	assert found[""].record_delay == 3600


def test_a_renamed_lead_keeps_the_prefix_of_its_number(may):
	frappe.rename_doc("Lead", may.left, "KUNDE-7")
	frappe.rename_doc("Lead", "KUNDE-7", "KUNDE-8")
	found = rows("Source Performance", "key", group_by="Number prefix")
	assert (found["REF-"].received, found["WEB-"].received) == (1, 2) and set(found) == {"REF-", "WEB-", ""}


def test_objections_are_grouped_by_who_heard_them(may):
	frappe.get_doc("Prospect List Entry", may.left).assign(may.ann)
	_as(may.bob, may.left).log_call("Too dear", objection="Price")
	bob, ann = (frappe.utils.get_fullname(user) for user in (may.bob, may.ann))
	found = rows("Objections", "agent", group_by="Agent")
	assert (found[bob].heard, found[ann].heard, found[ann].closed) == (2, 1, 1)
	assert set(rows("Objections", "agent", group_by="Agent", agent=may.bob)) == {bob, None}
	# Two heard it of one person, who is counted once in all.
	chart = shown("Objections", group_by="Agent").chart["data"]
	assert dict(zip(chart["labels"], chart["datasets"][0]["values"], strict=True)) == {"Price": 2}


def test_sources_and_objections_are_named_in_the_readers_language(may, monkeypatch):
	"""Those that we ship; a figure leads to the records behind it all the same."""
	frappe.db.set_value("Prospect List Entry", may.left, "source", "Event")
	monkeypatch.setattr(frappe.local, "lang", "zh")
	found = shown("Source Performance")
	assert (
		{"网站", "活动"} <= set(found.chart["data"]["labels"]) == {row["group"] for row in found.result[:-1]}
	)
	assert all(_follow_all("Source Performance", found))
	objections = shown("Objections")
	assert objections.chart["data"]["labels"] == ["价格"] and objections.report_summary[0]["value"] == "价格"
	assert {row["source"] for row in objections.result[:-1]} == {"网站"}
	assert all(_follow_all("Objections", objections))
	summary = objections.report_summary[0]
	assert entries_behind("Objections", "heard", MAY, summary["row"])["count"] == 1


def _follow_all(report: str, found) -> list[int]:
	"""How many records are behind each first figure that is something, of each row that is no total."""
	return [
		_follow(report, column["drill"], row, MAY)
		for row in found.result[:-1]
		for column in found.columns
		if "drill" in column and column["fieldtype"] == "Int" and row[column["fieldname"]]
	]


# ------------------------------------------------------------- amounts
def _all_fields(report: str, client) -> set[str]:
	params = {"report_name": report, "filters": frappe.as_json(MAY)}
	found = client.get("/api/method/frappe.desk.query_report.run", params=params).json()["message"]
	return {field for row in found["result"] for field in row}


AMOUNTS = {"quoted_amount", "sale_value", "average_sale", "sale_value_before", "quoted_amount_before"}


def test_amounts_are_not_handed_out_where_they_are_not_shown(may, http):
	client = http(may.ann)
	for report in ("Source Performance", "Agent Performance"):
		assert "sale_value" in _all_fields(report, client), report
	# In two currencies they are not added up.
	abroad = histories.company_abroad()
	factories.prospect_list(may.ann, company=abroad)
	frappe.db.commit()
	for report in ("Source Performance", "Agent Performance"):
		assert not AMOUNTS & _all_fields(report, client), report
	frappe.db.delete("Prospect List", {"company": abroad})
	# Nor are they for who may not read them on entries.
	update_permission_property("Prospect List Entry", "Sales User", 1, "read", 0)
	frappe.db.commit()
	for report in ("Source Performance", "Agent Performance"):
		assert not AMOUNTS & _all_fields(report, client), report


def test_the_currency_is_that_of_the_companies_one_sees(may):
	factories.prospect_list(company=histories.company_abroad())
	stranger = factories.prospect_list(company=histories.ABROAD).name
	assert "sale_value" not in shown("Agent Performance").result[0]
	frappe.set_user(may.ann)
	assert "sale_value" in shown("Agent Performance").result[0]
	# Unless one has an entry there.
	frappe.set_user("Administrator")
	frappe.get_doc("Prospect List Entry", may.left).move_to_list(stranger)
	frappe.db.set_value("Prospect List Entry", may.left, "agent", may.ann)
	frappe.set_user(may.ann)
	assert "sale_value" not in shown("Agent Performance").result[0]
	assert "sale_value" in shown("Agent Performance", company=factories.COMPANY).result[0]


def test_reports_are_had_over_rest_with_the_same_permissions(may, http):
	seller, contractor = http(may.bob, key=True), http(factories.user("Prospect Agent").name)
	frappe.set_user(may.bob)
	for report in REPORTS:
		asked = {"report_name": report, "filters": frappe.as_json(MAY)}
		found = seller.get("/api/method/frappe.desk.query_report.run", params=asked).json()["message"]
		assert found["result"] == frappe.parse_json(frappe.as_json(shown(report).result)), report
		refused = contractor.get("/api/method/frappe.desk.query_report.run", params=asked)
		assert refused.status_code == 403, report


# ------------------------------------------------------------- bad filters
@pytest.mark.parametrize(
	"filters, told",
	[
		({"from_date": "2026-06-01"}, "before it starts"),
		({"from_date": None}, "Say for which period"),
		({"to_date": "yesterday"}, "is no date"),
		({"agent": "nobody@example.com"}, "There is no User"),
		({"prospect_list": "<b>x"}, "There is no Prospect List “&lt;b&gt;x”"),
	],
)
def test_bad_filters_are_answered_clearly(filters, told):
	for report in REPORTS:
		with pytest.raises(frappe.ValidationError, match=told):
			shown(report, **filters)


def test_bad_filters_are_answered_over_rest(http):
	client = http("Administrator")
	for report in REPORTS:
		for filters, status, told in (
			(MAY | {"to_date": "2026-04-01"}, 417, "before it starts"),
			(MAY | {"agent": "nobody@example.com"}, 404, "There is no User"),
			(MAY | {"company": {"a": 1}}, 404, "There is no Company"),
			({"from_date": "1901-01-01", "to_date": "8999-12-31"}, 200, "nothing of this"),
		):
			params = {"report_name": report, "filters": frappe.as_json(filters)}
			answer = client.get("/api/method/frappe.desk.query_report.run", params=params)
			assert (answer.status_code, told in answer.text) == (status, True), (
				report,
				filters,
				answer.text[-500:],
			)


def test_bad_filters_are_told_in_one_sentence_in_the_language_of_who_asks(may, http):
	frappe.db.set_value("User", may.bob, {"language": "zh"})
	client = http(may.bob)
	day = frappe.utils.formatdate
	backwards = frappe._("The period ends ({0}) before it starts ({1}).", "zh")
	unknown = frappe._("There is no {0} “{1}”.", "zh").format(frappe._("User", "zh"), "nobody@example.com")
	foreign = (
		"You see your own figures and the totals of the team. Those of {0} are for who supervises the list."
	)
	no_date = frappe._("“{0}” is no date: {1}", "zh")
	until = frappe._("To", "zh", context="Prospect List Entry")
	cases = (
		({"to_date": "<b>soon"}, 417, no_date.format(until, "&lt;b&gt;soon")),
		({"to_date": "9" * 30}, 417, no_date.format(until, "9" * 30)),
		({"to_date": "2026-04-01"}, 417, backwards.format(day("2026-04-01"), day(MAY["from_date"]))),
		({"agent": "nobody@example.com"}, 404, unknown),
		({"agent": may.ann}, 403, frappe._(foreign, "zh").format(may.ann)),
	)
	for report in REPORTS:
		for filters, status, sentence in cases:
			params = {"report_name": report, "filters": frappe.as_json({**MAY, **filters})}
			answer = client.get("/api/method/frappe.desk.query_report.run", params=params)
			told = [
				frappe.parse_json(one).message for one in frappe.parse_json(answer.json()["_server_messages"])
			]
			assert (answer.status_code, told) == (status, [sentence]), (report, filters)


def test_a_period_without_anything_says_so():
	for report in REPORTS:
		found = shown(report, from_date="2020-01-01", to_date="2020-01-31")
		assert found.result == [] and "nothing of this" in found.message, report
