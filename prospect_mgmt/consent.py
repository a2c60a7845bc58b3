"""What people agreed to and no longer want: kept as it was said, one Prospect Consent each."""

import frappe
from frappe import _
from frappe.utils import cint, now_datetime

from prospect_mgmt.entry import checks
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


def _record(lead: str, what: str, **values) -> None:
	doc = frappe.new_doc(DOCTYPE)
	doc.update(
		{"lead": lead, "what": what, "occurred_on": now_datetime(), "recorded_by": frappe.session.user}
	)
	doc.update(values)
	doc.insert(ignore_permissions=True)  # whoever said it, or recorded it, has no right to the ledger
