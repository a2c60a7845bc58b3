frappe.ui.form.on("Prospect Management Settings", {
	async refresh(frm) {
		const { try_out_with } = frappe.route_options || {};
		if (try_out_with) frappe.route_options = null;
		frm.series_given = given_series(frm);
		frm.add_custom_button(__("Numbers given"), () => frappe.set_route("List", "Prospect Lead Number"));
		show_switches(frm);
		await show_numbers(frm); // Frappe takes its answer for the document as saved: only then is it changed
		if (try_out_with) frm.set_value("try_out_with", try_out_with);
	},

	/** A changed series is a decision for years: say what it does, and ask. */
	async validate(frm) {
		const changes = changed_series(frm);
		if (!changes.length || frm.series_confirmed) return;
		frappe.validated = false;
		const { message } = await frappe.call({
			method: "prospect_mgmt.numbers.preview",
			type: "GET",
			args: { series: [...new Set(changes.map((change) => change.series).filter(Boolean))] },
		});
		frappe.confirm(warning(changes, message || {}), () => {
			frm.series_confirmed = true;
			frm.save().finally(() => (frm.series_confirmed = false));
		});
	},
});

const esc = (text) => frappe.utils.escape_html(cstr(text));
const EVERY_OTHER = "";

/** {source: series} as saved; the default under "". */
function given_series(frm) {
	const rows = (frm.doc.lead_number_series || []).map((row) => [row.source, row.series]);
	return Object.fromEntries([...rows, [EVERY_OTHER, frm.doc.default_series]]);
}

function changed_series(frm) {
	const now = given_series(frm);
	const before = frm.series_given || {};
	return Object.keys({ ...before, ...now })
		.filter((source) => (before[source] || "") !== (now[source] || ""))
		.map((source) => ({ source, series: now[source] || (source === EVERY_OTHER ? "" : now[EVERY_OTHER]) }));
}

function warning(changes, next) {
	const lines = changes.map(({ source, series }) => {
		const who = source === EVERY_OTHER ? __("all other sources") : esc(__(source));
		return `<li>${__("the next lead from {0} becomes {1}", [`<b>${who}</b>`, `<b>${esc(next[series] || series)}</b>`])}</li>`;
	});
	return `<p>${__("Numbers already given stay as they are. From now on:")}</p><ul>${lines.join("")}</ul>`;
}

/** The next number of each series, what the series does, and the sources that have none of their own. */
async function show_numbers(frm) {
	const { message } = await frm.call("get_next_numbers");
	const wrapper = frm.fields_dict.next_numbers.$wrapper.empty();
	const rows = Object.entries(message.rows).map(([source, row]) => number_row(esc(__(source)), row));
	if (message.default) rows.push(number_row(`<i>${__("All other sources")}</i>`, message.default));
	const heads = [__("Source", null, "Prospect Lead Number Series"), __("Next number"), __("How it counts")].map((head) => `<th>${head}</th>`);
	wrapper.append(
		`<div class="table-responsive"><table class="table table-sm"><thead><tr>${heads.join("")}</tr></thead><tbody>${rows.join(
			""
		)}</tbody></table></div>`
	);
	if (!message.without_series.length) return;
	wrapper.append(`<p class="mb-1">${__("Sources without a series of their own:")}</p>`);
	for (const source of message.without_series) wrapper.append(add_row_button(frm, source), " ");
}

function number_row(source, { next, explanation }) {
	return `<tr><td>${source}</td><td><b>${esc(next)}</b></td><td>${esc(explanation)}</td></tr>`;
}

function add_row_button(frm, source) {
	return $(`<button type="button" class="btn btn-default btn-xs mb-1"></button>`)
		.text(`${__(source)}: ${__("add row")}`)
		.on("click", (event) => {
			$(event.currentTarget).prop("disabled", true);
			const letters = cstr(source).toUpperCase().replace(/[^A-Z]/g, "").slice(0, 3) || "NEW";
			frm.add_child("lead_number_series", { source, series: `${letters}-.####` });
			frm.refresh_field("lead_number_series");
			frm.scroll_to_field("lead_number_series");
		});
}

function show_switches(frm) {
	const { doc } = frm;
	const warnings = [
		doc.stop_all_mail && __("All mail to prospects is stopped."),
		doc.try_out_with && __("A procedure is being tried out: every mail goes to {0}.", [esc(doc.try_out_with)]),
		!doc.number_leads && __("Leads are not numbered: ERPNext names them as before."),
	].filter(Boolean);
	frm.set_intro(warnings.join("<br>"), "orange");
}
