"""The reports' SQL and the reference in `procedure.review` give the same figures, on random histories.

PROSPECT_HISTORIES=200 lives as many enquiries; a few are enough for each run of the tests.
"""

from dataclasses import replace
from datetime import date

import frappe
import pytest
from frappe.desk.query_report import run

from prospect_mgmt.entry import progress
from prospect_mgmt.procedure import review, review_funnel, review_promises, review_records
from prospect_mgmt.reporting import figures, funnel, history, period, promises, register
from prospect_mgmt.reporting import records as ledgers
from tests import factories
from tests.site import histories
from tests.site.test_reports import FIGURES, follow_all

DELAYS = [f"{promise}_{what}" for promise in review_promises.PROMISES for what in ("late", "waited")]
MONTHS = [(date(2026, m, 1), frappe.utils.get_last_day(date(2026, m, 1))) for m in (1, 2, 3)]
PERIODS = [*MONTHS, (date(2026, 1, 10), date(2026, 1, 12)), (date(2026, 1, 1), date(2027, 12, 31))]


@pytest.fixture
def lived(clock):
	clock.at("2026-01-05 09:00")
	team = histories.Team()
	histories.live(team, clock, histories.ENTRIES, histories.SEED)
	return team, histories.Records()


def questions(team):
	"""Every filter alone, in every period."""
	scopes = [{}, {"prospect_list": team.lists[0]}, {"agent": team.agents[0]}, {"source": "Website"}]
	scopes += [{"prospect_list": team.lists[1], "agent": team.agents[1], "source": "Facebook"}]
	scopes += [{"company": histories.ABROAD}, {"territory": team.territories[0]}]
	for first, last in PERIODS:
		for scope in scopes:
			yield period.read({"from_date": first, "to_date": last, **scope})


def test_sql_equals_the_reference(lived):
	team, records = lived
	some = 0
	for asked in questions(team):
		bounds = {"start": asked.start, "end": asked.end, "scope": asked.scope}
		some += _same_figures(asked, records, bounds)
		_same_groups(asked, records, bounds)
		_same_funnel(asked, records, bounds)
		_same_promises(asked, records, bounds)
		_same_objections(asked, records, bounds)
		_same_quality(asked, records, bounds)
		_same_steps(asked, records, bounds)
		_same_moves(asked, records, bounds)
		_same_numbers(asked, records)
	assert some > len(PERIODS) * 10, "the histories are too poor to show anything"
	_every_report_opens(team)
	_every_figure_leads_to_what_it_counts(team)
	_delays_are_as_the_interactions_say(records)


def _same_figures(asked, records, bounds) -> int:
	expected = review.figures(*records, **bounds)
	names = review.revived(records.changes, {e.name: e for e in records.enquiries}, **bounds)
	expected["saved"] = review.saved(records.enquiries, names)
	expected = review.of_group(records.enquiries, expected, **bounds)
	found = figures.of(asked)[figures.TOTAL]
	assert {k: found[k] for k in expected} == pytest.approx(expected), asked
	return sum(1 for value in expected.values() if value)


def _same_groups(asked, records, bounds) -> None:
	agents = review.by_agent(*records, **bounds)
	_same(agents, _groups(asked, figures.AGENT), asked)
	sources = review.by_group(*records, group=lambda e: e.source, **bounds)
	_same(sources, _groups(asked, figures.SOURCE), asked)
	prefixes = review.by_group(*records, group=lambda e: e.lead.rstrip("0123456789"), **bounds)
	_same(prefixes, _groups(asked, figures.PREFIX), asked)


def _groups(asked, group: str) -> dict:
	"""The figures of each group; those of all together are the same as without groups."""
	found = figures.of(asked, group)
	assert found.pop(figures.TOTAL) == pytest.approx(figures.of(asked)[figures.TOTAL]), (group, asked)
	return found


def _same_funnel(asked, records, bounds) -> None:
	cohort = review_funnel.received(records.enquiries, **bounds)
	assert funnel.milestones(asked) == review_funnel.milestones(cohort), asked
	assert funnel.passages(asked) == review_funnel.passages(cohort, records.changes), asked


def _same_promises(asked, records, bounds) -> None:
	for by in review_promises.BUCKETS:
		assert promises.promises(asked, by) == review_promises.promises(records.enquiries, by=by, **bounds), (
			by,
			asked,
		)
	for promise in review_promises.PROMISES:
		expected = review_promises.lateness(records.enquiries, promise=promise, **bounds)
		assert promises.lateness(asked, promise) == expected, (promise, asked)


def _same_objections(asked, records, bounds) -> None:
	for group in (("source",), ("agent",), ("interest",), ("source", "agent", "interest")):
		expected = review_records.objections_heard(
			*records,
			group=lambda e, fields=group: ledgers.SEPARATOR.join(getattr(e, f) or "" for f in fields),
			**bounds,
		)
		found = ledgers.objections_heard(asked, group)
		together = found.pop(ledgers.TOGETHER)
		assert found == expected, (group, asked)
		expected = review_records.objections_together(*records, **bounds)
		assert together == expected, asked


def _same_quality(asked, records, bounds) -> None:
	assert ledgers.quality(asked) == review_records.quality(records.enquiries, records.acts, **bounds), asked


def _same_steps(asked, records, bounds) -> None:
	agents, lists = (
		{e.name: getattr(e, field) or "" for e in records.enquiries} for field in ("agent", "prospect_list")
	)
	groups = {
		"Step": lambda s: s.step_title,
		"Reason": lambda s: "" if s.status == "Scheduled" else s.reason or "",
		"Day": lambda s: s.due_on.date(),
		"Agent": lambda s: agents[s.entry],
		"Prospect List": lambda s: lists[s.entry],
	}
	for group, of in groups.items():
		expected = review_records.steps(records.steps, records.enquiries, group=of, **bounds)
		assert ledgers.steps(asked, group) == expected, (group, asked)
		for numbers in expected.values():
			assert (
				numbers["done"] + numbers["skipped"] + numbers["failed"] + numbers["coming"] == numbers["due"]
			)


def _same_moves(asked, records, bounds) -> None:
	asked = replace(asked, own=frappe._dict())
	found = history.by_stage(asked), history.entries(asked)
	assert found == review_records.moves(records.changes, records.enquiries, **bounds), asked


def _same_numbers(asked, records) -> None:
	found = {series: dict(row) for series, row in register.by_series(asked).items()}
	expected = review_records.numbers(records.numbers, records.enquiries, asked.start, asked.end, asked.scope)
	assert found == expected, asked
	figures_of = ("issued", "given", "deleted", "merged", "renamed")
	by_day = register.by_day(asked)
	for series, numbers in expected.items():
		days = [row for row in by_day if row.series == series]
		assert {f: sum(row[f] for row in days) for f in figures_of} == {f: numbers[f] for f in figures_of}, (
			asked
		)


def _same(expected, found, asked) -> None:
	"""Equal, group by group; a group in which nothing happened may be missing. Nobody's enquiries are no agent's."""
	for group in expected.keys() | found.keys():
		want, have = expected.get(group), found.get(group)
		if want and have:
			assert {k: have[k] for k in want} == pytest.approx(want), (group, asked)
		else:
			assert group == "" or not any((want or have).values()), (group, asked)


def _every_report_opens(team) -> None:
	"""Also where people and leads are gone."""
	for report in frappe.get_all("Report", {"module": "Prospect Mgmt"}, pluck="name"):
		found = run(report, filters={"from_date": "2026-01-01", "to_date": "2026-12-31"})
		assert found["result"], report


def _every_figure_leads_to_what_it_counts(team) -> None:
	"""Of all lists, and of one agent's: those who are gone and what was moved, merged and deleted included."""
	year = {"from_date": "2026-01-01", "to_date": "2026-12-31"}
	for report in FIGURES:
		for narrowed in ({}, {"agent": team.agents[0], "company": factories.COMPANY}):
			follow_all(report, {**year, **narrowed})


def _delays_are_as_the_interactions_say(records) -> None:
	"""How much of a delay was whose turn, computed again from the facts themselves."""
	for enquiry in records.enquiries:
		entry = frappe.get_doc("Prospect List Entry", enquiry.name)
		stored = {field: entry.get(field) for field in DELAYS}
		progress.judge_promises(entry, frappe.utils.now_datetime())
		assert {field: entry.get(field) for field in DELAYS} == stored, enquiry.name
