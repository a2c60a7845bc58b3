const IMPORT_POLL = 2000; // milliseconds; realtime is quicker where it runs
const IMPORT_ROW = "Prospect List Import Row";
const IMPORT_AT_WORK = ["Rehearsing", "Importing", "Undoing"];
const MOST_SHEETS_NAMED = 5;
const IMPORT_STYLE = "/assets/prospect_mgmt/css/prospect_import.css";

frappe.ui.form.on("Prospect List Import", {
	setup(frm) {
		frappe.require(IMPORT_STYLE);
		frm.set_query("means", "meanings", (doc, cdt, cdn) =>
			locals[cdt][cdn].kind === "User" ? { filters: { enabled: 1 } } : {}
		);
	},
	refresh(frm) {
		for (const table of ["columns", "meanings"]) {
			frm.set_df_property(table, "cannot_add_rows", 1);
			frm.set_df_property(table, "cannot_delete_rows", 1);
		}
		frm.fields_dict.rows_html.$wrapper.empty();
		const sheets = new Set(["", ...sheets_of(frm), frm.doc.sheet || ""]); // a hidden one may be chosen, too
		frm.set_df_property("sheet", "options", [...sheets]);
		if (frm.is_new()) {
			frm.set_intro(__("Upload the spreadsheet, choose the list, and save. Nothing is imported before you have seen what would happen."));
			return;
		}
		const at_work = IMPORT_AT_WORK.includes(frm.doc.status);
		frm.set_df_property("section_rows", "hidden", at_work ? 1 : 0);
		if (at_work || ["Imported", "Undone"].includes(frm.doc.status)) only_show(frm);
		else frm.enable_save();
		say_what_comes_next(frm);
		add_buttons(frm);
		if (at_work) {
			show_progress(frm);
			setTimeout(() => look_again(frm), IMPORT_POLL);
		} else if (frm.doc.total) show_rows(frm);
	},
});

function only_show(frm) {
	frm.set_read_only();
	frm.refresh_fields();
	frm.disable_save();
}

function say_what_comes_next(frm) {
	const texts = {
		New: __("Look whether each column is read as what it is, then rehearse."),
		Rehearsed: __("Nothing is written yet. Look at what each row will become, then import."),
		Refused: __("The file could not be read: see the message."),
		Undone: __("Taken back. What stayed says why, in its row."),
	};
	const main = {
		New: [__("Rehearse"), () => ask_for(frm, "rehearse")],
		Refused: [__("Rehearse"), () => ask_for(frm, "rehearse")],
		Rehearsed: [__("Import"), () => import_now(frm)],
	}[frm.doc.status];
	const text = texts[frm.doc.status];
	if (!text) return;
	// Beside what it is about, where a phone shows it too.
	const button = main ? ` <button class="btn btn-primary btn-xs prospect-import-main">${main[0]}</button>` : "";
	frm.set_intro();
	frm.set_intro(`${which_sheet(frm)}<div>${text}${button}</div>`, frm.doc.status === "Refused" ? "red" : "blue");
	if (main) frm.layout.wrapper.find(".prospect-import-main").off("click").on("click", main[1]);
}

function sheets_of(frm) {
	return (frm.doc.sheets || "").split("\n").filter(Boolean);
}

function which_sheet(frm) {
	const others = sheets_of(frm).filter((name) => name !== frm.doc.sheet);
	if (!others.length || !["New", "Rehearsed"].includes(frm.doc.status)) return "";
	const named = others.slice(0, MOST_SHEETS_NAMED).join(", ") + (others.length > MOST_SHEETS_NAMED ? " …" : "");
	const text = __("Only the sheet “{0}” is read, not {1}. Choose another below, and save; each is an import of its own.", [
		frm.doc.sheet,
		named,
	]);
	return `<p>${frappe.utils.escape_html(text)}</p>`;
}

function add_buttons(frm) {
	const { status } = frm.doc;
	if (status === "Rehearsed") frm.add_custom_button(__("Rehearse again"), () => ask_for(frm, "rehearse"));
	if (status === "Imported") {
		frm.add_custom_button(__("Open the list"), () =>
			frappe.set_route("List", "Prospect List Entry", { prospect_list: frm.doc.prospect_list })
		);
		frm.add_custom_button(__("Undo the import"), () =>
			frappe.confirm(
				__("Take back everything that this import made and nobody has touched since?"),
				() => ask_for(frm, "undo")
			)
		);
	}
	if (["Rehearsed", "Imported", "Undone"].includes(status))
		frm.add_custom_button(status === "Rehearsed" ? __("Download the rehearsal") : __("Download the result"), () =>
			window.open(`/api/method/prospect_mgmt.importing.form.get_file?name=${encodeURIComponent(frm.doc.name)}`)
		);
	if (frm.doc.__onload?.left_alone)
		frm.add_custom_button(__("Go on"), () => ask_for(frm, "go_on"));
}

async function ask_for(frm, method) {
	if (frm.is_dirty()) await frm.save();
	const { message } = await frm.call(method);
	await frm.reload_doc();
	return message;
}

async function import_now(frm) {
	if (frm.is_dirty()) {
		frappe.msgprint(__("Something was changed: save, then rehearse again."));
		return;
	}
	frappe.confirm(__("Import the rows as they were rehearsed?"), async () => {
		const started = await ask_for(frm, "start_import");
		if (!started)
			frappe.msgprint({
				title: __("Rehearsed again first"),
				message: __("Since the rehearsal leads came in or rules changed. Look at the rows again, then import."),
			});
	});
}

function show_progress(frm) {
	const { status, total, seen } = frm.doc;
	const text = {
		Rehearsing: total
			? __("{0} of {1} rows", [seen || 0, total])
			: __("The file is read and each row is judged. It waits for a worker of the queue “long”."),
		Importing: __("{0} of {1} rows", [seen || 0, total || 0]),
		Undoing: __("{0} rows taken back", [seen || 0]),
	}[status];
	frm.dashboard.show_progress(__(status, null, "Prospect List Import"), !total ? 5 : (100 * (seen || 0)) / Math.max(total || 0, 1), text);
}

async function look_again(frm) {
	const here = frappe.get_route()[0] === "Form" && cur_frm === frm && !frm.is_dirty();
	if (here) await frm.reload_doc();
}

// ------------------------------------------------------------- the rows
async function show_rows(frm, verdict = "", start = 0) {
	const { message } = await frappe.call("prospect_mgmt.importing.form.get_rows", { name: frm.doc.name, verdict, start });
	const $box = frm.fields_dict.rows_html.$wrapper.empty();
	$box.append(verdict_chips(frm, message.counts, verdict));
	if (is_over(frm)) $box.append(what_came_of_it(message.counts));
	$box.append(rows_table(frm, message.rows));
	$box.append(pager(frm, message, verdict, start));
}

function verdict_chips(frm, counts, chosen) {
	const numbers = {};
	let all = 0;
	let to_mend = 0;
	for (const [verdict, , number, mend] of counts) {
		numbers[verdict] = (numbers[verdict] || 0) + number;
		all += number;
		to_mend += mend;
	}
	const $chips = $(`<div class="prospect-import-chips mb-3" style="display: flex; flex-wrap: wrap; gap: 8px"></div>`);
	const chip = (value, label, number) =>
		$(`<button class="btn btn-xs ${value === chosen ? "btn-primary" : "btn-default"}"></button>`)
			.text(`${label}: ${number}`)
			.on("click", () => show_rows(frm, value))
			.appendTo($chips);
	chip("", __("All"), all);
	for (const [verdict, number] of Object.entries(numbers)) chip(verdict, __(verdict, null, IMPORT_ROW), number);
	if (to_mend) chip("To mend", __("To mend"), to_mend);
	return $chips;
}

function is_over(frm) {
	return ["Imported", "Undone"].includes(frm.doc.status);
}

function what_came_of_it(counts) {
	const numbers = {};
	for (const [, status, number] of counts) numbers[status] = (numbers[status] || 0) + number;
	const said = Object.entries(numbers).sort().map(([status, number]) => `${__(status, null, IMPORT_ROW)}: ${number}`);
	return $(`<p class="prospect-import-result text-muted"></p>`).text(said.join(" · "));
}

function rows_table(frm, rows) {
	const text = frappe.utils.escape_html;
	const after = is_over(frm);
	const heads = [__("Row"), __("Verdict"), __("Number", null, IMPORT_ROW), __("Contact"), __("Stage"), __("Next step"), __("Remarks")];
	const lines = rows.map((row) => {
		const number = row.number
			? after && row.status !== "Undone" && row.status !== "Not imported"
				? `<a href="${frappe.utils.get_form_link("Prospect List Entry", row.number)}">${text(row.number)}</a>`
				: text(row.number)
			: "";
		const said = [
			row.customer && __("Customer: {0}", [row.customer]),
			row.duplicate_of && __("the same person as {0}", [row.duplicate_of]),
			row.reason,
			row.to_mend,
		].filter(Boolean);
		const cells = [
			row.line,
			`${text(__(row.verdict, null, IMPORT_ROW))}${after ? `<div class="text-muted">${text(__(row.status, null, IMPORT_ROW))}</div>` : ""}`,
			number,
			with_second(row.lead_name, row.company_name),
			with_second(row.stage, row.agent),
			with_second(row.next_step, row.next_step && frappe.datetime.str_to_user(row.next_due_on)),
			text(said.join("\n")),
		];
		return `<tr>${cells.map((cell, at) => `<td data-label="${text(heads[at])}">${cell}</td>`).join("")}</tr>`;
	});
	return $(`<div class="table-responsive"><table class="table table-sm small prospect-import-rows">
		<thead><tr>${heads.map((head) => `<th>${text(head)}</th>`).join("")}</tr></thead>
		<tbody>${lines.join("")}</tbody></table></div>`);
}

function with_second(first, second) {
	const text = frappe.utils.escape_html;
	return `${text(first || "")}${second ? `<div class="text-muted">${text(second)}</div>` : ""}`;
}

function pager(frm, { total, page }, verdict, start) {
	const $pager = $(`<div class="small text-muted" style="display: flex; gap: 8px; align-items: center"></div>`);
	const turn = (label, to, enabled) =>
		$(`<button class="btn btn-xs btn-default"></button>`)
			.text(label)
			.prop("disabled", !enabled)
			.on("click", () => show_rows(frm, verdict, to))
			.appendTo($pager);
	turn(__("Back"), Math.max(start - page, 0), start > 0);
	$(`<span></span>`)
		.text(__("{0} to {1} of {2}", [total ? start + 1 : 0, Math.min(start + page, total), total]))
		.appendTo($pager);
	turn(__("Further"), start + page, start + page < total);
	return $pager;
}
