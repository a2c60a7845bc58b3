"""The list as a whole: what is to be mended, who is on it twice, and the lead numbers."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prospect_mgmt.procedure.matching import words_alike
from prospect_mgmt.sheet import duplicates, report, writing
from prospect_mgmt.sheet.deciding import decide
from prospect_mgmt.sheet.reading import LONGEST_CELL
from tests.unit.sheets import RULES, TODAY, read, read_rows, write

REACH = {"E-mail": "p@prospect.example", "First contact": "2026-06-01"}


@pytest.mark.parametrize(
	("row", "problem"),
	[
		({"E-mail": "nonsense"}, "E-mail: “nonsense” is no e-mail address"),
		({"Contact": "", "E-mail": ""}, "nobody is named"),
		({"E-mail": ""}, "no way to reach them"),
		({"First contact": ""}, "First contact on: not known"),
		({"First contact": "31.06.2026"}, "there is no such day"),
		({"Status": "???"}, "is no status"),
		({"Status": "Done(5)", "Done on": "2026-06-03"}, "Outcome: done, but not how it ended"),
		({"Status": "Lost"}, "Done on: empty"),
		({"Status": "Call(1)", "Done on": "2026-06-03"}, "which is right?"),
		({"Status": "Call(1)", "Called on": "2026-06-02"}, "is it Email (2) by now?"),
		({"Status": "Email(2)", "Info sent": "2026-06-02"}, "is it Follow up (3) by now?"),
		({"Status": "Follow up(3)"}, "no courtesy note comes"),
		({"Status": "Email(2)", "Called on": "2026-05-02"}, "is before the first contact"),
		({"Status": "Lost", "Sale value": "12", "Done on": "2026-06-03"}, "but it ended as Lost"),
		({"Sale value": "much"}, "Sale value: “much” is no amount"),
	],
)
def test_what_is_to_be_mended_is_said(tmp_path, row, problem):
	(entry,) = read_rows(tmp_path, {**REACH, "Status": "Call(1)", **row})
	assert problem in " · ".join(entry.problems)


def test_a_row_without_faults_has_no_problems(tmp_path):
	(entry,) = read_rows(
		tmp_path, {**REACH, "Status": "Won", "Done on": "2026-06-09", "Sale value": "1.200,00"}
	)
	assert (entry.problems, entry.stage, entry.outcome, entry.sale_value) == ([], "Done", "Won", 1200)


ANNA = {
	"Contact": "Anna Weber",
	"E-mail": "anna.weber@gmail.com",
	"Phone": "+49 30 23125101",
	"Company": "Weber GmbH",
}


@pytest.mark.parametrize(
	("other", "same"),
	[
		({"Contact": "A. Weber", "E-mail": "AnnaWeber+shop@googlemail.com"}, True),
		({"Contact": "Weber, Anna", "Phone": "030/23125101"}, True),
		({"Contact": "Tom Klein", "Phone": "030/23125101"}, False),
		({"Contact": "Ana Weber", "E-mail": "a@other.example", "Company": "Weber"}, False),
	],
)
def test_who_is_on_the_list_twice(tmp_path, other, same):
	first, second = read_rows(tmp_path, {**ANNA, "Date": "2026-06-01"}, {**other, "Date": "2026-06-02"})
	assert (second.duplicate_of is first) == same
	assert ("are they the same person?" in " ".join(second.problems)) == (not same)


def test_the_same_address_counts_more_than_a_later_namesake(tmp_path):
	first, namesake, again = read_rows(
		tmp_path,
		{**ANNA, "Date": "2026-06-01"},
		{**ANNA, "E-mail": "anna2@weber.example", "Phone": "", "Date": "2026-06-02"},
		{**ANNA, "Phone": "", "Date": "2026-06-03"},
	)
	assert again.duplicate_of is first and not namesake.duplicate_of


def test_somebody_else_is_not_a_duplicate(tmp_path):
	bob = {
		"Contact": "Bob Stone",
		"E-mail": "bob@stone.example",
		"Phone": "+1 202 555 0143",
		"Company": "Weber GmbH",
	}
	_anna, other = read_rows(tmp_path, {**ANNA, "Date": "2026-06-01"}, {**bob, "Date": "2026-06-02"})
	assert (other.duplicate_of, other.problems) == (None, [])


def test_after_done_it_is_a_new_enquiry_on_the_same_lead(tmp_path):
	rows = [
		{**ANNA, "Date": "2026-06-01", "Status": "Done(5)", "Outcome": "Lost", "Done on": "2026-06-05"},
		{**ANNA, "Date": "2026-06-08", "Status": "Won", "Done on": "2026-06-10"},
		{**ANNA, "Date": "2026-06-11", "Status": "Call(1)"},
		{**ANNA, "Date": "2026-06-12", "Status": "Call(1)"},
	]
	found = read_rows(tmp_path, *rows)
	assert [e.number for e in found] == ["LEAD-0001", "LEAD-0001-2", "LEAD-0001-3", ""]
	assert found[3].duplicate_of is found[2]


def test_what_was_done_on_the_day_it_came_and_is_there_twice_is_no_new_enquiry(tmp_path):
	spam = {**ANNA, "Status": "Spam", "Date": "2026-06-01", "Done on": "2026-06-01"}
	first, again, asks_anew = read_rows(tmp_path, spam, spam, {**spam, "Status": "Call(1)", "Done on": ""})
	assert again.duplicate_of is first and asks_anew.earlier is first


def test_numbers_are_by_source_in_order_of_arrival_and_never_given_twice(tmp_path):
	rows = [
		{"Lead ID": "", "Source": "website", "Date": "2026-06-03"},
		{"Lead ID": "", "Source": "Website", "Date": "2026-06-01"},
		{"Lead ID": "WEB-0007", "Source": "Website", "Date": "2026-06-02"},
		{"Lead ID": "", "Source": "Referral", "Date": "2026-06-01"},
		{"Lead ID": "", "Source": "=cmd()", "Date": "2026-06-01"},
	]
	found = read_rows(tmp_path, *({"E-mail": f"p{at}@x.example", **row} for at, row in enumerate(rows)))
	assert [e.number for e in found] == ["WEB-0009", "WEB-0008", "WEB-0007", "REF-0001", "LEAD-0001"]


def test_a_number_that_two_rows_have_is_said(tmp_path):
	found = read_rows(tmp_path, {"No.": "WEB-0001", **REACH}, {"No.": "web-0001", "E-mail": "q@x.example"})
	assert "also that of row 2" in found[1].problems[-1]


def test_a_list_of_any_length_is_compared_as_a_short_one(tmp_path):
	rows = [
		{**ANNA, "Date": "2026-06-01", "Status": "Won", "Done on": "2026-06-03"},
		{"Contact": "Ana Weber", "Company": "Weber", "E-mail": "a@other.example", "Date": "2026-06-02"},
		{**ANNA, "Date": "2026-06-04"},
		{**ANNA, "Phone": "", "Date": "2026-06-05"},
	]
	in_memory, on_disk = read_rows(tmp_path, *rows), read_rows(tmp_path, *rows)
	for entry in on_disk:
		entry.problems, entry.duplicate_of, entry.earlier = [], None, None
	finder = duplicates.Finder(duplicates.ShelvesOnDisk())
	for entry in on_disk:
		finder.look(entry)
		finder.file_last()
	found = [
		[(e.duplicate_of and e.duplicate_of.line, e.earlier and e.earlier.line) for e in entries]
		for entries in (in_memory, on_disk)
	]
	assert found[0] == found[1] == [(None, None), (None, None), (None, 2), (4, None)]
	assert "are they the same person?" in on_disk[1].problems[0]


@pytest.mark.parametrize(
	("one", "other"),
	[
		(("Anna Weber", "Acme"), ("Anna Maria Weber", "Acme GmbH")),
		(("Anna Weber", "Schneider"), ("Anna Weber", "Shneider")),
	],
)
def test_what_the_rules_take_for_alike_is_asked_about(tmp_path, one, other):
	rows = [
		{"Contact": name, "Company": company, "E-mail": f"p{at}@p{at}.example", "Date": "2026-06-01"}
		for at, (name, company) in enumerate((one, other))
	]
	_first, second = read_rows(tmp_path, *rows)
	assert "are they the same person?" in str(second.problems)


def test_names_as_long_as_a_cell_take_no_memory(tmp_path):
	long = {"Contact": "a" * LONGEST_CELL, "Company": "b" * LONGEST_CELL, "Date": "2026-06-01"}
	tracemalloc.start()
	_first, second = read_rows(tmp_path, *({**long, "E-mail": f"p{at}@p{at}.example"} for at in range(2)))
	most = tracemalloc.get_traced_memory()[1]
	tracemalloc.stop()
	assert most < 20 * 2**20
	assert "are they the same person?" in str(second.problems)


WORDS = st.lists(st.text(alphabet="abcd", min_size=1, max_size=6), max_size=3).map(tuple)


@given(WORDS, WORDS, st.sampled_from([0.9, 0.95]), st.sampled_from([0.5, 0.84, 0.85]))
def test_a_glance_rules_out_only_what_is_not_alike(one, other, missing, alike):
	is_possible = duplicates._spelling(one).may_be(duplicates._spelling(other), alike)
	assert is_possible or words_alike(one, other, missing) < alike


def test_of_two_columns_for_numbers_or_addresses_the_first_that_is_filled_in_counts(tmp_path):
	row = {"Contact": "Ada", "Phone": "-", "E-mail": " ", "Mobile": "+49 151 5550101", "Email": "a@x.example"}
	both = {
		**row,
		"Phone": "+49 30 1234567",
		"Mobile": "+49 151 5550102",
		"E-mail": "b@x.example",
		"Email": "",
	}
	sheet = read(write(tmp_path / "list.csv", row, both))
	first, second = sheet.entries
	assert (first.phone, first.email_id, first.further) == ("+491515550101", "a@x.example", [])
	assert (second.phone, second.email_id) == ("+49301234567", "b@x.example")
	assert second.further == ["Mobile: +49 151 5550102"]
	said = " ".join(" ".join(report.lines(sheet, 1)).split())
	assert "Mobile (where Phone is empty)" in said and "Email (where E-mail is empty)" in said
	assert "Not understood" not in said


# Total rows

HEADINGS = ("Contact", "Company", "E-mail", "Phone", "Status", "Quote amount")


@pytest.mark.parametrize(
	"cells",
	[
		{"Contact": "Summe", "Quote amount": "4.500,00"},
		{"Contact": "TOTAL:", "Quote amount": "12,500 USD"},
		{"Contact": "Total général", "Quote amount": "4 500 €"},
		{"Contact": "Suma total 4500"},
		{"Contact": "Total geral", "Company": "12 leads"},
		{"Contact": "合计：", "Quote amount": "4500"},
		{"Contact": "合计", "Phone": "2", "Quote amount": "4500"},
		{"Company": "Gesamtsumme EUR 4.500,00", "E-mail": "-"},
		{"Contact": "Sub-Total", "Company": "Sub-Total"},
	],
)
def test_a_total_row_is_no_enquiry(tmp_path, cells):
	person = {"Contact": "Ada", "E-mail": "a@x.example", "Quote amount": "4500"}
	rows = [{heading: row.get(heading, "") for heading in HEADINGS} for row in (person, cells, person)]
	sheet = read(write(tmp_path / "list.csv", *rows))
	assert [entry.line for entry in sheet.entries] == [2, 4]
	assert [entry.line for entry in sheet.totals] == [3]
	said = list(report.lines(sheet, 1))
	assert (
		"LEFT OUT: 1 row" in said and f"  row 3, {sheet.totals[0].who}: a total row, not an enquiry" in said
	)


@pytest.mark.parametrize(
	"cells",
	[
		{"Company": "TotalEnergies"},
		{"Company": "Total SE"},
		{"Contact": "Total", "E-mail": "info@total.example"},
		{"Contact": "Total", "Phone": "+49 30 23125101"},
		{"Company": "Total", "Status": "Call(1)"},
		{"Company": "Total", "Contact": "Jean Gesamt"},
		{"Contact": "Summer", "Quote amount": "4500"},
		{"Contact": "Sum Ting"},
	],
)
def test_who_is_called_like_a_total_is_a_prospect(tmp_path, cells):
	sheet = read(write(tmp_path / "list.csv", {heading: cells.get(heading, "") for heading in HEADINGS}))
	assert (len(sheet.entries), len(sheet.totals)) == (1, 0)


def test_a_total_row_is_written_back_as_it_stands_and_gets_no_number(tmp_path):
	rows = [{"Contact": "Ada", "E-mail": "a@x.example", "Quote amount": "4500"}, {"Contact": "Summe"}]
	rows[1] |= {"Quote amount": "4500"}
	sheet = read(write(tmp_path / "list.csv", *rows))
	decisions = [decide(entry, RULES, TODAY) for entry in sheet.entries]
	writing.write(sheet, decisions, RULES, tmp_path / "out.csv")
	again = read(tmp_path / "out.csv")
	assert [entry.number for entry in again.entries] == ["LEAD-0001"]
	assert [(entry.line, entry.who) for entry in again.totals] == [(3, "Summe")]
	assert "4500" in (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[2]
