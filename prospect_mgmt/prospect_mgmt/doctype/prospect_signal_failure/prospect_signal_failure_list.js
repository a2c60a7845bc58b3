frappe.listview_settings["Prospect Signal Failure"] = {
	add_fields: ["status"],
	filters: [["status", "=", "Failed"]],
	get_indicator: (doc) => [
		__(doc.status),
		doc.status === "Failed" ? "red" : "green",
		`status,=,${doc.status}`,
	],
	button: {
		show: (doc) => doc.status === "Failed",
		get_label: () => __("Try again"),
		get_description: (doc) => __("Take {0} in again", [frappe.utils.escape_html(doc.reference_name)]),
		async action(doc) {
			const { message } = await frappe.call("run_doc_method", {
				dt: "Prospect Signal Failure",
				dn: doc.name,
				method: "retry",
			});
			const taken = message === "Done";
			frappe.show_alert({
				message: taken ? __("Taken in.") : __("It failed again: open it to see the reason."),
				indicator: taken ? "green" : "red",
			});
			cur_list.refresh();
		},
	},
};
