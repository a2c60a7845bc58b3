frappe.ui.form.on("Prospect Signal Failure", {
	refresh: (frm) => prospect_mgmt.offer_to_try_again(frm, frm.doc.status === "Failed"),
});
