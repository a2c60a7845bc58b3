"""What an enquiry from outside may say: read, cleaned and checked before anything is done with it.

`FIELDS` is what docs/capture.md and the published schema describe. Nothing that arrives makes this raise.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from urllib.parse import urlsplit

from prospect_mgmt.procedure.machine_mail import is_machine_sender

# Fields and how many characters each may have.
FIELDS = {
	"name": 120,
	"first_name": 60,
	"last_name": 60,
	"email": 120,
	"phone": 40,
	"company": 120,
	"interest": 140,
	"message": 10_000,
	"language": 10,
	"source": 140,
	"utm_source": 140,
	"utm_medium": 140,
	"utm_campaign": 140,
	"referrer": 2_000,
	"page": 2_000,
	"channel": 20,
	"consent": 10,
	"consent_text": 2_000,
	"occurred_on": 40,
	"idempotency_key": 100,
}
IN_NAMES = ("name", "first_name", "last_name", "company")  # where < and > become a space
CHANNELS = ("Web", "Chat", "Phone", "WhatsApp", "SMS", "In person", "Email")
YES, NO = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off", ""})
TURN_ROUND = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # the reading direction
UTM, REFERRER = "utm_source", "Referrer"

REQUIRED, INVALID, TOO_LONG, UNKNOWN, NOT_TEXT, MACHINE = (
	"required",
	"invalid",
	"too_long",
	"unknown",
	"not_text",
	"machine",
)
_EMAIL = re.compile(
	r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
	r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])",
	re.IGNORECASE,
)


@dataclass(frozen=True)
class Submission:
	"""An enquiry as it may be used. `occurred_on` carries a zone only when the caller gave one."""

	name: str = ""
	email: str = ""
	phone: str = ""
	company: str = ""
	interest: str = ""
	message: str = ""
	language: str = ""
	source: str = ""
	utm_source: str = ""
	utm_medium: str = ""
	utm_campaign: str = ""
	referrer: str = ""
	page: str = ""
	channel: str = "Web"
	consent: bool = False
	consent_text: str = ""
	occurred_on: datetime | None = None
	idempotency_key: str = ""

	@property
	def digest(self) -> str:
		"""The same for the same enquiry, whatever key it was sent with."""
		values = {**asdict(self), "idempotency_key": ""}
		return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class FieldError:
	"""What is wrong with one field; `limit`: the characters allowed, where that is what is wrong."""

	field: str
	code: str
	limit: int | None = None


def read(fields: Mapping[str, object]) -> tuple[Submission | None, list[FieldError]]:
	"""The enquiry, or everything that is wrong with it, in the order of FIELDS."""
	errors = [FieldError(clean(str(field))[:60], UNKNOWN) for field in fields if field not in FIELDS]
	texts = {}
	for field, limit in FIELDS.items():
		texts[field], code = _text(field, fields.get(field), limit)
		if code:
			errors.append(FieldError(field, code, limit if code == TOO_LONG else None))
	values, wrong = _values(texts)
	known = {error.field for error in errors}
	errors += [FieldError(field, code) for field, code in wrong if field not in known]
	return (None, errors) if errors else (Submission(**values), [])


def _text(field: str, value: object, limit: int) -> tuple[str, str | None]:
	if value is None:
		return "", None
	if isinstance(value, bool):
		value = "true" if value else "false"
	if isinstance(value, int) and abs(value) < 10**39:
		value = str(value)
	if not isinstance(value, str):
		return "", NOT_TEXT
	text = clean(value, lines=field in ("message", "consent_text"))
	if field in IN_NAMES:
		text = " ".join(text.replace("<", " ").replace(">", " ").split())
	return ("", TOO_LONG) if len(text) > limit else (text, None)


def clean(text: str, lines: bool = False) -> str:
	"""Text without what no person types: control characters, halves of characters, what turns the reading round."""
	text = text.replace("\r\n", "\n").replace("\r", "\n")
	kept = (c if _is_typed(c) or (lines and c == "\n") else " " if c in "\n\t" else "" for c in text)
	return "".join(kept).strip()


def _is_typed(letter: str) -> bool:
	return unicodedata.category(letter) not in ("Cc", "Cs", "Cn") and letter not in TURN_ROUND


def _values(texts: dict[str, str]) -> tuple[dict, list[tuple[str, str]]]:
	values = {field: texts[field] for field in FIELDS if field not in ("first_name", "last_name")}
	values["name"] = texts["name"] or f"{texts['first_name']} {texts['last_name']}".strip()
	wrong = []
	if not (values["email"] or values["phone"]):
		wrong.append(("email", REQUIRED))
	if values["email"]:
		values["email"], code = _email(values["email"])
		wrong += [("email", code)] if code else []
	values["channel"], code = _one_of(values["channel"] or "Web", CHANNELS)
	wrong += [("channel", code)] if code else []
	consent = values["consent"].casefold()
	if consent not in YES | NO:
		wrong.append(("consent", INVALID))
	values["consent"] = consent in YES
	values["occurred_on"], code = _moment(values["occurred_on"])
	wrong += [("occurred_on", code)] if code else []
	return values, wrong


def _email(text: str) -> tuple[str, str | None]:
	local, _at, domain = text.rpartition("@")
	try:
		address = f"{local}@{domain.encode('idna').decode()}"
	except UnicodeError:
		return "", INVALID
	if not _EMAIL.fullmatch(address) or len(local) > 64:
		return "", INVALID
	return (address, MACHINE) if is_machine_sender(address) else (address, None)


def _one_of(text: str, allowed: tuple[str, ...]) -> tuple[str, str | None]:
	found = next((value for value in allowed if value.casefold() == text.casefold()), None)
	return (found, None) if found else ("", INVALID)


def _moment(text: str) -> tuple[datetime | None, str | None]:
	if not text:
		return None, None
	try:
		moment = datetime.fromisoformat(text[:-1] + "+00:00" if text[-1] in "zZ" else text)
	except ValueError:
		return None, INVALID
	return (moment, None) if 2000 <= moment.year <= 9000 else (None, INVALID)


# ------------------------------------------------------------- where they came from
def source_of(
	submission: Submission, sources: Iterable[str], rules: Iterable[tuple[str, str, str]], default: str
) -> str:
	"""Which of `sources` an enquiry came from: as the call says, else by (`utm_source` or `Referrer`, value, source) rules.

	A referrer rule holds for the host and what is below it: "facebook.com" for m.facebook.com. Upper and lower case are
	the same. Without a rule, a utm_source that is the name of a source is that source.
	"""
	named = {source.casefold(): source for source in sources}
	if said := named.get(submission.source.casefold()):
		return said
	utm, host = submission.utm_source.casefold(), host_of(submission.referrer)
	for kind, value, source in rules:
		value = value.strip().casefold()
		if kind == UTM and utm and utm == value:
			return source
		if kind == REFERRER and value and (host == value or host.endswith(f".{value}")):
			return source
	return named.get(utm) or default


def split_name(name: str) -> tuple[str | None, str | None]:
	"""(first, last name): the last word is the last name; of one word, the first."""
	words = name.split()
	if len(words) < 2:
		return (words[0] if words else None), None
	return " ".join(words[:-1]), words[-1]


def host_of(address: str) -> str:
	"""The host of a web address, lower case; empty when it has none."""
	try:
		return (urlsplit(address if "//" in address else f"//{address}").hostname or "").casefold()
	except ValueError:
		return ""
