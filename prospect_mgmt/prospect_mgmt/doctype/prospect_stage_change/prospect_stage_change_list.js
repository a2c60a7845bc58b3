frappe.listview_settings["Prospect Stage Change"] = {
	formatters: {
		// The title, and all that a phone shows of a row: there it says from where to where, too.
		entry(value, _field, row) {
			const said = (stage) => __(stage, null, "Prospect List Entry");
			if (!frappe.is_mobile()) return value;
			return `${value} · ${[row.from_stage, row.to_stage].filter(Boolean).map(said).join(" → ")}`;
		},
	},
};
