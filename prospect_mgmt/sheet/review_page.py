"""The month's review as one HTML page with charts. The figures are those of `procedure.review`, as on a site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from html import escape

from prospect_mgmt.procedure import review
from prospect_mgmt.sheet import charts
from prospect_mgmt.sheet.deciding import Decision, interactions
from prospect_mgmt.sheet.rules import Rules

MONTHS_SHOWN = 12
AMOUNTS = ("quoted_amount", "sale_value")
# A spreadsheet keeps the stage of today and no history of stages.
NOT_KEPT = {"revived": "a spreadsheet keeps no history of stages"}
NOTHING = "–"  # what is not known, and the rate of nothing
AGENT_FIGURES = (
	"received",
	"acknowledged_in_time",
	"acknowledged_late",
	"calls",
	"mails",
	"won",
	"sale_value",
	"success_rate",
)


@dataclass(frozen=True)
class Records:
	"""The list as the plain records that a review is computed from."""

	enquiries: list[review.Enquiry]
	acts: list[review.Act]
	left_out: int  # rows without any date

	def figures(self, month: date) -> dict[str, float]:
		"""Every figure of a month."""
		return review.figures(self.enquiries, self.acts, (), *bounds(month))


def bounds(month: date) -> tuple[datetime, datetime]:
	"""The first moment of a month, and of the next."""
	start = month.replace(day=1)
	return datetime.combine(start, time.min), datetime.combine(earlier(start, -1), time.min)


def earlier(month: date, back: int) -> date:
	"""The first of the month that is `back` months before."""
	years, index = divmod(month.year * 12 + month.month - 1 - back, 12)
	return date(years, index + 1, 1)


def records(decisions: Sequence[Decision]) -> Records:
	"""The enquiries and contacts of a list; a row without any date belongs to no month."""
	dated = [d for d in decisions if d.entry.first_contact_on and d.entry.who]
	acts = [act for d in dated for act in _acts(d)]
	return Records([_enquiry(d) for d in dated], acts, len(decisions) - len(dated))


def _name(decision: Decision) -> str:
	return f"row {decision.entry.line}"


def _enquiry(decision: Decision) -> review.Enquiry:
	entry = decision.entry
	return review.Enquiry(
		name=_name(decision),
		first_contact_on=entry.first_contact_on,
		agent=entry.agent or None,
		source=entry.source or None,
		acknowledge_status=decision.acknowledge_status,
		satisfy_status=decision.satisfy_status,
		outcome="Duplicate" if entry.duplicate_of else entry.outcome,
		objection=entry.objection or None,
		done_on=entry.done_on,
		quotation=entry.quotation or (f"quoted, {_name(decision)}" if entry.quoted_amount else None),
		quoted_amount=entry.quoted_amount,
		sale_value=entry.sale_value,
		stage=entry.stage,
	)


def _acts(decision: Decision) -> list[review.Act]:
	agent = decision.entry.agent or None
	return [
		review.Act(
			entry=_name(decision),
			occurred_on=i.occurred_on,
			channel=i.channel,
			direction=i.direction,
			by=i.by,
			result=i.result,
			user=agent if i.by == "Person" and i.direction == "Outgoing" else None,
			agent=agent,
		)
		for i in interactions(decision.entry)
	]


# The page


def page(decisions: Sequence[Decision], month: date, today: date, rules: Rules, title: str) -> str:
	"""The review of a month as one page of HTML that loads nothing."""
	found = records(decisions)
	month = month.replace(day=1)
	heading = f"{title}: review of {month:%B %Y}"
	parts = [
		_headline(found.figures(month)),
		_figures_table(found, month),
		_charts(found, month, rules),
		_agents_table(found, month),
		_improvements(found.figures(month)),
		_footing(found, today),
	]
	return PAGE.format(title=escape(heading), body="\n".join(parts), style=STYLE)


def _headline(figures: dict[str, float]) -> str:
	promised = figures["acknowledged_in_time"] + figures["acknowledged_late"]
	cards = {
		"Enquiries received": charts.number(figures["received"]),
		"Acknowledged in time": _percent(
			review.percent(figures["acknowledged_in_time"], promised), of=promised
		),
		"Sale value": _value("sale_value", figures),
		"Success rate": _value("success_rate", figures),
	}
	drawn = "".join(f"<div><b>{value}</b>{escape(name)}</div>" for name, value in cards.items())
	return f'<section class="cards">{drawn}</section>'


def _figures_table(found: Records, month: date) -> str:
	months = [earlier(month, back) for back in range(3)]
	figures = [found.figures(shown) for shown in months]
	head = "".join(f"<th>{shown:%B %Y}</th>" for shown in months)
	rows = [_figure_row(name, meaning, figures) for name, meaning in review.DEFINITIONS.items()]
	return f"<h2>Figures</h2><table class='figures'><tr><th>Figure</th>{head}<th class='meaning'>What it counts</th></tr>{''.join(rows)}</table>"


def _figure_row(name: str, meaning: str, months: Sequence[dict[str, float]]) -> str:
	cells = "".join(f"<td>{_value(name, figures)}</td>" for figures in months)
	meaning = f"Not known: {NOT_KEPT[name]}." if name in NOT_KEPT else meaning
	return f"<tr><th>{escape(words(name))}</th>{cells}<td class='meaning'>{escape(meaning)}</td></tr>"


def words(figure: str) -> str:
	"""The name of a figure in words."""
	return figure.replace("_", " ").capitalize()


def _value(name: str, figures: dict[str, float]) -> str:
	if name in NOT_KEPT:
		return NOTHING
	if name == "success_rate":
		return _percent(figures[name], of=figures["closed"])
	return f"{figures[name]:,.2f}" if name in AMOUNTS else charts.number(figures[name])


def _percent(value: float, of: float) -> str:
	return f"{value:g} %" if of else NOTHING


def _charts(found: Records, month: date, rules: Rules) -> str:
	first = min((e.first_contact_on.date() for e in found.enquiries), default=month).replace(day=1)
	back_to = min(max((month.year - first.year) * 12 + month.month - first.month, 2), MONTHS_SHOWN - 1)
	months = [earlier(month, back) for back in range(back_to, -1, -1)]
	figures = [found.figures(shown) for shown in months]
	drawn = [
		charts.columns(
			"Enquiries received, and won, month by month",
			[f"{shown:%b %y}" for shown in months],
			{"Received": [f["received"] for f in figures], "Won": [f["won"] for f in figures]},
		),
		charts.bars("Promises of this month", _promises(figures[-1]), "b"),
		charts.bars("Open enquiries by status, at the end of the month", _open_by_stage(found, month, rules)),
		charts.bars("Where this month's enquiries came from", _by_source(found, month)),
		charts.bars("Why they said no, this month", review.objections(found.enquiries, *bounds(month)), "c"),
	]
	return f"<h2>Charts</h2><div class='charts'>{''.join(drawn)}</div>"


def _promises(figures: dict[str, float]) -> dict[str, float]:
	names = ("acknowledged_in_time", "acknowledged_late", "satisfied_in_time", "satisfied_late")
	return {words(name): figures[name] for name in names}


def _open_by_stage(found: Records, month: date, rules: Rules) -> dict[str, float]:
	"""By the status they have now: what it was then, a spreadsheet does not keep."""
	_start, end = bounds(month)
	was_open = [
		e
		for e in found.enquiries
		if e.counts and e.first_contact_on < end and not (e.done_on and e.done_on < end)
	]
	heard = Counter(e.stage if not e.done_on else "Closed since" for e in was_open)
	return {stage: heard[stage] for stage in (*rules.stages[:-1], "Closed since") if heard[stage]}


def _by_source(found: Records, month: date) -> dict[str, float]:
	start, end = bounds(month)
	heard = Counter(
		e.source or "not said" for e in found.enquiries if e.counts and start <= e.first_contact_on < end
	)
	return dict(heard.most_common())


def _agents_table(found: Records, month: date) -> str:
	agents = review.by_agent(found.enquiries, found.acts, (), *bounds(month))
	if not agents:
		return ""
	head = "".join(f"<th>{escape(words(name))}</th>" for name in AGENT_FIGURES)
	rows = [
		f"<tr><th>{escape(agent)}</th>"
		+ "".join(f"<td>{_value(name, figures)}</td>" for name in AGENT_FIGURES)
		for agent, figures in agents.items()
	]
	return f"<h2>Agents</h2><div class='wide' tabindex='0' role='region' aria-label='Agents'><table><tr><th>Agent</th>{head}</tr>{''.join(rows)}</table></div>"


def _improvements(figures: dict[str, float]) -> str:
	"""Room for what is agreed in the meeting, and what the figures suggest to speak about."""
	topics = []
	if figures["acknowledged_late"]:
		topics.append(
			f"{_many(figures['acknowledged_late'], 'was', 'were')} reached too late or not at all: what held it up?"
		)
	if figures["satisfied_late"]:
		topics.append(
			f"{_many(figures['satisfied_late'], 'has', 'have')} waited too long for their answers: what was missing?"
		)
	listed = "".join(f"<li>{escape(topic)}</li>" for topic in topics)
	blank = "<tr><td>&nbsp;</td><td></td><td></td></tr>" * 3
	return (
		f"<h2>Agreed improvements</h2><ul>{listed}</ul>"
		f"<table class='agreed'><tr><th>What</th><th>Who</th><th>By when</th></tr>{blank}</table>"
	)


def _many(number: float, one: str, more: str) -> str:
	return f"{charts.number(number)} {one if number == 1 else more}"


def _footing(found: Records, today: date) -> str:
	left_out = f" {found.left_out} rows have no date and are in no month." if found.left_out else ""
	return (
		f"<footer>Made on {today:%Y-%m-%d} from a spreadsheet of {len(found.enquiries)} enquiries. Calls, mails and answers "
		f"are those whose dates the list keeps: one of each kind for each enquiry.{left_out}</footer>"
	)


STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1f272e; background: #fff; max-width: 1000px; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 2em }
table { border-collapse: collapse; width: 100%; font-size: .93em }
th, td { border-bottom: 1px solid #e2e6e9; padding: .35em .6em; text-align: right; font-variant-numeric: tabular-nums }
th { text-align: left; font-weight: 600 } tr:first-child th:not(:first-child) { text-align: right }
.meaning { color: #5a6670 } tr .meaning, .agreed tr th { text-align: left !important } .agreed td { height: 1.6em; text-align: left }
.wide { overflow-x: auto }
.cards { display: flex; flex-wrap: wrap; gap: 1em } .cards div { flex: 1 1 9em; border: 1px solid #e2e6e9; border-radius: 8px; padding: .8em }
.cards b { display: block; font-size: 1.6em }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 1em }
figure { margin: 0; border: 1px solid #e2e6e9; border-radius: 8px; padding: .8em } figcaption { font-weight: 600; margin-bottom: .5em }
figure:first-child { grid-column: 1 / -1 }
svg { width: 100%; height: auto } svg text { font-size: 12px; fill: currentColor }
.a { fill: #2490ef; --key: #2490ef } .b { fill: #2b9348; --key: #2b9348 } .c { fill: #c2410c; --key: #c2410c } .axis { stroke: #8d99a6 }
.none, footer { color: #5a6670 } .legend { margin: .3em 0 0 } .key { margin-right: 1.2em }
.key::before { content: ""; display: inline-block; width: .8em; height: .8em; margin-right: .4em; background: var(--key) }
figure:first-child .b { fill: #2b9348 }
footer { margin-top: 2em; font-size: .9em }
@media screen and (max-width: 600px) {
	.figures, .figures tbody { display: block } .figures th, .figures td { border: 0; padding: .2em .3em }
	.figures tr { display: grid; grid-template-columns: repeat(3, 1fr); border-bottom: 1px solid #e2e6e9; padding: .2em 0 }
	.figures th:first-child, .figures .meaning { grid-column: 1 / -1 }
	/* scrolled from its end: the month of the review is seen first */
	figure:first-child { overflow-x: auto; direction: rtl } figure:first-child > * { direction: ltr }
	figure:first-child svg { min-width: 560px } figure:first-child svg text { font-size: 15px }
}
@media print {
	body { margin: 0; font-size: 12px } th, td { padding: .2em .5em } h2 { break-after: avoid } figure, tr { break-inside: avoid }
	.charts { grid-template-columns: 1fr 1fr } .key::before { print-color-adjust: exact; -webkit-print-color-adjust: exact }
}
"""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""
