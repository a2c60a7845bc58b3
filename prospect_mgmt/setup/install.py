"""What a site gets on install, and again on each migrate where it is missing. What an admin edited stays (law 7)."""

from __future__ import annotations

import json
from pathlib import Path

import frappe

from prospect_mgmt import board, compat, consent
from prospect_mgmt.prospect_mgmt.workflows import installer as workflows
from prospect_mgmt.setup import created, custom_fields, doors, versions

SHIPPED = Path(__file__).parent / "shipped"
SOURCES = ("Website", "Facebook", "Twitter", "Direct Call", "Reference", "Referral", "Exhibition", "Event")
NUMBER_SERIES = json.loads((SHIPPED / "number_series.json").read_text())
INTERESTS = ("Product information", "Quote", "Technical assistance", "Demonstration", "Partnership")
OBJECTIONS = (
	"Price",
	"Chose a competitor",
	"No need at present",
	"No budget",
	"Missing feature",
	"Bad timing",
)
ROLES = ("Prospect Agent",)
PROCEDURE = "Standard Operating Procedure"
FIRST_LIST = "Prospects"


def before_install() -> None:
	"""Refuse an unsupported version before anything is changed."""
	versions.check()
	# Frappe makes the roles that our DocTypes name, before `after_install` could see which were there.
	frappe.flags.prospect_roles = [role for role in ROLES if not frappe.db.exists("Role", role)]


def before_migrate() -> None:
	"""The same before an update."""
	versions.check()


def after_install() -> None:
	"""Everything the procedure needs to run from this minute on."""
	first_time = not created.remembered()
	for role in frappe.flags.prospect_roles or ():
		created.remember("Role", role)
	_create_missing(first_time)
	frappe.clear_cache()


def after_migrate() -> None:
	"""What a newer version of the app ships and this site lacks."""
	_create_missing(first_time=False)


def _create_missing(first_time: bool) -> None:
	custom_fields.create()
	consent.file_mailboxes()
	for interest in INTERESTS if first_time else ():
		created.create("Prospect Interest", interest, {"interest": interest})
	for objection in OBJECTIONS if first_time else ():
		created.create("Opportunity Lost Reason", objection, {"lost_reason": objection})
	if first_time:
		_create_sources()
	_create_email_templates()
	workflows.install()
	_create_procedure()
	if first_time:
		_fill_settings()
	doors.create()
	_create_desk()
	create_first_list()


def _create_sources() -> None:
	doctype = compat.source_doctype()
	for source in SOURCES:
		created.create(doctype, source, {"source_name": source})


def _create_email_templates() -> None:
	for values in json.loads((SHIPPED / "email_templates.json").read_text()):
		language = values.get("prospect_language")
		if not language or frappe.db.exists("Language", language):
			created.create("Email Template", values["name"], {k: v for k, v in values.items() if k != "name"})


def _create_procedure() -> None:
	if frappe.db.count("Prospect Procedure"):
		return  # there is one of an admin's own
	values = json.loads((SHIPPED / "procedure.json").read_text())
	created.create("Prospect Procedure", values["title"], values)


def _create_desk() -> None:
	"""The cards and charts of the workspace, and the board by stage; records that admins may change."""
	for values in json.loads((SHIPPED / "desk.json").read_text()):
		doctype, name = values.pop("doctype"), values.pop("name")
		if doctype == "Kanban Board" and not frappe.db.exists(doctype, name):
			values["columns"] = board.columns()
		created.create(doctype, name, values)


def _fill_settings() -> None:
	settings = frappe.get_doc("Prospect Management Settings")
	settings.number_leads = 1
	settings.default_series = NUMBER_SERIES["default"]
	doctype = compat.source_doctype()
	for source, series in NUMBER_SERIES["by_source"].items():
		if frappe.db.exists(doctype, source):
			settings.append("lead_number_series", {"source": source, "series": series})
	settings.flags.ignore_permissions = True
	settings.save()


def create_first_list(doc=None, method=None) -> None:
	"""A first list, once the site has a Company (the set-up wizard makes it) and as long as there is no list.

	A fault refuses no Company (law 8): it is logged, and the next migrate tries again.
	"""
	frappe.db.savepoint("prospect_first_list")
	try:
		_make_first_list(doc.name if doc else frappe.db.get_value("Company", {}, order_by="creation"))
	except Exception:
		if not doc:
			raise
		frappe.db.rollback(save_point="prospect_first_list")
		frappe.log_error("The first Prospect List could not be made")


def _make_first_list(company: str | None) -> None:
	if not frappe.db.exists("DocType", "Prospect List") or frappe.db.count("Prospect List"):
		return
	if not company or not frappe.db.exists("Prospect Procedure", PROCEDURE):
		return
	values = {
		"title": FIRST_LIST,
		"company": company,
		"procedure": PROCEDURE,
		"enabled": 1,
		"enrol_new_leads": 1,
	}
	if created.create("Prospect List", FIRST_LIST, values):
		frappe.db.set_single_value("Prospect Management Settings", "default_prospect_list", FIRST_LIST)
