"""How people of ours are told: in-app notifications, as rows of the running transaction, so that they commit with it.

Mails about them leave later, gathered (`news_mail`): a row says whether one is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import escape_html, get_url_to_form, now_datetime

from prospect_mgmt import notification_choices as choices
from prospect_mgmt import reader

ENTRY = "Prospect List Entry"
Words = str | Callable[[], str]
FEW = 5  # so many that say the same are told one by one within an hour; more are gathered in one notification
MANY = 50  # so many it names; that there are more is all that a reader wants to know
WINDOW = timedelta(hours=1)


def tell(
	users: Iterable[str | None], text: Words, entry=None, body: Words = "", kind=choices.ALERT
) -> list[str]:
	"""Notify users about an entry, each once and in their own words; returns who was told.

	`text` and `body` (no HTML) are plain English that the translations know, as an admin's step is, or a function that
	puts it into the words of whoever reads it. Disabled users are not told, nor those who chose not to hear of this kind
	of news (see `notification_choices`).
	"""
	told, key = [], _key(kind, text)
	for user in dict.fromkeys(user for user in users if user):
		if frappe.get_cached_value("User", user, "enabled") and any(channels := choices.channels(user, kind)):
			with reader.in_words_of(user):
				said = [escape_html(_said(words)) for words in (text, body)]
			_insert(user, key, *said, entry, channels)
			told.append(user)
	return told


def _said(words: Words) -> str:
	return words() if callable(words) else _(words) if words else ""


def _key(kind: str, text: Words) -> str:
	"""What a notification is, whoever reads it: its kind, and what it says in plain English."""
	with reader.in_language(reader.PLAIN):
		return f"{kind}: {_said(text)}"[:140]


def _insert(user: str, key: str, subject: str, body: str, entry, channels: choices.Channels) -> None:
	if entry and (gathered := _gathered(user, key)) and _add_to(gathered, user, subject, entry):
		return
	doc = frappe.new_doc("Notification Log")
	doc.update(
		{
			"for_user": user,
			"from_user": frappe.session.user,
			"type": "Alert",
			"subject": f"{subject}: <b>{_name(entry)}</b>" if entry else subject,
			"email_content": body,
			"read": not channels.in_app,
			"prospect_news": key,
			"prospect_mail": _mail_due(channels),
		}
	)
	if entry:
		doc.update({"document_type": ENTRY, "document_name": entry.name})
	doc.insert(ignore_permissions=True)


def _mail_due(channels: choices.Channels) -> str:
	if not channels.by_mail:
		return ""
	return "Unless read" if channels.in_app else "Always"


def _name(entry) -> str:
	return escape_html(f"{entry.name} {entry.lead_name or ''}".strip())


def _gathered(user: str, key: str) -> str | None:
	"""The notification to add to, once a user has been told FEW times the same within the hour and has not read it."""
	log, since = frappe.qb.DocType("Notification Log"), now_datetime() - WINDOW
	recent = (
		frappe.qb.from_(log)
		.select(log.name)
		# `modified` adds nothing but an index: what is read is the last hour, however many are stored.
		.where((log.modified > since) & (log.creation > since) & (log.for_user == user))
		.where((log.read == 0) | (log.prospect_mail == "Always"))
		.where(log.prospect_news == key)
		.orderby(log.creation)
		.limit(FEW)
	).run(pluck=True)
	return recent[-1] if len(recent) >= FEW else None


def _add_to(notification: str, user: str, subject: str, entry) -> bool:
	"""List one more entry in a user's notification; False when another sweep is writing it, for which nobody waits."""
	log = frappe.qb.DocType("Notification Log")
	query = frappe.qb.from_(log).select(log.email_content).where(log.name == notification)
	if not (found := query.for_update(skip_locked=True).run()):
		return False
	content = found[0][0] or ""
	count = content.count("<li>") + 1
	if count > MANY:
		return True
	with reader.in_words_of(user):
		# Without tags: Frappe looks for a text that has any by what is left without them.
		more = _("{0} and {1} more") if count < MANY else _("{0} and more than {1} others")
	# By number: whoever is made nobody later is looked for in the notifications about them, and this is about another.
	number = escape_html(entry.name)
	link = f'<a href="{get_url_to_form(ENTRY, entry.name)}">{number}</a>'
	text = f"{subject}: <b>{more.format(number, count)}</b>"
	query = frappe.qb.update(log).set(log.subject, text).set(log.email_content, f"{content}<li>{link}</li>")
	query.set(log.modified, now_datetime()).where(log.name == notification).run()
	return True


def supervisors(prospect_list: str) -> list[str]:
	"""Who supervises a list; where nobody does who is enabled, the Sales Managers, else the Administrator."""
	return named_supervisors(prospect_list) or sales_managers() or ["Administrator"]


def named_supervisors(prospect_list: str) -> list[str]:
	"""The supervisor and the deputy of a list, as far as they are named and enabled."""
	doc = frappe.get_cached_doc("Prospect List", prospect_list)
	named = dict.fromkeys(user for user in (doc.supervisor, doc.deputy) if user)
	return [user for user in named if frappe.get_cached_value("User", user, "enabled")]


def sales_managers() -> list[str]:
	"""Enabled users with the role Sales Manager, the Administrator left out."""
	role, user = frappe.qb.DocType("Has Role"), frappe.qb.DocType("User")
	return (
		frappe.qb.from_(role)
		.join(user)
		.on(user.name == role.parent)
		.select(user.name)
		.distinct()
		.where((role.role == "Sales Manager") & (role.parenttype == "User") & (user.enabled == 1))
		.where(user.name != "Administrator")
	).run(pluck=True)
