frappe.listview_settings["Prospect Interaction"] = {
	formatters: {
		// The title, and all that a phone shows of a row: there it says whose contact it was, and on which day.
		channel(value, _field, row) {
			const said = __(value || "", null, "Prospect Interaction");
			if (!frappe.is_mobile()) return said;
			const day = frappe.datetime.convert_to_user_tz(row.occurred_on).slice(0, 10);
			return [row.entry, said, frappe.datetime.str_to_user(day, false, true)].join(" · ");
		},
	},
};
