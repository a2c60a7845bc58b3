/** Frappe writes the label of a choice beside it without tying them together; who cannot see it hears nothing. */
frappe.ui.form.on("Notification Settings", {
	refresh(frm) {
		for (const { df, $input } of frm.fields)
			if (df.fieldname?.startsWith("prospect_") && $input) $input.attr("aria-label", __(df.label));
	},
});
