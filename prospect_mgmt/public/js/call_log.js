// The form of a call of theirs: on to their enquiry, or to a lead with one line.
frappe.ui.form.on("Call Log", {
	async refresh(frm) {
		if (frm.is_new() || frm.doc.type !== "Incoming") return;
		const { message: call } = await frappe.call({
			method: "prospect_mgmt.telephone.caller",
			type: "GET",
			args: { name: frm.doc.name },
		});
		const label = call.lead ? __("Open their enquiry") : __("Make it a lead");
		frm.add_custom_button(label, () => prospect_mgmt.telephone.answer(call)).addClass("btn-primary");
	},
});
