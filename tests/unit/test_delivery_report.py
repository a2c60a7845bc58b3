"""What a delivery report says, and that everything else says nothing."""

from email import message_from_bytes, message_from_string

import pytest

from prospect_mgmt.procedure.delivery_report import read

STATUS = (
	"Reporting-MTA: dns; mx\n\nFinal-Recipient: RFC822; <Ada@Example.com>\nAction: Failed\nStatus: 5.1.1\n"
)
RETURNED = "From: us\nMessage-ID: <1@us>\nSubject: Prices\n"


def report(*parts: tuple[str, str], kind: str = "multipart/report; report-type=delivery-status") -> object:
	body = "".join(f"--B\nContent-Type: {part}\n\n{text}\n" for part, text in parts)
	return message_from_string(f'Subject: x\nContent-Type: {kind}; boundary="B"\n\n{body}--B--\n')


@pytest.mark.parametrize("returned_as", ["text/rfc822-headers", "message/rfc822", "message/rfc822-headers"])
def test_it_names_the_address_the_outcome_and_our_mail(returned_as):
	mail = report(("text/plain", "Sorry"), ("message/delivery-status", STATUS), (returned_as, RETURNED))
	assert read(mail) == {"Final-Recipient": "ada@example.com", "Action": "failed", "Message-ID": "<1@us>"}


def test_of_several_recipients_the_first_is_named():
	second = "\nFinal-Recipient: rfc822; eve@example.com\nAction: delayed\n"
	mail = report(("message/delivery-status", STATUS + second))
	assert read(mail) == {"Final-Recipient": "ada@example.com", "Action": "failed"}


@pytest.mark.parametrize(
	"mail",
	[
		message_from_string("Subject: Hello\n\nMessage-ID: <1@us>"),
		message_from_string("Content-Type: multipart/report\n\nnothing in it"),
		message_from_bytes(b'Content-Type: multipart/report; boundary="B"\n\n--B\n\xff\xfe\n--B--'),
		report(("message/delivery-status", STATUS), kind="multipart/mixed"),
		report(("text/plain", STATUS)),
	],
)
def test_what_is_no_report_says_nothing(mail):
	assert read(mail) == {}
