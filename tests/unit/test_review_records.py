"""The reference of the ledgers' figures that need more than counting, on plain records."""

from datetime import datetime, timedelta

from prospect_mgmt.procedure import review_promises
from prospect_mgmt.procedure.review import Act, Enquiry
from prospect_mgmt.procedure.review_records import Number, missing, objections_heard, prefixes

DAY = datetime(2026, 5, 4, 10)
MAY = {"start": datetime(2026, 5, 1), "end": datetime(2026, 6, 1)}


def given(number: int, lead: str | None = None, prefix: str = "WEB-", **fields) -> Number:
	name = f"{prefix}{number:04d}"
	values = {"issued_on": DAY, "status": "Given", "series": f"{prefix}.####", "lead": lead or name}
	return Number(name, prefix=prefix, number=number, **{**values, **fields})


def test_what_is_missing_before_between_and_after_the_numbers_of_a_prefix():
	rows = [given(5), given(3), given(1, prefix="REF-")]
	found = missing(rows, {"WEB-": 7, "REF-": 1}, ids={"WEB-0001", "WEB-0003", "WEB-0005", "WEB-0006"})
	assert found == {"WEB-0003": {"missing": 2, "voided": 1}, "WEB-0005": {"missing": 3, "voided": 2}}


def test_a_number_that_grew_a_digit_is_told_from_one_that_is_missing():
	rows = [given(9999, prefix="A-"), given(10001, prefix="A-")]
	assert missing(rows, {"A-": 10001}, ids={"A-10000"})["A-10001"] == {"missing": 1, "voided": 0}


def test_the_prefix_of_a_renamed_lead_is_that_of_its_first_number():
	rows = [
		given(1, "KUNDE-7", status="Renamed", issued_on=DAY + timedelta(hours=1)),
		given(2, "KUNDE-7", prefix="REF-", status="Renamed"),
		given(3, "WEB-0004", prefix="REF-", status="Merged"),
		given(4),
	]
	assert prefixes(rows) == {"KUNDE-7": "REF-", "WEB-0004": "WEB-"}


def test_an_objection_is_in_the_figures_of_each_who_heard_it():
	enquiry = Enquiry(
		"WEB-0001", DAY, agent="carol", objection="Price", outcome="Lost", done_on=DAY + timedelta(days=2)
	)
	calls = [
		Act("WEB-0001", DAY, "Phone", "Outgoing", "Person", user=who, objection="Price")
		for who in ("ann", "ann", "bob")
	]
	found = objections_heard([enquiry], calls, [], group=lambda _enquiry, credit: credit, **MAY)
	assert {agent: (numbers["heard"], numbers["closed"]) for (_price, agent), numbers in found.items()} == {
		"ann": (1, 0),
		"bob": (1, 0),
		"carol": (1, 1),
	}


def test_a_promise_not_kept_is_late_until_now_and_no_later_than_the_closing():
	by = DAY + timedelta(days=1)
	waits = Enquiry("WEB-0001", DAY, acknowledge_by=by, acknowledge_status="Missed")
	closed = Enquiry(
		"WEB-0002",
		DAY,
		acknowledge_by=by,
		acknowledge_status="Missed",
		outcome="Lost",
		done_on=by + timedelta(hours=2),
	)
	for enquiry, hours in ((waits, 30), (closed, 2)):
		found = review_promises.lateness(
			[enquiry], promise="acknowledge", now=by + timedelta(hours=30), **MAY
		)
		assert found == {"late_median": None, "late_ninety": None, "late_so_far": hours * 3600}
