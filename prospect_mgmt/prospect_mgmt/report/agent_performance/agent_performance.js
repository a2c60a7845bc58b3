{% include "prospect_mgmt/public/js/report_base.js" %}

frappe.query_reports["Agent Performance"] = prospect_mgmt.reports.settings("Agent Performance");
