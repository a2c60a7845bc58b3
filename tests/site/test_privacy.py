"""What people agreed to, what they no longer want, what is known of them, and how they become nobody."""

import json

import frappe
import pytest
from frappe.utils import add_to_date, now_datetime

from prospect_mgmt import capture, consent, privacy
from tests import factories
from tests.site.sweeping import informed, team

PETRA = "petra@kunde.example"
ENTRY = "Prospect List Entry"


@pytest.fixture
def crew(stack):
	return team(stack)


def enquired(**fields) -> str:
	"""Somebody writes on the website; their lead."""
	said = {
		"name": "Wilhelmine Kranich",
		"email": PETRA,
		"phone": "0151 5550101",
		"company": "Kranichbau",
		**fields,
	}
	submission, errors = capture.capturing.read(said)
	assert not errors
	return capture.take(submission, "Guest").lead


def consents(lead: str) -> list[tuple]:
	fields = ["what", "text", "place", "channel"]
	return frappe.get_all("Prospect Consent", {"lead": lead}, fields, order_by="creation", as_list=True)


def test_what_they_agreed_to_is_a_record_that_nobody_edits():
	words = {"consent": True, "consent_text": "I agree.", "page": "https://musterwerk.example/engines"}
	lead = enquired(**words)
	assert consents(lead) == (("Agreed", "I agree.", "https://musterwerk.example/engines", "Web"),)
	frappe.get_doc(
		doctype="Email Unsubscribe", email=PETRA, reference_doctype="Lead", reference_name=lead
	).insert()
	frappe.get_doc("Email Unsubscribe", {"email": PETRA}).delete()
	assert [row[0] for row in consents(lead)] == ["Agreed", "Withdrawn", "Mail again"]
	consent.record(lead, "The newsletter", "Card 17 of the fair", "In person")
	assert consents(lead)[-1] == ("Agreed", "The newsletter", "Card 17 of the fair", "In person")
	kept = frappe.get_doc("Prospect Consent", {"lead": lead})
	kept.text = "Anything"
	for change in (kept.save, kept.delete):
		with pytest.raises(frappe.PermissionError):
			change()


def test_unsubscribing_is_honoured_at_once_and_for_every_lead_with_the_address(crew, clock):
	"""Also by a mail that waits in the queue already."""
	frappe.db.set_single_value("CRM Settings", "allow_lead_duplication_based_on_emails", 1)
	entry, other = informed(crew, email_id=PETRA), informed(crew, email_id=PETRA)
	queued = frappe.get_doc("Email Queue", {"reference_name": entry.lead})
	queued.db_set("add_unsubscribe_link", 1)
	frappe.get_doc(
		doctype="Email Unsubscribe", email=PETRA, reference_doctype="Lead", reference_name=other.lead
	).insert()
	assert entry.reload().unsubscribed and other.reload().unsubscribed
	assert queued.reload().status == "Error"
	frappe.db.set_value(ENTRY, entry.name, "unsubscribed", 0)
	assert frappe.get_attr("prospect_mgmt.mail.is_unsubscribed")(entry.reload())


def mentions(*texts: str) -> list[str]:
	"""The tables that still know one of these words."""
	found = []
	for table in frappe.db.get_tables():
		columns = [
			c.COLUMN_NAME
			for c in frappe.db.sql(
				"select COLUMN_NAME from information_schema.COLUMNS where TABLE_SCHEMA = database() and TABLE_NAME = %s "
				"and DATA_TYPE in ('varchar', 'text', 'longtext', 'mediumtext', 'json')",
				table,
				as_dict=True,
			)
		]
		for text in texts if columns else ():
			condition = " or ".join(f"`{c}` like %(t)s" for c in columns)
			if frappe.db.sql(f"select 1 from `{table}` where {condition} limit 1", {"t": f"%{text}%"}):
				found.append(f"{table}: {text}")
	return found


def test_retention_is_off_rehearsed_and_leaves_nobody_behind(crew, clock):
	lead = enquired(message="Call me about the Zinnober")
	entry = frappe.get_doc(ENTRY, lead)
	entry.log_call("Zinnober, please", objection=None)
	entry.send_information("Zinnober", "<p>Dear Wilhelmine</p>")
	frappe.get_doc("Lead", lead).add_comment("Comment", "Wilhelmine is nice")
	call = {"doctype": "Call Log", "id": "c", "type": "Incoming", "to": "+4930", "status": "Completed"}
	frappe.get_doc(call | {"from": "+491515550101"}).insert()
	entry.reload().close("Lost", objection="Price", note="Zinnober is too dear")
	kept = informed(crew, email_id="kept@kunde.example")
	frappe.db.set_value(ENTRY, kept.name, "prospect_list", entry.prospect_list)
	factories.quotation(frappe.get_doc("Lead", kept.lead))
	kept.reload().close("No response")
	open_one = informed(crew, email_id="open@kunde.example")
	before = frappe.db.get_value(ENTRY, lead, ["stage", "outcome", "objection", "done_on", "satisfy_status"])
	for name in (lead, kept.lead):
		frappe.db.set_value(ENTRY, name, "done_on", add_to_date(now_datetime(), days=-40))
	before = (*before[:3], frappe.db.get_value(ENTRY, lead, "done_on"), before[4])
	privacy.nightly()  # off, as shipped
	assert frappe.db.get_value("Lead", lead, "email_id") == PETRA

	prospect_list = frappe.get_doc("Prospect List", entry.prospect_list)
	assert prospect_list.preview_anonymising(90)["due"] == 0
	shown = prospect_list.preview_anonymising(30)
	assert [(row.lead, row.lead_name) for row in shown["names"]] == [(lead, "Wilhelmine Kranich")]
	assert [(row.lead, "Quotation" in row.why) for row in shown["kept_names"]] == [(kept.lead, True)]
	assert frappe.db.get_value("Lead", lead, "email_id") == PETRA  # a rehearsal
	frappe.db.set_value(ENTRY, open_one.name, {"lead": lead})  # an open enquiry elsewhere holds it back
	assert prospect_list.preview_anonymising(30)["due"] == 0
	frappe.db.set_value(ENTRY, open_one.name, {"lead": open_one.lead})

	prospect_list.db_set("anonymise_after_days", 30)
	privacy.nightly()
	left = mentions(PETRA, "Zinnober", "Kranich", "15155501", "Wilhelmine", "Kranichbau")
	assert not left, "\n".join(left)
	assert frappe.db.get_value("Lead", lead, "lead_name") == "(anonymised)"
	assert before == frappe.db.get_value(
		ENTRY, lead, ["stage", "outcome", "objection", "done_on", "satisfy_status"]
	)
	assert frappe.db.count("Prospect Interaction", {"entry": lead}) >= 3
	assert prospect_list.preview_anonymising(30)["due"] == 0
	privacy.forget(kept.lead, "They asked on the telephone")  # whatever the list says
	assert frappe.db.get_value("Lead", kept.lead, ["lead_name", "email_id"]) == ("(anonymised)", None)
	assert enquired() != lead  # who comes again is somebody new


def test_frappes_download_and_deletion_of_personal_data_cover_it(crew):
	factories.user("System Manager")  # Frappe disables nobody while there is none
	user = factories.user("Customer", email=PETRA, user_type="Website User")
	lead = enquired(message="Zinnober", consent=True, consent_text="I agree.")
	request = frappe.get_doc(doctype="Personal Data Download Request", user=user.name).insert()
	from frappe.website.doctype.personal_data_download_request.personal_data_download_request import (
		get_user_data,
	)

	data = json.loads(get_user_data(user.name))["Prospect Personal Data"]
	assert {row["doctype_name"] for row in data} == {
		"Lead", "Prospect Capture", "Prospect Consent", ENTRY, "Prospect Interaction",
	}  # fmt: skip
	assert "Zinnober" in str(data) and request.name
	request = frappe.get_doc(doctype="Personal Data Deletion Request", email=user.name).insert()
	request.db_set("status", "Pending Approval")
	request.disable_user()
	request._anonymize_data()
	assert frappe.db.get_value("Lead", lead, ["lead_name", "email_id"]) == ("(anonymised)", None)
	assert not frappe.db.exists("Prospect Interaction", {"summary": ("like", "%Zinnober%")})
	assert not frappe.get_all("Prospect Signal Failure", fields=["reason"])
