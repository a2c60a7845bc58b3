frappe.listview_settings["Prospect List"] = {
	add_fields: ["enabled"],
	get_indicator: (doc) =>
		doc.enabled
			? [__("Enabled"), "green", "enabled,=,1"]
			: [__("Switched off: every step is held"), "gray", "enabled,=,0"],
};
