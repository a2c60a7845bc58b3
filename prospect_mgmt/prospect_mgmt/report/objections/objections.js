{% include "prospect_mgmt/public/js/report_base.js" %}

frappe.query_reports["Objections"] = prospect_mgmt.reports.settings("Objections", [
	prospect_mgmt.reports.choice("group_by", __("Group by"), ["Source", "Agent", "Interest", "All three"]),
]);
