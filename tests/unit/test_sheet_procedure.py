"""What the procedure says of the rows of a spreadsheet: promises, what is due, notes. Today is Wednesday 17 June 2026."""

import email
from datetime import date, datetime
from email.policy import default

import pytest

from prospect_mgmt.sheet import notes, worklist
from prospect_mgmt.sheet.deciding import decide
from tests.unit.sheets import EXAMPLE, RULES, TODAY, decided, read, read_rows

FOLLOW_UP = {
	"Status": "Follow up(3)",
	"Date": "2026-06-11",
	"Called on": "2026-06-11",
	"Info sent": "2026-06-15",
}


@pytest.mark.parametrize(
	("row", "step"),
	[
		({"Status": "Call(1)", "Date": "2026-06-17 08:00"}, "Call them"),
		(
			{"Status": "Call(1)", "Date": "2026-06-15", "Attempts": "1", "Last attempt": "2026-06-16"},
			"Call again",
		),
		(
			{"Status": "Call(1)", "Date": "2026-06-01", "Attempts": "4", "Last attempt": "2026-06-10"},
			"Close as Unreachable?",
		),
		({"Status": "Call(1)", "Date": "2026-06-15", "Next call": "2026-06-17"}, "Get in touch as agreed"),
		({"Status": "Email(2)", "Date": "2026-06-15", "Called on": "2026-06-16"}, "Send the information"),
		(FOLLOW_UP, "Courtesy note"),
		({**FOLLOW_UP, "Courtesy note on": "2026-06-15"}, None),
		({**FOLLOW_UP, "Info sent": "2026-06-12", "Courtesy note on": "2026-06-15"}, "No answer: revive"),
		({**FOLLOW_UP, "Info sent": "2026-06-12", "Courtesy note on": "2026-06-17"}, None),
		({**FOLLOW_UP, "Last response": "2026-06-16 20:00"}, "They answered: reply"),
		({**FOLLOW_UP, "Last response": "2026-06-16"}, "Reply soon"),  # the last asked for, at 18:00
		({"Status": "Email(2)", "Date": "2025-03-30", "Called on": "2025-03-31"}, "Send the information"),
		(
			{
				"Status": "Revive(4)",
				"Date": "2026-06-10",
				"Called on": "2026-06-10",
				"Info sent": "2026-06-13",
			},
			"Call to revive",
		),
		(
			{
				"Status": "Revive(4)",
				"Date": "2026-05-10",
				"Called on": "2026-05-10",
				"Info sent": "2026-05-11",
			},
			"Close as No response?",
		),
		({"Status": "Call(1)", "Date": "2026-06-15", "Next call": "2026-06-30"}, None),
		({"Status": "Won", "Date": "2026-06-01", "Done on": "2026-06-02"}, None),
	],
)
def test_what_is_due_today(tmp_path, row, step):
	main = decided(tmp_path, row).main
	assert (main.row.step_title if main else None) == step


@pytest.mark.parametrize(
	("today", "due"),
	[(date(2026, 6, 13), False), (date(2026, 6, 14), False), (date(2026, 6, 15), True)],
)
def test_a_note_that_falls_on_a_weekend_waits_for_monday(tmp_path, today, due):
	friday = {**FOLLOW_UP, "Info sent": "2026-06-12"}  # 48 hours later it is Sunday
	assert bool(decided(tmp_path, friday, today).main) == due


def test_on_that_monday_it_is_not_late(tmp_path):
	decision = decided(tmp_path, {**FOLLOW_UP, "Info sent": "2026-06-12"}, date(2026, 6, 15))
	assert decision.main.since == datetime(2026, 6, 15, 9)


def test_nobody_is_written_to_who_asked_for_no_mail_and_the_next_step_is_not_held_up(tmp_path):
	row = {**FOLLOW_UP, "Info sent": "2026-06-12", "Do not contact": "yes"}
	assert decided(tmp_path, row).main.row.step_title == "No answer: revive"


def test_without_a_mail_address_the_note_is_a_call(tmp_path):
	main = decided(tmp_path, {**FOLLOW_UP, "E-mail": ""}).main
	assert (main.row.action, main.action) == ("Send email", "Remind agent")


@pytest.mark.parametrize(
	("row", "acknowledged", "satisfied"),
	[
		({"Date": "2026-06-10", "Called on": "2026-06-11", "Info sent": "2026-06-13"}, "Met", "Met"),
		({"Date": "2026-06-10", "Called on": "2026-06-12", "Info sent": "2026-06-15"}, "Missed", "Missed"),
		({"Date": "2026-06-16", "Status": "Call(1)"}, "Pending", "Pending"),
		({"Date": "2026-06-15", "Status": "Call(1)"}, "Missed", "Pending"),
		({"Date": "2026-06-15", "Status": "Spam", "Done on": "2026-06-15"}, "Void", "Void"),
		({"Date": "2026-06-01", "Status": "Lost", "Done on": "2026-06-01"}, "Void", "Void"),
		({"Date": "", "Status": "Call(1)"}, "", ""),
	],
)
def test_promises(tmp_path, row, acknowledged, satisfied):
	decision = decided(tmp_path, {"Status": "Follow up(3)", **row})
	assert (decision.acknowledge_status, decision.satisfy_status) == (acknowledged, satisfied)


def test_a_duplicate_has_nothing_due_and_no_promises(tmp_path):
	rows = [{"E-mail": "p@x.example", "Date": f"2026-06-{day}"} for day in ("10", "11")]
	decision = decide(read_rows(tmp_path, *rows)[1], RULES, TODAY)
	assert (decision.main, decision.acknowledge_status) == (None, "Void")


def test_nobody_is_missing_in_a_list_without_agents(tmp_path):
	row = {"E-mail": "p@x.example", "Date": "2026-06-10", "Status": "Call(1)"}
	(entry,) = read_rows(tmp_path, row)
	titles = [{due.row.step_title for due in decide(entry, RULES, TODAY, kept).due} for kept in (False, True)]
	assert [("Nobody has this enquiry" in found) for found in titles] == [False, True]


def example():
	sheet = read(EXAMPLE)
	return [decide(entry, RULES, TODAY, sheet.has_agents) for entry in sheet.entries]


def test_no_open_enquiry_of_the_example_is_silent():
	is_open = [d for d in example() if d.entry.stage != "Done" and not d.entry.duplicate_of]
	assert len(is_open) > 20
	assert [d.entry.line for d in is_open if not (d.due or d.coming)] == []


def test_the_worklist_has_what_is_late_first_and_says_why():
	tasks = worklist.tasks(example(), RULES)
	late = [task.is_late(TODAY) for task in tasks]
	assert late == sorted(late, reverse=True)
	assert [t.by for t in tasks] == sorted(t.by for t in tasks if t.is_late(TODAY)) + sorted(
		t.by for t in tasks if not t.is_late(TODAY)
	)
	printed = "\n".join(worklist.text(tasks, RULES, TODAY))
	assert (
		printed.index("LATE")
		< printed.index("Nadia Petrova")
		< printed.index("TODAY")
		< printed.index("Wang Fang")
	)
	assert "! nobody has reached them, promised by 11 June" in printed
	assert "! set the status to Revive (4)" in printed


def test_an_empty_worklist_says_so():
	assert "Nothing is due" in "\n".join(worklist.text([], RULES, TODAY))


# Notes


def test_a_draft_is_in_the_language_of_the_prospect_with_the_number_in_its_subject(tmp_path):
	decision = decided(
		tmp_path, {**FOLLOW_UP, "Contact": "Zoé Lefèvre", "Language": "French", "Agent": "Tom"}
	)
	(draft,) = notes.drafts([decision], notes.Sender("Example Tools", "+49 30 1"), TODAY)
	mail = email.message_from_bytes(draft.content(), policy=default)
	assert (draft.file_name, mail["To"], mail["X-Unsent"]) == ("LEAD-0001.eml", "p@prospect.example", "1")
	assert mail["Subject"] == "Avez-vous bien reçu nos informations ? [LEAD-0001]"
	assert "Bonjour Zoé Lefèvre," in mail.get_content()
	assert "appelez-nous au +49 30 1" in mail.get_content()


def test_who_has_no_mail_address_gets_a_text_to_say(tmp_path):
	(draft,) = notes.drafts([decided(tmp_path, {**FOLLOW_UP, "E-mail": ""})], notes.Sender(), TODAY)
	assert draft.file_name == "LEAD-0001.txt"
	assert "Telephone: +49 3023125101" in draft.content().decode()


def test_hostile_cells_are_only_text_in_a_draft(tmp_path):
	hostile = {
		"Contact": "{{ company }}<b>\nBcc: x@y.example",
		"Lead ID": "../../etc/passwd\r\nBcc: x",
		"E-mail": "p@x.example",
	}
	(draft,) = notes.drafts(
		[decided(tmp_path, {**FOLLOW_UP, **hostile})], notes.Sender("Example Tools"), TODAY
	)
	assert notes.write([draft], tmp_path / "notes", EXAMPLE) == []
	(path,) = (tmp_path / "notes").iterdir()
	mail = email.message_from_bytes(path.read_bytes(), policy=default)
	assert mail["Bcc"] is None
	assert "Dear {{ company }}<b> Bcc: x@y.example," in mail.get_content()


def test_a_draft_that_was_edited_stays_as_it_is(tmp_path):
	rows = [{**FOLLOW_UP, "No": f"A-{at}", "E-mail": f"p{at}@x.example"} for at in range(3)]
	drafts = notes.drafts(
		[decide(entry, RULES, TODAY) for entry in read_rows(tmp_path, *rows)], notes.Sender(), TODAY
	)
	notes.write(drafts, tmp_path / "notes", EXAMPLE)
	edited, lost, same = (tmp_path / "notes" / draft.file_name for draft in drafts)
	edited.write_text("Dear Ada, I called you on Monday")
	lost.unlink()
	assert notes.write(drafts, tmp_path / "notes", EXAMPLE) == [edited.name]
	assert edited.read_text() == "Dear Ada, I called you on Monday"
	assert [lost.read_bytes(), same.read_bytes()] == [draft.content() for draft in drafts[1:]]


def test_two_rows_with_one_number_do_not_share_a_file(tmp_path):
	rows = [{**FOLLOW_UP, "No": "A-1", "E-mail": f"p{at}@x.example"} for at in range(2)]
	decisions = [decide(entry, RULES, TODAY) for entry in read_rows(tmp_path, *rows)]
	assert len({draft.file_name for draft in notes.drafts(decisions, notes.Sender(), TODAY)}) == 2


@pytest.mark.parametrize(
	("template", "rendered"),
	[
		("Dear {{ name }}", "Dear {{ x }}"),
		("{% if name %}yes{% else %}no{% endif %}", "yes"),
		("{% if none %}yes{% else %}no{% endif %}!", "no!"),
		("{% if name %}a{% if none %}b{% endif %}c{% endif %}", "ac"),
		("{% if none %}a{% if name %}b{% else %}c{% endif %}{% endif %}d", "d"),
		("{{ unknown }}{% endif %}", ""),
	],
)
def test_templates(template, rendered):
	assert notes.render(template, {"name": "{{ x }}", "none": ""}) == rendered


@pytest.mark.parametrize(
	("said", "code"),
	[
		("de", "de"),
		("de-AT", "de"),
		("Deutsch", "de"),
		("Español", "es"),
		("中文", "zh"),
		("Klingon", ""),
		("", ""),
	],
)
def test_languages(said, code):
	assert notes.language_code(said) == code


def test_a_late_draft_warns_that_its_text_says_two_days(tmp_path):
	old = decided(
		tmp_path, {**FOLLOW_UP, "Date": "2026-06-08", "Called on": "2026-06-08", "Info sent": "2026-06-08"}
	)
	(draft,) = notes.drafts([old], notes.Sender(), TODAY)
	assert draft.days == 9
	assert "two days ago" in notes.caution(draft)
	assert old.facts.information_sent_on == datetime(2026, 6, 8)
