{% include "prospect_mgmt/public/js/report_base.js" %}

frappe.query_reports["Lead Number Register"] = prospect_mgmt.reports.settings("Lead Number Register", [
	prospect_mgmt.reports.choice("view", __("Show"), ["Numbers", "Days", "Series"]),
]);
