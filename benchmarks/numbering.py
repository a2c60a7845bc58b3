"""Eight writers creating leads at once: our numbers against ERPNext's naming series. `python3 -m benchmarks.numbering`"""

from __future__ import annotations

from collections import Counter

from benchmarks import ground
from tests.writers import Writers, Written, writers

GOAL, WRITERS, EACH, ROUNDS = 0.95, 8, 25, 4
OURS, THEIRS = 1, 0  # the switch in the settings


def main(stack) -> None:
	import frappe

	# Enrolment is switched off: what is compared is how a lead gets its ID.
	for name in frappe.get_all("Prospect List", pluck="name"):
		frappe.db.set_value("Prospect List", name, "enrol_new_leads", 0)
	settings = frappe.get_doc("Prospect Management Settings")
	settings.append("lead_number_series", {"source": "Existing Customer", "series": "NEW-.####"})
	settings.save()
	frappe.cache.flushall()
	frappe.db.commit()
	with writers(stack, WRITERS) as some:
		_measure(frappe, some)
		_unused_series(frappe, some)


def _measure(frappe, some: Writers) -> None:
	rates: dict[int, list[float]] = {OURS: [], THEIRS: []}
	every: dict[int, list[Written]] = {OURS: [], THEIRS: []}
	for number in range(ROUNDS + 1):
		for side in (OURS, THEIRS) if number % 2 else (THEIRS, OURS):
			_switch(frappe, side)
			written = some.create("Website", EACH)
			every[side].append(written)
			if number:  # the first round warms up
				rates[side].append(len(written.names) / written.seconds)
	ours, theirs = ground.middle(rates[OURS]), ground.middle(rates[THEIRS])
	detail = f"{ours:.1f} leads a second against {theirs:.1f}, {WRITERS} writers"
	ground.report("leads numbered, against ERPNext's own series", ours / theirs, GOAL, False, detail)
	_say_faults("ours", every[OURS])
	_say_faults("ERPNext's own", every[THEIRS])
	assert not _faults(every[OURS])


def _unused_series(frappe, some: Writers) -> None:
	"""A series that nobody has used yet: at midnight, or for a new source."""
	_switch(frappe, OURS)
	frappe.db.delete("Series", {"name": ("like", "Lead Number:NEW-%")})
	frappe.db.commit()
	ours = some.create("Existing Customer", EACH)
	_say_faults("ours, on a series never used before", [ours])
	_switch(frappe, THEIRS)
	frappe.db.delete("Series", {"name": ("like", "CRM-LEAD-%")})
	frappe.db.delete("Lead", {"name": ("like", "CRM-LEAD-%")})
	frappe.db.commit()
	theirs = some.create("Existing Customer", EACH)
	_say_faults("ERPNext's own, on a series never used before", [theirs])
	assert sorted(ours.names) == [f"NEW-{n:04}" for n in range(1, WRITERS * EACH + 1)], "one is left out"


def _switch(frappe, side: int) -> None:
	settings = frappe.get_doc("Prospect Management Settings")
	settings.number_leads = side
	settings.save()
	frappe.db.commit()


def _faults(every: list[Written]) -> list[str]:
	names = Counter(name for written in every for name in written.names)
	doubles = [f"{name} was given {times} times" for name, times in names.items() if times > 1]
	return doubles + [error for written in every for error in written.errors]


def _say_faults(side: str, every: list[Written]) -> None:
	faults = _faults(every)
	made = sum(len(written.names) for written in every)
	said = f"{len(faults)} faults, such as {faults[0][:90]}" if faults else "0 duplicates, 0 errors"
	print(f"  {side:46} {made} leads: {said}", flush=True)


if __name__ == "__main__":
	ground.run(main, "benchmarks.numbering")
