frappe.ui.form.on("Lead", {
	refresh: (frm) => prospect_mgmt.show_panel(frm, { lead: frm.doc.name }),
});
