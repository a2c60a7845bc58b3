"""What happens to an enquiry, from the first contact to its end: the agent acts, they answer, money comes or does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import frappe

from prospect_mgmt.enrolment import enrol_lead
from prospect_mgmt.setup.demo import habits, mail, sales
from prospect_mgmt.setup.demo.persons import Person
from prospect_mgmt.setup.demo.team import team_of

ENTRY = "Prospect List Entry"
MISSED = ("No answer", "Voicemail", "No answer", "No answer")
QUESTIONS = (
	"Do you have a drawing of it?",
	"What is the delivery time?",
	"Is there a discount for three?",
	"Does it run on 110 V?",
	"Could you send that to our technician as well?",
)
THANKS = (
	"Thanks, that is what we needed. We are comparing.",
	"Got it, we will discuss it on Monday.",
	"Looks good so far.",
)
Story = Iterator[datetime]


class Case:
	"""One enquiry in the story: its entry as it is now, and whoever works it."""

	def __init__(self, world, person: Person, entry: str):
		self.world, self.person, self.name = world, person, entry

	@property
	def entry(self):
		return frappe.get_doc(ENTRY, self.name)

	@property
	def user(self) -> str:
		"""Who acts: the cover of an agent who is away, the agent, else the supervisor."""
		entry = self.entry
		return entry.cover or entry.agent or team_of(entry.prospect_list).supervisor.user

	@property
	def is_open(self) -> bool:
		return not self.entry.done_on

	def do(self, method: str, **arguments):
		"""The agent uses one of the entry's actions."""
		with self.world.acting(self.user):
			return getattr(self.entry, method)(**arguments)

	def close(self, outcome: str, **arguments) -> None:
		if self.is_open:
			self.do("close", outcome=outcome, **arguments)

	def they_write(self, text: str) -> None:
		entry = self.entry
		if entry.email_id:
			mail.receive(entry, f"Re: Your enquiry [{entry.lead}]", text)
		else:
			self.do("record_response", content=text, channel="WhatsApp")

	def inform(self, subject: str, content: str, satisfied: int = 1) -> None:
		"""The information goes out, by mail or, to those without an address, by message."""
		if self.entry.email_id:
			self.do(
				"send_information",
				subject=subject,
				content=f"<p>{content}</p>",
				information_satisfied=satisfied,
			)
		else:
			self.do("record_message", content=f"{subject}: {content}", information_satisfied=satisfied)

	def rang(self, summary: str, **call) -> Story:
		"""A call, on record as well and as soon as the team keeps its records this month."""
		happened = self.world.now
		if self.slips(habits.SUMMARIES):
			summary = ""
		if self.slips(habits.RECORDS):
			yield self.world.after(40)
		self.do("log_call", summary=summary, occurred_on=happened, **call)

	def slips(self, what: str) -> bool:
		"""Whether it slips this time."""
		return habits.slips(self.world, self.entry.prospect_list, what)

	def later(self, minutes: float) -> datetime:
		"""When whoever works it comes round to it."""
		return self.world.worked(minutes, self.user)


def enquiry(world, person: Person) -> Story:
	"""The whole life of one enquiry."""
	lead = frappe.new_doc("Lead")
	lead.update(person.lead)
	lead.insert()
	case = Case(world, person, frappe.db.get_value(ENTRY, {"open_lead": lead.name}))
	yield from _assign(case)
	yield case.later(45)
	if person.fate in ("Spam", "Duplicate"):
		return case.close(person.fate)
	reached = yield from _call(case)
	if not reached:
		return
	yield from _inform(case)
	yield from _follow_up(case)
	if case.is_open:
		yield from _decide(case)


def _assign(case: Case) -> Story:
	"""On a list without a rule, the supervisor assigns by hand, sometimes late."""
	team = team_of(case.entry.prospect_list)
	if not case.entry.agent:
		yield case.world.worked(case.world.rng.choice((15, 30, 45, 150)))
		agents = [row for row in team.agents if row.user != case.entry.agent]
		chosen = case.world.rng.choice(agents)
		with case.world.acting(team.supervisor.user):
			case.entry.assign(
				chosen.user,
				case.world.rng.choice((None, "Please ring in the afternoon.", "Knows us from last year.")),
			)


def _call(case: Case) -> Iterator[datetime]:
	"""Ring until somebody is there; True when the enquiry goes on."""
	person, rng = case.person, case.world.rng
	if not person.has_phone:
		return True
	missed = 4 if person.fate == "Unreachable" else person.missed_calls
	for result in MISSED[:missed]:
		yield from case.rang("Nobody there.", result=result)
		yield case.later(rng.choice((120, 180, 360)))
	if person.fate == "Unreachable":
		case.close("Unreachable")
		return False
	if rng.random() < 0.08:
		again = case.world.calendar.next_opening(case.world.now + timedelta(days=rng.choice((2, 5, 21, 60))))
		case.do(
			"log_call",
			summary="In a meeting; asked to be rung again.",
			result="Asked to call back",
			next_attempt_on=again,
		)
		yield again + timedelta(minutes=rng.randrange(5, 50))
	yield from case.rang(f"{person.interest}: {rng.choice(QUESTIONS)}")
	if person.fate == "Not a prospect":
		yield case.later(20)
		case.close("Not a prospect", note="A student who writes a paper.")
		return False
	return True


def _inform(case: Case) -> Story:
	rng = case.world.rng
	yield case.later(rng.choice((20, 60, 180)))
	case.inform(
		"The information you asked for",
		"Our catalogue with prices is attached.",
		satisfied=int(rng.random() < 0.9),
	)
	if case.entry.email_id and rng.random() < 0.08:
		yield case.world.after(0.1)
		mail.receive(case.entry, "Automatic reply: out of office", "I am away until next week.")


def _follow_up(case: Case) -> Story:
	"""They answer at once, after the courtesy note, or not until they are called to be revived."""
	answers, rng = case.person.answers, case.world.rng
	if answers == "Never" or case.person.fate == "No response":
		yield from _revive(case)
		return
	yield case.world.after(24 if answers == "Soon" else 62)
	yield from _they_ask(case)
	if rng.random() < 0.3:
		yield case.world.after(30)
		yield from _they_ask(case)
	if rng.random() < 0.1:
		until = case.world.calendar.next_opening(case.world.now + timedelta(days=rng.choice((10, 30, 90))))
		case.do("pause", until=until, reason="They decide after the holidays.")
		yield until + timedelta(minutes=30)


def _they_ask(case: Case) -> Story:
	"""A question of theirs, and our answer."""
	if not case.is_open:
		return
	case.they_write(case.world.rng.choice(QUESTIONS + THANKS))
	yield case.later(1500 if case.slips(habits.ANSWERS) else 150)
	if case.is_open:
		case.inform("Your question", "Here is what you wanted to know.")


def _revive(case: Case) -> Story:
	"""At 72 h the sweep moves it to Revive; the agent calls."""
	yield case.world.after(110)
	missed = 3 if case.person.fate == "No response" else case.world.rng.randrange(2)
	for _ in range(missed):
		yield from case.rang("Nobody there.", result="No answer")
		yield case.later(500)
	if case.person.fate == "No response":
		case.close("No response")
	else:
		yield from case.rang("Still interested, was on holiday.")
		yield case.later(120)


def _decide(case: Case) -> Story:
	"""Quote, sale, or no."""
	fate, rng = case.person.fate, case.world.rng
	if fate == "Won" or rng.random() < 0.35:
		yield case.later(300)
		with case.world.acting(sales.clerk(case)):
			quote = sales.quote(case.entry, rng)
	yield case.world.calendar.add(case.world.now, 3600 * rng.choice((8, 16, 30, 60)), working=True)
	if not case.is_open:
		return
	if fate == "Won":
		yield from _won(case, quote)
	elif fate == "Undecided":
		yield from _keep_talking(case)
	else:
		case.close(
			"Lost",
			objection=case.person.objection,
			note=rng.choice((None, "Asked to be told of next year's prices.")),
		)
		yield from _afterwards(case)


def _won(case: Case, quote: str) -> Story:
	rng = case.world.rng
	with case.world.acting(sales.clerk(case)):
		invoice = sales.invoice(case.entry, quote)
	if case.is_open:  # the list only proposes Won
		yield case.later(60)
		case.close("Won")
	if rng.random() < 0.1:
		yield case.world.after(24 * 9)
		with case.world.acting(sales.clerk(case)):
			sales.take_back(invoice)
	yield from _afterwards(case)


def _keep_talking(case: Case) -> Story:
	"""They cannot decide: a question now and then, until they say no."""
	for _ in range(case.world.rng.randrange(1, 4)):
		yield case.world.after(24 * 3)
		yield from _they_ask(case)
	yield case.world.after(24 * 6)
	case.close("Lost", objection=case.person.objection)


def _afterwards(case: Case) -> Story:
	"""Some write again, some come back months later with another enquiry."""
	rng = case.world.rng
	chance = rng.random()
	if chance < 0.05:
		yield case.world.after(24 * 4)
		if frappe.db.get_value(ENTRY, {"open_lead": case.entry.lead}):
			return
		case.they_write("We changed our mind: is the offer still good?")
		yield case.later(200)
		case.do("reopen")
		yield case.later(400)
		case.close("Lost", objection=case.person.objection, note="Only wanted to know.")
	elif chance < 0.15:
		yield case.world.after(24 * 50)
		yield from _second_enquiry(case)


def _second_enquiry(case: Case) -> Story:
	lead = case.entry.lead
	if frappe.db.get_value(ENTRY, {"open_lead": lead}):
		return
	supervisor = team_of(case.entry.prospect_list).supervisor.user
	with case.world.acting(supervisor):
		name = enrol_lead(lead, case.entry.prospect_list, interest="Quote", detail="Needs another one")
	second = Case(case.world, case.person, name)
	yield from _assign(second)
	yield second.later(60)
	second.do("log_call", summary="Knows us, wants a quote.", result="Reached")
	yield from _inform(second)
	yield from _decide(second)
