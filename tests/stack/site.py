"""The overlay: a directory that Frappe takes for a bench, whose apps are links and whose site is ours.

```
bench/apps/frappe, erpnext → the bench      bench/apps/prospect_mgmt → this checkout
bench/sites/                                 configuration, assets (links), the site
bench/env → the bench's environment          bench/logs, bench/config
```
"""

import json
import shutil
from pathlib import Path

from tests.stack.bench import Bench
from tests.stack.paths import APP, CHECKOUT, OVERLAY
from tests.stack.process import run

NAME = "prospect.localhost"
DATABASE = "prospect"
ADMIN_PASSWORD = "admin"


class Site:
	"""One site in an overlay below `root`, run with the programs of `bench`."""

	name = NAME
	database = DATABASE

	def __init__(self, root: Path, bench: Bench, packages: list[Path]):
		self.checkout = CHECKOUT  # another one for a site of an older version
		self.bench = bench
		self.packages = packages
		self.overlay = root / OVERLAY
		self.sites = self.overlay / "sites"
		self.path = self.sites / NAME
		self.logs = root / "logs"

	@property
	def environment(self) -> dict[str, str]:
		return self.bench.environment(self.overlay, self.packages, self.checkout)

	def lay_out(self, with_app: bool = True) -> None:
		"""Make the directories and links; what is there already stays."""
		for name in ("apps", "sites/assets", "logs", "config"):
			(self.overlay / name).mkdir(parents=True, exist_ok=True)
		_link(self.overlay / "env", self.bench.path / "env")
		for app in ("frappe", "erpnext"):
			_link(self.overlay / "apps" / app, self.bench.path / "apps" / app)
		_link(self.overlay / "apps" / APP, self.checkout)
		self._link_assets()
		self.set_apps(with_app)

	def set_apps(self, with_app: bool) -> None:
		"""Tell Frappe which apps the overlay has."""
		apps = ["frappe", "erpnext", APP] if with_app else ["frappe", "erpnext"]
		(self.sites / "apps.txt").write_text("\n".join(apps))
		entries = {app: {"is_repo": True, "required": [], "idx": at} for at, app in enumerate(apps, 1)}
		(self.sites / "apps.json").write_text(json.dumps(entries, indent=1))

	def _link_assets(self) -> None:
		"""Built assets are the bench's; the public files of the app are those of the checkout."""
		assets = self.sites / "assets"
		for built in (self.bench.path / "sites" / "assets").glob("*"):
			if built.name != APP:
				_link(assets / built.name, built.resolve())
		_link(assets / APP, self.checkout / APP / "public")

	def configure(self, db_port: int, redis_url: str, **more) -> None:
		"""Write the configuration of the overlay; ports change with each start."""
		config = {
			"db_host": "127.0.0.1",
			"db_port": db_port,
			"redis_cache": redis_url,
			"redis_queue": redis_url,
			"redis_socketio": redis_url,
			"default_site": NAME,
			"serve_default_site": True,
			"bench_id": "prospect-stack",
			"developer_mode": 0,
			"pause_scheduler": 0,
			"mute_emails": 0,
			"scheduler_tick_interval": 1,
			"background_workers": 1,
			**more,
		}
		(self.sites / "common_site_config.json").write_text(json.dumps(config, indent=1, sort_keys=True))

	def set_config(self, **values) -> None:
		"""Change the site's own configuration; None removes a key."""
		path = self.path / "site_config.json"
		config = json.loads(path.read_text()) | values
		path.write_text(json.dumps({k: v for k, v in config.items() if v is not None}, indent=1))

	def command(self, *arguments, of_site: bool = True) -> list:
		"""A command line for what `bench … arguments` does."""
		site = ["--site", NAME] if of_site else []
		return [self.bench.python, "-m", "frappe.utils.bench_helper", "frappe", *site, *arguments]

	def frappe(self, *arguments, of_site: bool = True, log: str | None = None) -> str:
		"""Run a bench command to its end (`frappe("migrate")`) and return what it printed."""
		return run(
			self.command(*arguments, of_site=of_site),
			env=self.environment,
			cwd=self.sites,
			log=self.logs / log if log else None,
		)

	def python(self, *arguments, log: str | None = None) -> str:
		"""Run the bench's Python in the sites directory."""
		return run(
			[self.bench.python, *arguments],
			env=self.environment,
			cwd=self.sites,
			log=self.logs / log if log else None,
		)

	def execute(self, method: str, **arguments):
		"""Call a dotted function on the site in a process of its own; its answer comes back as JSON."""
		code = (
			"import json, sys, frappe\n"
			"frappe.init(site=sys.argv[1], sites_path='.'); frappe.connect()\n"
			"answer = frappe.get_attr(sys.argv[2])(**json.loads(sys.argv[3])); frappe.db.commit()\n"
			"print('\\n' + frappe.as_json(answer, indent=None))"
		)
		output = self.python("-c", code, NAME, method, json.dumps(arguments))
		return json.loads(output.strip().splitlines()[-1])

	def install_app(self) -> None:
		self.frappe("install-app", APP, log="install-app.log")

	def copy_from(self, template: Path) -> None:
		"""Replace the site's files by those of a template."""
		shutil.rmtree(self.path, ignore_errors=True)
		shutil.copytree(template, self.path, symlinks=True)


def _link(link: Path, target: Path) -> None:
	if link.is_symlink():
		if link.readlink() == target:
			return
		link.unlink()
	link.symlink_to(target)
