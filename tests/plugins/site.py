"""One connection to the site for the whole run; each test leaves the site as it found it."""

import copy
import os
from contextlib import closing, contextmanager

import frappe
import pytest

from tests.stack.baseline import Baseline
from tests.stack.core import running_stack

STRUCTURE = (
	"tabDocType",
	"tabDocField",
	"tabDocPerm",
	"tabDocType Link",
	"tabDocType Action",
	"tabDocType State",
	"tabCustom Field",
	"tabCustom DocPerm",
	"tabProperty Setter",
	"tabModule Def",
	"tabTranslation",
	"tabInstalled Application",
)
KEPT_CACHES = (
	"doctype_meta",
	"table_columns",
	"db_tables",
	"app_hooks",
	"all_apps",
	"app_modules",
	"installed_app_modules",
	"merged_translations",
	"metadata_version",
)
ENTRIES = "tabProspect List Entry"
_flags = frappe._dict()  # as they are after connecting


@pytest.fixture(scope="session")
def stack():
	"""The servers and the site; see tests/stack."""
	return running_stack()


@pytest.fixture(scope="session")
def baseline(stack):
	"""The database as it was after the installation."""
	with closing(stack.mariadb.connect()) as connection:
		taken = Baseline(connection, stack.site.database)
		if not taken.exists:
			taken.take()
		taken.load()
		taken.restore()
		yield taken


@pytest.fixture(scope="session")
def site(stack, baseline):
	"""The site of the run, connected; its name."""
	before = os.getcwd()
	os.chdir(stack.site.sites)
	stack.redis.flush()
	frappe.init(site=stack.site.name, sites_path=str(stack.site.sites))
	frappe.connect()
	_flags.update(copy.deepcopy(frappe.local.flags))
	yield stack.site.name
	frappe.destroy()
	os.chdir(before)


@pytest.fixture
def isolated_site(site, baseline, stack, request):
	"""The test runs as Administrator; afterwards database, caches, queue and mailbox are as before."""
	request.node.baseline = baseline
	with isolation(baseline, stack):
		yield site


@contextmanager
def isolation(baseline, stack):
	"""What happens within leaves no trace."""
	_start_clean()
	yield
	frappe.db.rollback()
	written = baseline.restore()
	if any(table in STRUCTURE for table in written):
		frappe.clear_cache()
	_forget_caches()
	stack.smtp.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
	"""Law 1: a test that wrote entries may not leave a silent one, unless it says so."""
	result = yield
	baseline = getattr(item, "baseline", None)
	if baseline and not item.get_closest_marker("allow_silent") and baseline.touched(ENTRIES):
		_no_silent_entries()
	return result


def _no_silent_entries() -> None:
	try:
		from prospect_mgmt.health import silent_entries
	except ImportError:
		return
	frappe.set_user("Administrator")
	silent = silent_entries()
	assert not silent, f"silent entries (no coming step, no dated pause): {silent}"


def _start_clean() -> None:
	frappe.db.rollback()  # what a file's own rollback read is of before the test was undone
	frappe.set_user("Administrator")
	frappe.local.flags = copy.deepcopy(_flags)
	frappe.local.lang = "en"
	frappe.local.message_log = []
	frappe.local.error_log = []
	frappe.local.form_dict = frappe._dict()
	frappe.local.response = frappe._dict(docs=[])


def _forget_caches() -> None:
	"""Everything but the shape of DocTypes, which costs the most to read and changed for nobody.

	Redis is ours alone, so jobs that were left in the queue go too.
	"""
	kept = {frappe.cache.make_key(name) for name in KEPT_CACHES}
	if gone := [key for key in frappe.cache.keys("*") if key not in kept]:
		frappe.cache.delete(*gone)
	frappe.local.cache = {key: value for key, value in frappe.local.cache.items() if key in kept}
	frappe.local.role_permissions = {}
	frappe.local.new_doc_templates = {}
	frappe.utils.caching._SITE_CACHE.clear()
	_forget_rules()
	for name in (
		"request_cache",
		"system_settings",
		"website_settings",
		"enqueued_links",
		"outgoing_email_account",
		"dynamic_link_map",
		"job",
	):
		_empty_local(name)


def _forget_rules() -> None:
	"""They are kept by when their procedure was saved, which under a frozen clock is the same in several tests."""
	from prospect_mgmt.entry import rules

	rules._kept.clear()


def _empty_local(name: str) -> None:
	if name == "request_cache" and hasattr(frappe.local, name):
		frappe.local.request_cache.clear()
	elif hasattr(frappe.local, name):
		delattr(frappe.local, name)
