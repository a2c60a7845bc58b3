"""Lead numbers: given at insert whatever the door, by source, never twice.

The counters are rows of Frappe's `tabSeries` under keys of our own, which no other DocType shares and which Frappe does
not wind back on delete. Every number given is kept as a Prospect Lead Number, also after its lead is gone.
"""

from collections.abc import Callable, Collection

import frappe
from frappe.model.naming import parse_naming_series
from frappe.utils import cint, now_datetime

from prospect_mgmt import compat, set_based
from prospect_mgmt.procedure import numbering
from prospect_mgmt.sent import Names

REGISTER = "Prospect Lead Number"
KEY = "Lead Number:"  # before the prefix, in tabSeries


def give(lead) -> str | None:
	"""The next number for a new Lead; None when numbering is switched off."""
	settings = frappe.get_cached_doc("Prospect Management Settings")
	if not settings.number_leads:
		return None
	source = compat.lead_source(lead)
	series = series_for(source, settings)
	if not series:
		return None
	counter = _Counter()
	while True:
		number = parse_naming_series(series, doc=lead, number_generator=counter)
		if _register(number, series, counter, source):
			return number


def series_for(source: str | None, settings=None) -> str:
	"""The series a source is numbered by."""
	settings = settings or frappe.get_cached_doc("Prospect Management Settings")
	table = [(row.source, row.series) for row in settings.lead_number_series]
	return numbering.choose(source, table, settings.default_series or "")


class _Counter:
	"""The number generator that Frappe's series parser asks; remembers what it gave."""

	prefix, value = "", 0

	def __call__(self, prefix: str, digits: int) -> str:
		self.prefix, self.value = prefix, next_value(prefix)
		return str(self.value).zfill(digits)


def next_value(prefix: str) -> int:
	"""Count one up, in one statement: many writers on a prefix that was never used wait for each other, none fails."""
	return frappe.db.sql(
		"""INSERT INTO `tabSeries` (`name`, `current`) VALUES (%s, %s)
		ON DUPLICATE KEY UPDATE `current` = `current` + 1 RETURNING `current`""",
		(KEY + prefix, 1),
	)[0][0]


def current_value(prefix: str) -> int:
	"""The number given last under a prefix; 0 when none was."""
	return cint(frappe.db.get_value("Series", KEY + prefix, "current", order_by=None))


def current_values(prefixes: Collection[str]) -> dict[str, int]:
	"""The number given last under each of some prefixes that gave any."""
	table = frappe.qb.DocType("Series")
	names = {KEY + prefix: prefix for prefix in prefixes}
	query = frappe.qb.from_(table).select(table.name, table.current).where(table.name.isin(list(names)))
	return {names[name]: cint(current) for name, current in query.run() if name in names} if names else {}


def _register(number: str, series: str, counter: _Counter, source: str | None) -> bool:
	"""Write a number into the register; False when a lead or the register has it already (an imported ID, say)."""
	lead, register = frappe.qb.DocType("Lead"), frappe.qb.DocType(REGISTER)
	taken = frappe.qb.from_(lead).select(lead.name).where(lead.name == number)
	if (taken * frappe.qb.from_(register).select(register.name).where(register.name == number)).run():
		return False
	_insert(number, series=series, prefix=counter.prefix, number=counter.value, source=source)
	return True


def _insert(name: str, **values) -> None:
	_insert_all([{"name": name, "lead": name, **values}])


def _insert_all(rows: list[dict]) -> None:
	now, user = now_datetime(), frappe.session.user
	common = {"status": "Given", "issued_on": now, "docstatus": 0, "idx": 0}
	common |= {"creation": now, "modified": now, "owner": user, "modified_by": user}
	set_based.insert(REGISTER, [common | row for row in rows])


def can_be_foretold() -> bool:
	"""Whether we number leads; else an admin's Document Naming Rule or ERPNext does, which tell nothing beforehand."""
	rule = {"document_type": "Lead", "disabled": 0}
	return bool(frappe.get_cached_doc("Prospect Management Settings").number_leads) and not frappe.db.exists(
		"Document Naming Rule", rule
	)


class Forecast:
	"""The numbers that leads would be given now, one after the other; nothing is counted until `reserve`.

	`is_taken`: which of some numbers somebody else has, besides the leads and the register of the site.
	"""

	def __init__(self, is_taken: Callable[[list[str]], set[str]] = lambda _numbers: set()):
		self._is_taken = is_taken
		self.counters: dict[str, list[int]] = {}  # prefix: [given last on the site, given last here]
		self._settings = frappe.get_cached_doc("Prospect Management Settings")

	def of(self, leads: list[frappe._dict]) -> list[frappe._dict]:
		"""{number, series, prefix, value, source} of each lead, given in this order."""
		before, taken = {prefix: list(last) for prefix, last in self.counters.items()}, set()
		while True:
			found = [self._next(lead, taken) for lead in leads]
			more = self._taken([each.number for each in found]) - taken
			if not more:
				return found
			taken |= more
			self.counters = {prefix: list(last) for prefix, last in before.items()}

	def _next(self, lead: frappe._dict, taken: set[str]) -> frappe._dict:
		source = compat.lead_source(lead)
		series = series_for(source, self._settings)
		given = frappe._dict(series=series, source=source)

		def count(prefix: str, digits: int) -> str:
			if prefix not in self.counters:
				self.counters[prefix] = [current_value(prefix)] * 2
			self.counters[prefix][1] += 1
			given.prefix, given.value = prefix, self.counters[prefix][1]
			return str(given.value).zfill(digits)

		while not given.number or given.number in taken:
			given.number = parse_naming_series(series, doc=lead, number_generator=count)
		return given

	def _taken(self, found: list[str]) -> set[str]:
		return taken_among(found) | self._is_taken(found)


def taken_among(numbers: list[str]) -> set[str]:
	"""Those of some numbers that a lead has, or had."""
	lead, register = frappe.qb.DocType("Lead"), frappe.qb.DocType(REGISTER)
	had = frappe.qb.from_(register).select(register.name).where(register.name.isin(numbers))
	query = frappe.qb.from_(lead).select(lead.name).where(lead.name.isin(numbers)) * had
	return set(query.run(pluck=True)) if numbers else set()


def reserve(counters: dict[str, list[int]]) -> bool:
	"""Count all the numbers of a Forecast at once; False, and nothing is counted, when others were given since."""
	table = frappe.qb.DocType("Series")
	for prefix, (before, _last) in sorted(counters.items()):
		query = frappe.qb.from_(table).select(table.current).where(table.name == KEY + prefix)
		found = query.for_update().run()
		if cint(found[0][0] if found else 0) != before:
			return False
	for prefix, (_before, last) in counters.items():
		frappe.db.sql(
			"INSERT INTO `tabSeries` (`name`, `current`) VALUES (%s, %s) ON DUPLICATE KEY UPDATE `current` = %s",
			(KEY + prefix, last, last),
		)
	return True


def register(given: list[frappe._dict], status: str = "Given") -> None:
	"""Write numbers of a Forecast into the register."""
	rows = [
		{
			"name": each.number,
			"lead": each.number,
			"series": each.series,
			"prefix": each.prefix,
			"number": each.value,
			"source": each.source,
			"status": status,
		}
		for each in given
	]
	_insert_all(rows)


def give_ahead(like) -> str:
	"""A number as the new Lead `like` would get it, for a lead that is there or may come: `lead_to`. `like` is never inserted."""
	like.set_new_name()
	frappe.flags.prospect_lead_being_made = None  # by our `autoname`
	if not frappe.db.exists(REGISTER, like.name):
		_insert(like.name)
	frappe.db.set_value(REGISTER, like.name, "lead", None)
	return like.name


def lead_to(number: str, lead: str) -> None:
	"""A number given ahead leads to its lead from now on; where that has one of its own, as that of a merged lead does."""
	status = "Given" if lead == number else "Merged"
	frappe.db.set_value(REGISTER, number, {"lead": lead, "status": status})


def deleted(lead: str) -> None:
	"""The lead is gone; its number stays in the register, so that nobody ever gets it again."""
	if not frappe.db.exists(REGISTER, lead):
		_insert(lead, status="Deleted")
	elif frappe.db.get_value(REGISTER, lead, "lead") == lead:  # else it was merged, and leads to another
		frappe.db.set_value(REGISTER, lead, "status", "Deleted")


def renamed(old: str, new: str, merge: bool) -> None:
	"""The old number still finds the lead it became."""
	if not frappe.db.exists(REGISTER, old):
		_insert(old)
	register = frappe.qb.DocType(REGISTER)
	frappe.qb.update(register).set(register.lead, new).where(register.lead == old).run()
	frappe.db.set_value(REGISTER, old, "status", "Merged" if merge else "Renamed")


def lead_of(number: str) -> str | None:
	"""The lead that a number leads to today, also after a merge or a rename."""
	if frappe.db.exists("Lead", number):
		return number
	lead = frappe.db.get_value(REGISTER, number, "lead")
	return lead if lead and frappe.db.exists("Lead", lead) else None


def upcoming(series: str) -> str:
	"""The number that a series gives next, if no lead has it already. Counts nothing."""

	def peek(prefix: str, digits: int) -> str:
		return str(current_value(prefix) + 1).zfill(digits)

	return parse_naming_series(series, doc=frappe.new_doc("Lead"), number_generator=peek)


@frappe.whitelist()
def preview(series: Names) -> dict[str, str]:
	"""For the settings form, before a change is saved: {series: the number it would give next}; "" where it cannot count."""
	frappe.has_permission("Prospect Management Settings", "write", throw=True)
	return {each: _upcoming_or_nothing(each) for each in series}


def _upcoming_or_nothing(series: str) -> str:
	try:
		numbering.check(series, frappe.get_meta("Lead").get_valid_columns())
		return upcoming(series)
	except numbering.SeriesError:
		return ""  # saving says what is wrong with it


def all_series() -> list[str]:
	"""Every series in the settings, each once."""
	return all_series_of(frappe.get_cached_doc("Prospect Management Settings"))


def all_series_of(settings) -> list[str]:
	"""Every series in a settings document, each once."""
	named = [row.series for row in settings.lead_number_series] + [settings.default_series]
	return list(dict.fromkeys(series for series in named if series))


def prepare(series: str, on) -> None:
	"""Create the counter row that a series will use on a date, unless it is there. One with a field of the lead waits for it."""
	if any(
		part.kind == numbering.FIELD
		for part in numbering.parts(series, frappe.get_meta("Lead").get_valid_columns())
	):
		return
	prefix, _digits = numbering.prefix(series, frappe.utils.getdate(on))
	frappe.db.sql("INSERT IGNORE INTO `tabSeries` (`name`, `current`) VALUES (%s, 0)", (KEY + prefix,))
