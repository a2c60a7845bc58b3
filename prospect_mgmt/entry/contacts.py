"""Interactions: how a fact is kept, and what an entry learns from all of them."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe.utils import now_datetime

from prospect_mgmt.entry import once
from prospect_mgmt.procedure.facts import Contacts, Interaction, asked, fold, their_turns

DOCTYPE = "Prospect Interaction"
# Fields of the entry that are computed from its interactions, by the same name.
COMPUTED = (
	"acknowledged_on",
	"last_contact_on",
	"last_attempt_on",
	"failed_attempt_on",
	"attempts",
	"information_sent_on",
	"last_response_on",
	"waiting_since",
	"responded_on",
	"email_bounced_on",
)


def record(entry, **values):
	"""Keep one contact as it happened and return the Prospect Interaction; it is never edited afterwards.

	`fact_key` ("Communication:ID") makes a fact that comes from a document count once only.
	"""
	doc = _new(entry, **values)
	# Who may see the entry may say what happened; the ledger itself grants nobody the right to write.
	doc.insert(ignore_permissions=True)
	return doc


def record_sent_by_procedure(entry, **values) -> None:
	"""Keep a mail that a step sent: as a row, since nothing in it comes from outside and a document costs 7 ms more."""
	doc = _new(entry, direction="Outgoing", by="Automatic", result="Sent", **values)
	doc.set_user_and_timestamp()
	doc.set_new_name()
	doc.db_insert()
	doc.run_notifications("after_insert")


def _new(entry, **values):
	now = now_datetime()
	doc = frappe.new_doc(DOCTYPE)
	doc.update(
		{
			"entry": entry.name,
			"lead": entry.lead,
			"prospect_list": entry.prospect_list,
			"agent": entry.agent,
			"user": frappe.session.user,
			"by": "Person",
			"occurred_on": now,
			"recorded_on": now,
			"number": frappe.db.count(DOCTYPE, {"entry": entry.name}) + 1,
			**values,
		}
	)
	return doc


def is_recorded(fact_key: str) -> bool:
	"""Whether the fact of this document has been taken in already."""
	return bool(frappe.db.exists(DOCTYPE, {"fact_key": fact_key}))


def of_request(entry, request: str | None):
	"""The contact of an entry (locked) that this very request recorded: {name, reference_name}; None when it is a new one."""
	if not request:
		return None
	table = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(table).select(table.name, table.reference_name, table.request_key)
	# A locking read: what was committed while we waited for the entry is seen.
	rows = query.where(table.entry == entry.name).for_update().run(as_dict=True)
	return next((row for row in rows if once.is_same(row.request_key, request)), None)


def channels_of_latest(entries: list[str]) -> dict[str, str]:
	"""{entry: by which channel they wrote or rang last}, of entries whose prospect did."""
	if not entries:
		return {}
	table, correction = frappe.qb.DocType(DOCTYPE), frappe.qb.DocType(DOCTYPE).as_("correction")
	query = (
		frappe.qb.from_(table)
		.left_join(correction)
		.on(correction.corrects == table.name)
		.select(table.entry, table.channel)
		.where(table.entry.isin(entries) & (table.direction == "Incoming") & (table.by == "Person"))
		.where(correction.name.isnull())
		.orderby(table.occurred_on)
		.orderby(table.number)
	)
	return dict(query.run())


def of_entry(entry: str) -> Contacts:
	"""What the interactions of an entry add up to."""
	return fold(_all_of(entry))


def turns_of(entry: str) -> list[tuple[datetime, datetime]]:
	"""When it was the prospect's turn."""
	return their_turns(_all_of(entry))


def asked_in(entry: str) -> list[datetime]:
	"""When they asked, each time that we were to answer."""
	return asked(_all_of(entry))


def _all_of(entry: str) -> list[Interaction]:
	"""The interactions of an entry, oldest first (a locking read: nothing written before us is missed)."""
	table = frappe.qb.DocType(DOCTYPE)
	query = (
		frappe.qb.from_(table)
		.select(
			table.name,
			table.occurred_on,
			table.channel,
			table.direction,
			table.by,
			table.result,
			table.information_sent,
			table.corrects,
		)
		.where(table.entry == entry)
		.orderby(table.occurred_on)
		.orderby(table.creation)
		.orderby(table.number)
		.orderby(table.name)  # two leads that became one have two of each number
	)
	return [_interaction(row) for row in query.for_update().run(as_dict=True)]


def _interaction(row: dict) -> Interaction:
	return Interaction(
		occurred_on=row.occurred_on,
		channel=row.channel,
		direction=row.direction,
		by=row.by,
		result=row.result,
		information_sent=bool(row.information_sent),
		name=row.name,
		corrects=row.corrects,
	)


def events(interaction, is_answer: bool) -> list[str]:
	"""What an interaction means to the procedure, most telling first (see the procedure's table of moves)."""
	if interaction.by != "Person":
		return []
	spoken = interaction.channel in ("Phone", "In person")
	if spoken:
		return ["Call reached", "Answered"] if interaction.result == "Reached" else []
	if interaction.direction == "Outgoing":
		return (
			["Information sent"] if interaction.information_sent and interaction.result != "Bounced" else []
		)
	return ["Answered"] if is_answer else []
