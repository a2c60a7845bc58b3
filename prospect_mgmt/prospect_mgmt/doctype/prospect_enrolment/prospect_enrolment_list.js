frappe.listview_settings["Prospect Enrolment"] = {
	add_fields: ["status", "total", "seen"],
	get_indicator(doc) {
		const color = { Queued: "gray", Running: "blue", Done: "green", Failed: "red" }[doc.status];
		return [__(doc.status, null, "Prospect Enrolment"), color, `status,=,${doc.status}`];
	},
};
