"""Hostile and malformed enquiries over real HTTP: never a fault of the server, never a half-made lead."""

import json

import frappe
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prospect_mgmt.procedure.capturing import CHANNELS, FIELDS
from tests import factories
from tests.plugins.site import isolation
from tests.site.test_capture import ADA, PATH

EXPECTED = {200, 409, 422}
NASTY = st.sampled_from(
	[
		"<script>alert(1)</script>",
		"{{ frappe.db.sql('drop table x') }}",
		"'; DROP TABLE `tabLead`; --",
		"=cmd|' /C calc'!A0",
		"\x00\x1f\ud800\u202e\ufeff",
		"💥" * 50,
		"ﷺ" * 30,
		"../../etc/passwd",
		"%s%n%(name)s",
		"a" * 11_000,
		" ",
		".",
		"-",
		"Lead",
		"New Lead 1",
	]
)
TEXT = NASTY | st.text(max_size=30)
VALUE = (
	TEXT
	| st.none()
	| st.booleans()
	| st.integers()
	| st.floats()
	| st.lists(TEXT, max_size=2)
	| st.just({"a": {}})
)
ADDRESS = st.builds(
	"{}@{}".format, st.from_regex(r"[a-z0-9.+'_-]{1,20}", fullmatch=True), st.just("example.com")
)
PHONE = st.from_regex(r"[+0(][0-9 ()/-]{3,20}", fullmatch=True)
PERSON = st.fixed_dictionaries(
	{"email": ADDRESS, "name": TEXT},
	optional={
		"phone": PHONE,
		"company": TEXT,
		"message": TEXT,
		"interest": TEXT,
		"language": TEXT,
		"utm_source": TEXT,
		"utm_campaign": TEXT,
		"referrer": TEXT,
		"page": TEXT,
		"channel": st.sampled_from(CHANNELS),
		"occurred_on": st.sampled_from(
			["2026-01-01", "9999-12-31T23:59", "2026-11-22T07:00:00+14:00", "now"]
		),
		"idempotency_key": TEXT,
	},
)
NAMES = st.sampled_from(
	[*FIELDS, "cmd", "fn", "self", "flags", "doctype", "ignore_permissions", "data", "return", "_"]
)
ODD = st.dictionaries(NAMES | st.text(max_size=8), VALUE, max_size=5)
over_http = settings(
	max_examples=40,
	deadline=None,
	derandomize=True,
	suppress_health_check=[
		HealthCheck.function_scoped_fixture,
		HealthCheck.too_slow,
		HealthCheck.data_too_large,
	],
)


@pytest.fixture(scope="module")
def isolated_site(site, baseline, stack):
	"""In place of the isolation of each test: they make leads of their own, and nothing half made."""
	with isolation(baseline, stack):
		yield site


@pytest.fixture(scope="module")
def key(isolated_site):
	"""A key without a limit."""
	frappe.db.set_single_value("Prospect Management Settings", "capture_limit", 10**6)
	frappe.clear_document_cache("Prospect Management Settings", "Prospect Management Settings")
	frappe.db.delete("Error Log")
	return factories.capture_key()


@pytest.fixture
def door(key, http):
	"""The landing page's connection, and the site as it must be when the test has done its worst."""
	yield http(key, key=True)
	nothing_half_made()


def nothing_half_made() -> None:
	frappe.db.rollback()
	for lead in frappe.get_all("Lead", fields=["name", "lead_name"], order_by="creation"):
		assert frappe.db.exists("Prospect List Entry", {"lead": lead.name, "open_lead": lead.name})
		assert frappe.db.exists("Prospect Interaction", {"lead": lead.name, "direction": "Incoming"})
		assert frappe.db.exists("Prospect Capture", {"lead": lead.name, "status": "Done"})
		assert "<" not in lead.lead_name
	contact, link = frappe.qb.DocType("Contact"), frappe.qb.DocType("Dynamic Link")
	orphans = frappe.qb.from_(contact).left_join(link).on(link.parent == contact.name).select(contact.name)
	assert not orphans.where(link.name.isnull()).run()
	assert not frappe.db.count("Prospect Signal Failure")
	assert not frappe.get_all("Error Log", pluck="error")


@over_http
@given(fields=ODD)
def test_any_fields(door, fields):
	answer = door.post(PATH, data=json.dumps(ADA | fields), headers={"Content-Type": "application/json"})
	assert answer.status_code in EXPECTED | {403}, (answer.status_code, answer.text)
	assert answer.status_code != 403 or fields.get("cmd")


@over_http
@given(fields=PERSON)
def test_any_person(door, fields):
	answer = door.post(PATH, data=json.dumps(fields), headers={"Content-Type": "application/json"})
	assert answer.status_code in EXPECTED, (answer.status_code, answer.text)
	message = answer.json()["message"]
	assert (message["status"] == "taken" and message["lead"]) or message["errors"]


@over_http
@given(fields=ODD, person=PERSON, kind=st.sampled_from(["data", "files"]))
def test_any_form(door, fields, person, kind):
	"""The same as a landing page's form sends it: as text, in either of a form's encodings."""
	sent = {name: as_text(value) for name, value in (person | fields).items()}
	body = (
		{"data": sent} if kind == "data" else {"files": {name: (None, text) for name, text in sent.items()}}
	)
	answer = door.post(PATH, **body)
	assert answer.status_code in EXPECTED | {403}, (answer.status_code, answer.text)
	assert answer.status_code != 403 or fields.get("cmd")
	if answer.status_code != 403:
		message = answer.json()["message"]
		assert (message["status"] == "taken" and message["lead"]) or message["errors"]


def as_text(value) -> str:
	return str(value).encode(errors="replace").decode()


@over_http
@given(
	body=st.binary(max_size=60),
	kind=st.sampled_from(
		[
			"application/json",
			"application/x-www-form-urlencoded",
			"multipart/form-data; boundary=x",
			"text/plain",
			"application/json; charset=utf-16",
		]
	),
)
def test_any_body(door, body, kind):
	answer = door.post(PATH, data=body, headers={"Content-Type": kind})
	assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)


def test_a_body_that_is_no_enquiry(door):
	for body, status in (
		("{", 400),
		('{"email": "ada@example.com",}', 400),
		("[" * 100_000, 400),
		("\ud800".encode("utf-8", "surrogatepass"), 400),
		("[1, 2]", 422),
		('"ada@example.com"', 400),
		("null", 400),
		('{"email": NaN}', 422),
		("", 422),
	):
		answer = door.post(PATH, data=body, headers={"Content-Type": "application/json"})
		assert answer.status_code == status, (body[:20], answer.text)
		assert answer.json()["message"]["errors"], body[:20]


DEEP = "[" * 3000 + "]" * 3000
FORM_KIND, JSON_KIND = "application/x-www-form-urlencoded", "application/json"


@pytest.mark.parametrize(
	("body", "kind", "status"),
	[
		('{"email": "a@x.example", "message": ' + DEEP + "}", JSON_KIND, 400),
		('{"email": ' + DEEP[2500:-2500] + "}", JSON_KIND, 422),
		('{"email": ["a@x.example"], "name": ["Ada"]}', JSON_KIND, 422),
		('{"email": "a@x.example", "name": NaN, "message": Infinity}', JSON_KIND, 422),
		('{"email": "a@x.example", "message": ' + "9" * 5000 + "}", JSON_KIND, 400),
		('{"email": "a@x.example", "message": 1e999999}', JSON_KIND, 422),
		('{"email": "a@twice.example", "email": "b@twice.example"}', JSON_KIND, 200),
		('{"email": "a@x.example"}', "text/plain", 422),
		('{"email": "a@x.example"}', "", 422),
		('{"email": "a@x.example"}', FORM_KIND, 422),
		(b'\xef\xbb\xbf{"email": "bom@x.example"}', JSON_KIND, 400),
		('{"email": "u@x.example"}'.encode("utf-16"), JSON_KIND, 400),
		('{"email": "nul\\u0000l@x.example", "name": "A\\u0000da"}', JSON_KIND, 200),
		(b'{"email": "raw\x00@x.example"}', JSON_KIND, 400),
		('{"email": "half@x.example", "name": "\\ud800Ada\\udfff"}', JSON_KIND, 200),
		('{"email": "a@x.example", "\\ud800": 1}', JSON_KIND, 422),
		('{"email": "\\u202ea@x.example", "name": "x"}', JSON_KIND, 200),
		('{"phone": "call me maybe"}', JSON_KIND, 422),
		('{"email": "a@x.example", "message": "' + "x" * 10_000_000 + '"}', JSON_KIND, 422),
		("email=a@x.example&message=" + "x" * 10_000_000, FORM_KIND, 422),
		(b"email=%ff%fe&name=%00%zz&=&&==", FORM_KIND, 422),
		("&".join(f"k{at}=1" for at in range(5000)), FORM_KIND, 422),
		("x" * 30_000_000, JSON_KIND, 413),
	],
	ids=lambda value: str(value)[:40],
)
def test_what_no_landing_page_would_send(door, body, kind, status):
	body = body.encode() if isinstance(body, str) else body
	answer = door.post(PATH, data=body, headers={"Content-Type": kind})
	assert answer.status_code == status, answer.text[:300]
	if status in (400, 422):
		assert answer.json()["message"]["errors"]


@pytest.mark.parametrize(
	"headers",
	[
		{"Idempotency-Key": "x" * 5000},
		{"Idempotency-Key": b"\xff\xfe"},
		{"Accept-Language": b"../../etc/passwd;q=x,\xff"},
		{"X-Forwarded-For": "' OR 1=1" * 200},
		{"Cookie": "sid=\x01'; preferred_language=../../x"},
	],
	ids=str,
)
def test_headers_that_no_landing_page_would_send(door, headers):
	assert door.post(PATH, json={"email": "h@x.example"}, headers=headers).status_code in EXPECTED


def test_text_cannot_turn_the_reading_round(door):
	answer = door.post(PATH, json={"email": "rtl@x.example", "name": "Ada \u202eecalevoL\u2069"})
	frappe.db.rollback()
	assert frappe.db.get_value("Lead", answer.json()["message"]["lead"], "lead_name") == "Ada ecalevoL"


def test_a_fault_of_the_server_is_not_said_to_be_the_callers(door):
	"""A form that cannot be taken in since our own table is gone."""
	frappe.db.sql_ddl("RENAME TABLE `tabProspect Capture` TO `tabProspect Capture away`")
	try:
		answers = [door.post(PATH, data=ADA), door.post(PATH, json=ADA)]
	finally:
		frappe.db.sql_ddl("RENAME TABLE `tabProspect Capture away` TO `tabProspect Capture`")
	assert [answer.status_code for answer in answers] == [500, 500]


def test_only_post(door):
	for method in ("get", "put", "delete", "patch"):
		answer = getattr(requests, method)(door.base + PATH, headers=dict(door.headers), timeout=20)
		assert answer.status_code == 403, method


def test_a_form_is_taken_as_well(door):
	answer = door.post(PATH, data={"email": "form@example.com", "consent": "on"})
	assert answer.json()["message"]["outcome"] == "new_lead"
