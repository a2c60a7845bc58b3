"""What the rules and the tool say to people: English text that remembers what it was made of, so that a site can say it in another language.

`_lt` marks such a text for Frappe's translation tools, as Frappe's own `_lt` does; here it needs no Frappe.
"""

from __future__ import annotations

from collections.abc import Callable


class Said(str):
	"""A text; `template` and `values` are what it was made of."""

	template: str
	values: tuple = ()

	def format(self, *values: object) -> Said:
		"""The text with its {0}, {1} … filled in; a value may be a Said itself."""
		made = Said(str.format(self, *values))
		made.template, made.values = str(self), values
		return made


_lt = Said


def in_words(text: object, translate: Callable[[str], str]) -> object:
	"""A text in another language, as far as it is a Said; else what was given."""
	if not isinstance(text, Said):
		return text
	if not text.values:
		return translate(str(text))
	return translate(text.template).format(*(in_words(value, translate) for value in text.values))
