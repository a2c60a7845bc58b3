frappe.listview_settings["Prospect Due Step"] = {
	add_fields: ["status", "due_on"],
	get_indicator(doc) {
		const now = frappe.datetime.system_datetime(); // as the fields are stored, whatever the user's time zone
		if (doc.status === "Scheduled" && doc.due_on < now)
			return [__("Due"), "orange", `status,=,Scheduled|due_on,<,${now}`];
		const color = { Scheduled: "blue", Done: "green", Skipped: "gray", Failed: "red" }[doc.status];
		return [__(doc.status, null, "Prospect Due Step"), color, `status,=,${doc.status}`];
	},
	formatters: {
		// The title, which Frappe puts into the page as text: it is stored in plain English, and said in the reader's language.
		// A phone shows nothing else of a row but its status: there it says whose step it is.
		step_title: (value, _field, row) => (frappe.is_mobile() ? `${row.entry} · ${__(value || "")}` : __(value || "")),
	},
	button: {
		show: (doc) => doc.status === "Failed",
		get_label: () => __("Try again"),
		get_description: (doc) => __("Try {0} again", [frappe.utils.escape_html(__(doc.step_title))]),
		action: (doc) => retry("Prospect Due Step", doc.name),
	},
};

async function retry(doctype, name) {
	await frappe.call("run_doc_method", { dt: doctype, dn: name, method: "retry" });
	frappe.show_alert({ message: __("It is due now."), indicator: "green" });
	cur_list.refresh();
}
