"""Connections between our records and ERPNext's, on the dashboards of both."""

from __future__ import annotations

from frappe import _


def lead(data: dict) -> dict:
	"""The enquiries and contacts of a Lead, on its form."""
	data.setdefault("transactions", []).append(
		{"label": _("Prospect Management"), "items": ["Prospect List Entry", "Prospect Interaction"]}
	)
	data.setdefault("non_standard_fieldnames", {}).update(
		{"Prospect List Entry": "lead", "Prospect Interaction": "lead"}
	)
	return data


def lead_number(data: dict) -> dict:
	"""The lead a document came from."""
	data.setdefault("internal_links", {})["Lead"] = "lead_number"
	data.setdefault("transactions", []).append({"label": _("Prospect Management"), "items": ["Lead"]})
	return data
