"""Opportunity: marked lost, its reason becomes the objection."""

from __future__ import annotations

from prospect_mgmt.entry import start
from prospect_mgmt.signals import signal
from prospect_mgmt.signals.quotation import take_objection


@signal
def on_change(doc, method=None):
	"""Lost with reasons: the enquiry hears why."""
	if doc.status != "Lost" or not doc.get("lead_number"):
		return
	if entry := start.open_entry(doc.lead_number):
		take_objection(
			entry, [row.lost_reason for row in doc.get("lost_reasons") or []], doc.get("order_lost_reason")
		)
