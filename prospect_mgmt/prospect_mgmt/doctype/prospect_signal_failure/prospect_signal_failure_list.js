frappe.listview_settings["Prospect Signal Failure"] = { filters: [["status", "=", "Failed"]] };
