app_name = "prospect_mgmt"
app_title = "Prospect Management"
app_publisher = "Prospect Management contributors"
app_description = "A Prospect List and a Standard Operating Procedure for ERPNext: no lead is forgotten"
app_email = "prospect-mgmt@users.noreply.github.com"
app_license = "GPL-3.0-or-later"
required_apps = ["frappe/erpnext"]

# Installing, updating, removing
before_install = "prospect_mgmt.setup.install.before_install"
after_install = "prospect_mgmt.setup.install.after_install"
before_migrate = "prospect_mgmt.setup.install.before_migrate"
after_migrate = "prospect_mgmt.setup.install.after_migrate"
before_uninstall = "prospect_mgmt.setup.uninstall.before_uninstall"

# Facts that arrive
doc_events = {
	"Lead": {
		"autoname": "prospect_mgmt.signals.lead.autoname",
		"before_validate": [
			"prospect_mgmt.signals.lead.before_validate",
			"prospect_mgmt.customers.recognise",
		],
		"after_insert": ["prospect_mgmt.contact_keys.follow", "prospect_mgmt.signals.lead.after_insert"],
		"on_change": ["prospect_mgmt.signals.lead.on_change", "prospect_mgmt.contact_keys.follow"],
		"before_rename": [
			"prospect_mgmt.signals.lead.before_rename",
			"prospect_mgmt.contact_keys.before_rename",
		],
		"after_rename": "prospect_mgmt.signals.lead.after_rename",
		"on_trash": ["prospect_mgmt.signals.lead.on_trash", "prospect_mgmt.contact_keys.on_trash"],
	},
	"Communication": {
		"after_insert": "prospect_mgmt.signals.communication.after_insert",
		"on_update": "prospect_mgmt.signals.communication.on_update",
	},
	"Call Log": {
		"after_insert": "prospect_mgmt.telephone.after_insert",
		"on_change": ["prospect_mgmt.signals.call_log.on_change", "prospect_mgmt.telephone.on_change"],
	},
	"Opportunity": {
		"validate": "prospect_mgmt.signals.belonging.set_lead_number",
		"on_change": "prospect_mgmt.signals.opportunity.on_change",
	},
	"Quotation": {
		"validate": "prospect_mgmt.signals.belonging.set_lead_number",
		"on_change": "prospect_mgmt.signals.quotation.on_change",
		"on_trash": "prospect_mgmt.signals.quotation.on_trash",
	},
	"Customer": {
		"validate": "prospect_mgmt.signals.belonging.set_lead_number",
		"on_change": "prospect_mgmt.customers.follow_customer",
		"on_trash": "prospect_mgmt.customers.follow_customer",
	},
	"Contact": {
		"on_change": "prospect_mgmt.customers.follow_contact",
		"on_trash": "prospect_mgmt.customers.follow_contact",
	},
	"Sales Order": {"validate": "prospect_mgmt.signals.belonging.set_lead_number"},
	"Sales Invoice": {
		"validate": "prospect_mgmt.signals.belonging.set_lead_number",
		"on_submit": "prospect_mgmt.signals.sales_invoice.on_submit",
		"on_cancel": "prospect_mgmt.signals.sales_invoice.on_cancel",
		"on_change": "prospect_mgmt.signals.sales_invoice.on_change",
	},
	"Issue": {"validate": "prospect_mgmt.signals.belonging.set_lead_number"},
	"ToDo": {
		"on_update": "prospect_mgmt.signals.todo.on_update",
		"on_trash": "prospect_mgmt.signals.todo.on_trash",
	},
	"User": {"on_update": "prospect_mgmt.signals.user.on_update"},
	"Email Unsubscribe": {
		"validate": "prospect_mgmt.signals.email_unsubscribe.validate",
		"after_insert": "prospect_mgmt.signals.email_unsubscribe.after_insert",
		"after_delete": "prospect_mgmt.signals.email_unsubscribe.after_delete",
	},
	"Personal Data Deletion Request": {"on_change": "prospect_mgmt.privacy.erase_requested"},
	"Workflow": {"on_change": "prospect_mgmt.signals.workflow.on_change"},
	"Auto Email Report": {"validate": "prospect_mgmt.reporting.by_mail.check_user"},
	"Company": {"after_insert": "prospect_mgmt.setup.install.create_first_list"},
}
ignore_links_on_delete = [
	"Prospect Interaction",
	"Prospect Due Step",
	"Prospect Lead Number",
	"Prospect Signal Failure",
	"Prospect Contact Key",
	"Prospect Capture",
	"Prospect Duplicate Pair",
	"Prospect List Import Row",
	"Prospect Consent",
]

# What the scheduler calls
scheduler_events = {
	"cron": {
		"* * * * *": ["prospect_mgmt.sweep.dispatch"],
		"*/5 * * * *": [
			"prospect_mgmt.health.tell_if_behind",
			"prospect_mgmt.news_mail.send_due",
			"prospect_mgmt.morning_digest.send_due",
		],
	},
	"hourly": [
		"prospect_mgmt.daily.hourly",
		"prospect_mgmt.enrolment.resume_left_over",
		"prospect_mgmt.capture.finish_left_over",
		"prospect_mgmt.importing.run.resume_left_over",
	],
	"daily": [
		"prospect_mgmt.health.nightly",
		"prospect_mgmt.daily.prepare_counters",
		"prospect_mgmt.reporting.improvements.remind",
		"prospect_mgmt.retention.forget_untaken",
	],
	"daily_long": [
		"prospect_mgmt.prospect_mgmt.doctype.prospect_performance_review.prospect_performance_review.make_monthly",
		"prospect_mgmt.duplicates.nightly",
		"prospect_mgmt.retention.nightly",
	],
}

# Who sees what
permission_query_conditions = {
	"Prospect List": "prospect_mgmt.permissions.list_query",
	"Prospect List Entry": "prospect_mgmt.permissions.entry_query",
	"Prospect Interaction": "prospect_mgmt.permissions.ledger_query",
	"Prospect Due Step": "prospect_mgmt.permissions.ledger_query",
	"Prospect Stage Change": "prospect_mgmt.permissions.ledger_query",
	"Prospect Lead Number": "prospect_mgmt.permissions.number_query",
	"Prospect Enrolment": "prospect_mgmt.permissions.enrolment_query",
	"Prospect Requirement": "prospect_mgmt.permissions.child_query",
	"Prospect Entry Document": "prospect_mgmt.permissions.child_query",
	"Prospect Answer Promise": "prospect_mgmt.permissions.child_query",
	"Prospect List Agent": "prospect_mgmt.permissions.child_query",
	"Prospect Review Agent": "prospect_mgmt.permissions.child_query",
	"Prospect Review Figure": "prospect_mgmt.permissions.child_query",
	"Prospect Review Finding": "prospect_mgmt.permissions.child_query",
	"Prospect Review Improvement": "prospect_mgmt.permissions.child_query",
	"Prospect Review Objection": "prospect_mgmt.permissions.child_query",
	"Prospect Review Source": "prospect_mgmt.permissions.child_query",
	"Prospect Review Standard": "prospect_mgmt.permissions.child_query",
	"Prospect Agent Review Figure": "prospect_mgmt.permissions.child_query",
	"Prospect Enrolment Refusal": "prospect_mgmt.permissions.child_query",
	"Prospect List Import Column": "prospect_mgmt.permissions.child_query",
	"Prospect List Import Meaning": "prospect_mgmt.permissions.child_query",
	"Prospect Performance Review": "prospect_mgmt.permissions.supervised_query",
	"Prospect Agent Review": "prospect_mgmt.permissions.agent_review_query",
	"Prepared Report": "prospect_mgmt.permissions.prepared_report_query",
	"Prospect Duplicate Pair": "prospect_mgmt.permissions.supervised_query",
	"Prospect List Import": "prospect_mgmt.permissions.supervised_query",
	"Prospect List Import Row": "prospect_mgmt.prospect_mgmt.doctype.prospect_list_import.prospect_list_import.row_query",
}
has_permission = {
	"Prospect List": "prospect_mgmt.permissions.list_permission",
	"Prospect List Entry": "prospect_mgmt.permissions.entry_permission",
	"Prospect Interaction": "prospect_mgmt.permissions.ledger_permission",
	"Prospect Due Step": "prospect_mgmt.permissions.ledger_permission",
	"Prospect Stage Change": "prospect_mgmt.permissions.ledger_permission",
	"Prospect Lead Number": "prospect_mgmt.permissions.number_permission",
	"Prospect Enrolment": "prospect_mgmt.permissions.enrolment_permission",
	"Prospect Performance Review": "prospect_mgmt.permissions.review_permission",
	"Prospect Agent Review": "prospect_mgmt.permissions.agent_review_permission",
	"Prepared Report": "prospect_mgmt.permissions.prepared_report_permission",
	"Prospect Duplicate Pair": "prospect_mgmt.duplicates.pair_permission",
	"Prospect List Import": "prospect_mgmt.prospect_mgmt.doctype.prospect_list_import.prospect_list_import.import_permission",
	"Prospect List Import Row": "prospect_mgmt.prospect_mgmt.doctype.prospect_list_import.prospect_list_import.row_permission",
}

# Enquiries from outside
auth_hooks = ["prospect_mgmt.api.confine"]
after_request = ["prospect_mgmt.api.answer_malformed"]

# What Frappe hands out, and removes, for a person who asks
user_data_fields = [
	{"doctype": "Prospect Personal Data", "filter_by": "email_id", "redact_fields": ["content"]},
]

# Frappe's doors where ours stands: text from outside stays text (law 10), and nobody sees what is not theirs (law 11)
override_whitelisted_methods = {
	"frappe.website.doctype.web_form.web_form.accept": "prospect_mgmt.webform.accept",
	"frappe.desk.reportview.export_query": "prospect_mgmt.export.export_list",
	"frappe.desk.query_report.export_query": "prospect_mgmt.export.export_report",
	"frappe.desk.desktop.get_desktop_page": "prospect_mgmt.onboarding.get_desktop_page",
	"frappe.core.doctype.data_export.exporter.export_data": "prospect_mgmt.export.export_data",
	"frappe.realtime.can_subscribe_doctype": "prospect_mgmt.entry.watching.can_subscribe_doctype",
	# A card dragged on the board of entries performs an action of the Workflow
	"frappe.desk.doctype.kanban_board.kanban_board.update_order": "prospect_mgmt.board.update_order",
	"frappe.desk.doctype.kanban_board.kanban_board.update_order_for_single_card": "prospect_mgmt.board.update_order_for_single_card",
}

# Mail
make_email_body_message = ["prospect_mgmt.mail.mark_automatic"]
before_request = [
	"prospect_mgmt.compat.keep_mail_headers",
	"prospect_mgmt.compat.leave_assignments_to_us",
	"prospect_mgmt.reporting.by_mail.keep_rights",
]
before_job = [
	"prospect_mgmt.compat.keep_mail_headers",
	"prospect_mgmt.compat.leave_assignments_to_us",
	"prospect_mgmt.reporting.by_mail.keep_rights",
]

# Forms
doctype_js = {
	"Call Log": "public/js/call_log.js",
	"Lead": [
		"public/js/prospect_dialogs.js",
		"public/js/prospect_contact_dialogs.js",
		"public/js/prospect_entry_dialogs.js",
		"public/js/prospect_panel.js",
		"public/js/lead.js",
		"public/js/lead_duplicates.js",
	],
	"Prospect List Entry": [
		"public/js/prospect_dialogs.js",
		"public/js/prospect_contact_dialogs.js",
		"public/js/prospect_entry_dialogs.js",
		"public/js/prospect_panel.js",
		"public/js/tour.js",
	],
	"Prospect List": ["public/js/prospect_export.js", "public/js/tour.js"],
	"Prospect Procedure": "public/js/tour.js",
	"Prospect Due Step": ["public/js/prospect_dialogs.js", "public/js/prospect_entry_dialogs.js"],
	"Notification Settings": "public/js/notification_settings.js",
	"Prospect Capture": "public/js/try_again.js",
	"Prospect Signal Failure": "public/js/try_again.js",
}
page_js = {
	"prospect-worklist": [
		"public/js/prospect_dialogs.js",
		"public/js/prospect_contact_dialogs.js",
		"public/js/prospect_entry_dialogs.js",
		"public/js/prospect_panel.js",
	]
}
app_include_css = "/assets/prospect_mgmt/css/prospect_phone.css"
app_include_js = [
	"/assets/prospect_mgmt/js/prospect_charts.js",
	"/assets/prospect_mgmt/js/incoming_call.js",
	"/assets/prospect_mgmt/js/prospect_warnings.js",
]
doctype_list_js = {
	"Lead": "public/js/lead_list.js",
	"Prospect List Entry": "public/js/prospect_export.js",
}
additional_timeline_content = {
	"Lead": ["prospect_mgmt.timeline.contents"],
	"Prospect List Entry": ["prospect_mgmt.timeline.contents"],
}
override_doctype_dashboards = {
	"Lead": "prospect_mgmt.dashboards.lead",
	"Customer": "prospect_mgmt.dashboards.lead_number",
	"Opportunity": "prospect_mgmt.dashboards.lead_number",
	"Quotation": "prospect_mgmt.dashboards.lead_number",
}
