"""A clear refusal on an unsupported Frappe or ERPNext, before anything is changed."""

from __future__ import annotations

import erpnext
import frappe

from prospect_mgmt.compat import SUPPORTED, major


class UnsupportedVersion(frappe.ValidationError):
	"""This Frappe or ERPNext is not one the app was made for."""


def check(versions: dict[str, str] | None = None) -> None:
	"""Raises UnsupportedVersion unless Frappe and ERPNext are of a supported major version."""
	found = versions or {"Frappe": frappe.__version__, "ERPNext": erpnext.__version__}
	wrong = [f"{name} {version}" for name, version in found.items() if major(version) not in SUPPORTED]
	if wrong:
		supported = " or ".join(str(v) for v in SUPPORTED)
		raise UnsupportedVersion(
			f"Prospect Management needs Frappe and ERPNext {supported}; this site has {', '.join(wrong)}. Nothing was changed."
		)
