// The dialogs in which people tell an entry of a contact: a call, the information mail, a message, an answer. After prospect_dialogs.js.
(() => {
	const { esc } = prospect_mgmt;
	const { post, ask, said } = prospect_mgmt.dialogs;
	const { as_text, tell_once, refuse, titled, questions, happened_on, select, choices, values_of } = prospect_mgmt.dialogs.parts;
	const REACHED = ["Reached", "Asked to call back"];
	const TRY_AGAIN = ["No answer", "Voicemail", "Asked to call back"];
	const INTERACTION = "Prospect Interaction";
	const MESSAGES = ["WhatsApp", "SMS", "Chat", "Email"];
	const ANSWER_CHANNELS = ["Email", "Phone", "WhatsApp", "SMS", "Chat", "In person", "Web"];

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
			: __("The procedure asks for no further attempt. Name a time to try once more.");
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
		if (obstacle) lines.push(`<div class="prospect-refusal">${esc(as_text(obstacle))}</div>`);
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
})();
