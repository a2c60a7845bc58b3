"""The reasons in the ledger reach their reader in their own words and date format."""

import json

import frappe
import pytest

from prospect_mgmt import mail, sweep
from prospect_mgmt.importing import building
from prospect_mgmt.panel import get_panel
from prospect_mgmt.procedure import steps
from prospect_mgmt.procedure.reason_kinds import has_gap, kind_of
from prospect_mgmt.prospect_mgmt.report.stage_history import stage_history
from prospect_mgmt.reasons import (
	KINDS,
	PATTERNS,
	PlainError,
	in_words,
	kind_in_words,
	lines_in_words,
	of_error,
)
from tests import factories
from tests.site import staff

OF_AN_IMPORT = (building.PASSED, building.TOLD_ONCE, building.SHOWN)


@pytest.mark.parametrize("reason", sorted({*steps.GONE.values(), *steps.CEASED.values(), *OF_AN_IMPORT}))
def test_every_reason_of_the_rules_is_known(reason):
	assert any(pattern.fullmatch(reason) for pattern, _text in PATTERNS)


def test_moments_are_shown_as_the_user_writes_them():
	frappe.db.set_default("date_format", "dd.mm.yyyy")
	frappe.local.user_date_format = None
	assert in_words("they answered on 2026-06-13 09:00").startswith("they answered on 13.06.2026 09:00")
	assert in_words("held: waits for “Courtesy note”") == "held: waits for “Courtesy note”"


def test_moments_are_shown_by_the_clock_of_the_user():
	user = factories.user("Sales User", time_zone="America/New_York").name
	frappe.set_user(user)  # the site is in Berlin
	assert in_words("they answered on 2026-06-13 09:00").endswith(" 03:00")
	assert in_words("held: paused until 2026-01-13 02:00").endswith("12.01.2026 20:00")


def test_what_others_wrote_stays_as_it_is():
	assert in_words("SMTPError {0} <b>") == "SMTPError {0} <b>"
	assert in_words(None) == ""


def test_an_error_is_one_line_of_plain_words():
	listed = "Missing:<ul><li>the <b>Interest</b></li><li>the Source</li></ul>Please<br>mend them."
	assert of_error(ValueError(listed)) == "Missing: the Interest the Source Please mend them."
	assert of_error(ZeroDivisionError()) == "ZeroDivisionError"


@pytest.mark.parametrize("words", [words for words in KINDS if not has_gap(words)])
def test_words_in_which_nothing_differs_are_of_no_other_kind(words):
	assert kind_of(words, KINDS) == words  # the reports' SQL looks for these first


def test_a_kind_of_reason_says_what_they_have_in_common():
	assert kind_in_words("cancelled by {0}: {1}") == "cancelled by …: …"
	assert kind_in_words("~other").startswith("Another reason")


def test_a_reader_sees_their_language(site):
	frappe.local.lang = "de"
	try:
		assert in_words("the entry was closed") != "the entry was closed"
	finally:
		frappe.local.lang = "en"


# ------------------------------------------------------------- stored in plain English, whoever is at work
ENTRY, STEP, CHANGE = "Prospect List Entry", "Prospect Due Step", "Prospect Stage Change"


@pytest.fixture
def german_site(site, clock, monkeypatch):
	"""Monday 8 June 2026, 09:00: a site whose language is German, its supervisor, and an enquiry of hers."""
	clock.at("2026-06-08 09:00")
	frappe.db.set_default("lang", "de")
	monkeypatch.setattr(frappe.local, "lang", "de")
	supervisor = factories.user("Sales User", first_name="Grete", last_name="Muster", language="de").name
	prospect_list = factories.prospect_list(supervisor=supervisor)
	entry = staff.enquiry(prospect_list.name, supervisor, mobile_no="+49 151 12345678")
	frappe.set_user(supervisor)
	yield frappe._dict(supervisor=supervisor, entry=entry.reload())
	frappe.set_user("Administrator")


def step_of(entry, title: str):
	name = frappe.db.get_value(STEP, {"entry": entry.name, "step_title": title, "status": "Scheduled"})
	return frappe.get_doc(STEP, name)


def shown(entry, title: str) -> dict:
	steps = get_panel(entry.name)["steps"]
	[row] = [row for row in (*steps["past"], *steps["coming"]) if row["step_title"] == title]
	return row


def test_what_a_supervisor_did_to_a_step_names_them_in_the_readers_language(german_site):
	entry, user = german_site.entry, german_site.supervisor
	step = step_of(entry, "Acknowledge soon")
	step.move_step("2026-06-10 10:00", "they asked\nfor it: Wednesday")
	step.reload().run_now("no, now")
	step.reload().cancel_step("a: mistake")
	stored = step.reload()
	assert stored.reason == f"cancelled by {user}: a: mistake"
	assert stored.intervention.split("\n") == [
		f"moved from 2026-06-09 03:00 by {user}: they asked",
		"for it: Wednesday",
		f"run now by {user}: no, now",
		f"cancelled by {user}: a: mistake",
	]
	row = shown(entry, "Bald zum ersten Mal reagieren")
	assert row["reason"] == "gestrichen von Grete Muster: a: mistake" and row["cancelled"]
	said = row["intervention"].split("\n")
	assert "Grete Muster" in said[0] and said[0].endswith(": they asked") and "moved" not in said[0]
	assert said[1] == "for it: Wednesday" and user not in row["intervention"]
	form = step.reload()
	form.run_method("onload")
	assert form.reason == row["reason"] and form.step_title == "Bald zum ersten Mal reagieren"
	step.put_back()
	assert step.reload().reason == f"put back by {user}"


def test_what_the_sweep_writes_is_plain_and_done_needs_no_reason(german_site, clock):
	clock.forward(minutes=1)
	sweep.run()
	done = frappe.get_doc(STEP, {"entry": german_site.entry.name, "step_title": "Call them"})
	assert (done.status, done.reason) == ("Done", "done")
	assert shown(german_site.entry, "Anrufen")["reason"] is None


def test_a_fault_is_kept_plain_and_read_in_ones_language(german_site, clock):
	step = step_of(german_site.entry, "Call them")
	frappe.db.set_value(STEP, step.name, {"action": "Move stage", "workflow_action": "Fly"})
	sweep.run()
	reason = step.reload().reason
	assert reason.startswith(
		"failed, will be tried again: The Workflow has no action “Fly” in the stage Call"
	)
	assert "Workflow has no action" not in in_words(reason) and "„Fly“" in in_words(reason)


def test_why_a_stage_was_left_and_a_pause_are_plain_too(german_site, clock):
	entry = german_site.entry
	clock.forward(minutes=5)
	entry.log_call("Spoke to them", next_attempt_on="2026-06-09 10:00")
	causes = frappe.get_all(CHANGE, {"entry": entry.name}, pluck="cause", order_by="changed_on, creation")
	assert causes == ["Enrolled", "Call: Reached"]
	assert frappe.db.get_value(ENTRY, entry.name, "pause_reason") == "Agreed in the call"
	assert get_panel(entry.name)["pause_reason"] == "Im Anruf vereinbart"
	clock.forward(minutes=5)
	entry.reload().resume()
	entry.reload().close("Lost", "Price")
	causes = frappe.get_all(CHANGE, {"entry": entry.name}, pluck="cause", order_by="changed_on, creation")
	assert causes[-1] == "Closed: Lost"
	_columns, rows, *_rest = stage_history.execute(
		{"entry": entry.name, "from_date": "2026-06-01", "to_date": "2026-06-30"}
	)
	assert (
		all(row["cause"] not in ("Enrolled", "Call: Reached", "Closed: Lost") for row in rows)
		and len(rows) == 3
	)


def test_a_mail_that_cannot_go_says_so_in_ones_language_and_is_kept_plain(german_site):
	with pytest.raises(mail.CannotSend) as refused:
		raise mail.CannotSend(frappe._lt("{0} has no e-mail address."), "WEB-1")
	assert str(refused.value) == "WEB-1 hat keine E-Mail-Adresse."
	assert refused.value.plain == "WEB-1 has no e-mail address."
	assert in_words(refused.value.plain) == str(refused.value)
	assert issubclass(mail.CannotSend, PlainError)


def test_what_somebody_wrote_is_never_taken_for_our_own_words(german_site):
	user = german_site.supervisor
	assert in_words(f"cancelled by {user}: done").endswith(": done")
	assert lines_in_words(f"cancelled by {user}: they answered on 2026\nnobody: {{0}}").endswith(
		"\nnobody: {0}"
	)


# ------------------------------------------------------------- what `procedure` refuses and explains
SETTINGS, PROCEDURE = "Prospect Management Settings", "Prospect Procedure"
OVERLAPPING = [
	{"weekday": "Monday", "from_time": "09:00:00", "to_time": "12:00:00"},
	{"weekday": "Monday", "from_time": "11:00:00", "to_time": "17:00:00"},
]
OF_A_COUNTER = {
	"de": "LEAD-0001, LEAD-0002, … ein Zähler für immer; 9999 Nummern, bevor eine Stelle hinzukommt",
	"zh": "LEAD-0001、LEAD-0002、… 始终使用同一个计数器；发放 9999 个编号后增加一位",
}
OF_A_SERIES = {
	"de": "Nummernkreis für alle anderen Quellen: LEAD- hat kein # für den Zähler. Schreiben Sie zum Beispiel WEB-.####",
	"zh": "所有其他来源的编号系列: LEAD- 没有用于计数的 #。请填写，例如 WEB-.####",
}
OF_A_COLLISION = {
	"de": "LEAD-.### und LEAD-.#### können beide mit LEAD- beginnen, würden sich also einen Zähler teilen",
	"zh": "LEAD-.### 与 LEAD-.#### 都可能以 LEAD- 开头，会共用一个计数器",
}
OF_HOURS = {
	"de": "Arbeitszeiten: Montag 09:00 bis 12:00 überschneidet sich mit 11:00 bis 17:00",
	"zh": "工作时间：星期一 09:00 至 12:00 与 11:00 至 17:00 重叠",
}


def refused(browser, doctype: str, name: str, **changes) -> str:
	answer = browser.put(f"/api/resource/{doctype}/{name}", json=changes)
	assert answer.status_code == 417, answer.text
	return "".join(json.loads(each)["message"] for each in json.loads(answer.json()["_server_messages"]))


@pytest.mark.parametrize("language", ["de", "zh"])
def test_what_is_wrong_with_numbers_and_hours_is_said_to_an_admin_in_their_language(http, language):
	browser = http(factories.user("System Manager", "Sales Manager", language=language).name)
	assert refused(browser, SETTINGS, SETTINGS, default_series="LEAD-") == OF_A_SERIES[language]
	taken = [{"source": "Website", "series": "LEAD-.###"}]
	message = refused(browser, SETTINGS, SETTINGS, lead_number_series=taken, default_series="LEAD-.####")
	assert OF_A_COLLISION[language] in message
	procedure = factories.procedure().name
	assert refused(browser, PROCEDURE, procedure, working_hours=OVERLAPPING) == OF_HOURS[language]
	settings = browser.get(f"/api/resource/{SETTINGS}/{SETTINGS}").json()["data"]
	answer = browser.post(
		"/api/method/run_doc_method", data={"docs": json.dumps(settings), "method": "get_next_numbers"}
	)
	assert answer.json()["message"]["default"]["explanation"] == OF_A_COUNTER[language]


def workspace_of(browser) -> dict:
	page = {"name": "Prospect Management", "title": "Prospect Management", "public": 1}
	return browser.call("frappe.desk.desktop.get_desktop_page", page=page)


def onboarding_of(browser) -> list[dict]:
	shown = workspace_of(browser)["onboardings"]["items"]
	return [step for onboarding in shown for step in onboarding["items"]]


@pytest.mark.parametrize(("language", "words"), [("de", "# Rufen Sie an"), ("zh", "# 致电")])
def test_a_step_of_the_onboarding_is_described_in_the_readers_language(http, language, words):
	frappe.db.set_single_value("System Settings", "enable_onboarding", 1)
	*_before, last = onboarding_of(http(factories.user("System Manager", language=language).name))
	assert last["description"].startswith(words)
	assert not onboarding_of(
		http(factories.user("Prospect Agent", language=language).name)
	)  # it is for admins


def test_leads_are_called_on_the_workspace_what_they_are_called_everywhere(http):
	"""ERPNext's Chinese calls a Lead as it calls an Opportunity."""
	cards = workspace_of(http(factories.user("Sales User", language="zh").name))["cards"]["items"]
	links = {link["link_to"]: link["label"] for card in cards for link in card["links"]}
	assert links["Lead"] == "线索"
