"""Eight writers creating leads at once: our numbers against ERPNext's naming series. `python3 -m benchmarks.numbering`"""

from __future__ import annotations

import json
import subprocess
from collections import Counter

from benchmarks import ground
from tests.stack.paths import CHECKOUT

GOAL, WRITERS, EACH, ROUNDS = 0.95, 8, 25, 4

# Enrolment is switched off: what is compared is how a lead gets its ID.
WRITER = """
import json, os, sys, time, frappe
from benchmarks.ground import _without_network
frappe.init(site=sys.argv[1], sites_path="."); frappe.connect()
_without_network(); frappe.get_meta("Lead")
print("ready", flush=True)
for line in sys.stdin:
	number_leads, source, count = json.loads(line)
	frappe.clear_document_cache("Prospect Management Settings", "Prospect Management Settings")
	frappe.local.document_cache = {}
	made, errors, started = [], [], time.time()
	for n in range(count):
		try:
			made.append(frappe.get_doc(dict(doctype="Lead", first_name=f"Ada {os.getpid()} {started} {n}", source=source)).insert().name)
			frappe.db.commit()
		except Exception as error:
			errors.append(repr(error)); frappe.db.rollback()
	print(json.dumps([made, errors, started, time.time()]), flush=True)
"""


def main(stack) -> None:
	import frappe

	for name in frappe.get_all("Prospect List", pluck="name"):
		frappe.db.set_value("Prospect List", name, "enrol_new_leads", 0)
	settings = frappe.get_doc("Prospect Management Settings")
	settings.append("lead_number_series", {"source": "Existing Customer", "series": "NEW-.####"})
	settings.save()
	frappe.cache.flushall()
	frappe.db.commit()
	writers = [_writer(stack) for _n in range(WRITERS)]
	try:
		_measure(frappe, writers)
		_unused_series(frappe, writers)
	finally:
		for writer in writers:
			writer.stdin.close()
			writer.wait(30)


def _measure(frappe, writers) -> None:
	rates = {1: [], 0: []}
	every = []
	for number in range(ROUNDS + 1):
		for on in (1, 0) if number % 2 else (0, 1):
			_switch(frappe, on)
			made, errors, spent = _all_write(writers, on, "Website")
			every += made
			assert not errors, ("our numbers" if on else "ERPNext's", errors[:3])
			if number:  # the first round warms up
				rates[on].append(len(made) / spent)
	doubles = [name for name, times in Counter(every).items() if times > 1]
	assert not doubles, doubles
	ours, theirs = ground.middle(rates[1]), ground.middle(rates[0])
	detail = f"{ours:.0f} leads a second against {theirs:.0f}, {WRITERS} writers, 0 duplicates, 0 errors"
	ground.report("leads numbered, against ERPNext's own series", ours / theirs, GOAL, False, detail)


def _unused_series(frappe, writers) -> None:
	_switch(frappe, 1)
	frappe.db.delete("Series", {"name": ("like", "Lead Number:NEW-%")})
	frappe.db.commit()
	made, errors, _spent = _all_write(writers, 1, "Existing Customer")
	assert not errors, errors[:3]
	assert sorted(made) == [f"NEW-{n:04}" for n in range(1, WRITERS * EACH + 1)]
	print(
		f"{'a series that was never used':44} {len(made)} leads by {WRITERS} writers: 0 duplicates, 0 errors, none left out"
	)


def _switch(frappe, on: int) -> None:
	settings = frappe.get_doc("Prospect Management Settings")
	settings.number_leads = on
	settings.save()
	frappe.db.commit()


def _writer(stack) -> subprocess.Popen:
	writer = subprocess.Popen(
		[str(stack.bench.python), "-c", WRITER, stack.site.name],
		stdin=subprocess.PIPE,
		stdout=subprocess.PIPE,
		text=True,
		cwd=stack.site.sites,
		env=stack.site.environment
		| {"PYTHONPATH": f"{CHECKOUT}:{stack.site.environment.get('PYTHONPATH', '')}"},
	)
	assert writer.stdout.readline().strip() == "ready"
	return writer


def _all_write(writers, on: int, source: str) -> tuple[list[str], list[str], float]:
	"""(names, errors, seconds from the first start to the last end)."""
	for writer in writers:
		writer.stdin.write(json.dumps([on, source, EACH]) + "\n")
		writer.stdin.flush()
	answers = [json.loads(writer.stdout.readline()) for writer in writers]
	made = [name for names, *_rest in answers for name in names]
	errors = [error for _names, some, *_rest in answers for error in some]
	return made, errors, max(a[3] for a in answers) - min(a[2] for a in answers)


if __name__ == "__main__":
	ground.run(main, "benchmarks.numbering")
