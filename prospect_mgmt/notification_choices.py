"""Which news reach a user, and how: their own choice in Frappe's Notification Settings (the bell, then the wheel)."""

from typing import NamedTuple

import frappe

SETTINGS = "Notification Settings"
BOTH, IN_APP, BY_MAIL, OFF = "In the app and by mail", "In the app", "By mail", "Off"
# Kinds of news; each has a field `prospect_<kind>` in the settings, which describes it.
ASSIGNMENT, ANSWER, REMINDER = "assignment", "answer", "reminder"
APPROACHING, PROMISE, REVIEW = "approaching", "promise", "review"
# For supervisors
UNASSIGNED, TEAM_APPROACHING, TEAM_PROMISE, ALERT = "unassigned", "team_approaching", "team_promise", "alert"
FAILED_STEP, SWEEP, FAULT = "failed_step", "sweep", "fault"


class Channels(NamedTuple):
	in_app: bool
	by_mail: bool


def channels(user: str, kind: str) -> Channels:
	"""How `user` wants to hear of a kind of news; what they never chose is as the field's default says.

	Frappe's own switches stand above ours: notifications off is nothing at all, e-mail notifications off is no mail.
	"""
	fieldname = f"prospect_{kind}"
	fields = ["enabled", "enable_email_notifications", fieldname]
	own = frappe.get_cached_value(SETTINGS, user, fields) or (1, 1, None)
	enabled, mails, choice = own
	choice = choice or frappe.get_meta(SETTINGS).get_field(fieldname).default
	return Channels(
		in_app=bool(enabled) and choice in (BOTH, IN_APP),
		by_mail=bool(enabled and mails) and choice in (BOTH, BY_MAIL),
	)
