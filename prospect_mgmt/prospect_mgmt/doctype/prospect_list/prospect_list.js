frappe.ui.form.on("Prospect List", {
	setup(frm) {
		frm.set_query("user", "agents", () => ({ query: "frappe.core.doctype.user.user.user_query" }));
		frm.set_query("email_account", () => ({ filters: { enable_outgoing: 1 } }));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		prospect_mgmt.offer_tour(frm);
		show_counts(frm);
		show_warnings(frm);
		frm.add_custom_button(__("Open entries"), () =>
			show_entries({ prospect_list: frm.doc.name, done_on: ["is", "not set"] })
		);
		if (frappe.model.can_export("Prospect List Entry"))
			frm.add_custom_button(__("Export entries"), () =>
				prospect_mgmt.export_entries([["Prospect List Entry", "prospect_list", "=", frm.doc.name]])
			);
		if (!frm.doc.__onload?.may_change) return only_show(frm);
		frm.add_custom_button(__("Import a spreadsheet"), () =>
			frappe.new_doc("Prospect List Import", { prospect_list: frm.doc.name })
		);
		frm.add_custom_button(__("Enrol all that match"), () => ask_enrol_all(frm));
		if (frm.doc.assignment_rule && frappe.model.can_read("Assignment Rule"))
			frm.add_custom_button(__("Assignment Rule"), () =>
				frappe.set_route("Form", "Assignment Rule", frm.doc.assignment_rule)
			);
	},
});

function only_show(frm) {
	frm.set_read_only();
	frm.refresh_fields();
	frm.disable_save();
}

frappe.ui.form.on("Prospect List", {
	async rehearse_anonymising(frm) {
		const days = frm.doc.anonymise_after_days;
		if (frm.is_new() || !days) return frappe.msgprint(__("Say after how many days, and save the list first."));
		const { message } = await frm.call("preview_anonymising", { days });
		const escape = frappe.utils.escape_html;
		const line = (row) =>
			`<li>${escape(row.lead)} ${escape(row.lead_name || "")} · ${frappe.datetime.str_to_user(row.done_on)} ${escape(row.why || "")}</li>`;
		frappe.msgprint({
			title: __("Rehearsal: nothing is changed"),
			message: `<p>${__("{0} leads would be anonymised tonight:", [message.due])}</p><ul>${message.names.map(line).join("")}</ul>
				<p>${__("{0} are kept for their business records:", [message.kept])}</p><ul>${message.kept_names.map(line).join("")}</ul>`,
		});
	},
});

function show_entries(filters) {
	frappe.route_options = filters;
	frappe.set_route("List", "Prospect List Entry");
}

/** How many open entries there are in each stage, each leading to the list of them. */
async function show_counts(frm) {
	const { message } = await frm.call("get_counts");
	frm.dashboard.stats_area_row.empty();
	const open = { prospect_list: frm.doc.name, done_on: ["is", "not set"] };
	const add = (label, count, color, filters) => {
		const indicator = frm.dashboard.add_indicator(`${label}: ${count}`, color);
		indicator.addClass("cursor-pointer").on("click", () => show_entries({ ...open, ...filters }));
	};
	for (const [stage, count] of Object.entries(message.stages))
		add(frappe.utils.escape_html(__(stage)), count, "blue", { stage });
	add(__("Unassigned"), message.unassigned, message.unassigned ? "orange" : "gray", { agent: ["is", "not set"] });
}

async function show_warnings(frm) {
	const warnings = await prospect_mgmt.ask_warnings();
	if (!warnings.length) return frm.set_intro("");
	frm.set_intro(warnings.map(frappe.utils.escape_html).join("<br>"), "orange");
}

async function ask_enrol_all(frm) {
	if (frm.is_dirty()) return frappe.msgprint(__("Save the list first: its condition decides who matches."));
	const { message } = await frappe.call({
		method: "prospect_mgmt.enrolment.count_matching",
		type: "GET",
		args: { prospect_list: frm.doc.name },
		freeze: true,
	});
	const dialog = new frappe.ui.Dialog({
		title: __("Enrol all that match"),
		fields: [
			{ fieldname: "count", fieldtype: "HTML", options: `<p>${count_text(message)}</p>` },
			{
				fieldname: "use_true_first_contact",
				fieldtype: "Check",
				label: __("Count from their true first contact"),
				description: __(
					"Off: the clocks start now. On: promises are judged from the day they wrote, and many may be missed already; nobody is alerted of what is past."
				),
			},
		],
		primary_action_label: __("Enrol {0} leads", [message.matching]),
		async primary_action({ use_true_first_contact }) {
			dialog.get_primary_btn().prop("disabled", true);
			const answer = await frappe.call("prospect_mgmt.enrolment.enrol_all_that_match", {
				prospect_list: frm.doc.name,
				use_true_first_contact,
			});
			dialog.hide();
			frappe.set_route("Form", "Prospect Enrolment", answer.message);
		},
	});
	if (!message.matching) dialog.get_primary_btn().prop("disabled", true);
	dialog.show();
}

function count_text({ leads, checked, matching }) {
	if (checked < leads)
		return __("{0} leads were never on a list. Of the first {1}, {2} match the condition.", [leads, checked, matching]);
	return __("{0} leads were never on a list; {1} of them match the condition of this list.", [leads, matching]);
}
