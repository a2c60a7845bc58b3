"""Whoever is made nobody leaves no trace: in no table and no file, whatever happened with them; and nobody else loses anything."""

from contextlib import contextmanager
from pathlib import Path

import frappe
import pytest
from frappe.model.rename_doc import rename_doc
from frappe.utils import add_to_date, now_datetime
from frappe.utils.global_search import sync_global_search

from benchmarks.ground import copies
from prospect_mgmt import capture, privacy, retention, telling, traces
from prospect_mgmt.patches.v1_1 import unname_gathered_notices
from prospect_mgmt.procedure.matching import Person
from tests import factories
from tests.explain import explained
from tests.site import importing
from tests.site.sweeping import STEP, informed, team
from tests.site.test_privacy import ENTRY, PETRA, enquired, mentions, said

NUMBER = "+491515550101"
THEIRS = (PETRA, "Wilhelmine", "Kranich", "15155501", "Zinnober", "minchen")
STORED = 3000


@pytest.fixture
def crew(stack, clock):
	clock.at("2026-06-08 10:00")
	return team(stack)


def files() -> set[Path]:
	folders = (Path(frappe.get_site_path(folder, "files")) for folder in ("private", "public"))
	return {path for folder in folders for path in folder.rglob("*") if path.is_file()}


def text_file(doctype: str, name: str, content: str = "Zinnober for Wilhelmine", file_name="Kranich.txt"):
	values = {"attached_to_doctype": doctype, "attached_to_name": name, "is_private": 1}
	return frappe.get_doc(doctype="File", file_name=file_name, content=content, **values).insert()


def rang(**fields):
	"""A call of theirs that is over."""
	values = {"type": "Incoming", "from": NUMBER, "to": "+4930", "status": "Completed", **fields}
	return frappe.get_doc(doctype="Call Log", id=frappe.generate_hash(length=8), **values).insert().reload()


@pytest.fixture
def global_search(site):
	"""What Frappe's search has found is not put back after a test like the rest of the site."""
	frappe.db.delete("__global_search")
	yield sync_global_search
	frappe.db.delete("__global_search")


def test_no_table_and_no_file_knows_them_any_more(crew, global_search):
	files_before = files()
	rang()  # of a stranger
	assert frappe.db.exists(
		"Notification Log", {"document_type": "Call Log", "subject": ("like", f"%{NUMBER}%")}
	)
	page = f"https://musterwerk.example/engines?email={PETRA}"
	words = {"consent": True, "consent_text": "I agree.", "page": page, "idempotency_key": f"form-{PETRA}"}
	lead = enquired(message="Call me about the Zinnober", **words)
	entry = frappe.get_doc(ENTRY, lead)
	frappe.db.set_value("Prospect List", entry.prospect_list, "supervisor", crew.supervisor)
	merged_with_another(lead)
	on_the_desk(lead)
	with_papers(lead)
	steps_and_notices(crew, entry)
	not_taken_in = capture._write_down(said(message="Zinnober again"), None, "Guest")
	frappe.log_error("Zinnober", reference_doctype="Lead", reference_name=lead)
	frappe.db.commit()
	global_search()
	known = mentions(*THEIRS)
	assert any("is not an e-mail address" in row for row in known)
	assert {"__global_search", "tabVersion", "tabDeleted Document"} <= {row.split(":")[0] for row in known}
	assert len(known) > 40, "\n".join(known)
	assert len(files() - files_before) >= 3
	figures = frappe.db.get_value(ENTRY, lead, ["stage", "first_contact_on", "acknowledged_on", "done_on"])
	ledger = frappe.get_all(STEP, {"entry": lead}, ["name", "status", "due_on"], order_by="name")

	privacy.forget(lead, "They asked")
	left = mentions(*THEIRS)
	assert not left, "\n".join(left)
	assert not [path for path in files() - files_before if b"Zinnober" in path.read_bytes()]
	assert figures == frappe.db.get_value(
		ENTRY, lead, ["stage", "first_contact_on", "acknowledged_on", "done_on"]
	)
	assert ledger == frappe.get_all(STEP, {"entry": lead}, ["name", "status", "due_on"], order_by="name")
	by_people = [
		f"cancelled by Administrator: {traces.nobody()}",
		f"run now by Administrator: {traces.nobody()}",
	]
	assert sorted(filter(None, frappe.get_all(STEP, {"entry": lead}, pluck="intervention"))) == by_people
	reasons = frappe.get_all(STEP, {"entry": lead, "status": ("!=", "Scheduled")}, pluck="reason")
	assert reasons and all(reasons)  # every non-event goes on being explained
	assert not frappe.db.exists("Prospect Capture", not_taken_in)
	assert frappe.db.get_value("Prospect Consent", {"lead": lead}, "place") == page.split("?")[0]
	assert frappe.db.exists("Note", {"title": "Of others"})


def merged_with_another(lead: str) -> None:
	other = factories.lead(first_name="Minchen", last_name="Kranich", email_id="minchen@kunde.example").name
	deleted = frappe.get_doc("Lead", other).add_comment("Comment", "Zinnober, says Wilhelmine")
	frappe.delete_doc("Comment", deleted.name)
	rename_doc("Lead", other, lead, merge=True)
	assert frappe.db.exists("Deleted Document", {"deleted_doctype": "Lead", "deleted_name": other})
	assert frappe.db.exists("Deleted Document", {"deleted_doctype": "Comment"})


def on_the_desk(lead: str) -> None:
	"""What colleagues leave on a lead."""
	doc = frappe.get_doc("Lead", lead)
	doc.append("notes", {"note": "Wilhelmine likes Zinnober"})
	doc.job_title = "Zinnober buyer"
	doc.save()
	doc.add_comment("Comment", "Wilhelmine is nice")
	doc.add_tag("Dyes")
	frappe.db.set_value("Tag Link", {"document_name": lead}, "title", "Wilhelmine Kranich")
	contact = frappe.get_doc("Contact", {"email_id": PETRA})
	contact.last_name = "Kranich-Zinnober"
	contact.save()
	call = rang(summary="Wilhelmine wants Zinnober")
	call.summary = "Wilhelmine wants much Zinnober"
	call.save()
	call.add_comment("Comment", "Zinnober")
	text_file("Lead", lead)
	text_file("Call Log", call.name, "Zinnober was said")
	todo = {"reference_type": "Lead", "reference_name": lead, "description": "Ring Wilhelmine"}
	frappe.get_doc(doctype="ToDo", allocated_to="Administrator", **todo).insert()
	event = frappe.get_doc(doctype="Event", subject="Lunch with Wilhelmine", starts_on=now_datetime())
	event.description = "Zinnober"
	event.append(
		"event_participants", {"reference_doctype": "Lead", "reference_docname": lead, "email": PETRA}
	)
	event.insert()
	company = frappe.get_doc(doctype="Prospect", company_name="Musterkunde", company=factories.COMPANY)
	company.append(
		"leads", {"lead": lead, "lead_name": "Wilhelmine Kranich", "email": PETRA, "mobile_no": NUMBER}
	)
	company.insert()
	printed = {"export_from": "Lead", "reference_document": lead, "file_type": "PDF", "page": "Wilhelmine"}
	frappe.get_doc(doctype="Access Log", user="Administrator", **printed).db_insert()
	frappe.get_doc(doctype="Note", title="Of others", content="Anna").insert()


def with_papers(lead: str) -> None:
	"""An opportunity, a quotation that never left, an issue."""
	doc = frappe.get_doc("Lead", lead)
	opportunity = (
		frappe.get_doc(doctype="Opportunity", opportunity_from="Lead", party_name=lead).insert().reload()
	)
	opportunity.contact_email, opportunity.contact_mobile = PETRA, NUMBER
	opportunity.append("notes", {"note": "Zinnober for Wilhelmine"})
	opportunity.save()
	opportunity.add_comment("Comment", "Zinnober")
	text_file("Opportunity", opportunity.name, "Zinnober is offered")
	draft = factories.quotation(doc, submit=False, contact_email=PETRA)
	draft.add_comment("Comment", "Wilhelmine waits for it")
	assert "Kranich" in draft.customer_name
	issue = (
		frappe.get_doc(doctype="Issue", subject="Zinnober fades", raised_by=PETRA, lead=lead)
		.insert()
		.reload()
	)
	assert issue.lead_number == lead
	issue.description = "Wilhelmine is cross"
	issue.save()
	message = {
		"reference_doctype": "Issue",
		"reference_name": issue.name,
		"sender": PETRA,
		"content": "Zinnober",
	}
	frappe.get_doc(
		doctype="Communication", subject="Zinnober", sent_or_received="Received", **message
	).insert()


def steps_and_notices(crew, entry) -> None:
	coming = {"entry": entry.name, "status": "Scheduled"}
	frappe.get_doc(STEP, coming).cancel_step("Wilhelmine rang me\nabout the Zinnober")
	frappe.get_doc(STEP, coming).run_now("Wilhelmine rang me\nabout the Zinnober")
	failed = {"status": "Failed", "reason": f"“{PETRA}” is not an e-mail address that mail can be sent to."}
	entry.reload().assign(crew.agent, note="Wilhelmine is mine")
	entry.reload().log_call("Zinnober, please", result="Asked to call back")
	entry.reload().send_information("Zinnober", "<p>Dear Wilhelmine</p>")
	told = [*(frappe._dict(name=f"WEB-9{n}", lead_name="Anna") for n in range(6)), entry]
	ended = {"entry": entry.name, "status": "Skipped", "intervention": ("is", "not set")}
	frappe.db.set_value(STEP, frappe.db.get_value(STEP, ended), failed)
	for each in told:
		telling.tell([crew.agent], "Reply soon", each)
	assert frappe.db.exists("Notification Log", {"email_content": ("like", f"%>{entry.name}<%")})


def test_notices_that_name_several_are_told_by_number_after_an_update(crew):
	log = {
		"doctype": "Notification Log",
		"for_user": crew.agent,
		"type": "Alert",
		"prospect_news": "Alert: Reply soon",
	}
	content = (
		"<p>Why</p><li>WEB-0001 Wilhelmine Kranich</li><li>WEB-0002</li><li>2026-3 Minchen &amp; Co</li>"
	)
	named = frappe.get_doc(
		log | {"subject": "Reply soon: <b>2026-3 Minchen &amp; Co and 3 more</b>"}
	).insert()
	named.db_set("email_content", content)
	alone = frappe.get_doc(log | {"subject": "Reply soon: <b>WEB-0001 Wilhelmine Kranich</b>"}).insert()
	for _again in range(2):
		unname_gathered_notices.execute()
		named.reload()
		assert named.email_content == "<p>Why</p><li>WEB-0001</li><li>WEB-0002</li><li>2026-3</li>"
		assert named.subject == "Reply soon: <b>2026-3 …</b>"
	assert (
		alone.reload().subject == "Reply soon: <b>WEB-0001 Wilhelmine Kranich</b>"
	)  # it is known by its entry


# ------------------------------------------------------------- what no lead has any more
def test_a_lead_that_was_deleted_before_they_asked_is_forgotten_with_them(crew):
	"""It came in a spreadsheet, was worked, and deleted outright; they came again, by another spelling, and ask."""
	row = {
		"Contact": "Wilhelmine Kranich",
		"E-mail": "wilhelmine@gmail.com",
		"Phone": NUMBER,
		"Notes": "Zinnober",
	}
	other = {"Contact": "Otto Other", "E-mail": "otto@firma.example"}
	doc = importing.start(importing.rehearse(importing.upload(crew.list, importing.csv_of(row, other))))
	first, otto = (lead for (lead,) in importing.rows(doc, "lead"))
	frappe.get_doc(ENTRY, first).log_call("Zinnober, please")
	frappe.get_doc("Lead", first).add_comment("Comment", "Wilhelmine is nice")
	told = capture.take(
		said(email="wilhelmine@gmail.com", message="Zinnober", idempotency_key=PETRA), "Guest"
	)
	assert told.lead == first
	for lead in (first, otto):
		frappe.delete_doc("Lead", lead)
	frappe.db.commit()
	kept = {
		row.deleted_name
		for row in frappe.get_all("Deleted Document", {"deleted_doctype": "Lead"}, "deleted_name")
	}
	assert kept == {first, otto}
	lead = enquired(email="Wilhelmine+shop@googlemail.com", message="Zinnober")
	assert lead != first
	privacy.forget(lead, "They asked")
	left = mentions("wilhelmine@gmail", *THEIRS)
	assert not left, "\n".join(left)
	assert frappe.get_all("Deleted Document", {"deleted_doctype": "Lead"}, pluck="deleted_name") == [otto]
	assert dict(importing.rows(doc, "lead", "lead_name"))[otto] == "Otto Other"


def test_of_deleted_leads_those_are_read_that_may_be_theirs(crew):
	"""In whatever spelling of the mailbox or the number; a stranger's is not read, however many there are."""
	spelled = (
		{"email_id": "Kranich+shop@GoogleMail.com"},
		{"email_id": "a@firma.example", "phone": "(0151) 555 50-101"},
		{"email_id": "b@firma.example", "whatsapp_no": "0049 151 55550101"},
		{"email_id": "otto@firma.example", "mobile_no": "+49 30 23125199"},
	)
	leads = [factories.lead(**values).name for values in spelled]
	for lead in leads:
		frappe.delete_doc("Lead", lead)
	person = Person(email="kranich@gmail.com", phones=(NUMBER,))
	assert set(traces.deleted_leads([person])) == set(leads[:3])
	assert not traces.deleted_leads([Person(name="Otto Other")])


def test_a_request_reaches_a_lead_that_was_deleted(crew):
	"""Who has a User asks by Frappe's request, and no lead of theirs is left."""
	lead = enquired(message="Zinnober")
	frappe.delete_doc("Lead", lead)
	request = frappe.new_doc("Personal Data Deletion Request").update({"email": PETRA, "status": "Deleted"})
	privacy.erase_requested(request)
	assert not frappe.db.exists("Deleted Document", {"deleted_doctype": "Lead"})
	assert not mentions(*THEIRS)


def test_newsletters_go_to_whoever_asked_to_be_forgotten_no_more(crew):
	"""Whom a list forgets by itself goes on reading them: that is another purpose, which they agreed to."""
	group = frappe.get_doc(doctype="Email Group", title="News").insert().name
	for address in ("Wilhelmine+news@googlemail.com", "w.kranich@gmail.com", "other@gmail.com"):
		frappe.get_doc(doctype="Email Group Member", email_group=group, email=address).insert()
	privacy.anonymise(factories.lead(email_id="w.kranich@gmail.com").name, "30 days after Done")
	privacy.forget(factories.lead(email_id="wilhelmine@gmail.com").name, "They asked")
	members = {"email_group": group}
	assert sorted(frappe.get_all("Email Group Member", members, pluck="email")) == [
		"other@gmail.com",
		"w.kranich@gmail.com",
	]
	assert frappe.db.get_value("Email Group", group, "total_subscribers") == 2


def test_comments_that_erpnext_copied_go_and_others_stay(crew):
	"""To the company, an opportunity and the customer; what was said there of somebody else stays."""
	frappe.db.set_single_value("CRM Settings", "carry_forward_communication_and_comments", 1)
	lead = enquired()
	doc = frappe.get_doc("Lead", lead)
	doc.add_comment("Comment", "Wilhelmine is nice")
	doc.add_comment("Comment", "Rang")
	company = frappe.get_doc(doctype="Prospect", company_name="Musterkunde", company=factories.COMPANY)
	company.append("leads", {"lead": lead})
	company.insert()
	frappe.get_doc(doctype="Opportunity", opportunity_from="Lead", party_name=lead).insert()
	customer = factories.customer_from(doc, customer_name="Farbwerk")
	for of in (company, customer):
		of.add_comment("Comment", "Rang")  # of another lead
	texts = ("Comment", {"comment_type": "Comment"}, ["reference_doctype", "content"])
	before = sorted((row.reference_doctype, row.content) for row in frappe.get_all(*texts))
	assert (
		before.count(("Customer", "Wilhelmine is nice"))
		== before.count(("Prospect", "Wilhelmine is nice"))
		== 1
	)
	privacy.forget(lead, "They asked")
	assert sorted((row.reference_doctype, row.content) for row in frappe.get_all(*texts)) == [
		("Customer", "Rang"),
		("Prospect", "Rang"),
	]
	assert not mentions("is nice")


# ------------------------------------------------------------- nobody else loses anything
def test_a_spreadsheet_that_others_have_too_stays_theirs(crew):
	"""The same file imported, waiting to be imported onto another list, and attached to a note: Frappe gives it one address."""
	content = importing.csv_of(
		{"Contact": "Wilhelmine Kranich", "E-mail": PETRA},
		{"Contact": "Otto Other", "E-mail": "otto@firma.example"},
	)
	imported = importing.start(importing.rehearse(importing.upload(crew.list, content)))
	other_list = factories.prospect_list(crew.agent).name
	waiting = importing.rehearse(importing.upload(other_list, content))
	note = frappe.get_doc(doctype="Note", title="Of others", content="See there").insert()
	text_file("Note", note.name, content, "list.csv")
	assert waiting.file == imported.file and frappe.db.count("File", {"file_url": imported.file}) == 3

	privacy.forget(importing.rows(imported, "lead")[0][0], "They asked")
	frappe.db.commit()
	assert not imported.reload().file
	waiting.reload()
	assert frappe.db.exists("File", {"file_url": waiting.file, "attached_to_name": waiting.name})
	assert frappe.db.exists("File", {"file_url": waiting.file, "attached_to_name": note.name})
	waiting.rehearse()
	waiting = importing.start(importing.work(waiting))
	assert [status for (status,) in importing.rows(waiting, "status")] == ["Not imported", "Not imported"]
	assert not waiting.file
	left = frappe.get_all(
		"File", {"file_name": ("like", "list%")}, ["attached_to_doctype", "attached_to_name"]
	)
	assert left == [{"attached_to_doctype": "Note", "attached_to_name": note.name}]
	assert "Otto" in frappe.get_doc("File", {"attached_to_name": note.name}).get_content()


def test_a_spreadsheet_that_is_still_to_be_imported_stays_until_it_is(crew):
	"""Also when the attachment of the import that waits was taken off, and the imported one's is all that is left of it."""
	content = importing.csv_of(
		{"Contact": "Wilhelmine Kranich", "E-mail": PETRA}, {"Contact": "Otto", "E-mail": "o@x.example"}
	)
	imported = importing.start(importing.rehearse(importing.upload(crew.list, content)))
	waiting = importing.rehearse(importing.upload(factories.prospect_list(crew.agent).name, content))
	frappe.db.delete("File", {"attached_to_name": waiting.name})
	[path] = {
		frappe.get_doc("File", name).get_full_path()
		for name in frappe.get_all("File", {"file_url": waiting.file})
	}
	privacy.forget(importing.rows(imported, "lead")[0][0], "They asked")
	frappe.db.commit()
	assert Path(path).exists() and not imported.reload().file
	importing.start(importing.rehearse(waiting))
	assert not Path(path).exists() and not frappe.db.exists("File", {"file_name": ("like", "list%")})


def test_the_issue_of_a_customer_and_the_records_of_business_stay(crew):
	entry = informed(crew)
	lead = frappe.get_doc("Lead", entry.lead)
	sent = factories.quotation(lead)
	customer = factories.customer_from(lead)
	colleague = {"raised_by": "colleague@kunde.example", "description": "It squeaks"}
	issue = frappe.get_doc(doctype="Issue", subject="Squeaks", customer=customer.name, **colleague).insert()
	assert issue.lead_number == lead.name
	privacy.forget(lead.name, "They asked")
	assert issue.reload().raised_by == "colleague@kunde.example" and issue.description
	assert (sent.customer_name, customer.customer_name) == (
		sent.reload().customer_name,
		customer.reload().customer_name,
	)


# ------------------------------------------------------------- retention
def over(crew, days: int = 40, **lead):
	"""An enquiry that was closed so many days ago."""
	entry = informed(crew, **lead)
	entry.close("No response")
	frappe.db.set_value(ENTRY, entry.name, "done_on", add_to_date(now_datetime(), days=-days))
	return entry


def due(crew, days: int, **which) -> list[str]:
	return [row.lead for row in retention.due(crew.list, days, **which)]


def test_a_quotation_in_whatever_state_keeps_its_lead(crew):
	"""Cancelled ones are records of business in many countries; at a draft somebody may be at work."""
	leads = [over(crew).lead for _number in range(5)]
	for lead, submit in zip(leads[:4], (True, True, False, True), strict=True):
		factories.quotation(frappe.get_doc("Lead", lead), submit=submit)
	frappe.get_doc("Quotation", {"party_name": leads[1]}).cancel()
	frappe.db.set_value("Quotation", {"party_name": leads[3]}, "lead_number", None)  # older than the app
	shown = retention.rehearse(crew.list, 30)
	assert [row.lead for row in shown["names"]] == leads[4:] == due(crew, 30)
	assert (shown["due"], shown["kept"]) == (1, 4)
	assert sorted(row.lead for row in shown["kept_names"]) == leads[:4]
	assert all(row.why.startswith("Quotation ") for row in shown["kept_names"])


def test_a_lead_with_several_enquiries_is_due_once_and_when_the_last_is_past(crew):
	first = over(crew, days=90)
	frappe.db.set_value(ENTRY, first.name, "open_lead", None)
	copies(ENTRY, {"name": "'second'", "done_on": "t.done_on + interval 20 day"}, f"name = '{first.name}'", 1)
	assert due(crew, 80) == []
	assert due(crew, 60) == [first.lead]
	[shown] = retention.rehearse(crew.list, 60)["names"]
	assert shown.done_on == frappe.db.get_value(ENTRY, "second", "done_on")


def test_a_night_reads_no_more_than_it_works(crew, monkeypatch):
	"""However many are due, were anonymised before, or are not due yet."""
	entry = over(crew)
	copied = {"name": "CONCAT('D-', n.seq)", "lead": "CONCAT('D-', n.seq)", "open_lead": "NULL"}
	copies(ENTRY, copied, f"name = '{entry.name}'", STORED)
	copied |= {"name": "CONCAT('A-', n.seq)", "anonymised_on": "NOW()"}
	copies(ENTRY, copied, f"name = '{entry.name}'", STORED)
	frappe.db.sql(f"ANALYZE TABLE `tab{ENTRY}`")
	monkeypatch.setattr(retention, "BATCH", 20)
	with explained() as plans:
		first = due(crew, 30)
	[plan] = [plan for plan in plans if plan.table == f"tab{ENTRY}"]
	assert (plan.key, "filesort" in plan.extra) == (retention.INDEX, False), plan
	with rows_read() as read:
		assert due(crew, 30) == first
	assert len(first) == 20 and read() < 20 * 20 < STORED, read()
	with rows_read() as read:
		shown = retention.rehearse(crew.list, 30)
	assert (shown["due"], len(shown["names"]), shown["kept"]) == (STORED + 1, retention.SHOWN, 0)


def test_whoever_is_kept_is_looked_at_once_a_night(crew):
	kept, late = over(crew), over(crew, days=31)
	copies(ENTRY, {"name": "CONCAT('K-', n.seq)", "open_lead": "NULL"}, f"name = '{kept.name}'", STORED)
	factories.quotation(frappe.get_doc("Lead", kept.lead))
	frappe.db.sql(f"ANALYZE TABLE `tab{ENTRY}`")
	since = frappe.db.get_value(ENTRY, late.name, "done_on")
	with rows_read() as read:
		assert due(crew, 30) == due(crew, 30, since=since) == [late.lead]
	assert read() > STORED
	with rows_read() as read:
		assert due(crew, 30, since=since) == [late.lead]
	assert read() < 100, read()


def test_a_night_goes_on_while_there_is_time_and_the_next_one_where_it_stopped(crew, clock, monkeypatch):
	"""The lists in turn, of each the oldest first, as rehearsed; whoever cannot be anonymised takes nobody's place."""
	monkeypatch.setattr(retention, "BATCH", 2)
	other = factories.prospect_list(crew.agent, title="The other", anonymise_after_days=30).name
	frappe.db.set_value("Prospect List", crew.list, "anonymise_after_days", 30)
	leads = [over(crew, days=60 - number).lead for number in range(6)]
	others = [over(crew, days=60 - number).lead for number in range(2)]
	frappe.db.set_value(ENTRY, {"lead": ("in", others)}, "prospect_list", other)
	assert [row.lead for row in retention.rehearse(crew.list, 30)["names"]] == leads
	act, acted = privacy.anonymise, []
	ask, asked = retention.due, []

	def noting(prospect_list, days, but, since):
		asked.append(since)
		return ask(prospect_list, days, but, since)

	monkeypatch.setattr(retention, "due", noting)
	seen_to = frappe.db.get_value(ENTRY, {"lead": leads[1]}, "done_on")

	def slowly(lead, reason):
		clock.forward(minutes=4)
		acted.append(lead)
		if lead == leads[0]:
			raise ZeroDivisionError("a fault of ours")
		act(lead, reason)

	monkeypatch.setattr(privacy, "anonymise", slowly)
	frappe.db.commit()
	retention.nightly()
	assert acted == [*leads[:2], *others, leads[2]]  # five of four minutes
	assert asked == [None, None, seen_to]
	shown = retention.rehearse(crew.list, 30)
	assert (shown["due"], [row.lead for row in shown["names"]]) == (4, [leads[0], *leads[3:]])
	acted.clear()
	retention.nightly()
	assert acted == [leads[0], *leads[3:]]  # tried again, and not for ever
	assert [row.lead for row in retention.rehearse(crew.list, 30)["names"]] == leads[:1]
	assert frappe.db.exists("Error Log", {"reference_name": leads[0]})
	frappe.db.delete("Error Log", {"reference_name": leads[0]})


@contextmanager
def rows_read():
	"""Yields a function that says how many rows MariaDB looked at within."""

	def so_far() -> int:
		return sum(int(count) for _name, count in frappe.db.sql("SHOW SESSION STATUS LIKE 'Handler_read%'"))

	before, read = so_far(), []
	yield lambda: read[0] - before
	read.append(so_far())


# ------------------------------------------------------------- what could not be taken in
def test_an_enquiry_that_could_not_be_taken_in_is_kept_a_month(crew, clock):
	manager = factories.user("Sales Manager").name
	name = capture._write_down(said(message="Zinnober", idempotency_key=PETRA), None, "Guest")
	capture._keep_failure(name, f"{PETRA} is no address")
	clock.forward(days=20)
	retention.forget_untaken()
	payload = ("Prospect Capture", name, "payload")
	assert "Zinnober" in frappe.db.get_value(*payload) and not telling_of_deleting(manager)
	clock.forward(days=4)
	for _night in range(2):
		retention.forget_untaken()
	[subject] = telling_of_deleting(manager)
	assert subject.startswith("1 enquiries could not be taken in") and "09.07.2026" in subject
	assert str(frappe.db.get_value("Prospect Capture", name, "forget_on")) == "2026-07-09"
	clock.forward(days=6)
	retention.forget_untaken()
	assert "Zinnober" in frappe.db.get_value(*payload)
	clock.forward(days=1)
	retention.forget_untaken()
	left = mentions("Zinnober", PETRA)
	assert not left, "\n".join(left)
	with pytest.raises(frappe.ValidationError, match="was deleted"):
		frappe.get_doc("Prospect Capture", name).retry()
	again = capture.take(said(message="Zinnober", idempotency_key=PETRA), "Guest")
	assert again.status == "Done"  # who sends it again is heard


def telling_of_deleting(user: str) -> list[str]:
	return frappe.get_all(
		"Notification Log", {"for_user": user, "subject": ("like", "%is deleted on%")}, pluck="subject"
	)
