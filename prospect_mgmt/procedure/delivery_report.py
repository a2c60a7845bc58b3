"""What a delivery report (RFC 3464) says of the mail that came back. Pure: reads a parsed mail, changes nothing.

Most mail servers send one when mail cannot be delivered. Many name the mail it is about only in the copy that they
return, and the same form also tells of mail that was delivered, or is merely late.
"""

from __future__ import annotations

from email import message_from_string
from email.message import Message

FAILED = "failed"
_RETURNED = ("message/rfc822", "message/rfc822-headers", "text/rfc822-headers")


def read(mail: Message) -> dict[str, str]:
	"""What the report says: `Action`, `Final-Recipient` (an address), `Message-ID` of the mail it is about.

	What it does not say is missing; everything is for a mail that is no report. Never raises.
	"""
	if mail.get_content_type() != "multipart/report" or not mail.is_multipart():
		return {}
	found: dict[str, str] = {}
	for part in mail.get_payload():
		for name, value in _of_part(part).items():
			found.setdefault(name, value)
	return found


def _of_part(part: Message) -> dict[str, str]:
	kind = part.get_content_type()
	if kind == "message/delivery-status" and part.is_multipart():
		return _status(part.get_payload())
	if kind in _RETURNED and part.is_multipart():
		return _named(part.get_payload(0), "Message-ID")
	if kind in _RETURNED:
		text = (part.get_payload(decode=True) or b"").decode("utf-8", "replace")
		return _named(message_from_string(text), "Message-ID")
	return {}


def _status(blocks: list[Message]) -> dict[str, str]:
	found: dict[str, str] = {}
	for block in blocks:
		found = found or _named(block, "Action", "Final-Recipient")
	if recipient := found.get("Final-Recipient"):
		found["Final-Recipient"] = recipient.rpartition(";")[2].strip(" <>").casefold()
	if action := found.get("Action"):
		found["Action"] = action.casefold()
	return found


def _named(block: Message, *names: str) -> dict[str, str]:
	return {name: " ".join(str(block[name]).split())[:500] for name in names if block.get(name)}
