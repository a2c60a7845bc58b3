"""Processes that create leads side by side, each on a database connection of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

from tests.stack.paths import CHECKOUT

# ERPNext asks gravatar.com at each new lead: what is tried here is not the network.
PROGRAM = """
import contextlib, json, os, sys, time, frappe
from erpnext.crm.doctype.lead import lead
frappe.init(site=sys.argv[1], sites_path="."); frappe.connect(); frappe.set_user("Administrator")
lead.has_gravatar = lambda *_address: ""
frappe.get_meta("Lead")

def at(moment):
	if not moment:
		return contextlib.nullcontext()
	import time_machine
	return time_machine.travel(moment, tick=False)

def write(number, source):
	try:
		made.append(frappe.get_doc(dict(doctype="Lead", first_name=f"Ada {os.getpid()} {number}", source=source)).insert().name)
		frappe.db.commit()
	except Exception as error:
		frappe.db.rollback(); errors.append(repr(error))

print("ready", flush=True)
for line in sys.stdin:
	source, count, moment = json.loads(line)
	frappe.clear_document_cache("Prospect Management Settings", "Prospect Management Settings")
	made, errors, started = [], [], time.time()
	with at(moment):
		for number in range(count):
			write(number, source)
	print(json.dumps([made, errors, started, time.time()]), flush=True)
"""


@dataclass
class Written:
	"""What all writers together made of one order."""

	names: list[str]
	errors: list[str]
	seconds: float  # from the first start to the last end


class Writers:
	def __init__(self, stack, number: int):
		self._all = [self._process(stack) for _n in range(number)]

	@staticmethod
	def _process(stack) -> subprocess.Popen:
		environment = stack.site.environment
		return subprocess.Popen(
			[str(stack.bench.python), "-c", PROGRAM, stack.site.name],
			stdin=subprocess.PIPE,
			stdout=subprocess.PIPE,
			text=True,
			cwd=stack.site.sites,
			env=environment | {"PYTHONPATH": f"{CHECKOUT}:{environment.get('PYTHONPATH', '')}"},
		)

	def wait(self) -> None:
		"""Until each is connected."""
		for writer in self._all:
			assert writer.stdout.readline().strip() == "ready"

	def create(self, source: str, each: int, moment: str | None = None) -> Written:
		"""Let every writer insert and commit `each` leads of a source, one by one, all at once.

		`moment`: the time that their clocks show, standing still (ISO, with an offset); real time when None.
		"""
		for writer in self._all:
			writer.stdin.write(json.dumps([source, each, moment]) + "\n")
			writer.stdin.flush()
		answers = [json.loads(writer.stdout.readline()) for writer in self._all]
		names, errors, starts, ends = zip(*answers, strict=True)
		return Written([*chain(*names)], [*chain(*errors)], max(ends) - min(starts))

	def close(self) -> None:
		for writer in self._all:
			writer.stdin.close()
			writer.wait(30)


@contextmanager
def writers(stack, number: int) -> Iterator[Writers]:
	"""`number` processes, ready to create leads."""
	some = Writers(stack, number)
	try:
		some.wait()
		yield some
	finally:
		some.close()
