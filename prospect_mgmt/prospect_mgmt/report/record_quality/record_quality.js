{% include "prospect_mgmt/public/js/report_base.js" %}

frappe.query_reports["Record Quality"] = prospect_mgmt.reports.settings("Record Quality");
