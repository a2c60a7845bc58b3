"""The numbers of the monthly review: the reference that every report must equal.

Computed from plain records, for one period [start, end) in the site's time. Spam and Duplicate are out of every
denominator. An act is credited to whoever did it and to the list it was done on, an enquiry to the agent and the list
that have it. A record that a later one corrects does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

# The promises, and what of an enquiry keeps them; those to answer them are judged one by one.
KEEPS = {"acknowledge": "acknowledged_on", "satisfy": "satisfied_on"}
PROMISES = (*KEEPS, "respond")
NOT_COUNTED = frozenset({"Spam", "Duplicate"})
KEPT, BROKEN = "Met", "Missed"
SPOKEN = ("Phone", "In person")
REACHED = ("Reached", "Asked to call back")
SMALL_SAMPLE = 10  # fewer closed enquiries say nothing about who is better
REVIVE, CLOSING = "Revive", frozenset({"Done"})  # as shipped; a site may call them otherwise

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

# Of a source or a number prefix, besides.
OF_GROUPS = {
	"converted": "Of the enquiries received, those closed as Won by now.",
	"conversion": "Enquiries received that have been closed as Won by now, in percent of the enquiries received.",
	"average_sale": "The sale value of the enquiries closed as Won in the period, divided by their number.",
	"days_to_sale": "Elapsed days from the first contact to the closing as Won, on average over those closed as Won in the period.",
}


@dataclass(frozen=True)
class Promise:
	"""One promise as it stands: its moment, when it was kept, and of a delay the working seconds and the prospect's part."""

	due_on: datetime
	kept_on: datetime | None = None
	status: str = ""
	late: int = 0
	waited: int = 0
	asked_on: datetime | None = None  # of one to answer them


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
	prospect_list: str | None = None
	company: str | None = None
	territory: str | None = None
	lead: str | None = None
	interest: str | None = None
	stage: str | None = None
	closed_from: str | None = None
	acknowledged_on: datetime | None = None
	information_sent_on: datetime | None = None
	email_bounced_on: datetime | None = None
	acknowledge_by: datetime | None = None
	acknowledge_late: int = 0
	acknowledge_waited: int = 0
	satisfy_by: datetime | None = None
	satisfied_on: datetime | None = None
	satisfy_late: int = 0
	satisfy_waited: int = 0
	respond_promises: str | None = None
	pauses: str | None = None
	answers: tuple[Promise, ...] = ()  # to answer them: a table of its own

	def promises(self, promise: str) -> list[Promise]:
		"""The promises of one kind that were given."""
		if promise == "respond":
			return list(self.answers)
		due_on, kept_on = getattr(self, f"{promise}_by"), getattr(self, KEEPS[promise])
		if not due_on:
			return []
		details = (getattr(self, f"{promise}_{what}") for what in ("status", "late", "waited"))
		return [Promise(due_on, kept_on, *details)]

	@property
	def counts(self) -> bool:
		return self.outcome not in NOT_COUNTED

	@property
	def is_won(self) -> bool:
		return bool(self.done_on) and self.outcome == "Won"


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
	name: str | None = None
	corrects: str | None = None
	prospect_list: str | None = None
	agent: str | None = None
	objection: str | None = None
	summary: str | None = None
	recorded_on: datetime | None = None
	information_sent: int = 0

	@property
	def is_ours(self) -> bool:
		"""Something a person of ours did."""
		return self.by == "Person" and self.direction == "Outgoing"

	@property
	def credit(self) -> str | None:
		"""Whose figures it belongs to: who did it; what they or the procedure did, to who had the enquiry."""
		return self.user if self.is_ours else self.agent


@dataclass(frozen=True)
class Change:
	"""One Prospect Stage Change."""

	entry: str
	changed_on: datetime
	from_stage: str | None
	to_stage: str
	prospect_list: str | None = None
	agent: str | None = None
	seconds_in_stage: int = 0
	working_seconds_in_stage: int = 0


@dataclass(frozen=True)
class Scope:
	"""What figures are asked of; None is all. List and agent of an act are where it was done and who is credited."""

	prospect_list: str | None = None
	agent: str | None = None
	source: str | None = None
	territory: str | None = None
	company: str | None = None

	def has(self, enquiry: Enquiry) -> bool:
		return self._is_of(enquiry) and self._fits(enquiry.prospect_list, enquiry.agent)

	def has_fact(self, enquiry: Enquiry | None, prospect_list: str | None, credit: str | None) -> bool:
		"""Whether something that happened to a counted enquiry belongs here."""
		return bool(enquiry and enquiry.counts) and self._is_of(enquiry) and self._fits(prospect_list, credit)

	def has_move(self, enquiry: Enquiry | None, change: Change) -> bool:
		"""Whether a stage change belongs here, also one of spam or a duplicate."""
		return bool(enquiry) and self._is_of(enquiry) and self._fits(change.prospect_list, change.agent)

	def _is_of(self, enquiry: Enquiry) -> bool:
		wanted = (
			(self.source, enquiry.source),
			(self.territory, enquiry.territory),
			(self.company, enquiry.company),
		)
		return all(want is None or want == has for want, has in wanted)

	def _fits(self, prospect_list: str | None, agent: str | None) -> bool:
		return self.prospect_list in (None, prospect_list) and self.agent in (None, agent)


EVERYTHING = Scope()


def figures(
	enquiries: Iterable[Enquiry],
	acts: Iterable[Act],
	changes: Iterable[Change],
	start: datetime,
	end: datetime,
	revive_stage: str = REVIVE,
	closing: Collection[str] = CLOSING,
	scope: Scope = EVERYTHING,
) -> dict[str, float]:
	"""Every figure of DEFINITIONS for the period. Counts are ints, amounts floats, rates percent (of nothing: 0)."""
	known = {e.name: e for e in enquiries}
	counted = [e for e in known.values() if e.counts and scope.has(e)]
	received = [e for e in counted if start <= e.first_contact_on < end]
	closed = [e for e in counted if e.done_on and start <= e.done_on < end]
	won = [e for e in closed if e.outcome == "Won"]
	return {
		"received": len(received),
		**_promises(received),
		**_acts(acts_of(acts, known, start, end, scope)),
		"revived": len(revived(changes, known, start, end, revive_stage, closing, scope)),
		"quoted": sum(1 for e in received if e.quotation),
		"quoted_amount": sum(e.quoted_amount for e in received),
		"won": len(won),
		"sale_value": sum(e.sale_value for e in won),
		"closed": len(closed),
		"success_rate": percent(len(won), len(closed)),
		"open": sum(1 for e in counted if e.first_contact_on < end and not (e.done_on and e.done_on < end)),
	}


def acts_of(
	acts: Iterable[Act], known: dict[str, Enquiry], start: datetime, end: datetime, scope: Scope = EVERYTHING
) -> list[Act]:
	"""The acts of the period that count: not corrected since, and not about spam or a duplicate."""
	acts = list(acts)
	corrected = {a.corrects for a in acts if a.corrects}
	return [
		a
		for a in acts
		if start <= a.occurred_on < end
		and not (a.name and a.name in corrected)
		and scope.has_fact(known.get(a.entry), a.prospect_list, a.credit)
	]


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
	calls = [a for a in ours if a.channel in SPOKEN and a.by == "Person"]
	written = [a for a in ours if a.channel not in SPOKEN]
	return {
		"calls": len(calls),
		"calls_reached": sum(1 for a in calls if a.result in REACHED),
		"mails": sum(1 for a in written if a.by == "Person"),
		"automatic_mails": sum(1 for a in written if a.by == "Automatic"),
		"answers": sum(1 for a in acts if a.direction == "Incoming" and a.by == "Person"),
	}


def revived(
	changes: Iterable[Change],
	known: dict[str, Enquiry],
	start: datetime,
	end: datetime,
	revive_stage: str = REVIVE,
	closing: Collection[str] = CLOSING,
	scope: Scope = EVERYTHING,
) -> set[str]:
	"""The enquiries that left Revive in the period other than by being closed."""
	return {
		c.entry
		for c in changes
		if c.from_stage == revive_stage
		and c.to_stage not in closing
		and start <= c.changed_on < end
		and scope.has_fact(known.get(c.entry), c.prospect_list, c.agent)
	}


def percent(part: float, whole: float) -> float:
	"""Part of a whole in percent, to one decimal; 0 of nothing."""
	return round(100 * part / whole, 1) if whole else 0.0


def nearest_rank(values: Iterable[float], share: int) -> float | None:
	"""The smallest value that at least `share` percent of all (50: the median) do not exceed; None of nothing."""
	ordered = sorted(values)
	return ordered[max(-(-share * len(ordered) // 100), 1) - 1] if ordered else None


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
	revive_stage: str = REVIVE,
	closing: Collection[str] = CLOSING,
	scope: Scope = EVERYTHING,
) -> dict[str, dict[str, float]]:
	"""The figures of each agent: their enquiries, and the acts they did themselves, on whichever enquiry."""
	agents = {e.agent for e in enquiries} | {a.credit for a in acts} | {c.agent for c in changes}
	return {
		agent: figures(
			enquiries, acts, changes, start, end, revive_stage, closing, replace(scope, agent=agent)
		)
		for agent in sorted(filter(None, agents))
		if scope.agent in (None, agent)
	}


def by_group(
	enquiries: Sequence[Enquiry],
	acts: Sequence[Act],
	changes: Sequence[Change],
	start: datetime,
	end: datetime,
	group: Callable[[Enquiry], str | None],
	scope: Scope = EVERYTHING,
	**stages,
) -> dict[str, dict[str, float]]:
	"""The figures of each group of enquiries (their source, the prefix of their number), with OF_GROUPS; "" is without one."""
	groups: dict[str, list[Enquiry]] = {}
	for enquiry in enquiries:
		groups.setdefault(group(enquiry) or "", []).append(enquiry)
	return {
		name: of_group(
			theirs, figures(theirs, acts, changes, start, end, scope=scope, **stages), start, end, scope
		)
		for name, theirs in groups.items()
	}


def of_group(
	enquiries: Sequence[Enquiry],
	found: dict[str, float],
	start: datetime,
	end: datetime,
	scope: Scope = EVERYTHING,
) -> dict[str, float]:
	"""The figures that were found, with OF_GROUPS."""
	received = [e for e in enquiries if e.counts and scope.has(e) and start <= e.first_contact_on < end]
	converted = sum(1 for e in received if e.is_won)
	return {
		**found,
		"converted": converted,
		"conversion": percent(converted, len(received)),
		"average_sale": found["sale_value"] / found["won"] if found["won"] else 0.0,
		"days_to_sale": days_to_sale(enquiries, start, end, scope),
	}


def days_to_sale(
	enquiries: Iterable[Enquiry], start: datetime, end: datetime, scope: Scope = EVERYTHING
) -> float:
	"""Elapsed days from the first contact to the closing as Won, on average over those won in the period; 0 of none."""
	times = [
		(e.done_on - e.first_contact_on).total_seconds()
		for e in enquiries
		if e.is_won and scope.has(e) and start <= e.done_on < end
	]
	return round(sum(times) / len(times) / 86400, 1) if times else 0.0


def ranks(agents: dict[str, dict[str, float]]) -> dict[str, int | None]:
	"""The place of each agent by success rate; None where the sample is too small to say. Equals share a place."""
	rates = {name: f["success_rate"] for name, f in agents.items() if f["closed"] >= SMALL_SAMPLE}
	ordered = sorted(rates.values(), reverse=True)
	return {name: ordered.index(rates[name]) + 1 if name in rates else None for name in agents}


def saved(enquiries: Iterable[Enquiry], names: Collection[str]) -> int:
	"""How many of the enquiries that were revived have been won since."""
	return sum(1 for e in enquiries if e.name in names and e.is_won)
