"""Connections between our records and ERPNext's, on the dashboards of both."""

from __future__ import annotations

from frappe import _


def lead(data: dict) -> dict:
	"""The enquiries, contacts and consents of a Lead, on its form."""
	items = ["Prospect List Entry", "Prospect Interaction", "Prospect Consent"]
	data.setdefault("transactions", []).append({"label": _("Prospect Management"), "items": items})
	data.setdefault("non_standard_fieldnames", {}).update(dict.fromkeys(items, "lead"))
	return data


def lead_number(data: dict) -> dict:
	"""The lead a document came from."""
	data.setdefault("internal_links", {})["Lead"] = "lead_number"
	data.setdefault("transactions", []).append({"label": _("Prospect Management"), "items": ["Lead"]})
	return data
