"""What people agreed to and no longer want: kept as it was said, one Prospect Consent each."""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.utils import cint, now_datetime

from prospect_mgmt.entry import checks
from prospect_mgmt.procedure import matching
from prospect_mgmt.procedure.capturing import CHANNELS

DOCTYPE = "Prospect Consent"


def agreed(lead: str, submission, occurred_on, capture: str) -> None:
	"""They ticked the box: the words they were shown, when (`occurred_on`, else now) and on which page."""
	_record(
		lead,
		"Agreed",
		email_id=submission.email or None,
		occurred_on=occurred_on or now_datetime(),
		channel=submission.channel,
		place=submission.page or submission.referrer,
		text=submission.consent_text,
		capture=capture,
	)


@frappe.whitelist(methods=["POST"])
def record(lead: str, text: str, place: str, channel: str = "Phone"):
	"""They agreed on the telephone, on paper, at a fair: to what, and where it can be proved. For who may write the lead."""
	doc = frappe.get_doc("Lead", lead)
	doc.check_permission("write")
	checks.one_of(channel, CHANNELS, _("Channel"))
	if not (text or "").strip() or not (place or "").strip():
		frappe.throw(_("Say to what they agreed, and where."))
	_record(
		lead,
		"Agreed",
		email_id=doc.email_id,
		channel=channel,
		text=checks.text(text, _("To what")),
		place=checks.text(place, _("Where")),
	)


def withdrawn(lead: str, unsubscribe) -> None:
	"""They want no automatic mail any more, or are not to be contacted at all."""
	no_contact = cint(frappe.db.get_value("Lead", lead, "prospect_do_not_contact"))
	by_link = frappe.session.user == "Guest"
	_record(
		lead,
		"No contact at all" if no_contact else "Withdrawn",
		email_id=unsubscribe.email,
		channel="Email",
		place=_("The unsubscribe link of a mail") if by_link else _("Recorded by a user"),
	)


def mail_again(lead: str, email: str) -> None:
	"""What said that they want no mail was taken back."""
	if frappe.db.exists("Lead", lead):
		_record(lead, "Mail again", email_id=email, channel="Email", place=_("Recorded by a user"))


# ------------------------------------------------------------- who wants no mail
def mailbox(address: str | None) -> str:
	"""One spelling for all addresses that reach the same mailbox."""
	return matching.email_key(address) or (address or "").strip().casefold()


def wishes(addresses: Iterable[str | None]) -> list:
	"""Who of these wants no mail, in whatever spelling they said so: rows of (mailbox, lead, everywhere, no_contact), in one question.

	`lead`: for which it was said, None where not for one of ours; `everywhere`: from nobody on this site;
	`no_contact`: not to be contacted at all.
	"""
	asked = sorted({mailbox(address) for address in addresses} - {""})
	if not asked:
		return []
	wish, lead = frappe.qb.DocType("Email Unsubscribe"), frappe.qb.DocType("Lead")
	of_lead = (wish.reference_doctype == "Lead") & (wish.reference_name == lead.name)
	query = frappe.qb.from_(wish).left_join(lead).on(of_lead).where(wish.prospect_mailbox.isin(asked))
	query = query.select(
		wish.prospect_mailbox.as_("mailbox"),
		Case().when(wish.reference_doctype == "Lead", wish.reference_name).as_("lead"),
		wish.global_unsubscribe.as_("everywhere"),
		lead.prospect_do_not_contact.as_("no_contact"),
	)
	return query.run(as_dict=True)


def file_mailboxes() -> None:
	"""Wishes that were there before the app was, or before it filed them by mailbox."""
	doctype = "Email Unsubscribe"
	for name, email in frappe.get_all(
		doctype, {"prospect_mailbox": ("is", "not set")}, ["name", "email"], as_list=True
	):
		frappe.db.set_value(doctype, name, "prospect_mailbox", mailbox(email), update_modified=False)


def _record(lead: str, what: str, **values) -> None:
	doc = frappe.new_doc(DOCTYPE)
	doc.update(
		{"lead": lead, "what": what, "occurred_on": now_datetime(), "recorded_by": frappe.session.user}
	)
	doc.update(values)
	doc.insert(ignore_permissions=True)  # whoever said it, or recorded it, has no right to the ledger
