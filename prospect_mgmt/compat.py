"""The few places where Frappe and ERPNext 15 and 16 differ, or where their public interface does not reach."""

from __future__ import annotations

from contextlib import contextmanager

import frappe
from frappe.utils import cint, cstr, parse_addr

from prospect_mgmt.procedure import delivery_report
from prospect_mgmt.procedure.machine_mail import RELEVANT_HEADERS

SUPPORTED = (15, 16)  # major versions of Frappe and ERPNext


def major(version: str) -> int:
	"""The major version in a version string: "15.44.2" → 15."""
	return cint(version.split(".", 1)[0])


def source_doctype() -> str:
	"""Where leads come from: Lead Source on 15, UTM Source on 16."""
	return "Lead Source" if frappe.db.exists("DocType", "Lead Source") else "UTM Source"


def source_field(doctype: str = "Lead") -> str:
	"""The field that holds it: `source` on 15, `utm_source` on 16."""
	return "source" if frappe.get_meta(doctype).has_field("source") else "utm_source"


def lead_source(lead) -> str | None:
	"""Where this lead came from, whatever the field is called."""
	return lead.get("source") or lead.get("utm_source")


def make_source(name: str) -> None:
	"""Create a source unless it exists."""
	doctype = source_doctype()
	if not frappe.db.exists(doctype, name):
		doc = frappe.new_doc(doctype)
		doc.update({"source_name": name, "__newname": name})
		doc.insert(ignore_permissions=True, set_name=name)


@contextmanager
def as_user(user: str):
	"""Act as a user and leave the session of the real one untouched.

	`frappe.set_user` would also throw away the session's ID and the form of the running request.
	"""
	session, kept = frappe.local.session, (frappe.local.session.user, frappe.local.user_perms)
	session.user, frappe.local.user_perms = user, None
	try:
		yield kept[0]
	finally:
		session.user, frappe.local.user_perms = kept


def as_administrator():
	"""Act as Administrator; as `as_user`."""
	return as_user("Administrator")


WORKFLOW_ACTIONS = "frappe.workflow.doctype.workflow_action.workflow_action.process_workflow_actions"
ASSIGNMENT_RULES = "frappe.automation.doctype.assignment_rule.assignment_rule.apply"


@contextmanager
def without(*handlers: str):
	"""Save without some of the handlers that Frappe runs for every document, where it is known that they find nothing.

	Workflow Action rows alone are looked for with ten queries at each save.
	"""
	hooks = frappe.get_doc_hooks()
	on_update = [handler for handler in hooks["*"]["on_update"] if handler not in handlers]
	frappe.local.doc_events_hooks = {**hooks, "*": {**hooks["*"], "on_update": on_update}}
	try:
		yield
	finally:
		frappe.local.doc_events_hooks = hooks


def keep_mail_headers() -> None:
	"""Let inbound mail keep the headers that tell a machine's mail from a person's, and bounces find their lead.

	Headers reach no hook: `InboundMail.as_dict`, which becomes the Communication, is the one place where they can be had.
	"""
	from frappe.email.receive import InboundMail

	if getattr(InboundMail.as_dict, "keeps_headers", False):
		return
	original = InboundMail.as_dict

	def as_dict(self):
		report = delivery_report.read(self.mail)
		_thread(self.mail, report)
		_find_sender(self)
		# The subject too: Frappe keeps only the first of its encoded parts ("Réponse" of "Réponse automatique").
		wanted = (*RELEVANT_HEADERS, "Subject", "In-Reply-To")
		headers = {h: str(self.mail[h])[:500] for h in wanted if self.mail.get(h) is not None}
		# The lead that Frappe may make of it comes before the Communication. A form on a website, which writes for a
		# visitor, names them in Reply-To: the lead is of that address then, and not of the machine's.
		sender = parse_addr(cstr(self.mail["From"]))[1]
		frappe.flags.prospect_mail = frappe._dict(sender=sender, headers={**report, **headers})
		return {**original(self), "prospect_mail_headers": frappe.as_json({**report, **headers})}

	as_dict.keeps_headers = True
	InboundMail.as_dict = as_dict


def leave_assignments_to_us() -> None:
	"""Of an entry that is assigned in Frappe's own way we tell (`people`), as the user chose; Frappe would besides, by mail at once."""
	from frappe.desk.form import assign_to

	if getattr(assign_to.notify_assignment, "leaves_entries", False):
		return
	original = assign_to.notify_assignment

	def notify_assignment(assigned_by, allocated_to, doc_type, doc_name, *args, **kwargs):
		if doc_type != "Prospect List Entry":
			original(assigned_by, allocated_to, doc_type, doc_name, *args, **kwargs)

	notify_assignment.leaves_entries = True
	assign_to.notify_assignment = notify_assignment


def _thread(mail, report: dict[str, str]) -> None:
	"""A delivery report without In-Reply-To names our mail in the copy it returns: without this it would make a lead."""
	if report.get("Message-ID") and not mail.get("In-Reply-To"):
		mail["In-Reply-To"] = report["Message-ID"]


def _find_sender(mail) -> None:
	"""A mail that answers nothing of ours would make a lead: somebody known already keeps theirs.

	Left to itself, ERPNext would insert one, meet the address and give up: a number and a Contact are left behind.
	"""
	from prospect_mgmt import capture, duplicates
	from prospect_mgmt.procedure.matching import Person

	append_to = mail.append_to if mail.email_account.use_imap else mail.email_account.append_to
	try:
		if append_to == "Lead" and not mail.reference_document():
			person = Person(email=mail.from_email)
			capture.alone_until_commit(person)
			lead = duplicates.known(person)
			mail._reference_document = frappe.get_doc("Lead", lead) if lead else ""
	except Exception:
		frappe.log_error("The sender of a mail could not be looked for")  # law 8: the mail is kept
