// A fact that could not be taken in has a form that only shows it, and one button: to try it again.
frappe.provide("prospect_mgmt");

prospect_mgmt.offer_to_try_again = function (frm, is_waiting) {
	frm.disable_save();
	if (!is_waiting) return;
	frm.add_custom_button(__("Try again"), async () => {
		const { message } = await frm.call("retry");
		const taken = message === "Done";
		frappe.show_alert({
			message: taken ? __("Taken in.") : __("It failed again: the reason is shown."),
			indicator: taken ? "green" : "red",
		});
		frm.reload_doc();
	}).addClass("btn-primary");
};
