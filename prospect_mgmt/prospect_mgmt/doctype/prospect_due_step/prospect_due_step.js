frappe.ui.form.on("Prospect Due Step", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.status !== "Failed") return;
		frm.add_custom_button(__("Try again"), () =>
			frm.call("retry").then(() => {
				frappe.show_alert({ message: __("It is due now."), indicator: "green" });
				frm.reload_doc();
			})
		).addClass("btn-primary");
	},
});
