"""Each report of a month against the best hand-written SQL for the same figures, on the same data; and how its cost grows.

`python3 -m benchmarks.reports [entries] [--explain]`: first a tenth of the entries, then all; five stage changes, two
interactions, two steps, a lead and its number each, over two years.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager

from benchmarks import ground

ENTRY, ACT, CHANGE, STEP = (
	"Prospect List Entry",
	"Prospect Interaction",
	"Prospect Stage Change",
	"Prospect Due Step",
)
REGISTER = "Prospect Lead Number"
ENTRIES, GOAL, ROUNDS = 1_000_000, 1.5, 3
DAYS = 730
MEMORY = 6 << 30  # bytes, for the database
STAGES = "'Call', 'Email', 'Follow up', 'Revive', 'Done'"


def main(stack) -> None:
	import frappe

	sizes = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
	entries = sizes[0] if sizes else ENTRIES
	# A list of this size has a server of this size.
	stack.mariadb.query(f"SET GLOBAL innodb_buffer_pool_size = {MEMORY}")
	scene = Scene(frappe)
	scene.fill(1, entries // 10)
	small = scene.measure(entries // 10)
	scene.fill(entries // 10 + 1, entries)
	large = scene.measure(entries)
	for report, seconds in large.items():
		detail = f"{seconds:.2f} s for {entries:,} entries, {small[report]:.2f} s for {entries // 10:,}"
		ground.report(f"{report}: ten times the entries", seconds / small[report], 12, True, detail)
	if "--explain" in sys.argv:
		scene.explain()


class Scene:
	"""One entry made by the procedure, and many rows like it."""

	def __init__(self, frappe):
		from tests import factories

		self.frappe = frappe
		self.db = frappe.db
		agents = [factories.user("Sales User").name for _ in range(4)]
		self.list = factories.prospect_list(*agents).name
		lead = factories.lead(source="Website").name
		self.entry = frappe.get_doc(ENTRY, lead)
		self.lead = lead
		self.entry.move_to_list(self.list)
		self.entry.log_call("They ask for a price", objection="Price")
		self.agents = ", ".join(f"'{agent}'" for agent in agents)
		self.start = frappe.utils.add_days(frappe.utils.getdate(), -DAYS)
		first = frappe.utils.get_first_day(frappe.utils.add_months(self.start, 12))
		self.filters = {
			"from_date": first,
			"to_date": frappe.utils.get_last_day(first),
			"prospect_list": self.list,
		}
		self.bounds = {"list": self.list, "start": first, "end": frappe.utils.add_months(first, 1)}
		frappe.db.commit()

	# ------------------------------------------------------------- rows
	def fill(self, first: int, last: int) -> None:
		span = f"(n.seq - {first}) / {last - first + 1}"  # one after the other, as they come
		for start in range(first, last + 1, 50_000):
			self._fill(start, min(start + 49_999, last), span)
		for doctype in (ENTRY, ACT, CHANGE, STEP, REGISTER, "Lead"):
			self.db.sql(f"ANALYZE TABLE `tab{doctype}`")

	def _fill(self, first: int, last: int, span: str) -> None:
		name = "CONCAT('E-', LPAD(n.seq, 8, '0'))"
		random = "SUBSTR(MD5(CONCAT(n.seq, '-', k.seq)), 1, 20)"  # IDs of ledger rows follow no order
		day = f"TIMESTAMP('{self.start}') + INTERVAL FLOOR({span} * {DAYS * 24 * 60}) MINUTE"
		closed = "n.seq % 10 < 8"
		self._copy(
			ENTRY,
			f"t.name = '{self.entry.name}'",
			(first, last),
			name=name,
			lead=name,
			open_lead="NULL",
			agent=f"ELT(n.seq % 4 + 1, {self.agents})",
			source="ELT(n.seq % 3 + 1, 'Website', 'Referral', 'Facebook')",
			first_contact_on=day,
			acknowledge_by=f"{day} + INTERVAL 1 DAY",
			acknowledged_on=f"{day} + INTERVAL (n.seq % 40) HOUR",
			acknowledge_status="IF(n.seq % 40 <= 24, 'Met', 'Missed')",
			acknowledge_late="IF(n.seq % 40 > 24, n.seq % 40 * 1000, 0)",
			satisfy_by=f"{day} + INTERVAL 3 DAY",
			satisfied_on=f"{day} + INTERVAL (n.seq % 90) HOUR",
			satisfy_status="IF(n.seq % 90 <= 72, 'Met', 'Missed')",
			satisfy_late="IF(n.seq % 90 > 72, n.seq % 90 * 1000, 0)",
			satisfy_waited="IF(n.seq % 90 > 72, n.seq % 90 * 300, 0)",
			information_sent_on=f"IF(n.seq % 3, {day}, NULL)",
			quoted_amount="n.seq % 1000",
			sale_value="n.seq % 500",
			done_on=f"IF({closed}, {day} + INTERVAL (n.seq % 30) DAY, NULL)",
			outcome=f"IF({closed}, ELT(n.seq % 5 + 1, 'Won', 'Lost', 'No response', 'Spam', 'Lost'), NULL)",
			objection="IF(n.seq % 5 = 1, 'Price', NULL)",
			closed_from="ELT(n.seq % 2 + 1, 'Follow up', 'Revive')",
			stage=f"IF({closed}, 'Done', 'Follow up')",
		)
		self._copy(
			ACT,
			f"t.entry = '{self.entry.name}'",
			(first, last),
			2,
			name=random,
			entry=name,
			lead=name,
			fact_key="NULL",
			occurred_on=f"{day} + INTERVAL (k.seq * 5) HOUR",
			recorded_on=f"{day} + INTERVAL (k.seq * 5 + n.seq % 30) HOUR",
			user=f"ELT((n.seq + k.seq) % 4 + 1, {self.agents})",
			agent=f"ELT(n.seq % 4 + 1, {self.agents})",
			prospect_list=f"'{self.list}'",
			objection="IF(n.seq % 7 = 0, 'Price', NULL)",
		)
		self._copy(
			CHANGE,
			f"t.entry = '{self.entry.name}' AND t.from_stage IS NOT NULL",
			(first, last),
			5,
			name=random,
			entry=name,
			prospect_list=f"'{self.list}'",
			agent=f"ELT(n.seq % 4 + 1, {self.agents})",
			from_stage=f"IF(k.seq = 1, NULL, ELT(k.seq - 1, {STAGES}))",
			to_stage=f"ELT(k.seq, {STAGES})",
			changed_on=f"{day} + INTERVAL (k.seq * 9) HOUR",
			seconds_in_stage="n.seq % 90000 * k.seq",
			working_seconds_in_stage="n.seq % 30000 * k.seq",
		)
		self._copy(
			STEP,
			f"t.entry = '{self.entry.name}' AND t.occurrence = 1",
			(first, last),
			2,
			name=random,
			entry=name,
			stage_visit="k.seq",
			due_on=f"{day} + INTERVAL (k.seq * 20) HOUR",
			status="ELT(n.seq % 4 + 1, 'Done', 'Done', 'Skipped', 'Scheduled')",
		)
		self._copy("Lead", f"t.name = '{self.lead}'", (first, last), name=name)
		self._copy(
			REGISTER,
			f"t.name = '{self.lead}'",
			(first, last),
			name=name,
			lead=name,
			number="n.seq * 2",
			issued_on=day,
			status="COALESCE(ELT(n.seq % 20 + 1, 'Deleted', 'Merged'), 'Given')",
		)
		self.db.commit()

	def _copy(
		self, doctype: str, where: str, numbers: tuple[int, int], times: int = 1, **columns: str
	) -> None:
		"""Rows like the first one that `where` finds; `n.seq` is the entry, `k.seq` counts its rows."""
		names = [row[0] for row in self.db.sql(f"SHOW COLUMNS FROM `tab{doctype}`")]
		values = ", ".join(columns.get(name, f"t.`{name}`") for name in names)
		wanted = ", ".join(f"`{name}`" for name in names)
		first, last = numbers
		self.db.sql(
			f"""INSERT INTO `tab{doctype}` ({wanted})
			SELECT {values} FROM (SELECT * FROM `tab{doctype}` t WHERE {where} LIMIT 1) t
			JOIN seq_{first}_to_{last} n JOIN seq_1_to_{times} k"""
		)

	# ------------------------------------------------------------- measuring
	def measure(self, entries: int) -> dict[str, float]:
		"""Seconds of each report, and its ratio against the SQL by hand."""
		result = {}
		for report, statements in BY_HAND.items():
			by_hand, ours = ground.in_turn(
				lambda s=statements: self._by_hand(s), lambda r=report: self._report(r), ROUNDS
			)
			hand, own = ground.middle(by_hand), ground.middle(ours)
			ground.report(
				f"{report}, {entries:,} entries", own / hand, GOAL, True, f"{own:.2f} s against {hand:.2f} s"
			)
			result[report] = own
		return result

	def _report(self, report: str):
		scrubbed = self.frappe.scrub(report)
		module = f"prospect_mgmt.prospect_mgmt.report.{scrubbed}.{scrubbed}"
		return self.frappe.get_attr(f"{module}.execute")(self.filters)

	def _by_hand(self, statements: tuple[str, ...]) -> list:
		return [self.db.sql(statement, self.bounds) for statement in statements]

	def explain(self) -> None:
		"""How MariaDB reads each of the reports' queries: no table is read whole."""
		for report in BY_HAND:
			print(f"\n{report}")
			with self._seen() as queries:
				self._report(report)
			for query in queries:
				for row in self.db.sql(f"EXPLAIN {query}", as_dict=True):
					print(
						f"  {row.table!s:28} {row.type!s:8} {row.key!s:44} {row.rows!s:>9}  {row.Extra or ''}"
					)

	@contextmanager
	def _seen(self):
		"""The SELECTs over our tables that run meanwhile, as MariaDB got them."""
		queries, original = [], self.db.sql

		def sql(query, *args, **kwargs):
			found = original(query, *args, **kwargs)
			if str(self.db.last_query).startswith("SELECT") and "tabProspect" in str(self.db.last_query):
				queries.append(str(self.db.last_query))
			return found

		self.db.sql = sql
		try:
			yield queries
		finally:
			self.db.sql = original


COUNTS = "prospect_list = %(list)s AND (outcome IS NULL OR outcome NOT IN ('Spam', 'Duplicate'))"
RECEIVED = f"{COUNTS} AND first_contact_on >= %(start)s AND first_contact_on < %(end)s"
OF_MONTH = RECEIVED.replace("prospect_list", "e.prospect_list").replace(
	"first_contact_on", "e.first_contact_on"
)
E, A, C, S, N = (f"`tab{doctype}`" for doctype in (ENTRY, ACT, CHANGE, STEP, REGISTER))
ACTS = f"""FROM {A} a JOIN {E} e ON e.name = a.entry WHERE a.prospect_list = %(list)s AND a.occurred_on >= %(start)s
	AND a.occurred_on < %(end)s AND (e.outcome IS NULL OR e.outcome NOT IN ('Spam', 'Duplicate'))
	AND NOT EXISTS (SELECT 1 FROM {A} l WHERE l.corrects = a.name)"""


OPEN = "prospect_list_done_on_first_contact_on_agent_outcome_index"


def _figures(key: str, credit: str, changes: str) -> tuple[str, ...]:
	"""All figures of a period by a key of the entry, of the act, of the change; and of all together."""
	return tuple(f"{statement} WITH ROLLUP" for statement in _grouped(key, credit, changes))


def _grouped(key: str, credit: str, changes: str) -> tuple[str, ...]:
	return (
		f"""SELECT {key}, COUNT(*), SUM(acknowledge_status = 'Met'), SUM(acknowledge_status = 'Missed'), SUM(satisfy_status = 'Met'),
		SUM(satisfy_status = 'Missed'), SUM(quotation IS NOT NULL), SUM(quoted_amount) FROM {E} e WHERE {RECEIVED} GROUP BY 1""",
		f"""SELECT {key}, COUNT(*), SUM(outcome = 'Won'), SUM(IF(outcome = 'Won', sale_value, 0)),
		SUM(IF(outcome = 'Won', TIMESTAMPDIFF(SECOND, first_contact_on, done_on), 0)) FROM {E} e
		WHERE {COUNTS} AND done_on >= %(start)s AND done_on < %(end)s GROUP BY 1""",
		f"""SELECT {key}, COUNT(*) FROM {E} e FORCE INDEX ({OPEN}) WHERE {COUNTS} AND first_contact_on < %(end)s
		AND (done_on IS NULL OR done_on >= %(end)s) GROUP BY 1""",
		f"""SELECT {credit}, SUM(a.direction = 'Outgoing' AND a.channel IN ('Phone', 'In person') AND a.`by` = 'Person'),
		SUM(a.direction = 'Outgoing' AND a.channel IN ('Phone', 'In person') AND a.result IN ('Reached', 'Asked to call back')),
		SUM(a.direction = 'Outgoing' AND a.channel NOT IN ('Phone', 'In person') AND a.`by` = 'Person'),
		SUM(a.direction = 'Outgoing' AND a.`by` = 'Automatic'), SUM(a.direction = 'Incoming' AND a.`by` = 'Person') {ACTS} GROUP BY 1""",
		f"""SELECT {changes}, COUNT(DISTINCT c.entry), COUNT(DISTINCT IF(e.outcome = 'Won', c.entry, NULL)) FROM {C} c
		JOIN {E} e ON e.name = c.entry WHERE c.prospect_list = %(list)s AND c.changed_on >= %(start)s AND c.changed_on < %(end)s
		AND c.from_stage = 'Revive' AND c.to_stage != 'Done' AND (e.outcome IS NULL OR e.outcome NOT IN ('Spam', 'Duplicate')) GROUP BY 1""",
	)


BY_SOURCE = _figures("e.source", "e.source", "e.source")
CREDIT = "IF(a.`by` = 'Person' AND a.direction = 'Outgoing', a.user, a.agent)"
BY_AGENT = _figures("e.agent", CREDIT, "c.agent")
SHOWN = BY_SOURCE[:2]
BEFORE = tuple(
	s.replace("%(end)s", "%(start)s").replace(">= %(start)s", ">= %(start)s - INTERVAL 31 DAY") for s in SHOWN
)
MOVED = f"FROM {C} c JOIN {E} e ON e.name = c.entry WHERE {OF_MONTH}"
RANKS = """SELECT k, COUNT(*), MIN(IF(p * 2 >= n, v, NULL)), MIN(IF(p * 10 >= n * 9, v, NULL)) FROM (
	SELECT {key} k, {value} v, ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY {value}) p, COUNT(*) OVER (PARTITION BY {key}) n {rows}) r GROUP BY k"""


def _promises(promise: str, kept_on: str) -> tuple[str, str]:
	month = f"SUBDATE(DATE({promise}_by), DAYOFMONTH({promise}_by) - 1)"
	rows = f"""FROM {E} e WHERE {COUNTS} AND {promise}_status IN ('Met', 'Missed', 'Pending', 'Void')
		AND {promise}_by >= %(start)s AND {promise}_by < %(end)s"""
	late = f"({promise}_status = 'Missed' AND {kept_on} > {promise}_by)"
	took = f"TIMESTAMPDIFF(SECOND, {promise}_by, {kept_on})"
	return (
		f"""SELECT {month}, COUNT(*), SUM({promise}_status = 'Met'), SUM({promise}_status = 'Missed'), SUM({promise}_status = 'Pending'),
		SUM({promise}_status = 'Void'), SUM({late}), SUM(IF({late}, {promise}_late, 0)), SUM(IF({late}, {promise}_waited, 0)),
		SUM(IF({late}, {took}, 0)) {rows} GROUP BY 1""",
		RANKS.format(key=month, value=took, rows=f"{rows} AND {late}"),
	)


MOVES = "prospect_list = %(list)s AND changed_on >= %(start)s AND changed_on < %(end)s"
ISSUED = "issued_on >= %(start)s AND issued_on < %(end)s"
BY_HAND = {
	"Source Performance": (*SHOWN, *BEFORE),
	"Agent Performance": BY_AGENT,
	"Prospect Funnel": (
		f"SELECT COUNT(*), SUM(acknowledged_on IS NOT NULL), SUM(information_sent_on IS NOT NULL), SUM(quotation IS NOT NULL), SUM(outcome = 'Won') FROM {E} WHERE {RECEIVED}",
		f"SELECT c.to_stage, COUNT(DISTINCT c.entry) {MOVED} GROUP BY 1",
		f"SELECT c.from_stage, COUNT(DISTINCT IF(c.to_stage != 'Done', c.entry, NULL)), COUNT(*) {MOVED} GROUP BY 1",
		f"SELECT closed_from, SUM(outcome = 'Won'), SUM(outcome != 'Won') FROM {E} WHERE {RECEIVED} AND done_on IS NOT NULL GROUP BY 1",
		f"SELECT stage, COUNT(*) FROM {E} WHERE {RECEIVED} AND done_on IS NULL GROUP BY 1",
		RANKS.format(key="c.from_stage", value="c.seconds_in_stage", rows=MOVED),
		RANKS.format(key="c.from_stage", value="c.working_seconds_in_stage", rows=MOVED),
	),
	"Step Ledger": (
		f"""SELECT s.step_title, COUNT(*), SUM(s.status = 'Done'), SUM(s.status = 'Skipped'), SUM(s.status = 'Failed'), SUM(s.status = 'Scheduled')
		FROM {S} s JOIN {E} e ON e.name = s.entry WHERE s.status IN ('Done', 'Skipped', 'Failed', 'Scheduled')
		AND s.due_on >= %(start)s AND s.due_on < %(end)s AND e.prospect_list = %(list)s GROUP BY 1""",
	),
	"Promises Kept": (
		*_promises("acknowledge", "acknowledged_on"),
		*_promises("satisfy", "satisfied_on"),
		*_promises("respond", "responded_on"),
	),
	"Objections": (
		f"""SELECT h.objection, e.source, COUNT(DISTINCT e.name), COUNT(DISTINCT IF(h.closed, e.name, NULL)),
		COUNT(DISTINCT IF(r.name IS NULL, NULL, e.name)), COUNT(DISTINCT IF(r.name IS NULL OR e.outcome != 'Won', NULL, e.name))
		FROM (SELECT a.entry, a.objection, 0 closed {ACTS} AND a.objection > '' UNION
		SELECT name, objection, 1 FROM {E} WHERE {COUNTS} AND done_on >= %(start)s AND done_on < %(end)s AND objection > '') h
		JOIN {E} e ON e.name = h.entry
		LEFT JOIN {C} r ON r.entry = h.entry AND r.from_stage = 'Revive' AND r.to_stage != 'Done' GROUP BY 1, 2 WITH ROLLUP""",
	),
	"Stage History": (
		f"""SELECT c.*, e.lead_name FROM {C} c JOIN {E} e ON e.name = c.entry WHERE c.{MOVES} ORDER BY c.changed_on, c.creation LIMIT 5000""",
		f"SELECT to_stage, COUNT(*), COUNT(DISTINCT entry) FROM {C} WHERE {MOVES} GROUP BY 1",
		f"SELECT COUNT(DISTINCT entry) FROM {C} WHERE {MOVES}",
	),
	"Lead Number Register": (
		f"""SELECT n.*, l.source, LAG(n.number) OVER (PARTITION BY n.prefix ORDER BY n.number) FROM
		(SELECT * FROM {N} WHERE {ISSUED} ORDER BY prefix, number LIMIT 5000) n LEFT JOIN `tabLead` l ON l.name = n.lead""",
		f"""SELECT n.series, COUNT(*), SUM(n.status = 'Given'), SUM(n.status = 'Deleted'), SUM(n.status = 'Merged'), SUM(n.status = 'Renamed'),
		SUM(n.status = 'Given' AND l.source != n.source) FROM {N} n LEFT JOIN `tabLead` l ON l.name = n.lead WHERE {ISSUED} GROUP BY 1""",
	),
	"Record Quality": (
		f"SELECT agent, COUNT(*), SUM(interest IS NULL), SUM(source IS NULL), SUM(email_bounced_on IS NOT NULL) FROM {E} WHERE {RECEIVED} GROUP BY 1",
		f"""SELECT a.user, SUM(a.channel IN ('Phone', 'In person')), SUM(TRIM(a.summary) = ''), COUNT(*),
		SUM(TIMESTAMPDIFF(SECOND, a.occurred_on, a.recorded_on) > 86400) {ACTS} AND a.`by` = 'Person' AND a.direction = 'Outgoing' GROUP BY 1""",
		RANKS.format(
			key="a.user",
			value="TIMESTAMPDIFF(SECOND, a.occurred_on, a.recorded_on)",
			rows=f"{ACTS} AND a.`by` = 'Person' AND a.direction = 'Outgoing'",
		),
	),
}


if __name__ == "__main__":
	ground.run(main, "benchmarks.reports")
