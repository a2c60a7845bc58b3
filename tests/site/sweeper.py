"""A process of its own that sweeps until nothing is due any more: `python -m tests.site.sweeper SITE START TIMES`.

It starts Frappe once and then forks for each sweep, so that a test can kill one sweep after the other at a price of
milliseconds. Prints "ready", then for each line that it reads ("go") the pid of a new sweep, and "end CODE" when that
is over.
"""

import os
import sys
import traceback

import frappe


def main(site: str, moment: str) -> None:
	frappe.init(site=site, sites_path=".")
	frappe.connect()
	_import_and_cache()
	frappe.destroy()
	print("ready", flush=True)
	for _line in sys.stdin:
		child = os.fork()
		if not child:
			os._exit(_sweep(site, moment))
		print(child, flush=True)
		_pid, status = os.waitpid(child, 0)
		print("end", os.waitstatus_to_exitcode(status), flush=True)


def _import_and_cache() -> None:
	from prospect_mgmt import sweep  # noqa: F401

	frappe.get_meta("Communication")


def _sweep(site: str, moment: str) -> int:
	import time_machine

	from prospect_mgmt import sweep

	with time_machine.travel(moment, tick=True):
		frappe.init(site=site, sites_path=".")
		try:
			frappe.connect()
			tally = sweep.run()
			print("".join(f"{error}\n" for error in tally.errors), end="", file=sys.stderr, flush=True)
			return 0 if not tally.errors else 3
		except Exception:
			traceback.print_exc()
			return 2
		finally:
			frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
