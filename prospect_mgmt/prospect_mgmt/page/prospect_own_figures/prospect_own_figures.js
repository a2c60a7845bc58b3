// My figures: what I did in a period, beside the totals of my team. For agents, who may open no report.
frappe.pages["prospect-own-figures"].on_page_load = function (wrapper) {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("My figures"), single_column: true });
	const escape = (text) => frappe.utils.escape_html(cstr(text));
	const $shown = $('<div class="prospect-own-figures" aria-live="polite"></div>').appendTo(page.main);
	const changed = frappe.utils.debounce(() => wrapper.refresh(), 300);
	const from = page.add_field({ fieldname: "from_date", label: __("From"), fieldtype: "Date", default: frappe.datetime.month_start(), change: changed });
	const to = page.add_field({ fieldname: "to_date", label: __("To", null, "Prospect List Entry"), fieldtype: "Date", default: frappe.datetime.month_end(), change: changed });
	page.set_secondary_action(__("My reviews"), () => frappe.set_route("List", "Prospect Agent Review"));

	const value = (figure, number) => {
		if (number === null) return "–"; // a rate of nothing
		if (figure.is_amount) return format_currency(number, figure.currency);
		const text = format_number(number, null, Number.isInteger(number) ? 0 : 1);
		return figure.is_percent ? `${text} %` : text;
	};
	const row = (figure) => `<tr data-figure="${figure.figure}">
		<td>${escape(figure.label)}<div class="text-muted small">${escape(figure.meaning)}</div></td>
		<td class="text-right"><b>${value(figure, figure.own)}</b></td>
		<td class="text-right">${value(figure, figure.team)}</td></tr>`;
	const list = (found) => `<section data-list="${escape(found.prospect_list)}">
		<h5>${escape(found.prospect_list)}</h5><div class="prospect-own-chart"></div>
		<table class="table"><thead><tr><th>${__("Figure")}</th><th class="text-right">${__("Mine")}</th>
		<th class="text-right">${__("The team's")}</th></tr></thead><tbody>${found.figures.map(row).join("")}</tbody></table></section>`;
	const chart = (section, found) => {
		const figures = found.figures.filter((figure) => ["received", "calls", "mails", "won", "open"].includes(figure.figure));
		new frappe.Chart(section.querySelector(".prospect-own-chart"), {
			type: "bar",
			height: 200,
			animate: 0,
			data: {
				whole_labels: 1,
				labels: figures.map((figure) => escape(figure.label)),
				datasets: [
					{ name: __("Mine"), values: figures.map((figure) => figure.own) },
					{ name: __("The team's"), values: figures.map((figure) => figure.team) },
				],
			},
		});
	};

	wrapper.refresh = async () => {
		const period = `${from.get_value()} ${to.get_value()}`;
		if (!from.get_value() || !to.get_value() || period === wrapper.period) return;
		wrapper.period = period; // a field tells of its default, too
		const found = await frappe.xcall("prospect_mgmt.reporting.own.own_figures", {
			from_date: from.get_value(),
			to_date: to.get_value(),
		});
		$shown.html(found.length ? found.map(list).join("") : `<p>${__("You are an agent of no list: there are no figures of yours.")}</p>`);
		$shown.find("section").each((index, section) => chart(section, found[index]));
	};
	wrapper.refresh();
};
