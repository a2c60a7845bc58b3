frappe.listview_settings["Prospect Duplicate Pair"] = {
	add_fields: ["lead", "other_lead", "other_lead_name", "status"],
	filters: [["status", "=", "Suspected"]],
	hide_name_column: true,
	get_indicator(pair) {
		const color = { Suspected: "orange", Merged: "green" }[pair.status] || "gray";
		return [__(pair.status, null, "Prospect Duplicate Pair"), color, `status,=,${pair.status}`];
	},
	formatters: {
		// The title, which Frappe puts into the page as text. A phone shows nothing else: there it names both.
		lead_name(_name, _field, pair) {
			const one = pair.lead_name || pair.lead;
			return frappe.is_mobile() ? `${one} / ${pair.other_lead_name || pair.other_lead}` : one;
		},
	},
};
