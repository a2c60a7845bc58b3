"""`prospect-list check | worklist | notes | review FILE`: the procedure over a spreadsheet, without a site.

Exit codes: 0 all is well; 1 the check found something to mend; 2 the file or the command cannot be understood; 130 it was stopped.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from prospect_mgmt import __version__
from prospect_mgmt.sheet import (
	columns,
	dates,
	duplicates,
	entries,
	notes,
	numbers,
	report,
	review_page,
	rules,
	terminal,
	worklist,
	writing,
)
from prospect_mgmt.sheet.cleaning import Unclear
from prospect_mgmt.sheet.deciding import Decision, decide
from prospect_mgmt.sheet.reading import Spreadsheet, Unreadable, WrongEncoding

FINE, PROBLEMS, UNUSABLE, STOPPED = 0, 1, 2, 130
SHOW_PROGRESS_AFTER = 2.0  # seconds
KEPT = ". The draft there says something else and was left as it is: delete it, and it is written anew"


def main(argv: Sequence[str] | None = None) -> int:
	"""Run the tool and return its exit code."""
	for stream in (sys.stdout, sys.stderr):
		if hasattr(stream, "reconfigure"):
			stream.reconfigure(errors="replace")  # a terminal that lacks a letter shows ? in its place
	try:
		arguments = parser().parse_args(argv)
		code = arguments.run(Session(arguments))
		sys.stdout.flush()
		return code
	except (Unreadable, columns.NoHeadings) as problem:
		print(f"prospect-list: {problem}{_way_out(problem)}", file=sys.stderr)
		return UNUSABLE
	except BrokenPipeError:  # `| head` has seen enough
		_say_no_more()
		return FINE
	except OSError as problem:
		print(f"prospect-list: {problem.strerror}: {problem.filename or 'what is printed'}", file=sys.stderr)
		_say_no_more()
		return UNUSABLE
	except KeyboardInterrupt:
		print("\nprospect-list: stopped. Your file is as it was.", file=sys.stderr)
		return STOPPED


def _say_no_more() -> None:
	"""What is still to be printed goes nowhere: Python would try once more at its end, and complain."""
	os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _way_out(problem: Exception) -> str:
	"""Which option helps."""
	if isinstance(problem, columns.NoHeadings):
		return " Other names: --column 'Heading=lead_name'."
	if isinstance(problem, WrongEncoding) and problem.readings:
		lines = [f"  --encoding {name:10} reads  {text}" for name, text in problem.readings]
		return "\n".join([" Or choose the reading that is right and run it again with", *lines])
	return ""


@dataclass
class Session:
	"""One run over one file; everything is worked out once, when it is first asked for."""

	arguments: argparse.Namespace

	@property
	def path(self) -> Path:
		return self.arguments.file

	@property
	def today(self) -> date:
		return self.arguments.today

	@property
	def taken(self) -> str:
		"""What becomes of a file that is there already, where the user names it."""
		return writing.REPLACE if self.arguments.force else writing.REFUSE

	@cached_property
	def rules(self) -> rules.Rules:
		return rules.load(self.arguments.procedure)

	@cached_property
	def sheet(self) -> entries.SheetList:
		"""The list, with duplicates found and numbers given."""
		options = entries.Options(
			self.rules.stages,
			self.arguments.dates,
			self.arguments.country_code,
			dict(self.arguments.column),
		)
		file = Spreadsheet(self.path, self.arguments.encoding, self.arguments.sheet)
		with Progress("rows read") as progress:
			found = entries.read(file, options, progress)
		if not found.entries:
			raise Unreadable(f"{self.path.name} has headings, but no rows below them.")
		self._check_named(found)
		with Progress("enquiries compared") as progress:
			duplicates.find(found.entries, progress)
		self.numbered = numbers.give(found.entries, self.today)
		return found

	def _check_named(self, found: entries.SheetList) -> None:
		"""Columns and the agent that the user names are in the list. Raises Unreadable."""
		headings = {columns.plain(heading) for heading in found.layout.headings}
		for heading, _field in self.arguments.column:
			if columns.plain(heading) not in headings:
				there = ", ".join(filter(None, found.layout.headings))
				raise Unreadable(f"There is no column “{heading}” in {self.path.name}; there are: {there}.")
		agents = {entry.agent.casefold(): entry.agent for entry in found.entries if entry.agent}
		if self.arguments.agent and self.arguments.agent.casefold() not in agents:
			there = ", ".join(sorted(agents.values())) or "none"
			raise Unreadable(
				f"No enquiry in {self.path.name} has the agent {self.arguments.agent}; there are: {there}."
			)

	@cached_property
	def decisions(self) -> list[Decision]:
		"""What the procedure says of each entry, in the order of the file."""
		found = []
		with Progress("enquiries gone through") as progress:
			for at, entry in enumerate(self.sheet.entries, 1):
				found.append(decide(entry, self.rules, self.today, self.sheet.has_agents))
				progress(at)
		return found

	@cached_property
	def tasks(self) -> list[worklist.Task]:
		"""The worklist, of one agent when one is named."""
		agent = self.arguments.agent.casefold()
		mine = [d for d in self.decisions if not agent or d.entry.agent.casefold() == agent]
		return worklist.tasks(mine, self.rules)


class Progress:
	"""How far it is, on the terminal, once it takes a while."""

	def __init__(self, what: str):
		self._what, self._started, self._shown = what, time.monotonic(), 0.0

	def __enter__(self) -> Progress:
		return self

	def __call__(self, done: int) -> None:
		now = time.monotonic()
		if now - self._started > SHOW_PROGRESS_AFTER and now - self._shown > 0.2:
			self._shown = now
			end = "\r" if sys.stderr.isatty() else "\n"
			if end == "\r" or done % 10_000 == 0:
				print(f"{done:,} {self._what} …", end=end, file=sys.stderr, flush=True)

	def __exit__(self, *_exception) -> None:
		if self._shown and sys.stderr.isatty():
			print(" " * 60, end="\r", file=sys.stderr)


def _print(said: str, hang: int = 2) -> None:
	for line in terminal.fitted(said, hang):
		print(line)


# Commands


def check(session: Session) -> int:
	"""Read the list, say what is wrong in it, and write it back when asked."""
	for line in report.lines(session.sheet, session.numbered):
		print(line)
	if session.arguments.write:
		_write_back(session, session.arguments.write, session.taken)
	print()
	_print(report.TO_ERPNEXT)
	return PROBLEMS if report.count(session.sheet) else FINE


def show_worklist(session: Session) -> int:
	"""Print what is to be done today."""
	for line in worklist.text(session.tasks, session.rules, session.today, session.arguments.agent):
		print(line)
	return FINE


def draft_notes(session: Session) -> int:
	"""Write a draft for each courtesy note that is due."""
	_draft_notes(session, session.arguments.into or Path(f"{session.path.stem}-notes"))
	return FINE


def make_review(session: Session) -> int:
	"""Write the month's review as a page."""
	month = session.arguments.month or review_page.earlier(session.today, 1)
	path = session.arguments.into or Path(f"{session.path.stem}-review-{month:%Y-%m}.html")
	_make_review(session, path, month, session.taken)
	return FINE


def try_all(session: Session) -> int:
	"""Everything at once, into one folder: a list with faults is what it is for, so they are no failure here.

	What is there from an earlier time stays, since somebody may have gone on with it.
	"""
	folder = session.arguments.into or Path("prospect-list-out")
	_make_folder(folder)
	for line in report.lines(session.sheet, session.numbered):
		print(line)
	print()
	show_worklist(session)
	print()
	_draft_notes(session, folder / "notes")
	month = session.arguments.month or review_page.earlier(session.today, 1)
	_make_review(session, folder / f"review-{month:%Y-%m}.html", month, writing.NUMBER)
	_write_back(session, folder / f"{session.path.stem}.csv", writing.NUMBER)
	print()
	_print(report.TO_ERPNEXT)
	return FINE


def _make_folder(folder: Path) -> None:
	try:
		folder.mkdir(parents=True, exist_ok=True)
	except OSError as problem:
		raise Unreadable(f"{folder} cannot be made: {problem.strerror}.") from None


def _draft_notes(session: Session, folder: Path) -> None:
	sender = notes.Sender(session.arguments.company, session.arguments.phone)
	found = notes.drafts(session.decisions, sender, session.today)
	if not found:
		print("No courtesy note is due.")
		return
	left = notes.write(found, folder, session.path)
	_print(f"Courtesy notes to look over and send, {len(found)} in {folder}{os.sep}: nothing was sent.")
	for draft in found:
		kept = KEPT if draft.file_name in left else ""
		_print(
			f"  {draft.file_name}  {draft.entry.who}: information sent {draft.days} days ago{notes.caution(draft)}{kept}",
			6,
		)
	_print("When one is sent, write the day into the column “Courtesy note on”.")


def _make_review(session: Session, path: Path, month: date, taken: str) -> None:
	title = session.arguments.company or "Prospect List"
	content = review_page.page(session.decisions, month, session.today, session.rules, title)
	found = writing.whole_file(path, session.path, lambda file: file.write(content), "utf-8", taken)
	_print(f"Review of {month:%B %Y}: {found}{_beside(path, found)}")


def _write_back(session: Session, path: Path, taken: str) -> None:
	found = writing.write(session.sheet, session.decisions, session.rules, path, taken)
	told = f"The list, cleaned, with {session.numbered} new lead numbers and each next step"
	_print(f"{told}: {found}{_beside(path, found)}")


def _beside(path: Path, found: Path) -> str:
	return "" if found == path else f". {path.name} there says something else and was left as it is"


# Arguments


def parser() -> argparse.ArgumentParser:
	"""The command line."""
	top = argparse.ArgumentParser(
		prog="prospect-list",
		description="Work a Prospect List that is kept in a spreadsheet by the Standard Operating Procedure.",
		epilog="The file is never changed. CSV needs nothing but Python; XLSX needs openpyxl.",
	)
	top.add_argument("--version", action="version", version=__version__)
	commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
	checking = _command(commands, "check", check, "what is wrong in the list, and who is on it twice")
	checking.add_argument(
		"--write",
		metavar="OUT.csv",
		type=Path,
		help="write the list back: numbered, cleaned, with next steps",
	)
	_command(commands, "worklist", show_worklist, "what is to be done today; what is late comes first")
	into = _command(
		commands, "notes", draft_notes, "a draft for each courtesy note that is due; nothing is sent"
	)
	into.add_argument("--into", metavar="FOLDER", type=Path, help="where the drafts go")
	page = _command(commands, "review", make_review, "the month's review as one page with charts")
	page.add_argument("--into", metavar="OUT.html", type=Path, help="where the page goes")
	for command in (checking, page):
		command.add_argument("--force", action="store_true", help="write over a file of that name")
	every = _command(commands, "try", try_all, "all of these at once, into one folder")
	every.add_argument(
		"--into", metavar="FOLDER", type=Path, help="where everything goes; prospect-list-out if not given"
	)
	for command in (page, every):
		command.add_argument(
			"--month", type=_month, help="for example 2026-05; the month before today if not given"
		)
	return top


def _command(commands, name: str, run: Callable[[Session], int], told: str) -> argparse.ArgumentParser:
	command = commands.add_parser(name, help=told, description=f"{told[0].upper()}{told[1:]}.")
	command.set_defaults(run=run)
	command.add_argument(
		"file", metavar="FILE", type=Path, help="the list: CSV or XLSX, with a row of headings"
	)
	command.add_argument(
		"--today", type=_day, default=date.today(), help="work as on this day, for example 2026-05-31"
	)
	command.add_argument("--agent", default="", help="only what this agent has (worklist)")
	command.add_argument("--company", default="", help="your company, as it signs notes and heads the review")
	command.add_argument("--phone", default="", help="your telephone number, for the notes")
	command.add_argument(
		"--country-code", default="", type=_digits, help="for numbers without one, for example 49"
	)
	command.add_argument("--dates", choices=(dates.DAY_FIRST, dates.MONTH_FIRST), help="what 3/5/2026 means")
	command.add_argument(
		"--sheet",
		metavar="NAME",
		help="of a workbook with several, the one to read; else the first with headings",
	)
	command.add_argument(
		"--encoding", help="how the file is written, when it is not UTF-8: for example cp1252"
	)
	command.add_argument(
		"--column", action="append", default=[], type=_column, metavar="HEADING=FIELD", help=FIELDS
	)
	command.add_argument(
		"--procedure", type=Path, metavar="FILE.json", help="another procedure than the one that ships"
	)
	return command


FIELDS = f"read a column as one of: {', '.join(columns.HEADINGS)}"


def _day(said: str) -> date:
	try:
		found = dates.moment(said)
	except Unclear as problem:
		raise argparse.ArgumentTypeError(str(problem)) from None
	if not found:
		raise argparse.ArgumentTypeError("a day is missing: write for example 2026-05-31")
	return found.date()


def _month(said: str) -> date:
	try:
		return datetime.strptime(said, "%Y-%m").date()
	except ValueError:
		raise argparse.ArgumentTypeError(f"“{said}” is no month: write for example 2026-05") from None


def _digits(said: str) -> str:
	code = said.lstrip("+0")
	if said and (not code.isdecimal() or len(code) > 3):
		raise argparse.ArgumentTypeError(f"“{said}” is no country code: write for example 49")
	return code


def _column(said: str) -> tuple[str, str]:
	heading, equals, field = said.rpartition("=")
	if not equals or field not in columns.HEADINGS:
		raise argparse.ArgumentTypeError(f"“{said}”: write for example 'Customer=lead_name'; {FIELDS}")
	return heading, field
