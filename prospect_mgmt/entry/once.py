"""A request whose answer was lost on its way is sent again: it is done once, and answered as it was then.

Whoever sends it gives it a key of their own; the key is kept with what the request did, in the same transaction.
"""

from __future__ import annotations

import hashlib
import re

import frappe
from frappe import _

KEY = re.compile(r"[A-Za-z0-9-]{16,64}")


def mark(key: str | None, *said) -> str | None:
	"""What is kept of a request: its key, and a fingerprint of what it said. None: it has no key. Raises for one that is none."""
	if not key:
		return None
	if not KEY.fullmatch(key):
		frappe.throw(_("A request key is 16 to 64 letters, digits or hyphens."))
	return f"{key}:{hashlib.sha256(frappe.as_json(said).encode()).hexdigest()[:32]}"


def is_same(kept: str | None, request: str | None) -> bool:
	"""Whether what is kept is of this very request. Raises when its key comes with something else than it said then."""
	if not kept or not request or kept.partition(":")[0] != request.partition(":")[0]:
		return False
	if kept != request:
		frappe.throw(_("It was saved as you first sent it. What you changed since is not in it."))
	return True
