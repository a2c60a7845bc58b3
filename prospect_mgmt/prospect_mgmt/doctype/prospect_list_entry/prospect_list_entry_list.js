frappe.listview_settings["Prospect List Entry"] = {
	add_fields: [
		"stage",
		"agent",
		"company_name", // on the board
		"interest",
		"awaiting",
		"next_step",
		"next_due_on",
		"act_by",
		"paused_until",
		"outcome",
		"done_on",
		"task",
		"task_since",
		"won_proposed",
		"wrote_after_done_on",
	],
	filters: [["done_on", "is", "not set"]],
	hide_name_column: false,

	get_indicator(doc) {
		const now = frappe.datetime.now_datetime();
		const today = `${frappe.datetime.get_today()} 23:59:59`;
		if (doc.wrote_after_done_on) return [__("Wrote again"), "orange", "wrote_after_done_on,is,set"];
		if (doc.done_on) {
			const color = { Won: "green", Lost: "red" }[doc.outcome] || "gray";
			return [__("Done: {0}", [__(doc.outcome)]), color, `outcome,=,${doc.outcome}`];
		}
		if (doc.won_proposed) return [__("Sold: close?"), "green", "won_proposed,=,1"];
		if (doc.paused_until && doc.paused_until > now)
			return [__("Paused"), "gray", `paused_until,>,${now}|done_on,is,not set`];
		if (doc.act_by && doc.act_by < now) return [__("Overdue"), "red", `act_by,is,set|act_by,<,${now}|done_on,is,not set`];
		if (doc.task || (doc.next_due_on && doc.next_due_on < now))
			return [__("To do now"), "orange", "task,is,set|done_on,is,not set"];
		if (doc.act_by && doc.act_by <= today)
			return [__("Due today"), "orange", `act_by,is,set|act_by,<=,${today}|done_on,is,not set`];
		if (doc.awaiting === "Prospect")
			return [__("Waiting for them"), "blue", "awaiting,=,Prospect|done_on,is,not set"];
		return [__("Coming"), "blue", `next_due_on,>,${today}|done_on,is,not set`];
	},

	formatters: {
		next_due_on(value) {
			return value ? frappe.datetime.str_to_user(value).replace(/(\d{1,2}:\d{2}):\d{2}/, "$1") : "";
		},
	},

	onload(listview) {
		show_warnings(listview);
		if (frappe.model.can_export("Prospect List Entry"))
			listview.page.add_menu_item(__("Export in the classic columns"), () =>
				prospect_mgmt.export_entries(listview.get_filters_for_args())
			);
		const filter = (label, filters) =>
			listview.page.add_inner_button(
				label,
				() => {
					listview.filter_area.clear(false).then(() => {
						listview.filter_area.add(filters.map((f) => ["Prospect List Entry", ...f]));
					});
				},
				__("Show")
			);
		const open = ["done_on", "is", "not set"];
		filter(__("My open entries"), [["agent", "=", frappe.session.user], open]);
		filter(__("To do now"), [["task", "is", "set"], open]);
		filter(__("Due today and overdue"), [
			["act_by", "is", "set"],
			["act_by", "<=", `${frappe.datetime.get_today()} 23:59:59`],
			open,
		]);
		filter(__("Unassigned"), [["agent", "is", "not set"], open]);
		filter(__("Waiting for them"), [["awaiting", "=", "Prospect"], open]);
		filter(__("Done"), [["done_on", "is", "set"]]);
	},
};

/** A card dragged on the board: where the action asks something, the server says what, and Frappe puts the card back. */
frappe.request.error_handlers.AskFirst = [
	async ({ ask }) => {
		await frappe.require(["/assets/prospect_mgmt/js/prospect_dialogs.js", "/assets/prospect_mgmt/css/prospect_panel.css"]);
		const data = await prospect_mgmt.dialogs.post("prospect_mgmt.panel.get_panel", { entry: ask.entry });
		prospect_mgmt.dialogs[ask.act](data, () => cur_list?.refresh());
	},
];

/** Frappe's board reads every entry there is: so many are as much as anybody looks through. */
const ON_BOARD = 200;
const set_up_board = frappe.views.KanbanView.prototype.setup_defaults;
frappe.views.KanbanView.prototype.setup_defaults = function () {
	return set_up_board.call(this).then(() => {
		if (this.doctype !== "Prospect List Entry") return;
		Object.assign(this, { page_length: ON_BOARD, sort_by: "next_due_on", sort_order: "asc" });
	});
};

/** Supervisors are told here when the scheduler is off or the sweep is behind. */
async function show_warnings(listview) {
	const { message } = await frappe.call({ method: "prospect_mgmt.health.warnings", type: "GET" });
	const shown = (message || []).map((text) => `<div>${frappe.utils.escape_html(text)}</div>`).join("");
	listview.$prospect_warnings?.remove();
	if (!shown) return;
	listview.$prospect_warnings = $(`<div class="alert alert-warning m-3" role="alert">${shown}</div>`).insertBefore(
		listview.$result
	);
}
