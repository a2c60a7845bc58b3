frappe.views.calendar["Prospect List Entry"] = {
	field_map: { id: "name", start: "next_due_on", end: "next_due_on", title: "title", allDay: "all_day" },
	get_events_method: "prospect_mgmt.worklist.get_events",
	options: {
		selectable: false,
		eventDrop(event, _delta, revert) {
			revert();
			frappe.show_alert(__("A step is moved on its entry, with a reason: open the entry."));
		},
		eventResize: (event, _delta, revert) => revert(),
	},
};
