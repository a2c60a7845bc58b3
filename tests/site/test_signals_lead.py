"""What happens to a Lead later: changed, renamed, merged, deleted, unsubscribed; and faults of ours that refuse nothing."""

from contextlib import closing

import frappe
import pytest
from frappe.utils import now_datetime

from prospect_mgmt import enrolment, numbers
from prospect_mgmt.entry import start
from tests import factories
from tests.site.sweeping import MONDAY, enquiry, informed, row, rows, sweep_now, team

ENTRY, INTERACTION = "Prospect List Entry", "Prospect Interaction"
FAILURE = "Prospect Signal Failure"


@pytest.fixture
def crew(stack, clock):
	clock.at(f"{MONDAY}:00.25")  # a whole second would be "changed meanwhile" to Frappe on the next save
	return team(stack)


def lead_of(entry):
	return frappe.get_doc("Lead", entry.lead)


# ------------------------------------------------------------- contact data
def test_contact_data_follows_however_it_is_written(crew):
	entry = enquiry(crew)
	lead = lead_of(entry)
	lead.update(
		{"email_id": "new@kunde.example", "first_name": "Paula", "last_name": "Neu", "language": "de"}
	)
	lead.save()
	entry.reload()
	assert (entry.email_id, entry.lead_name, entry.language) == ("new@kunde.example", "Paula Neu", "de")
	lead.reload().db_set("mobile_no", "+49 151 5550101")
	assert entry.reload().mobile_no == "+49 151 5550101"
	entry.close("No response")
	lead.reload().db_set("phone", "+49 30 1234567")
	assert not entry.reload().phone  # a closed enquiry stays as it was


def test_the_owner_the_agent_and_the_assignment_are_one(crew):
	entry = enquiry(crew, owner=None)
	lead = lead_of(entry)
	lead.db_set("lead_owner", crew.agent)
	assert entry.reload().agent == crew.agent
	todo = {"reference_name": entry.name, "status": "Open"}
	assert frappe.get_all("ToDo", todo, pluck="allocated_to") == [crew.agent]
	stranger = factories.user("Sales User").name
	lead.reload().update({"lead_owner": stranger})
	lead.save()
	assert entry.reload().agent == crew.agent  # owned by somebody who does not work this list
	lead.reload().update({"lead_owner": None})
	lead.save()
	assert not entry.reload().agent and not frappe.get_all("ToDo", todo)
	entry.assign(crew.agent)
	assert lead.reload().lead_owner == crew.agent


# ------------------------------------------------------------- unsubscribed, do not contact
def test_do_not_contact_lasts_although_an_opportunity_changes_the_status(crew, clock):
	from erpnext.crm.doctype.lead.lead import make_opportunity

	entry = informed(crew)
	make_opportunity(entry.lead).update({"company": factories.COMPANY}).insert()
	lead = lead_of(entry)
	lead.status = "Do Not Contact"
	lead.save()
	lead.reload().save()
	assert lead.status == "Opportunity" and lead.prospect_do_not_contact
	assert entry.reload().do_not_contact
	clock.forward(hours=48)
	sweep_now()
	note = row(entry, "Courtesy note")
	assert (note.status, note.reason) == ("Skipped", "they asked not to be contacted")
	entry.reload().close("Not a prospect")
	with pytest.raises(start.EnrolmentRefused, match="asked not to be contacted"):
		start.enrol(lead.reload(), crew.list)


def test_do_not_contact_by_status_alone_and_taken_back(crew):
	entry = informed(crew)
	lead = lead_of(entry)
	lead.db_set("status", "Do Not Contact")
	assert entry.reload().do_not_contact and unsubscribed(lead)
	lead.reload().update({"status": "Open", "prospect_do_not_contact": 0})
	lead.save()
	assert not entry.reload().do_not_contact and not unsubscribed(lead)


def unsubscribed(lead) -> bool:
	return bool(
		frappe.db.exists("Email Unsubscribe", {"reference_doctype": "Lead", "reference_name": lead.name})
	)


@pytest.mark.parametrize("how", ["by link", "everywhere", "on the lead"])
def test_unsubscribed_and_again(crew, clock, how):
	entry = informed(crew)
	lead = lead_of(entry)
	if how == "on the lead":
		lead.unsubscribed = 1
		lead.save()
	else:
		where = (
			{"global_unsubscribe": 1}
			if how == "everywhere"
			else {"reference_doctype": "Lead", "reference_name": lead.name}
		)
		wish = frappe.get_doc({"doctype": "Email Unsubscribe", "email": lead.email_id, **where}).insert()
		lead.reload()
		lead.job_title = "Buyer"
		lead.save()
	assert entry.reload().unsubscribed and lead.unsubscribed
	clock.forward(hours=48)
	sweep_now()
	assert row(entry, "Courtesy note").reason == "they unsubscribed from mail"
	if how == "on the lead":
		lead.reload().unsubscribed = 0
		lead.save()
	else:
		wish.delete()
	assert not entry.reload().unsubscribed and not lead.reload().unsubscribed and not unsubscribed(lead)


# ------------------------------------------------------------- renamed, merged, deleted
def test_a_renamed_lead_takes_its_enquiries_along(crew):
	entry = enquiry(crew)
	entry.close("No response")
	second = start.enrol(lead_of(entry), crew.list)
	old = entry.lead
	frappe.rename_doc("Lead", old, "VIP-0001")
	assert set(frappe.get_all(ENTRY, {"lead": "VIP-0001"}, pluck="name")) == {"VIP-0001", "VIP-0001-2"}
	assert start.open_entry("VIP-0001") == "VIP-0001-2"
	assert rows(frappe._dict(name="VIP-0001-2"), status="Scheduled")
	assert numbers.lead_of(old) == "VIP-0001" and not frappe.db.exists(ENTRY, second.name)


def merged(crew, first: bool, second: bool):
	"""Two leads of one person; which of them have an open enquiry. Returns what they were, after the merge."""
	ours, theirs = informed(crew), informed(crew)
	theirs.log_call("Spoke with the second")
	quote = factories.quotation(lead_of(theirs), rate=70)
	for entry, is_open in ((ours, first), (theirs, second)):
		if not is_open:
			entry.reload().close("No response")
	frappe.rename_doc("Lead", theirs.lead, ours.lead, merge=True)
	return ours.reload(), theirs, quote.reload()


def in_register(number: str) -> tuple[str, str]:
	"""What became of a number, and the lead it leads to."""
	return frappe.db.get_value("Prospect Lead Number", number, ["status", "lead"])


def test_merged_while_both_are_open(crew):
	ours, theirs, quote = merged(crew, True, True)
	other = frappe.get_doc(ENTRY, f"{ours.lead}-2")
	assert (other.outcome, other.lead, other.enquiry) == ("Duplicate", ours.lead, 2)
	assert not ours.done_on and start.open_entry(ours.lead) == ours.name
	assert frappe.db.count(INTERACTION, {"entry": ours.name}) == 3  # both histories
	assert quote.prospect_list_entry == ours.name and ours.quoted_amount == quote.base_grand_total
	assert numbers.lead_of(theirs.lead) == ours.lead and in_register(theirs.lead) == ("Merged", ours.lead)
	assert not frappe.get_all("ToDo", {"reference_name": other.name, "status": "Open"})


@pytest.mark.parametrize("first, second", [(True, False), (False, True), (False, False)])
def test_merged_with_at_most_one_open(crew, first, second):
	ours, theirs, quote = merged(crew, first, second)
	other = frappe.get_doc(ENTRY, f"{ours.lead}-2")
	assert (bool(ours.done_on), bool(other.done_on)) == (not first, not second)
	expected = ours.name if first else other.name if second else None
	assert start.open_entry(ours.lead) == expected
	assert quote.prospect_list_entry == other.name and other.quoted_amount == quote.base_grand_total
	assert frappe.db.count(INTERACTION, {"entry": other.name}) == 2
	assert in_register(theirs.lead) == ("Merged", ours.lead)


def test_merged_when_one_was_never_on_a_list(crew):
	entry = enquiry(crew)
	plain = factories.lead()
	frappe.rename_doc("Lead", entry.lead, plain.name, merge=True)
	assert start.open_entry(plain.name) == plain.name
	assert rows(frappe._dict(name=plain.name), status="Scheduled")
	assert not frappe.db.exists(ENTRY, entry.name)


def test_the_register_follows_from_merge_to_merge_and_tells_a_deleted_lead_apart(crew):
	first, second, third = (factories.lead().name for _n in range(3))
	frappe.rename_doc("Lead", first, second, merge=True)
	frappe.rename_doc("Lead", second, third, merge=True)
	assert in_register(first) == in_register(second) == ("Merged", third)
	frappe.delete_doc("Lead", third)
	assert [in_register(number)[0] for number in (first, second, third)] == ["Merged", "Merged", "Deleted"]


def test_a_deleted_lead_leaves_its_number_only(crew):
	entry = informed(crew)
	frappe.delete_doc("Lead", entry.lead)
	for ledger in (ENTRY, INTERACTION, "Prospect Due Step", "Prospect Stage Change"):
		assert not frappe.db.count(ledger, {"lead" if ledger == ENTRY else "entry": entry.lead})
	assert not frappe.db.exists("ToDo", {"reference_name": entry.name, "status": "Open"})
	assert frappe.db.get_value("Prospect Lead Number", entry.lead, "status") == "Deleted"
	assert factories.lead().name != entry.lead


# ------------------------------------------------------------- law 8
def broken(monkeypatch, path: str) -> None:
	def fault(*args, **kwargs):
		raise ZeroDivisionError("a fault of ours")

	monkeypatch.setattr(path, fault)


def retried(monkeypatch) -> None:
	"""The fault was mended, and somebody presses Retry."""
	monkeypatch.undo()
	[name] = frappe.get_all(FAILURE, {"status": "Failed"}, pluck="name")
	failure = frappe.get_doc(FAILURE, name)
	assert "a fault of ours" in failure.reason and failure.error
	assert failure.retry() == "Done"


def enrols_new_leads(crew, **fields) -> None:
	frappe.get_doc("Prospect List", crew.list).update({"enrol_new_leads": 1, **fields}).save()


def test_a_lead_is_taken_although_enrolling_it_fails(crew, monkeypatch):
	enquiry(crew)  # the shipped list enrols no new leads
	enrols_new_leads(crew)
	broken(monkeypatch, "prospect_mgmt.entry.progress.begin")
	lead = factories.lead()
	assert frappe.db.exists("Lead", lead.name) and not start.open_entry(lead.name)
	retried(monkeypatch)
	assert frappe.db.get_value(ENTRY, lead.name, "enrolled_by") == "Rule"


def test_a_lead_is_taken_although_its_number_fails(crew, monkeypatch):
	broken(monkeypatch, "prospect_mgmt.numbers.give")
	lead = factories.lead()
	assert lead.name.startswith("CRM-LEAD-")
	assert frappe.db.exists("Error Log", {"method": ("like", "%Lead number%")})


def answer_of(entry):
	"""A mail of theirs, as it comes in."""
	values = {"communication_medium": "Email", "sent_or_received": "Received", "sender": entry.email_id}
	values |= {"reference_doctype": "Lead", "reference_name": entry.lead, "subject": "Re", "content": "Yes"}
	return frappe.get_doc(
		{"doctype": "Communication", "communication_type": "Communication", **values}
	).insert()


def test_a_mail_is_kept_although_taking_it_in_fails(crew, monkeypatch, clock):
	entry = informed(crew)
	clock.forward(hours=1)
	broken(monkeypatch, "prospect_mgmt.entry.contacts.record")
	mail = answer_of(entry)
	assert frappe.db.exists("Communication", mail.name) and not entry.reload().last_response_on
	retried(monkeypatch)
	assert entry.reload().last_response_on


def test_a_mail_is_kept_although_the_entry_is_locked(crew, stack, clock):
	"""Somebody holds the entry for longer than the database waits."""
	entry = informed(crew)
	clock.forward(hours=1)
	frappe.db.commit()
	frappe.db.sql("SET SESSION innodb_lock_wait_timeout = 1")
	with closing(stack.mariadb.connect(stack.site.database)) as other, other.cursor() as cursor:
		cursor.execute("START TRANSACTION")
		cursor.execute(f"SELECT name FROM `tab{ENTRY}` WHERE name = %s FOR UPDATE", entry.name)
		mail = answer_of(entry)
		other.rollback()
	frappe.db.sql("SET SESSION innodb_lock_wait_timeout = DEFAULT")
	assert frappe.db.exists("Communication", mail.name)
	[failure] = frappe.get_all(FAILURE, pluck="name")
	assert frappe.get_doc(FAILURE, failure).retry() == "Done"
	assert entry.reload().last_response_on


@pytest.mark.parametrize("where", ["signals.belonging.entry_of", "entry.amounts.read", "entry.moves.move"])
def test_an_invoice_is_booked_although_its_enquiry_fails(crew, monkeypatch, where):
	entry = informed(crew)
	customer = factories.customer_from(lead_of(entry))
	broken(monkeypatch, f"prospect_mgmt.{where}")
	invoice = factories.sales_invoice(customer, submit=False)
	frappe.db.delete(FAILURE)  # one for each save of the draft
	invoice.submit()
	assert invoice.docstatus == 1 and entry.reload().outcome != "Won"
	retried(monkeypatch)
	assert (entry.reload().outcome, entry.sale_value) == ("Won", invoice.base_grand_total)


def test_a_bad_condition_stops_no_lead(crew):
	enquiry(crew)
	enrols_new_leads(crew)
	frappe.db.set_value("Prospect List", crew.list, "enrol_condition", "no_such_field > 3")
	enrolment.forget_lists()
	lead = factories.lead()
	assert not start.open_entry(lead.name) and not frappe.get_all(FAILURE)
	assert frappe.db.exists("Error Log", {"reference_name": crew.list})
	with pytest.raises(frappe.ValidationError, match="cannot be evaluated"):
		enrols_new_leads(crew, enrol_condition="no_such_field > 3")


# ------------------------------------------------------------- done, and they write again
def test_just_thanks(crew, clock):
	entry = informed(crew)
	entry.close("No response")
	clock.forward(days=1)
	entry.record_response("Thank you for your trouble")
	assert entry.wrote_after_done_on == now_datetime()
	frappe.set_user(crew.agent)
	entry.just_thanks()
	assert not entry.reload().wrote_after_done_on and entry.done_on
