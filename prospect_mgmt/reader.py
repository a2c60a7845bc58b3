"""Who reads what is written: their language and their clock, wherever the writing is done."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe

from prospect_mgmt import compat

PLAIN = "en"


@contextmanager
def in_words_of(user: str) -> Iterator[None]:
	"""What is put into words here is for this user: in their language, its moments by their clock (`own_time.shown`)."""
	with in_language(language_of(user)), compat.as_user(user):
		yield


def language_of(user: str) -> str:
	"""A user's own language, else the site's; never that of whoever writes. (Frappe's `get_user_lang` would take that.)"""
	return frappe.get_cached_value("User", user, "language") or frappe.db.get_default("lang") or PLAIN


@contextmanager
def in_language(language: str) -> Iterator[None]:
	"""What is put into words here is in this language. (Frappe's `print_language` leaves it behind when something raises.)"""
	kept = frappe.local.lang, frappe.local.jenv
	frappe.local.lang, frappe.local.jenv = language, None  # templates know the language they were made for
	try:
		yield
	finally:
		frappe.local.lang, frappe.local.jenv = kept
