// A telephone rings: who it is, a click away from their enquiry; a stranger becomes a lead with one line.
frappe.provide("prospect_mgmt.telephone");

$(document).on("app_ready", () => frappe.realtime.on("prospect_call", (call) => prospect_mgmt.telephone.show(call)));

prospect_mgmt.telephone.show = function (call) {
	const escape = frappe.utils.escape_html;
	const who = call.name ? `${escape(call.name)} (${escape(call.entry || call.lead)})` : __("an unknown number");
	const action = call.lead ? __("Open their enquiry") : __("Make it a lead");
	frappe.show_alert(
		{
			message: __("Call from {0}: {1}", [escape(call.number || ""), who]),
			body: `<button class="btn btn-xs btn-primary" data-action="answer">${action}</button>`,
			indicator: call.lead ? "blue" : "orange",
		},
		60,
		{ answer: () => prospect_mgmt.telephone.answer(call) }
	);
};

prospect_mgmt.telephone.answer = function (call) {
	if (call.entry) frappe.set_route("Form", "Prospect List Entry", call.entry);
	else if (call.lead) frappe.set_route("Form", "Lead", call.lead);
	else prospect_mgmt.telephone.ask(call);
};

prospect_mgmt.telephone.ask = function (call) {
	const dialog = new frappe.ui.Dialog({
		title: __("New lead: call from {0}", [frappe.utils.escape_html(call.number || "")]),
		fields: [
			{ fieldname: "lead_name", fieldtype: "Data", label: __("Name", null, "Prospect List Entry") },
			{ fieldname: "company_name", fieldtype: "Data", label: __("Organization") },
			{ fieldtype: "Column Break" },
			{ fieldname: "interest", fieldtype: "Link", options: "Prospect Interest", label: __("Interest", null, "Prospect List Entry"), only_select: 1 },
			{ fieldname: "email_id", fieldtype: "Data", options: "Email", label: __("Email") },
			{ fieldtype: "Section Break" },
			{ fieldname: "detail", fieldtype: "Small Text", label: __("What they want") },
		],
		primary_action_label: __("Create"),
		primary_action(values) {
			dialog.disable_primary_action();
			frappe
				.call("prospect_mgmt.telephone.new_lead", { name: call.call_log, ...values })
				.then(({ message }) => {
					dialog.hide();
					// Not a dialog: on the way to another form those are closed.
					if (message.told) frappe.show_alert({ message: message.told, indicator: "blue" }, 30);
					if (message.may_open) prospect_mgmt.telephone.answer(message);
				})
				.always(() => dialog.enable_primary_action());
		},
	});
	dialog.show();
};
