"""Which tests can run here, and what they share."""

import os

from tests.stack.paths import take_lane

take_lane()
ON_A_SITE = ["site", "browser"]
collect_ignore = [] if os.environ.get("PROSPECT_STACK_READY") else ON_A_SITE
pytest_plugins = (
	()
	if collect_ignore
	else ("tests.plugins.site", "tests.plugins.servers", "tests.plugins.clock", "tests.reviewing")
)


def pytest_configure(config):
	config.addinivalue_line("filterwarnings", "ignore")  # those of other people's code …
	config.addinivalue_line("filterwarnings", r"default:::(prospect_mgmt|tests)")  # … but not ours
	config.addinivalue_line("markers", "allow_silent: this test leaves a silent entry on purpose")


# The files that take longest are begun first: else one lane works on them at the end while the other has nothing to do.
LONGEST = (
	"test_reports_property",
	"test_install",
	"test_demo",
	"test_reports",
	"test_faults",
	"test_migration",
)


def pytest_collection_modifyitems(items):
	items.sort(key=lambda item: item.path.stem not in LONGEST)


def pytest_report_header() -> str | None:
	if collect_ignore:
		return f"{' and '.join(ON_A_SITE)}: not here; use `python3 -m tests.stack test tests/site`"
