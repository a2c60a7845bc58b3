"""The findings of a review: the three that the figures support best, none when the samples are too small."""

import pytest

from prospect_mgmt.procedure.review import DEFINITIONS
from prospect_mgmt.procedure.review_findings import MOST, NAMES, PROMISE, Month, findings

NOTHING = dict.fromkeys(DEFINITIONS, 0)
DAYS = (31, 30, 31)


def month(now=None, before=None, **more) -> Month:
	earlier = NOTHING | (before or {})
	return Month([NOTHING | (now or {}), earlier, earlier], DAYS, **more)


def promise(met, missed, ours=0, waiting=0, outside=0):
	return {"met": met, "missed": missed, "late_ours": ours, "late_waiting": waiting, "late_outside": outside}


def said(asked: Month) -> list[str]:
	return [finding.said() for finding in findings(asked)]


def test_a_promise_that_was_kept_too_seldom_and_whose_delay_it_was():
	kept = {"acknowledge": promise(20, 20, ours=600, waiting=100, outside=300)}
	[text] = said(month(promises=kept))
	assert text == (
		"Acknowledged in time: 20 of 40 (50.0 %). The goal is 90 %. "
		"Of the delay 60 % was ours, 10 % waiting for them, 30 % outside working hours."
	)


def test_a_promise_that_was_kept_well_enough_is_no_finding():
	assert findings(month(promises={"acknowledge": promise(36, 4)})) == []


@pytest.mark.parametrize("met, missed", [(0, 9), (0, 0)])
def test_nine_cases_are_too_few(met, missed):
	assert findings(month(promises={"satisfy": promise(met, missed)})) == []


def test_a_change_against_the_two_months_before():
	[text] = said(month({"won": 5, "closed": 50}, {"won": 20, "closed": 50}))
	assert text == (
		"Success rate: 5 of 50 closed were won (10.0 %), after 40 of 100 (40.0 %) in the two months before."
	)


def test_a_change_that_chance_explains_is_no_finding():
	assert findings(month({"won": 10, "closed": 50}, {"won": 12, "closed": 50})) == []


def test_a_month_of_other_length_is_no_change():
	short = Month([NOTHING | {"received": 280}, *[NOTHING | {"received": 310}] * 2], (28, 31, 31))
	assert findings(short) == []
	assert said(month({"received": 100}, {"received": 200})) == [
		"Enquiries received: 100, where the two months before let expect 203."
	]


def test_a_list_that_began_meanwhile_is_measured_since_then():
	figures = [NOTHING | {"received": received} for received in (62, 60, 0)]
	assert said(Month(figures, (31, 30, 31))) == [
		"Enquiries received: 62, where the two months before let expect 30."
	]
	assert findings(Month(figures, (31, 30, 0))) == []
	assert findings(Month([figures[0], NOTHING, NOTHING], (20, 0, 0))) == []


def test_a_source_against_all_others():
	sources = {
		"Fair": {"won": 30, "closed": 40},
		"Website": {"won": 10, "closed": 60},
		"": {"won": 0, "closed": 0},
	}
	[text] = said(month(sources=sources))
	assert text == "Fair: 30 of 40 closed were won (75.0 %), of all others 10 of 60 (16.7 %)."


def test_the_objection_that_is_heard_most():
	objections = {
		"Price": {"heard": 30, "won_back": 2},
		"Timing": {"heard": 8, "won_back": 0},
		"Else": {"heard": 2, "won_back": 0},
	}
	[text] = said(month(objections=objections))
	assert text == "“Price” was heard in 30 of 40 objections, “Timing” in 8; reviving won 2 of them back."


def test_records_that_say_too_little():
	quality = {"calls": 100, "no_summary": 40, "recorded": 100, "recorded_late": 5}
	assert said(month(quality=quality)) == ["Calls with a summary: 60 of 100 (60.0 %). The goal is 90 %."]


def test_the_three_best_supported_the_strongest_first():
	promises = {"acknowledge": promise(60, 40), "satisfy": promise(10, 90), "respond": promise(75, 25)}
	found = findings(
		month(promises=promises, quality={"calls": 100, "no_summary": 90, "recorded": 0, "recorded_late": 0})
	)
	assert len(found) == MOST
	assert [f.evidence for f in found] == sorted((f.evidence for f in found), reverse=True)
	assert all(f.sample == 100 for f in found) and "Answered in time" not in " ".join(f.said() for f in found)


def test_a_month_without_anything_has_no_findings():
	assert findings(month(quality={"calls": 0, "no_summary": 0, "recorded": 0, "recorded_late": 0})) == []


def test_a_finding_is_said_in_another_language_with_its_promise():
	words = {
		PROMISE: "{name}: {met} von {sample} ({share} %). Ziel: {goal} %.",
		NAMES["satisfy"]: "Rechtzeitig geklärt",
	}
	[found] = findings(month(promises={"satisfy": promise(0, 12)}))
	assert found.said(lambda text: words[text]) == "Rechtzeitig geklärt: 0 von 12 (0.0 %). Ziel: 90 %."
