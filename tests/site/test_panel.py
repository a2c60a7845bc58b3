"""What the panel of the forms is given: everything in one call, and nothing that is not the caller's."""

import re
from datetime import timedelta

import frappe
import pytest
from frappe.email.queue import flush
from frappe.utils import get_datetime

from prospect_mgmt import enrolment, numbers, panel
from prospect_mgmt.enrolment import enrol_lead
from tests import factories


@pytest.fixture
def team():
	agent, supervisor = factories.user("Prospect Agent"), factories.user("Sales User")
	outsider = factories.user("Prospect Agent")
	main = frappe.get_doc("Prospect List", "Prospects")
	main.supervisor = supervisor.name
	main.append("agents", {"user": agent.name, "enabled": 1})
	main.save()
	return frappe._dict(agent=agent.name, supervisor=supervisor.name, outsider=outsider.name, list=main.name)


@pytest.fixture
def entry(team):
	lead = factories.lead(email_id="ada@example.com", first_name="Ada", last_name="Lovelace")
	entry = frappe.get_doc("Prospect List Entry", {"open_lead": lead.name})
	entry.assign(team.agent)
	return entry


def test_one_call_holds_all_that_a_form_shows(team, entry):
	frappe.set_user(team.agent)
	entry.log_call("Wants the catalogue")
	shown = panel.get_panel(entry=entry.name)
	assert (shown["lead"], shown["stage"], shown["agent"]) == (entry.lead, "Email", team.agent)
	assert shown["stages"] == ["Call", "Email", "Follow up", "Revive", "Done"]
	assert {p["promise"]: p["status"] for p in shown["promises"]} == {
		"acknowledge": "Met",
		"satisfy": "Pending",
	}
	assert [row.summary for row in shown["interactions"]] == ["Wants the catalogue"]
	assert shown["steps"]["coming"][0].step_title == "Send the information"
	assert {row.status for row in shown["steps"]["past"]} == {"Skipped"}
	assert shown["actions"]["Close"] in ("Sale", "Closed")
	assert shown["can"] == {
		"write": True,
		"supervise": False,
		"take": False,
		"assign": False,
		"hand_over": True,
		"amounts": False,
		"lead": False,
	}


def test_a_message_of_ours_acknowledges_and_informs_only_when_it_says_so(team, entry):
	entry.append("requirements", {"detail": "How much?"})
	entry.append("requirements", {"detail": "How fast?"})
	entry.save()
	frappe.set_user(team.agent)
	entry.record_message("We ring you today", information_sent=0)
	assert (entry.acknowledge_status, entry.information_sent_on) == ("Met", None)
	entry.record_message("Ten euros", answered=[entry.requirements[0].name])
	assert [bool(row.satisfied_on) for row in entry.requirements] == [True, False]
	assert (entry.stage, entry.satisfy_status) == ("Follow up", "Pending")
	entry.record_message("Two days", information_satisfied=1)
	assert entry.satisfy_status == "Met" and entry.requirements[1].satisfied_on


def test_a_sales_user_reaches_it_from_the_lead(team, entry):
	frappe.set_user(team.supervisor)
	shown = panel.get_panel(lead=entry.lead)
	assert shown["name"] == entry.name
	assert shown["can"]["assign"] and shown["can"]["amounts"]


def test_amounts_are_for_those_who_may_read_them(team, entry):
	factories.quotation(frappe.get_doc("Lead", entry.lead), rate=900)
	frappe.set_user(team.supervisor)
	shown = panel.get_panel(entry=entry.name)
	assert shown["quoted_amount"] == 900 and [row["document"] for row in shown["documents"]] == [
		shown["quotation"]
	]
	frappe.set_user(team.agent)
	shown = panel.get_panel(entry=entry.name)
	assert not any(
		shown[field] for field in ("quoted_amount", "quotation", "sale_value", "currency", "documents")
	)


@pytest.mark.parametrize("method", [panel.get_panel, panel.get_choices, panel.draft_information])
def test_an_entry_of_others_is_refused(team, entry, method):
	frappe.set_user(team.outsider)
	with pytest.raises(frappe.PermissionError):
		method(entry=entry.name)


def test_a_lead_is_refused_to_who_may_not_read_leads(team, entry):
	frappe.set_user(team.agent)
	with pytest.raises(frappe.PermissionError):
		panel.get_panel(lead=entry.lead)


def test_a_lead_on_another_list_says_no_more_than_that(team, entry):
	colleague = factories.user("Sales User")
	frappe.set_user(colleague.name)
	assert panel.get_panel(lead=entry.lead) == {"lead": entry.lead, "elsewhere": 1}


def test_a_lead_on_no_list_offers_those_that_one_sees(team):
	frappe.db.set_value("Prospect List", team.list, "enrol_new_leads", 0)
	enrolment.forget_lists()
	lead = factories.lead()
	frappe.set_user(team.supervisor)
	shown = panel.get_panel(lead=lead.name)
	assert (shown["lists"], shown["default_list"], shown["refusal"]) == ([team.list], team.list, None)
	assert panel.get_panel(entry=enrol_lead(lead.name, shown["default_list"]))["lead"] == lead.name


def test_colleagues_of_the_same_company_are_shown_to_who_may_see_them(team, entry, clock):
	frappe.db.set_value("Lead", entry.lead, "company_name", "Analytical Engines Ltd")
	frappe.get_doc("Lead", entry.lead).save()
	colleagues = []
	for number in range(panel.COLLEAGUES + 1):
		clock.forward(minutes=1)
		colleagues.append(
			factories.lead(first_name=f"Charles {number}", company_name="analytical engines ltd")
		)
	factories.lead(first_name="Somebody", company_name="Another Ltd")
	newest = [lead.name for lead in reversed(colleagues)]

	# A supervisor sees the newest of them, and that there are more; so does a lead that is on no list yet.
	frappe.set_user(team.supervisor)
	shown = panel.get_panel(entry=entry.name)["colleagues"]
	assert ([row["name"] for row in shown["rows"]], shown["more"]) == (newest[: panel.COLLEAGUES], True)

	# A contractor sees their own, and not that there are others.
	frappe.set_user("Administrator")
	for lead in colleagues:
		mine = lead is colleagues[0]
		frappe.get_doc("Prospect List Entry", {"open_lead": lead.name}).assign(
			team.agent if mine else team.supervisor
		)
	frappe.set_user(team.agent)
	shown = panel.get_panel(entry=entry.name)["colleagues"]
	assert ([row["name"] for row in shown["rows"]], shown["more"]) == ([newest[-1]], False)


def test_each_stage_says_when_it_was_entered(team, clock):
	lead = factories.lead(mobile_no="+49 151 55501234")  # who has no telephone begins by mail
	entry = frappe.get_doc("Prospect List Entry", {"open_lead": lead.name})
	clock.forward(hours=2)
	entry.log_call("Wants the catalogue")
	dates = panel.get_panel(entry=entry.name)["stage_dates"]
	assert list(dates) == ["Call", "Email"] and dates["Email"] == entry.stage_entered_on
	assert dates["Email"] - dates["Call"] >= timedelta(hours=2)


def test_choices_hold_objections_and_agents_without_any_right_to_the_masters(team, entry):
	colleague = factories.user("Prospect Agent")
	main = frappe.get_doc("Prospect List", team.list)
	main.append("agents", {"user": colleague.name, "enabled": 1, "capacity": 5})
	main.save()
	frappe.set_user(team.agent)
	with pytest.raises(frappe.PermissionError):
		frappe.get_list("Opportunity Lost Reason")
	offered = panel.get_choices(entry.name)
	assert "Price" in offered["objections"] and offered["lists"] == []
	assert [agent["user"] for agent in offered["agents"]] == [colleague.name]
	assert "open" not in offered["agents"][0]  # how much a colleague has is not a contractor's to know
	frappe.set_user(team.supervisor)
	[agent] = panel.get_choices(entry.name)["agents"]
	assert (agent["user"], agent["open"], agent["capacity"]) == (colleague.name, 0, 5)


def test_a_dialog_reads_only_what_it_shows(team, entry, monkeypatch):
	frappe.set_user(team.agent)
	monkeypatch.setattr(panel, "open_entries", None)  # asking how much somebody has would fail
	assert list(panel.get_choices(entry.name, ["objections"])) == ["objections"]
	assert set(panel.get_choices(entry.name)) == {"objections", "interests", "agents", "lists"}


def test_how_much_an_agent_has_is_counted_to_a_cap(team, entry, monkeypatch):
	monkeypatch.setattr(panel, "LOAD", 2)
	colleague = _agent_of(team.list)
	for _number in range(3):
		lead = factories.lead()
		frappe.get_doc("Prospect List Entry", {"open_lead": lead.name}).assign(colleague)
	closed = frappe.get_doc("Prospect List Entry", {"open_lead": factories.lead().name})
	closed.assign(colleague)
	closed.close("Won")
	frappe.set_user(team.supervisor)
	[agent] = panel.get_choices(entry.name, ["agents"])["agents"]
	assert (agent["user"], agent["open"], agent["capped"]) == (colleague, 2, True)
	monkeypatch.setattr(panel, "LOAD", 9)
	[agent] = panel.get_choices(entry.name, ["agents"])["agents"]
	assert (agent["open"], agent["capped"]) == (3, False)


def _agent_of(*lists: str) -> str:
	user = factories.user("Prospect Agent").name
	for name in lists:
		prospect_list = frappe.get_doc("Prospect List", name)
		prospect_list.append("agents", {"user": user, "enabled": 1})
		prospect_list.save()
	return user


def test_many_are_offered_who_is_an_agent_of_each_of_their_lists(team, entry):
	fairs = factories.prospect_list(title="Fairs", supervisor=team.supervisor).name
	both, only_fairs = _agent_of(team.list, fairs), _agent_of(fairs)
	second, there = (
		frappe.get_doc("Prospect List Entry", {"open_lead": factories.lead().name}) for _n in range(2)
	)
	second.assign(both)
	there.move_to_list(fairs)
	frappe.set_user(team.supervisor)

	def offered(*entries) -> set[str]:
		return {agent["user"] for agent in panel.get_agents([each.name for each in entries])["agents"]}

	# Of one list: whoever has one of them may be given the others; whoever has all of them is left out.
	assert offered(entry, second) == {team.agent, both}
	assert offered(entry) == {both} and offered(second) == {team.agent}
	# Of several: only who is an agent of each.
	assert offered(entry, there) == {both} and offered(there) == {both, only_fairs}
	answer = panel.get_agents([entry.name, there.name])
	assert answer["lists"] == sorted([fairs, team.list])
	assert answer["agents"][0]["open"] == 1 and not answer["agents"][0]["capacity"]
	frappe.set_user(team.outsider)
	with pytest.raises(frappe.PermissionError):
		panel.get_agents([entry.name, there.name])


# ------------------------------------------------------------- the information mail
def test_the_draft_starts_with_the_last_call_and_escapes_it(team, entry):
	frappe.set_user(team.agent)
	entry.log_call("Wants <script>alert(1)</script> {{ 7*7 }}")
	draft = panel.draft_information(entry.name)
	assert draft["template"] == panel.DEFAULT_TEMPLATE and draft["to"] == "ada@example.com"
	assert "Dear Ada Lovelace" in draft["content"]
	assert "&lt;script&gt;" in draft["content"] or "<script>" not in draft["content"]
	assert "{{ 7*7 }}" in draft["content"] and "<script>" not in draft["content"]


def test_the_interest_proposes_its_template_and_no_other_can_be_had(team, entry):
	for title in ("Prices", "Salaries"):
		frappe.get_doc(
			{"doctype": "Email Template", "name": title, "subject": title, "response": "For {{ lead_name }}"}
		).insert()
	frappe.db.set_value("Prospect Interest", "Quote", "email_template", "Prices")
	entry.append("requirements", {"interest": "Quote"})
	entry.save()
	frappe.set_user(team.agent)
	draft = panel.draft_information(entry.name)
	assert draft["templates"] == ["Prices", panel.DEFAULT_TEMPLATE] and draft["subject"] == "Prices"
	assert panel.draft_information(entry.name, "Salaries")["subject"] == "Prices"


def test_files_of_what_they_asked_for_are_proposed(team, entry):
	for interest in ("Quote", "Product information"):
		file = {"doctype": "File", "file_name": f"{interest}.txt", "content": interest, "is_private": 1}
		frappe.get_doc(
			{**file, "attached_to_doctype": "Prospect Interest", "attached_to_name": interest}
		).insert()
	entry.append("requirements", {"interest": "Quote"})
	entry.save()
	frappe.set_user(team.agent)
	files = panel.draft_information(entry.name)["files"]
	assert [(file["file_name"], file["proposed"]) for file in files] == [("Quote.txt", True)]


def test_the_preview_is_the_mail_that_goes_out(team, entry, stack, smtp):
	factories.email_account(stack)
	frappe.set_user(team.agent)
	text = "<p>Here it is {{ 7*7 }}</p><script>alert(1)</script>"
	shown = panel.preview_information(entry.name, "Prices", text)
	assert shown["subject"] == f"Prices [{entry.lead}]" and shown["to"] == "ada@example.com"
	assert not frappe.db.count("Communication", {"reference_name": entry.lead, "subject": shown["subject"]})
	entry.send_information("Prices", text)
	frappe.db.commit()
	flush()
	[sent] = smtp.wait_for(1, to="ada@example.com")
	assert (sent.subject, sent.message["From"]) == (shown["subject"], shown["sender"])
	arrived = sent.message.get_body(("html",)).get_content()
	assert "Here it is {{ 7*7 }}" in arrived and "<script" not in arrived
	without_pixel = re.sub(r"<img[^>]*email_account[^>]*>|\s+", "", arrived)
	assert re.sub(r"\s+", "", shown["html"])[:2000] == without_pixel[:2000]


def test_the_draft_says_why_no_mail_can_go(team, entry):
	assert panel.draft_information(entry.name)["obstacle"] is None
	frappe.db.set_value("Prospect List Entry", entry.name, "email_id", None)
	assert "no e-mail address" in panel.draft_information(entry.name)["obstacle"]


def test_files_of_the_lead_are_offered_to_who_may_read_them(team, entry):
	for doctype, name in (("Lead", entry.lead), ("Prospect List Entry", entry.name)):
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{frappe.scrub(doctype)}.txt",
				"content": doctype,
				"attached_to_doctype": doctype,
				"attached_to_name": name,
				"is_private": 1,
			}
		).insert()
	frappe.set_user(team.agent)
	assert [file["file_name"] for file in panel.draft_information(entry.name)["files"]] == [
		"prospect_list_entry.txt"
	]
	frappe.set_user(team.supervisor)
	assert len(panel.draft_information(entry.name)["files"]) == 2


def test_a_contractor_sends_a_file_they_uploaded(team, entry, stack, http, smtp):
	factories.email_account(stack)
	client = http(team.agent)
	target = {"doctype": "Prospect List Entry", "docname": entry.name, "is_private": 1}
	upload = client.post("/api/method/upload_file", data=target, files={"file": ("prices.txt", b"1 EUR")})
	file = upload.json()["message"]["name"]
	mail = {"subject": "Prices", "content": "<p>See the file</p>", "attachments": [file]}
	act = {"dt": "Prospect List Entry", "dn": entry.name, "method": "send_information", "args": mail}
	client.post("/api/method/run_doc_method", json=act).raise_for_status()
	frappe.db.rollback()
	flush()
	[sent] = smtp.wait_for(1, to="ada@example.com")
	[attached] = sent.message.iter_attachments()
	assert attached.get_filename().startswith("prices") and attached.get_content() == "1 EUR"


# ------------------------------------------------------------- small acts that the panel's banners offer
def test_a_contractor_opens_the_next_enquiry_of_a_closed_one(team, entry):
	frappe.set_user(team.agent)
	entry.close("Lost", objection="Price")
	entry.record_response("Could you send me a new offer?")
	assert entry.wrote_after_done_on
	second = frappe.get_doc("Prospect List Entry", entry.new_enquiry("Quote", "A new offer"))
	assert (second.name, second.agent, second.stage) == (f"{entry.lead}-2", team.agent, "Email")
	assert [row.detail for row in second.requirements] == ["A new offer"]
	assert not entry.reload().wrote_after_done_on and entry.done_on


def test_just_thanks_settles_it_and_leaves_the_entry_closed(team, entry):
	frappe.set_user(team.agent)
	entry.close("Lost", objection="Price")
	entry.record_response("Thank you all the same")
	entry.just_thanks()
	assert not entry.reload().wrote_after_done_on and entry.done_on


def test_a_proposed_win_can_be_declined(team, entry):
	frappe.db.set_value("Prospect List Entry", entry.name, "won_proposed", 1)
	frappe.set_user(team.agent)
	entry.decline_won()
	assert not entry.reload().won_proposed and not entry.done_on


@pytest.mark.parametrize("act", ["just_thanks", "new_enquiry"])
def test_an_open_entry_has_nothing_to_settle(entry, act):
	with pytest.raises(frappe.ValidationError, match="is open"):
		entry.run_method(act)


def test_what_was_no_answer_leaves_no_promise_to_reply(team, entry):
	entry.log_call("Spoke to her")
	entry.record_response("I am out of the office")
	assert entry.respond_status == "Pending"
	[answer] = frappe.get_all(
		"Prospect Interaction", {"entry": entry.name, "direction": "Incoming"}, pluck="name"
	)
	entry.correct_interaction(answer, is_answer=0)
	assert not entry.reload().respond_by and entry.respond_status in (None, "")


def test_a_call_answers_the_questions_that_it_names(team, entry):
	for detail in ("How much?", "How fast?"):
		entry.append("requirements", {"detail": detail})
	entry.save()
	first, second = (row.name for row in entry.requirements)
	entry.log_call("Told her the price", answered=[first])
	assert (entry.requirements[0].satisfied_on, entry.satisfy_status) == (entry.acknowledged_on, "Pending")
	entry.log_call("And the time", answered=[second])
	assert entry.satisfy_status == "Met" and get_datetime(entry.satisfied_on)


# ------------------------------------------------------------- before something big
def test_how_many_leads_match_is_known_before_they_are_enrolled(team):
	frappe.db.set_value("Prospect List", team.list, "enrol_new_leads", 0)
	enrolment.forget_lists()
	before = enrolment.count_matching(team.list)
	factories.lead(company_name="Blue")
	factories.lead(company_name="Green")
	assert enrolment.count_matching(team.list)["matching"] == before["matching"] + 2
	frappe.db.set_value("Prospect List", team.list, "enrol_condition", "company_name == 'Blue'")
	counted = enrolment.count_matching(team.list)
	assert (counted["leads"], counted["matching"]) == (before["leads"] + 2, 1)
	frappe.set_user(team.agent)
	with pytest.raises(frappe.PermissionError):
		enrolment.count_matching(team.list)


def test_a_changed_series_says_its_next_number_before_it_is_saved(team):
	factories.lead(source="Website")
	assert numbers.preview(["WEB-.####", "NEW-.###", "no number"]) == {
		"WEB-.####": "WEB-0002",
		"NEW-.###": "NEW-001",
		"no number": "",
	}
	frappe.set_user(team.supervisor)
	with pytest.raises(frappe.PermissionError):
		numbers.preview(["WEB-.####"])
