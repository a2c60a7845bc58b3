"""The numbers of the monthly review: the reference that every report must equal.

Computed from plain records, for one period [start, end) in the site's time. Spam and Duplicate are out of every
denominator. An act is credited to whoever did it, an enquiry to the agent who has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

NOT_COUNTED = frozenset({"Spam", "Duplicate"})
KEPT, BROKEN = "Met", "Missed"

DEFINITIONS = {
	"received": "Enquiries whose first contact was in the period; spam and duplicates are not counted.",
	"acknowledged_in_time": "Of the enquiries received, those a person of ours reached before the promise ran out.",
	"acknowledged_late": "Of the enquiries received, those reached too late or not at all although the promise ran out.",
	"satisfied_in_time": "Of the enquiries received, those whose questions were all answered before the promise ran out.",
	"satisfied_late": "Of the enquiries received, those whose questions were not all answered in time.",
	"calls": "Calls of ours in the period, whatever their result.",
	"calls_reached": "Of these calls, those in which they were reached.",
	"mails": "Mails and messages that a person of ours sent in the period.",
	"automatic_mails": "Mails that the procedure sent by itself in the period.",
	"answers": "Answers of theirs in the period; mails written by machines are not counted.",
	"revived": "Enquiries that went from Revive back to an earlier stage in the period.",
	"quoted": "Enquiries received that have a quotation.",
	"quoted_amount": "The submitted quotations of the enquiries received, in the company's currency.",
	"won": "Enquiries closed as Won in the period.",
	"sale_value": "The submitted invoices, less returns, of the enquiries closed as Won in the period.",
	"closed": "Enquiries closed in the period, with any outcome but spam and duplicate.",
	"success_rate": "Won, in percent of the enquiries closed.",
	"open": "Enquiries received before the end of the period that were not closed by then.",
}


@dataclass(frozen=True)
class Enquiry:
	"""One Prospect List Entry; statuses and amounts as they stand when the review is made."""

	name: str
	first_contact_on: datetime
	agent: str | None = None
	source: str | None = None
	acknowledge_status: str = ""
	satisfy_status: str = ""
	outcome: str | None = None
	objection: str | None = None
	done_on: datetime | None = None
	quotation: str | None = None
	quoted_amount: float = 0
	sale_value: float = 0

	@property
	def counts(self) -> bool:
		return self.outcome not in NOT_COUNTED


@dataclass(frozen=True)
class Act:
	"""One Prospect Interaction."""

	entry: str
	occurred_on: datetime
	channel: str
	direction: str
	by: str
	result: str | None = None
	user: str | None = None


@dataclass(frozen=True)
class Change:
	"""One Prospect Stage Change."""

	entry: str
	changed_on: datetime
	from_stage: str | None
	to_stage: str


def figures(
	enquiries: Iterable[Enquiry],
	acts: Iterable[Act],
	changes: Iterable[Change],
	start: datetime,
	end: datetime,
	revive_stage: str = "Revive",
) -> dict[str, float]:
	"""Every figure of DEFINITIONS for the period. Counts are ints, amounts floats, rates percent (of nothing: 0)."""
	counted = [e for e in enquiries if e.counts]
	names = {e.name for e in counted}
	received = [e for e in counted if start <= e.first_contact_on < end]
	closed = [e for e in counted if e.done_on and start <= e.done_on < end]
	won = [e for e in closed if e.outcome == "Won"]
	return {
		"received": len(received),
		**_promises(received),
		**_acts([a for a in acts if a.entry in names and start <= a.occurred_on < end]),
		"revived": _revived(changes, counted, start, end, revive_stage),
		"quoted": sum(1 for e in received if e.quotation),
		"quoted_amount": sum(e.quoted_amount for e in received),
		"won": len(won),
		"sale_value": sum(e.sale_value for e in won),
		"closed": len(closed),
		"success_rate": percent(len(won), len(closed)),
		"open": sum(1 for e in counted if e.first_contact_on < end and not (e.done_on and e.done_on < end)),
	}


def _promises(received: Sequence[Enquiry]) -> dict[str, int]:
	acknowledged = Counter(e.acknowledge_status for e in received)
	satisfied = Counter(e.satisfy_status for e in received)
	return {
		"acknowledged_in_time": acknowledged[KEPT],
		"acknowledged_late": acknowledged[BROKEN],
		"satisfied_in_time": satisfied[KEPT],
		"satisfied_late": satisfied[BROKEN],
	}


def _acts(acts: Sequence[Act]) -> dict[str, int]:
	ours = [a for a in acts if a.direction == "Outgoing"]
	calls = [a for a in ours if a.channel in ("Phone", "In person") and a.by == "Person"]
	written = [a for a in ours if a.channel not in ("Phone", "In person")]
	return {
		"calls": len(calls),
		"calls_reached": sum(1 for a in calls if a.result in ("Reached", "Asked to call back")),
		"mails": sum(1 for a in written if a.by == "Person"),
		"automatic_mails": sum(1 for a in written if a.by == "Automatic"),
		"answers": sum(1 for a in acts if a.direction == "Incoming" and a.by == "Person"),
	}


def _revived(
	changes: Iterable[Change], counted: Sequence[Enquiry], start: datetime, end: datetime, revive_stage: str
) -> int:
	closed_on = {e.name: e.done_on for e in counted}
	return len(
		{
			c.entry
			for c in changes
			if c.from_stage == revive_stage
			and start <= c.changed_on < end
			and c.entry in closed_on
			and c.changed_on != closed_on[c.entry]  # that change closed it
		}
	)


def percent(part: float, whole: float) -> float:
	"""Part of a whole in percent, to one decimal; 0 of nothing."""
	return round(100 * part / whole, 1) if whole else 0.0


def objections(enquiries: Iterable[Enquiry], start: datetime, end: datetime) -> dict[str, int]:
	"""How often each objection closed an enquiry in the period, most frequent first."""
	heard = Counter(
		e.objection for e in enquiries if e.counts and e.objection and e.done_on and start <= e.done_on < end
	)
	return dict(heard.most_common())


def by_agent(
	enquiries: Sequence[Enquiry],
	acts: Sequence[Act],
	changes: Sequence[Change],
	start: datetime,
	end: datetime,
) -> dict[str, dict[str, float]]:
	"""The figures of each agent: their enquiries, and the acts they did themselves, on whichever enquiry."""
	agents = sorted({e.agent for e in enquiries if e.agent} | {a.user for a in acts if a.user and a.by == "Person"})
	result = {}
	for agent in agents:
		theirs = [e for e in enquiries if e.agent == agent]
		numbers = figures(theirs, (), changes, start, end)
		counted = {e.name for e in enquiries if e.counts}
		done = [a for a in acts if a.user == agent and a.entry in counted and start <= a.occurred_on < end]
		result[agent] = {**numbers, **_acts(done)}
	return result
