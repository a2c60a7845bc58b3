"""Sites that take minutes to make, kept in the cache and copied: one set up, one fresh from the box.

`bare` has ERPNext installed and the setup wizard not run; `company` has the wizard completed. A template is
used only when its `complete` marker, written last, is there.
"""

import datetime
import shutil
import time
from pathlib import Path

from tests.stack.bench import Bench
from tests.stack.mariadb import ROOT_PASSWORD, MariaDB, program
from tests.stack.paths import cache_dir, locked, short_hash
from tests.stack.process import run
from tests.stack.redis import Redis
from tests.stack.site import ADMIN_PASSWORD, Site

STATES = ("bare", "company")
RECIPE = ("template.py", "wizard.py")
UNUSED_DAYS = 30


class Template:
	def __init__(self, bench: Bench, packages: list[Path]):
		self.bench = bench
		self.packages = packages
		recipe = "".join(Path(__file__).with_name(name).read_text() for name in RECIPE)
		self.key = short_hash(bench.key, recipe, run([program("mariadbd", "mysqld"), "--version"]))
		self.root = cache_dir() / f"template-{self.key}"

	@property
	def complete(self) -> bool:
		return (self.root / "complete").exists()

	def ensure(self) -> None:
		"""Build the template unless it is there; a half-built one is thrown away first."""
		with locked(cache_dir() / "template.lock", "the template"):
			if not self.complete:
				self._remove_unused()
				self._build()
			(self.root / "complete").touch()

	def copy(self, state: str, database: MariaDB, site: Site) -> None:
		"""Put a fresh site in place. The server of `database` must be stopped."""
		source = self.root / state
		shutil.rmtree(database.data, ignore_errors=True)
		database.data.parent.mkdir(parents=True, exist_ok=True)
		_copy_tree(source / "mariadb", database.data)
		site.copy_from(source / "site")

	def _build(self) -> None:
		print("making the template site (once per version of Frappe and ERPNext, some minutes) …", flush=True)
		started = time.monotonic()
		work = self.root / "work"
		servers = MariaDB(work), Redis(work)
		site = Site(work, self.bench, self.packages)
		_discard(self.root)
		try:
			self._make_bare(site, *servers)
			self._make_company(site, *servers)
		finally:
			for server in servers:
				server.stop()
		shutil.rmtree(work)
		(self.root / "complete").touch()
		print(f"template made in {time.monotonic() - started:.0f} s", flush=True)

	def _make_bare(self, site: Site, database: MariaDB, redis: Redis) -> None:
		site.lay_out(with_app=False)
		database.create()
		redis.start()
		site.configure(database.port, redis.url)
		site.frappe(
			"new-site",
			site.name,
			f"--db-name={site.database}",
			"--db-root-username=root",
			f"--db-root-password={ROOT_PASSWORD}",
			f"--admin-password={ADMIN_PASSWORD}",
			"--install-app=erpnext",
			of_site=False,
			log="new-site.log",
		)
		self._keep("bare", site, database)

	def _make_company(self, site: Site, database: MariaDB, redis: Redis) -> None:
		database.start()
		redis.flush()
		site.configure(database.port, redis.url)
		site.python("-m", "tests.stack.wizard", site.name, log="wizard.log")
		self._keep("company", site, database)

	def _keep(self, state: str, site: Site, database: MariaDB) -> None:
		database.stop()
		_copy_tree(database.data, self.root / state / "mariadb")
		shutil.copytree(site.path, self.root / state / "site", symlinks=True)

	def _remove_unused(self) -> None:
		oldest = time.time() - datetime.timedelta(days=UNUSED_DAYS).total_seconds()
		for path in cache_dir().glob("template-*"):
			marker = path / "complete"
			if not marker.exists() or marker.stat().st_mtime < oldest:
				_discard(path)


def _discard(root: Path) -> None:
	"""Remove a template, and end the servers of a build that was killed half way."""
	for server in (MariaDB(root / "work"), Redis(root / "work")):
		server.stop()
	shutil.rmtree(root, ignore_errors=True)


def _copy_tree(source: Path, target: Path) -> None:
	"""Copy; on file systems that can, by reference. (`--reflink` is GNU's; elsewhere a plain copy.)"""
	target.parent.mkdir(parents=True, exist_ok=True)
	try:
		run(["cp", "-a", "--reflink=auto", source, target])
	except Exception:
		shutil.rmtree(target, ignore_errors=True)
		shutil.copytree(source, target, symlinks=True)
