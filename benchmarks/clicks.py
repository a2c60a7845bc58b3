"""What a hand does for a day of ten prospects: on the worklist, and with plain ERPNext leads, comments and to-dos.

`python3 -m benchmarks.clicks`: both days are performed in Chromium, action by action, on the same site, and what came of
them is checked. An action is a click, a choice from a list or a key that is a command; typing into a field is none, but
going to the field is. Opening the day's first page is none in either.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

from benchmarks import ground
from benchmarks.worklist import open_page

ENTRY, GOAL = "Prospect List Entry", 0.5
A_TO_DO, TO_DOS = re.compile(r"/app/todo/(?!view)"), re.compile(r"/app/todo(/view/list)?(\?|$)")
# What happens to the ten, in this order.
DAY = (*4 * ["nobody there"], *3 * ["wants to know"], "answered", "agreed a time", "said no")


class Hand:
	"""Acts in a page and counts what it does."""

	def __init__(self, page):
		self.page, self.steps, self.actions = page, [], 0
		page.set_default_timeout(60_000)

	def _did(self, what: str) -> None:
		self.actions += 1
		self.steps.append(what)

	def click(self, locator, what: str) -> None:
		self._did(what)
		locator.click()

	def choose(self, locator, value: str) -> None:
		self._did(f"choose {value}")
		locator.select_option(value)

	def type(self, locator, what: str, text: str) -> None:
		"""Go to a field and type; the going is the action. Left by Tab, so that a calendar closes."""
		self._did(f"go to {what}")
		locator.click()
		locator.fill(text)
		if "ql-editor" in (locator.get_attribute("class") or ""):
			self.page.wait_for_timeout(500)  # a rich text field takes in what was typed a moment later
		else:
			locator.press("Tab")

	def back(self) -> None:
		self._did("back")
		self.page.go_back()

	def settle(self) -> None:
		self.page.wait_for_function("window.frappe?.router?.current_route && !frappe.request.ajax_count")

	def steps_of(self, act, *arguments) -> list[str]:
		before = len(self.steps)
		act(*arguments)
		self.settle()
		return self.steps[before:]


# ------------------------------------------------------------- plain ERPNext
class Plain:
	"""A to-do for each lead: what happened is a comment on the lead, what comes next the date of the to-do."""

	def __init__(self, hand: Hand, leads: list[str]):
		self.hand, self.page, self.leads = hand, hand.page, iter(leads)

	def open(self) -> None:
		self.page.goto("/app/todo")
		self.page.locator(".list-row").first.wait_for()
		self.hand.settle()

	def do(self, what: str) -> None:
		lead = next(self.leads)
		row = self.page.locator(".list-row", has_text=lead).locator("a[href*='/app/todo/']").first
		self.hand.click(row, "open the to-do")
		self.page.wait_for_url(A_TO_DO)
		self.hand.settle()
		if what != "said no":
			self._move_to_do()
		button = self.page.locator(".page-container:visible .page-actions").get_by_text(lead, exact=True)
		self.hand.click(button.first, "open its lead")
		self.page.wait_for_url(f"**/app/lead/{lead}")
		self.hand.settle()
		if what == "said no":
			self.hand.choose(
				self.page.locator("[data-fieldname=status]:visible select").first, "Do Not Contact"
			)
			self._save()
		self._comment(what)
		if what == "wants to know":
			self._mail()
		self.hand.back()
		self.page.wait_for_url(A_TO_DO)
		self.hand.settle()
		if what == "said no":
			close = self.page.locator(".page-container:visible .page-actions").get_by_text(
				"Close", exact=True
			)
			self.hand.click(close.first, "close the to-do")
		else:
			self.hand.back()
		self.page.wait_for_url(TO_DOS)
		self.page.locator(".list-row:visible").first.wait_for()

	def _move_to_do(self) -> None:
		date = self.page.evaluate(
			"frappe.datetime.str_to_user(frappe.datetime.add_days(frappe.datetime.get_today(), 3))"
		)
		field = self.page.locator("[data-fieldname=date]:visible input").first
		self.hand.type(field, "the date", date)
		self._save()

	def _save(self) -> None:
		button = self.page.locator(".page-container:visible .primary-action:visible")
		with self.page.expect_response(lambda answer: "savedocs" in answer.url):
			self.hand.click(button, "save")
		self.hand.settle()

	def _tab(self, label: str) -> None:
		self.hand.click(
			self.page.locator(".form-tabs:visible").get_by_text(label, exact=True), f"the tab {label}"
		)

	def _comment(self, text: str) -> None:
		self._tab("Comments")
		self.hand.click(self.page.locator(".new-note-btn:visible"), "new note")
		dialog = self.page.locator(".modal.show")
		self.hand.type(dialog.locator(".ql-editor[contenteditable=true]"), "the note", text)
		with self.page.expect_response(lambda answer: "run_doc_method" in answer.url):
			self.hand.click(dialog.get_by_role("button", name="Add", exact=True), "add")
		dialog.wait_for(state="detached")
		self.hand.settle()

	def _mail(self) -> None:
		"""Typed by hand: to take a template would be four actions more."""
		self._tab("Activities")
		self.hand.click(
			self.page.locator(".page-container:visible").get_by_role("button", name="New Email"), "new mail"
		)
		dialog = self.page.locator(".modal.show")
		message = dialog.locator("[data-fieldname=content] .ql-editor[contenteditable=true]")
		self.hand.type(message, "the message", "Here is what you asked for")
		with self.page.expect_response(lambda answer: "email.make" in answer.url):
			self.hand.click(dialog.get_by_role("button", name="Send", exact=True), "send")
		dialog.wait_for(state="detached")


# ------------------------------------------------------------- the worklist
class Worklist:
	"""The page of the app: the row of each says what is to be done, its button does it."""

	def __init__(self, hand: Hand, entries: list[str]):
		self.hand, self.page, self.entries = hand, hand.page, iter(entries)

	def open(self) -> None:
		self.page.goto("/app/prospect-worklist")
		self.page.locator(".prospect-row").first.wait_for()
		self.hand.settle()

	def do(self, what: str) -> None:
		entry = next(self.entries)
		{
			"nobody there": self._nobody,
			"wants to know": self._reached,
			"answered": self._answered,
			"agreed a time": self._agreed,
			"said no": self._lost,
		}[what](entry)

	def _row(self, entry: str):
		return self.page.locator(f".prospect-row[data-entry='{entry}']")

	def _press(self, entry: str, label: str) -> None:
		self.hand.click(self._row(entry).get_by_role("button", name=label, exact=True), label)
		self._dialog()

	def _from_menu(self, entry: str, label: str) -> None:
		if not self._row(entry).get_by_role("button", name=label, exact=True).is_visible():
			self.hand.click(self._row(entry).get_by_role("button", name="More"), "more")
		self._press(entry, label)

	def _dialog(self):
		dialog = self.page.locator(".modal.show .modal-content")
		dialog.locator(".btn-modal-primary").wait_for()
		self.page.wait_for_function("window.cur_dialog?.display")
		return dialog

	def _field(self, name: str):
		return self._dialog().locator(f"[data-fieldname={name}] :is(input, select, textarea)").first

	def _save(self) -> None:
		with self.page.expect_response(lambda answer: "get_worklist" in answer.url):
			self.hand.click(self._dialog().locator(".btn-modal-primary"), "save")
		self.page.locator(".modal.show").wait_for(state="detached")

	def _nobody(self, entry: str) -> None:
		self._press(entry, "Log a call")
		self.hand.choose(self._field("result"), "No answer")
		self._save()

	def _reached(self, entry: str) -> None:
		self._press(entry, "Log a call")
		self.hand.type(self._field("summary"), "the summary", "wants to know")
		self._save()
		self.hand.settle()
		self._press(entry, "Send information")
		self._save()

	def _answered(self, entry: str) -> None:
		self._from_menu(entry, "Record an answer")
		self.hand.type(self._field("content"), "what they said", "answered")
		self._save()

	def _agreed(self, entry: str) -> None:
		self._from_menu(entry, "Agree a time")
		until = self.page.evaluate(
			"frappe.datetime.str_to_user(frappe.datetime.add_days(frappe.datetime.now_date(), 30) + ' 10:00:00')"
		)
		self.hand.type(self._field("until"), "until when", until)
		self.hand.type(self._field("reason"), "what was agreed", "agreed a time")
		self._save()

	def _lost(self, entry: str) -> None:
		self._from_menu(entry, "Close")
		self.hand.choose(self._field("outcome"), "Lost")
		self.hand.choose(self._field("objection"), "Price")
		self.hand.type(self._field("note"), "their words", "said no")
		self._save()


# ------------------------------------------------------------- both days
def main(stack) -> None:
	import frappe

	from tests.browser.acting import entry_with, team_of

	team = team_of(stack, "Sales User")
	frappe.get_doc("User", team.agent).add_roles("Inbox User")  # ERPNext's mails from a form ask for it
	entries = [entry_with(team).name for _ in DAY]
	leads = _plain_leads(team)
	actions = {}
	for name, day, whose, check in (
		("plain ERPNext", Plain, leads, _plain_came_true),
		("the worklist", Worklist, entries, _worklist_came_true),
	):
		with open_page(stack, team.agent) as page:
			hand = Hand(page)
			work = day(hand, whose)
			work.open()
			shown = {what: hand.steps_of(work.do, what) for what in DAY}
		frappe.db.rollback()
		check(team, whose)
		actions[name] = hand.actions
		print(f"{name}: {hand.actions} actions")
		for what, steps in shown.items():
			print(f"  {Counter(DAY)[what]} × {what}, {len(steps)}: {', '.join(steps)}")
	ratio = actions["the worklist"] / actions["plain ERPNext"]
	detail = f"{actions['the worklist']} actions against {actions['plain ERPNext']}"
	ground.report("a day of ten prospects, worklist", ratio, GOAL, True, detail)


def _plain_leads(team) -> list[str]:
	"""Ten leads on no list, each with a to-do for today, as ERPNext's own assignment makes it."""
	import frappe
	from frappe.desk.form import assign_to
	from frappe.utils import today

	from prospect_mgmt import enrolment
	from tests import factories

	frappe.db.set_value("Prospect List", team.list, "enrol_new_leads", 0)
	enrolment.forget_lists()
	frappe.db.delete("ToDo", {"allocated_to": team.agent})  # those of the entries, which the worklist shows
	leads = [factories.lead(mobile_no="+49 151 12345678").name for _ in DAY]
	for lead in leads:
		assign_to.add(
			{
				"assign_to": [team.agent],
				"doctype": "Lead",
				"name": lead,
				"description": f"Call {lead}",
				"date": today(),
			}
		)
	frappe.db.commit()
	return leads


def _plain_came_true(team, leads: list[str]) -> None:
	import frappe
	from frappe.utils import add_days, getdate, today

	assert frappe.db.count("CRM Note", {"parent": ("in", leads)}) == 10
	sent = {"reference_name": ("in", leads), "sent_or_received": "Sent", "communication_medium": "Email"}
	assert frappe.db.count("Communication", sent) == 3
	todos = {"reference_name": ("in", leads), "status": "Open"}
	assert frappe.get_all("ToDo", todos, pluck="date") == [getdate(add_days(today(), 3))] * 9
	assert frappe.db.get_value("Lead", leads[-1], "status") == "Do Not Contact"


def _worklist_came_true(team, entries: list[str]) -> None:
	import frappe
	from frappe.utils import now_datetime

	found = [frappe.get_doc(ENTRY, name) for name in entries]
	assert [entry.attempts for entry in found[:4]] == [1] * 4
	assert all(entry.information_sent_on for entry in found[4:7])
	assert frappe.db.count("Prospect Interaction", {"entry": entries[7], "direction": "Incoming"}) == 1
	assert found[8].paused_until > now_datetime() + timedelta(days=20)
	assert (found[9].outcome, found[9].objection) == ("Lost", "Price")
	assert all(entry.next_due_on for entry in found[:9])  # each has its next step, and nobody had to set it


if __name__ == "__main__":
	ground.run(main, "benchmarks.clicks")
