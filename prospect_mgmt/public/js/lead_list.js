// ERPNext's own settings of the Lead list stay; ours come on top.
(() => {
	const settings = (frappe.listview_settings["Lead"] = frappe.listview_settings["Lead"] || {});
	const before = settings.onload;

	settings.onload = function (listview) {
		before?.call(this, listview);
		if (!frappe.model.can_create("Prospect List Entry")) return;
		listview.page.add_action_item(__("Enrol on a Prospect List"), () =>
			enrol(listview.get_checked_items(true))
		);
	};

	function enrol(leads) {
		if (!leads.length) return;
		const dialog = new frappe.ui.Dialog({
			title: __("Enrol {0} leads on a Prospect List", [leads.length]),
			fields: [
				{
					fieldname: "prospect_list",
					fieldtype: "Link",
					options: "Prospect List",
					label: __("Prospect List"),
					reqd: 1,
					get_query: () => ({ filters: { enabled: 1 } }),
				},
				{
					fieldname: "use_true_first_contact",
					fieldtype: "Check",
					label: __("Count from their true first contact"),
					description: __("Off: the clocks start now."),
				},
			],
			primary_action_label: __("Enrol"),
			async primary_action(values) {
				dialog.disable_primary_action();
				const answer = await frappe
					.call("prospect_mgmt.enrolment.enrol_leads", { leads, ...values })
					.catch(() => dialog.enable_primary_action());
				if (!answer?.message) return dialog.enable_primary_action();
				dialog.hide();
				frappe.set_route("Form", "Prospect Enrolment", answer.message);
			},
		});
		dialog.show();
	}
})();
