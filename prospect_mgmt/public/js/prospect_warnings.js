// What supervisors should know wherever they work: the scheduler is off, the sweep is behind, facts could not be taken in.
frappe.provide("prospect_mgmt");

(() => {
	const HOME = "Prospect Management"; // the workspace

	/** The banner of some warnings; nothing where there are none. */
	prospect_mgmt.warnings_html = (texts) => {
		const lines = (texts || []).map((text) => `<div>${frappe.utils.escape_html(text)}</div>`).join("");
		return lines && `<div class="alert alert-warning prospect-warnings" role="alert" style="color: var(--text-color)">${lines}</div>`;
	};

	/** Ask the server what it warns of. */
	prospect_mgmt.ask_warnings = async () =>
		(await frappe.call({ method: "prospect_mgmt.health.warnings", type: "GET" })).message || [];

	/** Show what the server warns of in front of an element, in place of what was shown there. */
	prospect_mgmt.show_warnings = async ($place) => {
		const banner = prospect_mgmt.warnings_html(await prospect_mgmt.ask_warnings());
		$place.siblings(".prospect-warnings").remove();
		$(banner).insertBefore($place);
	};

	const is_home = () => {
		const [kind, name] = frappe.get_route();
		return kind === "Workspaces" && name === HOME;
	};

	/** All workspaces are drawn in one place: the banner goes when another one comes. */
	async function show_on_workspace() {
		$("#page-Workspaces .prospect-warnings").remove();
		if (!is_home()) return;
		await prospect_mgmt.show_warnings($("#page-Workspaces .editor-js-container"));
		if (!is_home()) $("#page-Workspaces .prospect-warnings").remove();
	}

	$(document).on("page-change", show_on_workspace);
})();
