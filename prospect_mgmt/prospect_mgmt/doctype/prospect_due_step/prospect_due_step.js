frappe.ui.form.on("Prospect Due Step", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.status === "Scheduled") return offer_changes(frm);
		if (frm.doc.status !== "Failed") return;
		frm.add_custom_button(__("Try again"), () =>
			frm.call("retry").then(() => {
				frappe.show_alert({ message: __("It is due now."), indicator: "green" });
				frm.reload_doc();
			})
		).addClass("btn-primary");
	},
});

/** The server says to whom this is allowed: supervisors of the list. */
function offer_changes(frm) {
	const acts = { run_now: __("Run now"), move_step: __("Move"), cancel_step: __("Cancel the step") };
	for (const [act, label] of Object.entries(acts))
		frm.add_custom_button(label, () => prospect_mgmt.dialogs.step(act, frm.doc, () => frm.reload_doc()));
}
