"""Each report against the best hand-written SQL for the same figures, on the same data; and how its cost grows.

`python3 -m benchmarks.reports [entries] [--explain] [report …]`: a month of one list, with a tenth of the entries and with
all; with all also a year of all lists. The data is `benchmarks.volume`'s; 1,000,000 entries when nothing is said.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from benchmarks import ground
from benchmarks.volume import ACT, AGENTS, ANSWER, CHANGE, ENTRY, LISTS, REGISTER, STEP, Scene, Volume

ENTRIES, GOAL, ROUNDS = 1_000_000, 1.5, 3
GROWTH = 12  # a month of ten times the entries has ten times the rows
MEMORY = 2 << 30  # bytes that the database keeps in memory: a third of what 1,000,000 entries take


def main(stack) -> None:
	import frappe

	stack.mariadb.query(f"SET GLOBAL innodb_buffer_pool_size = {MEMORY}")
	words = [word for word in sys.argv[1:] if word != "--explain"]
	entries = next((int(word) for word in words if word.isdigit()), ENTRIES)
	reports = [report for report in BY_HAND if report in words] or list(BY_HAND)
	scene = Scene(frappe, stack)
	bench = Bench(frappe, scene.start)
	small, large = Volume(scene, entries // 10), Volume(scene, entries)
	if "--explain" in sys.argv:
		with large.on_site():
			for report in reports:
				bench.explain(report)
		return
	before = {}
	with small.on_site():
		for report in reports:
			before[report] = bench.measure(report, small, bench.month)
	with large.on_site():
		for report in reports:
			now = bench.measure(report, large, bench.month)
			detail = (
				f"{now:.2f} s with {large.entries:,} entries, {before[report]:.2f} s with {small.entries:,}"
			)
			ground.report(f"{report}: ten times the entries", now / before[report], GROWTH, True, detail)
			bench.measure(report, large, bench.year, rounds=2, warm_up=0)


class Bench:
	"""The reports and the SQL by hand, asked for a period and lists."""

	def __init__(self, frappe, start):
		self.frappe, self.db = frappe, frappe.db
		first = frappe.utils.get_first_day(frappe.utils.add_months(start, 12))
		self.month = ("a month of a list", first, 1, LISTS[:1])
		self.year = ("a year of all lists", frappe.utils.add_months(first, -6), 12, LISTS)

	def measure(
		self, report: str, volume: Volume, asked: tuple, rounds: int = ROUNDS, warm_up: int = 1
	) -> float:
		"""Seconds of a report, and its ratio against the SQL by hand."""
		by_hand, ours = ground.in_turn(
			lambda: self._by_hand(report, asked), lambda: self._report(report, asked), rounds, warm_up
		)
		hand, own = ground.middle(by_hand), ground.middle(ours)
		what = f"{report}, {asked[0]}, {volume.entries:,} entries"
		ground.report(what, own / hand, GOAL, True, f"{own:.2f} s against {hand:.2f} s")
		return own

	def _report(self, report: str, asked: tuple):
		_what, first, months, lists = asked
		last = self.frappe.utils.add_days(self.frappe.utils.add_months(first, months), -1)
		filters = {"from_date": first, "to_date": last}
		if len(lists) == 1:
			filters["prospect_list"] = lists[0]
		name, own = OTHERWISE.get(report, (report, {}))
		scrubbed = self.frappe.scrub(name)
		module = f"prospect_mgmt.prospect_mgmt.report.{scrubbed}.{scrubbed}"
		return self.frappe.get_attr(f"{module}.execute")({**filters, **own})

	def _by_hand(self, report: str, asked: tuple) -> list:
		_what, first, months, lists = asked
		end = self.frappe.utils.add_months(first, months)
		bounds = {"lists": lists, "all": lists == LISTS, "start": first, "end": end}
		bounds["before"] = self.frappe.utils.add_days(first, (first - end).days)
		more = OF_SEVERAL_MONTHS.get(report, ()) if months > 1 else ()
		return [self.db.sql(statement, bounds) for statement in (*BY_HAND[report], *more)]

	def explain(self, report: str) -> None:
		"""How MariaDB goes about each query of a report, how long it takes, and what it reads."""
		for asked in (self.month, self.year):
			print(f"\n{report}, {asked[0]}")
			with self._seen() as queries:
				self._report(report, asked)
			for query in queries:
				print(f"  {ground.seconds(self.db.sql, query):.2f} s  {query[:150]}")
				for row in self.db.sql(f"EXPLAIN {query}", as_dict=True):
					print(
						f"    {row.table!s:28} {row.type!s:8} {row.key!s:44} {row.rows!s:>9}  {row.Extra or ''}",
						flush=True,
					)

	@contextmanager
	def _seen(self) -> Iterator[list[str]]:
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


E, A, C, S, N, R = (f"`tab{doctype}`" for doctype in (ENTRY, ACT, CHANGE, STEP, REGISTER, ANSWER))
COUNTED = "(outcome IS NULL OR outcome NOT IN ('Spam', 'Duplicate'))"
COUNTS = f"prospect_list IN %(lists)s AND {COUNTED}"
RECEIVED = f"{COUNTS} AND first_contact_on >= %(start)s AND first_contact_on < %(end)s"
CLOSED = f"{COUNTS} AND done_on >= %(start)s AND done_on < %(end)s"
OPEN = f"{E} FORCE INDEX (prospect_list_done_on_first_contact_on_agent_outcome_index) WHERE {COUNTS} AND first_contact_on < %(end)s AND (done_on IS NULL OR done_on >= %(end)s)"
ACTS = f"""FROM {A} a FORCE INDEX (prospect_list_occurred_on_objection_entry_index) JOIN {E} e ON e.name = a.entry WHERE a.prospect_list IN %(lists)s
	AND a.occurred_on >= %(start)s AND a.occurred_on < %(end)s AND {COUNTED}
	AND a.name NOT IN (SELECT corrects FROM {A} WHERE corrects IS NOT NULL)"""
OURS = "a.`by` = 'Person' AND a.direction = 'Outgoing'"
SPOKEN = "a.channel IN ('Phone', 'In person')"
LEFT = f"""FROM {C} c FORCE INDEX (prospect_list_from_stage_changed_on_to_stage_agent_entry_index) JOIN {E} e ON e.name = c.entry WHERE c.prospect_list IN %(lists)s
	AND c.changed_on >= %(start)s AND c.changed_on < %(end)s AND c.from_stage = 'Revive' AND c.to_stage != 'Done' AND {COUNTED}"""
REVIVED = "COUNT(DISTINCT c.entry), COUNT(DISTINCT IF(e.outcome = 'Won', c.entry, NULL))"
IN_MONTH = f"""SELECT {{key}}, COUNT(*), SUM(acknowledge_status = 'Met'), SUM(acknowledge_status = 'Missed'), SUM(satisfy_status = 'Met'),
	SUM(satisfy_status = 'Missed'), SUM(quotation > ''), SUM(quoted_amount), SUM(done_on IS NOT NULL AND outcome = 'Won') FROM {E} WHERE {RECEIVED} GROUP BY 1"""
DONE = f"""SELECT {{key}}, COUNT(*), SUM(outcome = 'Won'), SUM(IF(outcome = 'Won', sale_value, 0)),
	SUM(IF(outcome = 'Won', TIMESTAMPDIFF(SECOND, first_contact_on, done_on), 0)) FROM {E} WHERE {CLOSED} GROUP BY 1"""
BY_SOURCE = tuple(statement.format(key="source") for statement in (IN_MONTH, DONE))
BEFORE = tuple(s.replace("%(start)s", "%(before)s").replace("%(end)s", "%(start)s") for s in BY_SOURCE)
BY_AGENT = (
	*(statement.format(key="agent") for statement in (IN_MONTH, DONE)),
	f"SELECT agent, COUNT(*) FROM {OPEN} GROUP BY 1",
	f"""SELECT IF({OURS}, a.user, a.agent), SUM({OURS} AND {SPOKEN}),
	SUM({OURS} AND {SPOKEN} AND a.result IN ('Reached', 'Asked to call back')), SUM({OURS} AND NOT {SPOKEN}),
	SUM(a.direction = 'Outgoing' AND a.`by` = 'Automatic' AND NOT {SPOKEN}), SUM(a.direction = 'Incoming' AND a.`by` = 'Person') {ACTS} GROUP BY 1""",
	f"SELECT c.agent, {REVIVED} {LEFT} GROUP BY 1",
	f"SELECT {REVIVED} {LEFT}",
)
COHORT = f"FROM {E} e FORCE INDEX (prospect_list_first_contact_on_outcome_agent_source_index)"
OF_COHORT = RECEIVED.replace("prospect_list", "e.prospect_list")
MOVED = f"{COHORT} JOIN {C} c ON c.entry = e.name WHERE {OF_COHORT}"
NUMBER = "FIELD({}, 'Call', 'Email', 'Follow up', 'Revive', 'Done')"
BITS = f"(SELECT BIT_OR({{}}) FROM {C} c WHERE c.entry = e.name)"
ENTERED = BITS.format(f"1 << {NUMBER.format('c.to_stage')}")
WENT_ON = BITS.format(f"IF(c.to_stage = 'Done', 0, 1 << {NUMBER.format('c.from_stage')})")
RANKS = """SELECT k, {ranks} FROM (SELECT {key} k, COUNT(*) OVER (PARTITION BY {key}) n, {places} {rows}) r GROUP BY k"""
REACHED = (
	"TRUE",
	"acknowledged_on IS NOT NULL",
	"information_sent_on IS NOT NULL",
	"quotation > ''",
	"done_on AND outcome = 'Won'",
)


def _ranks(key: str, rows: str, *values: str) -> str:
	"""Median and 90th percentile of each value, by group."""
	places = ", ".join(
		f"{value} v{n}, ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY {value}) p{n}"
		for n, value in enumerate(values)
	)
	ranks = ", ".join(
		f"MIN(IF(p{n} * 2 >= n, v{n}, NULL)), MIN(IF(p{n} * 10 >= n * 9, v{n}, NULL))"
		for n in range(len(values))
	)
	return RANKS.format(key=key, rows=rows, places=places, ranks=ranks)


def _promises(
	moment: str, kept_on: str, status: str, late_by: str, waited: str, rows: str
) -> tuple[str, ...]:
	"""By month; how late, kept or not; and how late all together, which a single month says itself."""
	month = f"SUBDATE(DATE({moment}), DAYOFMONTH({moment}) - 1)"
	rows = f"{rows} AND {moment} >= %(start)s AND {moment} < %(end)s"
	late = f"({status} = 'Missed' AND {kept_on} > {moment})"
	took = f"TIMESTAMPDIFF(SECOND, {moment}, {kept_on})"
	not_yet = f"{status} = 'Missed' AND NOT COALESCE({kept_on} > {moment}, 0)"
	so_far = f"TIMESTAMPDIFF(SECOND, {moment}, COALESCE(done_on, NOW()))"
	return (
		f"""SELECT {month}, COUNT(*), SUM({status} = 'Met'), SUM({status} = 'Missed'), SUM({status} = 'Pending'),
		SUM({status} = 'Void'), SUM({late}), SUM(IF({late}, {late_by}, 0)), SUM(IF({late}, {waited}, 0)),
		SUM(IF({late}, {took}, 0)) {rows} GROUP BY 1""",
		_ranks(month, f"{rows} AND {late}", took),
		_ranks(month, f"{rows} AND {not_yet}", so_far),
		_ranks("1", f"{rows} AND {late}", took),
		_ranks("1", f"{rows} AND {not_yet}", so_far),
	)


def _on_entry(promise: str, kept_on: str) -> tuple[str, ...]:
	"""A promise that an entry has one of."""
	status, late, waited = (f"{promise}_{what}" for what in ("status", "late", "waited"))
	rows = f"FROM {E} WHERE {COUNTS} AND {status} IN ('Met', 'Missed', 'Pending', 'Void')"
	return _promises(f"{promise}_by", kept_on, status, late, waited, rows)


ANSWERS = f"FROM {R} r FORCE INDEX (respond_by_parent_index) JOIN {E} e ON e.name = r.parent WHERE {COUNTS}"
PROMISES = [
	_on_entry("acknowledge", "acknowledged_on"),
	_on_entry("satisfy", "satisfied_on"),
	_promises("r.respond_by", "r.responded_on", "r.status", "r.late", "r.waited", ANSWERS),
]
MOVES = f"{C} c FORCE INDEX (prospect_list_changed_on_to_stage_entry_agent_index)"
OF_MOVES = "c.prospect_list IN %(lists)s AND changed_on >= %(start)s AND changed_on < %(end)s"
ISSUED = f"""issued_on >= %(start)s AND issued_on < %(end)s
	AND (%(all)s OR EXISTS (SELECT 1 FROM {E} e WHERE e.lead = n.lead AND e.prospect_list IN %(lists)s))"""
DELAY = "GREATEST(TIMESTAMPDIFF(SECOND, a.occurred_on, a.recorded_on), 0)"
STEPS = f"""COUNT(*), SUM(s.status = 'Done'), SUM(s.status = 'Skipped'), SUM(s.status = 'Failed'), SUM(s.status = 'Scheduled')
	FROM {S} s FORCE INDEX (status_due_on_entry_index) JOIN {E} e ON e.name = s.entry WHERE s.status IN ('Done', 'Skipped', 'Failed', 'Scheduled')
	AND s.due_on >= %(start)s AND s.due_on < %(end)s AND e.prospect_list IN %(lists)s GROUP BY 1"""
WORDS = ("they answered on", "counted again from", "cancelled by", "stage left:", "moved to the list")
KIND = f"""CASE WHEN s.status = 'Scheduled' OR s.reason IS NULL THEN ''
	{" ".join(f"WHEN s.reason LIKE '{words} %%' THEN '{words}'" for words in WORDS)} ELSE s.reason END"""
BY_HAND = {
	"Source Performance": (*BY_SOURCE, *BEFORE),
	"Agent Performance": BY_AGENT,
	"Prospect Funnel": (
		f"""SELECT {", ".join(f"SUM({reached})" for reached in REACHED)},
		{", ".join(f"SUM({before} AND {reached})" for before, reached in pairwise(REACHED))} FROM {E} WHERE {RECEIVED}""",
		f"SELECT c.from_stage, c.to_stage, COUNT(*) {MOVED} GROUP BY 1, 2",
		f"SELECT entered, went_on, COUNT(*) FROM (SELECT {ENTERED} entered, {WENT_ON} went_on {COHORT} WHERE {OF_COHORT}) ways GROUP BY 1, 2",
		f"SELECT closed_from, SUM(outcome = 'Won'), SUM(outcome != 'Won') FROM {E} WHERE {RECEIVED} AND done_on IS NOT NULL GROUP BY 1",
		f"SELECT stage, COUNT(*) FROM {E} WHERE {RECEIVED} AND done_on IS NULL GROUP BY 1",
		_ranks(
			NUMBER.format("c.from_stage"),
			f"{MOVED} AND c.from_stage IS NOT NULL",
			"c.seconds_in_stage",
			"c.working_seconds_in_stage",
		),
	),
	"Step Ledger": (f"SELECT s.step_title, {STEPS}",),
	"Step Ledger by reason": (f"SELECT {KIND}, {STEPS}",),
	"Promises Kept": tuple(statement for promise in PROMISES for statement in promise[:3]),
	"Objections": (
		f"""SELECT h.objection, e.source, COUNT(DISTINCT h.entry), COUNT(DISTINCT IF(h.closed, h.entry, NULL)),
		COUNT(DISTINCT IF(r.name IS NULL, NULL, h.entry)), COUNT(DISTINCT IF(r.name IS NOT NULL AND e.outcome = 'Won', h.entry, NULL))
		FROM (SELECT a.entry, a.objection, 0 closed {ACTS} AND a.objection > '' UNION ALL
		SELECT name, objection, 1 FROM {E} WHERE {CLOSED} AND objection > '') h LEFT JOIN {E} e ON e.name = h.entry
		LEFT JOIN {C} r ON r.entry = h.entry AND r.from_stage = 'Revive' AND r.to_stage != 'Done' GROUP BY 1, 2 WITH ROLLUP""",
	),
	"Stage History": (
		f"""SELECT c.*, e.lead_name FROM {MOVES} JOIN {E} e ON e.name = c.entry WHERE {OF_MOVES}
		AND changed_on <= COALESCE((SELECT changed_on FROM {MOVES} WHERE {OF_MOVES} ORDER BY changed_on LIMIT 1 OFFSET 4999), %(end)s)
		ORDER BY c.changed_on, c.creation LIMIT 5000""",
		f"SELECT to_stage, COUNT(*) FROM {MOVES} WHERE {OF_MOVES} GROUP BY 1",
		f"SELECT COUNT(DISTINCT entry) FROM {MOVES} WHERE {OF_MOVES}",
	),
	"Lead Number Register": (
		f"""SELECT n.*, l.source FROM
		(SELECT * FROM {N} n WHERE {ISSUED} ORDER BY prefix, number LIMIT 5000) n LEFT JOIN `tabLead` l ON l.name = n.lead""",
		f"""SELECT n.series, COUNT(*), SUM(n.status = 'Given'), SUM(n.status = 'Deleted'), SUM(n.status = 'Merged'), SUM(n.status = 'Renamed'),
		SUM(n.status = 'Given' AND l.source != n.source), n.prefix, MIN(n.number), MAX(n.number) FROM {N} n LEFT JOIN `tabLead` l ON l.name = n.lead
		WHERE {ISSUED} GROUP BY n.series, n.prefix""",
		f"""SELECT m.prefix, COUNT(*) FROM (SELECT prefix, MIN(number) low, MAX(number) high FROM {N} n WHERE {ISSUED} GROUP BY 1) m
		JOIN {N} n ON n.prefix = m.prefix AND n.number BETWEEN m.low AND m.high GROUP BY 1""",
		f"""SELECT n.series, n.prefix, SUM(b.number - COALESCE(b.earlier, 0) - 1) FROM {N} n JOIN (SELECT o.name, o.number,
		LAG(o.number) OVER (PARTITION BY o.prefix ORDER BY o.number) earlier FROM (SELECT prefix, MIN(number) low, MAX(number) high
		FROM {N} n WHERE {ISSUED} GROUP BY 1) m JOIN {N} o ON o.prefix = m.prefix AND o.number BETWEEN m.low AND m.high) b
		ON b.name = n.name AND b.number > COALESCE(b.earlier, 0) + 1 WHERE {ISSUED} GROUP BY 1, 2""",
	),
	"Record Quality": (
		f"SELECT agent, COUNT(*), SUM(COALESCE(interest, '') = ''), SUM(COALESCE(source, '') = ''), SUM(email_bounced_on IS NOT NULL) FROM {E} WHERE {RECEIVED} GROUP BY 1",
		f"""SELECT a.user, SUM({SPOKEN}), SUM({SPOKEN} AND TRIM(a.summary) = ''), COUNT(*), SUM({DELAY} > 86400) {ACTS} AND {OURS} GROUP BY 1""",
		_ranks(f"FIELD(a.user, {', '.join(map(repr, AGENTS))})", f"{ACTS} AND {OURS}", DELAY),
		_ranks("1", f"{ACTS} AND {OURS}", DELAY),
	),
}
OTHERWISE = {"Step Ledger by reason": ("Step Ledger", {"group_by": "Reason"})}  # with choices of their own
OF_SEVERAL_MONTHS = {"Promises Kept": tuple(s for promise in PROMISES for s in promise[3:])}


if __name__ == "__main__":
	ground.run(main, "benchmarks.reports")
