// What the query reports share: their filters, and figures that lead to the entries behind them.
frappe.provide("prospect_mgmt.reports");

prospect_mgmt.reports.period = () => [
	{ fieldname: "from_date", label: __("From"), fieldtype: "Date", reqd: 1, default: frappe.datetime.month_start() },
	{ fieldname: "to_date", label: __("To", null, "Prospect List Entry"), fieldtype: "Date", reqd: 1, default: frappe.datetime.month_end() },
];

prospect_mgmt.reports.link = (fieldname, label, options, query) => ({
	fieldname,
	label,
	fieldtype: "Link",
	options,
	...(query ? { get_query: query } : {}),
});

prospect_mgmt.reports.who = () => [
	prospect_mgmt.reports.link("prospect_list", __("Prospect List"), "Prospect List"),
	prospect_mgmt.reports.link("agent", __("Agent"), "User"),
	prospect_mgmt.reports.link("source", __("Source", null, "Prospect List Entry"), frappe.model.can_read("Lead Source") ? "Lead Source" : "UTM Source"),
	prospect_mgmt.reports.link("territory", __("Territory"), "Territory"),
	prospect_mgmt.reports.link("company", __("Company"), "Company"),
];

// A choice among a few values, the first of them the default.
prospect_mgmt.reports.choice = (fieldname, label, values, context = "Prospect List Entry") => ({
	fieldname,
	label,
	fieldtype: "Select",
	options: values.map((value) => ({ value, label: __(value, null, context) })),
	default: values[0],
});

// The settings of a report: period and who, then filters of its own.
prospect_mgmt.reports.settings = (name, own = []) => ({
	filters: [...prospect_mgmt.reports.period(), ...own, ...prospect_mgmt.reports.who()],
	formatter: (value, row, column, data, default_formatter) =>
		prospect_mgmt.reports.shown(name, value, row, column, data, default_formatter),
	after_datatable_render: () => prospect_mgmt.reports.link_summary(name),
});

prospect_mgmt.reports.shown = (name, value, row, column, data, default_formatter) => {
	if (value === null || value === undefined) return "";
	// Frappe shows text as the HTML it may contain: what people outside wrote is text.
	const text = column.fieldtype === "Data" && typeof value === "string" ? frappe.utils.escape_html(value) : value;
	let html = default_formatter(text, row, column, data);
	if (!data) return html;
	if (data.bold) html = `<b>${html}</b>`;
	if (!column.drill || !value || data.is_others) return html;
	const key = prospect_mgmt.reports.remember(name, column.drill, data);
	return prospect_mgmt.reports.link_to(key).replace("></a>", () => `>${html}</a>`);
};

// A figure of the summary leads where its figure in the table does: that of the total, or of the row it names.
prospect_mgmt.reports.link_summary = (name) => {
	const { raw_data, $summary } = frappe.query_report;
	(raw_data.report_summary || []).forEach((item, place) => {
		const wanted = Object.entries(item.row || { is_total: 1 });
		const drill = item.drill || raw_data.columns.find(({ fieldname }) => fieldname === item.figure)?.drill;
		const row = raw_data.result.find((found) => wanted.every(([field, is]) => found[field] === is));
		if (!item.value || !drill || !(row || item.drill)) return;
		const key = prospect_mgmt.reports.remember(name, drill, row || item.row || {});
		const shown = $summary.children().eq(place).find(".summary-value");
		shown.wrapInner(prospect_mgmt.reports.link_to(key));
	});
};

prospect_mgmt.reports.link_to = (key) =>
	`<a class="prospect-drill" style="text-decoration: underline dotted" href="#" data-drill="${key}" title="${__(
		"Show the records behind this figure"
	)}"></a>`;

// Cells are drawn as text: what a click needs is kept here, by number.
prospect_mgmt.reports.remembered = [];

prospect_mgmt.reports.remember = (name, drill, row) => {
	return prospect_mgmt.reports.remembered.push({ name, drill, row }) - 1;
};

prospect_mgmt.reports.list_filters = (drill, row) => {
	const filters = { ...drill.filters };
	if (row.is_total) return filters;
	for (const [field, from] of Object.entries(drill.by || {})) {
		filters[field] = row[from] ? row[from] : ["is", "not set"];
	}
	return filters;
};

prospect_mgmt.reports.follow = async ({ name, drill, row }) => {
	if (!drill.behind) {
		frappe.set_route("List", drill.doctype, "List", prospect_mgmt.reports.list_filters(drill, row));
		return;
	}
	const found = await frappe.xcall("prospect_mgmt.reporting.drill.entries_behind", {
		report: name,
		figure: drill.behind,
		filters: frappe.query_report.get_filter_values(),
		row,
	});
	if (found.entries.length < found.count) {
		frappe.show_alert(__("These are the first {0} of {1} entries.", [found.entries.length, found.count]));
	}
	frappe.set_route("List", drill.doctype, "List", { name: ["in", found.entries] });
};

if (!prospect_mgmt.reports.listening) {
	prospect_mgmt.reports.listening = true;
	$(document).on("click", "a.prospect-drill", (event) => {
		event.preventDefault();
		prospect_mgmt.reports.follow(prospect_mgmt.reports.remembered[event.currentTarget.dataset.drill]);
	});
}
