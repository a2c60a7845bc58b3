"""A review goes to the supervisor by mail, as a PDF, in their language."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.utils import get_url_to_form, now_datetime
from frappe.utils.pdf import get_pdf

from prospect_mgmt import reader
from prospect_mgmt.reporting import review_page, show


def send(doc, users: list[str]) -> None:
	"""Queue the review for users who have an address, where the site sends mail at all.

	A site that cannot send it, or not print it, is told so, and has the review (law 8).
	"""
	addresses = {user: address for user in users if (address := _address_of(user))}
	if not addresses or not EmailAccount.find_default_outgoing():
		return
	frappe.db.savepoint("review_mail")
	try:
		for user, address in addresses.items():
			with reader.in_language(reader.language_of(user)):
				_queue(doc, address)
		doc.db_set("mailed_on", now_datetime())
	except Exception:
		frappe.db.rollback(save_point="review_mail")
		frappe.clear_messages()
		frappe.log_error(
			f"The review {doc.name} could not be mailed",
			reference_doctype=doc.doctype,
			reference_name=doc.name,
		)


def _address_of(user: str) -> str | None:
	return frappe.get_cached_value("User", user, "email")


def _queue(doc, address: str) -> None:
	link = get_url_to_form(doc.doctype, doc.name)
	frappe.sendmail(
		recipients=[address],
		subject=_("Performance review of {0}: {1}").format(doc.prospect_list, show.month(doc.month)),
		message=f'{review_page.summary(doc)}<p><a href="{link}">{_("Open the review")}</a></p>',
		attachments=_pdf(doc),
		reference_doctype=doc.doctype,
		reference_name=doc.name,
	)


def _pdf(doc) -> list[dict]:
	"""The review as a PDF; none where the site's PDF maker is missing, and the Error Log says so."""
	try:
		return [{"fname": f"{doc.name}.pdf", "fcontent": get_pdf(review_page.alone(doc))}]
	except Exception:
		frappe.log_error(f"No PDF of {doc.name}", reference_doctype=doc.doctype, reference_name=doc.name)
		return []
