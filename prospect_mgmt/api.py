"""What other systems call. One documented method: docs/capture.md."""

import json

import frappe
from frappe import _
from frappe.utils import cint

from prospect_mgmt import capture as capturing_on_site
from prospect_mgmt.procedure import capturing
from prospect_mgmt.procedure.capturing import FieldError

ROLE = "Prospect Capture"
METHOD = "prospect_mgmt.api.capture"
PATHS = frozenset({f"/api/method/{METHOD}", f"/api/v1/method/{METHOD}"})
# Those of the website's forms, which anybody can call.
OPEN_METHODS = ("prospect_mgmt.webform.begin", "frappe.website.doctype.web_form.web_form.accept")
OPEN_PATHS = frozenset(f"/api/{way}method/{method}" for way in ("", "v1/") for method in OPEN_METHODS)
AUTOMATIC = frozenset({"All", "Guest"})  # roles that every user has
OUTCOMES = {
	"New lead": "new_lead",
	"Answer": "answer",
	"New enquiry": "new_enquiry",
	"Not enrolled": "known",
}


@frappe.whitelist(methods=["POST"])
def capture(**fields):
	"""Take an enquiry in, for a user with the role Prospect Capture; see docs/capture.md for the fields and answers.

	Every field is checked here and answered for in one structure, so no argument is typed.
	"""
	frappe.only_for(ROLE)
	_check_limit()
	fields.pop("cmd", None)
	fields.setdefault("idempotency_key", frappe.get_request_header("Idempotency-Key"))
	submission, errors = capturing.read(fields)
	errors = errors or capturing_on_site.check(submission)
	if errors:
		return _answer(422, "refused", errors=[_error(error) for error in errors])
	try:
		taken = capturing_on_site.take(submission, frappe.session.user)
	except capturing_on_site.KeyUsed:
		error = {
			"field": "idempotency_key",
			"code": "used",
			"message": _("This key was used for another enquiry."),
		}
		return _answer(409, "refused", errors=[error])
	except capturing_on_site.Busy:
		return _answer(503, "busy", message=_("Send it again in a moment, with the same idempotency key."))
	if taken.status != "Done":
		return _answer(202, "kept", reference=taken.name, message=_("It is kept and will be taken in."))
	outcome = OUTCOMES[taken.verdict]
	return _answer(200, "taken", lead=taken.lead, entry=taken.entry, outcome=outcome, repeated=taken.repeated)


def _answer(http_status: int, status: str, **values) -> dict:
	frappe.clear_messages()
	frappe.local.response["http_status_code"] = http_status
	return {"status": status, **values}


def _error(error: FieldError) -> dict:
	return {"field": error.field, "code": error.code, "message": error_text(error)}


def error_text(error: FieldError, label: str | None = None) -> str:
	"""What is wrong with a field, in words; `label` is what the field is called where it was written."""
	return {
		capturing.REQUIRED: _("Give an e-mail address or a telephone number."),
		capturing.INVALID: _("This cannot be used as {0}.").format(label or error.field),
		capturing.TOO_LONG: _("At most {0} characters.").format(error.limit),
		capturing.UNKNOWN: _("There is no such field."),
		capturing.NOT_TEXT: _("Give text."),
		capturing.MACHINE: _("This address belongs to a machine, not to a person."),
	}[error.code]


def _check_limit() -> None:
	"""So many calls a minute from one key. Raises RateLimitExceededError (429)."""
	limit = cint(frappe.get_cached_doc("Prospect Management Settings").capture_limit) or 60
	if count(f"prospect_capture:{frappe.session.user}", 60) > limit:
		frappe.throw(
			_("More than {0} enquiries in a minute: send the rest later.").format(limit),
			frappe.RateLimitExceededError,
		)


def count(what: str, seconds: int) -> int:
	"""How often this was counted in the running minute, hour … (a window of `seconds`), this time included."""
	window = int(frappe.utils.now_datetime().timestamp() // seconds)
	key = frappe.cache.make_key(f"{what}:{window}")
	counted = frappe.cache.incrby(key, 1)
	frappe.cache.expire(key, 2 * seconds)
	return counted


# ------------------------------------------------------------- hooks of every request
def confine() -> None:
	"""`auth_hooks`: a key whose only role is Prospect Capture can call `capture`, and nothing else at all."""
	path = frappe.request.path.rstrip("/")
	if _is_door(frappe.session.user):
		if path not in PATHS or frappe.form_dict.get("cmd") not in (None, METHOD):
			raise frappe.PermissionError
	elif path not in OPEN_PATHS:
		return
	_spare_frappe(frappe.form_dict)


def _spare_frappe(fields: dict) -> None:
	"""What Frappe stumbles over before any app is asked: its own argument `fn`, and JSON nested too deeply to be read."""
	if "fn" in fields:
		fields["fn "] = fields.pop("fn")
	for name, value in fields.items():
		try:
			json.loads(value) if isinstance(value, str) else None
		except RecursionError:
			fields[name] = ""
		except ValueError:
			continue  # most texts are no JSON


def _is_door(user: str | None) -> bool:
	if not user or user in ("Guest", "Administrator"):
		return False
	roles = set(frappe.get_roles(user))
	return ROLE in roles and roles <= AUTOMATIC | {ROLE}


def answer_malformed(response=None, request=None) -> None:
	"""`after_request`: JSON that is no object fails before any app is asked; it is answered for like a field."""
	path = request.path.rstrip("/")
	if not response or path not in PATHS | OPEN_PATHS or response.status_code not in (417, 500):
		return
	if not request.is_json or _is_object(request.get_data(as_text=True)):
		return  # a form is always one: what went wrong with it was our fault
	error = {"field": "", "code": capturing.INVALID, "message": "The body is not a JSON object."}
	response.status_code = 400
	response.data = json.dumps({"message": {"status": "refused", "errors": [error]}})


def _is_object(body: str) -> bool:
	try:
		return isinstance(json.loads(body), dict)
	except (ValueError, RecursionError):
		return False
