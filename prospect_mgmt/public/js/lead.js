frappe.ui.form.on("Lead", {
	refresh(frm) {
		prospect_mgmt.show_panel(frm, { lead: frm.doc.name });
		if (!frm.is_new() && frm.perm[0]?.write)
			add_items(frm);
		const may_forget = frappe.user.has_role(["System Manager", "Sales Manager"]);
		if (may_forget && !frm.is_new()) frm.page.add_menu_item(__("Anonymise"), () => ask_forget(frm));
	},
});

function add_items(frm) {
	frm.page.add_menu_item(__("Same person as…"), () => ask_same_person(frm));
	frm.page.add_menu_item(__("Record consent"), () => ask_consent(frm));
}

/** They agreed on the telephone, on paper, at a fair. */
function ask_consent(frm) {
	frappe.prompt(
		[
			{ fieldname: "text", fieldtype: "Small Text", label: __("To what they agreed"), reqd: 1 },
			{
				fieldname: "channel",
				fieldtype: "Select",
				label: __("Channel"),
				options: ["Phone", "In person", "Email", "Chat", "WhatsApp", "SMS", "Web"],
				default: "Phone",
			},
			{ fieldname: "place", fieldtype: "Data", label: __("Where it is kept or was said"), reqd: 1 },
		],
		(values) =>
			frappe
				.call("prospect_mgmt.consent.record", { lead: frm.doc.name, ...values })
				.then(() => frm.reload_doc()),
		__("Record consent")
	);
}

/** They asked to be forgotten: names, addresses, messages go; the number, dates and results stay. */
function ask_forget(frm) {
	frappe.prompt(
		{
			fieldname: "reason",
			fieldtype: "Data",
			label: __("Why"),
			reqd: 1,
			description: __("Names, addresses, numbers, messages and files are removed. It cannot be undone."),
		},
		({ reason }) =>
			frappe
				.call("prospect_mgmt.privacy.forget", { lead: frm.doc.name, reason })
				.then(() => frm.reload_doc()),
		__("Anonymise {0}", [frm.doc.name]),
		__("Anonymise")
	);
}

function ask_same_person(frm) {
	frappe.prompt(
		{ fieldname: "other", fieldtype: "Link", options: "Lead", label: __("Lead", null, "Prospect List Entry"), reqd: 1 },
		async ({ other }) => {
			const { message } = await frappe.call("prospect_mgmt.duplicates.same_person", { lead: frm.doc.name, other });
			if (message.may_decide) return frappe.set_route("Form", "Prospect Duplicate Pair", message.pair);
			frappe.show_alert({ message: __("Their supervisor was told and decides."), indicator: "green" });
		},
		__("{0} is the same person as", [frm.doc.name]),
		__("Go on")
	);
}
