"""What gunicorn serves: the site for any host name, and /assets and /files as nginx would."""

import os

import frappe.app as frappe_app

frappe_app._site = os.environ["PROSPECT_STACK_SITE"]
frappe_app._sites_path = os.getcwd()
application = frappe_app.application_with_statics()
