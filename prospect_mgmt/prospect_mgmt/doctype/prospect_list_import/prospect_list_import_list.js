frappe.listview_settings["Prospect List Import"] = {
	get_indicator(doc) {
		const color = {
			New: "gray",
			Rehearsing: "blue",
			Rehearsed: "yellow",
			Importing: "blue",
			Imported: "green",
			Undoing: "blue",
			Undone: "gray",
			Refused: "red",
		}[doc.status];
		return [__(doc.status, null, "Prospect List Import"), color, `status,=,${doc.status}`];
	},
};
