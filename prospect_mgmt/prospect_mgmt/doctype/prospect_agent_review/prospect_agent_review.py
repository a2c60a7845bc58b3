import frappe
from frappe.model.document import Document
from frappe.model.naming import append_number_if_name_exists

from prospect_mgmt.procedure import review
from prospect_mgmt.reporting import review_page, show

LONGEST = 136  # characters of a name, with room for a number


class ProspectAgentReview(Document):
	"""The page of one agent in a monthly review: own figures beside the team's totals, which name nobody."""

	def autoname(self):
		name = f"{self.review} {self.agent}"[-LONGEST:].strip()
		self.name = append_number_if_name_exists(self.doctype, name)

	def freeze(self, of, agent: str, figures: dict[str, dict]) -> None:
		"""Take over what the review `of` computed: {own, own_before, own_two_before, team: figures}.

		Amounts only for an agent who sees them: by a join Frappe hands out lines of a table that it does not show.
		"""
		self.update(
			{
				"agent": agent,
				"month": of.month,
				"prospect_list": of.prospect_list,
				"review": of.name,
				"currency": of.currency,
			}
		)
		hidden = frozenset() if show.sees_amounts(agent) else show.AMOUNTS
		for figure, definition in review.DEFINITIONS.items():
			if figure in hidden:
				continue
			table = "amounts" if figure in show.AMOUNTS else "figures"
			values = {column: numbers[figure] for column, numbers in figures.items()}
			self.append(table, {"figure": figure, "definition": definition, **values})

	def validate(self):
		if not self.is_new():
			frappe.throw(frappe._("The figures of a review are frozen."), frappe.PermissionError)

	def onload(self):
		self.set_onload("page", self.page())

	def page(self) -> str:
		"""The page as HTML, without the amounts for whom these are not shown on entries either."""
		rows = [*self.figures, *(self.amounts if show.sees_amounts() else ())]
		return review_page.of_agent(self, rows)


def on_doctype_update():
	frappe.db.add_index("Prospect Agent Review", ["agent", "month"])
