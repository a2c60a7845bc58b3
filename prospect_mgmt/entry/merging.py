"""Two leads become one, or a lead gets another ID: the enquiries follow and keep both histories."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.rename_doc import rename_doc

from prospect_mgmt.entry import progress, start
from prospect_mgmt.procedure import promised

ENTRY = start.DOCTYPE


def fold(old: str, new: str) -> tuple[str, str] | None:
	"""Before Lead `old` is merged into `new`: of two open enquiries the survivor's goes on, with both histories.

	Returns (the one given up, the survivor) when there were two.
	"""
	loser, survivor = start.open_entry(old), start.open_entry(new)
	if loser and survivor:
		_fold_entries(loser, survivor)
		return loser, survivor
	if loser:
		_close_gap(loser)
	return None


def _fold_entries(loser: str, survivor: str) -> None:
	kept, given_up = frappe.get_doc(ENTRY, survivor), frappe.get_doc(ENTRY, loser)
	for entry in sorted((kept, given_up), key=lambda e: e.name):  # one order for everybody: no deadlock
		entry.begin()
	given_up._close("Duplicate", None, f"Merged into {survivor}", "Closed")
	interaction = frappe.qb.DocType("Prospect Interaction")
	query = frappe.qb.update(interaction).set(interaction.entry, survivor).set(interaction.lead, kept.lead)
	query.where(interaction.entry == loser).run()
	kept.begin()
	given = promised.read(given_up.respond_promises) | promised.read(kept.respond_promises)
	kept.respond_promises = promised.written(given)
	fresh = progress.take_contacts(kept)
	kept.interest = kept.interest or given_up.interest
	kept.flags.fresh = fresh
	kept.store()
	kept.add_comment("Info", _("Merged with {0}: its contacts are counted here now.").format(loser))


def _close_gap(entry: str) -> None:
	"""The unique mark of an open enquiry moves with the lead; Frappe's merge updates the links, not the mark."""
	frappe.db.set_value(ENTRY, entry, "open_lead", None, update_modified=False)


def follow_rename(old: str, new: str) -> None:
	"""After the Lead has its new ID: the IDs of its entries follow, later enquiries numbered on."""
	entries = frappe.get_all(
		ENTRY,
		filters={"lead": new},
		fields=["name", "enquiry", "done_on"],
		order_by="first_contact_on, creation",
	)
	taken = {e.name for e in entries if _belongs(e.name, new)}
	number = max((e.enquiry for e in entries if e.name in taken), default=0)
	for entry in entries:
		if entry.name not in taken:
			number = _rename(entry, new, number)
		frappe.db.set_value(
			ENTRY, {"lead": new, "done_on": ("is", "not set")}, "open_lead", new, update_modified=False
		)


def _belongs(name: str, lead: str) -> bool:
	return name == lead or (name.startswith(f"{lead}-") and name[len(lead) + 1 :].isdigit())


def _rename(entry, lead: str, number: int) -> int:
	number += 1
	name = start.entry_id(lead, number)
	# Who may rename the lead may rename what is only about it.
	rename_doc(
		ENTRY, entry.name, name, force=True, ignore_permissions=True, show_alert=False, rebuild_search=False
	)
	frappe.db.set_value(ENTRY, name, "enquiry", number, update_modified=False)
	return number
