"""A month lived on the site and kept in a spreadsheet beside it: both reviews have the same figures."""

import csv
from datetime import date

import frappe
import pytest

from prospect_mgmt import sweep
from prospect_mgmt.prospect_mgmt.doctype.prospect_performance_review.prospect_performance_review import (
	make_monthly,
)
from prospect_mgmt.sheet import entries, review_page, rules
from prospect_mgmt.sheet.deciding import decide
from tests import factories

COLUMNS = {  # of the spreadsheet: field of the entry
	"Lead number": "name",
	"Contact": "lead_name",
	"E-mail": "email_id",
	"Source": "source",
	"Agent": "agent",
	"Status": "stage",
	"First contact on": "first_contact_on",
	"Called on": "acknowledged_on",
	"Information sent on": "information_sent_on",
	"Questions answered on": "satisfied_on",
	"Last response on": "last_response_on",
	"Done on": "done_on",
	"Outcome": "outcome",
	"Objection": "objection",
	"Quote ID": "quotation",
	"Quote amount": "quoted_amount",
	"Sale value": "sale_value",
}


@pytest.fixture
def april(stack, clock):
	"""A list in April: won, lost late, never reached, spam, one that waits, and one reached in March."""
	clock.at("2026-03-30 10:00")
	agent = factories.user("Sales User").name
	account = factories.email_account(stack).name
	prospects = factories.prospect_list(agent, enrol_new_leads=1, email_account=account)
	frappe.db.set_value("Prospect List", "Prospects", "enabled", 0)
	from prospect_mgmt.enrolment import forget_lists

	forget_lists()
	_new(agent).log_call("In March")
	clock.at("2026-04-08 10:00")
	won, lost, silent, spam, informed = [_new(agent) for _enquiry in range(5)]
	won.log_call("Wants one")
	factories.quotation(frappe.get_doc("Lead", won.lead), rate=120)
	spam.close("Spam")
	clock.forward(hours=2)
	factories.sales_invoice(factories.customer_from(frappe.get_doc("Lead", won.lead)), rate=100)
	informed.log_call("Wants the list")
	clock.forward(hours=1)
	informed.reload()
	informed.send_information("Our list", "Here it is")
	clock.forward(hours=30)
	informed.reload()
	informed.record_response("Thank you, I will think about it")
	lost.log_call("Too dear")
	lost.reload()
	clock.forward(hours=1)
	lost.close("Lost", objection="Price")
	silent.log_call("", result="No answer")
	clock.at("2026-05-01 00:05")
	sweep.mark_missed()
	return prospects


def _new(agent):
	return frappe.get_doc("Prospect List Entry", factories.lead(lead_owner=agent).name)


def kept_in_a_spreadsheet(prospects, path):
	rows = frappe.get_all(
		"Prospect List Entry", {"prospect_list": prospects.name}, list(COLUMNS.values()), order_by="creation"
	)
	missed = frappe.get_all(
		"Prospect Interaction",
		{"result": "No answer", "prospect_list": prospects.name},
		["entry", "occurred_on"],
	)
	attempts = {row.entry: row.occurred_on for row in missed}
	with path.open("w", encoding="utf-8", newline="") as file:
		writer = csv.writer(file)
		writer.writerow([*COLUMNS, "Last attempt on"])
		writer.writerows(
			[row[field] for field in COLUMNS.values()] + [attempts.get(row.name)] for row in rows
		)
	return path


def test_the_review_of_a_spreadsheet_has_the_figures_of_the_site(april, tmp_path):
	make_monthly()
	[name] = frappe.get_all("Prospect Performance Review", {"prospect_list": april.name}, pluck="name")
	on_the_site = {
		row.figure: row.value for row in frappe.get_doc("Prospect Performance Review", name).figures
	}

	procedure = rules.load()
	sheet = entries.read(
		kept_in_a_spreadsheet(april, tmp_path / "list.csv"), entries.Options(procedure.stages)
	)
	decisions = [decide(entry, procedure, date(2026, 5, 1), agents_kept=True) for entry in sheet.entries]
	in_the_sheet = review_page.records(decisions).figures(date(2026, 4, 1))

	assert on_the_site["received"] == 4
	assert on_the_site["calls"] == 4
	assert {figure: on_the_site[figure] for figure in in_the_sheet} == in_the_sheet
