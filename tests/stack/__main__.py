"""Commands for people: `python3 -m tests.stack <command>`."""

import argparse
import os
import signal
import subprocess
import sys
import time

from tests.stack.bench import NoBench, find_bench
from tests.stack.core import Stack
from tests.stack.paths import CHECKOUT, locked
from tests.stack.process import StackError, free_port
from tests.stack.site import ADMIN_PASSWORD
from tests.stack.web import Web
from tests.stack.worker import SocketIO, scheduler, worker


def main() -> int:
	arguments, rest = parser().parse_known_args()
	try:
		_enter_bench_python()
		return COMMANDS[arguments.command](Stack(), arguments, rest) or 0
	except (NoBench, StackError) as problem:
		print(f"stack: {problem}", file=sys.stderr)
		return 2


def parser() -> argparse.ArgumentParser:
	result = argparse.ArgumentParser(prog="python3 -m tests.stack", description=__doc__)
	commands = result.add_subparsers(dest="command", required=True)
	commands.add_parser("up", help="start the servers; make the site when there is none, or an outdated one")
	commands.add_parser("fresh", help="make the site anew from the template and install the app")
	commands.add_parser("down", help="stop the servers")
	commands.add_parser("status", help="say what runs, and where")
	commands.add_parser("remove", help="stop the servers and delete the stack (not the template)")
	commands.add_parser("test", help="run pytest on the site; the rest of the line goes to pytest")
	commands.add_parser("run-site", help="what `make test` does: a fresh site, then the kinds of tests named")
	commands.add_parser("shell", help="an SQL prompt; the rest of the line goes to the client")
	commands.add_parser("console", help="Frappe's Python console")
	commands.add_parser("frappe", help="any bench command: frappe migrate, frappe list-apps …")
	commands.add_parser("python", help="the bench's Python in the sites directory")
	serve_parser = commands.add_parser("serve", help="serve the site until Ctrl-C")
	serve_parser.add_argument("--port", type=int)
	for flag in ("worker", "scheduler", "socketio"):
		serve_parser.add_argument(f"--{flag}", action="store_true")
	return result


def _enter_bench_python() -> None:
	"""Go on in the bench's Python, which has the database driver. Needed once."""
	if os.environ.get("PROSPECT_IN_BENCH_PYTHON"):
		return
	bench = find_bench()
	env = bench.environment(bench.path)
	for proxy in ("http_proxy", "https_proxy", "no_proxy"):
		env.pop(proxy)
	env |= {k: v for k, v in os.environ.items() if k.lower().endswith("_proxy")}
	env |= {"PROSPECT_IN_BENCH_PYTHON": "1", "BENCH_DIR": str(bench.path)}
	os.chdir(CHECKOUT)
	sys.stdout.flush()
	os.execve(bench.python, [str(bench.python), "-m", "tests.stack", *sys.argv[1:]], env)


def up(stack: Stack, arguments, rest) -> None:
	with locked(stack.lock, "this stack"):
		stack.up()
	status(stack, arguments, rest)


def fresh(stack: Stack, arguments, rest) -> None:
	started = time.monotonic()
	with locked(stack.lock, "this stack"):
		stack.fresh()
	print(f"fresh in {time.monotonic() - started:.1f} s")


def down(stack: Stack, arguments, rest) -> None:
	with locked(stack.lock, "this stack"):
		stack.down()


def remove(stack: Stack, arguments, rest) -> None:
	with locked(stack.lock, "this stack"):
		stack.remove()


def status(stack: Stack, arguments, rest) -> None:
	print(f"stack     {stack.root}")
	print(
		f"bench     {stack.bench.path} ({', '.join(f'{a} {v[:18]}' for a, v in stack.bench.versions.items())})"
	)
	print(f"template  {'ready' if stack.template.complete else 'not made yet'}  {stack.template.root}")
	print(f"MariaDB   {f'port {stack.mariadb.port}' if stack.mariadb.pid else 'stopped'}")
	print(f"Redis     {f'port {stack.redis.port}' if stack.redis.running else 'stopped'}")
	print(f"mail sink {f'port {stack.smtp.port}' if stack.smtp.running else 'stopped'}  {stack.smtp.inbox}")


def test(stack: Stack, arguments, rest) -> int:
	"""Run pytest in the bench's Python. The stack is left running for the next time."""
	with locked(stack.lock, "this stack"):
		stack.up()
		return pytest(stack, rest or ["tests/site"])


def run_site(stack: Stack, arguments, rest) -> int:
	from tests.stack.runner import run_kinds

	return run_kinds(stack, rest)


def pytest(stack: Stack, arguments: list[str]) -> int:
	return subprocess.call(
		[stack.bench.python, "-m", "pytest", *arguments], env=test_environment(stack), cwd=CHECKOUT
	)


def test_environment(stack: Stack) -> dict[str, str]:
	return stack.site.environment | {
		"PROSPECT_STACK_READY": str(stack.root),
		"BENCH_DIR": str(stack.bench.path),
	}


def shell(stack: Stack, arguments, rest) -> int:
	stack.up()
	return _interactive(stack, stack.site.command("mariadb", *rest))


def console(stack: Stack, arguments, rest) -> int:
	stack.up()
	return _interactive(stack, stack.site.command("console", *rest))


def frappe(stack: Stack, arguments, rest) -> int:
	stack.up()
	return _interactive(stack, stack.site.command(*rest))


def python(stack: Stack, arguments, rest) -> int:
	stack.up()
	return _interactive(stack, [stack.bench.python, *rest])


def _interactive(stack: Stack, command: list) -> int:
	return subprocess.call([str(part) for part in command], env=stack.site.environment, cwd=stack.site.sites)


def serve(stack: Stack, arguments, rest) -> None:
	"""A site to click through; code changes are picked up."""
	with locked(stack.lock, "this stack"):
		stack.up()
	socketio_port = free_port() if arguments.socketio else None
	if socketio_port:
		stack.site.configure(stack.mariadb.port, stack.redis.url, socketio_port=socketio_port)
	web = Web(stack.site, stack.root, live=True, socketio_port=socketio_port)
	others = _others(stack, arguments, socketio_port)
	signal.signal(signal.SIGTERM, signal.default_int_handler)
	try:
		web.start(arguments.port)
		for other in others:
			other.start()
		print(f"{web.url}/app  user Administrator, password {ADMIN_PASSWORD}  (Ctrl-C ends it)", flush=True)
		web.process.wait()
	except KeyboardInterrupt:
		print()
	finally:
		for process in (*others, web):
			process.stop()


def _others(stack: Stack, arguments, socketio_port: int | None) -> list:
	others = []
	if arguments.worker:
		others.append(worker(stack.site, stack.root))
	if arguments.scheduler:
		others.append(scheduler(stack.site, stack.root))
	if socketio_port:
		others.append(SocketIO(stack.site, stack.root, socketio_port))
	return others


COMMANDS = {
	command.__name__.replace("_", "-"): command
	for command in (up, fresh, down, status, remove, test, run_site, shell, console, frappe, python, serve)
}

if __name__ == "__main__":
	sys.exit(main())
