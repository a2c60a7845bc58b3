frappe.ui.form.on("Prospect Procedure", {
	refresh(frm) {
		if (frm.is_new()) return;
		show_problems(frm);
		frm.add_custom_button(__("Print the procedure"), () => frm.print_doc());
		if (!frm.perm[0]?.write) return;
		frm.add_custom_button(__("Re-plan open entries"), () => preview_replan(frm));
		frm.add_custom_button(__("Try it on myself"), () => explain_try_out());
	},
});

/** Where the procedure and the Workflow do not fit is shown on top, not only after a save. */
async function show_problems(frm) {
	const { message } = await frm.call("get_problems");
	if (!message?.length) return frm.set_intro("");
	const lines = message.map((text) => `<li>${frappe.utils.escape_html(frappe.utils.html2text(text))}</li>`);
	frm.set_intro(`<b>${__("Does not fit the Workflow")}</b><ul class="mb-0">${lines.join("")}</ul>`, "orange");
}

/** A changed procedure touches open entries only after somebody has seen what would change. */
async function preview_replan(frm) {
	if (frm.is_dirty()) return frappe.msgprint(__("Save the procedure first."));
	const { message } = await frm.call({ method: "preview_replan", doc: frm.doc, freeze: true });
	const dialog = new frappe.ui.Dialog({
		title: __("Re-plan open entries"),
		size: "large",
		fields: [{ fieldname: "preview", fieldtype: "HTML", options: preview_html(message) }],
		primary_action_label: __("Re-plan {0} entries", [message.changed]),
		async primary_action() {
			dialog.get_primary_btn().prop("disabled", true);
			await frm.call("replan_open_entries");
			dialog.hide();
			frappe.show_alert({ message: __("The entries are re-planned in the background."), indicator: "green" });
		},
	});
	if (!message.changed) dialog.get_primary_btn().prop("disabled", true);
	dialog.show();
}

function preview_html({ entries, changed, rows }) {
	const esc = (text) => frappe.utils.escape_html(cstr(text));
	const lines = rows.map(
		(row) =>
			`<tr><td>${esc(row.entry)}</td><td>${esc(row.step)}</td><td>${esc(row.change)}</td>
			<td>${frappe.datetime.str_to_user(row.due_on)}</td></tr>`
	);
	const heads = [__("Entry"), __("Step"), __("Change"), __("Due on")].map((head) => `<th>${head}</th>`);
	const table = rows.length
		? `<div class="table-responsive"><table class="table table-sm"><thead><tr>${heads.join("")}</tr></thead>
			<tbody>${lines.join("")}</tbody></table></div>`
		: "";
	return `<p>${__("{0} open entries are worked by this procedure; {1} of them would change.", [entries, changed])}
		${__("Promises already given stay as they are.")}</p>${table}`;
}

async function explain_try_out() {
	const settings = "Prospect Management Settings";
	const address = frappe.session.user_email;
	const text = __(
		"Name an address in {0}: every mail to a prospect then goes there instead, with the real recipient in its subject. Make a lead, and live its days. Empty the field to go live again.",
		[__(settings).bold()]
	);
	frappe.warn(
		__("Try it on myself"),
		`<p>${text}</p><p>${__("While it is filled, no prospect gets any mail.")}</p>`,
		() => {
			frappe.route_options = { try_out_with: address };
			frappe.set_route("Form", settings);
		},
		__("Open the settings")
	);
}
