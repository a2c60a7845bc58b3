frappe.ui.form.on("Prospect Duplicate Pair", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.status === "Merged" && frappe.datetime.get_hour_diff(frappe.datetime.system_datetime(), frm.doc.decided_on) < 24)
			frm.add_custom_button(__("Undo the merge"), () => undo_merge(frm));
		if (frm.doc.status !== "Suspected") return;
		frm.add_custom_button(__("Merge"), () => choose_survivor(frm)).addClass("btn-primary");
		frm.add_custom_button(__("Dismiss"), () =>
			frm.call("dismiss").then(() => {
				frappe.show_alert({ message: __("They are two people."), indicator: "green" });
				frm.reload_doc();
			})
		);
	},
});

async function choose_survivor(frm) {
	const { message: choices } = await frm.call("choices");
	const leads = [frm.doc.lead, frm.doc.other_lead];
	const dialog = new frappe.ui.Dialog({
		title: __("Merge two leads"),
		fields: [
			{
				fieldname: "survivor",
				fieldtype: "Select",
				label: __("Keep the number"),
				options: leads,
				default: leads[0],
				reqd: 1,
				description: __("The other number will lead here. Both histories stay. It can be undone for a day."),
			},
			{ fieldtype: "Section Break", label: __("What differs") },
			...Object.entries(choices).map(([fieldname, choice]) => ({
				fieldname,
				fieldtype: "Select",
				label: choice.label,
				options: leads.map((lead) => ({ value: lead, label: frappe.utils.escape_html(`${choice[lead]} (${lead})`) })),
				default: leads[0],
			})),
		],
		primary_action_label: __("Merge"),
		primary_action(values) {
			const take = Object.keys(choices).filter((field) => values[field] !== values.survivor);
			dialog.disable_primary_action();
			frm.call("merge", { survivor: values.survivor, take })
				.then(({ message }) => {
					dialog.hide();
					frappe.set_route("Form", "Lead", message);
				})
				.always(() => dialog.enable_primary_action());
		},
	});
	dialog.show();
}

function undo_merge(frm) {
	frappe.confirm(__("Make them two leads again, each with its own history?"), () =>
		frm.call("undo_merge").then(({ message }) => {
			frappe.show_alert({ message: __("{0} is a lead of its own again.", [message]), indicator: "green" });
			frm.reload_doc();
		})
	);
}
