"""A mail server that takes every mail and keeps it in a directory; nothing is ever delivered.

Each mail is `<n>.eml` with its envelope beside it in `<n>.json`: `{"sender": …, "recipients": […]}`.
"""

import email
import json
import os
import sys
import time
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path

from tests.stack.process import free_port, port_is_open, read_pid, spawn, stop, wait_for_server


@dataclass(frozen=True)
class Mail:
	"""One mail as it came in over SMTP."""

	sender: str
	recipients: tuple[str, ...]
	raw: bytes

	@cached_property
	def message(self) -> EmailMessage:
		return email.message_from_bytes(self.raw, policy=policy.default)

	@property
	def subject(self) -> str:
		return str(self.message["Subject"] or "")

	@property
	def text(self) -> str:
		return self._body("plain")

	@property
	def html(self) -> str:
		return self._body("html")

	def __getitem__(self, header: str) -> str | None:
		return self.message[header]

	def _body(self, kind: str) -> str:
		part = self.message.get_body(preferencelist=(kind,))
		return part.get_content() if part else ""


class SmtpSink:
	def __init__(self, root: Path):
		self.inbox = root / "mail"
		self.log = root / "logs" / "smtp.log"
		self.pid_file = root / "smtp.pid"
		self.port_file = root / "smtp.port"

	@property
	def port(self) -> int:
		return int(self.port_file.read_text())

	@property
	def running(self) -> bool:
		return self.port_file.exists() and bool(read_pid(self.pid_file)) and port_is_open(self.port)

	def start(self, python: Path, env: dict) -> None:
		if self.running:
			return
		self.stop()
		self.inbox.mkdir(parents=True, exist_ok=True)
		self.port_file.write_text(str(free_port()))
		process = spawn([python, "-m", "tests.stack.smtp_sink", self.port, self.inbox], self.log, env=env)
		self.pid_file.write_text(str(process.pid))
		wait_for_server(process, lambda: port_is_open(self.port), "the mail sink", self.log)

	def stop(self) -> None:
		stop(read_pid(self.pid_file), str(self.inbox))
		self.pid_file.unlink(missing_ok=True)

	def messages(self, to: str | None = None, subject: str | None = None) -> list[Mail]:
		"""The mails that came in, oldest first; `to` is an address of the envelope, `subject` a part of it."""
		mails = [self._read(path) for path in sorted(self.inbox.glob("*.json"))]
		return [
			mail
			for mail in mails
			if (not to or to in mail.recipients) and (not subject or subject in mail.subject)
		]

	def wait_for(self, count: int, timeout: float = 15, **filters) -> list[Mail]:
		"""Wait (seconds of real time) until at least `count` mails are there; AssertionError when not."""
		limit = time.monotonic() + timeout
		while len(mails := self.messages(**filters)) < count:
			if time.monotonic() > limit:
				raise AssertionError(f"{len(mails)} of {count} mails {filters or ''} within {timeout:g} s")
			time.sleep(0.05)
		return mails

	def clear(self) -> None:
		for path in self.inbox.glob("*"):
			path.unlink(missing_ok=True)

	def _read(self, envelope: Path) -> Mail:
		facts = json.loads(envelope.read_text())
		return Mail(facts["sender"], tuple(facts["recipients"]), envelope.with_suffix(".eml").read_bytes())


class Keeper:
	"""Writes what comes in. The envelope is written last and at once, so a reader never sees half a mail."""

	def __init__(self, inbox: Path):
		self.inbox = inbox
		self.count = 0

	async def handle_DATA(self, server, session, envelope) -> str:
		self.count += 1
		name = f"{time.time_ns():020d}-{self.count:06d}"
		(self.inbox / f"{name}.eml").write_bytes(envelope.original_content)
		facts = {"sender": envelope.mail_from, "recipients": envelope.rcpt_tos}
		hidden = self.inbox / f".{name}"
		hidden.write_text(json.dumps(facts))
		os.replace(hidden, self.inbox / f"{name}.json")
		return "250 kept"


def serve(port: int, inbox: Path) -> None:
	import asyncio

	from aiosmtpd.smtp import SMTP

	async def listen() -> None:
		loop = asyncio.get_running_loop()
		keeper = Keeper(inbox)
		server = await loop.create_server(
			lambda: SMTP(keeper, enable_SMTPUTF8=True, hostname="sink.localhost"), "127.0.0.1", port
		)
		async with server:
			await server.serve_forever()

	asyncio.run(listen())


if __name__ == "__main__":
	serve(int(sys.argv[1]), Path(sys.argv[2]))
