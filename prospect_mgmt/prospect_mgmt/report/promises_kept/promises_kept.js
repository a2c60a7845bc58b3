{% include "prospect_mgmt/public/js/report_base.js" %}

frappe.query_reports["Promises Kept"] = prospect_mgmt.reports.settings("Promises Kept", [
	prospect_mgmt.reports.choice("by", __("Group by"), ["Month", "Week", "Day"]),
]);
