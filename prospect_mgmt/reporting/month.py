"""What a monthly review says of one list, computed by the database: the rows of its tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

import frappe
from frappe import _
from frappe.utils import add_months, cint, date_diff

from prospect_mgmt.procedure import review, review_findings
from prospect_mgmt.procedure.review_promises import PROMISES
from prospect_mgmt.procedure.review_records import OBJECTIONS
from prospect_mgmt.reporting import figures, promises, records
from prospect_mgmt.reporting.period import Asked, WholeTeam

COLUMNS = ("value", "month_before", "two_months_before")
OWN = ("own", "own_before", "own_two_before")
QUALITY = ("calls", "no_summary", "recorded", "recorded_late")


@dataclass(frozen=True)
class Month:
	"""The rows of a review's tables. `agent_months`: {agent: {own, own_before, own_two_before, team: figures}}."""

	currency: str
	findings: list[dict]
	standards: list[dict]
	figures: list[dict]
	agents: list[dict]
	sources: list[dict]
	objections: list[dict]
	agent_months: dict[str, dict[str, dict]]


def read(prospect_list: str, month: date) -> Month:
	"""Everything of a month of a list, and of the two before, whoever asks: a review is of the whole team."""
	months = [_asked(prospect_list, add_months(month, -back)) for back in range(3)]
	by_agent = [figures.of(asked, figures.AGENT) for asked in months]
	totals = [found.pop(figures.TOTAL) for found in by_agent]
	kept = [_promises(asked) for asked in months]
	sources = figures.of(months[0], figures.SOURCE, parts=("received", "closed"))
	sources.pop(figures.TOTAL)
	objections = _objections(months[0])
	found = review_findings.findings(
		review_findings.Month(
			figures=totals,
			days=[date_diff(asked.end, asked.start) for asked in months],
			promises={promise: numbers for promise, numbers in kept[0].items() if numbers},
			sources=sources,
			objections=objections,
			quality=_quality(months[0]),
		)
	)
	return Month(
		currency=_currency(prospect_list),
		findings=[{"finding": each.said(_), "sample": each.sample} for each in found],
		standards=_standards(prospect_list, kept),
		figures=_figures(totals),
		agents=[
			{"agent": agent, **numbers}
			for agent, numbers in sorted(by_agent[0].items())
			if agent and any(numbers.values())
		],
		sources=[
			{"source": source or _("Not known"), **numbers}
			for source, numbers in sorted(sources.items(), key=lambda item: -item[1]["received"])
			if any(numbers.values())
		],
		objections=[
			{"objection": name, "count": numbers["heard"], **numbers} for name, numbers in objections.items()
		],
		agent_months=_agent_months(by_agent, totals[0]),
	)


def _asked(prospect_list: str, first) -> Asked:
	start, end = (datetime.combine(day, time.min) for day in (first, add_months(first, 1)))
	return Asked(start, end, WholeTeam(prospect_list=prospect_list))


def _currency(prospect_list: str) -> str:
	company = frappe.get_cached_value("Prospect List", prospect_list, "company")
	return frappe.get_cached_value("Company", company, "default_currency")


def _figures(totals: list[dict]) -> list[dict]:
	return [
		{"figure": figure, "definition": definition}
		| {column: numbers[figure] for column, numbers in zip(COLUMNS, totals, strict=True)}
		for figure, definition in review.DEFINITIONS.items()
	]


def _promises(asked: Asked) -> dict[str, dict]:
	"""{promise: figures of the month}; empty where nothing was promised."""
	found = promises.promises(asked, "Month")
	return {promise: found.get((asked.first_day, promise), {}) for promise in PROMISES}


def _standards(prospect_list: str, kept: list[dict[str, dict]]) -> list[dict]:
	procedure = frappe.get_cached_doc(
		"Prospect Procedure", frappe.get_cached_value("Prospect List", prospect_list, "procedure")
	)
	return [_standard(procedure, promise, [found[promise] for found in kept]) for promise in PROMISES]


def _standard(procedure, promise: str, kept: list[dict]) -> dict:
	hours = cint(procedure.get(f"{promise}_within")) / 3600
	working = procedure.get(f"{promise}_in_working_time")
	return {
		**kept[0],
		"standard": {"acknowledge": _("Acknowledge"), "satisfy": _("Satisfy"), "respond": _("Respond")}[
			promise
		],
		"within": (_("{0} working hours") if working else _("{0} hours")).format(f"{hours:g}"),
		"kept_before": kept[1].get("kept"),
		"judged_before": _judged(kept[1]),
		"kept_two_before": kept[2].get("kept"),
		"judged_two_before": _judged(kept[2]),
	}


def _judged(kept: dict) -> int:
	return cint(kept.get("met")) + cint(kept.get("missed"))


def _objections(asked: Asked) -> dict[str, dict]:
	"""{objection: figures of OBJECTIONS}, the one heard most first."""
	found: dict[str, dict] = {}
	heard = records.objections_heard(asked, ("source",))
	heard.pop(records.TOGETHER)
	for (objection, _source), numbers in heard.items():
		sums = found.setdefault(objection, dict.fromkeys(OBJECTIONS, 0))
		found[objection] = {figure: sums[figure] + numbers[figure] for figure in OBJECTIONS}
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
