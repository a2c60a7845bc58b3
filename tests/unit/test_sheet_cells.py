"""Cells as people fill them, and what they mean."""

from datetime import datetime

import pytest

from prospect_mgmt.sheet import cleaning, columns, dates, entries, reading, statuses
from prospect_mgmt.sheet.cleaning import Unclear

STAGES = ("Call", "Email", "Follow up", "Revive", "Done")


@pytest.mark.parametrize(
	("cell", "meant"),
	[
		("  Anna \n Weber ", "Anna Weber"),
		(None, ""),
		(4711.0, "4711"),
		("\x1b[31mred\x07", "[31mred"),
		("a\u202eb\u200bc", "abc"),
		("'=SUM(A1)", "=SUM(A1)"),
		("'s-Hertogenbosch", "'s-Hertogenbosch"),
	],
)
def test_text_is_one_line_that_nothing_obeys(cell, meant):
	assert cleaning.text(cell) == meant


@pytest.mark.parametrize(
	("cell", "meant"),
	[
		("Anna@Weber.Example", "Anna@weber.example"),
		("mailto:a@b.example", "a@b.example"),
		("Anna Weber <a@b.example>", "a@b.example"),
		("a@b.example; c@d.example", "a@b.example"),
		("a(at)b.example", "a@b.example"),
		("", ""),
		("-", ""),
	],
)
def test_mail_addresses(cell, meant):
	assert cleaning.email(cell) == meant


@pytest.mark.parametrize("cell", ["anna.weber", "anna@weber", "@weber.example", "a b c"])
def test_what_is_no_mail_address_is_said(cell):
	with pytest.raises(Unclear, match="is no e-mail address"):
		cleaning.email(cell)


@pytest.mark.parametrize(
	("cell", "country", "meant"),
	[
		("+49 30 23125-101", "", "+493023125101"),
		("0049 (30) 23125101", "", "+493023125101"),
		("+49 (0)30 23125101", "", "+493023125101"),
		("0049 (0)30 / 23125101", "49", "+493023125101"),
		("030/23125101", "", "03023125101"),
		("030/23125101", "49", "+493023125101"),
		("０３０　２３１２５１０１", "49", "+493023125101"),
		(493023125101.0, "", "493023125101"),
		(4915112345678.0, "49", "+4915112345678"),
		("55999999999", "55", "55999999999"),
		("+1 202 555 0143 ext 12", "", "+12025550143"),
		("+49 30 23125101 / +49 171 3920011", "", "+493023125101"),
		("", "49", ""),
	],
)
def test_telephone_numbers(cell, country, meant):
	assert cleaning.phone(cell, country) == meant


@pytest.mark.parametrize("cell", ["4.93023E+11", "ask Tom", "12345", "1" * 30])
def test_what_is_no_telephone_number_is_said(cell):
	with pytest.raises(Unclear):
		cleaning.phone(cell)


@pytest.mark.parametrize(
	"cell", ["+49 30 23125101", "0049 30 23125101", "030 23125101", 493023125101, "+49 (0)30/23125101"]
)
def test_one_number_in_any_notation_is_one_number(cell):
	assert cleaning.phone_key(cleaning.phone(cell)) == cleaning.phone_key("+493023125101")


@pytest.mark.parametrize(
	("number", "written"),
	[
		("+493023125101", "+49 3023125101"),
		("+12025550143", "+1 2025550143"),
		("+351215550202", "+351 215550202"),
		("0199001234", "0199 001234"),
		("", ""),
	],
)
def test_a_written_number_keeps_its_plus_and_its_zero(number, written):
	assert cleaning.spaced(number) == written
	assert cleaning.phone(written) == number


@pytest.mark.parametrize(
	("cell", "meant"),
	[
		("1.234,50 €", 1234.5),
		("EUR 1,234.50", 1234.5),
		("1 234,5", 1234.5),
		("1'234.50", 1234.5),
		("1.234", 1234),
		("0.500", 0.5),
		("12,5", 12.5),
		("1.234.567", 1234567),
		("-20", -20),
		(99.9, 99.9),
		("", 0),
		("–", 0),
	],
)
def test_amounts(cell, meant):
	assert cleaning.amount(cell) == meant


@pytest.mark.parametrize("cell", ["about a lot", "10 or 20", "9" * 20, "=1+1", float("nan"), float("inf")])
def test_what_is_no_amount_is_said(cell):
	with pytest.raises(Unclear):
		cleaning.amount(cell)


MAY_3 = datetime(2026, 5, 3)


@pytest.mark.parametrize(
	("cell", "meant"),
	[
		("2026-05-03", MAY_3),
		("2026-05-03 14:20", datetime(2026, 5, 3, 14, 20)),
		("2026-05-03T14:20:05", datetime(2026, 5, 3, 14, 20, 5)),
		("03.05.2026", MAY_3),
		("3.5.26", MAY_3),
		("3/5/2026", MAY_3),
		("3 May 2026", MAY_3),
		("May 3, 2026", MAY_3),
		("May 3rd 2026", MAY_3),
		("3. Mai 2026", MAY_3),
		("3 mai 2026", MAY_3),
		("3 de mayo de 2026", MAY_3),
		("1er mai 2026", datetime(2026, 5, 1)),
		("2026-05-03T14:20:05+02:00", datetime(2026, 5, 3, 14, 20, 5)),
		("2026年5月3日", MAY_3),
		("03.05.2026 2:05 pm", datetime(2026, 5, 3, 14, 5)),
		(46145, MAY_3),
		("46145", MAY_3),
		(46145.5, datetime(2026, 5, 3, 12)),
		(datetime(2026, 5, 3, 9), datetime(2026, 5, 3, 9)),
		("", None),
		(None, None),
	],
)
def test_dates_in_many_notations(cell, meant):
	assert dates.moment(cell) == meant


@pytest.mark.parametrize(
	("cell", "order", "month"), [("3/5/2026", "mdy", 3), ("3/5/2026", "dmy", 5), ("3/15/2026", "dmy", 3)]
)
def test_day_or_month_first(cell, order, month):
	assert dates.moment(cell, order).month == month


@pytest.mark.parametrize(
	("cells", "order"),
	[
		(["3/5/2026", "3/15/2026"], "mdy"),
		(["3/5/2026", "15/3/2026"], "dmy"),
		(["3.5.2026"], "dmy"),
		(["3/5/2026"], None),
	],
)
def test_the_file_itself_says_what_comes_first(cells, order):
	assert dates.order_of(cells) == order


@pytest.mark.parametrize(
	"cell",
	[
		*("31.06.2026", "soon", "12", "2026-13-01", "3/5/1066", "0026-05-03", "2026-05-03 25:00", "9" * 5000),
		*(float("inf"), float("nan"), -46145),
	],
)
def test_what_is_no_date_is_said(cell):
	with pytest.raises(Unclear):
		dates.moment(cell)


@pytest.mark.parametrize(
	("cell", "stage", "outcome"),
	[
		("Call(1)", "Call", None),
		("call (1)", "Call", None),
		("E-Mail (2)", "Email", None),
		("Folow-up(3)", "Follow up", None),
		("4", "Revive", None),
		("Done(5)", "Done", None),
		("Done (won)", "Done", "Won"),
		("Lost", "Done", "Lost"),
		("Seguimiento", "Follow up", None),
		("Call(1), Email(2)", "Email", None),
		("Call(1) Email(2)", "Email", None),
		("Call (1)\nEmail (2)\nFollow up (3)", "Follow up", None),
		("Call(1)Done(5) Won", "Done", "Won"),
		("(3) Follow up", "Follow up", None),
		("", "Call", None),
	],
)
def test_statuses(cell, stage, outcome):
	status = statuses.read(cell, STAGES)
	assert (status.stage, status.outcome, status.doubt) == (stage, outcome, None)


def test_a_status_that_contradicts_itself_is_doubted():
	status = statuses.read("Email(3)", STAGES)
	assert status.stage == "Email"
	assert "has the number 3" in status.doubt


@pytest.mark.parametrize(
	("cell", "stage"),
	[
		("Email (2) 3/5", "Email"),
		("Follow up 4/5", "Follow up"),
		("Call 1/3", "Call"),
		("Lost 5/5/2026", "Done"),
	],
)
def test_a_date_or_a_count_beside_a_status_is_no_other_status(cell, stage):
	status = statuses.read(cell, STAGES)
	assert status.stage == stage and status.doubt


@pytest.mark.parametrize("cell", ["(3)", 3.0, " 3. ", "#3"])
def test_a_number_that_is_all_a_cell_says_is_a_stage(cell):
	assert statuses.read(cell, STAGES) == ("Follow up", None, None)


@pytest.mark.parametrize("cell", ["???", "9", "later perhaps", "3/5", "1, 2", "2.5", "2026-05-03"])
def test_what_is_no_status_is_said(cell):
	with pytest.raises(Unclear, match="is no status"):
		statuses.read(cell, STAGES)


@pytest.mark.parametrize(
	("heading", "field"),
	[
		("E-Mail", "email_id"),
		("  phone_number ", "phone"),
		("Téléphone", "phone"),
		("Ansprechpartner", "lead_name"),
		("Quote  Amount", "quoted_amount"),
		("Fecha", "first_contact_on"),
		("状态", "status"),
		("首次联系日期", "first_contact_on"),
		("Intrest", "interest"),
		("Shoe size", None),
		("", None),
		("Next step", None),
	],
)
def test_headings(heading, field):
	assert columns.field_of(heading) == field


def test_headings_are_found_below_a_title_and_a_person_may_name_one():
	rows = [(1, ["Our prospects", ""]), (3, ["Who", "Mail", "Stand"])]
	found = columns.layout(rows, {"who": "lead_name"})
	assert (found.line, found.fields) == (3, {"lead_name": 0, "email_id": 1, "status": 2})


@pytest.mark.parametrize(
	("headings", "fields"),
	[
		(["Nombre", "Apellidos"], {"first_name": 0, "last_name": 1}),
		(["Name", "Vorname"], {"last_name": 0, "first_name": 1}),
		(["Nom", "E-mail"], {"lead_name": 0, "email_id": 1}),
		(["Contact", "Last name"], {"lead_name": 0, "last_name": 1}),
	],
)
def test_half_a_name_beside_its_other_half(headings, fields):
	assert columns.layout([(1, headings)]).fields == fields


def test_without_headings_it_says_what_to_do():
	with pytest.raises(columns.NoHeadings, match="No row of headings"):
		columns.layout([(1, ["Anna Weber", "a@b.example"])])


def test_no_two_fields_claim_the_same_heading():
	claims = [
		columns.plain(name)
		for label, names in columns.HEADINGS.values()
		for name in {label, *names.split("|")}
	]
	twice = {name for name in claims if claims.count(name) > 1} - {
		columns.plain(label) for label, _n in columns.HEADINGS.values()
	}
	assert not twice


@pytest.mark.parametrize(
	("cell", "agreed"),
	[
		("x", "Newsletter"),
		(True, "Newsletter"),
		("Ja", "Newsletter"),
		("Catalogue by mail", "Catalogue by mail"),
		("no", ""),
		("Nein", ""),
		(False, ""),
		(0, ""),
		("-", ""),
		(None, ""),
	],
)
def test_what_they_agreed_to(cell, agreed):
	layout = columns.Layout(1, ["Contact", "Newsletter"], {"lead_name": 0, "consent": 1})
	reader = entries._Reader(layout, dates.DAY_FIRST, entries.Options(STAGES))
	assert reader.entry(reading.Row(2, ["Anna", cell])).consent == agreed
