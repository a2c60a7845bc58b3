"""Facts are kept by the procedure: nobody writes them by hand. And what is sent to a public method is checked first."""

import contextlib
from datetime import date
from zoneinfo import ZoneInfo

import frappe
import pytest
from frappe.utils import add_to_date, get_datetime, now_datetime

from prospect_mgmt.entry import start
from tests import factories
from tests.site import staff
from tests.site.doors import post, run_doc_method
from tests.site.staff import ENTRY

INTERACTION = "Prospect Interaction"


@pytest.fixture
def seller():
	return factories.user("Sales User").name


@pytest.fixture
def mine(seller, stack):
	"""An open enquiry of the seller, who supervises its list."""
	factories.email_account(stack)
	prospect_list = factories.prospect_list(seller, supervisor=seller)
	entry = staff.enquiry(prospect_list.name, seller, detail="How heavy is it?")
	frappe.db.commit()
	return entry


@pytest.fixture
def browser(http, seller):
	return http(seller)


# ------------------------------------------------------------- facts
VALUES = {
	"Datetime": "2020-02-02 10:00:00",
	"Check": 1,
	"Int": 77,
	"Currency": 77.5,
	"Select": None,  # the last of its options
	"Link": None,  # any record
}
CHANGED_BY_ACTIONS = {"stage"}


def facts() -> list:
	"""The fields of an entry that only the procedure writes."""
	fields = frappe.get_meta(ENTRY).fields
	stored = [df for df in fields if df.fieldtype not in (*frappe.model.no_value_fields, "Table")]
	return [df for df in stored if df.read_only and df.fieldname not in CHANGED_BY_ACTIONS]


def another_value(df, now):
	if df.fieldtype == "Select":
		return next(option for option in reversed(df.options.split("\n")) if option and option != now)
	if df.fieldtype == "Link":
		return frappe.db.get_value(df.options, {"name": ("!=", now or "")}, "name", order_by="name desc")
	if df.fieldtype == "Check":
		return int(not now)
	return VALUES.get(df.fieldtype) or "something else"


@pytest.mark.parametrize("role", ["Prospect Agent", "Sales User", "Sales Manager", "System Manager"])
def test_no_role_writes_a_fact_by_hand(mine, role):
	user = factories.user(role).name
	staff_list = frappe.get_doc("Prospect List", mine.prospect_list)
	staff_list.append("agents", staff.agent_row(user))
	staff_list.save()
	mine.assign(user)
	before = stored(mine)
	frappe.set_user(user)
	for df in facts():
		doc = frappe.get_doc(ENTRY, mine.name)
		value = another_value(df, doc.get(df.fieldname))
		if value is None:
			continue  # a link to a record of which this site has none
		doc.set(df.fieldname, value)
		_saved_or_refused(doc)
		assert stored(mine) == before, df.fieldname


def _saved_or_refused(doc) -> None:
	frappe.db.savepoint("by_hand")
	with contextlib.suppress(frappe.ValidationError):
		doc.save()
	frappe.db.rollback(save_point="by_hand")


def stored(entry) -> dict:
	row = frappe.db.get_value(ENTRY, entry.name, "*", as_dict=True)
	ignored = {"modified", "modified_by", "_seen", "_comments"}
	return {field: value for field, value in row.items() if field not in ignored}


@pytest.mark.parametrize("fieldname", ["acknowledged_on", "outcome", "attempts", "email_id", "done_on"])
def test_a_fact_sent_over_rest_is_refused_with_what_to_do_instead(mine, browser, fieldname):
	df = next(df for df in facts() if df.fieldname == fieldname)
	answer = browser.put(f"/api/resource/{ENTRY}/{mine.name}", json={fieldname: another_value(df, None)})
	assert answer.status_code == 417
	assert "kept by the procedure" in answer.text and df.label in answer.text


def test_answers_and_documents_are_facts_too(mine, browser):
	path = f"/api/resource/{ENTRY}/{mine.name}"
	row = {"name": mine.requirements[0].name, "detail": "How heavy is it?"}
	assert (
		browser.put(path, json={"requirements": [row | {"satisfied_on": "2026-01-01 10:00:00"}]}).status_code
		== 417
	)
	document = {"document_type": "Quotation", "document": "X", "amount": 1}
	browser.put(path, json={"documents": [document]})
	frappe.db.rollback()
	now = frappe.get_doc(ENTRY, mine.name)
	assert not now.documents and not now.requirements[0].satisfied_on


def test_what_people_may_change_they_can(mine, browser):
	path = f"/api/resource/{ENTRY}/{mine.name}"
	colleague = factories.user("Prospect Agent").name
	frappe.db.commit()
	rows = [{"name": mine.requirements[0].name, "detail": "How heavy and long?"}, {"detail": "Is it blue?"}]
	for values in ({"interest": "Quote"}, {"requirements": rows}, {"agent": colleague}):
		answer = browser.put(path, json=values)
		assert answer.status_code == 200, (values, answer.text)
	moved = post(
		browser,
		"frappe.model.workflow.apply_workflow",
		doc={"doctype": ENTRY, "name": mine.name},
		action="Information sent",
	)
	assert moved.status_code == 200, moved.text
	frappe.db.rollback()
	now = frappe.get_doc(ENTRY, mine.name)
	assert (now.interest, now.agent, now.stage) == ("Quote", colleague, "Follow up")
	assert [row.detail for row in now.requirements] == ["How heavy and long?", "Is it blue?"]


def test_a_stage_is_reached_only_as_the_workflow_draws_it(mine, browser):
	path = f"/api/resource/{ENTRY}/{mine.name}"
	assert browser.put(path, json={"stage": "Revive"}).status_code == 417
	closing = browser.put(path, json={"stage": "Done"})
	assert closing.status_code == 417 and "how it ended" in closing.text


# ------------------------------------------------------------- what public methods refuse
PAST, FUTURE, AGES_AHEAD = (
	f"{year}-01-01 10:00:00" for year in (2020, date.today().year + 1, date.today().year + 4)
)
HUGE = "x" * 100_000
REFUSED = {
	"unknown result": ("log_call", {"summary": "x", "result": "Perhaps"}, "Perhaps"),
	"unknown channel of a call": ("log_call", {"summary": "x", "channel": "Pigeon"}, "Pigeon"),
	"unknown direction": ("log_call", {"summary": "x", "direction": "Sideways"}, "Sideways"),
	"a call to come": ("log_call", {"summary": "x", "occurred_on": FUTURE}, "still to come"),
	"a call at no time": ("log_call", {"summary": "x", "occurred_on": "tea time"}, "tea time"),
	"a call in a year that is none": ("log_call", {"summary": "x", "occurred_on": "99999999999999"}, "no date and time"),
	"an attempt that is past": ("log_call", {"summary": "x", "next_attempt_on": PAST}, "still to come"),
	"an attempt in another age": ("log_call", {"summary": "x", "next_attempt_on": AGES_AHEAD}, "more than two years ahead"),
	"a call in another age": ("log_call", {"summary": "x", "occurred_on": "1990-01-01"}, "more than a month before"),
	"a pause for ever": ("pause", {"until": "9999-12-31 23:59:59", "reason": "x"}, "more than two years ahead"),
	"an objection that there is not": ("log_call", {"summary": "x", "objection": "Colour of the sky"}, "Colour of the sky"),
	"a summary that does not end": ("log_call", {"summary": HUGE}, "too long"),
	"a summary that is no text": ("log_call", {"summary": {"a": 1}}, "summary"),
	"a yes that is no number": ("log_call", {"summary": "x", "information_satisfied": "perhaps"}, "information_satisfied"),
	"unknown channel of an answer": ("record_response", {"content": "x", "channel": "Fax"}, "Fax"),
	"an answer that does not end": ("record_response", {"content": HUGE}, "too long"),
	"an answer to come": ("record_response", {"content": "x", "occurred_on": FUTURE}, "still to come"),
	"unknown channel of a message": ("record_message", {"content": "x", "channel": "Fax"}, "Fax"),
	"a pause that is past": ("pause", {"until": PAST, "reason": "x"}, "still to come"),
	"a pause until no time": ("pause", {"until": "March", "reason": ""}, "why"),
	"a pause without a reason": ("pause", {"until": FUTURE, "reason": "  "}, "why"),
	"a pause without an end": ("pause", {"until": "", "reason": "x"}, "until when"),
	"unknown outcome": ("close", {"outcome": "Draw"}, "Draw"),
	"lost without an objection": ("close", {"outcome": "Lost"}, "objection"),
	"lost to an objection that there is not": ("close", {"outcome": "Lost", "objection": "Weather"}, "Weather"),
	"a note that does not end": ("close", {"outcome": "Spam", "note": HUGE}, "too long"),
	"reopening what is open": ("reopen", {}, "is open"),
	"an agent that there is not": ("assign", {"agent": "nobody@example.com"}, "not an enabled user"),
	"mail to an address that is none": ("update_contact", {"email_id": "no address"}, "no address"),
	"a copy to an address that is none": ("send_information", {"subject": "x", "content": "x", "cc": "no address"}, "address"),
}  # fmt: skip


def test_what_makes_no_sense_is_refused_clearly_and_changes_nothing(mine, browser):
	before, facts_before = stored(mine), frappe.db.count(INTERACTION)
	for what, (method, arguments, says) in REFUSED.items():
		answer = run_doc_method(browser, ENTRY, mine.name, method, **arguments)
		assert answer.status_code == 417, f"{what}: {answer.status_code} {answer.text[:500]}"
		assert says in answer.text, f"{what}: {answer.text[:500]}"
		frappe.db.rollback()
		assert stored(mine) == before, what
		assert frappe.db.count(INTERACTION) == facts_before, what


def test_a_closed_enquiry_takes_facts_and_nothing_else(mine, browser):
	mine.close("Lost", "Price")
	frappe.db.commit()
	done_on = get_datetime(mine.done_on)
	for method, arguments in {
		"close": {"outcome": "Spam"},
		"pause": {"until": FUTURE, "reason": "x"},
		"resume": {},
		"move_to_list": {"prospect_list": mine.prospect_list},
		"log_call": {"summary": "x", "next_attempt_on": FUTURE},
	}.items():
		answer = run_doc_method(browser, ENTRY, mine.name, method, **arguments)
		assert answer.status_code == 417 and "is closed" in answer.text, (method, answer.text[:300])
	assert run_doc_method(
		browser, ENTRY, mine.name, "log_call", summary="They rang to say thanks", direction="Incoming"
	).ok
	frappe.db.rollback()
	now = frappe.get_doc(ENTRY, mine.name)
	assert get_datetime(now.done_on) == done_on and now.outcome == "Lost" and now.stage == "Done"
	assert frappe.db.exists(INTERACTION, {"entry": mine.name, "summary": "They rang to say thanks"})


def test_an_enquiry_is_not_reopened_beside_a_newer_one(mine, browser):
	mine.close("Lost", "Price")
	newer = start.enrol(frappe.get_doc("Lead", mine.lead), mine.prospect_list)
	frappe.db.commit()
	answer = run_doc_method(browser, ENTRY, mine.name, "reopen")
	assert answer.status_code == 417 and newer.name in answer.text
	again = post(
		browser, "prospect_mgmt.enrolment.enrol_lead", lead=mine.lead, prospect_list=mine.prospect_list
	)
	assert again.status_code == 417 and newer.name in again.text


def test_a_correction_is_for_what_they_sent_for_this_enquiry_and_made_once(mine, browser):
	other = staff.enquiry(mine.prospect_list, mine.agent)
	foreign = other.record_response("Hello")
	ours = mine.log_call("Hello")
	theirs = mine.record_response("I am out of office")
	frappe.db.commit()
	for interaction in (foreign, ours):
		answer = run_doc_method(
			browser, ENTRY, mine.name, "correct_interaction", interaction=interaction, is_answer=0
		)
		assert answer.status_code == 417 and "can be corrected" in answer.text
	assert run_doc_method(
		browser, ENTRY, mine.name, "correct_interaction", interaction=theirs, is_answer=0
	).ok
	answer = run_doc_method(browser, ENTRY, mine.name, "correct_interaction", interaction=theirs, is_answer=1)
	assert answer.status_code == 417 and "corrected already" in answer.text


def test_a_moment_with_an_offset_is_the_moment_it_names(mine, browser):
	moment = add_to_date(now_datetime(), hours=-1).replace(microsecond=0)
	zone = frappe.utils.get_system_timezone()
	aware = moment.replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("America/New_York"))
	answer = run_doc_method(browser, ENTRY, mine.name, "log_call", summary="x", occurred_on=aware.isoformat())
	assert answer.status_code == 200, answer.text
	frappe.db.rollback()
	assert frappe.db.get_value(INTERACTION, {"entry": mine.name}, "occurred_on") == moment
