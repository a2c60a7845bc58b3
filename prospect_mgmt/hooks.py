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
		"after_insert": ["prospect_mgmt.signals.lead.after_insert", "prospect_mgmt.contact_keys.follow"],
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
		"after_insert": "prospect_mgmt.signals.email_unsubscribe.after_insert",
		"after_delete": "prospect_mgmt.signals.email_unsubscribe.after_delete",
	},
	"Personal Data Deletion Request": {"on_change": "prospect_mgmt.privacy.erase_requested"},
	"Workflow": {"on_change": "prospect_mgmt.signals.workflow.on_change"},
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
	"Prospect Consent",
