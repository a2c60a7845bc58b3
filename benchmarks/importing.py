"""A Prospect List imported against Frappe's Data Import into Lead: `python3 -m benchmarks.importing [rows] [sample]`.

The Data Import takes so long that it is measured on a sample, and counted by the row. Ours are timed whole: the rehearsal,
the import, and for each of them what the process takes of memory in the first tenth of its time and until its end.
"""

from __future__ import annotations

import csv
import io
import itertools
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks import ground

ROWS, SAMPLE, GOAL, FLAT = 100_000, 1000, 10, 1.25
STATUSES = ("Call (1)", "Email (2)", "Follow up (3)", "Revive (4)", "Won", "Lost")
EVERY = 0.1  # seconds between two looks at the memory
FIRST = "Anna Peter Maria Li Tom Jean Carlos Ingrid Olaf Fatima Yuki Sofia Marek Claire James Wei Noor Emma Paul Lena".split()  # noqa: SIM905
LAST = "Weber Carter Rossi Nowak Dubois Schmidt Amrani Meyer Silva Garcia Novak Jensen Berg Costa Moreau Keller".split()  # noqa: SIM905


def main(stack) -> None:
	import frappe

	from tests import factories

	arguments = [int(each) for each in sys.argv[1:]]
	rows, sample = (arguments + [ROWS, SAMPLE][len(arguments) :])[:2]
	agent = factories.user("Sales User", email="priya@example.com", first_name="Priya").name
	prospects = factories.prospect_list(agent, enrol_new_leads=1).name
	frappe.db.set_value("Prospect List", "Prospects", "enrol_new_leads", 0)
	frappe.db.commit()
	per_row = ground.seconds(data_import, frappe, sample) / sample
	print(f"{'Data Import into Lead':44} {per_row * 1000:7.1f} ms a row   ({sample} rows)", flush=True)
	rehearsal, imported = ours(frappe, prospects, rows)
	for what, phase in (("rehearsal", rehearsal), ("import", imported)):
		print(
			f"{what:44} {phase.seconds / rows * 1000:7.1f} ms a row   ({rows:,} rows in {phase.seconds:.0f} s)",
			flush=True,
		)
	ratio = per_row * rows / (rehearsal.seconds + imported.seconds)
	ground.report(
		"Import with rehearsal, against Data Import", ratio, GOAL, False, "a row, counted from the sample"
	)
	for what, phase in (("rehearsal", rehearsal), ("import", imported)):
		early, late = phase.early, phase.late
		ground.report(
			f"memory at the end of the {what}, against a tenth",
			late / early,
			FLAT,
			True,
			f"{late:.0f} against {early:.0f} MiB, {phase.samples} samples",
		)


def data_import(frappe, number: int) -> None:
	"""The same leads by Frappe's own door; each goes onto the list."""
	headings = ("First Name", "Last Name", "Email", "Mobile No", "Organization Name", "Source")
	body = [
		(
			first,
			last,
			f"d{at}.{last}@d{at}.example",
			f"+49 40 {20000000 + at}",
			f"{last} {at} GmbH",
			"Website",
		)
		for at, (first, last) in enumerate(itertools.islice(people(), number))
	]
	url = attach(frappe, "leads.csv", headings, body)
	doc = frappe.get_doc(
		{
			"doctype": "Data Import",
			"reference_doctype": "Lead",
			"import_type": "Insert New Records",
			"import_file": url,
			"mute_emails": 1,
		}
	).insert()
	frappe.db.commit()
	from frappe.core.doctype.data_import.data_import import start_import

	start_import(doc.name)
	made = frappe.db.count("Lead", {"email_id": ("like", "d%.example")})
	assert made == number == frappe.db.count("Prospect List Entry"), (made, number)


class Phase(NamedTuple):
	"""What a worker took for one of the two. `early`, `late`: the most MiB in the first tenth of its time, and in all of it."""

	seconds: float
	early: float
	late: float
	samples: int


def ours(frappe, prospect_list: str, number: int) -> tuple[Phase, Phase]:
	"""The rehearsal and the import."""
	headings = ("Contact", "E-mail", "Phone", "Company", "Source", "Interest", "Status", "First contact", "Called on", "Info sent", "Agent", "Done on", "Lost reason")  # fmt: skip
	url = attach(
		frappe, "list.csv", headings, map(our_row, itertools.count(), itertools.islice(people(), number))
	)
	doc = frappe.get_doc(
		{"doctype": "Prospect List Import", "prospect_list": prospect_list, "file": url}
	).insert()
	doc.rehearse()
	frappe.db.commit()
	rehearsal = worked(doc.name)
	assert doc.reload().status == "Rehearsed", doc.message
	assert doc.start_import()
	frappe.db.commit()
	before = frappe.db.count("Lead")
	imported = worked(doc.name)
	made = frappe.db.count("Lead") - before
	assert made == frappe.db.count("Prospect List Import Row", {"verdict": "New lead"}) > number * 0.95, made
	return rehearsal, imported


def worked(name: str) -> Phase:
	"""A worker's turn on an import, watched from beside it."""
	from prospect_mgmt.importing import run

	seen: list[tuple[float, float]] = []  # (seconds since the start, MiB)
	done, started = threading.Event(), time.perf_counter()

	def watch() -> None:
		while not done.wait(EVERY):
			seen.append((time.perf_counter() - started, memory()))

	watching = threading.Thread(target=watch)
	watching.start()
	try:
		seconds = ground.seconds(run.carry_out, name)
	finally:
		done.set()
		watching.join()
	early = [mib for at, mib in seen if at <= seconds / 10]
	assert len(early) > 3, "over too soon to see a tenth of it"
	return Phase(seconds, max(early), max(mib for _at, mib in seen), len(seen))


def our_row(at: int, person: tuple[str, str]) -> tuple:
	first, last = person
	status = STATUSES[at % len(STATUSES)]
	day, month = at % 27 + 1, at % 5 + 1
	on, later = f"{day:02}.{month:02}.2026", f"{day + 1:02}.{month:02}.2026"
	reached, informed, done = (
		status != "Call (1)",
		status not in ("Call (1)", "Email (2)"),
		status in ("Won", "Lost"),
	)
	return (
		f"{first} {last}", f"p{at}.{last}@c{at}.example", f"+49 30 {20000000 + at}", f"{last} {at} GmbH", "Website",
		"Quote", status, on, on if reached else "", later if informed else "", "Priya" if at % 3 else "",
		later if done else "", "Price" if status == "Lost" else "",
	)  # fmt: skip


def people():
	"""(first, last name) without end; last names differ, as in life."""
	for at in itertools.count():
		yield (
			FIRST[at % len(FIRST)],
			f"{LAST[at * 7 % len(LAST)]}{at % 900:03}".translate(str.maketrans("0123456789", "abcdefghij")),
		)


def attach(frappe, name: str, headings, rows) -> str:
	file = io.StringIO()
	writer = csv.writer(file)
	writer.writerow(headings)
	writer.writerows(rows)
	frappe.conf.max_file_size = 10**9
	doc = frappe.get_doc({"doctype": "File", "file_name": name, "content": file.getvalue(), "is_private": 1})
	return doc.insert().file_url


def memory() -> float:
	"""MiB of this process now."""
	status = Path("/proc/self/status").read_text()
	return int(status.split("VmRSS:")[1].split()[0]) / 1024


if __name__ == "__main__":
	ground.run(main, "benchmarks.importing")
