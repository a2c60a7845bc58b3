"""The funnel of `procedure.review_funnel`, computed by the database."""

from __future__ import annotations

from itertools import pairwise

import frappe
from frappe.query_builder import Case, CustomFunction
from frappe.query_builder.functions import Count

from prospect_mgmt.procedure.review_funnel import MEDIAN, MILESTONES, NINETY
from prospect_mgmt.reporting import stages
from prospect_mgmt.reporting.ranks import nearest_ranks
from prospect_mgmt.reporting.sql import (
	ALWAYS,
	CHANGE,
	ENTRY,
	RECEIVED_IN_TIME,
	Coalesce,
	count_if,
	entries,
	rows,
	table,
	within,
)

BitOr = CustomFunction("BIT_OR", ["bits"])
BLANK = dict.fromkeys(("entered", "went_on", "won", "lost", "there", "stays"), 0) | dict.fromkeys(
	("median", "ninety", "working_median", "working_ninety")
)


def cohort(asked):
	"""A query over the enquiries that the funnel is of."""
	entry = table(ENTRY)
	return entries(asked.scope).where(within(entry.first_contact_on, asked))


def cohort_in_time(asked):
	"""The same, read by the index of what was received: in the order in which their moves are stored, too."""
	return cohort(asked).force_index(RECEIVED_IN_TIME)


def conditions() -> dict:
	"""When an enquiry has reached each milestone."""
	entry = table(ENTRY)
	return {
		"received": ALWAYS,
		"reached": entry.acknowledged_on.notnull(),
		"informed": entry.information_sent_on.notnull(),
		"quoted": Coalesce(entry.quotation, "") != "",
		"won": entry.done_on.notnull() & (entry.outcome == "Won"),
	}


def milestones(asked) -> dict[str, int]:
	"""As `review_funnel.milestones`."""
	reached, names = conditions(), list(MILESTONES)
	query = cohort(asked).select(*(count_if(condition).as_(name) for name, condition in reached.items()))
	for before, name in pairwise(names):
		query = query.select(count_if(reached[before] & reached[name]).as_(f"{name}_from_before"))
	return {name: count or 0 for name, count in rows(query)[0].items()}


def passages(asked) -> dict[str, dict]:
	"""As `review_funnel.passages`."""
	moves = _moves(asked)
	names = sorted({stage for move in moves for stage in (move.from_stage, move.to_stage) if stage})
	found = {stage: dict(BLANK) for stage in names}
	for move in moves:
		if move.from_stage:
			found[move.from_stage]["stays"] += move.count
	for row in _ways(asked, names):
		for place, stage in enumerate(names):
			for figure in ("entered", "went_on"):
				found[stage][figure] += row.count if row[figure] >> place & 1 else 0
	for query in (_closed(asked), _there(asked)):
		for row in rows(query):
			found.setdefault(row.pop("key"), dict(BLANK)).update(row)
	for stage, times in _times(asked, names).items():
		found[stage].update(times)
	return {stage: passage for stage, passage in found.items() if stage and stage not in stages.closing()}


def moved(asked):
	"""A query over the stage changes of the cohort, whenever they happened."""
	change, entry = table(CHANGE), table(ENTRY)
	return cohort_in_time(asked).join(change).on(change.entry == entry.name)


def is_open_stage(stage):
	"""Whether a stage is none that enquiries are closed in."""
	return stage.notin(stages.closing() or [""])


def _moves(asked) -> list[frappe._dict]:
	"""[{from_stage, to_stage, count}] of the cohort."""
	change = table(CHANGE)
	query = moved(asked).groupby(change.from_stage, change.to_stage)
	return rows(query.select(change.from_stage, change.to_stage, Count("*").as_("count")))


def _ways(asked, names: list[str]) -> list[frappe._dict]:
	"""[{entered, went_on, count}]: how many enquiries went the same way, which is one bit for each stage.

	So they are counted once however often they were in a stage, without sorting every move.
	"""
	change, entry = table(CHANGE), table(ENTRY)

	def bits(stage):
		term = Case().else_(0)
		for place, name in enumerate(names):
			term = term.when(stage == name, 1 << place)
		return term

	def of_moves(term):
		return frappe.qb.from_(change).select(BitOr(term)).where(change.entry == entry.name)

	went_on = Case().when(is_open_stage(change.to_stage), bits(change.from_stage)).else_(0)
	each = cohort_in_time(asked).select(
		of_moves(bits(change.to_stage)).as_("entered"), of_moves(went_on).as_("went_on")
	)
	query = frappe.qb.from_(each).groupby(each.entered, each.went_on)
	return rows(query.select(each.entered, each.went_on, Count("*").as_("count"))) if names else []


def _closed(asked):
	entry = table(ENTRY)
	query = (
		cohort(asked)
		.where(entry.done_on.notnull())
		.groupby(entry.closed_from)
		.select(entry.closed_from.as_("key"))
	)
	won = Coalesce(entry.outcome, "") == "Won"
	return query.select(count_if(won).as_("won"), count_if(won.negate()).as_("lost"))


def _there(asked):
	entry = table(ENTRY)
	query = cohort(asked).where(entry.done_on.isnull()).groupby(entry.stage)
	return query.select(entry.stage.as_("key"), Count("*").as_("there"))


def _times(asked, names: list[str]) -> dict[str, dict]:
	change = table(CHANGE)
	shares = (MEDIAN, NINETY)
	query = moved(asked).where(change.from_stage.notnull())
	elapsed, working = (change.seconds_in_stage, shares), (change.working_seconds_in_stage, shares)
	found = nearest_ranks(query, change.from_stage, names, elapsed=elapsed, working=working)
	return {
		stage: {
			"median": ranks["elapsed_50"],
			"ninety": ranks["elapsed_90"],
			"working_median": ranks["working_50"],
			"working_ninety": ranks["working_90"],
		}
		for stage, ranks in found.items()
	}


def behind(asked, figure: str, stage: str | None):
	"""A query of the IDs of the entries that a figure of a stage counts."""
	entry, change = table(ENTRY), table(CHANGE)
	if figure in MILESTONES and not stage:
		return cohort(asked).select(entry.name).where(conditions()[figure])
	if figure in ("entered", "went_on", "stays"):
		query = moved(asked).select(entry.name)
		if figure == "entered":
			return query.where(change.to_stage == stage)
		query = query.where(change.from_stage == stage)
		return query.where(is_open_stage(change.to_stage)) if figure == "went_on" else query
	closed = cohort(asked).select(entry.name).where(entry.done_on.notnull() & (entry.closed_from == stage))
	if figure == "won":
		return closed.where(entry.outcome == "Won")
	if figure == "lost":
		return closed.where(Coalesce(entry.outcome, "") != "Won")
	if figure == "there":
		return cohort(asked).select(entry.name).where(entry.done_on.isnull() & (entry.stage == stage))
	frappe.throw(frappe._("There is no figure “{0}”.").format(frappe.utils.escape_html(figure)))
