"""Law 11 for who may open no report: an agent sees own figures and the team's totals, and nobody else's name."""

from dataclasses import replace

import frappe
from frappe import _

from prospect_mgmt import permissions
from prospect_mgmt.procedure import review
from prospect_mgmt.reporting import figures, period, review_page, show


@frappe.whitelist()
def own_figures(from_date: str, to_date: str) -> list[dict]:
	"""[{prospect_list, figures}] for each list where the user is an agent; of `review.DEFINITIONS`, each as
	{figure, label, meaning, own, team, is_amount, is_percent, currency}.

	Amounts only for who may see them on entries. Raises ValidationError for a period that is none.
	"""
	frappe.has_permission("Prospect List Entry", "read", throw=True)
	user = frappe.session.user
	result = []
	for name in sorted(permissions.lists_as_agent(user)):
		asked = period.read({"from_date": from_date, "to_date": to_date})
		team = replace(asked, scope=period.WholeTeam(prospect_list=name))
		own = replace(asked, scope=period.WholeTeam(prospect_list=name, agent=user))
		result.append({"prospect_list": name, "figures": _beside(own, team)})
	return result


def _beside(own, team) -> list[dict]:
	hidden = frozenset() if show.sees_amounts() else show.AMOUNTS
	mine, all_together = (show.with_rates(figures.of(asked)[figures.TOTAL]) for asked in (own, team))
	return [
		{
			"figure": figure,
			"label": review_page.label(figure),
			"meaning": _(meaning),
			"own": mine[figure],
			"team": all_together[figure],
			"is_amount": figure in show.AMOUNTS,
			"is_percent": figure == "success_rate",
			"currency": show.currency(team),
		}
		for figure, meaning in review.DEFINITIONS.items()
		if figure not in hidden
	]
