frappe.ui.form.on("Prospect Performance Review", {
	refresh(frm) {
		const page = frm.doc.__onload?.page;
		frm.get_field("page_html").$wrapper.html(page || "");
		if (frm.is_new()) return;
		frm.add_custom_button(__("Compute again"), () => show_differences(frm));
		frm.add_custom_button(__("Pages of the agents"), () =>
			frappe.set_route("List", "Prospect Agent Review", "List", { review: frm.doc.name })
		);
		if (!frm.perm[0]?.write) return;
		const set = (status) => frm.set_value("status", status).then(() => frm.save());
		const back = { Discussed: ["Open", __("Not discussed yet")], Closed: ["Discussed", __("Not closed yet")] };
		const next = { Open: ["Discussed", __("We discussed it")], Discussed: ["Closed", __("Close the review")] };
		for (const [steps, look] of [[back, "btn-default"], [next, "btn-primary"]]) {
			const [status, label] = steps[frm.doc.status] || [];
			if (status) frm.add_custom_button(label, () => set(status)).addClass(look);
		}
	},
});

async function show_differences(frm) {
	const { message } = await frm.call("get_differences");
	const escape = frappe.utils.escape_html;
	if (!message.figures.length) {
		frappe.msgprint({ title: __("Computed again"), message: __("Every figure is as it was."), indicator: "green" });
		return;
	}
	const rows = message.figures.map(
		(row) =>
			`<tr><td>${escape(row.label)}</td><td class="text-right">${row.frozen}</td><td class="text-right">${row.now}</td></tr>`
	);
	const reasons = message.reasons.map((reason) => `<li>${escape(reason)}</li>`).join("");
	frappe.msgprint({
		title: __("Computed again"),
		indicator: "orange",
		message: `<table class="table"><tr><th>${__("Figure")}</th><th class="text-right">${__("In the review")}</th>
			<th class="text-right">${__("Now")}</th></tr>${rows.join("")}</table><ul>${reasons}</ul>`,
	});
}
