"""Another number or address of somebody known goes onto their Contact, by which they are known from then on.

Nothing that is there is replaced, and no mail of ours goes to it: that takes the address of the lead.
"""

from __future__ import annotations

import frappe
from frappe.utils import validate_email_address, validate_phone_number

from prospect_mgmt import contact_keys, traces
from prospect_mgmt.procedure import matching
from prospect_mgmt.procedure.matching import Person

CONTACT = contact_keys.CONTACT


def add(lead: str, person: Person) -> None:
	"""What a person who is this lead says of themselves besides; what cannot be kept so stands in what they wrote. Commits nothing.

	An address reads and deletes what is known of its person (`privacy`): give one only that somebody of ours heard. What
	is another lead's already is not added, lest their calls and mails come here.
	"""
	new = {value for kind, value in matching.keys(person) if kind != matching.NAME and not _is_filed(value)}
	name = _contact_of(lead) if new else None
	if not name:
		return
	frappe.db.savepoint("prospect_further_contact")
	try:
		contact = frappe.get_doc(CONTACT, name, for_update=True)
		for number in person.phones:
			if number in new and validate_phone_number(number):
				contact.add_phone(number)
		if matching.email_key(person.email) in new and validate_email_address(person.email):
			contact.add_email(person.email)
		contact.flags.ignore_mandatory = True  # what an admin asks of colleagues is not asked of strangers
		contact.save(ignore_permissions=True)  # whoever takes it in may not see whose it is
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise  # the savepoint is gone with the transaction
	except Exception:
		frappe.db.rollback(save_point="prospect_further_contact")
		frappe.log_error(
			"What they said of themselves could not be added to a Contact",
			reference_doctype="Lead",
			reference_name=lead,
		)


def _is_filed(value: str) -> bool:
	return bool(frappe.db.exists(contact_keys.DOCTYPE, {"key_value": value}))


def _contact_of(lead: str) -> str | None:
	"""The Contact that is this lead's alone: one of a customer's is for who looks after them."""
	links = traces.links_of(lead)
	return next((link.parent for link in links if link.parenttype == CONTACT and link.is_alone), None)
