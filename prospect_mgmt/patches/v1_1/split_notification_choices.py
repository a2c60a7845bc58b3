"""Each kind of news can be chosen by itself: what a user chose for the kinds they came in before goes for them, too."""

import frappe

from prospect_mgmt.setup import custom_fields

SETTINGS = "Notification Settings"
CAME_IN = {
	"prospect_approaching": "prospect_reminder",
	"prospect_unassigned": "prospect_alert",
	"prospect_team_approaching": "prospect_alert",
	"prospect_team_promise": "prospect_alert",
	"prospect_failed_step": "prospect_fault",
	"prospect_sweep": "prospect_fault",
}


def execute():
	"""The new fields get what the old ones say."""
	custom_fields.create()
	settings = frappe.qb.DocType(SETTINGS)
	query = frappe.qb.update(settings)
	for new, old in CAME_IN.items():
		query = query.set(settings[new], settings[old])
	query.run()
