const IMPORT_POLL = 2000; // milliseconds; realtime is quicker where it runs
const IMPORT_ROW = "Prospect List Import Row";
const IMPORT_AT_WORK = ["Rehearsing", "Importing", "Undoing"];

frappe.ui.form.on("Prospect List Import", {
	setup(frm) {
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
		if (frm.is_new()) {
			frm.set_intro(__("Upload the spreadsheet, choose the list, and save. Nothing is imported before you have seen what would happen."));
			return;
		}
		const at_work = IMPORT_AT_WORK.includes(frm.doc.status);
		if (at_work || ["Imported", "Undone"].includes(frm.doc.status)) frm.disable_save();
		else frm.enable_save();
		say_what_comes_next(frm);
		add_buttons(frm);
		if (at_work) {
			show_progress(frm);
			setTimeout(() => look_again(frm), IMPORT_POLL);
		} else if (frm.doc.total) show_rows(frm);
	},
});

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
	frm.set_intro(`<div>${text}${button}</div>`, frm.doc.status === "Refused" ? "red" : "blue");
	if (main) frm.layout.wrapper.find(".prospect-import-main").off("click").on("click", main[1]);
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

function rows_table(frm, rows) {
	const text = frappe.utils.escape_html;
	const after = ["Imported", "Undone"].includes(frm.doc.status);
	const lines = rows.map((row) => {
		const number = row.number
			? after && row.status !== "Undone" && row.status !== "Not imported"
				? `<a href="${frappe.utils.get_form_link("Prospect List Entry", row.number)}">${text(row.number)}</a>`
				: text(row.number)
			: "";
		const next = row.next_step
			? `${text(row.next_step)}<div class="text-muted">${text(frappe.datetime.str_to_user(row.next_due_on) || "")}</div>`
			: "";
		const said = [
			row.customer && __("Customer: {0}", [row.customer]),
			row.duplicate_of && __("the same person as {0}", [row.duplicate_of]),
			row.reason,
			row.to_mend,
		].filter(Boolean);
		return `<tr>
			<td>${row.line}</td>
			<td style="min-width: 72px">${text(__(row.verdict, null, IMPORT_ROW))}${after ? `<div class="text-muted">${text(__(row.status, null, IMPORT_ROW))}</div>` : ""}</td>
			<td>${number}</td>
			<td>${text(row.lead_name || "")}<div class="text-muted">${text(row.company_name || "")}</div></td>
			<td>${text(row.stage || "")}<div class="text-muted">${text(row.agent || "")}</div></td>
			<td>${next}</td>
			<td style="white-space: pre-line; min-width: 180px">${text(said.join("\n"))}</td>
		</tr>`;
	});
	const heads = [__("Row"), __("Verdict"), __("Number", null, IMPORT_ROW), __("Contact"), __("Stage"), __("Next step"), __("To mend")];
	return $(`<div class="table-responsive"><table class="table table-sm small prospect-import-rows">
		<thead><tr>${heads.map((head) => `<th>${text(head)}</th>`).join("")}</tr></thead>
		<tbody>${lines.join("")}</tbody></table></div>`);
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
