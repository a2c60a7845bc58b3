app_name = "prospect_mgmt"
app_title = "Prospect Management"
app_publisher = "Prospect Management contributors"
app_description = "A Prospect List and a Standard Operating Procedure for ERPNext: no lead is forgotten"
app_email = "prospect-mgmt@users.noreply.github.com"
app_license = "GPL-3.0-or-later"
required_apps = ["frappe/erpnext"]
