const POLL = 3000; // milliseconds; realtime is quicker where it runs

frappe.ui.form.on("Prospect Enrolment", {
	refresh(frm) {
		if (frm.is_new()) return;
		frm.disable_save();
		show(frm);
		if (["Queued", "Running"].includes(frm.doc.status)) setTimeout(() => look_again(frm), POLL);
	},
});

function show({ doc, dashboard }) {
	const { total, seen, enrolled, refused, status } = doc;
	const done = status === "Done" ? 100 : (100 * (seen || 0)) / Math.max(total || 0, 1);
	const text = {
		Queued: __("Waiting for a worker of the queue “long”."),
		Failed: __("It stopped. Ask an administrator to look at the background jobs."),
	}[status];
	dashboard.show_progress(
		__("Enrolling leads"),
		done,
		text || __("{0} of {1} leads seen: {2} enrolled, {3} refused.", [seen || 0, total || 0, enrolled || 0, refused || 0])
	);
}

async function look_again(frm) {
	const here = frappe.get_route()[0] === "Form" && cur_frm === frm;
	if (here) await frm.reload_doc();
}
