frappe.listview_settings["Prospect Capture"] = { filters: [["status", "=", "Failed"]] };
