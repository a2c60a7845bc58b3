{% include "prospect_mgmt/public/js/report_base.js" %}

frappe.query_reports["Prospect Funnel"] = prospect_mgmt.reports.settings("Prospect Funnel");
