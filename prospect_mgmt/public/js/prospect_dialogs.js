// The dialogs in which people tell an entry what happened. Used by the panel, on the Lead and on the entry.
frappe.provide("prospect_mgmt.dialogs");

(() => {
	const esc = (prospect_mgmt.esc = (text) => frappe.utils.escape_html(as_typed(cstr(text))));
	const REACHED = ["Reached", "Asked to call back"];
	const TRY_AGAIN = ["No answer", "Voicemail", "Asked to call back"];
	const INTERACTION = "Prospect Interaction";
	const MESSAGES = ["WhatsApp", "SMS", "Chat", "Email"];
	const ANSWER_CHANNELS = ["Email", "Phone", "WhatsApp", "SMS", "Chat", "In person", "Web"];
	const OUTCOMES = ["Won", "Lost", "No response", "Unreachable", "Not a prospect", "Duplicate", "Spam"];

	/** Frappe keeps a text that looks like HTML with entities; `prospect_mgmt.typed.as_typed` says the same. */
	function as_typed(text) {
		const entities = [["&lt;", "<"], ["&gt;", ">"], ["&quot;", '"'], ["&amp;", "&"]];
		return entities.reduce((typed, [entity, sign]) => typed.replaceAll(entity, sign), text);
	}

	// ------------------------------------------------------------- asking the server
	/**
	 * POST a method and resolve with its message; rejects with the reason in plain words, and shows nothing itself.
	 * Not by frappe.call, which puts a window of its own over the dialog when the server fails.
	 */
	async function post(method, args) {
		frappe.request.ajax_count += 1; // the Desk counts what is under way
		try {
			const response = await fetch(`/api/method/${method}`, {
				method: "POST",
				headers: {
					Accept: "application/json",
					"Content-Type": "application/json",
					"X-Frappe-CSRF-Token": frappe.csrf_token,
				},
				body: JSON.stringify(args),
			}).catch(() => null);
			const answer = await response?.json().catch(() => null);
			if (answer) frappe.request.cleanup({ silent: true }, answer); // asks who was logged out to log in again
			if (!response?.ok || !answer) throw reason_of(answer);
			return answer.message;
		} finally {
			frappe.request.ajax_count -= 1;
		}
	}

	/**
	 * Why the server did not do something: `message` in plain words, `kind` the type of its exception. `lost`: no answer came,
	 * so it may have done it.
	 */
	class Refusal extends Error {
		constructor(message, kind, lost) {
			super(message);
			Object.assign(this, { kind, lost });
		}

		toString() {
			return this.message;
		}
	}

	function reason_of(answer) {
		let messages = [];
		try {
			messages = JSON.parse(answer?._server_messages || "[]").map((m) => JSON.parse(m).message);
		} catch {
			messages = [];
		}
		const texts = messages.map((m) => frappe.utils.html2text(m)).filter(Boolean);
		const said = texts.join(" ") || __("The server could not be reached, or it could not do this.");
		return new Refusal(said, answer?.exc_type, !answer);
	}

	/** Say why something was not done, where no dialog is open that could. */
	function not_done(reason) {
		const title = reason.lost ? __("It is not known whether it was done") : __("Not done");
		frappe.msgprint({ title, message: esc(reason), indicator: "red" });
	}

	/** Call a method of an entry. */
	function tell(entry, method, args = {}) {
		return post("run_doc_method", { dt: "Prospect List Entry", dn: entry, method, args });
	}

	/** The same for what a dialog saves: sent again, since no answer came, it is not done again. */
	function tell_once({ request_key }, entry, method, args) {
		return tell(entry, method, { ...args, request_key });
	}

	/** Ask for what `fields` hold and hand it to `save`. What was typed stays until the save has succeeded. */
	function ask({ title, fields, label, save, done, size, indicator }) {
		const opener = document.activeElement;
		const dialog = new frappe.ui.Dialog({
			title: esc(title),
			size,
			indicator,
			fields: [{ fieldname: "refusal", fieldtype: "HTML" }, ...fields.map((field) => ({ ...field, on_make: name_input }))],
			primary_action_label: label,
			primary_action: (values) => submit(dialog, values, save, done),
		});
		dialog.request_key = frappe.utils.get_random(24);
		// A click beside it, meant for nothing, would throw away what was typed.
		dialog.$wrapper.addClass("prospect-dialog").attr({ "aria-label": title, "data-backdrop": "static" });
		dialog.get_close_btn().attr("aria-label", __("Close"));
		dialog.$wrapper.one("hidden.bs.modal", () => go_back(opener));
		dialog.$wrapper.one("shown.bs.modal", () => begin(dialog));
		dialog.show();
		return dialog;
	}

	/** Where the first field is a choice, or there is none, Frappe focuses nothing, and keys go astray. */
	function begin(dialog) {
		if (frappe.is_mobile() || dialog.$body.find(":focus").length) return;
		const inputs = dialog.$body.find("input, select, textarea, .ql-editor").filter(":visible");
		// A date opens its calendar over the rest.
		(inputs.not("[data-fieldtype^=Date]").get(0) || dialog.get_primary_btn().get(0)).focus();
	}

	/** Frappe writes labels and help beside its inputs without tying them together; who cannot see them hears nothing. */
	function name_input(control) {
		const id = frappe.dom.get_unique_id();
		const help = control.$wrapper.find(".help-box").first().attr("id", `${id}-help`);
		const input = control.quill ? $(control.quill.root).attr({ role: "textbox", "aria-multiline": true }) : control.$input;
		input?.attr({ id, "aria-label": __(control.df.label || ""), "aria-describedby": help.attr("id") });
		if (control.df.reqd) input?.attr("aria-required", true);
		if (control.quill) name_tools(control.$wrapper);
	}

	/** Back to where somebody was: the same button, else the one of its menu, else the panel, which was drawn anew. */
	function go_back(opener) {
		const entry = opener.closest("[data-entry]")?.dataset.entry;
		const again = entry ? document.querySelectorAll(`.prospect-panel[data-entry="${CSS.escape(entry)}"]`) : [];
		const places = [opener, opener.closest(".dropdown")?.querySelector("[data-toggle]"), ...again];
		places.find((place) => place?.isConnected && place.offsetParent)?.focus({ preventScroll: true });
	}

	async function submit(dialog, values, save, done) {
		if (dialog.saving) return;
		dialog.saving = true;
		const button = dialog.get_primary_btn().prop("disabled", true);
		refuse(dialog, "");
		try {
			const result = await save(values, dialog);
			dialog.hide();
			done?.(result, values);
		} catch (reason) {
			refuse(dialog, reason, unsaved(dialog, reason));
		} finally {
			dialog.saving = false;
			button.prop("disabled", false);
		}
	}

	/** What is certain about a try to save that failed. */
	function unsaved(dialog, { lost }) {
		const before = dialog.lost;
		dialog.lost ||= lost;
		if (lost) return __("We do not know whether it was saved; pressing again is safe. What you typed is still here.");
		if (before) return __("Not saved this time; the try before may have been. What you typed is still here.");
	}

	function refuse(dialog, reason, kept = __("Not saved. What you typed is still here.")) {
		const wrapper = dialog.fields_dict.refusal.$wrapper.empty();
		if (!reason) return;
		$(`<div class="prospect-refusal" role="alert"><b>${kept}</b> <span></span></div>`)
			.appendTo(wrapper)
			.find("span")
			.text(reason.lost && dialog.lost ? "" : reason);
		wrapper.get(0).scrollIntoView({ block: "nearest" });
	}

	function said(message) {
		frappe.show_alert({ message: esc(message), indicator: "green" });
	}

	function titled(what, data) {
		return `${what}: ${data.name} ${data.lead_name || ""}`.trim();
	}

	// ------------------------------------------------------------- what several dialogs share
	/** The lines of the requirements table that are still open, to be ticked. */
	function questions(data, depends_on) {
		const open = data.requirements.filter((row) => !row.satisfied_on);
		const field = { fieldname: "answered", depends_on };
		if (!open.length) return { ...field, fieldtype: "HTML" };
		return {
			...field,
			fieldtype: "MultiCheck",
			label: __("Their questions that are answered now"),
			columns: 1,
			sort_options: false,
			select_all: open.length > 3,
			options: open.map((row) => ({
				value: row.name,
				label: esc([__(row.interest || ""), row.detail].filter(Boolean).join(": ") || __("(no text)")),
			})),
		};
	}

	const happened_on = () => ({
		fieldname: "occurred_on",
		fieldtype: "Datetime",
		label: __("When"),
		description: __("Empty: just now."),
	});

	// Frappe translates the label of an option, again and without its record, and puts it into the page as HTML: with its first
	// letter written as HTML writes it, the label is no text that Frappe knows.
	const as_written = (label) => label && `&#${label.codePointAt(0)};${esc([...label].slice(1).join(""))}`;
	const option = (value, label) => ({ value, label: as_written(label) });
	const select = (values, of = null) => values.map((value) => option(value, __(value, null, of)));

	/** What a dialog offers; `only` what it shows is read. */
	const choices = (data, only) => post("prospect_mgmt.panel.get_choices", { entry: data.name, only: [only] });

	// ------------------------------------------------------------- a call
	prospect_mgmt.dialogs.call = async function (data, done, result = "Reached") {
		const { objections } = await choices(data, "objections");
		const reached = `eval:${JSON.stringify(REACHED)}.includes(doc.result)`;
		const again = `eval:${JSON.stringify(TRY_AGAIN)}.includes(doc.result)`;
		const dialog = ask({
			title: titled(__("Log a call"), data),
			label: __("Save the call"),
			fields: [
				{
					fieldname: "result",
					fieldtype: "Select",
					label: __("Result"),
					options: select(["Reached", "No answer", "Voicemail", "Asked to call back", "Wrong number"], INTERACTION),
					default: result,
					reqd: 1,
					onchange: () => propose_next_attempt(dialog, data),
				},
				{
					fieldname: "summary",
					fieldtype: "Small Text",
					label: __("Summary"),
					description: __("The information mail starts with it."),
					mandatory_depends_on: reached,
				},
				questions(data, reached),
				{
					fieldname: "information_satisfied",
					fieldtype: "Check",
					label: __("Everything they wanted to know is answered"),
					depends_on: reached,
				},
				{
					fieldname: "next_attempt_on",
					fieldtype: "Datetime",
					label: __("Next attempt"),
					depends_on: again,
				},
				{ fieldtype: "Section Break", label: __("More", null, "Prospect List Entry"), collapsible: 1 },
				{
					fieldname: "objection",
					fieldtype: "Select",
					label: __("Objection you heard"),
					options: ["", ...select(objections)],
					depends_on: reached,
				},
				{
					fieldname: "direction",
					fieldtype: "Select",
					label: __("Who called"),
					options: [
						{ value: "Outgoing", label: __("We called them") },
						{ value: "Incoming", label: __("They called us") },
					],
					default: "Outgoing",
				},
				{
					fieldname: "channel",
					fieldtype: "Select",
					label: __("Channel"),
					options: select(["Phone", "In person"], INTERACTION),
					default: "Phone",
				},
				happened_on(),
			],
			save: (values, d) => tell_once(d, data.name, "log_call", call_arguments(values, data)),
			done: (_id, values) => {
				said(REACHED.includes(values.result) ? __("The call is logged.") : __("The attempt is logged."));
				done?.();
			},
		});
		propose_next_attempt(dialog, data);
		return dialog;
	};

	/** Nobody was reached: offer when to try again. They asked for a time: they say when. */
	function propose_next_attempt(dialog, data) {
		if (!dialog) return;
		const result = dialog.get_value("result");
		const nobody = ["No answer", "Voicemail"].includes(result);
		dialog.set_value("next_attempt_on", (nobody && data.next_attempt) || "");
		dialog.set_df_property("next_attempt_on", "description", nobody ? when_nobody(data) : "");
		dialog.set_df_property("next_attempt_on", "reqd", result === "Asked to call back" ? 1 : 0);
		dialog.set_df_property(
			"next_attempt_on",
			"label",
			result === "Asked to call back" ? __("Call them back on") : __("Next attempt")
		);
	}

	function when_nobody(data) {
		return data.next_attempt
			? __("As the procedure has it; or another time, when that is better.")
			: __("These were the attempts of the procedure: it asks next whether to close. Name a time to try once more.");
	}

	/** A time left as it was proposed is the procedure's to keep, which counts the attempts; another one is agreed. */
	function call_arguments(values, data) {
		const reached = REACHED.includes(values.result);
		const proposed = values.result !== "Asked to call back" && values.next_attempt_on === data.next_attempt;
		return {
			summary: values.summary || "",
			result: values.result,
			information_satisfied: reached ? values.information_satisfied : 0,
			answered: reached ? values.answered || [] : [],
			occurred_on: values.occurred_on,
			next_attempt_on: TRY_AGAIN.includes(values.result) && !proposed ? values.next_attempt_on : null,
			direction: values.direction,
			channel: values.channel,
			objection: reached ? values.objection : null,
		};
	}

	// ------------------------------------------------------------- the information mail
	// What a mail needs, and a phone has room for.
	const TOOLS = [["bold", "italic", "underline"], [{ list: "ordered" }, { list: "bullet" }], ["link", "image"]];

	/** Quill's buttons are pictures without a word. */
	function name_tools($editor) {
		const names = {
			bold: __("Bold"),
			italic: __("Italic"),
			underline: __("Underline"),
			ordered: __("Numbered list"),
			bullet: __("Bulleted list"),
			link: __("Link"),
			image: __("Image"),
		};
		for (const tool of $editor.find(".ql-toolbar button").toArray()) {
			const name = names[tool.value || tool.className.replace(/.*ql-(\w+).*/, "$1")];
			$(tool).attr({ "aria-label": name, title: name });
		}
	}

	const draft = (entry, email_template) => post("prospect_mgmt.panel.draft_information", { entry, email_template });

	prospect_mgmt.dialogs.mail = async function (data, done) {
		const proposal = await draft(data.name);
		const dialog = ask({
			title: titled(__("Send information"), data),
			size: "large",
			label: __("Send"),
			fields: [
				{ fieldname: "to", fieldtype: "HTML", options: recipient(proposal) },
				{
					fieldname: "email_template",
					fieldtype: "Select",
					label: __("Template"),
					options: select(proposal.templates),
					default: proposal.template,
					hidden: proposal.templates.length < 2,
					onchange: () => use_template(dialog, data),
				},
				{ fieldname: "subject", fieldtype: "Data", label: __("Subject"), reqd: 1, default: proposal.subject },
				{
					fieldname: "content",
					fieldtype: "Text Editor",
					label: __("Message"),
					get_toolbar_options: () => TOOLS,
					reqd: 1,
					default: proposal.content,
				},
				questions(data),
				{
					fieldname: "information_satisfied",
					fieldtype: "Check",
					label: __("This answers everything they wanted to know"),
					default: 1,
				},
				{ fieldname: "files", fieldtype: "HTML" },
				{ fieldname: "preview", fieldtype: "HTML" },
			],
			save: (values, d) =>
				tell_once(d, data.name, "send_information", {
					subject: values.subject,
					content: values.content,
					email_template: values.email_template,
					information_satisfied: values.information_satisfied,
					answered: values.answered || [],
					attachments: d.chosen_files().map(({ name }) => name),
				}),
			done: () => {
				said(__("The information is on its way."));
				done?.();
			},
		});
		dialog.template = proposal.template;
		attachments(dialog, data, proposal.files);
		dialog.add_custom_action(__("Preview"), ({ target }) =>
			dialog.$wrapper.hasClass("is-previewing") ? write_on(dialog, $(target)) : preview(dialog, data, $(target))
		);
		return dialog;
	};

	/** Show the mail as they will see it in place of the fields. It runs no script: its frame may not. */
	async function preview(dialog, data, $button) {
		refuse(dialog, "");
		$button.prop("disabled", true);
		try {
			const { subject, content } = dialog.get_values(true);
			const args = { entry: data.name, subject: subject || "", content: content || "" };
			const mail = await post("prospect_mgmt.panel.preview_information", args);
			show_preview(dialog, mail);
			$button.text(__("Back to the text"));
		} catch (reason) {
			refuse(dialog, reason);
		} finally {
			$button.prop("disabled", false);
		}
	}

	function show_preview(dialog, { sender, to, subject, html }) {
		const files = dialog.chosen_files().map(({ label }) => label);
		const lines = [
			[__("From"), sender],
			[__("To", null, INTERACTION), to],
			[__("Subject"), subject],
			...(files.length ? [[__("Attachments"), files.join(", ")]] : []),
		].map(([label, text]) => `<div>${label}: <b>${esc(text)}</b></div>`);
		const frame = $(`<iframe sandbox="" class="prospect-mail" title="${__("As they will see it")}"></iframe>`).attr("srcdoc", html);
		dialog.fields_dict.preview.$wrapper
			.html(`<div class="prospect-recipient">${lines.join("")}</div>`)
			.append(frame);
		dialog.$wrapper.addClass("is-previewing");
	}

	function write_on(dialog, $button) {
		dialog.$wrapper.removeClass("is-previewing");
		dialog.fields_dict.preview.$wrapper.empty();
		$button.text(__("Preview")).trigger("focus");
	}

	function recipient({ to, obstacle, goes_to }) {
		const lines = [`<div>${__("To", null, INTERACTION)}: <b>${esc(to || __("no e-mail address"))}</b></div>`];
		if (obstacle) lines.push(`<div class="prospect-refusal">${esc(frappe.utils.html2text(obstacle))}</div>`);
		if (goes_to)
			lines.push(
				`<div class="prospect-note">${__("The procedure is being tried out: this mail goes to {0}.", [
					esc(goes_to),
				])}</div>`
			);
		return `<div class="prospect-recipient">${lines.join("")}</div>`;
	}

	/** Another template replaces the text; what was typed is not thrown away unasked. */
	async function use_template(dialog, data) {
		const chosen = dialog?.get_value("email_template");
		if (!chosen || chosen === dialog.template) return;
		const back = () => dialog.set_value("email_template", dialog.template);
		refuse(dialog, "");
		const other = await draft(data.name, chosen).catch((reason) => void refuse(dialog, reason));
		if (!other) return back();
		const replace = () => {
			dialog.template = chosen;
			dialog.set_values({ subject: other.subject, content: other.content });
		};
		frappe.confirm(__("Replace the text by that of the template “{0}”?", [esc(__(chosen))]), replace, back);
	}

	/** A list of files to tick, those of what they asked for ticked already, and a button that uploads one to the entry. */
	function attachments(dialog, data, files) {
		const wrapper = dialog.fields_dict.files.$wrapper;
		const list = $(`<div class="prospect-files"></div>`);
		const add = (file, checked) =>
			$(`<label class="prospect-file"><input type="checkbox"> <span></span></label>`)
				.appendTo(list)
				.find("span")
				.text(file.file_name)
				.end()
				.find("input")
				.val(file.name)
				.prop("checked", checked);
		files.forEach((file) => add(file, file.proposed));
		wrapper.append(`<label class="control-label">${__("Attachments")}</label>`, list);
		$(`<button type="button" class="btn btn-default btn-xs">${__("Upload a file")}</button>`)
			.appendTo(wrapper)
			.on("click", () => {
				new frappe.ui.FileUploader({
					doctype: "Prospect List Entry",
					docname: data.name,
					folder: "Home/Attachments",
					on_success: (file) => add(file, true),
				});
			});
		dialog.chosen_files = () =>
			list
				.find("input:checked")
				.toArray()
				.map((input) => ({ name: input.value, label: $(input).next().text() }));
	}

	// ------------------------------------------------------------- a message of ours that went out by another way
	prospect_mgmt.dialogs.message = function (data, done) {
		const theirs = data.interactions.find((row) => row.direction === "Incoming" && row.by === "Person");
		const acknowledged = data.promises.some((row) => row.promise === "acknowledge" && row.status === "Met");
		return ask({
			title: titled(__("Record a message"), data),
			label: __("Save the message"),
			fields: [
				{
					fieldname: "channel",
					fieldtype: "Select",
					label: __("Channel"),
					options: select(MESSAGES, INTERACTION),
					default: MESSAGES.includes(theirs?.channel) ? theirs.channel : "WhatsApp",
					reqd: 1,
				},
				{
					fieldname: "content",
					fieldtype: "Small Text",
					label: __("What we wrote"),
					description: __("It counts as our contact: it acknowledges them, and replies to what they wrote."),
					reqd: 1,
				},
				{
					fieldname: "information_sent",
					fieldtype: "Check",
					label: __("It holds the information they asked for"),
					// As with a plain mail of ours: the first one acknowledges, a later one informs.
					default: acknowledged || !(data.mobile_no || data.phone) ? 1 : 0,
				},
				questions(data, "information_sent"),
				{
					fieldname: "information_satisfied",
					fieldtype: "Check",
					label: __("This answers everything they wanted to know"),
					default: 1,
					depends_on: "information_sent",
				},
				happened_on(),
			],
			save: (values, d) => tell_once(d, data.name, "record_message", message_arguments(values)),
			done: () => {
				said(__("The message is recorded."));
				done?.();
			},
		});
	};

	function message_arguments({ channel, content, occurred_on, information_sent, information_satisfied, answered }) {
		return {
			channel,
			content,
			occurred_on,
			information_sent,
			information_satisfied: information_sent && information_satisfied,
			answered: (information_sent && answered) || [],
		};
	}

	// ------------------------------------------------------------- an answer of theirs
	prospect_mgmt.dialogs.answer = function (data, done) {
		return ask({
			title: titled(__("Record an answer"), data),
			label: __("Save the answer"),
			fields: [
				{
					fieldname: "channel",
					fieldtype: "Select",
					label: __("How it came"),
					options: select(ANSWER_CHANNELS, INTERACTION),
					default: "Email",
					reqd: 1,
				},
				{ fieldname: "content", fieldtype: "Small Text", label: __("What they said"), reqd: 1 },
				happened_on(),
			],
			save: (values, d) => tell_once(d, data.name, "record_response", values_of(values)),
			done: () => {
				said(__("Their answer is recorded."));
				done?.();
			},
		});
	};

	function values_of({ refusal, ...values }) {
		return values;
	}

	// ------------------------------------------------------------- a time agreed on
	prospect_mgmt.dialogs.agree = function (data, done) {
		return ask({
			title: titled(__("Agree a time"), data),
			label: __("Hold until then"),
			fields: [
				{
					fieldtype: "HTML",
					fieldname: "what_happens",
					options: `<p class="text-muted">${__(
						"Automatic steps are held until then; the promises run on. An answer of theirs ends it at once."
					)}</p>`,
				},
				{
					fieldname: "until",
					fieldtype: "Datetime",
					label: __("Until"),
					reqd: 1,
					default: data.paused_until,
				},
				{
					fieldname: "reason",
					fieldtype: "Small Text",
					label: __("What was agreed"),
					description: __("For example: they decide in March."),
					reqd: 1,
					default: data.pause_reason,
				},
			],
			save: ({ until, reason }, d) => tell_once(d, data.name, "pause", { until, reason }),
			done: () => {
				said(__("Held until the agreed time."));
				done?.();
			},
		});
	};

	// ------------------------------------------------------------- closing, reopening
	prospect_mgmt.dialogs.close = async function (data, done, outcome) {
		const { objections } = await choices(data, "objections");
		return ask({
			title: titled(__("Close"), data),
			label: __("Close the enquiry"),
			fields: [
				{
					fieldname: "outcome",
					fieldtype: "Select",
					label: __("How it ended"),
					options: ["", ...select(OUTCOMES, "Prospect List Entry")],
					default: outcome,
					reqd: 1,
				},
				{
					fieldname: "objection",
					fieldtype: "Select",
					label: __("Objection"),
					description: __("Why they said no."),
					options: ["", ...select(objections)],
					depends_on: "eval:doc.outcome !== 'Won' && doc.outcome !== 'Spam' && doc.outcome !== 'Duplicate'",
					mandatory_depends_on: "eval:doc.outcome === 'Lost'",
				},
				{ fieldname: "note", fieldtype: "Small Text", label: __("In their words") },
			],
			save: ({ outcome, objection, note }, d) => tell_once(d, data.name, "close", { outcome, objection, note }),
			done: (_r, values) => {
				said(__("Closed: {0}", [__(values.outcome, null, "Prospect List Entry")]));
				done?.();
			},
		});
	};

	prospect_mgmt.dialogs.won = (data, done) => prospect_mgmt.dialogs.close(data, done, "Won");

	/** Ask yes or no, then call a method of the entry. */
	function confirmed(data, question, label, method, args, message, done) {
		return ask({
			title: titled(label, data),
			label,
			fields: [{ fieldname: "question", fieldtype: "HTML", options: `<p>${esc(question)}</p>` }],
			save: (_values, d) => tell_once(d, data.name, method, args),
			done: (result) => {
				said(message);
				done?.(result);
			},
		});
	}

	prospect_mgmt.dialogs.spam = (data, done) =>
		confirmed(
			data,
			__("Spam closes the enquiry, voids its promises and leaves every count."),
			__("Mark spam"),
			"close",
			{ outcome: "Spam" },
			__("Marked as spam."),
			done
		);

	prospect_mgmt.dialogs.reopen = (data, done) =>
		confirmed(
			data,
			__("The enquiry goes back to the stage it was closed from, with its promises as they were given."),
			__("Reopen"),
			"reopen",
			{},
			__("Open again."),
			done
		);

	prospect_mgmt.dialogs.new_enquiry = async function (data, done) {
		const { interests } = await choices(data, "interests");
		return ask({
			title: titled(__("New enquiry"), data),
			label: __("Open the enquiry"),
			fields: [
				{
					fieldname: "interest",
					fieldtype: "Select",
					label: __("Interest", null, "Prospect List Entry"),
					options: ["", ...select(interests)],
				},
				{ fieldname: "detail", fieldtype: "Small Text", label: __("What they want to know") },
			],
			save: ({ interest, detail }, d) => tell_once(d, data.name, "new_enquiry", { interest, detail }),
			done: (entry) => {
				said(__("Opened: {0}", [entry]));
				done?.(entry);
			},
		});
	};

	// ------------------------------------------------------------- who works it, and where
	prospect_mgmt.dialogs.assign = async function (data, done) {
		const { agents } = await choices(data, "agents");
		const label = data.can.assign ? __("Assign") : __("Hand over");
		return ask({
			title: titled(label, data),
			label,
			fields: [agent_field(agents, !data.can.assign), note_field(data.agent ? 1 : 0)],
			save: ({ agent, note }, d) => tell_once(d, data.name, "assign", { agent: agent || null, note }),
			done: () => {
				said(__("Handed over."));
				done?.();
			},
		});
	};

	/**
	 * Several entries to one agent, who is an agent of each of their lists; `held`: whether somebody has one of them. `give`
	 * ({agent, note, request_key}, dialog) does it.
	 */
	prospect_mgmt.dialogs.assign_many = async function (title, entries, held, give, done) {
		const { agents, lists } = await post("prospect_mgmt.panel.get_agents", { entries });
		const label = __("Assign or hand over");
		const field = agent_field(agents, false);
		const nobody = __("Nobody is an agent of all their lists: {0}. Choose entries of one list.", [lists.join(", ")]);
		if (lists.length > 1 && !agents.length) field.description = `${esc(nobody)} ${field.description}`;
		return ask({
			title: `${label}: ${title}`,
			label,
			fields: [field, note_field(held ? 1 : 0)],
			save: ({ agent, note }, d) => give({ agent: agent || null, note, request_key: d.request_key }, d),
			done,
		});
	};

	const agent_field = (agents, required) => ({
		fieldname: "agent",
		fieldtype: "Select",
		label: __("Agent"),
		options: ["", ...agents.map((agent) => option(agent.user, agent_label(agent)))],
		reqd: required ? 1 : 0,
		description: required ? "" : __("Empty: nobody has it, and it is unassigned."),
	});

	const note_field = (required) => ({
		fieldname: "note",
		fieldtype: "Small Text",
		label: __("What they should know"),
		reqd: required,
	});

	/** How much somebody has is told only to those who see the whole list. */
	function agent_label({ full_name, open, capped, capacity, away }) {
		const number = capped ? __("more than {0}", [open]) : open;
		const load = capacity ? __("{0} of {1} open", [number, capacity]) : __("{0} open", [number]);
		const notes = [open === undefined ? "" : load, away ? __("away") : ""].filter(Boolean);
		return notes.length ? `${full_name} (${notes.join(", ")})` : full_name;
	}

	prospect_mgmt.dialogs.move = async function (data, done) {
		const { lists } = await choices(data, "lists");
		return ask({
			title: titled(__("Move to another list"), data),
			label: __("Move"),
			fields: [
				{
					fieldname: "prospect_list",
					fieldtype: "Select",
					label: __("Prospect List"),
					options: lists.map((name) => option(name, name)),
					description: lists.length
						? __("History and promises stay; what is coming is planned by the list's procedure.")
						: __("There is no other list that is switched on."),
					reqd: 1,
				},
			],
			save: ({ prospect_list }, d) => tell_once(d, data.name, "move_to_list", { prospect_list }),
			done: () => {
				said(__("Moved."));
				done?.();
			},
		});
	};

	// ------------------------------------------------------------- what a supervisor does to a coming step
	const STEP_ACTS = {
		run_now: {
			label: () => __("Run it now"),
			text: () => __("It is due now and carried out within minutes, unless something holds it: the ledger says what."),
			said: () => __("It is due now."),
		},
		move_step: { label: () => __("Move it"), text: () => "", said: () => __("It is moved.") },
		cancel_step: {
			label: () => __("Cancel it"),
			text: () => __("It will not happen this once; what the procedure plans after it comes."),
			said: () => __("It is cancelled."),
		},
	};

	/** `step`: {name, step_title, due_on}; `act`: one of STEP_ACTS. */
	prospect_mgmt.dialogs.step = function (act, step, done) {
		const { label, text, said: told } = STEP_ACTS[act];
		const when = { fieldname: "due_on", fieldtype: "Datetime", label: __("New moment"), reqd: 1, default: step.due_on };
		const reason = { fieldname: "reason", fieldtype: "Small Text", label: __("Why"), reqd: 1 };
		reason.description = __("It is written into the ledger.");
		return ask({
			title: `${label()}: ${step.step_title}`,
			label: label(),
			fields: [
				{ fieldname: "what_happens", fieldtype: "HTML", options: `<p class="text-muted">${text()}</p>` },
				...(act === "move_step" ? [when, reason] : [reason]),
			],
			save: ({ reason, due_on }) =>
				post("run_doc_method", {
					dt: "Prospect Due Step",
					dn: step.name,
					method: act,
					args: act === "move_step" ? { due_on, reason } : { reason },
				}),
			done: () => {
				said(told());
				done?.();
			},
		});
	};

	// ------------------------------------------------------------- a lead that is on no list
	prospect_mgmt.dialogs.enrol = function (data, done) {
		return ask({
			title: `${__("Enrol on a Prospect List")}: ${data.lead}`,
			label: __("Enrol"),
			fields: [
				{
					fieldname: "prospect_list",
					fieldtype: "Select",
					label: __("Prospect List"),
					options: data.lists.map((name) => option(name, name)),
					default: data.default_list,
					reqd: 1,
				},
				{
					fieldname: "interest",
					fieldtype: "Link",
					options: "Prospect Interest",
					label: __("Interest", null, "Prospect List Entry"),
					default: data.interest,
				},
				{ fieldname: "detail", fieldtype: "Small Text", label: __("What they want to know") },
				{
					fieldname: "use_true_first_contact",
					fieldtype: "Check",
					label: __("Count from their true first contact"),
					description: __("Off: the clocks start now."),
				},
			],
			save: (values, { request_key }) =>
				post("prospect_mgmt.enrolment.enrol_lead", { lead: data.lead, ...values_of(values), request_key }),
			done: (entry) => {
				said(__("Enrolled: {0}", [entry]));
				done?.(entry);
			},
		});
	};

	Object.assign(prospect_mgmt.dialogs, { post, tell, ask, said, not_done });
})();
