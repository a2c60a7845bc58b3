"""The sweep on a long list against a short one, and each kind of step against the plain way of doing it.

`python3 -m benchmarks.sweep [settled] [mails] [moves] [length] [entries on the long list]`: all of these, or those named.
`… plans [entries]` shows instead how MariaDB goes about the queries.
"""

from __future__ import annotations

import sys
from datetime import timedelta

from benchmarks import ground

ENTRY, STEP = "Prospect List Entry", "Prospect Due Step"
TABLES = (f"tab{ENTRY}", f"tab{STEP}")
SHORT, LONG, DUE, PLAIN = 20_000, 1_000_000, 10_000, 400
ROUNDS, EACH, WARM_UP = (
	20,
	5,
	2,
)  # mails and moves: turns of each side, steps in a turn, turns that do not count
LENGTH_GOAL, SETTLED_GOAL, EFFECT_GOAL = 1.2, 20, 0.9


def main(stack) -> None:
	import frappe

	wanted = sys.argv[1:]
	numbers = [int(word) for word in wanted if word.isdigit()]
	parts = [word for word in wanted if not word.isdigit()] or ["settled", "mails", "moves", "length"]
	scene = Scene(frappe, stack)
	for part in parts:
		measure = getattr(scene, f"measure_{part}")
		measure(*numbers) if part in ("length", "plans") else measure()


class Scene:
	"""One entry of each kind made by the procedure; the many are rows like it."""

	def __init__(self, frappe, stack):
		from tests.site import sweeping

		self.frappe = frappe
		self.team = sweeping.team(stack)
		procedure = frappe.get_doc(
			"Prospect Procedure", frappe.db.get_value("Prospect List", self.team.list, "procedure")
		)
		procedure.send_mail_only_in_working_hours = 0
		for step in procedure.steps:
			if step.stage == "Revive":
				step.after = 3600  # what follows a move is not due with it
		procedure.save()
		self.paused = sweeping.enquiry(self.team)
		self.answered = sweeping.informed(self.team)
		self.informed = sweeping.informed(self.team)
		self._later()

	def _later(self) -> None:
		"""The steps of the entries that are copied are not due themselves."""
		step = self.frappe.qb.DocType(STEP)
		self.frappe.qb.update(step).set(
			step.due_on, self.frappe.utils.now_datetime() + timedelta(days=40)
		).run()
		self.frappe.db.commit()

	# ------------------------------------------------------------- rows
	def clones(self, entry, prefix: str, number: int, leads: bool = False, step: str = "%") -> None:
		"""Rows like those of one entry, written set by set; their coming steps (or one of them) are far away."""
		columns = {"name": f"CONCAT('{prefix}-', n.seq)", "open_lead": f"CONCAT('{prefix}-', n.seq)"}
		columns |= {"email_id": f"CONCAT('{prefix.lower()}', n.seq, '@example.com')"}
		if leads:
			columns["lead"] = columns["name"]
			ground.copies("Lead", columns, f"name = '{entry.lead}'", number)
			self._contacts(entry.lead, prefix, number)
		ground.copies(ENTRY, columns, f"name = '{entry.name}'", number)
		columns = {"name": f"CONCAT('{prefix}-', n.seq, '-', t.name)", "entry": f"CONCAT('{prefix}-', n.seq)"}
		columns["due_on"] = "NOW(6) + INTERVAL 30 DAY + INTERVAL n.seq SECOND"
		ground.copies(
			STEP,
			columns,
			f"entry = '{entry.name}' AND t.status = 'Scheduled' AND t.step_title LIKE '{step}'",
			number,
		)

	def _contacts(self, lead: str, prefix: str, number: int) -> None:
		"""A Contact for each of the leads, as ERPNext makes one with a lead."""
		contact = self.frappe.db.get_value(
			"Dynamic Link", {"link_doctype": "Lead", "link_name": lead, "parenttype": "Contact"}, "parent"
		)
		name, email = f"CONCAT('{prefix}-', n.seq)", f"CONCAT('{prefix.lower()}', n.seq, '@example.com')"
		ground.copies("Contact", {"name": name, "email_id": email}, f"name = '{contact}'", number)
		child = {"name": f"CONCAT({name}, t.name)", "parent": name}
		ground.copies("Contact Email", {**child, "email_id": email}, f"parent = '{contact}'", number)
		ground.copies("Dynamic Link", {**child, "link_name": name}, f"parent = '{contact}'", number)

	def due_now(self, prefix: str, title: str, number: int) -> list[str]:
		"""One step of each of the first `number` clones is due now; returns their names."""
		self.frappe.db.sql(
			f"""UPDATE `tab{STEP}` SET status = 'Scheduled', due_on = NOW(6) - INTERVAL 1 MINUTE, done_on = NULL
			WHERE step_title = %s AND name LIKE '{prefix}-%%' AND CAST(SUBSTRING_INDEX(SUBSTRING(entry, {len(prefix) + 2}), '-', 1) AS INT) <= %s""",
			(title, number),
		)
		self.frappe.db.commit()
		return self.frappe.get_all(
			STEP, {"status": "Scheduled", "due_on": ("<", self.frappe.utils.now())}, pluck="name"
		)

	def sweep(self):
		from prospect_mgmt import sweep

		tally = sweep.run(time_budget=600)
		assert not tally.errors and not tally.failed
		return tally

	# ------------------------------------------------------------- held, postponed, skipped
	def measure_settled(self) -> None:
		frappe, now = self.frappe, self.frappe.utils.now_datetime()
		self.clones(self.paused, "PAUSED", PLAIN)
		self.clones(self.answered, "ANSWERED", PLAIN)
		entry = frappe.qb.DocType(ENTRY)
		frappe.qb.update(entry).set(entry.paused_until, now + timedelta(days=9)).where(
			entry.name.like("PAUSED-%")
		).run()
		frappe.qb.update(entry).set(entry.last_response_on, now).where(entry.name.like("ANSWERED-%")).run()
		frappe.db.commit()
		for prefix, title, what in (
			("PAUSED", "Send the information", "held"),
			("ANSWERED", "Courtesy note", "skipped"),
		):
			ours = plain = 0.0
			for _round in range(4):
				names = self.due_now(prefix, title, PLAIN)
				assert len(names) == PLAIN
				plain += ground.seconds(self._plainly, names, what)
				assert len(self.due_now(prefix, title, PLAIN)) == PLAIN
				ours += ground.seconds(self.sweep)
			rate = 4 * PLAIN / ours
			detail = f"{rate:.0f} steps a second against {4 * PLAIN / plain:.0f}"
			ground.report(
				f"steps {what}, against loading and saving each", plain / ours, SETTLED_GOAL, False, detail
			)

	def _plainly(self, names: list[str], what: str) -> None:
		"""What a loop would do: load the document, change it, save it, and show the next step on its entry."""
		frappe = self.frappe
		for number, name in enumerate(names):
			step = frappe.get_doc(STEP, name)
			if what == "held":
				step.due_on = frappe.utils.add_days(frappe.utils.now_datetime(), 9)
			else:
				step.status, step.done_on = "Skipped", frappe.utils.now_datetime()
			step.reason = what
			step.flags.ignore_validate = True
			step.save()
			self._show_next_plainly(step.entry)
			if number % 25 == 0:
				frappe.db.commit()
		frappe.db.commit()

	def _show_next_plainly(self, entry: str) -> None:
		db, coming = self.frappe.db, {"entry": entry, "status": "Scheduled"}
		next_step, due_on = db.get_value(STEP, coming, ["step_title", "due_on"], order_by="due_on") or (
			None,
			None,
		)
		values = {"next_step": next_step, "next_due_on": due_on}
		db.set_value(ENTRY, entry, values, update_modified=False)

	# ------------------------------------------------------------- mails and moves
	def measure_mails(self) -> None:
		frappe = self.frappe
		self.clones(self.informed, "MAIL", 2 * ROUNDS * EACH, leads=True)
		self._compare(
			"MAIL", "Courtesy note", self._mail_plainly, "mail steps, against communication.email.make"
		)
		sent = frappe.db.count("Communication", {"communication_type": "Automated Message"})
		assert sent == 2 * ROUNDS * EACH, sent

	def _mail_plainly(self, names: list[str]) -> None:
		"""The same to be seen: the note rendered and queued, on the timelines of Lead and entry, automatic, from the account."""
		from frappe.core.doctype.communication.email import make
		from frappe.email.doctype.email_template.email_template import get_email_template

		frappe = self.frappe
		with ground.without_our_handlers():
			for name in names:
				entry = frappe.get_doc(ENTRY, name)
				note = get_email_template("Prospect Courtesy Note", entry.as_dict())
				communication = make(
					"Lead",
					entry.lead,
					note["message"],
					note["subject"],
					recipients=entry.email_id,
					email_template="Prospect Courtesy Note",
					communication_type="Automated Message",
					send_email=1,
				)
				link = frappe.new_doc("Communication Link")
				link.update({"parent": communication["name"], "parenttype": "Communication"})
				link.update({"parentfield": "timeline_links", "link_doctype": ENTRY, "link_name": name})
				link.db_insert()
			frappe.db.commit()

	def measure_moves(self) -> None:
		frappe = self.frappe
		self.clones(self.informed, "MOVE", 2 * ROUNDS * EACH)
		frappe.db.sql(
			f"UPDATE `tab{STEP}` SET status='Done' WHERE name LIKE 'MOVE-%' AND step_title='Courtesy note'"
		)
		frappe.db.commit()
		self._compare("MOVE", "No answer: revive", self._move_plainly, "stage moves, against apply_workflow")
		revived = {"stage": "Revive", "name": ("like", "MOVE-%")}
		assert frappe.db.count(ENTRY, revived) == 2 * ROUNDS * EACH

	def _move_plainly(self, names: list[str]) -> None:
		from frappe.model.workflow import apply_workflow

		for name in names:
			apply_workflow(self.frappe.get_doc(ENTRY, name), "No response")
		self.frappe.db.commit()

	def _compare(self, prefix: str, title: str, plainly, what: str) -> None:
		"""The two take turns, a few steps each; a round's ratio is of two things done within the same second."""
		names = self.frappe.get_all(ENTRY, {"name": ("like", f"{prefix}-%")}, pluck="name", order_by="name")
		plain, ours = [], []
		for start in range(0, len(names), 2 * EACH):
			bare, some = names[start : start + EACH], names[start + EACH : start + 2 * EACH]

			def baseline(bare=bare):
				plain.append(ground.spent(plainly, bare))

			def candidate(some=some):
				self._only_due(some, title)
				ours.append(ground.spent(self.sweep))

			for act in (baseline, candidate) if start // EACH % 4 else (candidate, baseline):
				act()
		plain, ours = plain[WARM_UP:], ours[WARM_UP:]
		ratio = ground.middle([p.wall / o.wall for p, o in zip(plain, ours, strict=True)])
		cpu = ground.middle([p.cpu / o.cpu for p, o in zip(plain, ours, strict=True)])
		each = [ground.middle([one.wall for one in side]) / EACH * 1000 for side in (ours, plain)]
		detail = f"{each[0]:.1f} ms each against {each[1]:.1f} ms; {cpu:.2f}× by CPU time of this process"
		ground.report(what, ratio, EFFECT_GOAL, False, detail)

	def _only_due(self, names: list[str], title: str) -> None:
		step = self.frappe.qb.DocType(STEP)
		now = self.frappe.utils.now_datetime()
		everything = self.frappe.qb.update(step).set(step.due_on, now + timedelta(days=40))
		everything.where((step.status == "Scheduled") & (step.due_on <= now)).run()
		query = self.frappe.qb.update(step).set(step.due_on, now - timedelta(minutes=1))
		query.where(step.entry.isin(names) & (step.step_title == title)).run()
		self.frappe.db.commit()

	# ------------------------------------------------------------- long and short
	def measure_length(self, long: int = LONG) -> None:
		"""The same 10,000 steps due, half held and half skipped, on a short and on a long list, whose tables take turns."""
		frappe = self.frappe
		for table in TABLES:
			frappe.db.sql_ddl(f"TRUNCATE TABLE `{table}`")
		self.paused, self.answered = self._again()
		self._later()
		self._fill(SHORT)
		self._swap("short")
		for table in TABLES:
			frappe.db.sql_ddl(f"CREATE TABLE `{table}` LIKE `short {table}`")
			frappe.db.sql(f"INSERT INTO `{table}` SELECT * FROM `short {table}`")
		# Most of a million are closed, and an open one waits for one thing or two.
		self.clones(self.paused, "MORE", long - SHORT, step="Send the information")
		frappe.db.sql(f"ANALYZE TABLE {', '.join(f'`{t}`' for t in TABLES)}")
		times = {"long": [], "short": []}
		self._swap("long")
		for number in range(4):
			for name in ("long", "short") if number % 2 else ("short", "long"):
				self._take(name)
				self._make_due()
				spent = ground.seconds(self.sweep)
				if number:  # the first of each warms up
					times[name].append(spent)
				self._swap(name)
		ratio = ground.middle(times["long"]) / ground.middle(times["short"])
		detail = f"{DUE} due: {ground.middle(times['long']):.1f} s on {long:,}, {ground.middle(times['short']):.1f} s on {SHORT:,}"
		ground.report("a sweep on the long list against the short", ratio, LENGTH_GOAL, True, detail)
		for name in times:
			for table in TABLES:
				if name == "long":
					self._rename(f"{name} {table}", table)
				else:
					frappe.db.sql_ddl(f"DROP TABLE `{name} {table}`")
		self._empty()

	def measure_plans(self, long: int = LONG) -> None:
		"""How MariaDB goes about what runs each minute, and about opening the list of entries, on a long list."""
		self._fill(DUE)
		self.clones(self.paused, "MORE", long - DUE, step="Send the information")
		self.frappe.db.sql(f"ANALYZE TABLE {', '.join(f'`{t}`' for t in TABLES)}")
		self._show_plans()
		self._empty()

	def _empty(self) -> None:
		"""Quicker than to put a million rows back one by one."""
		for table in TABLES:
			self.frappe.db.sql_ddl(f"TRUNCATE TABLE `{table}`")

	def _show_plans(self) -> None:
		from frappe.desk import reportview

		from prospect_mgmt import health, sweep
		from tests import factories
		from tests.explain import explained, table

		frappe = self.frappe
		for prefix, title in (("PAUSED", "Send the information"), ("ANSWERED", "Courtesy note")):
			self.due_now(prefix, title, 100)
		with explained() as plans:
			sweep._is_anything_due()
			self.sweep()
			health.warnings()
		print("each minute", table(plans), sep="\n")
		page = {"doctype": ENTRY, "fields": ["name", "stage", "modified"], "page_length": 20}
		for roles in (("Prospect Agent",), ("Sales User",), ("Sales User", "Sales Manager")):
			user = factories.user(*roles).name
			prospect_list = frappe.get_doc("Prospect List", self.team.list)
			prospect_list.append("agents", {"user": user, "enabled": 1})
			prospect_list.save()
			frappe.db.set_value(ENTRY, {"name": ("like", "PAUSED-1%")}, "agent", user)
			frappe.set_user(user)
			with explained() as plans:
				rows = ground.seconds(lambda: frappe.get_list(**page))
				frappe.local.form_dict = frappe._dict(doctype=ENTRY, filters="[]", fields="[]", limit=1001)
				number = ground.seconds(reportview.get_count)
			print(f"the list, as {roles[-1]}: {rows * 1000:.0f} ms, its number {number * 1000:.0f} ms")
			print(table(plans))
			frappe.set_user("Administrator")

	def _again(self):
		from tests.site import sweeping

		return sweeping.enquiry(self.team), sweeping.informed(self.team)

	def _fill(self, number: int) -> None:
		frappe, now = self.frappe, self.frappe.utils.now_datetime()
		self.clones(self.paused, "PAUSED", DUE // 2)
		self.clones(self.answered, "ANSWERED", DUE // 2)
		self.clones(self.paused, "REST", number - DUE)
		entry = frappe.qb.DocType(ENTRY)
		frappe.qb.update(entry).set(entry.paused_until, now + timedelta(days=9)).where(
			entry.name.like("PAUSED-%")
		).run()
		frappe.qb.update(entry).set(entry.last_response_on, now).where(entry.name.like("ANSWERED-%")).run()
		frappe.db.commit()

	def _make_due(self) -> None:
		for prefix, title in (("PAUSED", "Send the information"), ("ANSWERED", "Courtesy note")):
			self.due_now(prefix, title, DUE // 2)

	def _swap(self, name: str) -> None:
		for table in TABLES:
			self._rename(table, f"{name} {table}")

	def _take(self, name: str) -> None:
		for table in TABLES:
			self._rename(f"{name} {table}", table)

	def _rename(self, old: str, new: str) -> None:
		self.frappe.db.commit()
		self.frappe.db.sql_ddl(f"RENAME TABLE `{old}` TO `{new}`")


if __name__ == "__main__":
	ground.run(main, "benchmarks.sweep")
