"""A Prospect List imported against Frappe's Data Import into Lead: `python3 -m benchmarks.importing [rows] [sample]`.

The Data Import takes so long that it is measured on a sample, and counted by the row. Ours are timed whole: the rehearsal,
the import, and what the process takes of memory at a tenth of the rows and at the end.
"""

from __future__ import annotations

import csv
import io
import itertools
import sys
from pathlib import Path

from benchmarks import ground

ROWS, SAMPLE, GOAL, FLAT = 100_000, 300, 10, 1.25
STATUSES = ("Call (1)", "Email (2)", "Follow up (3)", "Revive (4)", "Won", "Lost")
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
	rehearsed, imported, memory = ours(frappe, prospects, rows)
	for what, seconds in (("rehearsal", rehearsed), ("import", imported)):
		print(
			f"{what:44} {seconds / rows * 1000:7.1f} ms a row   ({rows:,} rows in {seconds:.0f} s)",
			flush=True,
		)
	ratio = per_row * rows / (rehearsed + imported)
	ground.report(
		"Import with rehearsal, against Data Import", ratio, GOAL, False, "a row, counted from the sample"
	)
	early, late = memory
	ground.report(
		"memory at the end, against a tenth", late / early, FLAT, True, f"{late:.0f} against {early:.0f} MiB"
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


def ours(frappe, prospect_list: str, number: int) -> tuple[float, float, tuple[float, float]]:
	"""(seconds of the rehearsal, of the import, (MiB at a tenth of the import, the most until the end))."""
	from prospect_mgmt.importing import run

	headings = ("Contact", "E-mail", "Phone", "Company", "Source", "Interest", "Status", "First contact", "Called on", "Info sent", "Agent", "Done on", "Lost reason")  # fmt: skip
	url = attach(
		frappe, "list.csv", headings, map(our_row, itertools.count(), itertools.islice(people(), number))
	)
	doc = frappe.get_doc(
		{"doctype": "Prospect List Import", "prospect_list": prospect_list, "file": url}
	).insert()
	doc.rehearse()
	frappe.db.commit()
	seen: list[float] = []
	run._show = lambda _run, done, _total: seen.append(memory())
	rehearsed = ground.seconds(run.carry_out, doc.name)
	assert doc.reload().status == "Rehearsed", doc.message
	first = memory()
	assert doc.start_import()
	frappe.db.commit()
	before, _forgotten = frappe.db.count("Lead"), seen.clear()
	imported = ground.seconds(run.carry_out, doc.name)
	made = frappe.db.count("Lead") - before
	assert made == frappe.db.count("Prospect List Import Row", {"verdict": "New lead"}) > number * 0.95, made
	tenth = seen[: max(len(seen) // 10, 1)]
	return rehearsed, imported, (max([first, *tenth]), max([first, *seen]))


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
