{% include "prospect_mgmt/public/js/report_base.js" %}

frappe.query_reports["Step Ledger"] = prospect_mgmt.reports.settings("Step Ledger", [
	prospect_mgmt.reports.choice("group_by", __("Group by"), ["Step", "Reason", "Day", "Agent", "Prospect List"], "Prospect Due Step"),
]);
