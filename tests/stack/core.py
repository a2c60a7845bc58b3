"""A stack: one MariaDB, one Redis, one mail sink and one site with the app, below one directory."""

import hashlib
import json
import os
import shutil
from contextlib import closing
from functools import cached_property
from pathlib import Path

from tests.stack.baseline import Baseline
from tests.stack.bench import Bench, find_bench
from tests.stack.mariadb import MariaDB
from tests.stack.packages import side_directories
from tests.stack.paths import APP, CHECKOUT, stack_dir
from tests.stack.redis import Redis
from tests.stack.site import Site
from tests.stack.smtp_sink import SmtpSink
from tests.stack.template import Template

SHAPES_THE_SITE = (".json", ".txt", ".csv")
SPARE = "spare-"
SHAPING_PLACES = ("setup", "patches", "workflows", "fixtures")


class Stack:
	"""`state` is the template it is made from; `with_app` installs the app of this checkout."""

	def __init__(
		self,
		root: Path | None = None,
		bench: Bench | None = None,
		state: str = "company",
		with_app: bool = True,
		memory: str = "512M",
	):
		self.root = root or stack_dir()
		self.bench = bench or find_bench()
		self.state = state
		self.with_app = with_app
		self.mariadb = MariaDB(self.root, memory)
		self.redis = Redis(self.root)
		self.smtp = SmtpSink(self.root)

	@cached_property
	def packages(self) -> list[Path]:
		return side_directories(self.bench)

	@cached_property
	def site(self) -> Site:
		return Site(self.root, self.bench, self.packages)

	@cached_property
	def template(self) -> Template:
		return Template(self.bench, self.packages)

	@property
	def lock(self) -> Path:
		return self.root.with_name(f"{self.root.name}.lock")

	@property
	def running(self) -> bool:
		return bool(self.mariadb.pid)

	def up(self) -> None:
		"""Servers run and the site is that of the checkout: made anew when what shapes it has changed."""
		if not self._is_current():
			return self.fresh()
		self._start()

	def fresh(self) -> None:
		"""A new copy of the template, with the app installed from the checkout."""
		self.template.ensure()
		self.down()
		self._made_from.unlink(missing_ok=True)
		self._remove_spares()
		self.site.lay_out()
		self.template.copy(self.state, self.mariadb, self.site)
		shape = self._shape()
		self._start()
		self.redis.flush()
		if self.with_app:
			self.site.install_app()
			self.take_baseline()
		self._made_from.write_text(json.dumps(shape))

	def down(self) -> None:
		for server in (self.smtp, self.redis, self.mariadb):
			server.stop()

	def remove(self) -> None:
		"""Stop everything and delete the directory; the template stays."""
		self.down()
		shutil.rmtree(self.root, ignore_errors=True)

	def _remove_spares(self) -> None:
		"""Sites that a killed test run left behind, with their servers."""
		for leftover in self.root.glob(f"{SPARE}*"):
			Stack(leftover, self.bench).remove()

	def take_baseline(self) -> None:
		"""Remember the database as it is now as what tests return to."""
		with closing(self.mariadb.connect()) as connection:
			Baseline(connection, self.site.database).take()

	def _start(self) -> None:
		self.root.mkdir(parents=True, exist_ok=True)
		self.site.lay_out()
		self.mariadb.start()
		self.redis.start()
		self.smtp.start(self.bench.python, self.site.environment)
		self.site.configure(self.mariadb.port, self.redis.url)

	@property
	def _made_from(self) -> Path:
		return self.root / "made-from.json"

	def _is_current(self) -> bool:
		try:
			return json.loads(self._made_from.read_text()) == self._shape()
		except (OSError, ValueError):
			return False

	def _shape(self) -> dict:
		"""What a site depends on: the template, and the files of the app that are read on install."""
		return {"template": self.template.key, "state": self.state, "app": _app_shape()}


def _app_shape() -> str:
	digest = hashlib.sha256()
	for path in sorted((CHECKOUT / APP).rglob("*")):
		if path.is_file() and _shapes_the_site(path.relative_to(CHECKOUT / APP)):
			digest.update(str(path.relative_to(CHECKOUT)).encode() + b"\0" + path.read_bytes())
	return digest.hexdigest()


def _shapes_the_site(path: Path) -> bool:
	if "public" in path.parts or "node_modules" in path.parts or "__pycache__" in path.parts:
		return False
	if path.suffix in SHAPES_THE_SITE or path.name == "hooks.py":
		return True
	return path.suffix == ".py" and bool(set(path.parts) & set(SHAPING_PLACES))


def lanes(first: Stack) -> list[Stack]:
	"""Stacks on which one run's test files are worked side by side: one a core, four at most, else PROSPECT_LANES."""
	count = int(os.environ.get("PROSPECT_LANES") or min(os.cpu_count() or 1, 4))
	beside = (first.root.with_name(f"{first.root.name}-lane{number}") for number in range(1, count))
	return [first, *(Stack(root, first.bench) for root in beside)]


def running_stack() -> Stack | None:
	"""The stack that the environment of this process was made for; None outside of one."""
	if os.environ.get("PROSPECT_STACK_READY"):
		return Stack(Path(os.environ["PROSPECT_STACK_READY"]), Bench(Path(os.environ["BENCH_DIR"])))
	return None
