"""A site of very many entries: five stage changes, two interactions, two steps, an answer, a lead and its number each, over two years.

Its tables are kept in a schema of their own on the stack's server, in which the site's other tables are views. They are
made once, set by set (1,000,000 entries in four minutes), and again when the stack is, or when a column was added.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date

ENTRY, ACT, CHANGE, STEP, ANSWER = (
	"Prospect List Entry",
	"Prospect Interaction",
	"Prospect Stage Change",
	"Prospect Due Step",
	"Prospect Answer Promise",
)
REGISTER, LEAD = "Prospect Lead Number", "Lead"
TABLES = tuple(f"tab{doctype}" for doctype in (ENTRY, ACT, CHANGE, STEP, ANSWER, REGISTER, LEAD))
DAYS = 730
STAGES = "'Call', 'Email', 'Follow up', 'Revive', 'Done'"
AGENTS = tuple(f"agent{number}@volume.example" for number in range(1, 5))
LISTS = ("First volume", "Second volume")  # each has half of the entries, as chance has it
MADE = "made_with_reasons"  # another name when the rows are to be others


class Scene:
	"""Two lists with four agents, and one entry made by the procedure: the many are rows like it."""

	def __init__(self, frappe, stack):
		from tests import factories

		self.frappe, self.server = frappe, stack.mariadb
		for agent in AGENTS:
			factories.user("Sales User", email=agent)
		for title in LISTS:
			factories.prospect_list(*AGENTS, title=title, enrol_new_leads=0)
		lead = factories.lead(source="Website").name
		entry = frappe.get_doc(ENTRY, lead)
		entry.move_to_list(LISTS[0])
		entry.log_call("They ask for a price", objection="Price")
		entry.record_response("And the delivery?")
		entry.log_call("A week")
		self.where = {
			f"tab{ENTRY}": f"t.name = '{entry.name}'",
			f"tab{ACT}": f"t.entry = '{entry.name}' AND t.direction = 'Outgoing'",
			f"tab{ANSWER}": f"t.parent = '{entry.name}'",
			f"tab{CHANGE}": f"t.entry = '{entry.name}' AND t.from_stage IS NOT NULL",
			f"tab{STEP}": f"t.entry = '{entry.name}' AND t.occurrence = 1",
			f"tab{REGISTER}": f"t.name = '{lead}'",
			f"tab{LEAD}": f"t.name = '{lead}'",
		}
		self.start = frappe.utils.add_days(first_day(frappe), -DAYS)
		frappe.db.commit()


def first_day(frappe) -> date:
	"""Of this month: no volume gets old within a month."""
	return frappe.utils.get_first_day(frappe.utils.getdate())


class Volume:
	"""`entries` of them, for `scene`; `on_site()` puts them in the place of the site's."""

	def __init__(self, scene: Scene, entries: int):
		self.scene, self.entries = scene, entries
		self.schema = f"prospect_volume_{scene.start:%Y%m}_{entries}"
		self.site = scene.frappe.conf.db_name
		self.ensure()

	def ensure(self) -> None:
		"""Made unless it is there; the indexes are those that the site has now."""
		if not self._is_made():
			self._make()
		for table in TABLES:
			self._same_indexes(table)
		self._show_the_rest()

	@contextmanager
	def on_site(self):
		"""This process reads these rows instead of the site's; whatever else it asks for, it gets of the site."""
		self.scene.frappe.db.commit()
		self.scene.frappe.db.sql(f"USE `{self.schema}`")
		try:
			yield self
		finally:
			self.scene.frappe.db.sql(f"USE `{self.site}`")

	def drop(self) -> None:
		"""As if it had never been made."""
		self._run(f"DROP DATABASE `{self.schema}`")

	# ------------------------------------------------------------- tables
	def _show_the_rest(self) -> None:
		"""The other tables of the site, seen from here."""
		rest = self._tables(self.site) - set(TABLES)
		for table in rest - self._tables(self.schema):
			self._run(f"CREATE VIEW `{self.schema}`.`{table}` AS SELECT * FROM `{self.site}`.`{table}`")
		self._run(f"GRANT ALL ON `{self.schema}`.* TO `{self.site}`@localhost")

	def _tables(self, schema: str) -> set[str]:
		found = self._run(f"SHOW FULL TABLES FROM `{schema}` WHERE Table_type IN ('BASE TABLE', 'VIEW')")
		return {row[0] for row in found}

	def _run(self, statement: str) -> tuple:
		self.scene.frappe.db.commit()  # who has read a table holds it until then
		return self.scene.server.query(statement, database=self.site)

	def _columns(self, schema: str, table: str) -> list[str]:
		return [row[0] for row in self._run(f"SHOW COLUMNS FROM `{schema}`.`{table}`")]

	def _indexes(self, schema: str, table: str) -> dict[str, str]:
		"""{name: what it is of}, but for the primary key."""
		found: dict[str, str] = {}
		for _table, shared, key, _place, column, *_more in self._run(f"SHOW INDEX FROM `{schema}`.`{table}`"):
			kind = "INDEX" if shared else "UNIQUE"
			found[key] = f"{found[key]}, `{column}`" if key in found else f"{kind} `{column}`"
		found.pop("PRIMARY")
		return found

	def _is_made(self) -> bool:
		if not self._run(f"SHOW DATABASES LIKE '{self.schema}'"):
			return False
		return {MADE, *TABLES} <= self._tables(self.schema) and all(
			self._columns(self.schema, table) == self._columns(self.site, table) for table in TABLES
		)

	def _same_indexes(self, table: str) -> None:
		have, want = self._indexes(self.schema, table), self._indexes(self.site, table)
		changes = [f"DROP INDEX `{name}`" for name in have if have[name] != want.get(name)]
		for name, of in want.items():
			if have.get(name) != of:
				kind, columns = of.split(" ", 1)
				changes.append(f"ADD {kind} `{name}` ({columns})")
		if changes:
			self._run(f"ALTER TABLE `{self.schema}`.`{table}` {', '.join(changes)}")
			self._run(f"ANALYZE TABLE `{self.schema}`.`{table}`")

	# ------------------------------------------------------------- rows
	def _make(self) -> None:
		self._run(f"DROP DATABASE IF EXISTS `{self.schema}`")
		self._run(f"CREATE DATABASE `{self.schema}`")
		for table in TABLES:
			self._run(f"CREATE TABLE `{self.schema}`.`{table}` LIKE `{self.site}`.`{table}`")
			if indexes := self._indexes(self.schema, table):  # quicker made of rows that are there
				drop = ", ".join(f"DROP INDEX `{name}`" for name in indexes)
				self._run(f"ALTER TABLE `{self.schema}`.`{table}` {drop}")
		self._fill()
		self._run(f"CREATE TABLE `{self.schema}`.`{MADE}` (yes INT)")

	def _fill(self) -> None:
		day = f"TIMESTAMP('{self.scene.start}') + INTERVAL FLOOR(n.seq / {self.entries} * {DAYS * 24 * 60}) MINUTE"
		name = "CONCAT('E-', LPAD(n.seq, 8, '0'))"
		agents = ", ".join(f"'{agent}'" for agent in AGENTS)
		own = {"agent": f"ELT(n.seq % 4 + 1, {agents})"}
		own["prospect_list"] = f"IF(CRC32(n.seq) % 2, '{LISTS[0]}', '{LISTS[1]}')"
		closed = "n.seq % 10 < 8"
		self._rows(
			ENTRY,
			name=name,
			lead=name,
			open_lead=f"IF({closed}, NULL, {name})",
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
			respond_by=f"IF(n.seq % 2, {day} + INTERVAL 4 DAY, NULL)",
			responded_on=f"IF(n.seq % 2, {day} + INTERVAL (n.seq % 120) HOUR, NULL)",
			respond_status="IF(n.seq % 2, IF(n.seq % 120 <= 96, 'Met', 'Missed'), NULL)",
			information_sent_on=f"IF(n.seq % 3, {day}, NULL)",
			quotation=f"IF(n.seq % 7 < 2, {name}, NULL)",
			quoted_amount="n.seq % 1000",
			sale_value="n.seq % 500",
			done_on=f"IF({closed}, {day} + INTERVAL (n.seq % 30) DAY, NULL)",
			outcome=f"IF({closed}, ELT(n.seq % 5 + 1, 'Won', 'Lost', 'No response', 'Spam', 'Lost'), NULL)",
			objection="IF(n.seq % 5 = 1, 'Price', NULL)",
			closed_from=f"IF({closed}, ELT(n.seq % 2 + 1, 'Follow up', 'Revive'), NULL)",
			stage=f"IF({closed}, 'Done', 'Follow up')",
			**own,
		)
		self._rows(
			ACT,
			2,
			entry=name,
			lead=name,
			fact_key="NULL",
			occurred_on=f"{day} + INTERVAL (k.seq * 5) HOUR",
			recorded_on=f"{day} + INTERVAL (k.seq * 5 + n.seq % 30) HOUR",
			user=f"ELT((n.seq + k.seq) % 4 + 1, {agents})",
			channel="IF(k.seq = 2 AND n.seq % 3, 'Email', 'Phone')",
			objection="IF(n.seq % 7 = 0, 'Price', NULL)",
			**own,
		)
		self._rows(
			CHANGE,
			5,
			entry=name,
			from_stage=f"IF(k.seq = 1, NULL, ELT(k.seq - 1, {STAGES}))",
			to_stage=f"IF(k.seq = 5 AND n.seq % 10 >= 7, 'Follow up', ELT(k.seq, {STAGES}))",
			changed_on=f"{day} + INTERVAL (k.seq * 9) HOUR",
			stage_visit="k.seq",
			seconds_in_stage="n.seq * 7919 % 90000 * k.seq",
			working_seconds_in_stage="n.seq * 7919 % 30000 * k.seq",
			**own,
		)
		skipped = f"""ELT(n.seq DIV 4 % 3 + 1, 'the entry was closed', CONCAT('they answered on ', LEFT({day}, 16)),
			CONCAT('cancelled by ', {own["agent"]}, ': not needed'))"""
		self._rows(
			STEP,
			2,
			entry=name,
			stage_visit="k.seq",
			due_on=f"{day} + INTERVAL (k.seq * 20) HOUR",
			status="ELT(n.seq % 4 + 1, 'Done', 'Done', 'Skipped', 'Scheduled')",
			reason=f"ELT(n.seq % 4 + 1, 'done', 'done', {skipped}, NULL)",
		)
		self._rows(
			ANSWER,
			name=name,
			parent=name,
			asked_on=f"{day} + INTERVAL 3 DAY",
			respond_by=f"{day} + INTERVAL 4 DAY",
			responded_on=f"{day} + INTERVAL (n.seq % 120) HOUR",
			status="IF(n.seq % 120 <= 96, 'Met', 'Missed')",
			late="IF(n.seq % 120 > 96, n.seq % 120 * 600, 0)",
			waited="IF(n.seq % 120 > 96, n.seq % 120 * 200, 0)",
		)
		self._rows(LEAD, name=name)
		number = {"number": "n.seq * 2", "issued_on": day}
		status = "COALESCE(ELT(n.seq % 20 + 1, 'Deleted', 'Merged'), 'Given')"
		self._rows(REGISTER, name=name, lead=name, status=status, **number)

	def _rows(self, doctype: str, times: int = 1, **columns: str) -> None:
		"""Rows like one that is there; `n.seq` is the entry, `k.seq` counts its rows. IDs follow the time, as `names` makes them."""
		table, total = f"tab{doctype}", self.entries * times
		if times > 1:
			columns["name"] = "LPAD(CONV(m.seq, 10, 16), 18, '0')"
			numbers = f"""(SELECT seq, seq DIV {times} + 1 entry, seq % {times} + 1 nth FROM seq_0_to_{total - 1}) m"""
			columns = {
				key: value.replace("n.seq", "m.entry").replace("k.seq", "m.nth")
				for key, value in columns.items()
			}
		else:
			numbers = f"seq_1_to_{total} n"
		names = self._columns(self.site, table)
		values = ", ".join(columns.get(name, f"t.`{name}`") for name in names)
		wanted = ", ".join(f"`{name}`" for name in names)
		self._run(
			f"""INSERT INTO `{self.schema}`.`{table}` ({wanted}) SELECT {values} FROM {numbers}
			STRAIGHT_JOIN (SELECT * FROM `{self.site}`.`{table}` t WHERE {self.scene.where[table]} LIMIT 1) t"""
		)
