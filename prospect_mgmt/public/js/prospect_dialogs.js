// What all dialogs in which people tell an entry something have in common; they come in two files, to be read after this one.
frappe.provide("prospect_mgmt.dialogs");

(() => {
	const esc = (prospect_mgmt.esc = (text) => frappe.utils.escape_html(as_typed(cstr(text))));

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

	/** What HTML says: where a line or an item of a list ends, the words do not run together. */
	function as_text(html) {
		const apart = cstr(html).replace(/<(?=\/?(br|p|div|li|tr|td|h\d)\b)/gi, " <");
		return frappe.utils.html2text(apart).replace(/\s+/g, " ").trim();
	}

	function reason_of(answer) {
		let messages = [];
		try {
			messages = JSON.parse(answer?._server_messages || "[]").map((m) => JSON.parse(m).message);
		} catch {
			messages = [];
		}
		const texts = messages.map(as_text).filter(Boolean);
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
		if (!control.quill) return;
		name_tools(control.$wrapper);
		control.quill.keyboard.bindings.Tab = []; // else Tab writes a tab, and no key leads on from the text
	}

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

	/** What was typed, without the place of the refusal. */
	function values_of({ refusal, ...values }) {
		return values;
	}

	Object.assign(prospect_mgmt.dialogs, { post, tell, ask, said, not_done });
	// For the files of dialogs.
	prospect_mgmt.dialogs.parts = { as_text, tell_once, refuse, titled, questions, happened_on, option, select, choices, values_of };
})();
