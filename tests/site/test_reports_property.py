"""The reports' SQL and the reference in `procedure.review` give the same figures, on random histories.

Each enquiry lives a history of its own, by chance: PROSPECT_HISTORIES says how many, PROSPECT_SEED which.
"""

import os
from dataclasses import replace
from datetime import date

import frappe
import pytest
from frappe.desk.query_report import run

from prospect_mgmt.entry import contacts, progress
from prospect_mgmt.procedure import review, review_funnel, review_promises, review_records
from prospect_mgmt.procedure.reason_kinds import kind_of
from prospect_mgmt.reasons import KINDS
from prospect_mgmt.reporting import colleagues, figures, funnel, history, period, promises, register
from prospect_mgmt.reporting import records as ledgers
from tests import factories
from tests.site import histories
from tests.site.test_reports import FIGURES, follow_all

HISTORIES = int(os.environ.get("PROSPECT_HISTORIES", 200))
DELAYS = [f"{promise}_{what}" for promise in review.PROMISES for what in ("late", "waited")]
ANSWERED = ("asked_on", "respond_by", "responded_on", "status", "late", "waited")
MONTHS = [(date(2026, m, 1), frappe.utils.get_last_day(date(2026, m, 1))) for m in (1, 2, 3)]
PERIODS = [*MONTHS, (date(2026, 1, 10), date(2026, 1, 12)), (date(2026, 1, 1), date(2027, 12, 31))]


@pytest.fixture
def lived(clock, stack):
	clock.at("2026-01-05 09:00")
	team = histories.Team(stack)
	histories.live(team, clock, HISTORIES, histories.SEED)
	assert frappe.get_all("Prospect Signal Failure", pluck="error") == []
	return team, histories.Records()


class Seen:
	"""Which figures were anything but nothing in some question: what is 0 on both sides shows nothing."""

	def __init__(self):
		self.asked: set[tuple] = set()
		self.found: set[tuple] = set()

	def note(self, of: str, figures: dict) -> None:
		names = {(of, figure) for figure in figures}
		self.asked |= names
		self.found |= {(of, figure) for figure, value in figures.items() if value}

	@property
	def never(self) -> set[tuple]:
		return self.asked - self.found


def questions(team):
	"""Every filter alone, in every period; somebody whose account is gone, too."""
	scopes = [{}, {"prospect_list": team.lists[0]}, {"agent": team.agents[0]}, {"source": "Website"}]
	scopes += [{"prospect_list": team.lists[1], "agent": team.agents[1], "source": "Facebook"}]
	scopes += [{"company": histories.ABROAD}, {"territory": team.territories[0]}, {"agent": team.gone}]
	for first, last in PERIODS:
		for scope in scopes:
			yield period.read({"from_date": first, "to_date": last, **scope})


def test_sql_equals_the_reference(lived):
	team, records = lived
	seen = Seen()
	for asked in questions(team):
		bounds = {"start": asked.start, "end": asked.end, "scope": asked.scope}
		_same_figures(asked, records, bounds, seen)
		_same_groups(asked, records, bounds, seen)
		_same_funnel(asked, records, bounds, seen)
		_same_promises(asked, records, bounds, seen)
		_same_objections(asked, records, bounds, seen)
		_same_quality(asked, records, bounds, seen)
		_same_steps(asked, records, bounds, seen)
		_same_moves(asked, records, bounds, seen)
		_same_numbers(asked, records, seen)
	assert not seen.never, f"the histories are too poor to show anything of {sorted(seen.never)}"
	_every_report_opens(team)
	_every_figure_leads_to_what_it_counts(team)
	_an_agent_is_shown_own_figures_and_the_others_together(team, records)
	_delays_are_as_the_interactions_say(records)


def _same_figures(asked, records, bounds, seen) -> None:
	expected = review.figures(*records, **bounds)
	names = review.revived(records.changes, {e.name: e for e in records.enquiries}, **bounds)
	expected["saved"] = review.saved(records.enquiries, names)
	expected = review.of_group(records.enquiries, expected, **bounds)
	found = figures.of(asked)[figures.TOTAL]
	assert {k: found[k] for k in expected} == pytest.approx(expected), asked
	seen.note("all", expected)


def _same_groups(asked, records, bounds, seen) -> None:
	agents = review.by_agent(*records, **bounds)
	_same(agents, _groups(asked, figures.AGENT), asked)
	sources = review.by_group(*records, group=lambda e: e.source, **bounds)
	_same(sources, _groups(asked, figures.SOURCE), asked)
	known = review_records.prefixes(records.numbers)
	prefixes = review.by_group(*records, group=lambda e: known.get(e.lead), **bounds)
	_same(prefixes, _groups(asked, figures.PREFIX), asked)
	for name, groups in (("agent", agents), ("source", sources), ("prefix", prefixes)):
		for numbers in groups.values():
			seen.note(name, numbers)


def _groups(asked, group: str) -> dict:
	"""The figures of each group; those of all together are the same as without groups."""
	found = figures.of(asked, group)
	assert found.pop(figures.TOTAL) == pytest.approx(figures.of(asked)[figures.TOTAL]), (group, asked)
	return found


def _same_funnel(asked, records, bounds, seen) -> None:
	cohort = review_funnel.received(records.enquiries, **bounds)
	expected = review_funnel.milestones(cohort)
	assert funnel.milestones(asked) == expected, asked
	seen.note("milestones", expected)
	expected = review_funnel.passages(cohort, records.changes)
	assert funnel.passages(asked) == expected, asked
	for stage, numbers in expected.items():
		seen.note(stage, numbers)


def _same_promises(asked, records, bounds, seen) -> None:
	bounds = {**bounds, "now": frappe.utils.now_datetime()}
	for by in review_promises.BUCKETS:
		expected = review_promises.promises(records.enquiries, by=by, **bounds)
		assert promises.promises(asked, by, bounds["now"]) == expected, (by, asked)
		for (_day, promise), numbers in expected.items():
			seen.note(promise, numbers)
		_same_behind(asked, by, expected, records)
	for promise in review.PROMISES:
		expected = review_promises.lateness(records.enquiries, promise=promise, **bounds)
		assert promises.lateness(asked, promise, bounds["now"]) == expected, (promise, asked)


def _same_behind(asked, by: str, found: dict, records) -> None:
	"""The enquiries that a click on what was promised, and missed, leads to."""
	for day, promise in found:
		within = promises.only_bucket(asked, by, day)
		given = [
			(enquiry.name, each.status)
			for enquiry in records.enquiries
			if enquiry.counts and asked.scope.has(enquiry)
			for each in enquiry.promises(promise)
			if within.start <= each.due_on < within.end
		]
		for figure, names in (
			("promised", {name for name, _status in given}),
			("missed", {name for name, status in given if status == review.BROKEN}),
		):
			assert set(promises.behind(within, figure, promise).run(pluck=True)) == names, (
				figure,
				day,
				asked,
			)


def _same_objections(asked, records, bounds, seen) -> None:
	for group in (("source",), ("agent",), ("interest",), ("source", "agent", "interest")):

		def key(enquiry, credit, fields=group):
			values = {"source": enquiry.source, "agent": credit, "interest": enquiry.interest}
			return ledgers.SEPARATOR.join(values[field] or "" for field in fields)

		found = ledgers.objections_heard(asked, group)
		together = found.pop(ledgers.TOGETHER)
		of_all = {name: found.pop((name, None)) for name, key_of in list(found) if key_of is None}
		assert found == review_records.objections_heard(*records, group=key, **bounds), (group, asked)
		expected = review_records.objections_heard(*records, group=lambda _enquiry, _credit: None, **bounds)
		assert of_all == {name: numbers for (name, _none), numbers in expected.items()}, (group, asked)
		assert together == review_records.objections_together(*records, **bounds), asked
		seen.note("objections", together)


def _same_quality(asked, records, bounds, seen) -> None:
	expected = review_records.quality(records.enquiries, records.acts, **bounds)
	assert ledgers.quality(asked) == expected, asked
	for numbers in expected.values():
		seen.note("quality", numbers)
	of_all = review_records.record_delay(records.enquiries, records.acts, **bounds)
	assert ledgers.record_delay(asked) == of_all, asked


def _same_steps(asked, records, bounds, seen) -> None:
	agents, lists = (
		{e.name: getattr(e, field) or "" for e in records.enquiries} for field in ("agent", "prospect_list")
	)
	groups = {
		"Step": lambda s: s.step_title,
		"Reason": lambda s: "" if s.status == "Scheduled" else kind_of(s.reason, KINDS),
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
			seen.note("steps", numbers)


def _same_moves(asked, records, bounds, seen) -> None:
	asked = replace(asked, own=frappe._dict())
	found = history.by_stage(asked), history.entries(asked)
	assert found == review_records.moves(records.changes, records.enquiries, **bounds), asked
	seen.note("moves", {"moves": sum(found[0].values()), "entries": found[1]})


def _same_numbers(asked, records, seen) -> None:
	prefixes = register.by_prefix(asked)
	found = {
		series: dict(row)
		for series, row in register.by_series(prefixes, register.missing(asked, prefixes)).items()
	}
	expected = review_records.numbers(
		records.numbers,
		records.enquiries,
		asked.start,
		asked.end,
		asked.scope,
		records.counters,
		records.ids,
	)
	assert found == expected, asked
	figures_of = ("issued", "given", "deleted", "merged", "renamed")
	by_day, gaps_of_days = (
		register.by_day(asked),
		register.beside_days(register.missing(asked, prefixes, "day")),
	)
	for figure in register.GAPS:
		assert sum(row[figure] for row in gaps_of_days.values()) == sum(
			row[figure] for row in expected.values()
		)
	for series, numbers in expected.items():
		days = [row for row in by_day if row.series == series]
		assert {f: sum(row[f] for row in days) for f in figures_of} == {f: numbers[f] for f in figures_of}, (
			asked
		)
		seen.note("numbers", numbers)


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


def _an_agent_is_shown_own_figures_and_the_others_together(team, records) -> None:
	"""Somebody who works all lists and supervises none."""
	me = team.agents[0]
	year = period.read({"from_date": "2026-01-01", "to_date": "2026-12-31"})
	expected = review.by_agent(*records, start=year.start, end=year.end)[me]
	frappe.set_user(me)
	found = figures.of(year, figures.AGENT)
	assert set(found) <= {figures.TOTAL, "", me, colleagues.OTHERS}
	assert {figure: found[me][figure] for figure in expected} == pytest.approx(expected)
	for figure in ("received", "closed", "calls", "automatic_mails"):
		assert (
			sum(numbers[figure] for key, numbers in found.items() if key is not None) == found[None][figure]
		), figure
	frappe.set_user("Administrator")


def _delays_are_as_the_interactions_say(records) -> None:
	"""How much of a delay was whose turn, computed again from the facts themselves."""
	for enquiry in records.enquiries:
		entry = frappe.get_doc("Prospect List Entry", enquiry.name)
		stored = _delays(entry)
		progress.keep_answers(entry, contacts.answers_of(entry.name))
		progress.judge_promises(entry, frappe.utils.now_datetime())
		assert _delays(entry) == stored, enquiry.name
	assert any(len(enquiry.answers) > 1 for enquiry in records.enquiries)


def _delays(entry) -> tuple:
	answers = [[row.get(field) for field in ANSWERED] for row in entry.answer_promises]
	return {field: entry.get(field) for field in DELAYS}, answers
