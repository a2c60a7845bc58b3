"""What people typed, as they typed it."""

from __future__ import annotations


def as_typed(text: str | None) -> str:
	"""A stored text as plain text, for whoever escapes it when it is shown, or shows no HTML.

	Frappe keeps a text that looks like HTML with `&lt;` for each tag that it does not let through. Not `html.unescape`: that
	takes "&copy=1" of a link for a sign, too.
	"""
	text = text or ""
	for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
		text = text.replace(entity, sign)
	return text
