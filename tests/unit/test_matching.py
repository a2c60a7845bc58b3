"""When two leads are one person."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prospect_mgmt.procedure import matching
from prospect_mgmt.procedure.matching import EMAIL, NAME, OTHER_NAME, PHONE, Person, compare, email_key, keys


def alike(a: Person, b: Person) -> bool:
	match = compare(a, b)
	return bool(match and match.score >= matching.SUSPECTED)


class TestMailAddress:
	@pytest.mark.parametrize(
		("one", "other"),
		[
			("Ada@Example.com", "ada@example.com "),
			("ada.lovelace@gmail.com", "AdaLovelace@googlemail.com"),
			("ada+shop@gmail.com", "ada@gmail.com"),
			("ada+shop@outlook.com", "ada@outlook.com"),
		],
	)
	def test_reaches_the_same_mailbox(self, one, other):
		assert email_key(one) == email_key(other) != ""

	@pytest.mark.parametrize(
		("one", "other"),
		[
			("ada.lovelace@outlook.com", "adalovelace@outlook.com"),  # dots count there
			("ada+shop@firma.example", "ada@firma.example"),  # nobody knows what plus means there
			("ada@example.com", "ada@example.org"),
		],
	)
	def test_is_another_mailbox(self, one, other):
		assert email_key(one) != email_key(other)

	@pytest.mark.parametrize("nothing", ["", None, "ada", "@", "ada@", "@example.com"])
	def test_is_none(self, nothing):
		assert email_key(nothing) == ""

	@given(st.text(max_size=60))
	def test_never_raises(self, text):
		assert email_key(email_key(text)) == email_key(text)


class TestPerson:
	def test_same_mail_whatever_the_name(self):
		match = compare(
			Person("Ada Lovelace", email="ada+x@gmail.com"), Person("A. King", email="a.d.a@gmail.com")
		)
		assert match.score == 1 and match.reasons == (EMAIL,)

	def test_same_telephone(self):
		match = compare(Person("Ada Lovelace", phones=("+49301",)), Person("Ada", phones=("+4917", "+49301")))
		assert match.score >= matching.SUSPECTED and match.reasons == (PHONE,)

	def test_a_switchboard_is_shown_and_not_suspected(self):
		match = compare(Person("Ada Lovelace", phones=("+49301",)), Person("Bob Byron", phones=("+49301",)))
		assert match.reasons == (OTHER_NAME,)
		assert matching.WORTH_SHOWING <= match.score < matching.SUSPECTED

	@pytest.mark.parametrize(
		("name", "company"),
		[
			("Muster, Petra", "Musterwerk GmbH"),
			("Dr. Petra Muster", "MUSTERWERK"),
			("Pertra Muster", "Musterwerk GmbH & Co. KG"),
			("P. Muster", "Muster-Werk AG"),
			("Petra Anna Muster", "Musterwek"),
		],
	)
	def test_name_and_company_are_close(self, name, company):
		assert compare(Person("Petra Muster", "Musterwerk"), Person(name, company)).reasons == (NAME,)

	@pytest.mark.parametrize(
		("name", "company"),
		[
			("Peter Muster", "Musterwerk"),  # a colleague, a brother
			("Petra Meister", "Musterwerk"),
			("Petra Muster", "Bauwerk"),
			("Petra Muster", ""),
			("", "Musterwerk"),
		],
	)
	def test_somebody_else(self, name, company):
		assert compare(Person("Petra Muster", "Musterwerk"), Person(name, company)) is None

	def test_a_company_is_known_by_its_mail_domain(self):
		one, other = Person("Petra Muster", email="petra@musterwerk.example"), Person("P. Muster")
		assert compare(one, Person("P. Muster", email="muster@musterwerk.example"))
		assert not compare(one, other)

	def test_a_free_mail_provider_is_no_company(self):
		assert not compare(
			Person("Petra Muster", email="petra@gmx.de"), Person("Petra Muster", email="p.m@gmx.de")
		)

	@pytest.mark.parametrize(
		("one", "other"), [("Jörg Müller", "Joerg Mueller"), ("Łukasz Żak", "Lukasz Zak")]
	)
	def test_spellings_of_one_name(self, one, other):
		assert compare(Person(one, "Bau"), Person(other, "Bau GmbH")).score == 1


TEXT = st.text(max_size=30)
PERSONS = st.builds(
	Person, TEXT, TEXT, TEXT, st.lists(st.sampled_from(["+491", "+492"]), max_size=2).map(tuple)
)


class TestAnyText:
	@given(PERSONS, PERSONS)
	def test_it_does_not_matter_who_came_first(self, one, other):
		there, back = compare(one, other), compare(other, one)
		assert bool(there) == bool(back)
		assert not there or abs(there.score - back.score) < 0.05

	@given(PERSONS)
	def test_keys_fit_the_index(self, person):
		assert all(kind and len(value) <= 140 for kind, value in keys(person))

	@given(*[st.text(alphabet=string.ascii_lowercase[:4], max_size=8)] * 2)
	def test_a_plain_python_measures_as_rapidfuzz_does(self, one, other):
		distance = pytest.importorskip("rapidfuzz.distance", reason="this Python has no rapidfuzz")
		assert matching._distance(one, other) == distance.OSA.distance(one, other)
