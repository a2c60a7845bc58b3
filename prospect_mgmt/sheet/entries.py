"""A spreadsheet as a list of enquiries: one Entry for each row that is not blank, with what is to be mended in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from prospect_mgmt.procedure.saying import Said, _lt
from prospect_mgmt.sheet import cleaning, columns, dates, reading, statuses, totals
from prospect_mgmt.sheet.cleaning import Unclear
from prospect_mgmt.sheet.reading import Sheets, Spreadsheet

Progress = Callable[[int], None]
TEXTS = (
	"number",
	"lead_name",
	"company_name",
	"source",
	"interest",
	"agent",
	"language",
	"quotation",
	"sales_invoice",
	"objection",
	"notes",
)
WON = "Won"


@dataclass(slots=True)
class Entry:
	"""One enquiry, as on Prospect List Entry; `line` is its row in the file."""

	line: int
	number: str = ""
	lead_name: str = ""
	company_name: str = ""
	email_id: str = ""
	phone: str = ""
	source: str = ""
	interest: str = ""
	stage: str = ""
	agent: str = ""
	language: str = ""
	first_contact_on: datetime | None = None
	called_on: datetime | None = None
	attempts: int = 0
	last_attempt_on: datetime | None = None
	information_sent_on: datetime | None = None
	satisfied_on: datetime | None = None
	courtesy_note_on: datetime | None = None
	last_response_on: datetime | None = None
	stage_since: datetime | None = None
	next_contact_on: datetime | None = None
	done_on: datetime | None = None
	no_mail: bool = False
	consent: str = ""  # to what they agreed
	consent_on: datetime | None = None
	quotation: str = ""
	quoted_amount: float = 0
	sales_invoice: str = ""
	sale_value: float = 0
	outcome: str | None = None
	objection: str = ""
	notes: str = ""
	further: list[str] = field(
		default_factory=list
	)  # addresses and numbers beside the first, with their headings
	problems: list[Said] = field(default_factory=list)
	duplicate_of: Entry | None = None
	earlier: Entry | None = None  # an enquiry of the same person that was done before this one came
	is_total: bool = False  # a row that adds up the others: no enquiry

	@property
	def who(self) -> str:
		"""The prospect in one line."""
		name = self.lead_name or self.email_id or self.phone
		if not name:
			return self.company_name
		return f"{name} ({self.company_name})" if self.company_name else name

	@property
	def called(self) -> str:
		"""How messages name the entry: by its number, else by its row."""
		return self.number or _lt("row {0}").format(self.line)

	def mend(self, name: str, problem: Said) -> None:
		"""Note what is to be mended in a field."""
		self.problems.append(_lt("{0}: {1}").format(_lt(columns.LABELS[name]), problem))


@dataclass
class SheetList:
	"""The list in a file."""

	file: Spreadsheet
	sheets: Sheets
	layout: columns.Layout
	order: str  # of day and month
	entries: list[Entry]
	remarks: list[str]  # about the file as a whole
	totals: list[Entry] = field(default_factory=list)  # rows that are no enquiries

	@property
	def has_agents(self) -> bool:
		"""Whether somebody keeps who works an enquiry: without that column nobody is missing."""
		return "agent" in self.layout.fields


@dataclass(frozen=True)
class Options:
	"""How a file is to be read; what is None is found out."""

	stages: Sequence[str]
	order: str | None = None
	country_code: str = ""
	chosen: dict[str, str] = field(default_factory=dict)  # {heading: field}
	layout: columns.Layout | None = None
	closed: frozenset[str] = (
		frozenset()
	)  # the stages in which an enquiry is done; the last one when none is named


def first_rows(file: Spreadsheet) -> list[reading.Row]:
	"""The rows among which the headings are."""
	looked_at = reading.rows(file, most=columns.LOOK_FOR_HEADINGS_UNTIL)
	return list(islice(looked_at, columns.LOOK_FOR_HEADINGS))


class Opened:
	"""A file whose headings are known: iterate over it for its entries, one at a time.

	Raises reading.Unreadable and columns.NoHeadings.
	"""

	def __init__(self, file: Spreadsheet, options: Options):
		self._file = file
		self.layout = options.layout or columns.layout(first_rows(file), options.chosen)
		self._known_order = options.order or _order(file, self.layout)
		self._reader = _Reader(self.layout, self._known_order or dates.DAY_FIRST, options)

	def __iter__(self) -> Iterator[Entry]:
		return (self._reader.entry(row) for row in body(self._file, self.layout))

	@property
	def order(self) -> str:
		"""Of day and month."""
		return self._reader.order

	@property
	def guessed_order(self) -> bool:
		"""Whether a date was met that could be read both ways, and nothing in the file says which; once all were read."""
		return not self._known_order and self._reader.undecided


def read(file: Spreadsheet, options: Options, progress: Progress = lambda _rows: None) -> SheetList:
	"""Read a file. Raises reading.Unreadable and columns.NoHeadings."""
	sheets, opened = reading.sheets(file), Opened(file, options)
	entries, added_up = [], []
	for at, entry in enumerate(opened, 1):
		(added_up if entry.is_total else entries).append(entry)
		if at % 1000 == 0:
			progress(at)
	guess = "Dates such as 3/5/2026 were read as 3 May 2026; if March 5 is meant: --dates mdy"
	remarks = [guess] if opened.guessed_order else []
	return SheetList(file, sheets, opened.layout, opened.order, entries, remarks, added_up)


def body(file: Spreadsheet, layout: columns.Layout) -> Iterator[reading.Row]:
	"""The rows below the headings."""
	return (row for row in reading.rows(file) if row.line > layout.line)


def _order(file: Spreadsheet, layout: columns.Layout) -> str | None:
	at = [layout.fields[name] for name in columns.DATES if name in layout.fields]
	return dates.order_of(row.cells[i] for row in body(file, layout) for i in at if i < len(row.cells))


class _Reader:
	"""Makes entries of rows; what cannot be read is left empty and noted."""

	def __init__(self, layout: columns.Layout, order: str, options: Options):
		self._fields, self._further, self._headings = layout.fields, layout.further, layout.headings
		self.order, self._options = order, options
		self.undecided = False
		self._row: reading.Row
		self._entry: Entry

	def entry(self, row: reading.Row) -> Entry:
		if called := totals.name_of(row.cells, self._fields):
			return Entry(row.line, lead_name=called, is_total=True)
		self._row, self._entry = row, Entry(row.line)
		for name in TEXTS:
			setattr(self._entry, name, cleaning.text(self._cell(name)))
		self._who()
		self._amounts()
		self._dates()
		self._status()
		_look_over(self._entry)
		return self._entry

	def _cell(self, name: str) -> object:
		at = self._fields.get(name)
		cell = self._row.cells[at] if at is not None and at < len(self._row.cells) else None
		if name in self._further and cleaning.is_empty(cell):
			return next((cell for _at, cell in self._more(name)), None)
		return cell

	def _more(self, name: str) -> list[tuple[int, object]]:
		"""(index, cell) of the further columns of a field that are filled in."""
		cells = self._row.cells
		return [
			(at, cells[at])
			for at in self._further[name]
			if at < len(cells) and not cleaning.is_empty(cells[at])
		]

	def _take(self, name: str, how: Callable, empty: object) -> None:
		try:
			value = how(self._cell(name))
		except Unclear as problem:
			self._entry.mend(name, problem.args[0])
			value = empty
		setattr(self._entry, name, value)

	def _who(self) -> None:
		entry = self._entry
		names = [cleaning.text(self._cell(part)) for part in ("first_name", "last_name")]
		entry.lead_name = entry.lead_name or " ".join(filter(None, names))
		self._take("email_id", cleaning.email, "")
		self._take("phone", lambda cell: cleaning.phone(cell, self._options.country_code), "")
		for name in self._further:
			told = ((at, cleaning.text(cell)) for at, cell in self._more(name) if cell != self._cell(name))
			entry.further += [f"{self._headings[at]}: {said}" for at, said in told if said]
		entry.no_mail = cleaning.yes(self._cell("no_mail"))
		entry.consent = self._consent(self._cell("consent"))
		if not entry.who:
			entry.mend(
				"lead_name", _lt("nobody is named: write a name, an e-mail address or a telephone number")
			)
		elif not entry.email_id and not entry.phone and not entry.problems:
			entry.problems.append(_lt("E-mail, Phone: there is no way to reach them: write one of the two"))

	def _consent(self, cell: object) -> str:
		"""To what they agreed: the words of the cell; where it only says yes, those of its heading."""
		if cleaning.yes(cell):
			return self._headings[self._fields["consent"]]
		return "" if cleaning.no(cell) else cleaning.text(cell)

	def _amounts(self) -> None:
		self._take("quoted_amount", cleaning.amount, 0.0)
		self._take("sale_value", cleaning.amount, 0.0)
		self._take("attempts", cleaning.count, 0)

	def _dates(self) -> None:
		for name in columns.DATES:
			self._take(name, lambda cell: dates.moment(cell, self.order), None)
			cell = self._cell(name)
			if not self.undecided and isinstance(cell, str) and "/" in cell and getattr(self._entry, name):
				self.undecided = getattr(self._entry, name).day <= 12
		entry = self._entry
		known = [d for n in columns.DATES if n != "next_contact_on" and (d := getattr(entry, n))]
		if not entry.first_contact_on:
			entry.first_contact_on = min(known, default=None)
			entry.mend("first_contact_on", _no_first_contact(entry.first_contact_on))

	def _status(self) -> None:
		entry, stages = self._entry, self._options.stages
		try:
			status = statuses.read(self._cell("status"), stages)
		except Unclear as problem:
			entry.mend("status", problem.args[0])
			status = statuses.Status(stages[-1] if entry.done_on else stages[0])
		if status.doubt:
			entry.mend("status", status.doubt)
		self._take("outcome", statuses.outcome, None)
		entry.stage, entry.outcome = status.stage, entry.outcome or status.outcome
		if entry.stage in (self._options.closed or stages[-1:]):
			_close(entry)
		elif entry.outcome or entry.done_on:
			doubt = _lt("{0}, but an outcome or Done on is filled in: which is right?")
			entry.mend("status", doubt.format(_lt(entry.stage)))
			entry.done_on = entry.outcome = None


def _no_first_contact(taken: datetime | None) -> Said:
	if not taken:
		return _lt("not known, so no promise can be counted: write the day they first got in touch")
	return _lt("not known; {0} was taken, the first date in the row").format(f"{taken:%Y-%m-%d}")


def _close(entry: Entry) -> None:
	"""What a done enquiry needs: how it ended, and when."""
	if not entry.outcome and entry.sale_value > 0:
		entry.outcome = WON
	if not entry.outcome and entry.objection:
		entry.outcome = "Lost"
	if not entry.outcome:
		how = _lt("done, but not how it ended: write one of {0}").format(", ".join(statuses.OUTCOMES))
		entry.mend("outcome", how)
	if not entry.done_on:
		known = [d for n in columns.DATES if n != "next_contact_on" and (d := getattr(entry, n))]
		entry.done_on = max(known, default=None)
		entry.mend("done_on", _lt("empty; the last date in the row was taken") if known else _lt("empty"))


def _look_over(entry: Entry) -> None:
	"""What is readable and cannot be right all the same."""
	first = entry.first_contact_on
	for name in ("called_on", "information_sent_on", "last_response_on", "done_on"):
		when = getattr(entry, name)
		if first and when and when.date() < first.date():
			early = _lt("{0} is before the first contact on {1}")
			entry.mend(name, early.format(f"{when:%Y-%m-%d}", f"{first:%Y-%m-%d}"))
	if entry.stage == "Call" and entry.called_on and not entry.next_contact_on:
		entry.mend("status", _lt("Call, but Called on is filled in: is it Email (2) by now?"))
	if entry.stage in ("Call", "Email") and entry.information_sent_on:
		doubt = _lt("{0}, but the information was sent: is it Follow up (3) by now?")
		entry.mend("status", doubt.format(_lt(entry.stage)))
	if entry.stage == "Follow up" and not entry.information_sent_on:
		entry.mend("information_sent_on", _lt("empty, so no courtesy note comes: write when it went out"))
	if entry.sale_value and entry.outcome not in (WON, None):
		doubt = _lt("{0}, but it ended as {1}")
		entry.mend("sale_value", doubt.format(f"{entry.sale_value:g}", _lt(entry.outcome)))
	if entry.consent and not entry.consent_on:
		entry.mend("consent_on", _lt("empty, so the day of the first contact is taken"))
	if entry.courtesy_note_on and not entry.information_sent_on:
		entry.mend("courtesy_note_on", _lt("a note, but no information was sent before it"))
