"""A review computed again: every enquiry as it stood at the moment of the review, whatever happened to it since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from prospect_mgmt.procedure import facts, pauses, promised, standards
from prospect_mgmt.procedure.clock import WorkingCalendar
from prospect_mgmt.procedure.review import KEEPS, Act, Enquiry, Promise


@dataclass(frozen=True)
class Paper:
	"""A quotation or invoice of an enquiry that is submitted today, in the currency of its list. `known_on`: since when it is."""

	entry: str
	is_quote: bool
	name: str
	amount: float
	known_on: datetime


def as_of(
	enquiry: Enquiry,
	moment: datetime,
	calendar: WorkingCalendar,
	papers: Iterable[Paper] = (),
	acts: Sequence[Act] = (),
) -> Enquiry:
	"""The enquiry as it stood at a moment: what was reached, answered, closed, quoted or sold later had not happened, and
	what was recorded later was not known. `acts`: all of the enquiry, in their order; `calendar`: the working time.
	"""
	known = known_by(acts, moment)
	done = _by(enquiry.done_on, moment)
	then = replace(
		enquiry,
		done_on=done,
		outcome=enquiry.outcome if done else None,
		objection=enquiry.objection if done else None,
		satisfied_on=_satisfied(enquiry, moment, acts, known),
	)
	was_all_known = len(known) == len(acts)
	if not was_all_known:
		then = _as_contacts_said(then, known)
	return _Judge(_with_papers(then, papers, moment), moment, calendar, known, was_all_known).enquiry()


def known_by(acts: Iterable[Act], moment: datetime) -> list[Act]:
	"""The acts that were on record at a moment."""
	return [act for act in acts if not act.recorded_on or act.recorded_on <= moment]


def _by(moment: datetime | None, limit: datetime) -> datetime | None:
	return moment if moment and moment <= limit else None


def _satisfied(
	enquiry: Enquiry, moment: datetime, acts: Sequence[Act], known: Sequence[Act]
) -> datetime | None:
	"""When the last question was answered, unless the contact in which it was, was recorded later."""
	answered = _by(enquiry.satisfied_on, moment)
	then = [act for act in acts if act.occurred_on == answered]
	return None if then and not any(act in known for act in then) else answered


def _as_contacts_said(enquiry: Enquiry, known: Iterable[Act]) -> Enquiry:
	found = facts.fold(map(_interaction, known))
	return replace(
		enquiry,
		acknowledged_on=found.acknowledged_on,
		information_sent_on=found.information_sent_on,
	)


def _interaction(act: Act) -> facts.Interaction:
	return facts.Interaction(
		occurred_on=act.occurred_on,
		channel=act.channel,
		direction=act.direction,
		by=act.by,
		result=act.result,
		information_sent=bool(act.information_sent),
		name=act.name,
		corrects=act.corrects,
	)


def _with_papers(enquiry: Enquiry, papers: Iterable[Paper], moment: datetime) -> Enquiry:
	there = [paper for paper in papers if paper.known_on <= moment]
	quotes = [paper for paper in there if paper.is_quote]
	return replace(
		enquiry,
		quotation=quotes[-1].name if quotes else None,
		quoted_amount=sum(paper.amount for paper in quotes),
		sale_value=sum(paper.amount for paper in there if not paper.is_quote),
	)


@dataclass(frozen=True)
class _Judge:
	"""What says of the promises of an enquiry as it stood at a moment. `known`: its acts that were on record."""

	then: Enquiry
	moment: datetime
	calendar: WorkingCalendar
	known: Sequence[Act]
	was_all_known: bool

	def enquiry(self) -> Enquiry:
		"""It, with the status of each promise, and how late it was kept."""
		found = {
			f"{promise}_{what}": getattr(judged, what)
			for promise in KEEPS
			for judged in map(self._judged, self.then.promises(promise))
			for what in ("status", "late", "waited")
		}
		return replace(self.then, **found, answers=tuple(map(self._judged, self._answers())))

	def _answers(self) -> list[Promise]:
		"""The promises to answer them that were given by then."""
		if self.was_all_known:
			given = (answer for answer in self.then.answers if answer.asked_on <= self.moment)
			return [replace(answer, kept_on=_by(answer.kept_on, self.moment)) for answer in given]
		given = promised.read(self.then.respond_promises)
		return [
			Promise(given[asked_on], answered_on, asked_on=asked_on)
			for asked_on, answered_on in facts.answers(map(_interaction, self.known)).items()
			if asked_on in given
		]

	def _judged(self, given: Promise) -> Promise:
		then = self.then
		status = standards.judge(
			given.due_on, given.kept_on, then.done_on or self.moment, bool(then.done_on), then.outcome
		)
		if status != standards.MISSED or not given.kept_on:
			return replace(given, status=status, late=0, waited=0)
		# As it is kept, unless it is void by now, or the contacts said something else.
		is_kept = self.was_all_known and given.status == standards.MISSED
		late, waited = (given.late, given.waited) if is_kept else self._delay(given)
		return replace(given, status=status, late=late, waited=waited)

	def _delay(self, given: Promise) -> tuple[int, int]:
		"""As the contacts said that were known."""
		turns = facts.their_turns(map(_interaction, self.known))
		waits = pauses.together([*turns, *pauses.read(self.then.pauses)])
		return standards.delay(given.due_on, given.kept_on, waits, self.calendar)


# ------------------------------------------------------------- what differs
@dataclass(frozen=True)
class Difference:
	"""A figure of a row of a table that is not the same any more. `row`: None in the table of the team's figures."""

	table: str
	row: str | None
	figure: str
	frozen: float
	now: float


def differences(
	table: str, frozen: Mapping[str | None, Mapping], now: Mapping[str | None, Mapping]
) -> list[Difference]:
	"""What differs to the cent between two {row: {figure: value}}; a row that one of them lacks is all 0 there."""
	found = []
	for row in [*frozen, *(row for row in now if row not in frozen)]:
		then, today = frozen.get(row, {}), now.get(row, {})
		for figure in then or today:
			values = (then.get(figure) or 0, today.get(figure) or 0)
			if round(values[0] - values[1], 2):
				found.append(Difference(table, row, figure, *values))
	return found
