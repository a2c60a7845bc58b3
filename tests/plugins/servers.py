"""Real processes around the site: web server, HTTP clients, worker, scheduler, mail sink, spare sites."""

import json
import tempfile
from pathlib import Path

import frappe
import pytest
import requests

from tests import factories
from tests.stack import worker as background
from tests.stack.core import SPARE, Stack
from tests.stack.process import free_port
from tests.stack.site import ADMIN_PASSWORD
from tests.stack.web import Web


class Client(requests.Session):
	"""A browser without a screen: paths instead of addresses, and answers unpacked."""

	def __init__(self, base: str):
		super().__init__()
		self.base = base
		self.headers["Accept"] = "application/json"

	def request(self, method, path, **options):
		return super().request(method, self.base + path, **options)

	def login(self, user: str, password: str) -> "Client":
		self.post("/api/method/login", data={"usr": user, "pwd": password}).raise_for_status()
		return self

	def with_key(self, user: str) -> "Client":
		"""Use the API key of a user instead of a session."""
		key, secret = factories.api_key(user)
		self.headers["Authorization"] = f"token {key}:{secret}"
		return self

	def call(self, method: str, **arguments):
		"""POST a whitelisted method and return its message; requests.HTTPError when refused."""
		fields = {k: v if isinstance(v, str) else json.dumps(v, default=str) for k, v in arguments.items()}
		answer = self.post(f"/api/method/{method}", data=fields)
		answer.raise_for_status()
		return answer.json().get("message")


@pytest.fixture(scope="session")
def web_server(stack, site):
	"""The web server of the whole run. Tests ask for `web`."""
	server = Web(stack.site, stack.root)
	server.start()
	yield server
	server.stop()


@pytest.fixture
def web(web_server, isolated_site):
	"""A real web server on the site; it sees only what was committed."""
	return web_server


@pytest.fixture
def live_web(stack, isolated_site):
	"""A web server with Frappe's realtime server beside it: what one process publishes, open pages hear of."""
	port = free_port()
	usual = (stack.site.path / "site_config.json").read_text()
	stack.site.configure(stack.mariadb.port, stack.redis.url, socketio_port=port)
	server = Web(stack.site, stack.root, socketio_port=port, name="live-web")
	socketio = background.SocketIO(stack.site, stack.root, port)
	try:
		socketio.start()
		server.start()
		yield server
	finally:
		server.stop()
		socketio.stop()
		stack.site.configure(stack.mariadb.port, stack.redis.url)
		(stack.site.path / "site_config.json").write_text(usual)


@pytest.fixture
def http(web):
	"""`http(user)` is a client logged in as that user, `http()` a guest, `http(user, key=True)` by API key."""
	clients = []

	def connect(user: str | None = None, key: bool = False) -> Client:
		frappe.db.commit()
		client = Client(web.url)
		clients.append(client)
		if not user:
			return client
		return client.with_key(user) if key else client.login(user, _password(user))

	yield connect
	for client in clients:
		client.close()


def _password(user: str) -> str:
	return ADMIN_PASSWORD if user == "Administrator" else factories.PASSWORD


@pytest.fixture
def smtp(stack, isolated_site):
	"""The mailbox everything goes to: `.messages(to=…)`, `.wait_for(n, timeout=…)`."""
	stack.smtp.clear()
	return stack.smtp


@pytest.fixture
def worker(stack, isolated_site):
	"""`worker()` starts a real worker; `worker(burst=True)` works off the queues, then returns."""
	started = []

	def start(queues: str = "short,default,long", burst: bool = False):
		frappe.db.commit()
		process = background.worker(stack.site, stack.root, queues, burst)
		started.append(process)
		process.start()
		if burst:
			process.wait()
			frappe.db.rollback()
		return process

	yield start
	for process in started:
		process.kill()


@pytest.fixture
def scheduler(stack, isolated_site):
	"""`scheduler()` starts the real scheduler, which looks every second."""
	started = []

	def start():
		frappe.db.commit()
		process = background.scheduler(stack.site, stack.root)
		started.append(process)
		process.start()
		return process

	yield start
	for process in started:
		process.kill()


@pytest.fixture
def spare_stack(stack):
	"""`spare_stack("bare")` is another site on servers of its own, for what cannot be undone.

	Installing and uninstalling, migrating, killing the database: `state` is "bare" (setup wizard not run) or
	"company"; with_app=False leaves the app out. Reach it with `.site.frappe("migrate")`, `.site.execute(…)`,
	`.mariadb.query(…)`.
	"""
	made = []

	def make(state: str = "company", with_app: bool = True) -> Stack:
		root = Path(tempfile.mkdtemp(prefix=SPARE, dir=stack.root))
		spare = Stack(root, stack.bench, state, with_app, memory="128M")
		made.append(spare)
		spare.fresh()
		return spare

	yield make
	for spare in made:
		spare.remove()
