// What an action of the Workflow's own menu asks before it is done, by what the procedure says it means.
const ASKS = {
	"Call reached": "call",
	"Information sent": "mail",
	Answered: "answer",
	Sale: "won",
	Closed: "close",
	Reopened: "reopen",
};

frappe.ui.form.on("Prospect List Entry", {
	setup(frm) {
		frm.set_query("prospect_list", () => ({ filters: { enabled: 1 } }));
		frm.set_query("interest", () => ({ filters: { enabled: 1 } }));
		frm.set_query("interest", "requirements", () => ({ filters: { enabled: 1 } }));
	},

	refresh(frm) {
		say_in_own_words(frm);
		translate_moments(frm);
		// Once the entry is there, its buttons say these: they ask for the note, and check the right.
		for (const field of ["agent", "prospect_list"]) frm.set_df_property(field, "read_only", !frm.is_new());
		if (!frm.is_new()) prospect_mgmt.offer_tour(frm);
		prospect_mgmt.show_panel(frm, { entry: frm.doc.name });
	},

	async before_workflow_action(frm) {
		const panel = frm.prospect_panel;
		const action = frm.selected_workflow_action;
		const act = ASKS[panel?.data?.actions?.[action]];
		if (!act) return;
		frappe.dom.unfreeze();
		frm.selected_workflow_action = null;
		panel.perform(act).catch(prospect_mgmt.dialogs.not_done);
		// The dialog does it all, so Frappe's own move must not follow: this promise stays open.
		await new Promise(() => {});
	},
});

/** Stage, next step and task are stored in plain English, and said in the reader's language. */
function say_in_own_words(frm) {
	for (const field of ["stage", "next_step", "task"]) {
		const lines = (value) => cstr(value).split("\n").map((line) => frappe.utils.escape_html(__(line, null, frm.doctype)));
		frm.fields_dict[field].df.formatter = (value) => lines(value).join("<br>");
		frm.refresh_field(field);
	}
}

/** Frappe adds the time zone to what is said of a moment before it looks for the translation, and then finds none. */
function translate_moments(frm) {
	for (const { fieldname, fieldtype, description } of frm.meta.fields)
		if (fieldtype === "Datetime" && description)
			frm.set_df_property(fieldname, "description", __(description.split("<br>")[0]));
}
