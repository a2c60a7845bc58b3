frappe.provide("prospect_mgmt");

/** Download entries in the classic columns; `filters` as of a list. */
prospect_mgmt.export_entries = function (filters) {
	frappe.prompt(
		{
			fieldname: "file_format",
			fieldtype: "Select",
			label: __("File"),
			options: ["XLSX", "CSV"],
			default: "XLSX",
			reqd: 1,
		},
		({ file_format }) => {
			const query = new URLSearchParams({ file_format, filters: JSON.stringify(filters) });
			window.open(`/api/method/prospect_mgmt.export.export_entries?${query}`);
		},
		__("Export the Prospect List"),
		__("Download")
	);
};
