"""Law 11 for who may open no report: an agent sees own figures and the team's totals, and nobody else's name."""

from dataclasses import replace

import frappe

from prospect_mgmt import permissions
from prospect_mgmt.reporting import figures, period, show


@frappe.whitelist()
def own_figures(from_date: str, to_date: str) -> list[dict]:
	"""[{prospect_list, own, team}] for each list where the user is an agent: the figures of `review.DEFINITIONS`.

	Amounts only for who may see them on entries. Raises ValidationError for a period that is none.
	"""
	frappe.has_permission("Prospect List Entry", "read", throw=True)
	user = frappe.session.user
	result = []
	for name in sorted(permissions.lists_as_agent(user)):
		asked = period.read({"from_date": from_date, "to_date": to_date})
		team = replace(asked, scope=period.WholeTeam(prospect_list=name))
		own = replace(asked, scope=period.WholeTeam(prospect_list=name, agent=user))
		result.append({"prospect_list": name, "own": _figures(own), "team": _figures(team)})
	return result


def _figures(asked) -> dict[str, float]:
	hidden = frozenset() if show.sees_amounts() else show.AMOUNTS
	return {
		figure: value for figure, value in figures.of(asked)[figures.TOTAL].items() if figure not in hidden
	}
