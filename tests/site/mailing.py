"""Mail as the world outside writes it, and a POP3 server that hands it out as a provider does."""

import itertools
import socketserver
import threading
from email import message_from_bytes
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from zoneinfo import ZoneInfo

import frappe
from frappe.utils import get_datetime, get_system_timezone, now_datetime

from tests import factories

TEAM = "team@musterwerk.example"
_numbers = itertools.count(1)


def written(
	sender: str, subject: str = "Your machines", body: str = "What does it cost?", **headers
) -> EmailMessage:
	"""A mail as a mail program makes it; header names with _ for -. Dated now unless `Date` says otherwise."""
	mail = EmailMessage()
	headers = {name.replace("_", "-"): value for name, value in headers.items()}
	mail["From"], mail["To"], mail["Subject"] = sender, headers.pop("To", TEAM), subject
	mail["Date"] = _dated(headers.pop("Date", None))
	mail["Message-ID"] = headers.pop("Message-ID", None) or make_msgid(domain="mail.example")
	for name, value in headers.items():
		mail[name] = value
	mail.set_content(body)
	return mail


def _dated(moment) -> str:
	return format_datetime(
		(get_datetime(moment) or now_datetime()).replace(tzinfo=ZoneInfo(get_system_timezone()))
	)


def reply(to, sender: str, body: str = "Thank you, what about delivery?", **headers) -> EmailMessage:
	"""Their answer to a mail of ours (as the mail server kept it, or a Communication)."""
	original = to["Message-ID"] if not hasattr(to, "doctype") else f"<{to.message_id}>"
	subject = headers.pop("Subject", f"Re: {to.subject}")
	return written(sender, subject, body, In_Reply_To=original, References=original, **headers)


def report(of, recipient: str, action: str = "failed", returned: bool = True, **headers) -> bytes:
	"""A delivery report (RFC 3464) as Postfix writes it: no In-Reply-To, our mail's headers in its third part."""
	original = "".join(f"{name}: {of[name]}\r\n" for name in ("From", "To", "Subject", "Message-ID"))
	status = {"failed": "5.1.1", "delayed": "4.4.1"}.get(action, "2.0.0")
	parts = [
		f"Content-Type: text/plain; charset=us-ascii\r\n\r\nThis is the mail system. <{recipient}>: {action}",
		"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
		f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n",
	]
	if returned:
		parts.append(f"Content-Type: text/rfc822-headers\r\n\r\n{original}")
	lines = {
		"From": "MAILER-DAEMON@mx.example (Mail Delivery System)",
		"To": TEAM,
		"Subject": "Undelivered Mail Returned to Sender",
		"Date": _dated(None),
		"Message-ID": make_msgid(domain="mx.example"),
		"Auto-Submitted": "auto-replied",
		"MIME-Version": "1.0",
		"Content-Type": 'multipart/report; report-type=delivery-status; boundary="BOUND"',
		**{name.replace("_", "-"): value for name, value in headers.items()},
	}
	head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
	body = "".join(f"--BOUND\r\n{part}\r\n" for part in parts)
	return f"{head}\r\n{body}--BOUND--\r\n".encode()


class Pop3(socketserver.ThreadingTCPServer):
	"""The provider's mailbox: what is `put` in is handed out once, and gone when it was deleted."""

	allow_reuse_address = daemon_threads = True

	def __init__(self):
		super().__init__(("127.0.0.1", 0), _Session)
		self.mails: list[bytes] = []
		threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

	@property
	def port(self) -> int:
		return self.server_address[1]

	def put(self, *mails: EmailMessage | bytes) -> None:
		self.mails += [mail if isinstance(mail, bytes) else mail.as_bytes() for mail in mails]


class _Session(socketserver.StreamRequestHandler):
	"""The commands of RFC 1939 that a client needs to empty a mailbox."""

	def handle(self):
		mails, gone = list(self.server.mails), set()
		self._say("+OK ready")
		for line in self.rfile:
			command, *arguments = line.decode().strip().split()
			number = int(arguments[0]) - 1 if arguments and arguments[0].isdigit() else None
			match command.upper():
				case "LIST":
					sizes = [f"{n + 1} {len(mail)}" for n, mail in enumerate(mails)]
					self._say("+OK", *sizes, ".")
				case "RETR":
					lines = mails[number].replace(b"\r\n", b"\n").split(b"\n")
					self._say("+OK", *(b"." + li if li.startswith(b".") else li for li in lines), ".")
				case "DELE":
					gone.add(number)
					self._say("+OK")
				case "QUIT":
					self.server.mails = [m for m in self.server.mails if m not in [mails[n] for n in gone]]
					self._say("+OK bye")
					return
				case _:
					self._say("+OK")

	def _say(self, *lines: str | bytes) -> None:
		for line in lines:
			self.wfile.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")


def account(stack, pop3: Pop3, **fields):
	"""The company's mailbox: mail goes out to the sink of `stack` and comes in from `pop3`, each a Lead."""
	incoming = {
		"enable_incoming": 1,
		"default_incoming": 1,
		"append_to": "Lead",
		"use_imap": 0,
		"email_server": "127.0.0.1",
		"incoming_port": str(pop3.port),
		"enable_automatic_linking": 0,
		"create_contact": 0,
	}
	return factories.email_account(stack, TEAM, **incoming | fields)


def comes_in(account, pop3: Pop3, *mails: EmailMessage | bytes) -> None:
	"""The mails arrive, and Frappe pulls them as its job does."""
	for hook in frappe.get_hooks("before_job"):
		frappe.get_attr(hook)()
	pop3.put(*mails)
	frappe.db.commit()
	account.reload().receive()
	assert not pop3.mails


def communication_of(mail: EmailMessage | bytes):
	"""What Frappe made of a mail that came in."""
	mail = message_from_bytes(mail) if isinstance(mail, bytes) else mail
	return frappe.get_doc("Communication", {"message_id": mail["Message-ID"].strip("<>")})
