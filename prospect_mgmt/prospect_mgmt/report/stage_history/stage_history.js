{% include "prospect_mgmt/public/js/report_base.js" %}

frappe.query_reports["Stage History"] = prospect_mgmt.reports.settings("Stage History", [
	prospect_mgmt.reports.link("entry", __("Entry"), "Prospect List Entry"),
]);
