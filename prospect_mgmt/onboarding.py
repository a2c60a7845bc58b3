"""The steps of the onboarding, in the language of who takes them."""

import frappe
from frappe import _
from frappe.desk import desktop

from prospect_mgmt.sent import Values


@frappe.whitelist()
def get_desktop_page(page: Values) -> dict:
	"""As Frappe's, which translates the titles of onboarding steps only: with their descriptions translated too."""
	found = desktop.get_desktop_page(frappe.as_json(page))
	for onboarding in found.get("onboardings", {}).get("items", []):
		for step in onboarding["items"]:
			step.description = _(step.description or "")
	return found
