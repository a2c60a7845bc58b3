// The worklist: who needs me now, what is to be done and why, and the buttons that do it. For supervisors: the team.
frappe.provide("prospect_mgmt");

(() => {
	const ENTRY = "Prospect List Entry";
	const PANEL_STYLE = "/assets/prospect_mgmt/css/prospect_panel.css";
	const REFRESH_EVERY = 60; // seconds, where no event comes
	const CALM = 1500; // milliseconds in which several events make one refresh
	prospect_mgmt.worklist_at_once = 100; // entries that one request changes; the server takes no more
	const STILL = 2000; // milliseconds without a move, after which the pointer aims at nothing
	const CONTROLS = "a, button, input";
	const TYPED_IN = "input:not([type=checkbox]), select, textarea, [contenteditable=true]";
	const esc = (text) => prospect_mgmt.esc(text); // of prospect_dialogs.js, which may be read later

	frappe.pages["prospect-worklist"].on_page_load = function (wrapper) {
		wrapper.worklist = new ProspectWorklist(wrapper);
	};

	frappe.pages["prospect-worklist"].on_page_show = function (wrapper) {
		wrapper.worklist.show();
	};

	class ProspectWorklist {
		constructor(wrapper) {
			this.page = frappe.ui.make_app_page({ parent: wrapper, title: __("Worklist"), single_column: true });
			this.selected = new Set();
			this.sizes = {};
			this.keys_are_on = true;
			this.page.set_secondary_action(__("Refresh"), () => this.refresh(), { icon: "refresh", size: "sm" });
			this.$root = $(`<div class="prospect-worklist">
				<div class="prospect-warned"></div>
				<div class="prospect-bar"></div>
				<div class="prospect-said-done" role="status" aria-live="polite"></div>
				<div class="prospect-chosen" hidden></div>
				<div class="prospect-problem" role="alert"></div>
				<div class="prospect-groups" aria-busy="true"></div>
				${this.legend()}
			</div>`).appendTo(this.page.main);
			this.$bar = this.$root.find(".prospect-bar");
			this.$groups = this.$root.find(".prospect-groups");
			this.listen();
			this.set_up_keys();
		}

		// ------------------------------------------------------------- keeping up to date
		listen() {
			this.$root.on("click", "[data-act]", (event) => this.act($(event.currentTarget)));
			this.$root.on("change", ".prospect-pick", (event) => this.pick(event.target));
			this.$root.on("change", ".prospect-pick-all", (event) => this.pick_all(event.target));
			this.$root.on("change", ".prospect-keys-on", (event) => this.switch_keys(event.target.checked));
			this.$groups.on("focusin", (event) => this.mark(this.row_of(event.target)));
			this.$root.on("change", ".prospect-which-list", (event) => this.choose_list(event.target.value));
			this.$groups.on("pointerdown pointermove", () => (this.pointed = Date.now()));
			const soon = frappe.utils.debounce(() => this.is_shown() && this.follow(), CALM);
			frappe.realtime.on("prospect_worklist", soon);
			$(document).on("hidden.bs.modal", () => this.keep_place());
			document.addEventListener("visibilitychange", () => !document.hidden && soon());
			setInterval(() => this.is_shown() && !document.hidden && this.follow(), REFRESH_EVERY * 1000);
			setInterval(() => this.tick(), 20 * 1000);
		}

		is_shown() {
			return this.$root.is(":visible");
		}

		async show() {
			const { agent, view, prospect_list } = frappe.route_options || {};
			frappe.route_options = null;
			if (agent !== undefined) this.agent = agent;
			if (prospect_list !== undefined) this.prospect_list = prospect_list;
			if (view) this.view = view;
			this.style = frappe.require(PANEL_STYLE);
			await this.refresh();
			return (this.keys_known ??= this.remember_keys());
		}

		/** Somebody else changed something: the list, and the panel that is open in it. */
		follow() {
			if (this.put_off()) return;
			return Promise.all([this.refresh(true), this.panel?.refresh()]);
		}

		/** Who is at a menu, or about to click, must not find another row there: it is followed when they are done. */
		put_off() {
			clearTimeout(this.later);
			const in_use = this.$groups.find(".dropdown-menu.show").length || Date.now() - this.pointed < STILL;
			if (in_use) this.later = setTimeout(() => this.is_shown() && this.follow(), STILL);
			return in_use;
		}

		async refresh(following = false) {
			const mine = (this.asking = {});
			try {
				const [data] = await Promise.all([this.view === "team" ? this.ask_team() : this.ask_entries(), this.style]);
				if (mine !== this.asking) return; // a later one is on its way
				if (following && this.put_off()) return;
				this.data = data;
				this.loaded = moment();
				this.problem("");
				this.render();
			} catch (reason) {
				if (mine === this.asking) await this.failed(reason);
			}
		}

		/** What was shown stays where the server could not be reached; where the right is gone, it goes as well. */
		async failed(reason) {
			if (reason.kind === "PermissionError") {
				this.close_panel();
				this.data = null;
				this.shown_warnings = "";
				this.$root.find(".prospect-warned").empty();
				this.$groups.empty();
				this.$bar.empty();
				this.clear();
				if (this.view === "team") await this.go({ view: "entries", agent: "", prospect_list: "" });
			}
			this.$groups.attr("aria-busy", "false");
			this.problem(reason);
		}

		ask_team() {
			const { prospect_list } = this;
			return prospect_mgmt.dialogs.post("prospect_mgmt.worklist.get_team", { prospect_list: prospect_list || null });
		}

		/** All groups in one call, and those again of which more rows are shown. */
		async ask_entries() {
			const { post } = prospect_mgmt.dialogs;
			const which = { agent: this.agent || null, prospect_list: this.prospect_list || null };
			const larger = Object.entries(this.sizes).map(([group, rows]) =>
				post("prospect_mgmt.worklist.get_worklist", { ...which, group, rows })
			);
			const [data, ...more] = await Promise.all([post("prospect_mgmt.worklist.get_worklist", which), ...larger]);
			for (const answer of more) {
				const at = data.groups.findIndex((group) => group.key === answer.groups[0].key);
				data.groups[at] = answer.groups[0];
			}
			return data;
		}

		problem(reason) {
			const old = this.data ? __("This could not be refreshed; what you see may be old.") : __("This could not be loaded.");
			const text = reason && [reason.kind === "PermissionError" ? "" : old, reason].filter(Boolean).join(" ");
			const again = `<button type="button" class="btn btn-default btn-sm" data-act="refresh">${__("Try again")}</button>`;
			this.$root
				.find(".prospect-problem")
				.html(text ? `<span>${esc(text)}</span> ${again}` : "")
				.toggleClass("is-shown", Boolean(text));
		}

		// ------------------------------------------------------------- moments
		/** Seconds from now until a moment of the server's; negative when it has passed. */
		until(value) {
			const { site_moment } = prospect_mgmt;
			return site_moment(value).diff(site_moment(this.data.now), "seconds") - moment().diff(this.loaded, "seconds");
		}

		left(value) {
			const seconds = this.until(value);
			if (Math.abs(seconds) < 60) return __("now");
			const span = prospect_mgmt.span(Math.abs(seconds));
			return seconds < 0 ? __("overdue by {0}", [span]) : __("in {0}", [span]);
		}

		tick() {
			if (!this.is_shown()) return;
			this.$groups.find("[data-by]").each((_i, pill) => $(pill).text(this.left(pill.dataset.by)));
		}

		// ------------------------------------------------------------- showing
		render() {
			const focused = document.activeElement;
			const within = this.$groups.get(0).contains(focused);
			const control = $(focused).closest(".prospect-row").find(CONTROLS).index(focused);
			const all_of = focused.matches(".prospect-pick-all") && focused.closest(".prospect-group").dataset.key;
			this.$panel?.detach();
			this.show_bar();
			this.show_warnings();
			this.$groups.attr("aria-busy", "false").html(this.view === "team" ? this.team() : this.groups());
			const known = new Set(this.rows().map((_i, row) => row.dataset.entry).get());
			this.selected = new Set([...this.selected].filter((name) => known.has(name)));
			this.show_chosen();
			if (this.opened) this.row(this.opened).after(this.$panel);
			if (!this.row(this.current).addClass("is-current").length) this.current = null;
			if (all_of) this.$groups.find(`[data-key="${all_of}"] .prospect-pick-all`).trigger("focus");
			if (within) this.keep_place(control);
		}

		/** Drawn anew only where it changed: it is read out each time. */
		show_warnings() {
			const html = prospect_mgmt.warnings_html(this.data.warnings);
			if (html !== this.shown_warnings) this.$root.find(".prospect-warned").html(html);
			this.shown_warnings = html;
		}

		/** Drawn anew only where it changed: a list that is being chosen from stays open. */
		show_bar() {
			const html = this.bar();
			if (html !== this.shown_bar || !this.$bar.html()) {
				const { act, view } = this.$bar.find(":focus").get(0)?.dataset || {};
				this.$bar.html(html);
				if (act) this.$bar.find(`[data-act="${act}"]`).filter((_i, button) => button.dataset.view === view).trigger("focus");
			}
			this.shown_bar = html;
			this.$bar.find(".prospect-which-list").val(this.prospect_list || "");
			this.$bar.find(".prospect-updated").text(__("As of {0}", [prospect_mgmt.moment_text(this.data.now)]));
		}

		/** Focus that was lost, since rows were drawn anew or a dialog closed, goes back to its row (there to its `control`, by
		 * number), else to the one in its place. */
		keep_place(control = -1) {
			if (this.at === undefined || !this.is_shown() || document.querySelector(".modal.show")) return;
			if (document.activeElement !== document.body) return;
			const same = this.row(this.current);
			const row = same.get(0) || this.rows().get(Math.min(this.at, this.rows().length - 1));
			const place = control < 0 ? row : same.find(CONTROLS).get(control);
			(place?.offsetParent ? place : row)?.focus({ preventScroll: true });
		}

		bar() {
			const { supervises, agent_name } = this.data;
			const tab = (view, label) =>
				`<button type="button" class="btn btn-sm ${
					(this.view || "entries") === view ? "btn-primary" : "btn-default"
				}" aria-pressed="${(this.view || "entries") === view}" data-act="view" data-view="${view}">${label}</button>`;
			const tabs = supervises.length ? tab("entries", __("My entries")) + tab("team", __("Team")) : "";
			const whose = this.agent
				? `<span class="prospect-whose">${__("Entries of {0}", [`<b>${esc(agent_name)}</b>`])}
					<button type="button" class="btn btn-default btn-sm" data-act="mine">${__("Back to mine")}</button></span>`
				: "";
			return `<div class="prospect-tabs" role="group" aria-label="${__("What is shown")}">${tabs}</div>
				${whose}${this.list_choice()}
				<span class="prospect-updated"></span>`;
		}

		list_choice() {
			const { supervises } = this.data;
			if (supervises.length < 2) return "";
			const option = (name) => `<option value="${esc(name)}">${esc(name)}</option>`;
			return `<select class="form-control input-sm prospect-which-list" aria-label="${__("Prospect List")}">
				<option value="">${__("All lists")}</option>${supervises.map(option).join("")}</select>`;
		}

		groups() {
			const titles = {
				overdue: [__("Overdue"), __("Nothing is overdue.")],
				today: [__("Today"), __("Nothing else is to be done today.")],
				later: [__("Later"), ""],
				waiting: [__("Waiting for them"), ""],
				unassigned: [__("New and unassigned"), ""],
			};
			const { groups } = this.data;
			if (!groups.some((group) => group.rows.length)) return this.nothing();
			return groups.map((group) => this.group(group, ...titles[group.key])).join("");
		}

		nothing() {
			const { late_in_team: late } = this.data;
			if (late?.count)
				return `<div class="prospect-nothing">
					<p><b>${__("Nothing of your own. Late in the team: {0}", [this.counted(late)])}</b></p>
					<button type="button" class="btn btn-default btn-sm" data-act="late">${__("See who is late")}</button></div>`;
			return `<div class="prospect-nothing"><b>${__("Nothing needs you.")}</b>
				<div>${__("New enquiries, answers and reminders appear here by themselves.")}</div></div>`;
		}

		counted({ count, capped }) {
			return capped ? __("more than {0}", [count]) : count;
		}

		group({ key, rows, count, capped, more, cut_at }, title, empty) {
			if (!rows.length && !empty) return "";
			const shown = rows.map((row) => this.row_html(row, key)).join("");
			const next = more
				? `<button type="button" class="btn btn-default btn-sm" data-act="more" data-group="${key}">${__("Show more")}</button>`
				: cut_at
				? `<p class="prospect-when">${__("The first {0} are shown. The others come as these are dealt with.", [cut_at])}</p>`
				: "";
			const all = rows.every((row) => this.selected.has(row.name)) ? "checked" : "";
			const pick = `<input type="checkbox" class="prospect-pick-all" aria-label="${__("Select all that are shown: {0}", [title])}" ${all}>`;
			return `<section class="prospect-group" data-key="${key}" aria-label="${title}">
				<h3>${rows.length ? pick : ""}${title} <span class="prospect-count">${this.counted({ count, capped })}</span></h3>
				${rows.length ? `<ul>${shown}</ul>` : `<p class="prospect-when">${empty}</p>`}${next}</section>`;
		}

		row_html(row, group) {
			const url = frappe.utils.get_form_link(ENTRY, row.name);
			const who = [row.lead_name, row.company_name].filter(Boolean).map(esc).join(" · ");
			const facts = [row.interest && __(row.interest), row.stage && __(row.stage), this.agent_of(row, group)];
			const chips = facts.filter(Boolean).map((fact) => `<span class="prospect-chip">${esc(fact)}</span>`);
			const label = esc(`${row.name} ${row.lead_name || ""}`);
			return `<li class="prospect-row" tabindex="0" data-entry="${esc(row.name)}" aria-label="${label}">
				<input type="checkbox" class="prospect-pick" aria-label="${__("Select {0}", [label])}"
					${this.selected.has(row.name) ? "checked" : ""}>
				<div class="prospect-whom"><a href="${url}">${esc(row.name)}</a> <b>${who}</b>
					<div>${chips.join("")}</div></div>
				<div class="prospect-what">${this.what(row)}</div>
				<div class="prospect-time">${this.time(row)}<div class="prospect-when">${this.last_contact(row)}</div></div>
				<div class="prospect-contact">${this.reach(row)}</div>
				<div class="prospect-do">${this.buttons(row)}</div>
			</li>`;
		}

		agent_of(row, group) {
			if (group === "unassigned") return row.prospect_list;
			return row.agent !== this.data.agent ? __("for {0}", [row.agent_name]) : "";
		}

		what(row) {
			const asked = {
				acknowledge: [__("Get in touch with them"), __("promised: a first contact by {0}")],
				satisfy: [__("Answer their questions"), __("promised: their questions answered by {0}")],
				respond: [__("Reply to their answer"), __("promised: a reply by {0}")],
				task: ["", __("to be done by {0}")],
				reminder: [row.reminder, __("next reminder {0}")],
				agreed: [__("Get in touch at the agreed time"), __("agreed for {0}")],
				"wrote again": [__("They wrote after it was closed: a new enquiry, or just thanks?"), ""],
			}[row.why] || [__("Nothing is asked of you."), ""];
			const [task, ...how] = cstr(row.why === "agreed" || row.done_on ? "" : row.task).split("\n");
			const title = row.won_proposed ? __("A sale is booked: close it as Won?") : task || asked[0];
			const why = row.act_by ? asked[1].replace("{0}", prospect_mgmt.moment_text(row.act_by)) : this.then(row);
			const more = [why, row.why === "agreed" ? row.pause_reason : how.join(" ")].filter(Boolean);
			return `<b>${esc(title)}</b><div class="prospect-when">${more.map(esc).join(" · ")}</div>`;
		}

		then(row) {
			return __("then: {0}, {1}", [row.next_step, prospect_mgmt.moment_text(row.next_due_on)]);
		}

		time(row) {
			const by = row.act_by || row.next_due_on;
			const late = row.act_by && this.until(by) < 0;
			return `<span class="indicator-pill no-indicator-dot ${late ? "red" : "blue"}" data-by="${esc(by)}">${esc(
				this.left(by)
			)}</span>`;
		}

		last_contact(row) {
			const last = [row.last_contact_on, row.last_response_on].filter(Boolean).sort().pop();
			if (last) return __("last contact {0}", [prospect_mgmt.moment_text(last)]);
			return row.attempts ? __("attempts in vain: {0}", [row.attempts]) : __("no contact yet");
		}

		reach(row) {
			if (row.do_not_contact) return `<span class="prospect-when">${__("asked not to be contacted")}</span>`;
			const { dial } = row;
			const link = (url, label, more = "") => `<a class="btn btn-default btn-sm" href="${esc(url)}" ${more}>${label}</a>`;
			return [
				dial && link(`tel:${dial}`, __("Call")),
				dial.startsWith("+") && link(`https://wa.me/${dial.slice(1)}`, "WhatsApp", 'target="_blank" rel="noopener"'),
				row.email_id && link(`mailto:${encodeURIComponent(row.email_id)}?subject=${encodeURIComponent(row.lead)}`, __("Mail")),
			]
				.filter(Boolean)
				.join("");
		}

		/** What can be done, the one that is due now as the button: which it is, the server says, here and in the panel. */
		buttons(row) {
			const acts = row.done_on
				? [
						["new_enquiry", __("New enquiry")],
						["open", __("Show everything")],
				  ]
				: [
						!row.agent && ["take", __("Take it")],
						row.won_proposed && ["won", __("Close as Won")],
						["call", __("Log a call")],
						["mail", __("Send information")],
						["message", __("Record a message")],
						["answer", __("Record an answer")],
						["agree", __("Agree a time")],
						["close", __("Close")],
						["spam", __("Mark spam")],
						["assign", __("Assign or hand over")],
						["open", __("Show everything")],
				  ].filter(Boolean);
			const [[first, label], ...rest] = acts.sort((a, b) => (b[0] === row.due_now) - (a[0] === row.due_now));
			const items = rest.map(([act, text]) => `<button type="button" class="dropdown-item" data-act="${act}">${text}</button>`);
			const menu = items.length
				? `<div class="dropdown"><button type="button" class="btn btn-default btn-sm dropdown-toggle" data-toggle="dropdown"
					aria-haspopup="true" aria-expanded="false">${__("More", null, "Prospect List Entry")}</button>
					<div class="dropdown-menu dropdown-menu-right">${items.join("")}</div></div>`
				: "";
			return `<button type="button" class="btn btn-default btn-sm" data-act="${first}">${label}</button>${menu}`;
		}

		// ------------------------------------------------------------- the team
		team() {
			const { lists, more } = this.data;
			const rest = more ? `<p>${__("{0} more lists are not shown: choose one above.", [more])}</p>` : "";
			const none = `<p>${__("You supervise no list that is switched on.")}</p>`;
			return (lists.map((list) => this.team_of(list)).join("") || none) + rest;
		}

		team_of({ name, unassigned, agents }) {
			const rows = agents.map((agent) => this.agent_html(agent, name)).join("");
			const waiting = unassigned
				? `<button type="button" class="btn btn-default btn-sm" data-act="unassigned" data-list="${esc(name)}">${__(
						"{0} unassigned",
						[this.number(unassigned)]
				  )}</button>`
				: `<span class="prospect-when">${__("nothing is unassigned")}</span>`;
			const none = `<p class="prospect-when">${__("This list has no agents yet: add them in the Prospect List.")}</p>`;
			const head = [__("Agent"), __("Open", null, "Prospect Review Agent"), __("Overdue"), __("Today"), ""].map((text) => `<th scope="col">${text}</th>`);
			return `<section class="prospect-group" aria-label="${esc(name)}"><h3>${esc(name)} ${waiting}</h3>
				${rows ? `<table class="prospect-team"><thead><tr>${head.join("")}</tr></thead><tbody>${rows}</tbody></table>` : none}
				</section>`;
		}

		number(count) {
			const { cap } = this.data;
			return count > cap ? __("more than {0}", [cap]) : cstr(count);
		}

		agent_html(agent, list) {
			const { user, full_name, open, overdue, today, capacity, away, cover_name, enabled, is_agent } = agent;
			const state = !is_agent
				? __("no agent of this list")
				: !enabled
				? __("takes no new entries")
				: away
				? cover_name
					? __("away, covered by {0}", [cover_name])
					: __("away")
				: "";
			const load = this.number(open);
			const of = capacity ? __("{0} of {1}", [load, capacity], "Prospect List Entry") : load;
			const full = capacity && open >= capacity ? ` <b>${__("full")}</b>` : "";
			const cell = (label, html) => `<td data-label="${label}">${html}</td>`;
			return `<tr>${cell(__("Agent"), `<b>${esc(full_name)}</b> <span class="prospect-when">${esc(state)}</span>`)}
				${cell(__("Open", null, "Prospect Review Agent"), `${esc(of)}${full}`)}
				${cell(__("Overdue"), overdue ? `<span class="indicator-pill no-indicator-dot red">${this.number(overdue)}</span>` : "0")}
				${cell(__("Today"), this.number(today))}
				<td><button type="button" class="btn btn-default btn-sm" data-act="of_agent" data-agent="${esc(user)}"
					data-list="${esc(list)}" aria-label="${__("Show the entries of {0}", [esc(full_name)])}">${__("Show entries")}</button></td></tr>`;
		}

		// ------------------------------------------------------------- acting
		async act($button) {
			const { act, view, group, agent, list } = $button.get(0).dataset;
			const entry = $button.closest(".prospect-row").attr("data-entry");
			if (act === "refresh") return this.refresh();
			if (act === "view") return this.go({ view, agent: "", prospect_list: "" });
			if (act === "mine") return this.go({ view: "entries", agent: "", prospect_list: "" });
			if (act === "late") return this.go({ view: "team", agent: "", prospect_list: this.prospect_list });
			if (act === "of_agent") return this.go({ view: "entries", agent, prospect_list: list });
			if (act === "unassigned") return this.go({ view: "entries", agent: "", prospect_list: list });
			if (act === "more") return this.more(group);
			if (act === "clear") return this.clear();
			if (act === "undo") return this.undo();
			return this.perform(act, entry ? [entry] : [...this.selected]);
		}

		go({ view, agent, prospect_list }) {
			Object.assign(this, { view, agent, prospect_list, sizes: {}, opened: null, current: null });
			this.selected.clear();
			return this.refresh();
		}

		choose_list(name) {
			return this.go({ view: this.view, agent: this.agent, prospect_list: name });
		}

		more(group) {
			// Twice as many each time: who wants to see hundreds presses a few times.
			this.sizes[group] = Math.max(20, this.data.groups.find((g) => g.key === group).rows.length) * 2;
			return this.refresh();
		}

		/** Do something to one entry, or to all that are selected where that makes sense. */
		async perform(act, entries, ...more) {
			if (this.busy || !entries.length) return;
			this.busy = true;
			try {
				if (act === "open") return await this.open(entries[0]);
				if (act === "spam") return await this.spam(entries);
				if (act === "take") return await this.give(entries, frappe.session.user, null);
				if (act === "assign") return await this.assign(entries);
				const data = await prospect_mgmt.dialogs.post("prospect_mgmt.panel.get_panel", { entry: entries[0] });
				await prospect_mgmt.dialogs[act](data, () => this.refresh(), ...more);
			} catch (reason) {
				prospect_mgmt.dialogs.not_done(reason);
				this.refresh();
			} finally {
				this.busy = false;
			}
		}

		/** The panel of an entry below its row; once more closes it. */
		async open(entry) {
			this.$panel?.remove();
			const again = this.opened === entry;
			this.opened = this.$panel = this.panel = null;
			if (again) return this.row(entry).trigger("focus");
			const $place = $(`<li class="prospect-opened"></li>`);
			const panel = new prospect_mgmt.Panel({
				wrapper: $place,
				which: { entry },
				of: entry,
				changed: () => Promise.all([this.refresh(), panel.load().catch(() => this.close_panel())]),
			});
			await panel.load();
			this.opened = entry;
			this.$panel = $place;
			this.panel = panel;
			this.row(entry).after($place);
			$place.get(0).scrollIntoView({ block: "nearest" });
		}

		close_panel() {
			this.$panel?.remove();
			this.opened = this.$panel = this.panel = null;
		}

		async spam(entries) {
			const answer = await this.in_portions("mark_spam", entries, (some) => ({ entries: some }));
			this.done(__("{0} marked as spam.", [answer.done.length]), answer, {
				method: "undo_spam",
				entries: answer.done,
				args: (some) => ({ entries: some }),
			});
		}

		assign(entries) {
			const rows = this.data.groups.flatMap((group) => group.rows).filter((row) => entries.includes(row.name));
			const [{ name, lead_name }] = rows;
			const title = rows.length > 1 ? __("{0} entries", [rows.length]) : `${name} ${lead_name || ""}`.trim();
			return prospect_mgmt.dialogs.assign_many(
				title,
				entries,
				rows.some((row) => row.agent),
				(how) => this.in_portions("assign", entries, (some) => ({ entries: some, ...how })),
				(answer, { agent }) => this.given(__("{0} assigned.", [answer.done.length]), answer, agent)
			);
		}

		async give(entries, agent, note) {
			const answer = await this.in_portions("assign", entries, (some) => ({ entries: some, agent, note }));
			this.given(__("{0} taken: they are yours now.", [answer.done.length]), answer, agent);
		}

		given(text, answer, agent) {
			const had = (some) => Object.fromEntries(some.map((entry) => [entry, answer.before[entry]]));
			return this.done(text, answer, {
				method: "undo_assign",
				entries: answer.done,
				args: (some) => ({ before: had(some), agent: agent || null }),
			});
		}

		/**
		 * Change many entries, some with each request, and say how far it is: {done, refused, before} of all of them. What
		 * ends it midway stands among the refused, unless nothing was done before.
		 */
		async in_portions(method, entries, args) {
			const all = { done: [], refused: [], before: {} };
			const at_once = prospect_mgmt.worklist_at_once;
			for (let from = 0; from < entries.length; from += at_once) {
				const some = entries.slice(from, from + at_once);
				if (entries.length > at_once) this.say(__("{0} of {1} …", [from, entries.length]));
				try {
					const answer = await prospect_mgmt.dialogs.post(`prospect_mgmt.worklist.${method}`, args(some));
					all.done.push(...answer.done);
					all.refused.push(...answer.refused);
					Object.assign(all.before, answer.before);
				} catch (reason) {
					if (!all.done.length) throw reason;
					const rest = __("{0} of them", [entries.length - from]);
					all.refused.push({ entry: rest, why: cstr(reason) });
					break;
				}
			}
			return all;
		}

		say(text, more = "") {
			this.$root
				.find(".prospect-said-done")
				.html(`<span>${esc(text)}</span> ${more}`)
				.addClass("is-shown");
		}

		/** Say what was done, what was refused and why, and offer to undo it. */
		done(text, { done, refused }, undo) {
			this.undoing = done.length ? undo : null;
			const button = this.undoing
				? `<button type="button" class="btn btn-default btn-sm" data-act="undo">${__("Undo")} <kbd>Z</kbd></button>`
				: "";
			const why = refused.map(({ entry, why }) => `<div>${esc(entry)}: ${esc(why)}</div>`).join("");
			this.say(text, `${button}${why ? `<div>${__("Not done:")}</div>${why}` : ""}`);
			this.clear();
			return this.refresh();
		}

		async undo() {
			const { undoing } = this;
			if (!undoing) return;
			this.undoing = null;
			try {
				const answer = await this.in_portions(undoing.method, undoing.entries, undoing.args);
				await this.done(__("{0} undone.", [answer.done.length]), { ...answer, done: [] }, null);
			} catch (reason) {
				this.undoing = undoing;
				this.problem(reason);
			}
		}

		// ------------------------------------------------------------- selecting
		pick(box) {
			const { entry } = box.closest(".prospect-row").dataset;
			box.checked ? this.selected.add(entry) : this.selected.delete(entry);
			this.show_picked();
		}

		/** All rows that a group shows, or none of them. */
		pick_all(box) {
			for (const { dataset } of $(box).closest(".prospect-group").find(".prospect-row").get())
				box.checked ? this.selected.add(dataset.entry) : this.selected.delete(dataset.entry);
			this.show_picked();
		}

		/** By a key: all rows of the group in which somebody is. */
		pick_group() {
			this.row(this.current).closest(".prospect-group").find(".prospect-pick-all").trigger("click");
		}

		show_picked() {
			const picked = (row) => this.selected.has(row.dataset.entry);
			this.rows().each((_i, row) => $(row).find(".prospect-pick").prop("checked", picked(row)));
			for (const box of this.$groups.find(".prospect-pick-all").get())
				box.checked = $(box).closest(".prospect-group").find(".prospect-row").get().every(picked);
			this.show_chosen();
		}

		clear() {
			this.selected.clear();
			this.show_picked();
		}

		show_chosen() {
			const $chosen = this.$root.find(".prospect-chosen").prop("hidden", !this.selected.size);
			const button = (act, label) =>
				`<button type="button" class="btn btn-default btn-sm" data-act="${act}">${label}</button>`;
			$chosen.html(
				`<b>${__("{0} selected", [this.selected.size])}</b>
				${button("spam", __("Mark spam"))}${button("take", __("Take"))}${button("assign", __("Assign or hand over"))}
				${button("clear", __("Select none"))}`
			);
		}

		// ------------------------------------------------------------- keyboard
		rows() {
			return this.$groups.find(".prospect-row");
		}

		row(entry) {
			return this.rows().filter((_i, row) => row.dataset.entry === entry);
		}

		/** The row that something stands in, or whose panel it is in; none: of what is beside the rows. */
		row_of(element) {
			return element.closest(".prospect-opened") ? this.row(this.opened) : $(element).closest(".prospect-row");
		}

		mark($row) {
			this.rows().removeClass("is-current");
			this.current = $row.addClass("is-current").attr("data-entry");
			if ($row.length) this.at = this.rows().index($row);
		}

		move(by) {
			const rows = this.rows();
			const at = rows.index(this.row(this.current));
			const next = rows.get(Math.min(Math.max(at + by, 0), rows.length - 1));
			next?.focus();
		}

		keys() {
			const one = (act, ...more) => () => this.perform(act, this.current ? [this.current] : [], ...more);
			const many = (act) => () => this.perform(act, this.selected.size ? [...this.selected] : [this.current].filter(Boolean));
			return [
				["j", __("next entry"), () => this.move(1)],
				["k", __("entry before"), () => this.move(-1)],
				["o", __("show everything, or close it"), one("open")],
				["c", __("log a call"), one("call")],
				["n", __("log: no answer"), one("call", "No answer")],
				["m", __("send the information"), one("mail")],
				["w", __("record a message of ours"), one("message")],
				["a", __("record an answer"), one("answer")],
				["t", __("agree a time"), one("agree")],
				["e", __("close the enquiry"), one("close")],
				["x", __("select"), () => this.row(this.current).find(".prospect-pick").trigger("click")],
				["shift+x", __("select all of its group that are shown"), () => this.pick_group()],
				["s", __("mark spam: it, or all selected"), many("spam")],
				["u", __("take: it, or all selected"), many("take")],
				["g", __("assign: it, or all selected"), many("assign")],
				["z", __("undo"), () => this.undo()],
				["r", __("refresh"), () => this.refresh()],
			];
		}

		set_up_keys() {
			// A letter acts where the rows have the focus, or nothing has it, as after a dialog that is closed. A row's checkbox
			// takes no letters itself.
			const here = () => {
				const at = document.activeElement;
				return at === document.body || this.$groups.get(0).contains(at) || Boolean(at.closest(".modal:not(.show)"));
			};
			const condition = () =>
				this.keys_are_on &&
				this.is_shown() &&
				here() &&
				!document.querySelector(".modal.show") &&
				!document.activeElement.matches(TYPED_IN);
			const common = { page: this.page, condition, ignore_inputs: true };
			for (const [shortcut, description, action] of this.keys())
				frappe.ui.keys.add_shortcut({ shortcut, description, ...common, action: () => void action() });
		}

		/** Whether the user wants them is kept with what they chose for lists. */
		async remember_keys() {
			const { worklist_keys } = await frappe.model.user_settings.get(ENTRY);
			this.keys_are_on = worklist_keys !== 0;
			this.$root.find(".prospect-keys-on").prop("checked", this.keys_are_on);
		}

		switch_keys(on) {
			this.keys_are_on = on;
			return frappe.model.user_settings.save(ENTRY, "worklist_keys", on ? 1 : 0);
		}

		legend() {
			const shown = (key) => key.split("+").map((part) => `<kbd>${frappe.utils.to_title_case(part)}</kbd>`).join(" ");
			const keys = this.keys().map(([key, text]) => `<span>${shown(key)} ${text}</span>`);
			return `<details class="prospect-keys" ${window.matchMedia("(min-width: 768px)").matches ? "open" : ""}><summary>${__("Shortcuts and help")}</summary>
				<label class="prospect-keys-switch"><input type="checkbox" class="prospect-keys-on" checked> ${__(
					"Shortcuts: a single letter acts on the entry that has the focus"
				)}</label>
				<div>${keys.join(" ")}</div>
				<p>${__(
					"Overdue: a promise or something you were asked to do has run out. Today: to be done by this evening. Waiting for them: the procedure goes on by itself, and you are reminded."
				)}</p></details>`;
		}
	}
})();
