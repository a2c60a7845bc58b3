"""What people did to an entry or a lead, on its timeline: kept in plain English, said to each reader in their own words.

Frappe shows its comments to everybody as they were written; these are of a kind that it leaves to others to show.
"""

from __future__ import annotations

import html

import frappe
from frappe.utils import escape_html, get_fullname

from prospect_mgmt.reasons import in_words

KIND = "Bot"


def note(doc, text, *values: str) -> None:
	"""Keep that something was done now, by whoever is acting. `text`: marked by `_lt`, and one of `reasons.NOTES`."""
	doc.add_comment(KIND, escape_html(text.msg.format(*values)))


def contents(doctype: str, name: str) -> list[dict]:
	"""Hook `additional_timeline_content`: the notes of a document that its reader may see, as they read them."""
	notes = frappe.get_all(
		"Comment",
		{"reference_doctype": doctype, "reference_name": name, "comment_type": KIND},
		["creation", "owner", "content"],
		order_by="creation",
	)
	return [{"creation": row.creation, "content": _shown(row)} for row in notes]


def _shown(row) -> str:
	said = in_words(html.unescape(row.content or ""))
	return f"<b>{escape_html(get_fullname(row.owner))}</b> {escape_html(said)}"
