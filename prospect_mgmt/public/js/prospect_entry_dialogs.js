// The dialogs in which people say how an entry goes on: a time agreed on, its end, who works it, its steps. After prospect_dialogs.js.
(() => {
	const { esc } = prospect_mgmt;
	const { post, ask, said } = prospect_mgmt.dialogs;
	const { tell_once, titled, option, select, choices, values_of } = prospect_mgmt.dialogs.parts;
	const OUTCOMES = ["Won", "Lost", "No response", "Unreachable", "Not a prospect", "Duplicate", "Spam"];

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
})();
