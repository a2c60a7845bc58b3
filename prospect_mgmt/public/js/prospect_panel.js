// One panel for the Lead form and the entry form: where the enquiry stands, what to do now, and the buttons that do it.
frappe.provide("prospect_mgmt");

(() => {
	const esc = (text) => prospect_mgmt.esc(text); // of prospect_dialogs.js, which may be read later
	const dialogs = () => prospect_mgmt.dialogs;
	// A choice is said in the words of its own record, where ERPNext's word for the same English one means something else.
	const said_of = (doctype) => (value) => esc(__(value || "", null, doctype));
	const of_entry = said_of("Prospect List Entry");
	const of_interaction = said_of("Prospect Interaction");
	const of_step = said_of("Prospect Due Step");
	const STYLE = "/assets/prospect_mgmt/css/prospect_panel.css";
	const PROMISES = {
		acknowledge: __("Acknowledge"),
		satisfy: __("Answer their questions"),
		respond: __("Reply to their answer"),
	};
	const PROMISE_SIGNS = { Met: ["✓", "green"], Missed: ["✗", "red"], Void: ["–", "gray"], Pending: ["", "blue"] };
	const STEP_SIGNS = { Done: ["✓", "green"], Skipped: ["–", "gray"], Failed: ["✗", "red"] };
	const REFRESH_EVERY = 60; // seconds, where no event comes
	const CALM = 1500; // milliseconds in which several events make one refresh

	// ------------------------------------------------------------- moments
	/** A moment of the site, as the server writes it. */
	const parsed = (value) => moment.tz(value, frappe.defaultDatetimeFormat, frappe.boot.time_zone.system);

	/** A moment in the user's own timezone and format, to the minute. */
	function moment_text(value) {
		return frappe.datetime.str_to_user(value).replace(/(\d{1,2}:\d{2}):\d{2}/, "$1");
	}

	/** The day of a moment, in the user's own timezone and format. */
	function day_text(value) {
		return frappe.datetime.str_to_user(frappe.datetime.convert_to_user_tz(value).slice(0, 10), false, true);
	}

	/** How long something is still to come, so exact that one sees it run. */
	function countdown(seconds) {
		const minutes = Math.floor(seconds / 60);
		if (minutes < 10) return __("{0} min {1} s", [minutes, Math.floor(seconds % 60)]);
		if (minutes < 120) return __("{0} min", [minutes]);
		if (minutes < 48 * 60) return __("{0} h {1} min", [Math.floor(minutes / 60), minutes % 60]);
		return __("{0} days", [Math.floor(minutes / 60 / 24)]);
	}

	function span(seconds) {
		const minutes = Math.round(seconds / 60);
		if (minutes < 120) return __("{0} min", [minutes]);
		if (minutes < 48 * 60) return __("{0} h", [Math.round(minutes / 60)]);
		return __("{0} days", [Math.round(minutes / 60 / 24)]);
	}

	prospect_mgmt.Panel = class Panel {
		/** `wrapper`: where it goes; `which`: {entry} or {lead}, `of`: its form's document; `before_act`: resolves to whether an act
		 * may begin; `changed`: called after one, with a new entry's ID if one was opened. */
		constructor({ wrapper, which, of, changed, before_act }) {
			Object.assign(this, { which, of, changed, before_act });
			this.$panel = $(`<section class="prospect-panel" tabindex="-1" aria-label="${of_entry("Prospect")}"></section>`);
			$(wrapper).append(this.$panel);
			this.$panel.on("click", "[data-act]", (event) => this.act(event.currentTarget));
		}

		async load() {
			return this.show(await this.ask());
		}

		ask() {
			return dialogs().post("prospect_mgmt.panel.get_panel", this.which);
		}

		show(data) {
			Object.assign(this, { data, loaded: moment(), shown: facts_of(data) });
			this.render();
			this.ticking ??= setInterval(() => this.tick(), 1000);
			return data;
		}

		/** What a colleague or the procedure changed meanwhile. Who is doing something here is not disturbed. */
		async refresh() {
			if (!this.data || this.busy || cur_dialog?.display || this.$panel.find(".dropdown-menu.show").length) return;
			try {
				const data = await this.ask();
				this.$panel.children(".prospect-stale").remove();
				if (facts_of(data) === this.shown) Object.assign(this, { data, loaded: moment() });
				else this.show(data);
			} catch (reason) {
				this.say_stale(reason);
			}
		}

		/** It could not be read: what is shown may be old, or is not there yet. */
		say_stale(reason) {
			this.$panel.children(".prospect-stale").remove();
			const text = this.data
				? __("This could not be refreshed; what you see may be old.")
				: __("This could not be loaded.");
			this.$panel.prepend($(`<div class="prospect-banner prospect-stale" role="status"></div>`).text(`${text} ${reason}`));
		}

		tick() {
			if (!document.contains(this.$panel.get(0))) this.ticking = clearInterval(this.ticking);
			this.$panel.find("[data-until]").each((_i, pill) => {
				const seconds = this.until(pill.dataset.until);
				$(pill).text(this.left(pill.dataset.until, countdown)).toggleClass("red", seconds < -60).toggleClass("blue", seconds >= -60);
			});
		}

		/** Seconds from now until a moment of the server's; negative when it has passed. */
		until(value) {
			const since_load = moment().diff(this.loaded, "seconds");
			return parsed(value).diff(parsed(this.data.now), "seconds") - since_load;
		}

		left(value, said = span) {
			const seconds = this.until(value);
			if (seconds > -60 && seconds < (said === span ? 60 : 1)) return __("now");
			return seconds < 0 ? __("overdue by {0}", [span(-seconds)]) : __("in {0}", [said(seconds)]);
		}

		/** A pill that counts down to a moment. */
		running(value) {
			const color = this.until(value) < -60 ? "red" : "blue";
			return `<span class="indicator-pill no-indicator-dot ${color}" data-until="${esc(value)}">${this.left(
				value,
				countdown
			)}</span>`;
		}

		/** Draw what is known, and leave open, closed and focused what was. */
		render() {
			const parts = this.$panel.find("details").get();
			const closed = parts.filter((part) => !part.open).map((part) => part.dataset.part);
			const { act, step, what } = this.$panel.find(document.activeElement).get(0)?.dataset || {};
			this.draw();
			closed.forEach((part) => this.$panel.find(`details[data-part='${part}']`).prop("open", false));
			const same = (_i, { dataset }) => dataset.act === act && dataset.step === step && dataset.what === what;
			if (act) this.$panel.find("[data-act]:visible").filter(same).first().trigger("focus");
		}

		draw() {
			const { data } = this;
			this.$panel.attr("data-entry", data.name || null);
			if (data.elsewhere) return this.$panel.html(this.elsewhere());
			if (!data.name) return this.$panel.html(this.not_enrolled());
			this.$panel.html(
				[
					this.head(),
					this.stages(),
					this.banners(),
					`<div class="prospect-columns">
						<div>${this.now()}${data.can.write ? this.actions() : ""}${this.next()}${this.questions()}</div>
						<div>${this.promises()}${this.beside()}</div>
					</div>`,
					this.amounts(),
					`<div class="prospect-columns"><div>${this.exchanges()}</div><div>${this.steps()}</div></div>`,
				].join("")
			);
		}

		// ------------------------------------------------------------- not on a list
		elsewhere() {
			return `<p class="mb-0">${__("This lead is worked on a Prospect List that is not yours.")}</p>`;
		}

		not_enrolled() {
			const { lists, refusal } = this.data;
			const text = `<b>${__("This lead is on no Prospect List.")}</b>`;
			const enrol = lists.length && !refusal ? this.button("enrol", __("Enrol"), "btn-primary") : "";
			return `<div class="prospect-head">${text} ${refusal ? esc(refusal) : enrol}</div>${this.colleagues()}`;
		}

		// ------------------------------------------------------------- who and where
		head() {
			const d = this.data;
			const who = [d.lead_name, d.company_name].filter(Boolean).map(esc).join(" · ");
			const agent = d.agent ? esc(d.agent_name) : `<b>${__("unassigned")}</b>`;
			const cover = d.cover ? ` (${__("covered by {0}", [esc(d.cover_name)])})` : "";
			const facts = [
				this.telephone("mobile_no"),
				d.phone !== d.mobile_no ? this.telephone("phone") : "",
				d.email_id ? esc(d.email_id) : "",
				d.interest ? esc(__(d.interest)) : "",
				d.source ? esc(__(d.source, null, "Lead Source")) : "",
				`${__("List")}: ${esc(d.prospect_list)}`,
				`${__("Agent")}: ${agent}${cover}`,
			];
			return `<div class="prospect-head">
					<span class="prospect-number">${esc(d.lead)}</span>
					<span class="prospect-who">${who}</span>
				</div>
				<div class="prospect-reach">${facts
					.filter(Boolean)
					.map((fact) => `<span>${fact}</span>`)
					.join("")}</div>`;
		}

		telephone(field) {
			const number = this.data.dial[field];
			return number ? `<a href="tel:${esc(number)}">${esc(this.data[field])}</a>` : "";
		}

		/** The stages in order, each with the day on which it was entered last. */
		stages() {
			const { stage, stages, stage_dates } = this.data;
			const known = stages.includes(stage) ? stages : [...stages, stage];
			const items = known.map((s) => {
				const on = stage_dates[s];
				const here = s === stage ? 'aria-current="step"' : on ? 'class="is-past"' : "";
				const day = on ? `<time title="${moment_text(on)}">${day_text(on)}</time>` : "";
				return `<li ${here}><span>${on && s !== stage ? "✓ " : ""}${of_entry(s)}</span>${day}</li>`;
			});
			return `<ol class="prospect-stages" aria-label="${__("Stage")}">${items.join("")}</ol>`;
		}

		// ------------------------------------------------------------- beside it
		beside() {
			return `${this.other_enquiries()}${this.colleagues()}`;
		}

		other_enquiries() {
			const { enquiries, name } = this.data;
			const others = enquiries.filter((row) => row.name !== name);
			if (!others.length) return "";
			const rows = others.map((row) => {
				const label = `${__("Enquiry")} ${row.enquiry} (${of_entry(row.outcome || row.stage)})`;
				const why = row.objection ? ` · ${esc(__(row.objection))}` : "";
				return `<li><a href="${entry_url(row.name)}">${label}</a>
					<span class="prospect-when">${day_text(row.first_contact_on)}${why}</span></li>`;
			});
			return `<h5>${__("Other enquiries of theirs")}</h5><ul class="prospect-rows">${rows.join("")}</ul>`;
		}

		colleagues() {
			const { company_name, colleagues } = this.data;
			if (!colleagues.rows.length) return "";
			const rows = colleagues.rows.map((row) => {
				const facts = [day_text(row.first_contact_on), __(row.outcome || row.stage, null, "Prospect List Entry"), row.agent_name || __("unassigned")];
				return `<li><a href="${entry_url(row.name)}">${esc(row.name)}</a> ${esc(row.lead_name)}
					<span class="prospect-when">${facts.map(esc).join(" · ")}</span></li>`;
			});
			const all = `/app/prospect-list-entry?company_name=${encodeURIComponent(company_name)}`;
			const more = colleagues.more ? `<li><a href="${esc(all)}">${__("Show all")}</a></li>` : "";
			return `<h5>${__("From the same company")}</h5><ul class="prospect-rows">${rows.join("")}${more}</ul>`;
		}

		// ------------------------------------------------------------- what must be seen first
		banners() {
			const d = this.data;
			const banners = [];
			if (d.problem) banners.push(this.banner(esc(prospect_mgmt.dialogs.parts.as_text(d.problem)), "red"));
			if (d.do_not_contact) banners.push(this.banner(__("They asked not to be contacted."), "red"));
			if (d.unsubscribed) banners.push(this.banner(__("They unsubscribed from mail: no automatic mail goes out.")));
			if (d.email_bounced_on)
				banners.push(this.banner(__("Mail to them came back on {0}.", [moment_text(d.email_bounced_on)])));
			if (d.done_on) banners.push(this.closed_banner());
			if (d.paused_until)
				banners.push(
					this.banner(
						`${__("Paused until {0}", [`<b>${moment_text(d.paused_until)}</b>`])}: ${esc(d.pause_reason)}`,
						"blue"
					)
				);
			if (d.won_proposed)
				banners.push(
					this.banner(__("A sale is booked. Close the enquiry as Won?"), "blue", [
						["won", __("Close as Won")],
						["decline_won", __("Not yet")],
					])
				);
			if (d.wrote_after_done_on)
				banners.push(
					this.banner(
						__("They wrote on {0}, after this was closed. A new enquiry, or just thanks?", [
							moment_text(d.wrote_after_done_on),
						]),
						"blue",
						[
							["new_enquiry", __("A new enquiry")],
							["just_thanks", __("Just thanks")],
						]
					)
				);
			return banners.join("");
		}

		banner(html, color = "", acts = []) {
			const buttons = this.data.can.write ? acts.map(([act, label]) => this.button(act, label)).join(" ") : "";
			return `<div class="prospect-banner ${color}"><span>${html}</span> ${buttons}</div>`;
		}

		closed_banner() {
			const { outcome, objection, objection_note, done_on } = this.data;
			const why = [objection && __(objection), objection_note].filter(Boolean).map(esc).join(": ");
			return this.banner(
				`<b>${__("Closed: {0}", [of_entry(outcome)])}</b>, ${moment_text(done_on)}${why ? `. ${why}` : ""}`,
				outcome === "Won" ? "blue" : ""
			);
		}

		// ------------------------------------------------------------- now, next, promises
		now() {
			const d = this.data;
			if (d.done_on) return `<h5>${__("Now")}</h5><p>${__("Nothing: the enquiry is closed.")}</p>`;
			const due_now = d.next_step && this.until(d.next_due_on) < 60;
			const [what, ...how] = cstr(d.task || (due_now ? d.next_step : "")).split("\n");
			const task = what ? `<div class="prospect-now">${esc(what)}</div><div>${esc(how.join(" "))}</div>` : "";
			const waiting = {
				Us: __("They wait for us."),
				Prospect: __("We wait for them."),
			}[d.awaiting];
			const turn = waiting ? `<div class="prospect-when">${waiting}</div>` : "";
			const nothing = task ? "" : `<div>${__("Nothing is asked of you right now.")}</div>`;
			const since = d.task_since
				? `<div class="prospect-when">${__("since {0}", [moment_text(d.task_since)])}</div>`
				: "";
			return `<h5>${__("To do now")}</h5>${task}${since}${nothing}${turn}`;
		}

		next() {
			const { next_step, next_due_on } = this.data;
			if (!next_step) return "";
			return `<h5>${__("Next step")}</h5>
				<div>${esc(next_step)} ${this.running(next_due_on)}</div>
				<div class="prospect-when">${moment_text(next_due_on)}</div>`;
		}

		questions() {
			const { requirements } = this.data;
			if (!requirements.length) return "";
			const rows = requirements.map((row) => {
				const text = [row.interest && __(row.interest), row.detail].filter(Boolean).map(esc).join(": ");
				return `<li>${
					row.satisfied_on ? this.pill(`✓ ${__("answered")}`, "green") : this.pill(__("open"), "orange")
				} ${text}</li>`;
			});
			return `<h5>${__("What they want to know")}</h5><ul class="prospect-rows">${rows.join("")}</ul>`;
		}

		promises() {
			const rows = this.data.promises.map((p) => this.promise(p)).join("");
			return `<h5>${__("Promises")}</h5><ul class="prospect-rows">${rows}</ul>`;
		}

		promise({ promise, by, met_on, status }) {
			const late = status === "Pending" && this.until(by) < 0;
			const shown = late ? "Missed" : status;
			const [sign, color] = PROMISE_SIGNS[shown] || PROMISE_SIGNS.Pending;
			const text = shown === "Pending" ? __("due {0}", [this.left(by)]) : __(shown, null, "Prospect List Entry");
			const met = met_on && status === "Met" ? `, ${__("done {0}", [moment_text(met_on)])}` : "";
			return `<li>${PROMISES[promise]} ${this.pill(`${sign} ${text}`.trim(), color)}
				<div class="prospect-when">${__("by {0}", [moment_text(by)])}${met}</div></li>`;
		}

		pill(text, color) {
			return `<span class="indicator-pill no-indicator-dot ${color}">${esc(text)}</span>`;
		}

		// ------------------------------------------------------------- buttons
		actions() {
			const [first, ...others] = this.main_actions();
			const more = [...others, ...this.more_actions()];
			const items = more.map(
				([act, label]) => `<button type="button" class="dropdown-item" data-act="${act}">${label}</button>`
			);
			const menu = `<div class="dropdown">
				<button type="button" class="btn btn-default btn-sm dropdown-toggle" data-toggle="dropdown"
					aria-haspopup="true" aria-expanded="false">${__("More", null, "Prospect List Entry")}</button>
				<div class="dropdown-menu">${items.join("")}</div></div>`;
			return `<div class="prospect-actions">${this.button(...first, "btn-primary")}${menu}</div>`;
		}

		button(act, label, style = "btn-default") {
			return `<button type="button" class="btn ${style} btn-sm" data-act="${act}">${label}</button>`;
		}

		/** What can be done, the one that is due now first: which it is, the server says, here and in the worklist. */
		main_actions() {
			const { done_on, can, paused_until, won_proposed, due_now } = this.data;
			const acts = done_on
				? [
						["reopen", __("Reopen")],
						["new_enquiry", __("New enquiry")],
						["answer", __("Record an answer")],
				  ]
				: [
						can.take && ["take", __("Take it")],
						won_proposed && ["won", __("Close as Won")],
						["call", __("Log a call")],
						["mail", __("Send information")],
						["message", __("Record a message")],
						["answer", __("Record an answer")],
						paused_until ? ["resume", __("Resume")] : ["agree", __("Agree a time")],
						["close", __("Close")],
				  ].filter(Boolean);
			return acts.sort((a, b) => (b[0] === due_now) - (a[0] === due_now));
		}

		more_actions() {
			const { done_on, can, paused_until } = this.data;
			if (done_on) return [];
			return [
				paused_until && ["agree", __("Agree another time")],
				can.assign && ["assign", __("Assign")],
				can.hand_over && ["assign", __("Hand over")],
				can.supervise && ["move", __("Move to another list")],
				["spam", __("Mark spam")],
			].filter(Boolean);
		}

		async act(button) {
			if (this.busy) return;
			this.busy = true;
			try {
				if (this.before_act && !(await this.before_act())) return;
				await this.perform(button.dataset.act, button.dataset);
			} catch (reason) {
				dialogs().not_done(reason);
			} finally {
				this.busy = false;
			}
		}

		/** Do what a button, or an action of the workflow's own menu, asks. */
		async perform(act, { interaction, answer, what, step } = {}) {
			const { data } = this;
			const done = (opened) => this.changed(opened);
			const dialog = dialogs()[act];
			// Whoever hands an entry over may not see it any more.
			const left = () => (this.which.entry ? frappe.set_route("List", "Prospect List Entry") : done());
			if (act === "assign" && data.can.hand_over) return dialogs().assign(data, left);
			if (act === "step")
				return dialogs().step(what, this.data.steps.coming.find((row) => row.name === step), done);
			if (act === "put_back") return this.put_back(step);
			if (act === "correct")
				return this.at_once("correct_interaction", { interaction, is_answer: cint(answer) }, __("Corrected."));
			if (act === "take") return this.at_once("assign", { agent: frappe.session.user }, __("It is yours."));
			if (act === "resume") return this.at_once("resume", {}, __("Resumed: what was held goes out."));
			if (act === "just_thanks") return this.at_once("just_thanks", {}, __("Noted."));
			if (act === "decline_won") return this.at_once("decline_won", {}, __("Noted: it stays open."));
			return dialog(data, done);
		}

		at_once(method, args, message) {
			return this.done_at_once(() => dialogs().tell(this.data.name, method, args), message);
		}

		put_back(step) {
			const act = { dt: "Prospect Due Step", dn: step, method: "put_back" };
			return this.done_at_once(() => dialogs().post("run_doc_method", act), __("It is coming again."));
		}

		async done_at_once(act, message) {
			await act();
			dialogs().said(message);
			this.changed();
		}

		// ------------------------------------------------------------- amounts
		amounts() {
			const d = this.data;
			if (!d.can.amounts || !(d.quotation || d.sales_invoice || d.documents.length)) return "";
			const money = (value) => format_currency(value, d.currency);
			const rows = d.documents.map(
				(row) =>
					`<li><a href="${frappe.utils.get_form_link(row.document_type, row.document)}">${esc(row.document)}</a>
					${esc(__(row.document_type))}, ${esc(__(row.status, null, row.document_type))}, ${money(row.amount)}</li>`
			);
			return `<details open data-part="amounts"><summary>${__("Quote and sale")}</summary>
				<div>${__("Quoted")}: <b>${money(d.quoted_amount)}</b> · ${__("Sold")}: <b>${money(d.sale_value)}</b></div>
				<ul class="prospect-rows">${rows.join("")}</ul></details>`;
		}

		// ------------------------------------------------------------- what was, what comes
		exchanges() {
			const rows = this.data.interactions.map((row) => this.exchange(row)).join("");
			const none = `<li>${__("Nobody has been in touch yet.")}</li>`;
			return `<details open data-part="exchanges"><summary>${__("Latest exchanges")}</summary>
				<ul class="prospect-rows">${rows || none}</ul></details>`;
		}

		exchange(row) {
			const way = row.direction === "Incoming" ? __("from them") : __("to them");
			const machine = row.by === "Automatic" ? ` · ${__("automatic")}` : "";
			const result = row.result ? ` · <b>${of_interaction(row.result)}</b>` : "";
			const user = row.direction === "Outgoing" && row.by === "Person" && row.user_name;
			const who = user ? ` · ${esc(row.user_name)}` : "";
			const again = row.next_attempt_on
				? `<div class="prospect-why">${__("next attempt {0}", [moment_text(row.next_attempt_on)])}</div>`
				: "";
			const objection = row.objection
				? `<div class="prospect-why">${__("Objection")}: ${esc(__(row.objection))}</div>`
				: "";
			return `<li><div class="prospect-when">${moment_text(row.occurred_on)} · ${of_interaction(row.channel)} ${way}${result}${machine}${who}</div>
				<div class="prospect-said ${row.is_corrected ? "prospect-replaced" : ""}">${esc(row.summary)}</div>
				${objection}${again}${this.correction(row)}</li>`;
		}

		/** A machine's mail taken for an answer, or the other way round: one click says otherwise. */
		correction(row) {
			if (row.is_corrected) return `<div class="prospect-why">${__("corrected")}</div>`;
			if (row.direction !== "Incoming" || !this.data.can.write) return "";
			const answer = row.by === "Person" ? 0 : 1;
			const label = answer ? __("This was an answer") : __("This was no answer");
			return `<button type="button" class="btn btn-link" data-act="correct" data-interaction="${esc(row.name)}"
				data-answer="${answer}">${label}</button>`;
		}

		/** Why and why not, the latest moment first: what is coming, what was done, and what was not and why. */
		steps() {
			const { steps, now, name } = this.data;
			const rows = [...steps.coming, ...steps.past].sort((a, b) => (moment_of(a) < moment_of(b) ? 1 : -1));
			const ahead = rows.filter((row) => moment_of(row) > now);
			const behind = rows.slice(ahead.length);
			const shown = (some) => some.map((row) => this.step(row)).join("");
			const none = steps.coming.length ? "" : `<li>${__("Nothing is coming.")}</li>`;
			const all = `/app/prospect-due-step?entry=${encodeURIComponent(name)}`;
			return `<details open data-part="steps"><summary>${__("Steps: what comes, what was done, what was not and why")}</summary>
				<ol class="prospect-rows prospect-timeline">${none}${shown(ahead)}
					<li class="prospect-here">${__("Now")}</li>${shown(behind)}</ol>
				<a href="${all}">${__("The whole ledger")}</a></details>`;
		}

		/** One line of it: title · moment · what became of it: why. */
		step(row) {
			const link = frappe.utils.get_form_link("Prospect Due Step", row.name);
			const is_coming = row.status === "Scheduled";
			const [sign, color] = STEP_SIGNS[row.status] || ["", "blue"];
			const state = is_coming ? this.left(row.due_on) : `${sign} ${__(row.status, null, "Prospect Due Step")}`;
			const why = row.reason ? `<span class="prospect-why">: ${esc(row.reason)}</span>` : "";
			const what = is_coming ? ` · <span class="prospect-when">${of_step(row.action)}</span>` : "";
			const by = row.intervention ? `<div class="prospect-why">${esc(row.intervention)}</div>` : "";
			return `<li data-status="${esc(row.status)}"><a href="${link}">${esc(row.step_title)}</a> · <span class="prospect-when">${moment_text(
				moment_of(row)
			)}</span> · ${this.pill(state, color)}${why}${what}${by}${is_coming ? this.mending(row) : this.putting_back(row)}</li>`;
		}

		/** What a supervisor may do to a coming step. */
		mending(row) {
			const { can, done_on } = this.data;
			if (!can.supervise || !can.write || done_on) return "";
			const acts = [
				["run_now", __("Run now")],
				["move_step", __("Move")],
				["cancel_step", __("Cancel", null, "Prospect Due Step")],
			];
			const link = ([act, label]) => `<button type="button" class="btn btn-link" data-act="step" data-what="${act}"
				data-step="${esc(row.name)}" aria-label="${label}: ${esc(row.step_title)}">${label}</button>`;
			return `<div class="prospect-mending">${acts.map(link).join("")}</div>`;
		}

		/** A cancelling is undone with one click. */
		putting_back(row) {
			const { can, done_on } = this.data;
			if (!row.cancelled || !can.supervise || !can.write || done_on) return "";
			return `<div class="prospect-mending"><button type="button" class="btn btn-link" data-act="put_back" data-step="${esc(row.name)}"
				aria-label="${__("Put back")}: ${esc(row.step_title)}">${__("Put back")}</button></div>`;
		}
	};

	/** What of an answer is shown, other than the time it was given. */
	const facts_of = ({ now, ...facts }) => JSON.stringify(facts);

	/** When a step stands in the timeline. What did not happen is said by when it was due; why not says the rest. */
	const moment_of = (row) => (["Scheduled", "Skipped"].includes(row.status) ? row.due_on : row.done_on || row.due_on);

	const entry_url = (name) => frappe.utils.get_form_link("Prospect List Entry", name);

	// ------------------------------------------------------------- on a form
	/** Show the panel on top of a form. One call to the server for each load of the form. */
	prospect_mgmt.show_panel = async function (frm, which) {
		const wrapper = place_on(frm);
		// What is shown of this document stays until what is new has come; of another document nothing stays.
		if (frm.is_new() || frm.prospect_panel?.of !== frm.doc.name) {
			wrapper.empty();
			frm.prospect_panel = null;
		}
		if (frm.is_new()) return;
		const { name } = frm.doc;
		await frappe.require(STYLE);
		if (frm.doc.name !== name) return; // meanwhile the form went on to another one, which shows its own
		frm.prospect_panel ??= new prospect_mgmt.Panel({
			wrapper,
			which,
			of: name,
			before_act: () => saved(frm),
			changed: (opened) => after(frm, opened),
		});
		const { prospect_panel } = frm;
		await prospect_panel.load().catch((reason) => prospect_panel.say_stale(reason));
		keep_fresh(frm);
	};

	/** The panel of a form follows what colleagues and the procedure do, as the worklist does. */
	function keep_fresh(frm) {
		if (frm.prospect_fresh) return;
		frm.prospect_fresh = true;
		const seen = () => !document.hidden && frm.prospect_panel?.$panel.is(":visible");
		const soon = frappe.utils.debounce(() => seen() && frm.prospect_panel.refresh(), CALM);
		frappe.realtime.on("prospect_worklist", soon);
		document.addEventListener("visibilitychange", soon);
		setInterval(soon, REFRESH_EVERY * 1000);
	}

	function place_on(frm) {
		const place = frm.layout.wrapper.children(".prospect-place");
		return place.length ? place : $(`<div class="prospect-place"></div>`).insertBefore(frm.layout.page);
	}

	/** What was typed in the form is saved before an act that loads it anew. */
	async function saved(frm) {
		if (!frm.is_dirty()) return true;
		await frm.save().catch(() => {});
		return !frm.is_dirty();
	}

	function after(frm, opened) {
		if (opened && opened !== frm.doc.name && frm.doctype === "Prospect List Entry")
			return frappe.set_route("Form", "Prospect List Entry", opened);
		return frm.reload_doc();
	}

	prospect_mgmt.site_moment = parsed;
	prospect_mgmt.moment_text = moment_text;
	prospect_mgmt.span = span;
})();
