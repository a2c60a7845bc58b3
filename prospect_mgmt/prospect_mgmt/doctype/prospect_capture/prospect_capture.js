frappe.ui.form.on("Prospect Capture", {
	refresh: (frm) => prospect_mgmt.offer_to_try_again(frm, frm.doc.status !== "Done" && frm.doc.payload),
});
