"""What the ledger and the tasks say, in the reader's language.

`procedure` writes a reason as plain English with moments as 2026-06-13 09:00, so that it is the same fact for everybody;
who reads it sees their own words, time zone and format. What an admin or an error wrote is shown as it is.
"""

import re

from frappe import _, _lt

from prospect_mgmt import own_time

MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
# As `procedure.steps` and `procedure.firing` write them.
KNOWN = (
	_lt("the entry was closed"),
	_lt("stage left: {0}"),
	_lt("it no longer applies"),
	_lt("counted again from {0}"),
	_lt("they answered on {0}"),
	_lt("its time had passed before the stage was entered"),
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
	_lt("done"),
	_lt("failed, will be tried again: {0}"),
	# As `importing.building` writes them.
	_lt("its time had passed before the import"),
	_lt("supervisors were told once for the whole import"),
	_lt("shown on the worklist; nobody was alerted by the import"),
)
PATTERNS = [(re.compile(re.escape(known.msg).replace(r"\{0\}", "(.+)")), known.msg) for known in KNOWN]


def in_words(reason: str | None) -> str:
	"""A reason of the ledger as its reader understands it; "" for none."""
	for pattern, template in PATTERNS:
		if found := pattern.fullmatch(reason or ""):
			return _(template).format(*(_value(text) for text in found.groups()))
	return reason or ""


def task_in_words(task: str | None) -> str:
	"""The task of an entry (a step's title, then its instruction) as its reader understands it."""
	return "\n".join(_(line) for line in (task or "").split("\n"))


def _value(text: str) -> str:
	return own_time.shown(text) if MOMENT.fullmatch(text) else _(text)
