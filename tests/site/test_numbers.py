"""Lead numbers: by source, whatever the door, never twice."""

import frappe
import pytest

from prospect_mgmt import daily, numbers
from tests import factories
from tests.writers import writers

SETTINGS, REGISTER = "Prospect Management Settings", "Prospect Lead Number"
WRITERS, EACH = 8, 20


def settings(**values):
	doc = frappe.get_doc(SETTINGS)
	doc.update(values)
	return doc.save()


def series(source: str, pattern: str) -> None:
	"""Number the leads of a source by a series of its own."""
	doc = frappe.get_doc(SETTINGS)
	doc.lead_number_series = [row for row in doc.lead_number_series if row.source != source]
	doc.append("lead_number_series", {"source": source, "series": pattern})
	doc.save()


def lead(source: str | None = "Website", **fields) -> str:
	return factories.lead(source=source, **fields).name


# ------------------------------------------------------------- by source
@pytest.mark.parametrize(
	("source", "number"),
	[
		("Website", "WEB-0001"),
		("Referral", "REF-0001"),
		("Event", "EVT-0001"),
		("Facebook", "LEAD-0001"),
		(None, "LEAD-0001"),
	],
)
def test_each_source_has_its_series(source, number):
	assert lead(source) == number


def test_counters_do_not_share(http):
	assert [lead("Website"), lead("Referral"), lead("Website"), lead(None)] == [
		"WEB-0001",
		"REF-0001",
		"WEB-0002",
		"LEAD-0001",
	]


def test_over_rest_it_is_numbered_as_well(http):
	enquirer = factories.user("Sales User")
	answer = http(enquirer.name).post("/api/resource/Lead", json={"first_name": "Ada", "source": "Website"})
	assert answer.json()["data"]["name"] == "WEB-0001"


def test_a_date_series_starts_again_each_day(clock):
	series("Event", ".YYYY..MM..DD.-.###")
	clock.at("2026-06-14 10:00")
	assert [lead("Event"), lead("Event")] == ["20260614-001", "20260614-002"]
	clock.at("2026-06-14 23:59:59")
	assert lead("Event") == "20260614-003"
	clock.at("2026-06-15 00:00")
	assert lead("Event") == "20260615-001"


def test_tomorrows_counters_are_made_today(clock):
	series("Event", ".YYYY..MM..DD.-.###")
	clock.at("2026-06-14 10:00")
	daily.prepare_counters()
	assert frappe.db.get_value("Series", "Lead Number:20260615-", "current", order_by=None) == 0
	clock.at("2026-06-15 00:00")
	assert lead("Event") == "20260615-001"


def test_a_source_corrected_later_changes_nothing():
	name = lead("Website")
	doc = frappe.get_doc("Lead", name)
	doc.source = "Referral"
	doc.save()
	assert frappe.db.exists("Lead", name) and lead("Referral") == "REF-0001"


# ------------------------------------------------------------- never twice
def test_imported_ids_are_passed_over():
	for taken in ("WEB-0001", "WEB-0002"):
		imported(taken)
	assert lead() == "WEB-0003"


def imported(name: str) -> None:
	"""A lead whose ID came with it, as Data Import gives it."""
	doc = frappe.new_doc("Lead")
	doc.update({"first_name": f"From {name}", "source": "Website"})
	doc.flags.name_set = True
	doc.name = name
	doc.insert()
	assert doc.name == name


def test_the_number_of_the_newest_lead_is_not_given_again():
	first, second = lead(), lead()
	frappe.delete_doc("Lead", second)
	assert (first, lead()) == ("WEB-0001", "WEB-0003")
	assert frappe.db.get_value(REGISTER, second, "status") == "Deleted"


def test_the_number_of_an_imported_lead_that_was_deleted_is_not_given_again():
	imported("WEB-0002")
	frappe.delete_doc("Lead", "WEB-0002")
	assert [lead(), lead()] == ["WEB-0001", "WEB-0003"]


def test_a_rolled_back_insert_leaves_no_lead_and_no_double():
	with pytest.raises(frappe.ValidationError):
		factories.lead(source="Website", email_id="not an address")
	frappe.db.rollback()
	assert len({lead(), lead()}) == 2


def test_the_register_says_what_was_given():
	name = lead()
	row = frappe.get_doc(REGISTER, name)
	assert (row.lead, row.status, row.series, row.source) == (name, "Given", "WEB-.####", "Website")
	assert (row.prefix, row.number) == ("WEB-", 1)
	assert row.issued_on


def test_a_renamed_lead_is_found_by_its_old_number():
	name = lead()
	frappe.rename_doc("Lead", name, "VIP-1", force=True)
	assert numbers.lead_of(name) == "VIP-1"
	assert frappe.db.get_value(REGISTER, name, "status") == "Renamed"
	assert lead() == "WEB-0002"


# ------------------------------------------------------------- who else may number
def test_an_admins_own_naming_rule_wins():
	frappe.get_doc(
		doctype="Document Naming Rule", document_type="Lead", prefix="OWN-", prefix_digits=3, priority=1
	).insert()
	assert lead() == "OWN-001"


def test_switched_off_erpnext_numbers_as_it_did():
	settings(number_leads=0)
	name = lead()
	assert name.startswith("CRM-LEAD-")
	assert not frappe.db.exists(REGISTER, name)
	settings(number_leads=1)
	assert lead() == "WEB-0001"


# ------------------------------------------------------------- the settings form
@pytest.mark.parametrize(
	("pattern", "words"),
	[
		("WEB-", "no # for the counter"),
		("WEB-####", "needs a dot before the first #"),
		("WEB-.##.-.##", "more than one group of #"),
		("WEB-.####.-A", "the # must come last"),
		("W*B-.####", "contains \\*"),
		("WEB-.{shoe_size}.-.####", "a lead has no field shoe_size"),
		("REF-.####", None),
		("REF-.###", "would share one counter"),
		("CRM-LEAD-.YYYY.-", "no # for the counter"),
	],
)
def test_a_series_that_cannot_number_leads_is_refused_in_clear_words(pattern, words):
	if words is None:
		return series("Website", pattern)  # two sources may share one series on purpose
	with pytest.raises(frappe.ValidationError, match=words):
		series("Website", pattern)


def test_the_settings_show_the_next_number_and_the_sources_without_series():
	lead()
	shown = frappe.get_doc(SETTINGS).get_next_numbers()
	assert shown["rows"]["Website"]["next"] == "WEB-0002"
	assert shown["default"]["next"] == "LEAD-0001"
	assert "Facebook" in shown["without_series"] and "Website" not in shown["without_series"]
	assert lead() == "WEB-0002", "looking counts nothing"


# ------------------------------------------------------------- where it is shown and found
@pytest.fixture
def sold():
	"""A lead, and one of everything that comes from it."""
	doc = factories.lead(source="Website")
	quotation = factories.quotation(doc)
	customer = factories.customer_from(doc)
	from erpnext.selling.doctype.quotation.quotation import make_sales_order

	order = make_sales_order(quotation.name)
	order.delivery_date = frappe.utils.add_days(frappe.utils.nowdate(), 7)
	order.insert()
	opportunity = frappe.get_doc(
		doctype="Opportunity", opportunity_from="Lead", party_name=doc.name, company=factories.COMPANY
	).insert()
	issue = frappe.get_doc(doctype="Issue", subject="It squeaks", lead=doc.name).insert()
	return doc, [opportunity, quotation, customer, order, factories.sales_invoice(customer), issue]


def test_the_number_is_shown_on_everything_that_came_from_the_lead(sold):
	lead, documents = sold
	assert {
		doc.doctype: frappe.db.get_value(doc.doctype, doc.name, "lead_number") for doc in documents
	} == dict.fromkeys(
		("Opportunity", "Quotation", "Customer", "Sales Order", "Sales Invoice", "Issue"), lead.name
	)


def test_the_number_is_found_in_link_fields_and_lists(sold):
	lead, documents = sold
	from frappe.desk.reportview import execute
	from frappe.desk.search import search_link

	found = search_link("Lead", lead.name)
	assert lead.name in [
		row["value"] for row in (found if isinstance(found, list) else frappe.response["results"])
	]
	for doc in documents:
		assert doc.name in [
			row.name for row in execute(doc.doctype, filters=[["lead_number", "=", lead.name]])
		]


def test_the_number_is_found_in_the_awesome_bar(sold):
	from frappe.utils.global_search import search, sync_global_search

	lead, _documents = sold
	sync_global_search()
	found = {(row.doctype, row.name) for row in search(lead.name, limit=20)}
	assert ("Lead", lead.name) in found
	assert not [doctype for doctype, _name in found if doctype.startswith("Prospect ")], (
		"entries stay out of it"
	)


# ------------------------------------------------------------- many at once
@pytest.mark.parametrize(
	("pattern", "prefix"), [("NEW-.####", "NEW-"), (".YYYY..MM..DD.-.####", "20260615-")]
)
def test_many_writers_on_a_series_never_used_before(stack, clock, pattern, prefix):
	"""Also a date series at midnight: its counter exists for nobody yet."""
	clock.at("2026-06-15 00:00")
	settings(default_series="LEAD-.####")
	series("Event", pattern)
	frappe.db.delete("Series", {"name": ("like", "Lead Number:%")})
	frappe.db.commit()
	with writers(stack, WRITERS) as some:
		written = some.create("Event", EACH, moment="2026-06-14T22:00:00+00:00")
	assert not written.errors
	assert sorted(written.names) == [f"{prefix}{n:04}" for n in range(1, WRITERS * EACH + 1)]
