"""The milestones that enquiries reached, and beside them the stages they went through."""

from __future__ import annotations

from frappe import _

from prospect_mgmt.procedure.review import percent
from prospect_mgmt.procedure.review_funnel import MILESTONES, bottleneck, conversion
from prospect_mgmt.reporting import funnel, period, show, stages

MEANINGS = {
	"entered": "Of the enquiries received in the period: those that reached the milestone, or entered the stage at least once. "
	"Received: first contact in the period. Reached: a person of ours was in touch with them. Informed: the information was sent. "
	"Quoted: there is a quotation. Won: closed as Won by now. Spam and duplicates are not counted.",
	"conversion": "Milestones: of those that reached the milestone before, the percentage that reached this one, too. "
	"Stages: of those that entered, the percentage that went on to another open stage or were won there.",
	"went_on": "Enquiries that left the stage for another open stage. From Revive, which is a detour: back to where they came from.",
	"won": "Enquiries that were closed as Won in the stage.",
	"lost": "Enquiries that were closed in the stage with any outcome but Won.",
	"there": "Enquiries that are in the stage today.",
	"median": "Half of the stays that ended were not longer than this.",
	"ninety": "Nine of ten stays that ended were not longer than this.",
	"working_median": "As the median, in the working time of the procedure.",
	"working_ninety": "As the 90th percentile, in the working time of the procedure.",
}
BOTTLENECK = (
	"The stage with the longest median stay in working time, of those with at least ten stays that ended. "
	"A detour is none."
)
DETOUR = "Revive is no step of the way: who does not answer is sent there, and comes back or is closed there."


def execute(filters=None):
	"""Columns, rows, definitions, chart and summary."""
	asked = period.read(filters)
	reached = funnel.milestones(asked)
	if not reached["received"]:
		return show.result(_columns(), [], MEANINGS)
	found = funnel.passages(asked)
	rows = [*_milestones(reached), *_stages(found)]
	notes = {_("Bottleneck"): BOTTLENECK, _("Detour"): DETOUR}
	return show.result(_columns(), rows, MEANINGS, _chart(reached), _summary(reached, found), notes)


def behind(filters, figure: str, row: dict):
	"""The entries that a figure counts."""
	stage = row.get("stage")
	return funnel.behind(period.read(filters), figure if stage else row["milestone"], stage)


def _milestones(reached: dict) -> list[dict]:
	names = list(MILESTONES)
	rows = []
	for before, name in zip([None, *names], names, strict=False):
		share = show.rate(reached[f"{name}_from_before"], reached[before]) if before else None
		label = {"won": _("Won"), "quoted": _("Quoted")}.get(name) or _(name.capitalize())
		rows.append(
			{
				"part": _("Milestone"),
				"name": label,
				"milestone": name,
				"entered": reached[name],
				"conversion": share,
			}
		)
	return rows


def _stages(found: dict[str, dict]) -> list[dict]:
	order, revive = stages.in_order(), stages.revive()
	known = sorted(found, key=lambda stage: (order.index(stage) if stage in order else len(order), stage))
	return [
		{
			"part": _("Detour") if stage in revive else _("Stage"),
			"name": _(stage),
			"stage": stage,
			"conversion": conversion(found[stage]) if found[stage]["entered"] else None,
			**found[stage],
		}
		for stage in known
	]


def _columns() -> list[dict]:
	def counted(figure: str, label: str) -> dict:
		return show.column(figure, label, drill=show.behind(figure))

	return [
		show.column("part", _("Part"), "Data"),
		show.column("name", _("Milestone or stage"), "Data"),
		counted("entered", _("Enquiries")),
		show.column("conversion", _("Conversion"), "Percent", drill=show.behind("entered")),
		counted("went_on", _("Went on")),
		counted("won", _("Won there")),
		counted("lost", _("Lost there")),
		counted("there", _("There today")),
		*(
			show.column(field, label, "Duration", drill=show.behind("stays"))
			for field, label in (
				("median", _("Median time")),
				("ninety", _("90th percentile")),
				("working_median", _("Median working time")),
				("working_ninety", _("90th percentile, working")),
			)
		),
	]


def _chart(reached: dict) -> dict:
	names = list(MILESTONES)
	return show.bars(
		[_(name.capitalize()) for name in names], (_("Enquiries"), [reached[name] for name in names], "blue")
	)


def _summary(reached: dict, found: dict) -> list[dict]:
	slowest = bottleneck(found, stages.revive())
	milestones = [
		("received", _("Received"), "Blue"),
		("reached", _("Reached"), "Blue"),
		("won", _("Won"), "Green"),
	]
	named = {"row": {"stage": slowest}, "figure": "median"} if slowest else {}
	return [
		*(
			show.figure(label, reached[name], indicator=colour, figure="entered", row={"milestone": name})
			for name, label, colour in milestones
		),
		show.figure(
			_("Conversion"),
			percent(reached["won"], reached["received"]),
			"Percent",
			"Green",
			figure="entered",
			row={"milestone": "won"},
		),
		show.figure(
			_("Bottleneck"), _(slowest) if slowest else _("Too few stays to say"), "Data", "Orange", **named
		),
	]
