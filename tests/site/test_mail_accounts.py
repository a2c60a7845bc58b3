"""Each list mails from its own account, also when one job mails for several."""

import frappe

from prospect_mgmt import mail
from tests import factories


def test_two_lists_in_one_job_keep_their_accounts(stack):
	factories.email_account(stack, "default@musterwerk.example")
	own = factories.email_account(stack, "fairs@musterwerk.example", default_outgoing=0)
	plain = factories.prospect_list()
	fairs = factories.prospect_list(email_account=own.name)
	for prospect_list in (plain, fairs, plain):
		entry = frappe.get_doc(
			doctype="Prospect List Entry",
			lead=factories.lead(source="Event").name,
			prospect_list=prospect_list.name,
		)
		frappe.db.set_value("Prospect List Entry", {"lead": entry.lead}, "prospect_list", prospect_list.name)
		mail.send(frappe.get_doc("Prospect List Entry", {"lead": entry.lead}), "Hello", "<p>Hello</p>")
	accounts = frappe.get_all("Email Queue", pluck="email_account", order_by="creation")
	assert accounts == ["Default", "Fairs", "Default"]
