"""News by mail: what a user did not read in the app within minutes leaves as one mail, however much it is."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.utils import get_url_to_form, now_datetime, strip_html

from prospect_mgmt import one_by_one, reader

LOG = "Notification Log"
PATIENCE = timedelta(minutes=5)  # so long somebody who is at the Desk has, to read it there
TOO_OLD = timedelta(days=1)  # the morning digest says what is still true of it
MANY = 500  # rows of one mail at most


def send_due() -> None:
	"""The scheduler's call every few minutes: one mail to each user with news due by mail (one commit each)."""
	if not EmailAccount.find_default_outgoing():
		_forget_old()
		return
	one_by_one.each("User", _waiting(), _send_to, "News could not be mailed to {0}")
	_forget_old()


def _waiting() -> list[str]:
	"""Users with news due by mail, found through the index on `prospect_mail`."""
	log = frappe.qb.DocType(LOG)
	query = frappe.qb.from_(log).select(log.for_user).distinct()
	query = query.where(log.prospect_mail.isin(("Unless read", "Always")))
	return query.where(log.creation <= now_datetime() - PATIENCE).run(pluck=True)


def _send_to(user: str) -> None:
	news = frappe.get_all(
		LOG,
		filters={"for_user": user, "prospect_mail": ("in", ("Unless read", "Always"))},
		fields=[
			"name",
			"subject",
			"email_content",
			"document_type",
			"document_name",
			"prospect_mail",
			"read",
		],
		order_by="creation",
		limit=MANY,
	)
	log = frappe.qb.DocType(LOG)
	names = [row.name for row in news]
	frappe.qb.update(log).set(log.prospect_mail, "").where(log.name.isin(names)).run()
	unread = [row for row in news if row.prospect_mail == "Always" or not row.read]
	recipient = frappe.db.get_value("User", {"name": user, "enabled": 1}, "email")
	if not unread or not recipient:
		return
	with reader.in_language(reader.language_of(user)):
		frappe.sendmail(
			recipients=[recipient],
			subject=_subject(unread),
			template="prospect_news",
			args={"news": [_shown(row) for row in unread]},
			header=[_("Prospect Management"), "blue"],
		)


def _subject(news: list[dict]) -> str:
	first = strip_html(news[0].subject)[:120]
	return first if len(news) == 1 else _("{0} and {1} more").format(first, len(news) - 1)


def _shown(row: dict) -> dict:
	"""Subject and body are HTML that `telling` escaped."""
	link = get_url_to_form(row.document_type, row.document_name) if row.document_name else None
	return {"subject": row.subject, "body": row.email_content or "", "link": link}


def _forget_old() -> None:
	log = frappe.qb.DocType(LOG)
	query = frappe.qb.update(log).set(log.prospect_mail, "")
	query = query.where(log.prospect_mail.isin(("Unless read", "Always")))
	query.where(log.creation < now_datetime() - TOO_OLD).run()
	frappe.db.commit()
