"""Lead number series: which one, whether it can number leads, what it gives."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prospect_mgmt.procedure import numbering
from prospect_mgmt.procedure.numbering import Part, SeriesError
from prospect_mgmt.procedure.saying import Said

JUNE = date(2026, 6, 14)
SHIPPED = [
	("Website", "WEB-.####"),
	("Reference", "REF-.####"),
	("Exhibition", "EVT-.####"),
]


class TestChoose:
	@pytest.mark.parametrize(
		("source", "series"),
		[
			("Website", "WEB-.####"),
			("  website ", "WEB-.####"),
			("EXHIBITION", "EVT-.####"),
			("Facebook", "LEAD-.####"),
			("", "LEAD-.####"),
			(None, "LEAD-.####"),
		],
	)
	def test_by_source(self, source, series):
		assert numbering.choose(source, SHIPPED, "LEAD-.####") == series

	def test_the_first_row_wins_and_an_unfinished_row_is_passed_over(self):
		table = [("Website", ""), ("", "X-.####"), ("website", "A-.####"), ("Website", "B-.####")]
		assert numbering.choose("Website", table, "LEAD-.####") == "A-.####"
		assert numbering.choose("", table, "LEAD-.####") == "LEAD-.####"


class TestCheck:
	@pytest.mark.parametrize(
		"series",
		[
			"WEB-.####",
			".YYYY..MM..DD.-.###",
			".YYYY.-.MM.-.DD.-.###",
			"L/.YY./.WW./.#####",
			"LEAD-.{city}.-.###",
			"LEAD-.FY.-.###",
			".####",
			"Anfrage Köln_.#",
			"COMMENT-.###",  # MM inside a word is text
			"WEB-.####.",
		],
	)
	def test_good_series(self, series):
		numbering.check(series)

	@pytest.mark.parametrize(
		("series", "says"),
		[
			(None, "empty"),
			("", "empty"),
			("   ", "empty"),
			("WEB-", "no # for the counter"),
			("WEB-.YYYY.", "no # for the counter"),
			("WEB-.##.-.##", "more than one group"),
			("WEB#-.####", "more than one group"),
			("WEB-####", r"needs a dot before the first #: WEB-\.####"),
			("####", r"needs a dot before the first #: \.####"),
			("WEB-.####.-A", "must come last"),
			("WEB-.####-A", "must come last"),
			("WEB-.####.-.YYYY", "must come last"),
			("<b>.####", "contains < >"),
			("A&B-.####", "contains &"),
			("A:B-.####", "contains :"),
			("WEB-\n.####", "contains \n"),
			(" WEB-.####", "begins or ends with a space"),
			("WEB-.#### ", "begins or ends with a space"),
			("New Lead-.####", "New Lead"),
			("L-{city}-.####", "between dots"),
			("L-.{city}-.####", "between dots"),
			("L-.{}.####", "between dots"),
			("L-.{city.####", "between dots"),
			("L-.{FY}.####", r"write \.FY\. without braces"),
			("L-.{YYYY}.####", r"write \.YYYY\. without braces"),
			("L-.yyyy.-.####", "write YYYY in capitals"),
			("L-YYYY-.####", "only between dots"),
			("L-.timestamp.-.####", "timestamp is different for every lead"),
			("L-.JJJ.-.####", "Frappe 16 but only letters in Frappe 15"),
			("L" * 137 + ".####", "more than 140 characters"),
			("L" * 130 + ".YYYY..MM..DD.###", "more than 140 characters"),
		],
	)
	def test_refused_in_plain_words(self, series, says):
		with pytest.raises(SeriesError, match=says) as refused:
			numbering.check(series, fields=["city"])
		assert isinstance(refused.value.args[0], Said)  # so that a site can say it in its reader's language

	def test_a_number_of_140_characters_is_good(self):
		numbering.check("L" * 136 + ".####")

	def test_a_field_that_a_lead_does_not_have(self):
		numbering.check("L-.{town}.-.####")  # the fields are not known here
		numbering.check("L-.{city}.-.FY.-.####", fields=["city"])
		with pytest.raises(SeriesError, match="a lead has no field town"):
			numbering.check("L-.{town}.-.####", fields=["city"])


class TestParts:
	def test_text_dates_fields_and_the_counter(self):
		assert numbering.parts("L-.YYYY..{city}.city.####") == [
			Part("Text", "L-"),
			Part("Date", "YYYY"),
			Part("Field", "city"),
			Part("Text", "city"),
			Part("Counter", "####"),
		]

	def test_a_bare_word_is_a_field_when_the_lead_has_it(self):
		assert numbering.parts(".city.####", fields=["city"])[0] == Part("Field", "city")


class TestPrefix:
	@pytest.mark.parametrize(
		("series", "prefix", "digits"),
		[
			("WEB-.####", "WEB-", 4),
			(".YYYY..MM..DD.-.###", "20260614-", 3),
			(".YYYY.-.MM.-.DD.-.##", "2026-06-14-", 2),
			("L/.YY./.WW./.#####", "L/26/24/", 5),
			(".####", "", 4),
			("L-.{city}.-.###", "L-{city}-", 3),
		],
	)
	def test_on_a_date(self, series, prefix, digits):
		assert numbering.prefix(series, JUNE) == (prefix, digits)
		assert numbering.prefix(series, datetime(2026, 6, 14, 23, 59)) == (prefix, digits)

	@pytest.mark.parametrize(
		("on", "week"),
		[
			(date(2026, 1, 1), "01"),
			(date(2026, 12, 31), "53"),
			(date(2027, 1, 1), "00"),  # ISO says week 53 of 2026
			(date(2024, 12, 30), "53"),  # ISO says week 1 of 2025
			(date(2023, 1, 1), "00"),
		],
	)
	def test_weeks_only_go_up_within_a_year(self, on, week):
		assert numbering.prefix(".WW..#", on) == (week, 1)

	@pytest.mark.parametrize(
		("values", "prefix"),
		[
			({"city": "Bonn"}, "L-Bonn-Bonn-"),
			({"city": None}, "L---"),
			({"city": 7}, "L-7-7-"),
			({"country": "Peru"}, "L--city-"),  # {city} is empty, city without braces is text
		],
	)
	def test_fields_of_the_lead(self, values, prefix):
		assert numbering.prefix("L-.{city}.-.city.-.###", JUNE, values) == (prefix, 3)

	def test_the_fiscal_year_must_be_given(self):
		assert numbering.prefix("L-.FY.-.###", JUNE, {"FY": "2026-2027"}) == ("L-2026-2027-", 3)
		for values in (None, {}, {"city": "Bonn"}, {"FY": None}):
			with pytest.raises(SeriesError, match="fiscal year"):
				numbering.prefix("L-.FY.-.###", JUNE, values)

	def test_a_value_that_a_name_cannot_contain(self):
		with pytest.raises(SeriesError, match="cannot contain < or >"):
			numbering.prefix("L-.{city}.-.###", JUNE, {"city": "<b>"})

	def test_a_wrong_series_is_refused_here_too(self):
		with pytest.raises(SeriesError):
			numbering.prefix("WEB-####", JUNE)


class TestNumber:
	def test_leading_zeros_until_it_grows(self):
		assert numbering.number("WEB-", 4, 1) == "WEB-0001"
		assert numbering.number("WEB-", 4, 12345) == "WEB-12345"
		assert numbering.number(*numbering.prefix(".YYYY..MM..DD.-.###", JUNE), 1) == "20260614-001"

	def test_at_most_140_characters(self):
		assert len(numbering.number("x" * 136, 4, 9999)) == 140
		with pytest.raises(SeriesError, match="longer than 140"):
			numbering.number("x" * 136, 4, 10000)


class TestSplit:
	@pytest.mark.parametrize(
		("number", "prefix", "counter"),
		[
			("WEB-0001", "WEB-", 1),
			("WEB-12345", "WEB-", 12345),
			("web-0007", "WEB-", 7),
			("0042", "", 42),
			("WEB-0001-2", "WEB-", None),  # a later enquiry's entry
			("WEB-", "WEB-", None),
			("WEB-00a1", "WEB-", None),
			("WEB-٣", "WEB-", None),
			("REF-0001", "WEB-", None),
			("", "WEB-", None),
		],
	)
	def test_counter_in_a_number(self, number, prefix, counter):
		assert numbering.split(number, prefix) == counter

	@given(st.text("AB-/ 0123456789", max_size=12), st.integers(1, 9), st.integers(1, 10**12))
	def test_a_number_gives_its_counter_back(self, prefix, digits, n):
		assert numbering.split(numbering.number(prefix, digits, n), prefix) == n


class TestCollisions:
	def collide(self, one, other, fields=()):
		found = numbering.collisions({"Website": one, "Event": other}, fields)
		assert [row[:2] for row in found] in ([], [("Website", "Event")])
		return found[0][2] if found else None

	@pytest.mark.parametrize(
		("one", "other", "says"),
		[
			("A-.####", "A-.####", "Both have the series A-.####"),
			("A-.####", "a-.####", "Both have the series A-.####"),
			("A-.####", "A-.#####", "can both begin with A-,"),
			("a-.####", "A-.#####", "can both begin with A-,"),
			("Kö-.####", "KO-.#####", "can both begin with KO-,"),
			("L-.YYYY.-.###", "L-2026-.###", "can both begin with L-2026-,"),
			("L-.YYYY.-.###", "L-.YY..MM.-.###", "can both begin with L-2"),
			("L-.MM.-.###", "L-.DD.-.###", "can both begin with L-01-,"),
			("L-.{city}.-.###", "L-Bonn-.###", "can both begin with L-BONN-,"),
			("L-.{city}.-.###", "L-.{country}.-.####", "can both begin with L--,"),
			("L-.FY.-.###", "L-2026-2027-.###", "can both begin with L-2026-2027-,"),
			(".###", ".####", "can both begin with the counter,"),
			("A-.####", "A-1.###", "can both give the number A-1"),
			("A-.####", "A-0.###", "can both give the number A-0000"),
			("A-.##", "A-.YYYY.###", "can both give the number A-2026000"),
		],
	)
	def test_the_same_prefix_or_number_at_some_time(self, one, other, says):
		assert says in self.collide(one, other)
		assert self.collide(other, one)

	@pytest.mark.parametrize(
		("one", "other"),
		[
			("WEB-.####", "REF-.####"),
			("A-.####", "AB-.####"),
			("L-.YYYY.-.###", "L-1999-.###"),
			("L-.MM.-.###", "L-13-.###"),
			("L-.YYYY.-.###", "L-.YY.-.###"),
			(".YYYY..MM..DD.-.###", "WEB-.####"),
			(".YYYY..MM..DD.-.###", ".YYYY..MM..DD./.###"),
			(".YYYY..MM..DD.A.###", ".YYYY..MM..DD.B.###"),
			("A-.##", "A-0.###"),  # A-0001 has too many zeros for two digits
			("A-.####", "A-.YYYY.-.###"),
			("A-.##", "A-1234X.##"),
			("L-.{city}.-.###", "M-.{city}.-.###"),
		],
	)
	def test_never_the_same(self, one, other):
		assert self.collide(one, other) is None
		assert self.collide(other, one) is None

	def test_a_bare_word_collides_as_a_field_only_when_it_is_one(self):
		assert self.collide("L-.city.-.###", "L-Bonn-.###") is None
		assert self.collide("L-.city.-.###", "L-Bonn-.###", fields=["city"])

	def test_every_pair_is_named_once(self):
		series = {"Website": "A-.###", "Facebook": "B-.###", "Event": "A-.####", "Twitter": "A-.###"}
		pairs = [row[:2] for row in numbering.collisions(series)]
		assert pairs == [("Website", "Event"), ("Website", "Twitter"), ("Event", "Twitter")]

	def test_a_wrong_series_is_refused(self):
		with pytest.raises(SeriesError):
			numbering.collisions({"Website": "A-####"})

	@given(
		st.lists(st.sampled_from(["A", "-", "1", "20", "YYYY", "YY", "MM", "DD", "WW"]), max_size=4),
		st.lists(st.sampled_from(["A", "-", "1", "20", "YYYY", "YY", "MM", "DD", "WW"]), max_size=4),
		st.dates(date(2026, 1, 1), date(2125, 12, 31)),
		st.dates(date(2026, 1, 1), date(2125, 12, 31)),
		st.integers(1, 3),
		st.integers(1, 3),
	)
	def test_what_does_meet_is_always_found(self, one, other, day, other_day, digits, other_digits):
		a, b = ".".join([*one, ""]) + "." + "#" * digits, ".".join([*other, ""]) + "." + "#" * other_digits
		prefix, other_prefix = numbering.prefix(a, day)[0], numbering.prefix(b, other_day)[0]
		if prefix == other_prefix:
			assert self.collide(a, b)


class TestExplain:
	@pytest.mark.parametrize(
		("series", "text"),
		[
			("WEB-.####", "WEB-0001, WEB-0002, … one counter for ever; 9999 numbers before it grows a digit"),
			(
				".YYYY..MM..DD.-.###",
				"20260614-001, 20260614-002, … starts again each day; 999 numbers before it grows a digit",
			),
			(
				"L.YY..MM..###",
				"L2606001, L2606002, … starts again each month; 999 numbers before it grows a digit",
			),
			(
				"L.YY.-.WW.-.#",
				"L26-24-1, L26-24-2, … starts again each week; 9 numbers before it grows a digit",
			),
			(
				"L.YYYY.-.##",
				"L2026-01, L2026-02, … starts again each year; 99 numbers before it grows a digit",
			),
			(
				"L.MM.-.##",
				"L06-01, L06-02, … one counter for each MM, which goes on where it stopped when that comes "
				"round again; 99 numbers before it grows a digit",
			),
			(
				"L.YYYY..DD.-.##",
				"L202614-01, L202614-02, … one counter for each DD YYYY, which goes on where it stopped when "
				"that comes round again; 99 numbers before it grows a digit",
			),
			(
				"L-.{city}.-.##",
				"L-{city}-01, L-{city}-02, … one counter for each {city}; 99 numbers before it grows a digit",
			),
			(
				"L-.FY.-.YYYY.-.#",
				"L-{FY}-2026-1, L-{FY}-2026-2, … one counter for each {FY}, starts again each year; "
				"9 numbers before it grows a digit",
			),
		],
	)
	def test_what_the_admin_reads(self, series, text):
		assert numbering.explain(series, JUNE) == text

	def test_a_wrong_series_is_refused(self):
		with pytest.raises(SeriesError):
			numbering.explain("WEB-####", JUNE)
