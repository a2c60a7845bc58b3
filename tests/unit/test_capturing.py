"""What an enquiry from outside may say."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prospect_mgmt.procedure import capturing
from prospect_mgmt.procedure.capturing import FIELDS, Submission, read, source_of

SCHEMA = Path(__file__).parents[2] / "prospect_mgmt" / "public" / "capture.schema.json"
ADA = {"name": "Ada Lovelace", "email": "ada@example.com"}
ANYTHING = st.recursive(
	st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
	lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
	max_leaves=5,
)


def taken(**fields) -> Submission:
	submission, errors = read(ADA | fields)
	assert not errors
	return submission


def refused(**fields) -> set[tuple[str, str]]:
	submission, errors = read(ADA | fields)
	assert submission is None
	return {(error.field, error.code) for error in errors}


class TestReading:
	def test_a_name_in_two_fields(self):
		submission, _errors = read({"first_name": "Ada", "last_name": "Lovelace", "phone": "030 1"})
		assert (submission.name, submission.channel, submission.consent) == ("Ada Lovelace", "Web", False)

	def test_everything_wrong_is_said_at_once(self):
		found = refused(
			email="ada@", channel="Smoke", consent="perhaps", occurred_on="soon", company=[], shoe_size=1
		)
		assert found == {
			("email", "invalid"),
			("channel", "invalid"),
			("consent", "invalid"),
			("occurred_on", "invalid"),
			("company", "not_text"),
			("shoe_size", "unknown"),
		}

	def test_nobody_to_answer(self):
		assert [e.code for e in read({"message": "Hello"})[1]] == ["required"]

	@pytest.mark.parametrize("address", ["no-reply@example.com", "MAILER-DAEMON@example.com"])
	def test_a_machine(self, address):
		assert refused(email=address) == {("email", "machine")}

	@pytest.mark.parametrize(
		"address", ["a b@example.com", "ada@localhost", "ada@example.com, b@example.com", "@x.de"]
	)
	def test_no_address(self, address):
		assert refused(email=address) == {("email", "invalid")}

	def test_a_domain_in_any_script(self):
		assert taken(email="ada@müller.example").email == "ada@xn--mller-kva.example"

	@pytest.mark.parametrize("field", sorted(set(FIELDS) - {"consent", "channel", "email", "occurred_on"}))
	def test_a_character_too_many(self, field):
		limit = FIELDS[field]
		taken(**{field: "7" * limit})
		assert refused(**{field: "7" * (limit + 1)}) == {(field, "too_long")}

	@pytest.mark.parametrize(
		("said", "meant"), [(True, True), ("on", True), (0, False), ("No", False), (None, False)]
	)
	def test_consent(self, said, meant):
		assert taken(consent=said).consent is meant

	def test_what_nobody_types_is_left_out(self):
		text = taken(message="one\r\ntwo\x00\ud800", name="Ada\n<b>Lovelace</b>\t\x1b")
		assert (text.message, text.name) == ("one\ntwo", "Ada b Lovelace /b")

	def test_a_key_is_not_what_was_said(self):
		assert taken(idempotency_key="1").digest == taken(idempotency_key="2").digest
		assert taken(message="a").digest != taken(message="b").digest

	@given(st.dictionaries(st.sampled_from(sorted(FIELDS)) | st.text(max_size=10), ANYTHING, max_size=6))
	def test_whatever_comes_is_taken_or_refused(self, fields):
		submission, errors = read(fields)
		assert (submission is None) == bool(errors)
		if submission:
			json.dumps(submission.digest)
			assert "<" not in submission.name and (submission.email or submission.phone)
			submission.message.encode()


RULES = [
	("utm_source", "fb", "Facebook"),
	("Referrer", "facebook.com", "Facebook"),
	("Referrer", "t.co", "Twitter"),
]
SOURCES = ["Website", "Facebook", "Twitter", "Event"]


class TestSource:
	@pytest.mark.parametrize(
		("said", "source"),
		[
			({"source": "event", "utm_source": "fb"}, "Event"),
			({"source": "Moon", "utm_source": "FB"}, "Facebook"),
			({"utm_source": "twitter"}, "Twitter"),
			({"referrer": "https://m.facebook.com/x?y"}, "Facebook"),
			({"referrer": "https://notfacebook.com/"}, "Website"),
			({"referrer": "t.co/abc"}, "Twitter"),
			({"referrer": "http://[broken"}, "Website"),
			({}, "Website"),
		],
	)
	def test_where_they_came_from(self, said, source):
		assert source_of(taken(**said), SOURCES, RULES, "Website") == source

	@given(st.text(max_size=50))
	def test_any_referrer(self, text):
		assert source_of(Submission(referrer=text), SOURCES, RULES, "Website") in SOURCES


def test_the_published_schema_says_the_same():
	schema = json.loads(SCHEMA.read_text())
	assert list(schema["properties"]) == list(FIELDS)
	assert not schema["additionalProperties"]
	limits = {name: field.get("maxLength") for name, field in schema["properties"].items()}
	limited = {name: FIELDS[name] for name in FIELDS if name not in ("consent", "channel", "occurred_on")}
	assert {name: limits[name] for name in limited} == limited
	assert tuple(schema["properties"]["channel"]["enum"]) == capturing.CHANNELS
