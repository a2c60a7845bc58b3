"""The Prospect List taken out as a file: `python3 -m benchmarks.exporting [entries]`.

Against Frappe's own export of the same list with the same columns. Both are read to their end, as by a browser, and
watched from beside for the memory that they take.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import NamedTuple

from benchmarks import ground
from benchmarks.importing import memory

ENTRIES, EVERY = 100_000, 0.02
FASTER, FLAT = 1, 1.25


class Export(NamedTuple):
	"""`first`: seconds until the first byte; `more`: MiB at the most above what the process had before."""

	seconds: float
	first: float
	more: float
	size: int


def main(stack) -> None:
	import frappe

	number = int(sys.argv[1]) if sys.argv[1:] else ENTRIES
	few = 1000
	fill(frappe, few)
	measured(frappe, "CSV")  # what is loaded once
	small = measured(frappe, "CSV")
	fill(frappe, number - few, few)
	for file_format in ("CSV", "XLSX"):
		found = measured(frappe, file_format)
		print(
			f"{file_format} of {number:,} entries{'':20} {found.seconds:6.1f} s, first byte after {found.first:.2f} s, "
			f"{found.more:.0f} MiB more, {found.size / 2**20:.0f} MiB of file",
			flush=True,
		)
		if file_format == "CSV":
			csv = found
	theirs = measured_in(lambda: iter([frappes_own(frappe)]))
	print(f"Frappe's own export{'':24} {theirs.seconds:6.1f} s, {theirs.more:.0f} MiB more", flush=True)
	ground.report(
		"memory of the CSV, against Frappe's own",
		csv.more / max(theirs.more, 1),
		0.5,
		True,
		"above the process",
	)
	ground.report(
		"first byte, against a list of 1,000", csv.first / small.first, 2, True, f"{csv.first:.2f} s"
	)


def fill(frappe, number: int, after: int = 0) -> None:
	"""Entries like one that is there."""
	from tests import factories

	if not after:
		factories.prospect_list(enrol_new_leads=1, title="Long")
		frappe.db.set_value("Prospect List", "Prospects", "enrol_new_leads", 0)
		factories.lead(mobile_no=None)
		frappe.db.commit()
	[first] = frappe.get_all(
		"Prospect List Entry", {"name": ("like", "LEAD-%")}, pluck="name", order_by="creation", limit=1
	)
	columns = {
		"name": f"CONCAT('X-', LPAD(n.seq + {after}, 8, '0'))",
		"lead": "t.lead",
		"open_lead": f"CONCAT('X-', n.seq + {after})",
		"enquiry": "n.seq + 1",
		"lead_name": "CONCAT('Petra Muster ', n.seq)",
	}
	ground.copies("Prospect List Entry", columns, f"name = '{first}'", number)


def measured(frappe, file_format: str) -> Export:
	from prospect_mgmt import export

	return measured_in(lambda: iter(export.export_entries(file_format=file_format).response))


def measured_in(begin) -> Export:
	before, most, done = memory(), [0.0], threading.Event()

	def watch() -> None:
		while not done.wait(EVERY):
			most[0] = max(most[0], memory())

	watching = threading.Thread(target=watch)
	watching.start()
	started = time.perf_counter()
	pieces = begin()
	size = len(next(pieces))
	first = time.perf_counter() - started
	size += sum(len(piece) for piece in pieces)
	seconds = time.perf_counter() - started
	done.set()
	watching.join()
	return Export(seconds, first, max(most[0], memory()) - before, size)


def frappes_own(frappe) -> bytes:
	"""The same columns by Frappe's export of a list."""
	from frappe.desk import reportview

	from prospect_mgmt import export

	fields = [
		f"`tab{export.ENTRY}`.`{field}`" for field in dict.fromkeys(filter(None, export.CLASSIC.values()))
	]
	form = {"doctype": export.ENTRY, "file_format_type": "CSV", "fields": fields, "title": export.ENTRY}
	frappe.local.form_dict = frappe._dict(form, order_by=f"`tab{export.ENTRY}`.`name` asc", page_length=None)
	frappe.local.response = frappe._dict()
	reportview.export_query()
	return frappe.local.response["filecontent"]


if __name__ == "__main__":
	ground.run(main, "benchmarks.exporting")
