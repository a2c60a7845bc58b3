"""Enquiry forms on the website: Web Forms over Prospect Web Enquiry. Spam is kept out without puzzles.

A form carries the signed moment at which it was opened. Whoever sends it at once, fills the field that nobody sees, or
sends too many from one address is asked to send it again; nobody is let in or turned away in silence.
"""

import hashlib
import hmac
import json

import frappe
from frappe import _
from frappe.utils import cint, cstr
from frappe.utils.password import get_encryption_key
from frappe.website.doctype.web_form import web_form as frappes_door

from prospect_mgmt import api, capture, named_locks
from prospect_mgmt.procedure import capturing

DOCTYPE = "Prospect Web Enquiry"
SETTINGS, FIELD = "Prospect Management Settings", "consent"
# Fields of the form, and what they are called where enquiries from outside are read.
NAMES = {
	"person_name": "name",
	"company_name": "company",
	"email": "email",
	"telephone": "phone",
	"interest": "interest",
	"message": "message",
}
FROM_PAGE = ("page", "referrer", "language", "utm_source", "utm_medium", "utm_campaign")
OPEN_FOR = 24 * 3600  # seconds a page may stay open before it is sent


@frappe.whitelist(allow_guest=True, methods=["POST"])
def begin() -> str:
	"""The signed moment at which a form is opened; it is also the idempotency key of what is sent with it."""
	_check_limit("opened", 20 * _limit())
	return sign(f"{_now()}-{frappe.generate_hash(length=12)}")


@frappe.whitelist(allow_guest=True, methods=["POST"])
def accept(web_form: object = None, data: object = None):
	"""Stands in for Frappe's door of every Web Form: what is no form of ours is refused in words, not as a fault of the server."""
	if not isinstance(web_form, str):
		_refuse_unreadable()
	if frappe.db.get_value("Web Form", web_form, "doc_type") == DOCTYPE:
		data = _as_sent(data)
	return frappes_door.accept(web_form, data)


def _as_sent(data: object) -> str:
	"""The fields of a form, each with one plain value, as Frappe reads them."""
	try:
		fields = json.loads(data) if isinstance(data, str) else data
	except (ValueError, RecursionError):
		fields = None
	if not isinstance(fields, dict) or any(isinstance(value, list | dict) for value in fields.values()):
		_refuse_unreadable()
	return json.dumps(fields)


def _refuse_unreadable() -> None:
	frappe.throw(_("What was sent is no filled-in form. Please open the form again."))


def sign(text: str) -> str:
	"""A text that shows when it was changed."""
	key = get_encryption_key().encode()
	return f"{text}-{hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]}"


def _now() -> int:
	return int(frappe.utils.now_datetime().timestamp())


def refuse() -> None:
	"""What was written in a form can be read, changed and deleted by nobody here."""
	raise frappe.PermissionError


def hand_in(enquiry) -> None:
	"""Take in what was written in a Web Form; sets its `lead_number`. Raises ValidationError in the visitor's words.

	The number tells nobody whether we know the person: see `capture`.
	"""
	form = _form()
	origin = _origin(enquiry)
	if language := _language(origin.get("language")):
		frappe.local.lang = language
	_check_limit("sent", _limit())
	_check_person(enquiry, cstr(origin.get("token")))
	submission = _read(enquiry, form, origin)
	try:
		taken = capture.take(submission, frappe.session.user, from_web_form=True)
	except capture.KeyUsed:
		frappe.throw(_("This form was sent already. Please open it again for another enquiry."))
	except named_locks.Busy:
		frappe.throw(_("Please send it again in a moment."))
	if not taken.told:
		frappe.msgprint(_("We have your enquiry and will write to you."))
	enquiry.lead_number = taken.told


def _form():
	"""The form it was written in. It is the only way in."""
	name = cstr(frappe.form_dict.get("web_form"))
	if not frappe.flags.in_web_form or not frappe.db.get_value("Web Form", name, "published"):
		raise frappe.PermissionError
	return frappe.get_cached_doc("Web Form", name)


def _origin(enquiry) -> dict:
	try:
		origin = json.loads(cstr(enquiry.origin) or "{}")
	except (ValueError, RecursionError):
		origin = {}
	return origin if isinstance(origin, dict) else {}


def _language(code) -> str | None:
	return code if isinstance(code, str) and code and frappe.db.exists("Language", code) else None


# ------------------------------------------------------------- spam
def _limit() -> int:
	return cint(frappe.get_cached_doc(SETTINGS).form_limit)


def _check_limit(what: str, limit: int) -> None:
	"""So many an hour from one address on the internet. Raises RateLimitExceededError (429)."""
	if not limit:
		return
	address = cstr(frappe.local.request_ip)
	if api.count(f"prospect_form_{what}:{address}", 3600) > limit:
		frappe.throw(
			_("Many enquiries came from your network. Please write again in an hour, or ring us."),
			frappe.RateLimitExceededError,
		)


def _check_person(enquiry, token: str) -> None:
	opened = token.split("-")[0]
	if not opened.isdecimal() or not hmac.compare_digest(
		token.encode(), sign(token.rpartition("-")[0]).encode()
	):
		frappe.throw(_("Please open the form again: it could not be seen when it was opened."))
	seconds = _now() - int(opened)
	if seconds > OPEN_FOR:
		frappe.throw(_("The form was open for a long time. Please open it again."))
	if enquiry.website or seconds < cint(frappe.get_cached_doc(SETTINGS).form_seconds):
		frappe.throw(_("That was very quick. Please look at what you wrote and send it once more."))


# ------------------------------------------------------------- what was written
def _read(enquiry, form, origin: dict) -> capturing.Submission:
	fields = {field: enquiry.get(name) or None for name, field in NAMES.items()}
	fields |= {name: origin.get(name) for name in FROM_PAGE if isinstance(origin.get(name), str)}
	fields |= {"consent": bool(cint(enquiry.consent)), "consent_text": _consent_text(form)}
	submission, errors = capturing.read({**fields, "idempotency_key": origin["token"]})
	if not errors:
		errors = capture.check(submission)
	if errors:
		_throw(form, errors)
	return submission


def _consent_text(form) -> str | None:
	"""What they agreed to, as the form says it in their language."""
	for row in form.web_form_fields:
		if row.fieldname == FIELD:
			return "\n".join(_(text) for text in (row.label, row.description) if text)
	return None


def _throw(form, errors: list[capturing.FieldError]) -> None:
	labels = {NAMES.get(row.fieldname): _(row.label) for row in form.web_form_fields}
	lines = []
	for error in errors:
		text = api.error_text(error, labels.get(error.field))
		label = frappe.utils.escape_html(labels.get(error.field) or error.field)
		lines.append(text if error.code in (capturing.REQUIRED, capturing.MACHINE) else f"{label}: {text}")
	frappe.throw("<br>".join(lines), title=_("Please look again"))
