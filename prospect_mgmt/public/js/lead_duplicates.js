// Who may be the same person is shown before a new lead is saved; whoever enters it decides.
frappe.ui.form.on("Lead", {
	async validate(frm) {
		if (!frm.is_new()) return;
		const fields = [
			"name first_name middle_name last_name company_name",
			"email_id mobile_no phone whatsapp_no country company",
		];
		const lead = Object.fromEntries(fields.join(" ").split(" ").map((f) => [f, frm.doc[f]]));
		const { message: found } = await frappe.call("prospect_mgmt.duplicates.matches", { lead });
		if (found?.length && !(await go_on(found))) frappe.validated = false;
	},
});

function go_on(found) {
	return new Promise((resolve) => {
		const dialog = frappe.warn(
			__("They may be known already"),
			`<ul>${found.map(as_line).join("")}</ul>${__("Is it somebody else, or should it be a lead of its own?")}`,
			() => resolve(true),
			__("Save as a new lead")
		);
		dialog.$wrapper.on("hide.bs.modal", () => resolve(false));
	});
}

function as_line(match) {
	const escape = frappe.utils.escape_html;
	const number = match.may_read
		? `<a href="${frappe.utils.get_form_link("Lead", match.lead)}" target="_blank">${escape(match.lead)}</a>`
		: escape(match.lead);
	const who = [match.lead_name, match.company_name].filter(Boolean).map(escape).join(", ");
	const open = match.open_entry ? ` · ${__("has an open enquiry")}` : "";
	return `<li><b>${number}</b> ${who}<br>${match.reasons.map(escape).join(", ")}${open}</li>`;
}
