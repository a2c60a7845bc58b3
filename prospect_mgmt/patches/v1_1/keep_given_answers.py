"""Entries keep which answers they were promised, and their documents since when they count: what is known is filled in."""

import frappe

from prospect_mgmt.entry import contacts
from prospect_mgmt.entry.rules import rules_of
from prospect_mgmt.procedure import promised

ENTRY = "Prospect List Entry"
PAGE = 500


def execute():
	"""Fill in what is empty; run twice it changes nothing."""
	for doctype in ("Quotation", "Sales Invoice"):
		frappe.db.sql(SINCE.format(doctype=doctype), {"doctype": doctype})
	names = frappe.get_all(
		ENTRY,
		{"respond_by": ("is", "set"), "respond_promises": ("is", "not set")},
		pluck="name",
		order_by="name",
	)
	for first in range(0, len(names), PAGE):
		for name in names[first : first + PAGE]:
			_keep(name)
		frappe.db.commit()


# When a document was submitted is not on record everywhere: it counts since it was made, as the review had it.
SINCE = """
	UPDATE `tabProspect Entry Document` line JOIN `tab{doctype}` made ON made.name = line.document
	SET line.known_on = made.creation
	WHERE line.document_type = %(doctype)s AND line.known_on IS NULL
"""


def _keep(name: str) -> None:
	"""The last promise as it was given; those before, of which only the contacts are known, as they would be given today."""
	prospect_list, respond_by = frappe.db.get_value(ENTRY, name, ["prospect_list", "respond_by"])
	rules = rules_of(prospect_list)
	given = {moment: rules.respond.due(moment, rules.calendar) for moment in contacts.answers_of(name)}
	if given:
		given[max(given)] = respond_by
		frappe.db.set_value(ENTRY, name, "respond_promises", promised.written(given), update_modified=False)
