"""The ground the other site tests stand on."""

import datetime

import frappe
import pytest
from frappe.email.queue import flush

from tests import factories

PHONE = "+49 30 1234567"


@pytest.fixture(scope="module")
def seen() -> dict:
	"""What one test tells a later one."""
	return {}


def test_the_site_answers_over_http(http):
	assert http().get("/api/method/ping").json() == {"message": "pong"}


def test_a_user_logs_in_and_reads_over_http(http):
	agent = factories.user("Sales User")
	assert http(agent.name).call("frappe.auth.get_logged_user") == agent.name


def test_an_api_key_works_over_http(http):
	agent = factories.user("Sales User")
	assert http(agent.name, key=True).call("frappe.auth.get_logged_user") == agent.name


def test_a_mail_arrives_at_the_sink(stack, smtp):
	factories.email_account(stack)
	frappe.sendmail(recipients=["petra@example.com"], subject="Grüße", message="<p>Guten Tag</p>")
	flush()
	[mail] = smtp.wait_for(1, to="petra@example.com")
	assert mail.subject == "Grüße"
	assert "Guten Tag" in mail.html


def test_a_worker_sends_a_mail(stack, smtp, worker):
	factories.email_account(stack)
	frappe.sendmail(recipients=["petra@example.com"], subject="Later", message="<p>Guten Tag</p>")
	frappe.enqueue("frappe.email.queue.flush", queue="short")
	worker(burst=True)
	assert smtp.wait_for(1, to="petra@example.com")


def test_the_scheduler_queues_its_jobs(scheduler, worker):
	before = frappe.utils.now_datetime()
	job = frappe.get_doc("Scheduled Job Type", {"method": "frappe.email.queue.flush"})
	job.db_set("last_execution", "2020-01-01")
	worker("short,default,long")
	scheduler()
	_wait_for_execution("frappe.email.queue.flush", before)


def test_a_committed_lead(seen):
	seen["lead"] = factories.lead(mobile_no=PHONE).name
	frappe.db.commit()
	assert frappe.db.exists("Lead", seen["lead"])


def test_a_committed_lead_is_gone_in_the_next_test(seen):
	assert not frappe.db.exists("Lead", seen["lead"])
	assert not frappe.db.exists("Contact Phone", {"phone": PHONE})


def test_a_changed_single(seen):
	seen["value"] = frappe.db.get_single_value("CRM Settings", "campaign_naming_by")
	frappe.db.set_single_value("CRM Settings", "campaign_naming_by", "Naming Series")
	frappe.get_doc(doctype="Custom Field", dt="Lead", fieldname="shoe_size", label="Shoe size").insert()
	frappe.db.commit()
	assert frappe.get_meta("Lead").has_field("shoe_size")


def test_a_changed_single_is_restored_in_the_next_test(seen):
	assert frappe.db.get_single_value("CRM Settings", "campaign_naming_by") == seen["value"]
	assert not frappe.get_meta("Lead").has_field("shoe_size")


def test_the_clock_stands_still_until_moved(clock):
	clock.at("2026-06-08 09:00")
	lead = factories.lead()
	assert frappe.utils.get_datetime(lead.creation) == datetime.datetime(2026, 6, 8, 9)
	clock.forward(hours=48)
	assert frappe.utils.now() == "2026-06-10 09:00:00.000000"


def test_the_clock_knows_summer_time(clock):
	clock.at("2026-03-28 12:00")
	assert str(clock.forward(hours=24)) == "2026-03-29 13:00:00"


def test_amounts_come_from_real_documents():
	lead = factories.lead()
	quotation = factories.quotation(lead, rate=1500)
	invoice = factories.sales_invoice(factories.customer_from(lead), rate=1500)
	assert (quotation.base_grand_total, invoice.base_grand_total) == (1500, 1500)


def test_a_list_can_be_made():
	assert factories.prospect_list().company == factories.COMPANY


def _wait_for_execution(method: str, since) -> None:
	from tests.stack.process import wait_until

	def executed() -> bool:
		frappe.db.rollback()
		last = frappe.db.get_value("Scheduled Job Type", {"method": method}, "last_execution")
		return bool(last) and frappe.utils.get_datetime(last) >= since.replace(microsecond=0)

	wait_until(executed, f"{method} by the scheduler", 30)


@pytest.mark.parametrize("state", ["bare", "company"])
def test_a_spare_site_has_servers_of_its_own(spare_stack, state):
	spare = spare_stack(state)
	spare.mariadb.kill()
	spare.mariadb.start()
	assert "prospect_mgmt" in spare.site.frappe("list-apps")
	assert spare.site.execute("frappe.client.get_count", doctype="Company") == (
		1 if state == "company" else 0
	)
