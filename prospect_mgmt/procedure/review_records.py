"""What the ledgers say: objections heard, the quality of the records (third standard of the procedure), steps and how they ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from prospect_mgmt.procedure.review import (
	CLOSING,
	EVERYTHING,
	REVIVE,
	SPOKEN,
	Act,
	Change,
	Enquiry,
	Scope,
	acts_of,
	nearest_rank,
)

LATE_RECORD = 24 * 3600  # elapsed seconds after the contact

OBJECTIONS = {
	"heard": "Enquiries in which the objection was heard in the period, in a call or message or as they were closed. "
	"An enquiry with several objections counts for each; spam and duplicates are not counted.",
	"closed": "Of these, those that were closed for it in the period.",
	"revived": "Of those in which it was heard, those that went from Revive back to an earlier stage at any time.",
	"won_back": "Of those revived, those that have been won since.",
}
QUALITY = {
	"received": "Enquiries whose first contact was in the period; spam and duplicates are not counted.",
	"no_interest": "Of these, those that do not say what they asked for.",
	"no_source": "Of these, those that do not say where they came from.",
	"bounced": "Of these, those whose address mail came back from, and that have not written since.",
	"calls": "Calls of ours in the period, credited to who made them.",
	"no_summary": "Of these calls, those without a summary.",
	"recorded": "Calls, mails and messages of ours in the period, credited to who did them.",
	"recorded_late": "Of these, those recorded more than 24 hours after they happened.",
	"record_delay": "Nine of ten were recorded within this time after they happened.",
}
STEPS = {
	"due": "Steps of the procedure that were or are due in the period, those of spam and duplicates, too: each is accounted for.",
	"done": "Of these, those that were carried out.",
	"skipped": "Of these, those that were not needed any more; the ledger says why.",
	"failed": "Of these, those that could not be carried out; they can be retried.",
	"coming": "Of these, those that are scheduled or held. Done, skipped, failed and coming are together all that were due.",
}
NUMBERS = ("issued", "given", "deleted", "merged", "renamed", "corrected", "missing", "voided")
ENDS = {"done": "Done", "skipped": "Skipped", "failed": "Failed", "coming": "Scheduled"}


@dataclass(frozen=True)
class Step:
	"""One Prospect Due Step."""

	entry: str
	step_title: str
	status: str
	due_on: datetime
	reason: str | None = None


@dataclass(frozen=True)
class Number:
	"""One Prospect Lead Number. `source_now`: the source of the lead that it leads to; `has_lead`: whether that is there."""

	name: str
	issued_on: datetime
	status: str
	series: str | None = None
	source: str | None = None
	source_now: str | None = None
	has_lead: bool = True
	lead: str | None = None
	prefix: str | None = None
	number: int | None = None


def moves(
	changes: Iterable[Change],
	enquiries: Iterable[Enquiry],
	start: datetime,
	end: datetime,
	scope: Scope = EVERYTHING,
) -> tuple[dict[str, int], int]:
	"""({stage: moves to it in the period}, how many entries moved). Those of spam and duplicates, too: this is a ledger."""
	known = {e.name: e for e in enquiries}
	moved = [c for c in changes if start <= c.changed_on < end and scope.has_move(known.get(c.entry), c)]
	return dict(Counter(c.to_stage for c in moved)), len({c.entry for c in moved})


def numbers(
	rows: Sequence[Number],
	enquiries: Iterable[Enquiry],
	start: datetime,
	end: datetime,
	scope: Scope = EVERYTHING,
	counters: Mapping[str, int] | None = None,
	ids: Collection[str] = (),
) -> dict[str, dict[str, int]]:
	"""{series: the numbers it gave in the period, and what became of them}; "" are IDs that no series gave.

	A source asks for the one they were given for; all else for the enquiries of the lead that they lead to. `counters`
	and `ids` as for `missing`.
	"""
	scope, source = replace(scope, source=None), scope.source
	asked = None if scope == EVERYTHING else {e.lead for e in enquiries if scope.has(e)}
	gaps = missing(rows, counters or {}, ids)
	found: dict[str, Counter] = {}
	for row in rows:
		wanted = source in (None, row.source) and (asked is None or row.lead in asked)
		if wanted and start <= row.issued_on < end:
			counts = found.setdefault(row.series or "", Counter())
			counts["issued"] += 1
			counts[row.status.lower()] += 1
			changed = (row.source or "") != (row.source_now or "")
			counts["corrected"] += row.status == "Given" and row.has_lead and changed
			counts.update(gaps.get(row.name, {}))
	return {series: {figure: counts[figure] for figure in NUMBERS} for series, counts in found.items()}


def missing(
	rows: Iterable[Number], counters: Mapping[str, int], ids: Collection[str]
) -> dict[str, dict[str, int]]:
	"""{number: {missing, voided}}: how many numbers before it, or after the last one, the register does not have.

	`counters`: the number drawn last under each prefix. `ids`: of all leads, there or known to have been; a missing
	number that is none of them was drawn for a lead that was never saved.
	"""
	found: dict[str, Counter] = {}
	given: dict[str, list[Number]] = {}
	for row in rows:
		if row.prefix and row.number:
			given.setdefault(row.prefix, []).append(row)
	for prefix, theirs in given.items():
		theirs.sort(key=lambda row: row.number)
		befores = [0, *(row.number for row in theirs)]
		gaps = [(row, before + 1, row.number) for row, before in zip(theirs, befores, strict=False)]
		last = theirs[-1]
		for row, first, end in (*gaps, (last, last.number + 1, counters.get(prefix, 0) + 1)):
			names = [f"{prefix}{n:0{(row.series or '').count('#')}d}" for n in range(first, end)]
			voided = sum(1 for name in names if name not in ids)
			if names:
				found.setdefault(row.name, Counter()).update(missing=len(names), voided=voided)
	return {name: dict(counts) for name, counts in found.items()}


def prefixes(rows: Iterable[Number]) -> dict[str, str]:
	"""{lead: the prefix of its number}; of a lead that was renamed, of the number it was first given."""
	found: dict[str, str] = {}
	for row in sorted(rows, key=lambda row: (row.name != row.lead, row.issued_on, row.name)):
		if row.prefix and (row.name == row.lead or row.status == "Renamed"):
			found.setdefault(row.lead, row.prefix)
	return found


def objections_heard(
	enquiries: Sequence[Enquiry],
	acts: Iterable[Act],
	changes: Iterable[Change],
	start: datetime,
	end: datetime,
	group: Callable[[Enquiry, str | None], str | None],
	scope: Scope = EVERYTHING,
	revive_stage: str = REVIVE,
	closing: Collection[str] = CLOSING,
) -> dict[tuple[str, str], dict[str, int]]:
	"""{(objection, group): figures of OBJECTIONS}; `group` is given the enquiry and whose figures it was said in."""
	known = {e.name: e for e in enquiries}
	heard, closed = (
		{((objection, group(known[name], credit) or ""), name) for objection, name, credit in said}
		for said in _said(enquiries, acts, known, start, end, scope)
	)
	back = {c.entry for c in changes if c.from_stage == revive_stage and c.to_stage not in closing}
	found: dict[tuple[str, str], Counter] = {}
	for key, name in heard | closed:
		numbers = found.setdefault(key, Counter(dict.fromkeys(OBJECTIONS, 0)))
		numbers["heard"] += 1
		numbers["closed"] += (key, name) in closed
		numbers["revived"] += name in back
		numbers["won_back"] += name in back and known[name].is_won
	return {key: dict(numbers) for key, numbers in found.items()}


def objections_together(
	enquiries: Sequence[Enquiry],
	acts: Iterable[Act],
	changes: Iterable[Change],
	start: datetime,
	end: datetime,
	scope: Scope = EVERYTHING,
	revive_stage: str = REVIVE,
	closing: Collection[str] = CLOSING,
) -> dict[str, int]:
	"""The same of any objection: an enquiry counts once, however many were heard in it."""
	known = {e.name: e for e in enquiries}
	heard, closed = (
		{name for _objection, name, _credit in said}
		for said in _said(enquiries, acts, known, start, end, scope)
	)
	back = {c.entry for c in changes if c.from_stage == revive_stage and c.to_stage not in closing}
	any_time = (heard | closed) & back
	return {
		"heard": len(heard | closed),
		"closed": len(closed),
		"revived": len(any_time),
		"won_back": sum(1 for name in any_time if known[name].is_won),
	}


def _said(
	enquiries: Sequence[Enquiry],
	acts: Iterable[Act],
	known: dict[str, Enquiry],
	start: datetime,
	end: datetime,
	scope: Scope,
) -> tuple[set[tuple[str, str, str | None]], set[tuple[str, str, str | None]]]:
	"""{(objection, enquiry, credit)} heard in an act, whose credit it is; and as the enquiry was closed, whose it is."""
	heard = {(a.objection, a.entry, a.credit) for a in acts_of(acts, known, start, end, scope) if a.objection}
	closed = {
		(e.objection, e.name, e.agent)
		for e in enquiries
		if e.counts and scope.has(e) and e.objection and e.done_on and start <= e.done_on < end
	}
	return heard, closed


def quality(
	enquiries: Sequence[Enquiry],
	acts: Iterable[Act],
	start: datetime,
	end: datetime,
	scope: Scope = EVERYTHING,
) -> dict[str, dict[str, float | None]]:
	"""{agent: figures of QUALITY}; "" is nobody."""
	received = [e for e in enquiries if e.counts and scope.has(e) and start <= e.first_contact_on < end]
	ours = [a for a in acts_of(acts, {e.name: e for e in enquiries}, start, end, scope) if a.is_ours]
	agents = {e.agent or "" for e in received} | {a.credit or "" for a in ours}
	return {
		agent: _quality(
			[e for e in received if (e.agent or "") == agent], [a for a in ours if (a.credit or "") == agent]
		)
		for agent in agents
	}


def record_delay(
	enquiries: Sequence[Enquiry],
	acts: Iterable[Act],
	start: datetime,
	end: datetime,
	scope: Scope = EVERYTHING,
) -> float | None:
	"""The figure of QUALITY of all agents together."""
	found = acts_of(acts, {e.name: e for e in enquiries}, start, end, scope)
	return nearest_rank(_delays([a for a in found if a.is_ours]), 90)


def _delays(acts: Iterable[Act]) -> list[int]:
	"""Elapsed seconds until each act was recorded."""
	return [max(int((a.recorded_on - a.occurred_on).total_seconds()), 0) for a in acts if a.recorded_on]


def _quality(received: Sequence[Enquiry], acts: Sequence[Act]) -> dict[str, float | None]:
	calls = [a for a in acts if a.channel in SPOKEN]
	delays = _delays(acts)
	return {
		"received": len(received),
		"no_interest": sum(1 for e in received if not e.interest),
		"no_source": sum(1 for e in received if not e.source),
		"bounced": sum(1 for e in received if e.email_bounced_on),
		"calls": len(calls),
		"no_summary": sum(1 for a in calls if not (a.summary or "").strip()),
		"recorded": len(acts),
		"recorded_late": sum(1 for delay in delays if delay > LATE_RECORD),
		"record_delay": nearest_rank(delays, 90),
	}


def steps(
	rows: Iterable[Step],
	enquiries: Iterable[Enquiry],
	start: datetime,
	end: datetime,
	group: Callable[[Step], str],
	scope: Scope = EVERYTHING,
) -> dict[str, dict[str, int]]:
	"""{group: figures of STEPS}: done + skipped + failed + coming = due, always."""
	asked = {e.name for e in enquiries if scope.has(e)}
	found: dict[str, Counter] = {}
	for row in rows:
		if row.entry in asked and start <= row.due_on < end:
			found.setdefault(group(row), Counter())[row.status] += 1
	return {
		key: {"due": sum(statuses.values()), **{name: statuses[status] for name, status in ENDS.items()}}
		for key, statuses in found.items()
	}
