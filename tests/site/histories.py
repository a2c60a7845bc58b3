"""Random histories, lived through the entry's public methods under a moved clock; and the plain records of a site.

Enquiries are paused, reopened, handed over, moved between lists and companies of two currencies, quoted, sold, returned,
cancelled, corrected, revived, renamed, merged and deleted; the procedure sends mails, which come back or cannot be sent;
agents are disabled and deleted; all of it over months.
"""

from __future__ import annotations

import os
import random
from contextlib import contextmanager
from datetime import timedelta

import frappe
from frappe.model.workflow import apply_workflow

from prospect_mgmt import compat, numbers, sweep
from prospect_mgmt.enrolment import enrol_lead, forget_lists
from prospect_mgmt.entry import start
from prospect_mgmt.procedure import review, review_records
from prospect_mgmt.reporting import past
from tests import factories

ENTRY = "Prospect List Entry"
SOURCES = ("Website", "Facebook", "Referral", None)
OBJECTIONS = ("Price", "Timing", "Competitor")
OUTCOMES = ("Lost", "Lost", "No response", "Unreachable", "Not a prospect", "Spam", "Duplicate", "Won", "Won")
CALLS = ("Reached", "Reached", "No answer", "Voicemail", "Asked to call back", "Wrong number")


ENTRIES, SEED = int(os.environ.get("PROSPECT_HISTORIES", 24)), int(os.environ.get("PROSPECT_SEED", 7))
ABROAD, RATE = "Musterwerk Inc", 1.25  # dollars for a euro
RECENT = 20  # enquiries; those that came before them are closed sooner or later


class Team:
	"""Two lists of one company and one of another with another currency; four agents who work all, and two more who go.

	Mails are queued and go no further; those of the list abroad fail, since its account does not send.
	"""

	def __init__(self, stack):
		frappe.db.set_value("Prospect List", {"enrol_new_leads": 1}, "enrol_new_leads", 0)
		forget_lists()
		factories.user("System Manager")  # there must be one: without, nobody can be disabled
		self.agents = [factories.user("Sales User").name for _ in range(4)]
		self.leaving = [factories.user("Sales User").name for _ in range(2)]
		self.agents += self.leaving
		factories.email_account(stack)
		silent = factories.email_account(
			stack, "silent@musterwerk.example", default_outgoing=0, enable_outgoing=0
		)
		companies = {factories.COMPANY: (None, None), company_abroad(): (silent.name,)}
		self.lists = [
			factories.prospect_list(
				*self.agents, enrol_new_leads=0, company=company, email_account=account
			).name
			for company, accounts in companies.items()
			for account in accounts
		]
		self.territories = frappe.get_all(
			"Territory", {"is_group": 0}, pluck="name", order_by="name", limit=2
		)
		for objection in OBJECTIONS:
			if not frappe.db.exists("Opportunity Lost Reason", objection):
				frappe.get_doc(doctype="Opportunity Lost Reason", lost_reason=objection).insert()


def company_abroad() -> str:
	"""A company whose currency is the dollar, and the rate of the time; nobody asks for its chart of accounts here."""
	company = frappe.get_doc(doctype="Company", name=ABROAD, company_name=ABROAD, abbr="MI")
	company.default_currency = "USD"
	company.db_insert()
	rate = {"from_currency": "EUR", "to_currency": "USD", "exchange_rate": RATE, "date": "2026-01-01"}
	frappe.get_doc(doctype="Currency Exchange", for_selling=1, for_buying=1, **rate).insert()
	return ABROAD


def live(team: Team, clock, entries: int, seed: int) -> None:
	"""`entries` enquiries with random acts, some hours to some weeks apart, so that they span months."""
	chance = random.Random(seed)
	opened: list[str] = []
	while len(opened) < entries or chance.random() < 0.8:
		clock.forward(hours=chance.choice((1, 5, 20, 60)), minutes=chance.randrange(60))
		if len(opened) < entries:
			opened.append(_open(team, chance))
		for name in _some(opened[-RECENT:], 2, chance):
			_act(team, name, chance)
		for name in _some(opened[:-RECENT], 2, chance):
			_act(team, name, chance, IN_THE_END)
		if chance.random() < 0.3:
			frappe.db.commit()
			sweep.run()
		if team.leaving and len(opened) * 4 >= entries * (4 - len(team.leaving)):
			_leaves(team)
	frappe.set_user("Administrator")
	for name, outcome in zip(opened, ("Spam", "Duplicate"), strict=False):
		_leave_out(name, outcome)
	_ask_again_and_again(team, clock, chance)
	_what_comes_together_seldom(team, clock, chance)


def go_on(team: Team, clock, chance, days: int = 40) -> int:
	"""Weeks in which enquiries are worked on, calls of before are recorded late, and nothing is handed over, moved, reopened
	or deleted; returns how many contacts were recorded."""
	before = frappe.db.count("Prospect Interaction")
	end = clock.now + timedelta(days=days)
	while clock.now < end:
		clock.forward(hours=chance.choice((1, 5, 20, 60)), minutes=chance.randrange(60))
		opened = frappe.get_all(ENTRY, {"done_on": ("is", "not set")}, pluck="name", order_by="name")
		for name in chance.sample(opened, min(len(opened), 3)):
			frappe.set_user(chance.choice(team.agents))
			happens = (_call, _record_late, _write, _answer, _pause, _correct, _quote, _sell, _close)
			chance.choice(happens)(team, frappe.get_doc(ENTRY, name), chance)
			frappe.set_user("Administrator")
		frappe.db.commit()
		sweep.run()
	return frappe.db.count("Prospect Interaction") - before


def _record_late(team, entry, chance) -> None:
	"""A call that was made days ago, and answered all their questions."""
	entry.log_call(
		chance.choice(("Talked", "")),
		information_satisfied=1,
		objection=chance.choice((*OBJECTIONS, None)),
		occurred_on=frappe.utils.now_datetime() - timedelta(days=chance.randrange(1, 30)),
	)


def _some(names: list[str], count: int, chance) -> list[str]:
	return chance.sample(names, min(len(names), count))


def _leaves(team: Team) -> None:
	"""Somebody goes: the first one's account is deleted with all that Frappe knows of it, the other's disabled."""
	frappe.set_user("Administrator")
	agent = team.leaving.pop()
	team.agents.remove(agent)
	if team.leaving:
		team.gone = agent
		frappe.delete_doc("User", agent, force=True)
	else:
		user = frappe.get_doc("User", agent)
		user.enabled = 0
		user.save()


def _ask_again_and_again(team: Team, clock, chance) -> None:
	"""Answered in time, too late, and not yet; within weeks, and by enquiries of different lists."""
	names = [_open(team, chance) for _ in range(3)]
	for name in names:
		_entry(name).log_call("Talked")
	for hours in (2, 50, 5, 200):
		clock.forward(hours=90)
		for name in names:
			_entry(name).record_response("And the price?")
		clock.forward(hours=hours)
		for name in names:
			_entry(name).record_message("So much", channel="Email", information_satisfied=1)
	_entry(names[0]).record_response("And the delivery?")
	_entry(names[1]).close("Lost", objection="Price")
	clock.forward(hours=80)
	frappe.db.commit()
	sweep.run()


def _what_comes_together_seldom(team: Team, clock, chance) -> None:
	"""However chance had it: promises that are kept late, at once, not yet or never; who is revived, and what becomes of
	it; numbers whose lead is gone or was never there."""
	slow, slower, given_up = (_open(team, chance) for _ in range(3))
	_entry(given_up).close("Lost", objection="Price")
	late, later, met, void, waits, lost, won, back = names = [_open(team, chance) for _ in range(8)]
	for name in names:
		_entry(name).log_call("Talked")
		_entry(name).record_message("Our prices", channel="Email", information_satisfied=1)
	clock.forward(hours=30)
	for name in (late, later, met, void):
		_entry(name).record_response("What about delivery?")
	_entry(met).record_message("Next week", channel="Email")
	_entry(void).close("Lost", objection="Timing")
	for name in (lost, won, back):
		apply_workflow(_entry(name), "No response")
	_entry(lost).close("No response", objection="Price")
	_entry(back).log_call("Too dear at first", objection="Price")
	for name in (won, back):
		factories.quotation(frappe.get_doc("Lead", name), rate=300)
		_entry(name).close("Won")
	clock.forward(hours=60)
	for names in ((late, slow), (later, slower)):  # twice, since one may be called on a Friday
		for name in names:
			_entry(name).log_call("", result="No answer")
		clock.forward(hours=30)
		for name in names:
			_entry(name).record_message("Next week", channel="Email", information_satisfied=1)
	_entry(waits).record_response("What about delivery?")
	_open(team, chance)
	one, other, gone = (_open(team, chance) for _ in range(3))
	with _caches_kept():
		frappe.rename_doc("Lead", one, other, merge=True)
	frappe.delete_doc("Lead", gone, force=True)
	numbers.next_value("WEB-")
	sweep.mark_missed()


def _entry(name: str):
	return frappe.get_doc(ENTRY, name)


def _leave_out(name: str, outcome: str) -> None:
	"""However chance had it: some of every history is out of every figure."""
	name = numbers.lead_of(name)
	if not name or not frappe.db.exists(ENTRY, name):
		return
	entry = frappe.get_doc(ENTRY, name)
	if start.open_entry(entry.lead) not in (None, name):
		return  # merged: the lead has a newer one
	if entry.done_on:
		entry.reopen()
	entry.close(outcome)


def _open(team: Team, chance) -> str:
	frappe.set_user("Administrator")
	phone = {"mobile_no": f"+49 170 {chance.randrange(10**6, 10**7)}"} if chance.random() < 0.6 else {}
	lead = factories.lead(
		source=chance.choice(SOURCES), territory=chance.choice((*team.territories, None)), **phone
	)
	agent = chance.choice((*team.agents, None))
	name = enrol_lead(
		lead.name, chance.choice(team.lists), interest=chance.choice(("Quote", "Product information", None))
	)
	if agent:
		frappe.get_doc(ENTRY, name).assign(agent)
	return name


def _act(team: Team, name: str, chance, usual: tuple = ()) -> None:
	"""One thing that happens to an enquiry, by one of the agents."""
	name = numbers.lead_of(name)  # it may have been renamed since, or merged
	if not name or not frappe.db.exists(ENTRY, name):
		return  # deleted
	entry = frappe.get_doc(ENTRY, name)
	frappe.set_user(chance.choice(team.agents))
	if entry.done_on:
		if chance.random() < 0.2 and not start.open_entry(entry.lead):
			entry.reopen()
		return
	usual = usual or IN_STAGE.get(entry.stage)
	if usual and chance.random() < 0.5:
		happens = chance.choice(usual)
	else:
		happens = chance.choices(list(ACTS), list(ACTS.values()))[0]
	happens(team, entry, chance)
	frappe.set_user("Administrator")


def _no_answer(team, entry, chance) -> None:
	"""Somebody does not wait for the 72 hours."""
	apply_workflow(entry, "No response")


def _win_back(team, entry, chance) -> None:
	"""They say why they had not answered, and buy after all."""
	entry.log_call("Too dear at first", objection=chance.choice(OBJECTIONS))
	frappe.get_doc(ENTRY, entry.name).close("Won")


def _bounce(team, entry, chance) -> None:
	"""Mail to them comes back."""
	frappe.set_user("Administrator")
	frappe.get_doc(
		doctype="Communication",
		communication_type="Communication",
		communication_medium="Email",
		sent_or_received="Received",
		sender="MAILER-DAEMON@mx.example",
		subject="Undelivered Mail Returned to Sender",
		content="The mail system could not deliver it.",
		reference_doctype="Lead",
		reference_name=entry.lead,
	).insert()


@contextmanager
def _caches_kept():
	"""With each record renamed Frappe empties every cache, and reads all of them again: seconds."""
	kept, frappe.clear_cache = frappe.clear_cache, lambda **_of: None
	try:
		yield
	finally:
		frappe.clear_cache = kept


def _rename(team, entry, chance) -> None:
	"""Their number from another system is the lead's ID from now on; it may be one that we would give next."""
	frappe.set_user("Administrator")
	another, coming = f"KUNDE-{chance.randrange(10**9)}", numbers.upcoming("WEB-.####")
	is_free = not frappe.db.exists("Lead", coming) and chance.random() < 0.5
	with _caches_kept():
		frappe.rename_doc("Lead", entry.lead, coming if is_free else another)


def _draw(team, entry, chance) -> None:
	"""A number is drawn for a lead that is never saved."""
	numbers.next_value(chance.choice(("WEB-", "REF-")))


def _call(team, entry, chance) -> None:
	result = chance.choice(CALLS)
	objection = chance.choice(OBJECTIONS) if result == "Reached" and chance.random() < 0.4 else None
	happened = frappe.utils.now_datetime() - timedelta(hours=chance.choice((0, 0, 0, 3, 30)))
	again = frappe.utils.now_datetime() + timedelta(days=3) if result == "Asked to call back" else None
	entry.log_call(
		chance.choice(("Talked", "")),
		result=result,
		objection=objection,
		occurred_on=happened,
		next_attempt_on=again,
	)


def _write(team, entry, chance) -> None:
	entry.record_message(
		"Our prices", channel=chance.choice(("WhatsApp", "Email")), information_satisfied=chance.randrange(2)
	)


def _answer(team, entry, chance) -> None:
	"""Some are answered at once; some say that this is the end of it."""
	entry.record_response("Thank you", channel=chance.choice(("Email", "Phone")))
	if chance.random() < 0.6:
		chance.choice((_write, _close))(team, entry, chance)


def _pause(team, entry, chance) -> None:
	"""They decide later; some pauses are ended before."""
	if entry.paused_until and chance.random() < 0.5:
		entry.resume()
	else:
		until = frappe.utils.now_datetime() + timedelta(days=chance.choice((2, 9)))
		entry.pause(until, "After the holidays")


def _close(team, entry, chance) -> None:
	outcome = chance.choice(OUTCOMES)
	objection = chance.choice(OBJECTIONS) if outcome == "Lost" or chance.random() < 0.3 else None
	entry.close(outcome, objection=objection)


def _assign(team, entry, chance) -> None:
	entry.assign(chance.choice((*team.agents, None)))


def _move_list(team, entry, chance) -> None:
	frappe.set_user("Administrator")
	entry.move_to_list(chance.choice([name for name in team.lists if name != entry.prospect_list]))


def _quote(team, entry, chance) -> None:
	frappe.set_user("Administrator")
	quote = factories.quotation(frappe.get_doc("Lead", entry.lead), rate=chance.randrange(100, 900))
	what = chance.random()
	if what < 0.3:
		quote.reload().cancel()
	elif what < 0.6:
		frappe.get_doc(ENTRY, entry.name).close("Won")


def _sell(team, entry, chance) -> None:
	"""Sold; some of it comes back, some sales are cancelled."""
	frappe.set_user("Administrator")
	lead = frappe.get_doc("Lead", entry.lead)
	known = frappe.db.get_value("Customer", {"lead_name": lead.name})
	customer = frappe.get_doc("Customer", known) if known else factories.customer_from(lead)
	sale = factories.sales_invoice(customer, rate=chance.randrange(100, 900), qty=3)
	what = chance.random()
	if what < 0.4:
		factories.sales_invoice(
			customer, rate=sale.items[0].rate, qty=-1, is_return=1, return_against=sale.name
		)
	elif what < 0.6:
		sale.reload().cancel()


def _mend(team, entry, chance) -> None:
	"""The lead came from elsewhere; its number stays."""
	frappe.set_user("Administrator")
	lead = frappe.get_doc("Lead", entry.lead)
	lead.source = chance.choice(SOURCES)
	lead.save()


def _lose(team, entry, chance) -> None:
	"""The same person twice: one lead is merged into the other; or the lead is deleted."""
	frappe.set_user("Administrator")
	others = frappe.get_all(
		"Lead", {"name": ("!=", entry.lead)}, pluck="name", order_by="creation desc", limit=5
	)
	if others and chance.random() < 0.7:
		with _caches_kept():
			frappe.rename_doc("Lead", entry.lead, chance.choice(others), merge=True)
	elif not entry.documents:
		frappe.delete_doc("Lead", entry.lead, force=True)


def _correct(team, entry, chance) -> None:
	"""What they sent was a machine's, or the other way round."""
	found = frappe.get_all(
		"Prospect Interaction",
		{"entry": entry.name, "direction": "Incoming", "corrects": ("is", "not set")},
		["name", "by"],
	)
	taken = set(
		frappe.get_all(
			"Prospect Interaction", {"entry": entry.name, "corrects": ("is", "set")}, pluck="corrects"
		)
	)
	for row in found:
		if row.name not in taken:
			entry.correct_interaction(row.name, is_answer=int(row.by != "Person"))
			return


# What often happens in a stage.
IN_STAGE = {
	"Follow up": (_no_answer, _no_answer, _close),
	"Revive": (_answer, _answer, _call, _close, _win_back),
}
IN_THE_END = (_close, _close, _sell)
# What happens to an open enquiry, and how often.
ACTS = {
	_call: 12,
	_write: 10,
	_answer: 8,
	_pause: 3,
	_close: 5,
	_assign: 2,
	_move_list: 2,
	_quote: 2,
	_sell: 2,
	_correct: 2,
	_bounce: 2,
	_mend: 1,
	_rename: 1,
	_draw: 1,
	_lose: 1,
}


# ------------------------------------------------------------- the records as the reference takes them
class Records:
	"""Everything on the site, unfiltered, in memory."""

	def __init__(self):
		self.enquiries = past.enquiries()
		self.acts = _all("Prospect Interaction", review.Act)
		self.changes = _all("Prospect Stage Change", review.Change)
		self.steps = _all("Prospect Due Step", review_records.Step)
		self.numbers = list(_numbers())
		self.counters = {
			key.removeprefix(numbers.KEY): int(current)
			for key, current in frappe.db.sql("SELECT name, current FROM tabSeries")
			if key.startswith(numbers.KEY)
		}
		self.ids = {*frappe.get_all("Lead", pluck="name"), *(row.name for row in self.numbers)}

	def __iter__(self):
		return iter((self.enquiries, self.acts, self.changes))


def _all(doctype: str, record) -> list:
	fields = list(record.__dataclass_fields__)
	return [record(**row) for row in frappe.get_all(doctype, fields=fields, order_by="name")]


def _numbers():
	sources = dict(frappe.get_all("Lead", fields=["name", compat.source_field()], as_list=True))
	for row in frappe.get_all(
		"Prospect Lead Number",
		fields=["name", "issued_on", "status", "series", "source", "lead", "prefix", "number"],
	):
		yield review_records.Number(**row, source_now=sources.get(row.lead), has_lead=row.lead in sources)
