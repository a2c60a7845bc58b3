"""What slips in a team, month by month: its reviews find it, it is agreed on, and the month after it is something else."""

from __future__ import annotations

from prospect_mgmt.setup.demo.team import TEAMS

ANSWERS, SUMMARIES, RECORDS = "answers wait", "calls without a summary", "recorded days later"
TURNS = (ANSWERS, SUMMARIES, RECORDS, None)
SHARE = 0.6  # of what they do


def slips(world, prospect_list: str, what: str) -> bool:
	"""Whether this is one of the times that it slips."""
	months = (world.now.year - world.begin.year) * 12 + world.now.month - world.begin.month
	place = [team.title for team in TEAMS].index(prospect_list)
	return TURNS[(months + place) % len(TURNS)] == what and world.rng.random() < SHARE
