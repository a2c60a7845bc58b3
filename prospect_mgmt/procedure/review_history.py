"""A review computed again: every enquiry as it stood at the moment of the review, whatever happened to it since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from prospect_mgmt.procedure.review import Act, Enquiry
from prospect_mgmt.procedure.standards import judge


@dataclass(frozen=True)
class Paper:
	"""A quotation or invoice of an enquiry that is submitted today, in the currency of its list."""

	entry: str
	is_quote: bool
	name: str
	amount: float
	made_on: datetime


def as_of(enquiry: Enquiry, moment: datetime, papers: Iterable[Paper]) -> Enquiry:
	"""The enquiry as it stood at a moment: what was reached, answered, closed, quoted or sold later had not happened."""
	done = _by(enquiry.done_on, moment)
	then = replace(
		enquiry,
		acknowledged_on=_by(enquiry.acknowledged_on, moment),
		satisfied_on=_by(enquiry.satisfied_on, moment),
		done_on=done,
		outcome=enquiry.outcome if done else None,
		objection=enquiry.objection if done else None,
	)
	there = [paper for paper in papers if paper.made_on <= moment]
	quotes = [paper for paper in there if paper.is_quote]
	return replace(
		then,
		acknowledge_status=_judge(then, "acknowledge", then.acknowledged_on, moment),
		satisfy_status=_judge(then, "satisfy", then.satisfied_on, moment),
		quotation=quotes[-1].name if quotes else None,
		quoted_amount=sum(paper.amount for paper in quotes),
		sale_value=sum(paper.amount for paper in there if not paper.is_quote),
	)


def known_by(acts: Iterable[Act], moment: datetime) -> list[Act]:
	"""The acts that were on record at a moment."""
	return [act for act in acts if not act.recorded_on or act.recorded_on <= moment]


def differences(frozen: dict[str, float], now: dict[str, float]) -> Sequence[tuple[str, float, float]]:
	"""[(figure, as frozen, as computed now)] of the figures that are not the same to the cent."""
	return [
		(figure, value, now[figure])
		for figure, value in frozen.items()
		if figure in now and round(value - now[figure], 2)
	]


def _by(moment: datetime | None, limit: datetime) -> datetime | None:
	return moment if moment and moment <= limit else None


def _judge(enquiry: Enquiry, promise: str, met_on: datetime | None, moment: datetime) -> str:
	due_on = getattr(enquiry, f"{promise}_by")
	return judge(due_on, met_on, enquiry.done_on or moment, bool(enquiry.done_on), enquiry.outcome)
