"""What the ledger and the tasks say, in the reader's language.

A reason is stored as plain English with moments as 2026-06-13 09:00 and users by their ID, whoever was at work, so that it
is the same fact for everybody; who reads it sees their own words, time zone and format, and full names. What an admin or an
error wrote is shown as it is.
"""

import re

import frappe
from frappe import _, _lt
from frappe.utils import get_fullname, strip_html

from prospect_mgmt import own_time
from prospect_mgmt.procedure import reason_kinds, saying


class PlainError(frappe.ValidationError):
	"""What went wrong, in the words of whoever it happens to; `plain` is what the ledger keeps of it.

	`text`: marked by `_lt`, and one of KNOWN.
	"""

	def __init__(self, text, *values):
		super().__init__(str(text).format(*values))
		self.plain = text.msg.format(*values)


_ENDS_A_LINE = re.compile(r"</?(?:br|p|div|li|tr|td|h\d)\b", re.IGNORECASE)


def of_error(error: Exception) -> str:
	"""What went wrong, as one line of plain text: what the error says, without its HTML, else its kind."""
	apart = _ENDS_A_LINE.sub(r" \g<0>", str(error))
	return getattr(error, "plain", None) or " ".join(strip_html(apart).split()) or type(error).__name__


MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
# As `procedure.steps` and `procedure.firing` write them.
KNOWN = (
	_lt("the entry was closed"),
	_lt("stage left: {0}"),
	_lt("it no longer applies"),
	_lt("counted again from {0}"),
	_lt("they answered on {0}"),
	_lt("an attempt was made on {0}"),
	_lt("its time had passed before the stage was entered"),
	_lt("another time was chosen: {0}"),
	_lt("a step is planned again"),
	_lt("they were reached"),
	_lt("their answer was answered"),
	_lt("an agent was assigned"),
	_lt("there was contact before the agreed time, or it was given up"),
	_lt("it was acknowledged"),
	_lt("their questions were answered"),
	_lt("they asked not to be contacted"),
	_lt("they unsubscribed from mail"),
	_lt("enrolled together with many others: no alert for each"),
	_lt("mail to them came back: call or message instead"),
	_lt("they have no e-mail address: call or message instead"),
	_lt("held: the list is switched off"),
	_lt("held: paused until {0}"),
	_lt("held: all mail is stopped"),
	_lt("held: outside sending hours, until {0}"),
	_lt("held: waits for “{0}”"),
	# As `sweep` writes them.
	_lt("done"),
	_lt("failed, will be tried again: {0}"),
	_lt("held: the procedure of the list cannot be read"),
	_lt("at least {0} h after “{1}”"),
	_lt("The E-mail Template {0} cannot be rendered: {1}"),
	_lt(
		"The Workflow has no action “{0}” in the stage {1}: an admin can add it there, or change the procedure."
	),
	# As `mail` writes them, when a step could not send one.
	_lt("{0} has no e-mail address."),
	_lt("“{0}” is not an e-mail address that mail can be sent to."),
	_lt("All mail to prospects is stopped: an admin can switch it on again in Prospect Management Settings."),
	_lt("They asked not to be contacted."),
	_lt("They asked not to be contacted, as the lead {0} says."),
	_lt("They unsubscribed from mail."),
	_lt("No outgoing e-mail account: set one up, or name one on the list {0}."),
	_lt("The e-mail account {0} does not send: switch on Enable Outgoing there."),
	_lt("The mail system took no mail for {0}: unsubscribed, or not a valid address."),
	# As `entry` writes them: why a stage was left or an entry is paused.
	_lt("moved to the list {0}"),
	_lt("Enrolled", context="Prospect Enrolment"),
	_lt("Workflow action"),
	_lt("They have no telephone: mail can reach them"),
	_lt("Closed: {0}"),
	_lt("Reopened"),
	_lt("Call: {0}"),
	_lt("They answered"),
	_lt("Information sent"),
	_lt("Step: {0}"),
	_lt("Sales Invoice {0}"),
	_lt("Merged into {0}"),
	_lt("Agreed in the call"),
	# As `importing.building` writes them.
	_lt("its time had passed before the import"),
	_lt("supervisors were told once for the whole import"),
	_lt("shown on the worklist; nobody was alerted by the import"),
	_lt("Imported from a spreadsheet: {0}"),
	_lt("Agreed, as the spreadsheet says"),
)
# What a person did to a step: who, and why in their own words.
BY_PEOPLE = (
	_lt("cancelled by {0}: {1}"),
	_lt("run now by {0}: {1}"),
	_lt("moved from {2} by {0}: {1}"),
	_lt("put back by {0}"),
	_lt("retried by {0}"),
	_lt("{0} said so"),
)
# What `timeline` keeps, and which of the values are users.
NOTES = (
	(_lt("Handed over from {0} to {1}: {2}"), (0, 1)),
	(_lt("Handed over from {0} to {1}"), (0, 1)),
	(_lt("{0} was merged into this lead by {1}. It said: {2}"), (1,)),
	(_lt("The merge was undone by {0}."), (0,)),
)
NOBODY = _lt("nobody")
# Where a reason holds words of a person or of an error, which may say who a prospect is: {template: which value}.
WORDS = {
	"cancelled by {0}: {1}": 1,
	"run now by {0}: {1}": 1,
	"moved from {2} by {0}: {1}": 1,
	"failed, will be tried again: {0}": 0,
	"The E-mail Template {0} cannot be rendered: {1}": 1,
	"“{0}” is not an e-mail address that mail can be sent to.": 0,
	"The mail system took no mail for {0}: unsubscribed, or not a valid address.": 0,
}


PATTERNS = [(reason_kinds.pattern(known.msg), known) for known in KNOWN]
PATTERNS_OF_NOTES = [(reason_kinds.pattern(known.msg), known.msg, users) for known, users in NOTES]
PATTERNS_BY_PEOPLE = [(reason_kinds.pattern(known.msg), known.msg) for known in BY_PEOPLE]
KINDS = tuple(known.msg for known in (*BY_PEOPLE, *KNOWN))  # in the order in which `in_words` looks
LEFT_OUT = "…"


def in_words(reason: str | None) -> str:
	"""A reason of the ledger as its reader understands it; "" for none."""
	reason = reason or ""
	for pattern, template in PATTERNS_BY_PEOPLE:
		if found := pattern.fullmatch(reason):
			who, *rest = _in_order(found)
			return _(template).format(get_fullname(who), *(_moment(text) for text in rest))
	for pattern, template, users in PATTERNS_OF_NOTES:
		if found := pattern.fullmatch(reason):
			values = enumerate(_in_order(found))
			return _(template).format(*(_person(text) if at in users else text for at, text in values))
	for pattern, known in PATTERNS:
		if found := pattern.fullmatch(reason):
			return str(known).format(*(_value(text) for text in _in_order(found)))
	return reason


def kind_in_words(kind: str) -> str:
	"""A kind of reasons (see `procedure.reason_kinds`) as its reader understands it: whatever differs in them is left out."""
	if kind == reason_kinds.OTHER:
		return _("Another reason: the ledger of each entry has its words")
	return _(kind).format(*[LEFT_OUT] * 3)


def lines_in_words(reasons: str | None) -> str:
	"""Several reasons, one on each line."""
	return "\n".join(in_words(line) for line in (reasons or "").split("\n"))


def without_words(reasons: str, nobody: str) -> str:
	"""One or several reasons as they are stored, without what may say who a prospect is: `nobody` stands in its place.

	What the procedure decided, and who of ours did what, stays; their words go, and so do an error's, which may quote anything.
	"""
	kept = []
	for line in reasons.split("\n"):
		if text := _without_words(line, nobody):
			kept.append(text)
		elif not kept:  # else the words of the line before go on
			kept.append(nobody)
	return "\n".join(kept)


def _without_words(reason: str, nobody: str) -> str | None:
	of_ours = ((pattern, known.msg) for pattern, known in PATTERNS)
	for pattern, template in (*PATTERNS_BY_PEOPLE, *of_ours):
		if found := pattern.fullmatch(reason):
			values = [found.groupdict().get(f"at{number}") for number in range(3)]
			if template in WORDS:
				words = WORDS[template]
				values[words] = _without_words(values[words], nobody) or nobody
			return template.format(*values)
	return None


def _in_order(found: re.Match) -> list[str]:
	return [text for _name, text in sorted(found.groupdict().items())]


def _value(text: str) -> str:
	"""A moment, another reason, or a word of ours."""
	if MOMENT.fullmatch(text):
		return own_time.shown(text)
	said = in_words(text)
	return said if said != text else _(text, context="Prospect List Entry")


def _person(user: str) -> str:
	return str(NOBODY) if user == NOBODY.msg else get_fullname(user)


def _moment(text: str) -> str:
	return own_time.shown(text) if MOMENT.fullmatch(text) else text


def task_in_words(task: str | None) -> str:
	"""The task of an entry (a step's title, then its instruction) as its reader understands it."""
	return "\n".join(_(line) for line in (task or "").split("\n"))


def said(text: object) -> str:
	"""What `procedure` says (a Said, such as the argument of its errors) as its reader understands it."""
	return str(saying.in_words(text, _))
