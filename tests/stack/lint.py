"""`make lint`: ruff, and the hook that PyPI has for Frappe, from a virtual environment in the cache.

frappe-pre-commit ships three hooks that work. Its check of SQL is used. Left out: "coding standards", which takes
every import below a docstring for misplaced, and "doctype naming", which wants each Word Of A Label In Capitals.
Frappe's semgrep rules are in no package; CI with a network can clone them.
"""

import json
import subprocess
import sys

from tests.stack.packages import tool_environment
from tests.stack.paths import APP, CHECKOUT
from tests.stack.process import StackError

TOOLS = ["ruff>=0.6", "frappe-pre-commit>=1.0.4,<2"]


def main() -> int:
	try:
		tools = tool_environment("lint", TOOLS)
	except StackError as problem:
		print(f"lint: {problem}", file=sys.stderr)
		return 2
	python = tracked(".py")
	checks = (
		[tools / "ruff", "check", *python],
		[tools / "ruff", "format", "--check", *python],
		# Of the app only: tests and benchmarks name tables, and a name cannot be bound as a parameter.
		[tools / "frappe-pre-commit-sql-security", *(name for name in python if name.startswith(f"{APP}/"))],
	)
	failed = [check for check in checks if subprocess.call(list(map(str, check)), cwd=CHECKOUT)]
	return 1 if failed or broken_json() else 0


def tracked(suffix: str) -> list[str]:
	"""Files of that kind that git knows, or would take."""
	listing = subprocess.check_output(
		["git", "ls-files", "-co", "--exclude-standard", f"*{suffix}"], cwd=CHECKOUT, text=True
	)
	return [name for name in listing.splitlines() if (CHECKOUT / name).exists()]


def broken_json() -> bool:
	"""Report each JSON file that cannot be read."""
	broken = False
	for name in tracked(".json"):
		try:
			json.loads((CHECKOUT / name).read_text())
		except ValueError as problem:
			print(f"{name}: {problem}")
			broken = True
	return broken


if __name__ == "__main__":
	sys.exit(main())
