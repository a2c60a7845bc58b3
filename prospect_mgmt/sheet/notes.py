"""Drafts of the courtesy notes that are due: a file for each, in a folder. Nothing is ever sent.

An .eml file opens in a mail program, ready to be looked over and sent. Those without an e-mail address get a .txt:
what to say when calling, or to write as a message.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from prospect_mgmt.procedure.steps import SEND
from prospect_mgmt.sheet import cleaning
from prospect_mgmt.sheet.columns import plain
from prospect_mgmt.sheet.deciding import Decision, Due
from prospect_mgmt.sheet.entries import Entry
from prospect_mgmt.sheet.reading import Unreadable
from prospect_mgmt.sheet.rules import email_templates

LANGUAGES = {
	"de": "german deutsch allemand aleman",
	"fr": "french francais franzosisch",
	"pt": "portuguese portugues",
	"es": "spanish espanol spanisch",
	"zh": "chinese chinesisch 中文",
	"en": "english englisch anglais",
}
DAYS_IN_THE_TEXT = 2
TAG = re.compile(r"\{%\s*(if\s+\w+|else|endif)\s*%\}|\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True)
class Sender:
	"""Who the notes are from."""

	company: str = ""
	phone: str = ""


@dataclass(frozen=True)
class Draft:
	"""A note as it stands in its file."""

	entry: Entry
	file_name: str
	subject: str
	body: str
	days: int = 0  # since the information was sent

	def content(self) -> bytes:
		"""What the file holds."""
		return _mail(self) if self.file_name.endswith(".eml") else _message(self).encode()


def drafts(decisions: Iterable[Decision], sender: Sender, today: date) -> list[Draft]:
	"""A draft for each courtesy note that is due."""
	found: list[Draft] = []
	names: set[str] = set()
	for decision in decisions:
		for due in decision.due:
			if due.row.action == SEND:
				sent = decision.facts.information_sent_on
				days = (today - sent.date()).days if sent else 0
				found.append(replace(_draft(decision.entry, due, sender, names), days=days))
	return found


def write(found: Iterable[Draft], folder: Path, source: Path) -> list[str]:
	"""Write the drafts into a folder, which is made when missing; the names of those that stand there and say something else.

	Such a draft was edited, or the list was: neither it nor the list is ever written over. Raises Unreadable when they cannot be written.
	"""
	left = []
	try:
		folder.mkdir(parents=True, exist_ok=True)
		for draft in found:
			path = folder / draft.file_name
			if not path.exists():
				path.write_bytes(draft.content())
			elif path.samefile(source):
				raise Unreadable(
					f"A draft would take the place of {source}: name another folder with --into."
				)
			elif path.read_bytes() != draft.content():
				left.append(draft.file_name)
	except OSError as problem:
		raise Unreadable(f"{folder}: the drafts cannot be written: {problem.strerror}.") from None
	return left


def caution(draft: Draft) -> str:
	"""What to look at before a note goes out, which was written for two days after the information."""
	return (
		", so change “two days ago”" if draft.days > DAYS_IN_THE_TEXT + 2 else ""
	)  # a weekend may lie between


def _draft(entry: Entry, due: Due, sender: Sender, names: set[str]) -> Draft:
	template = _template(due.row.email_template or "", entry.language)
	values = {
		"lead_name": entry.lead_name or entry.company_name or entry.email_id,
		"company": sender.company,
		"sender_phone": sender.phone,
		"agent_name": entry.agent,
		"company_name": entry.company_name,
		"interest": entry.interest,
		"lead_number": entry.number,
	}
	subject = " ".join(
		filter(None, [render(template["subject"], values), entry.number and f"[{entry.number}]"])
	)
	body = plain_text(template["response_html"], values)
	return Draft(entry, _file_name(entry, due.action == SEND, names), subject, body)


def _template(name: str, language: str) -> Mapping[str, str]:
	"""The template in the language of the prospect where it is translated."""
	wanted = language_code(language)
	own = {
		row.get("prospect_language"): row
		for row in email_templates()
		if row.get("prospect_translation_of") == name
	}
	if wanted in own:
		return own[wanted]
	for row in email_templates():
		if row["name"] == name:
			return row
	raise Unreadable(f"The procedure names the e-mail template “{name}”, which does not ship with this tool.")


def language_code(said: str) -> str:
	"""`de` for de, de-DE, German and Deutsch; empty for what is not known."""
	word = plain(said).split(" ")[0]
	return next((code for code, names in LANGUAGES.items() if word == code or word in names.split()), "")


def render(template: str, values: Mapping[str, str]) -> str:
	"""A template with its values in the places of {{ … }}; {% if … %} shows a part when its value is not empty.

	What a value says is text, never a template.
	"""
	said: list[str] = []
	shown = [True]
	at = 0
	for tag in TAG.finditer(template):
		said.append(template[at : tag.start()] if all(shown) else "")
		at = tag.end()
		word = tag[1] or ""
		if word.startswith("if"):
			shown.append(bool(values.get(word.split()[1])))
		elif word == "else" and len(shown) > 1:
			shown[-1] = not shown[-1]
		elif word == "endif" and len(shown) > 1:
			shown.pop()
		elif tag[2] and all(shown):
			said.append(values.get(tag[2]) or "")
	said.append(template[at:])
	return "".join(said)


def plain_text(template: str, values: Mapping[str, str]) -> str:
	"""An HTML template as plain text."""
	rendered = render(template, {name: html.escape(value) for name, value in values.items()})
	lines = re.sub(r"\s*<br\s*/?>\s*", "\n", re.sub(r"\s*</p>\s*", "\n\n", rendered))
	return html.unescape(re.sub(r"<[^>]*>", "", lines)).strip() + "\n"


def _file_name(entry: Entry, mail: bool, names: set[str]) -> str:
	"""A name that is safe on every system, whatever the number in the list is."""
	stem = re.sub(r"[^A-Za-z0-9-]+", "_", entry.called)[:60].strip("_-") or f"row_{entry.line}"
	if stem.casefold() in names:
		stem = f"{stem}_row_{entry.line}"
	names.add(stem.casefold())
	return f"{stem}{'.eml' if mail else '.txt'}"


def _mail(draft: Draft) -> bytes:
	mail = EmailMessage(policy=SMTP)
	mail["Subject"] = draft.subject
	try:
		mail["To"] = draft.entry.email_id
	except (MessageError, ValueError):
		mail["Comments"] = "The address in the list cannot be written to"
	mail["X-Unsent"] = "1"  # mail programs open it as a draft
	mail.set_content(draft.body)
	return mail.as_bytes()


def _message(draft: Draft) -> str:
	entry = draft.entry
	reach = (
		f"Telephone: {cleaning.spaced(entry.phone)}"
		if entry.phone
		else "There is no e-mail address and no telephone number."
	)
	return f"{entry.called}  {entry.who}\n{reach}\nCall them, or send this as a message:\n\n{draft.body}"
