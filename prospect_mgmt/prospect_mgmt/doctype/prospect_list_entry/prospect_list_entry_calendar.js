// On a phone a week as a list; a month has no room there for what is due.
const NARROW = window.matchMedia("(max-width: 767px)").matches && {
	defaultView: "listWeek",
	header: { left: "prev, title, next", right: "today, listWeek, agendaDay" },
	contentHeight: "auto",
};

const OF_CALENDAR = "Prospect List Entry";

frappe.views.calendar["Prospect List Entry"] = {
	field_map: { id: "name", start: "next_due_on", end: "next_due_on", title: "title", allDay: "all_day" },
	get_events_method: "prospect_mgmt.step_calendar.get_events",
	options: {
		selectable: false,
		eventDurationEditable: false,
		displayEventEnd: false, // a step has a moment, no duration
		defaultTimedEventDuration: "00:30:00",
		...NARROW,
		eventDrop(event, _delta, revert) {
			const due_on = at_site(event.start);
			revert(); // it is moved by what is saved
			move_next_step(event.name, due_on);
		},
		eventClick: (event) => (event.filters ? show_day(event) : frappe.set_route("Form", OF_CALENDAR, event.name)),
		viewRender(_view, element) {
			const text = __("Drag a step to another day or hour to move it: you are asked why. Click it to open its enquiry.");
			$(element).closest(".result, .frappe-list").find(".footnote-area").first().html(frappe.utils.escape_html(text));
		},
	},
};

// Whose step it is stands at the end of its line, where a month cuts it off.
frappe.dom.set_style(
	'.page-container[data-page-route^="List/Prospect List Entry"] .fc-day-grid-event .fc-content { white-space: normal; overflow-wrap: anywhere; }',
	"prospect-calendar"
);

/** Of a day with more steps than the calendar shows: the list of all of them. */
const show_day = ({ filters }) => prospect_mgmt.show_entries([...cur_list.filter_area.get(), ...filters]);

/** What a day or hour of the calendar (the user's time, without a zone) is at the site. */
function at_site(day) {
	return frappe.datetime.convert_to_system_tz(day.format("YYYY-MM-DD HH:mm:ss"));
}

/** A supervisor moves the step itself, with a reason; who works the entry agrees a time. */
async function move_next_step(entry, due_on) {
	await frappe.require([
		"/assets/prospect_mgmt/js/prospect_dialogs.js",
		"/assets/prospect_mgmt/js/prospect_entry_dialogs.js",
		"/assets/prospect_mgmt/css/prospect_panel.css",
	]);
	const { post, step, agree, not_done } = prospect_mgmt.dialogs;
	const data = await post("prospect_mgmt.panel.get_panel", { entry }).catch(not_done);
	if (!data) return;
	const moved = () => cur_list?.calendar?.refresh();
	const next = data.steps.coming[0];
	if (data.can.supervise && data.can.write && next) return step("move_step", { ...next, due_on }, moved);
	if (data.can.write) return agree({ ...data, paused_until: due_on }, moved);
	frappe.show_alert(__("This enquiry is not yours to change."));
}
