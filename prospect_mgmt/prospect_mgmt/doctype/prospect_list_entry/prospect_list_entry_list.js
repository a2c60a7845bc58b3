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
		const now = frappe.datetime.system_datetime(); // as the fields are stored, whatever the user's time zone
		const today = end_of_today();
		if (doc.wrote_after_done_on) return [__("Wrote again"), "orange", "wrote_after_done_on,is,set"];
		if (doc.done_on) {
			const color = { Won: "green", Lost: "red" }[doc.outcome] || "gray";
			return [__("Done: {0}", [__(doc.outcome, null, "Prospect List Entry")]), color, `outcome,=,${doc.outcome}`];
		}
		if (doc.won_proposed) return [__("Sold: close?"), "green", "won_proposed,=,1"];
		if (doc.paused_until && doc.paused_until > now)
			return [__("Paused"), "gray", `paused_until,>,${now}|done_on,is,not set`];
		if (doc.act_by && doc.act_by < now) return [__("Overdue"), "red", `act_by,is,set|act_by,<,${now}`];
		if (doc.task || (doc.next_due_on && doc.next_due_on < now))
			return [__("To do now"), "orange", "task,is,set|done_on,is,not set"];
		if (doc.act_by && doc.act_by <= today)
			return [__("Due today"), "orange", `act_by,>=,${now}|act_by,<=,${today}`];
		if (doc.awaiting === "Prospect")
			return [__("Waiting for them"), "blue", "awaiting,=,Prospect|done_on,is,not set"];
		return [__("Coming"), "blue", `next_due_on,>,${today}|done_on,is,not set`];
	},

	formatters: {
		// They are stored in plain English, and said in the reader's language.
		next_step: (value) => frappe.utils.escape_html(__(value || "")),
		stage: (value) => frappe.utils.escape_html(__(value || "", null, "Prospect List Entry")),
		next_due_on(value) {
			return value ? frappe.datetime.str_to_user(value).replace(/(\d{1,2}:\d{2}):\d{2}/, "$1") : "";
		},
	},

	onload(listview) {
		prospect_mgmt.show_warnings(listview.$result);
		// Frappe's own event of a changed list is only for those who see every list: see entry/watching.py.
		frappe.realtime.off("prospect_worklist", refresh_if_shown);
		frappe.realtime.on("prospect_worklist", refresh_if_shown);
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
			["act_by", "<=", end_of_today()],
		]);
		filter(__("Unassigned"), [["agent", "is", "not set"], open]);
		filter(__("Waiting for them"), [["awaiting", "=", "Prospect"], open]);
		filter(__("Done"), [["done_on", "is", "set"]]);
	},
};

const refresh_if_shown = frappe.utils.debounce(() => {
	const shown = cur_list?.doctype === "Prospect List Entry" && frappe.get_route()[0] === "List";
	if (shown && !cur_list.$checks?.length && !cur_list.avoid_realtime_update?.()) cur_list.refresh();
}, 2000);

/** The end of the user's day, in the site's time (`own_time.end_of_today`). */
function end_of_today() {
	const end = `${frappe.datetime.now_datetime().slice(0, 10)} 23:59:59`;
	const at_site = frappe.datetime.convert_to_system_tz(end);
	return at_site > end ? at_site : end;
}

/** A card dragged on the board: where the action asks something, the server says what, and Frappe puts the card back. */
frappe.request.error_handlers.AskFirst = [
	async ({ ask }) => {
		await frappe.require([
			"/assets/prospect_mgmt/js/prospect_dialogs.js",
			"/assets/prospect_mgmt/js/prospect_contact_dialogs.js",
			"/assets/prospect_mgmt/js/prospect_entry_dialogs.js",
			"/assets/prospect_mgmt/css/prospect_panel.css",
		]);
		const { post, not_done, [ask.act]: dialog } = prospect_mgmt.dialogs;
		try {
			const data = await post("prospect_mgmt.panel.get_panel", { entry: ask.entry });
			await dialog(data, () => cur_list && ask_again(cur_list));
		} catch (reason) {
			not_done(reason);
		}
	},
];

/** Frappe's board reads every entry there is; ours reads of each stage those that are due next, and says how many there are. */
const board = frappe.views.KanbanView.prototype;
const { get_call_args, toggle_result_area, render, after_render } = board;
board.get_call_args = function () {
	const asked = get_call_args.call(this);
	if (this.doctype !== "Prospect List Entry") return asked;
	return { ...asked, method: "prospect_mgmt.board.get_cards", args: { ...asked.args, board: this.board_name } };
};

const prepare_data = board.prepare_data;
board.prepare_data = function (answer) {
	this.prospect_stages = answer.message?.stages;
	prepare_data.call(this, answer);
};

// What matters most stands where Frappe cuts it off: at the end of a card's line, in a column as narrow as the others.
frappe.dom.set_style(
	`.prospect-opening .kanban-card-wrapper { pointer-events: none; }
	.page-container[data-page-route^="List/Prospect List Entry"] .kanban-card-doc .text-truncate { white-space: normal; overflow-wrap: anywhere; }
	.page-container[data-page-route^="List/Prospect List Entry"] .list-row-col:nth-child(1) { flex: 1.6; }
	.page-container[data-page-route^="List/Prospect List Entry"] .list-row-col:is(:nth-child(3), :nth-child(6)) { flex: 1.3; }`,
	"prospect-list-entry"
);

/** Frappe hides a board without cards; its stages stay, each with its number. */
board.toggle_result_area = function () {
	toggle_result_area.call(this);
	if (this.doctype === "Prospect List Entry") this.$result.show();
};

/** A card that is drawn anew under the hand that holds it is lost: it is drawn once it was let go. */
board.render = function () {
	if (this.doctype !== "Prospect List Entry" || !is_held(this)) return render.call(this);
	const wait = () => setTimeout(() => (is_held(this) ? wait() : ask_again(this)), 500);
	wait();
};

function is_held(view) {
	return view.$result.find(".kanban-card-wrapper.sortable-chosen").length > 0;
}

board.after_render = function () {
	after_render.call(this);
	if (this.doctype !== "Prospect List Entry") return;
	count_stages(this);
	follow_columns(this);
};

/** Frappe draws the columns anew once a card was dragged: what stands on them, and where cards are by now, is asked again. */
function follow_columns(view) {
	const columns = view.$result.find(".kanban").get(0);
	if (!columns || columns === view.prospect_columns) return;
	view.prospect_columns = columns;
	columns.classList.add("prospect-opening"); // Frappe has just asked for their order, and draws them by it
	frappe.after_ajax(() => columns.classList.remove("prospect-opening"));
	const again = frappe.utils.debounce(() => ask_again(view), 200);
	new MutationObserver(() => (count_stages(view), again())).observe(columns, { childList: true });
}

function ask_again(view) {
	view.last_args = null; // else Frappe leaves out what it asked within three seconds
	return view.refresh();
}

/** On each column how many there are; below its cards, where more are than it shows, a link to the list of all of them. */
function count_stages(view) {
	view.$result.find(".add-card, .new-card-area").remove(); // an entry needs a lead: it is enrolled, not written on a card
	view.$result.find(".prospect-count, .prospect-more").remove();
	view.$result.find(".kanban-column[data-column-value]").each((_i, column) => {
		const stage = column.dataset.columnValue;
		const { count, capped, more } = view.prospect_stages?.[stage] || {};
		if (count === undefined) return;
		const number = capped ? `${count}+` : cstr(count);
		$(`<span class="prospect-count text-muted ml-2"></span>`).text(number).insertAfter($(column).find(".kanban-title"));
		if (!more) return;
		const shown = view.data.filter((row) => row.stage === stage).length;
		$(`<button type="button" class="btn btn-link btn-sm prospect-more"></button>`)
			.text(__("The first {0} of {1}: show all in the list", [shown, number]))
			.insertAfter($(column).find(".kanban-cards"))
			.on("click", () => show_all(view, stage));
	});
}

function show_all(view, stage) {
	prospect_mgmt.show_entries([...view.filter_area.get().filter((f) => f[1] !== "stage"), ["Prospect List Entry", "stage", "=", stage]]);
}

frappe.provide("prospect_mgmt");

/** The list of entries by some filters, several of them on one field as Frappe's route options write these. */
prospect_mgmt.show_entries = (filters) => {
	const asked = {};
	for (const [, field, operator, value] of filters) (asked[field] ??= []).push([operator, value]);
	const written = ([field, some]) => [field, some.length > 1 ? some.map((one) => JSON.stringify(one)) : some[0]];
	frappe.route_options = Object.fromEntries(Object.entries(asked).map(written));
	return frappe.set_route("List", "Prospect List Entry", "List");
};
