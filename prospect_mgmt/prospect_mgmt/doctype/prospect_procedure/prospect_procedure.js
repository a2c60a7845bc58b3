frappe.ui.form.on("Prospect Procedure", {
	setup(frm) {
		frm.draw_soon = frappe.utils.debounce(() => draw(frm), 600);
	},
	refresh(frm) {
		draw(frm);
		if (frm.is_new()) return;
		prospect_mgmt.offer_tour(frm);
		frm.add_custom_button(__("Print the procedure"), () => frm.print_doc());
		if (!frm.perm[0]?.write) return;
		frm.add_custom_button(__("Re-plan open entries"), () => preview_replan(frm));
		frm.add_custom_button(__("Try it on myself"), () => explain_try_out());
	},
	...redrawn_on("acknowledge_within satisfy_within respond_within steps_add steps_remove steps_move moves_remove"),
	...redrawn_on("working_hours_remove"),
});
frappe.ui.form.on(
	"Prospect Procedure Step",
	redrawn_on(
		"stage title action email_template workflow_action instruction after in_working_time counted_from " +
			"at_least_after_previous repeat_every repeat_max skip_if_responded only_while"
	)
);
frappe.ui.form.on("Prospect Procedure Move", redrawn_on("event workflow_action"));
frappe.ui.form.on("Prospect Working Hours", redrawn_on("weekday from_time to_time"));

/** Handlers that draw the picture again when one of these fields changes. */
function redrawn_on(fields) {
	return Object.fromEntries(fields.split(" ").map((field) => [field, (frm) => frm.draw_soon()]));
}

/** What was typed so far, as a picture; what is wrong with it, on top, before anybody saves. */
async function draw(frm) {
	const asked = (frm.drawing = (frm.drawing || 0) + 1);
	const $picture = frm.fields_dict.picture.$wrapper;
	const answer = await frm.call({ method: "describe", doc: frm.doc }).catch(() => null);
	if (asked !== frm.drawing) return;
	if (!answer?.message) return say_stale($picture);
	const { message } = answer;
	$picture.html(picture_html(frm.doc, message));
	const found = [...message.errors, ...message.problems].map((text) => frappe.dom.remove_script_and_style(text));
	say_news(frm, found);
	const lines = found.map((text) => `<li>${text}</li>`);
	const title = message.errors.length ? __("This cannot be saved yet") : __("Does not fit the Workflow");
	const color = message.errors.length ? "red" : "orange";
	frm.set_intro("");
	if (lines.length) frm.set_intro(`<b>${title}</b><ul class="mb-0">${lines.join("")}</ul>`, color);
}

/** The server did not answer: what is shown is older than what was typed, and the next change asks again. */
function say_stale($picture) {
	if ($picture.find(".sop-stale").length) return;
	const text = __("The server does not answer: the picture does not show your last changes.");
	$picture.prepend(`<p class="sop-stale text-danger" role="status">${text}</p>`);
}

/** What has just become wrong is said where it is seen, too: who types in a row is far below the top of the form. */
function say_news(frm, found) {
	const news = found.filter((text) => frm.said_wrong && frm.said_of === frm.doc.name && !frm.said_wrong.includes(text));
	Object.assign(frm, { said_wrong: found, said_of: frm.doc.name });
	if (news.length) frappe.show_alert({ message: news[0], indicator: "orange" }, 10);
}

const ACTION_ICONS = { "Remind agent": "☎", "Send email": "✉", "Move stage": "➜", "Alert supervisor": "⚠" };

function picture_html(doc, { stages }) {
	const esc = (text) => frappe.utils.escape_html(cstr(text));
	const promise = (field, text) =>
		`<li><b>${esc(frappe.utils.get_formatted_duration(doc[field], { hide_days: 1 }))}</b> ${text}</li>`;
	const step = (row) => `
		<li>
			<span class="sop-icon" title="${esc(__(row.action))}" aria-hidden="true">${ACTION_ICONS[row.action] || "•"}</span>
			<div>
				<b>${esc(__(row.title))}</b> <span class="sop-action">${esc(__(row.action))}</span>
				<div>${esc(row.when)}</div>
				${row.conditions.map((text) => `<div class="text-muted">${esc(text)}</div>`).join("")}
				${row.email_template ? `<div class="text-muted">${esc(row.email_template)}</div>` : ""}
			</div>
		</li>`;
	const way = ({ action, to }) => `<li>${esc(__(action))} <span aria-hidden="true">→</span> ${esc(__(to))}</li>`;
	const card = ({ stage, known, ways, steps }) => `
		<section class="sop-stage ${stage && !known ? "sop-unknown" : ""}">
			<h5>${stage ? esc(__(stage)) : __("In every stage")}</h5>
			${stage && !known ? `<p class="text-danger">${__("The Workflow does not have this stage.")}</p>` : ""}
			${steps.length ? `<ol class="sop-steps">${steps.map(step).join("")}</ol>` : `<p class="text-muted">${__("Nothing happens by itself.")}</p>`}
			${ways.length ? `<div class="text-muted">${__("Ways out")}</div><ul class="sop-ways">${ways.map(way).join("")}</ul>` : ""}
		</section>`;
	return `
		<ul class="sop-promises">
			${promise("acknowledge_within", __("to reach them"))}
			${promise("satisfy_within", __("to answer their questions"))}
			${promise("respond_within", __("to answer an answer of theirs"))}
		</ul>
		<div class="sop-stages">${stages.map(card).join("")}</div>`;
}

/** A changed procedure touches open entries only after somebody has seen what would change. */
async function preview_replan(frm) {
	if (frm.is_dirty()) return frappe.msgprint(__("Save the procedure first."));
	const { message } = await frm.call({ method: "preview_replan", doc: frm.doc, freeze: true });
	const dialog = new frappe.ui.Dialog({
		title: __("Re-plan open entries"),
		size: "large",
		fields: [{ fieldname: "preview", fieldtype: "HTML", options: preview_html(message) }],
		primary_action_label: __("Re-plan {0} entries", [message.changed]),
		async primary_action() {
			dialog.get_primary_btn().prop("disabled", true);
			await frm.call("replan_open_entries");
			dialog.hide();
			frappe.show_alert({ message: __("The entries are re-planned in the background."), indicator: "green" });
		},
	});
	if (!message.changed) dialog.get_primary_btn().prop("disabled", true);
	dialog.show();
}

function preview_html({ entries, changed, rows }) {
	const esc = (text) => frappe.utils.escape_html(cstr(text));
	const lines = rows.map(
		(row) =>
			`<tr><td>${esc(row.entry)}</td><td>${esc(row.step)}</td><td>${esc(row.change)}</td>
			<td>${frappe.datetime.str_to_user(row.due_on)}</td></tr>`
	);
	const heads = [__("Entry"), __("Step", null, "Prospect Due Step"), __("Change"), __("Due on")].map((head) => `<th>${head}</th>`);
	const table = rows.length
		? `<div class="table-responsive"><table class="table table-sm"><thead><tr>${heads.join("")}</tr></thead>
			<tbody>${lines.join("")}</tbody></table></div>`
		: "";
	return `<p>${__("{0} open entries are worked by this procedure; {1} of them would change.", [entries, changed])}
		${__("Promises already given stay as they are.")}</p>${table}`;
}

async function explain_try_out() {
	const settings = "Prospect Management Settings";
	const address = frappe.session.user_email;
	const text = __(
		"Name an address in {0}: every mail to a prospect then goes there instead, with the real recipient in its subject. Make a lead, and live its days. Empty the field to go live again.",
		[__(settings).bold()]
	);
	frappe.warn(
		__("Try it on myself"),
		`<p>${text}</p><p>${__("While it is filled, no prospect gets any mail.")}</p>`,
		() => {
			frappe.route_options = { try_out_with: address };
			frappe.set_route("Form", settings);
		},
		__("Open the settings")
	);
}
