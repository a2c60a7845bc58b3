"""What a monthly review says of one list, computed by the database: the rows of its tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise

import frappe
from frappe import _
from frappe.utils import add_months, cint, date_diff, getdate, now_datetime

from prospect_mgmt.procedure import review, review_findings
from prospect_mgmt.procedure.review import PROMISES
from prospect_mgmt.reporting import figures, promises, records
from prospect_mgmt.reporting.period import Asked, WholeTeam
from prospect_mgmt.reporting.sql import ENTRY

REVIEW = "Prospect Performance Review"
COLUMNS = ("value", "month_before", "two_months_before")
OWN = ("own", "own_before", "own_two_before")
OF_SOURCES = ("received", "quoted", "closed", "won", "success_rate", "sale_value")
NO_SOURCE = "Not known"
STANDARDS = {"acknowledge": "Acknowledge", "satisfy": "Satisfy", "respond": "Respond"}
QUALITY = ("calls", "no_summary", "recorded", "recorded_late")


@dataclass(frozen=True)
class Numbers:
	"""What a month is said with, however it was computed. Of `totals`, `by_agent` and `kept` the month and the two before,
	the latest first; `quality`: figures of QUALITY; `begun`: the day of the list's first enquiry."""

	begun: date | None
	totals: list[dict]
	by_agent: list[dict[str, dict]]
	kept: list[dict[str, dict]]
	sources: dict[str, dict]
	objections: dict[str, dict]
	quality: dict[str, float]


@dataclass(frozen=True)
class Month:
	"""The rows of a review's tables. `agent_months`: {agent: {own, own_before, own_two_before, team: figures}}."""

	findings: list[dict]
	standards: list[dict]
	figures: list[dict]
	agents: list[dict]
	sources: list[dict]
	objections: list[dict]
	agent_months: dict[str, dict[str, dict]]


def read(prospect_list: str, month: date) -> Numbers:
	"""Everything of a month of a list, and of the two before, whoever asks: a review is of the whole team."""
	months = [_asked(prospect_list, add_months(month, -back)) for back in range(3)]
	by_agent = [figures.of(asked, figures.AGENT) for asked in months]
	totals = [found.pop(figures.TOTAL) for found in by_agent]
	sources = figures.of(months[0], figures.SOURCE, parts=("received", "closed"))
	sources.pop(figures.TOTAL)
	return Numbers(
		begun=begun(prospect_list, now_datetime()),
		totals=totals,
		by_agent=by_agent,
		kept=[_promises(asked) for asked in months],
		sources=sources,
		objections=_objections(months[0]),
		quality=_quality(months[0]),
	)


def begun(prospect_list: str, moment: datetime) -> date | None:
	"""The day of the first enquiry of a list that was known at a moment: before it, none could be expected."""
	known = {"prospect_list": prospect_list, "creation": ("<=", moment)}
	first = frappe.db.get_value(ENTRY, known, "first_contact_on", order_by="first_contact_on")
	return first and getdate(first)


def rows(prospect_list: str, month: date, found: Numbers) -> Month:
	"""What a review says of a month."""
	return Month(
		findings=_findings(month, found),
		standards=_standards(prospect_list, month, found.kept),
		figures=_figures(found.totals),
		agents=[
			{"agent": agent, **numbers}
			for agent, numbers in sorted(found.by_agent[0].items())
			if agent and any(numbers.values())
		],
		sources=[
			{"source": source or NO_SOURCE, **numbers}
			for source, numbers in sorted(found.sources.items(), key=lambda item: -item[1]["received"])
			if any(numbers[figure] for figure in OF_SOURCES)
		],
		objections=[
			{"objection": name, "count": numbers["heard"], **numbers}
			for name, numbers in found.objections.items()
		],
		agent_months=_agent_months(found.by_agent, found.totals[0]),
	)


def _asked(prospect_list: str, first) -> Asked:
	start, end = (datetime.combine(day, time.min) for day in (first, add_months(first, 1)))
	return Asked(start, end, WholeTeam(prospect_list=prospect_list))


def currency(prospect_list: str) -> str:
	"""The currency of a list's amounts."""
	company = frappe.get_cached_value("Prospect List", prospect_list, "company")
	return frappe.get_cached_value("Company", company, "default_currency")


def _findings(month: date, found: Numbers) -> list[dict]:
	firsts = [add_months(month, -back) for back in range(-1, 3)]
	judged = review_findings.Month(
		figures=found.totals,
		days=[_days(found.begun, first, after) for after, first in pairwise(firsts)],
		promises={promise: numbers for promise, numbers in found.kept[0].items() if numbers},
		sources=found.sources,
		objections=found.objections,
		quality=found.quality,
	)
	return [
		{
			"finding": each.said(_),
			"sample": each.sample,
			"said": each.text,
			"numbers": json.dumps(each.values, ensure_ascii=False),
		}
		for each in review_findings.findings(judged)
	]


def _days(begun: date | None, first: date, after: date) -> int:
	"""How many days a month has, of the one in which the list began since then."""
	return max(date_diff(after, max(first, begun or first)), 0)


def _figures(totals: list[dict]) -> list[dict]:
	return [
		{"figure": figure, "definition": definition}
		| {column: numbers[figure] for column, numbers in zip(COLUMNS, totals, strict=True)}
		for figure, definition in review.DEFINITIONS.items()
	]


def _promises(asked: Asked) -> dict[str, dict]:
	"""{promise: figures of the month}; empty where nothing was promised."""
	found = promises.promises(asked, "Month", now_datetime())
	return {promise: found.get((asked.first_day, promise), {}) for promise in PROMISES}


def _standards(prospect_list: str, month: date, kept: list[dict[str, dict]]) -> list[dict]:
	procedure = frappe.get_cached_doc(
		"Prospect Procedure", frappe.get_cached_value("Prospect List", prospect_list, "procedure")
	)
	before = [_as_reviewed(prospect_list, add_months(month, -back)) or kept[back] for back in (1, 2)]
	return [
		_standard(procedure, promise, [found[promise] for found in (kept[0], *before)])
		for promise in PROMISES
	]


def _as_reviewed(prospect_list: str, month: date) -> dict[str, dict]:
	"""What the review of an earlier month said, so that two reviews say the same of it; empty where there is none."""
	review = frappe.db.exists(REVIEW, {"prospect_list": prospect_list, "month": month})
	filters = {"parent": review or "", "parenttype": REVIEW}
	found = frappe.get_all("Prospect Review Standard", filters, ["met", "missed", "kept"], order_by="idx")
	return dict(zip(PROMISES, found, strict=True)) if found else {}


def _standard(procedure, promise: str, kept: list[dict]) -> dict:
	return {
		**kept[0],
		"standard": STANDARDS[promise],
		"within": within(procedure, promise),
		"kept_before": kept[1].get("kept"),
		"judged_before": _judged(kept[1]),
		"kept_two_before": kept[2].get("kept"),
		"judged_two_before": _judged(kept[2]),
	}


def within(procedure, promise: str) -> str:
	"""How long a promise of a procedure may take, in words."""
	hours = cint(procedure.get(f"{promise}_within")) / 3600
	working = procedure.get(f"{promise}_in_working_time")
	return (_("{0} working hours") if working else _("{0} hours")).format(f"{hours:g}")


def _judged(kept: dict) -> int:
	return cint(kept.get("met")) + cint(kept.get("missed"))


def _objections(asked: Asked) -> dict[str, dict]:
	"""{objection: figures of OBJECTIONS}, the one heard most first."""
	heard = records.objections_heard(asked, ("source",))
	found = {objection: numbers for (objection, key), numbers in heard.items() if objection and key is None}
	return dict(sorted(found.items(), key=lambda item: (-item[1]["heard"], item[0])))


def _quality(asked: Asked) -> dict[str, float]:
	by_agent = records.quality(asked).values()
	return {figure: sum(numbers[figure] for numbers in by_agent) for figure in QUALITY}


def _agent_months(by_agent: list[dict], team: dict) -> dict[str, dict[str, dict]]:
	active = [agent for agent, numbers in by_agent[0].items() if agent and any(numbers.values())]
	return {
		agent: {
			column: found.get(agent, figures.NOTHING) for column, found in zip(OWN, by_agent, strict=True)
		}
		| {"team": team}
		for agent in sorted(active)
	}
