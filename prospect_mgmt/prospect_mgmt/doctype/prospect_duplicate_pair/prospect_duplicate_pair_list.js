frappe.listview_settings["Prospect Duplicate Pair"] = { filters: [["status", "=", "Suspected"]] };
