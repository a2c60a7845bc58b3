// The tours of our forms, in the reader's language: Frappe shows what a Form Tour says as it is written.
frappe.provide("prospect_mgmt");

prospect_mgmt.offer_tour = (frm) => frm.page.add_menu_item(__("Show me around"), () => prospect_mgmt.show_around(frm));

prospect_mgmt.show_around = async (frm) => {
	const { tour } = frm;
	await tour.init({});
	const buttons = {
		nextBtnText: __("Next"),
		prevBtnText: __("Previous"),
		closeBtnText: __("Close"),
		doneBtnText: __("Done"),
	};
	for (const { popover } of tour.driver_steps)
		Object.assign(popover, buttons, { title: __(popover.title), description: __(popover.description) });
	tour.update_driver_steps();
	tour.start();
};
