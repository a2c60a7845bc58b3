"""Every mail to a prospect leaves through here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import contextmanager
from email.utils import formataddr

import frappe
from frappe import _, _lt
from frappe.email.email_body import get_formatted_html, get_message_id
from frappe.utils import cstr, escape_html, get_fullname, sanitize_html, split_emails, validate_email_address

from prospect_mgmt import consent
from prospect_mgmt.entry import start
from prospect_mgmt.reasons import PlainError
from prospect_mgmt.typed import as_typed

UNSEEN = re.compile(
	"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]"
)  # control characters, bidirectional overrides


class CannotSend(PlainError):
	"""The mail cannot go out; the message says why, in words a supervisor understands."""


def send(
	entry,
	subject: str,
	content: str,
	by: str = "Person",
	attachments: list[str] | None = None,
	cc: str | None = None,
	email_template: str | None = None,
) -> str:
	"""Queue one mail to the prospect of an entry and return the ID of its Communication.

	`by`: Person or Automatic. `content` is HTML; it is cleaned, never rendered. The Communication and the queue row
	are rows of the running transaction. Raises CannotSend with nothing half done, if the caller rolls back.
	"""
	recipient = _recipient(entry)
	_check_allowed(entry, recipient, by)
	account = _account(entry)
	sender = _sender(account, by)
	subject = with_number(subject, entry.lead)
	content = sanitize_html(content or "")
	communication = _communication(
		entry, subject, content, sender, recipient, account, cc, email_template, by
	)
	files = _attach(communication, attachments)
	_queue(entry, communication, subject, content, sender, recipient, account, files, by)
	return communication.name


def with_number(subject: str, number: str) -> str:
	"""The subject on one line, without what would turn the reading direction round, with the lead number in it."""
	subject = " ".join(UNSEEN.sub(" ", cstr(subject)).split())[:140] or _("Your enquiry")
	return subject if number in subject else f"{subject} [{number}]"


def preview(entry, subject: str, content: str) -> dict[str, str]:
	"""{sender, to, subject, html}: a person's mail as the prospect of an entry would see it. Raises CannotSend like `send`."""
	recipient = _recipient(entry)
	_check_allowed(entry, recipient, "Person")
	account = _account(entry)
	subject = with_number(subject, entry.lead)
	html = get_formatted_html(subject, sanitize_html(content or ""), email_account=account)
	return {"sender": _sender(account, "Person"), "to": recipient, "subject": subject, "html": html}


def _recipient(entry) -> str:
	address = (entry.email_id or "").strip()
	if not address:
		raise CannotSend(_lt("{0} has no e-mail address."), entry.name)
	if not validate_email_address(address):
		raise CannotSend(
			_lt("“{0}” is not an e-mail address that mail can be sent to."), escape_html(address)
		)
	return address


def _check_allowed(entry, recipient: str, by: str) -> None:
	if frappe.get_cached_doc("Prospect Management Settings").stop_all_mail:
		raise CannotSend(
			_lt(
				"All mail to prospects is stopped: an admin can switch it on again in Prospect Management Settings."
			)
		)
	if entry.do_not_contact:
		raise CannotSend(_lt("They asked not to be contacted."))
	if said_by := next((wish.lead for wish in consent.wishes([recipient]) if wish.no_contact), None):
		raise CannotSend(_lt("They asked not to be contacted, as the lead {0} says."), said_by)
	if by == "Automatic" and is_unsubscribed(entry):
		raise CannotSend(_lt("They unsubscribed from mail."))


def obstacle(entry) -> str | None:
	"""Why a person's mail cannot go to the prospect of an entry now; None when it can."""
	try:
		_check_allowed(entry, _recipient(entry), "Person")
	except CannotSend as reason:
		return str(reason)
	return None


def is_unsubscribed(entry) -> bool:
	"""Whether the prospect unsubscribed, from us or from everything this site sends."""
	return bool(unsubscribed_among([entry]))


def unsubscribed_among(entries: Sequence) -> set[str]:
	"""The IDs of those entries whose prospect unsubscribed, from us or from everything this site sends: asked in one query."""
	found = {entry.name for entry in entries if entry.unsubscribed}
	asked = {entry.name: consent.mailbox(entry.email_id) for entry in entries if entry.name not in found}
	wishes = consent.wishes(asked.values())
	unwanted = {wish.mailbox for wish in wishes if wish.lead or wish.everywhere}  # for all lists
	return found | {name for name, mailbox in asked.items() if mailbox in unwanted}


def _account(entry):
	"""The list's own e-mail account, else the default outgoing one."""
	name = frappe.get_cached_value("Prospect List", entry.prospect_list, "email_account")
	account = frappe.get_cached_doc("Email Account", name) if name else _default_account()
	if not account:
		raise CannotSend(
			_lt("No outgoing e-mail account: set one up, or name one on the list {0}."), entry.prospect_list
		)
	if not account.get("enable_outgoing"):
		raise CannotSend(
			_lt("The e-mail account {0} does not send: switch on Enable Outgoing there."), account.name
		)
	return account


def _default_account():
	from frappe.email.doctype.email_account.email_account import EmailAccount

	kept = getattr(frappe.local, "prospect_default_account", None)
	if kept is None:
		return EmailAccount.find_outgoing()
	if not kept:
		kept.append(EmailAccount.find_outgoing())
	return kept[0]


@contextmanager
def one_default_account():
	"""Look for the default outgoing account once, for many mails in a row."""
	frappe.local.prospect_default_account = []
	try:
		yield
	finally:
		frappe.local.prospect_default_account = None


def _sender(account, by: str) -> str:
	name = (
		get_fullname(frappe.session.user)
		if by == "Person"
		else account.get("email_account_name") or account.name
	)
	return formataddr((cstr(name), account.email_id))


def _communication(entry, subject, content, sender, recipient, account, cc, email_template, by):
	doc = frappe.new_doc("Communication")
	doc.update(
		{
			"subject": subject,
			"content": content,
			"sender": sender,
			"recipients": recipient,
			"cc": ", ".join(_addresses(cc)) or None,
			"communication_medium": "Email",
			"communication_type": "Communication" if by == "Person" else "Automated Message",
			"sent_or_received": "Sent",
			"email_account": account.name,
			"email_template": email_template,
			# Replies find the Lead by it; the entry is reached by a timeline link.
			"reference_doctype": "Lead",
			"reference_name": entry.lead,
			"message_id": get_message_id().strip(" <>"),
		}
	)
	doc.append("timeline_links", {"link_doctype": start.DOCTYPE, "link_name": entry.name})
	doc.flags.skip_add_signature = True
	doc.flags.by_prospect_mgmt = True
	doc.insert(ignore_permissions=True)
	return doc


def _addresses(cc: str | None) -> list[str]:
	return [validate_email_address(address, throw=True) for address in split_emails(cc or "")]


def _attach(communication, attachments: list[str] | None) -> list[dict]:
	"""Attach files the sender may read; `attachments` are IDs of File documents."""
	files = []
	for name in attachments or []:
		file = frappe.get_doc("File", name)
		file.check_permission("read")
		files.append({"fid": file.name})
	if files:
		from frappe.core.doctype.communication.email import add_attachments

		add_attachments(communication.name, [f["fid"] for f in files])
		communication.db_set("has_attachment", 1, update_modified=False)
	return files


def _queue(entry, communication, subject, content, sender, recipient, account, files, by) -> None:
	to = frappe.get_cached_doc("Prospect Management Settings").try_out_with
	automatic = frappe.flags.prospect_automatic_mail = by == "Automatic"
	# Frappe keeps the accounts it found for a whole job and would take the default one, once seen, for every sender.
	frappe.local.outgoing_email_account = {sender: account}
	queued = frappe.sendmail(
		recipients=[to or recipient],
		cc=[] if to else _addresses(communication.cc),
		sender=sender,
		subject=f"[{recipient}] {subject}" if to else subject,
		content=content,
		reply_to=account.email_id,
		reference_doctype="Lead",
		reference_name=entry.lead,
		communication=communication.name,
		message_id=communication.message_id,
		attachments=files,
		delayed=True,
		add_unsubscribe_link=1 if automatic else 0,
		unsubscribe_message=_("Unsubscribe") if automatic else None,
		expose_recipients="header",
	)
	if not queued:
		# Frappe queues nothing for an address it finds unsubscribed or bad, and says so to nobody.
		raise CannotSend(
			_lt("The mail system took no mail for {0}: unsubscribed, or not a valid address."), recipient
		)


# ------------------------------------------------------------- templates
def render(entry, template: str, extra: dict | None = None) -> tuple[str, str, str]:
	"""(subject, HTML, name of the template used), in the prospect's language where the template is translated.

	Values that come from outside are escaped in the body: a template shows them, it never runs them.
	"""
	doc = frappe.get_cached_doc("Email Template", translated(template, entry.language))
	values = {**context(entry), **(extra or {})}
	escaped = {key: _escaped(value) for key, value in values.items()}
	return _rendered(doc.name, doc.subject, values), _rendered(doc.name, doc.response_, escaped), doc.name


def _escaped(value):
	if isinstance(value, list | tuple):
		return [_escaped(each) for each in value]
	return escape_html(value) if isinstance(value, str) else value


def _rendered(template: str, text: str | None, values: dict) -> str:
	try:
		return frappe.render_template(text or "", values)
	except Exception as error:
		frappe.clear_last_message()  # Frappe's own is a traceback
		why = escape_html(str(error.__context__ or error))
		problem = PlainError(_lt("The E-mail Template {0} cannot be rendered: {1}"), template, why)
		frappe.msgprint(str(problem), title=_("E-mail Template"), indicator="red")
		raise problem from error


def translated(template: str, language: str | None) -> str:
	"""The translation of a template into a language (or its base language), else the template itself."""
	if not language:
		return template
	for wanted in dict.fromkeys((language, language.split("-")[0])):
		filters = {"prospect_translation_of": template, "prospect_language": wanted}
		if found := frappe.db.get_value("Email Template", filters, order_by="name"):
			return found
	return template


def context(entry) -> dict:
	"""What a template can use, all of it plain text, numbers or dates."""
	fields = (
		"lead_name",
		"company_name",
		"email_id",
		"mobile_no",
		"phone",
		"interest",
		"first_contact_on",
		"information_sent_on",
	)
	values = {field: entry.get(field) for field in fields}
	agent = entry.agent and frappe.get_cached_value("User", entry.agent, "full_name")
	last = frappe.db.get_value(
		"Prospect Interaction",
		{"entry": entry.name, "direction": "Outgoing", "by": "Person", "channel": "Phone"},
		"summary",
		order_by="occurred_on desc, number desc",
	)
	return {
		**values,
		"lead_number": entry.lead,
		"company": entry.company,
		"agent_name": agent or "",
		"sender_phone": frappe.get_cached_value("Prospect List", entry.prospect_list, "sender_phone") or "",
		"summary": as_typed(last),
		"questions": [as_typed(r.detail) or r.interest or "" for r in entry.get("requirements") or []],
	}


def mark_automatic(email) -> None:
	"""Hook `make_email_body_message`: our automatic mails say so (RFC 3834), so that no robot answers them."""
	if frappe.flags.prospect_automatic_mail:
		email.set_header("Auto-Submitted", "auto-generated")
