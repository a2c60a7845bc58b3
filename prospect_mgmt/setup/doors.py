"""What enquiries from outside need on a site: the role of a key, the form, and by what their source is recognised."""

from __future__ import annotations

import json
from pathlib import Path

import frappe

from prospect_mgmt import compat
from prospect_mgmt.setup import created

ROLE = "Prospect Capture"
FORM = Path(__file__).parent / "shipped" / "enquiry_form.json"
SETTINGS = "Prospect Management Settings"
RULES = (
	("utm_source", "facebook", "Facebook"),
	("utm_source", "fb", "Facebook"),
	("utm_source", "instagram", "Facebook"),
	("Referrer", "facebook.com", "Facebook"),
	("Referrer", "instagram.com", "Facebook"),
	("utm_source", "twitter", "Twitter"),
	("utm_source", "x", "Twitter"),
	("Referrer", "twitter.com", "Twitter"),
	("Referrer", "x.com", "Twitter"),
	("Referrer", "t.co", "Twitter"),
)


def create() -> None:
	"""Create the role and the form when they are missing and, once, the rules."""
	created.create("Role", ROLE, {"role_name": ROLE, "desk_access": 0})
	form = json.loads(FORM.read_text())
	created.create("Web Form", form["route"], form)  # not published: an admin opens the door
	if ["Prospect Source Rule", "shipped"] in created.remembered():
		return
	settings = frappe.get_doc(SETTINGS)
	for matches, value, source in RULES:
		if frappe.db.exists(compat.source_doctype(), source):
			settings.append("source_rules", {"matches": matches, "value": value, "source": source})
	settings.flags.ignore_permissions = True  # installing is not a person
	settings.save()
	created.remember("Prospect Source Rule", "shipped")
