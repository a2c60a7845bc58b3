"""An update of a site that is in use: the version before, with its data, migrated to this one."""

import io
import subprocess
import tarfile

import pytest

from tests.site.scene_install import difference, on, snapshot
from tests.stack.paths import CHECKOUT

PUBLISHED = "0ac5431"  # the version before: the commit that was on main last
OURS = "tabProspect "


@pytest.fixture
def published(tmp_path):
	"""The checkout of the version before, from the history of this one."""
	archive = subprocess.run(
		["git", "-c", "safe.directory=*", "-C", CHECKOUT, "archive", PUBLISHED], capture_output=True
	)
	assert archive.returncode == 0, (
		f"commit {PUBLISHED} is needed (git fetch --unshallow): {archive.stderr.decode()}"
	)
	with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
		files.extractall(tmp_path / "published")
	return tmp_path / "published"


def test_a_site_of_the_version_before_keeps_its_data_and_works(spare_stack, published, stack):
	# Given a site of the version before, worked on for some weeks.
	spare = spare_stack("company", with_app=False)
	_move_to(spare, published)
	spare.site.install_app()
	spare.site.execute("prospect_mgmt.setup.demo.make", leads=12, days=35)
	before = _ours(spare)
	assert len(before["tabProspect List Entry"]) >= 12 and before["tabProspect Performance Review"]
	# When it is updated to this one.
	_move_to(spare, CHECKOUT)
	spare.site.frappe("migrate", "--skip-search-index")
	# Then every row is there as it was.
	changed = difference(before, _ours(spare))
	assert not changed, "\n".join(changed)
	# And the database has the shape of a site made today: every column and every index.
	assert _shape(stack) - _shape(spare) == set()
	# And it works on: nobody is silent, nothing fails, reviews say what they said, and no number is given twice.
	answer = on(spare, "work_on")
	assert (answer["silent"], answer["failures"], answer["errors"]) == ([], [], [])
	assert {name: found["figures"] for name, found in answer["differences"].items() if found["figures"]} == {}
	assert answer["new"] not in {row["lead"] for row in before["tabProspect List Entry"].values()}


def _move_to(spare, checkout) -> None:
	"""As `git checkout` in the bench's app and a restart would do."""
	spare.site.checkout = checkout
	spare.site.lay_out()
	spare.redis.flush()


def _ours(spare) -> dict[str, dict]:
	return {table: rows for table, rows in snapshot(spare).items() if table.startswith(OURS)}


def _shape(stack) -> set[tuple]:
	"""The columns and indexes of the app's tables, the indexes of Lead, and the app's fields on others' DocTypes."""
	ours = f"TABLE_SCHEMA = '{stack.site.database}' AND (TABLE_NAME LIKE '{OURS}%'"
	columns = stack.mariadb.query(
		f"SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS WHERE {ours})"
	)
	indexes = stack.mariadb.query(
		"SELECT TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME FROM information_schema.STATISTICS "
		f"WHERE {ours} OR TABLE_NAME = 'tabLead')"
	)
	fields = stack.mariadb.query(
		f"SELECT dt, fieldname, fieldtype FROM `{stack.site.database}`.`tabCustom Field` WHERE module = 'Prospect Mgmt'"
	)
	assert columns and indexes and fields
	return {*columns, *indexes, *fields}
