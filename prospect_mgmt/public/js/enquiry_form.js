// An enquiry form on the website (Web Form → Client Script loads this): where they came from, and the lead number they get.
(function () {
	const form = frappe.web_form;
	const asked = new URLSearchParams(window.location.search);
	const origin = {
		page: window.self === window.top ? window.location.href : document.referrer,
		referrer: window.self === window.top ? document.referrer : "",
		language: document.documentElement.lang || "",
	};
	for (const name of ["utm_source", "utm_medium", "utm_campaign", "referrer", "page"])
		if (asked.get(name)) origin[name] = asked.get(name);

	async function open_form() {
		const { message } = await frappe.call("prospect_mgmt.webform.begin");
		form.set_value("origin", JSON.stringify({ ...origin, token: message }));
	}

	// Frappe writes labels beside their inputs without tying them together, and help in a grey that is too pale.
	for (const { df, $input, $wrapper } of Object.values(form.fields_dict)) {
		if (!$input) continue;
		const help = $wrapper.find(".help-box").first().removeClass("text-muted").attr("id", `${df.fieldname}-help`);
		$input.attr({ "aria-label": __(df.label || ""), "aria-describedby": help.attr("id"), "aria-required": Boolean(df.reqd) });
	}

	// People do not see this field, neither with their eyes nor with a screen reader; machines fill it in.
	$('.web-form [data-fieldname="website"]')
		.attr("aria-hidden", "true")
		.css({ position: "absolute", left: "-10000px" })
		.find("input")
		.attr({ tabindex: -1, autocomplete: "off" });

	$(".web-form-container .indicator-pill").remove(); // "Not Saved" is nothing to a visitor

	const show = form.handle_success.bind(form);
	form.handle_success = function (data) {
		const said = $(".success-message");
		if (data.lead_number) said.text(said.text().replace("{0}", data.lead_number));
		else said.empty();
		show(data);
	};
	open_form();
})();
