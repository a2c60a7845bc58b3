"""Who reads what is written: their language and their clock, wherever the writing is done."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.translate import get_user_lang

from prospect_mgmt import compat

PLAIN = "en"


@contextmanager
def in_words_of(user: str) -> Iterator[None]:
	"""What is put into words here is for this user: in their language, its moments by their clock (`own_time.shown`)."""
	with in_language(get_user_lang(user)), compat.as_user(user):
		yield


@contextmanager
def in_language(language: str) -> Iterator[None]:
	"""What is put into words here is in this language. (Frappe's `print_language` leaves it behind when something raises.)"""
	kept, frappe.local.lang = frappe.local.lang, language
	try:
		yield
	finally:
		frappe.local.lang = kept
