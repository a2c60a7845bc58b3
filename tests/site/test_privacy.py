"""What people agreed to, what they no longer want, what is known of them, and how they become nobody."""

import json
import os
import re
from email import message_from_string
from html import unescape
from urllib.parse import urlsplit

import frappe
import pytest
from frappe.email.doctype.email_queue.email_queue import SendMailContext
from frappe.email.queue import flush
from frappe.utils import add_to_date, now_datetime

from prospect_mgmt import capture, consent, mail, privacy, retention
from tests import factories
from tests.site import importing
from tests.site.sweeping import informed, team

PETRA = "petra@kunde.example"
ENTRY = "Prospect List Entry"


@pytest.fixture
def crew(stack):
	return team(stack)


def said(**fields):
	"""What somebody writes on the website."""
	written = {
		"name": "Wilhelmine Kranich",
		"email": PETRA,
		"phone": "0151 5550101",
		"company": "Kranichbau",
		**fields,
	}
	submission, errors = capture.capturing.read(written)
	assert not errors
	return submission


def enquired(**fields) -> str:
	"""Somebody writes on the website; their lead."""
	return capture.take(said(**fields), "Guest").lead


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


def test_the_link_in_a_mail_is_followed_and_honoured_at_once(crew, clock, http, smtp):
	"""By the prospect, who is nobody to the site; on their other enquiry's list and for what waits in the queue, too."""
	frappe.db.set_single_value("CRM Settings", "allow_lead_duplication_based_on_emails", 1)
	entry, other = informed(crew, email_id=PETRA), informed(crew, email_id=PETRA.replace("petra", "Petra"))
	frappe.db.delete("Email Queue")
	mail.send(entry, "A note", "<p>Dear Petra</p>", by="Automatic")
	frappe.db.commit()
	flush()
	[sent] = smtp.wait_for(1, to=PETRA)
	link = unescape(re.search(r'href="(http[^"]+unsubscribe[^"]+)"', sent.html)[1])
	mail.send(other, "Another note", "<p>Dear Petra</p>", by="Automatic")
	stranger = http()
	wrong = stranger.get(urlsplit(link).path + "?" + urlsplit(link).query.replace("petra", "otto"))
	assert not frappe.db.exists("Email Unsubscribe", {"email": ("like", "%otto%")}), wrong.text
	page = stranger.get(urlsplit(link).path + "?" + urlsplit(link).query, headers={"Accept": "text/html"})
	assert page.status_code == 200 and "Unsubscribed" in page.text
	frappe.db.rollback()
	assert entry.reload().unsubscribed and other.reload().unsubscribed
	assert [consents(e.lead)[-1][0] for e in (entry, other)] == ["Withdrawn", "Withdrawn"]
	assert frappe.get_all("Email Queue", {"reference_name": other.lead}, pluck="status") == ["Error"]
	for each in (entry, other):
		with pytest.raises(mail.CannotSend, match="unsubscribed"):
			mail.send(each, "A third", "<p>Dear Petra</p>", by="Automatic")


def test_a_mailbox_is_unsubscribed_whatever_its_spelling(crew):
	"""And wants mail again when nothing says otherwise any more."""
	entry = informed(crew, email_id="petra.muster@gmail.com")
	for address in ("PetraMuster+shop@googlemail.com", "petramuster@gmail.com", "petra.muster@gmail.com"):
		wish = frappe.get_doc(doctype="Email Unsubscribe", email=address, global_unsubscribe=1).insert()
		assert entry.reload().unsubscribed, address
		assert consents(entry.lead)[-1][0] == "Withdrawn"
		wish.delete()
		assert not entry.reload().unsubscribed, address
	wishes = [
		frappe.get_doc(doctype="Email Unsubscribe", email=address, global_unsubscribe=1).insert()
		for address in ("petramuster@gmail.com", "petra.muster@gmail.com")
	]
	wishes[0].delete()
	assert entry.reload().unsubscribed


TEXTS = "'char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'json'"


def mentions(*texts: str) -> list[str]:
	"""The rows, of every table of the site, that still know one of these words."""
	columns: dict[str, list[str]] = {}
	for table, column in frappe.db.sql(
		"select TABLE_NAME, COLUMN_NAME from information_schema.COLUMNS "
		f"where TABLE_SCHEMA = database() and DATA_TYPE in ({TEXTS})"
	):
		columns.setdefault(table, []).append(column)
	assert len(columns) > 500
	found = []
	likes = {f"t{number}": f"%{text}%" for number, text in enumerate(texts)}
	for table, names in columns.items():
		condition = " or ".join(f"`{name}` like %({like})s" for name in names for like in likes)
		rows = frappe.db.sql(f"select * from `{table}` where {condition}", likes)
		found += [f"{table}: {str(row)[:600]}" for row in rows]
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
	retention.nightly()  # off, as shipped
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
	retention.nightly()
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
	lead = enquired(message="Zinnober", interest="Quote", consent=True, consent_text="I agree.")
	request = frappe.get_doc(doctype="Personal Data Download Request", user=user.name).insert()
	from frappe.website.doctype.personal_data_download_request.personal_data_download_request import (
		get_user_data,
	)

	data = json.loads(get_user_data(user.name))["Prospect Personal Data"]
	assert {row["doctype_name"] for row in data} == {*privacy.BY_LEAD, *privacy.BY_ENTRY} - {
		"Prospect List Import Row"
	}
	assert "Zinnober" in str(data) and request.name
	failed = capture._write_down(
		said(email=PETRA, message="Zinnober again"), None, "Guest"
	)  # and not taken in
	assert failed in str(privacy.known_of(PETRA.upper()))
	request = frappe.get_doc(doctype="Personal Data Deletion Request", email=user.name).insert()
	request.db_set("status", "Pending Approval")
	request.disable_user()
	request._anonymize_data()
	assert frappe.db.get_value("Lead", lead, ["lead_name", "email_id"]) == ("(anonymised)", None)
	assert not frappe.db.exists("Prospect Interaction", {"summary": ("like", "%Zinnober%")})
	assert not frappe.db.exists("Prospect Capture", failed)
	assert not frappe.get_all("Prospect Signal Failure", fields=["reason"])


def test_every_record_that_says_whose_it_is_is_handed_out(site):
	"""A DocType of ours that points at a person is in the download, or says here why not."""
	because = {
		"Prospect Duplicate Pair": "names somebody else as well",
		"Prospect Enrolment Refusal": "of an enrolment by a colleague, not of the person",
	}
	ours = frappe.get_all("DocType", {"module": "Prospect Mgmt"}, pluck="name")
	pointing = frappe.get_all(
		"DocField",
		{
			"parent": ("in", ours),
			"fieldname": ("in", ("lead", "entry")),
			"fieldtype": ("in", ("Link", "Data")),
		},
		pluck="parent",
	)
	assert set(pointing) == ({*privacy.BY_LEAD, *privacy.BY_ENTRY} | set(because)) - {
		"Lead",
		"Prospect Requirement",
	}


def test_whoever_came_in_a_spreadsheet_is_forgotten_in_it_too(crew):
	"""With the file, what its other rows say of them, and the rows that were no enquiry of their own."""
	rows = [
		{"Contact": "Wilhelmine Kranich", "Company": "Kranichbau", "E-mail": PETRA},
		{"Contact": "Wilhelmina Kranich", "Company": "Kranichbau", "E-mail": "w@elsewhere.example"},
		{"Contact": "Wilhelmine Kranich", "Phone": "0151 5550101", "E-mail": PETRA},
		{"Contact": "Otto Other", "E-mail": "otto@other.example"},
	]
	doc = importing.rehearse(importing.upload(crew.list, importing.csv_of(*rows)))
	assert "Wilhelmine Kranich" in importing.rows(doc, "to_mend")[1][0]  # much like row 2
	doc = importing.start(doc)
	[(lead,), *_others] = importing.rows(doc, "lead")
	path = frappe.get_doc("File", {"file_url": doc.file}).get_full_path()
	privacy.forget(lead, "They asked")
	frappe.db.commit()
	left = mentions(PETRA, "Wilhelmine", "15155501")
	assert not left, "\n".join(left)
	assert not os.path.exists(path)
	names = [name for (name,) in importing.rows(doc, "lead_name")]
	assert names == [None, "Wilhelmina Kranich", None, "Otto Other"]
	assert importing.undo(doc).status == "Undone"  # the numbers are enough for that


def test_whoever_only_bears_the_name_keeps_their_row_in_a_spreadsheet_that_waits(crew):
	"""The person themselves is left out of it, its owner is told, and the file goes once it is imported."""
	rows = [
		{"Contact": "Anna Schmidt", "E-mail": "other.anna@firma.example", "Source": "Website"},
		{"Contact": "A. Schmidt", "Phone": "(0151) 555 0101"},
		{"Contact": "Otto Other", "E-mail": "otto@firma.example", "Agent": "Hannah Nobody"},
	]
	doc = importing.rehearse(importing.upload(crew.list, importing.csv_of(*rows)))
	foretold = importing.rows(doc, "lead")[0][0]
	said_of_otto = importing.rows(doc, "to_mend")[2]
	lead = enquired(name="Anna Schmidt")
	assert lead == foretold  # numbers are given to whoever comes first
	privacy.forget(lead, "They asked")
	privacy.forget(enquired(name="An", email="an@firma.example", phone=""), "They asked")
	doc.reload()
	assert [row[0] for row in importing.rows(doc, "lead_name")] == ["Anna Schmidt", None, "Otto Other"]
	assert importing.rows(doc, "to_mend")[2] == said_of_otto  # “Hannah” holds an “An”
	assert frappe.db.exists("File", {"file_url": doc.file})
	assert frappe.db.exists("Notification Log", {"subject": ("like", f"%{doc.name}: row 3 %")})
	assert not doc.start_import()  # the numbers of the others are foretold anew
	doc = importing.start(importing.work(doc))
	assert [row[0] for row in importing.rows(doc, "status")] == ["Imported", "Not imported", "Imported"]
	assert not doc.file and not mentions("0151) 555 0101")


def test_no_automatic_mail_leaves_without_a_link_to_unsubscribe(crew):
	"""Each shipped text in each language, and in the queue the link of its own recipient."""
	entry = informed(crew, email_id=PETRA)
	texts = frappe.get_all("Email Template", {"name": ("like", "Prospect %")}, pluck="name")
	assert len(texts) >= 8
	for text in texts:
		subject, content, _name = mail.render(entry, text)
		communication = mail.send(entry, subject, content, by="Automatic", email_template=text)
		queued = frappe.get_doc("Email Queue", {"communication": communication})
		sent = SendMailContext(queued).build_message(PETRA).decode()
		body = "".join(
			part.get_payload(decode=True).decode()
			for part in message_from_string(sent).walk()
			if part.get_content_type() == "text/html"
		)
		assert "email_queue.unsubscribe" in body or "email.queue.unsubscribe" in body, text
		assert "petra%40kunde.example" in body, text
