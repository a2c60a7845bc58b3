frappe.ui.form.on("Prospect Agent Review", {
	refresh(frm) {
		const page = frm.doc.__onload?.page;
		frm.get_field("page_html").$wrapper.html(page || "");
	},
});
