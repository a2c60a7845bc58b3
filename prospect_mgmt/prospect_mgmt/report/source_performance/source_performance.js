{% include "prospect_mgmt/public/js/report_base.js" %}

frappe.query_reports["Source Performance"] = prospect_mgmt.reports.settings("Source Performance", [
	prospect_mgmt.reports.choice("group_by", __("Group by"), ["Source", "Number prefix"]),
]);
