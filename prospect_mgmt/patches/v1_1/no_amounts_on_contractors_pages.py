"""A page of the monthly review holds no amounts when its agent does not see them: by a join Frappe would hand them out."""

import frappe

from prospect_mgmt.reporting import show


def execute():
	"""Take them off the pages made before; run twice it changes nothing."""
	pages = frappe.get_all("Prospect Agent Review", ["name", "agent"], order_by="name")
	sees = {agent: show.sees_amounts(agent) for agent in {page.agent for page in pages}}
	names = [page.name for page in pages if not sees[page.agent]]
	if names:
		frappe.db.delete("Prospect Agent Review Figure", {"parent": ("in", names), "parentfield": "amounts"})
