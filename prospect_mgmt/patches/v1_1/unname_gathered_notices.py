"""Notifications that gather several enquiries list them by number: whoever is made nobody is not looked for in them."""

import frappe


def execute():
	"""Take the names out of those written before; run twice it changes nothing."""
	frappe.db.sql(LISTED)


# "<li>WEB-0002 Petra Muster</li>" and, in bold, "WEB-0006 Petra Muster and 2 more", in whatever language.
LISTED = """
	UPDATE `tabNotification Log`
	SET subject = REGEXP_REPLACE(subject, '<b>([^ <]+) [^<]*</b>', '<b>\\\\1 …</b>'),
		email_content = REGEXP_REPLACE(email_content, '<li>([^ <]+) [^<]*</li>', '<li>\\\\1</li>')
	WHERE COALESCE(prospect_news, '') != '' AND email_content LIKE '%<li>%'
		AND email_content NOT LIKE '%<li><a %'
"""
