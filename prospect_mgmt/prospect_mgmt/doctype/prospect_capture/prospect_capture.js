frappe.ui.form.on("Prospect Capture", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.status === "Done") return;
		frm.add_custom_button(__("Try again"), () =>
			frm.call("retry").then(({ message }) => {
				const taken = message === "Done";
				frappe.show_alert({
					message: taken ? __("Taken in.") : __("It failed again: the reason is shown."),
					indicator: taken ? "green" : "red",
				});
				frm.reload_doc();
			})
		).addClass("btn-primary");
	},
});
