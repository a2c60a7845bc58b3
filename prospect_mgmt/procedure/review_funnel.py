"""The funnel of the enquiries received in a period: the milestones they reached, the stages they went through."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from prospect_mgmt.procedure.review import (
	CLOSING,
	EVERYTHING,
	REVIVE,
	SMALL_SAMPLE,
	Change,
	Enquiry,
	Scope,
	nearest_rank,
	percent,
)

MILESTONES = {
	"received": "Enquiries whose first contact was in the period; spam and duplicates are not counted.",
	"reached": "Of these, those a person of ours has been in touch with.",
	"informed": "Of these, those the information was sent to.",
	"quoted": "Of these, those that have a quotation.",
	"won": "Of these, those closed as Won by now.",
}
MEDIAN, NINETY = 50, 90


def received(
	enquiries: Iterable[Enquiry], start: datetime, end: datetime, scope: Scope = EVERYTHING
) -> list[Enquiry]:
	"""The enquiries that the funnel is of."""
	return [e for e in enquiries if e.counts and scope.has(e) and start <= e.first_contact_on < end]


def milestones(cohort: Iterable[Enquiry]) -> dict[str, int]:
	"""How many reached each milestone by now; `<milestone>_from_before`: of them, who had reached the one before."""
	marks = [
		(True, bool(e.acknowledged_on), bool(e.information_sent_on), bool(e.quotation), e.is_won)
		for e in cohort
	]
	names = list(MILESTONES)
	result = {name: sum(mark[i] for mark in marks) for i, name in enumerate(names)}
	for i, name in enumerate(names[1:], start=1):
		result[f"{name}_from_before"] = sum(mark[i - 1] and mark[i] for mark in marks)
	return result


def passages(
	cohort: Sequence[Enquiry], changes: Iterable[Change], closing: Collection[str] = CLOSING
) -> dict[str, dict[str, float | None]]:
	"""For each stage that is no closing one, of the enquiries received:

	entered, went_on (left it for another open stage), won and lost (closed while there), there (open in it today), and the
	seconds of the stays that ended: median and 90th percentile, elapsed and working.
	"""
	names = {e.name for e in cohort}
	changes = [c for c in changes if c.entry in names]
	stages = {c.to_stage for c in changes} | {c.from_stage for c in changes} | {e.stage for e in cohort}
	return {stage: _passage(stage, cohort, changes, closing) for stage in stages - {None, ""} - set(closing)}


def _passage(
	stage: str, cohort: Sequence[Enquiry], changes: Sequence[Change], closing: Collection[str]
) -> dict:
	left = [c for c in changes if c.from_stage == stage]
	elapsed = [c.seconds_in_stage for c in left]
	working = [c.working_seconds_in_stage for c in left]
	return {
		"entered": len({c.entry for c in changes if c.to_stage == stage}),
		"went_on": len({c.entry for c in left if c.to_stage not in closing}),
		"won": sum(1 for e in cohort if e.done_on and e.closed_from == stage and e.outcome == "Won"),
		"lost": sum(1 for e in cohort if e.done_on and e.closed_from == stage and e.outcome != "Won"),
		"there": sum(1 for e in cohort if not e.done_on and e.stage == stage),
		"stays": len(left),
		"median": nearest_rank(elapsed, MEDIAN),
		"ninety": nearest_rank(elapsed, NINETY),
		"working_median": nearest_rank(working, MEDIAN),
		"working_ninety": nearest_rank(working, NINETY),
	}


def conversion(passage: dict) -> float:
	"""Those that went on or were won there, in percent of those that entered: not above 100."""
	return min(percent(passage["went_on"] + passage["won"], passage["entered"]), 100.0)


def bottleneck(found: dict[str, dict], detours: Collection[str] = (REVIVE,)) -> str | None:
	"""The stage with the longest median stay in working time; None while no stage has enough stays to say.

	A detour is no part of the way, however long they stay there.
	"""
	known = {stage: p for stage, p in found.items() if p["stays"] >= SMALL_SAMPLE and stage not in detours}
	return max(known, key=lambda stage: (known[stage]["working_median"], stage), default=None)
