"""Quotations, orders and invoices: which enquiry each belongs to, and what it makes of it."""

import random

import frappe
import pytest
from frappe.utils import add_days, nowdate

from prospect_mgmt.enrolment import enrol_lead
from tests import factories
from tests.site.sweeping import MONDAY, informed, team, told

ENTRY = "Prospect List Entry"


@pytest.fixture
def crew(stack, clock):
	clock.at(f"{MONDAY}:00.25")  # a whole second would be "changed meanwhile" to Frappe on the next save
	return team(stack)


@pytest.fixture
def entry(crew):
	return informed(crew)


def lead_of(entry):
	return frappe.get_doc("Lead", entry.lead)


def customer(entry):
	name = frappe.db.get_value("Customer", {"lead_name": entry.lead})
	return frappe.get_doc("Customer", name) if name else factories.customer_from(lead_of(entry))


def amounts(entry) -> tuple[float, float]:
	entry.reload()
	return entry.quoted_amount, entry.sale_value


def from_documents(entry) -> tuple[float, float]:
	"""What the submitted documents of an enquiry say, read by other means than the app's."""
	return tuple(
		frappe.db.sql(
			f"select coalesce(sum(base_grand_total), 0) from `tab{doctype}` where prospect_list_entry=%s and docstatus=1",
			entry.name,
		)[0][0]
		for doctype in ("Quotation", "Sales Invoice")
	)


def opportunity(entry, **fields):
	from erpnext.crm.doctype.lead.lead import make_opportunity

	doc = make_opportunity(entry.lead)
	doc.update({"company": factories.COMPANY, **fields})
	return doc.insert()


def order(quotation):
	from erpnext.selling.doctype.quotation.quotation import make_sales_order

	doc = make_sales_order(quotation.name)
	doc.delivery_date = add_days(nowdate(), 7)
	return doc.insert().submit()


def bill(sales_order, qty: float | None = None):
	"""An invoice over the whole order, or over a part of it."""
	from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

	doc = make_sales_invoice(sales_order.name)
	doc.due_date = add_days(nowdate(), 14)
	if qty:
		doc.items[0].qty = qty
	return doc.insert().submit()


def credit(invoice):
	from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

	doc = make_sales_return(invoice.name)
	# ERPNext wants it after the invoice.
	doc.update({"set_posting_time": 1, "posting_date": nowdate(), "posting_time": "23:00:00"})
	return doc.insert().submit()


def amended(doc, rate: float):
	doc.reload().cancel()
	new = frappe.copy_doc(doc)
	new.amended_from, new.docstatus = doc.name, 0
	new.items[0].rate = rate
	return new.insert().submit()


@pytest.fixture(autouse=True)
def _nothing_failed():
	yield
	assert not frappe.get_all("Prospect Signal Failure", fields=["signal", "reason"])


# ------------------------------------------------------------- quotations
def test_a_quotation_to_the_lead_its_opportunity_or_its_customer(entry):
	chance = opportunity(entry)
	assert chance.lead_number == entry.lead
	quotes = [
		factories.quotation(lead_of(entry), rate=100),
		factories.quotation(lead_of(entry), rate=20, opportunity=chance.name),
		factories.quotation(customer(entry), rate=3),
	]
	assert {(q.lead_number, q.prospect_list_entry) for q in quotes} == {(entry.lead, entry.name)}
	assert amounts(entry)[0] == sum(q.base_grand_total for q in quotes) == from_documents(entry)[0]
	assert [d.document for d in entry.documents] == [q.name for q in quotes]


def test_cancelled_amended_and_changed_after_submit(entry):
	quote = factories.quotation(lead_of(entry), rate=100)
	new = amended(quote, rate=80)
	assert new.prospect_list_entry == entry.name
	assert amounts(entry)[0] == new.base_grand_total
	update_items(new, qty=3, rate=70)
	assert amounts(entry)[0] == new.reload().base_grand_total == 210
	new.cancel()
	assert amounts(entry)[0] == 0 and not entry.quotation and not entry.documents


def update_items(doc, **values) -> None:
	"""What ERPNext's "Update Items" does to a submitted document (to a quotation only in later versions of 15)."""
	doc.reload()
	doc.flags.ignore_validate_update_after_submit = True
	doc.items[0].update(values)
	doc.calculate_taxes_and_totals()
	doc.save()


def test_inserted_as_submitted(entry):
	"""As an import or an integration does: one call, no draft."""
	quote = factories.quotation(lead_of(entry), rate=100, submit=False)
	copy = frappe.copy_doc(quote)
	copy.docstatus = 1
	copy.insert()
	assert amounts(entry)[0] == copy.base_grand_total == 100


def test_a_foreign_currency_counts_in_the_companys(entry):
	currency = frappe.get_cached_value("Company", factories.COMPANY, "default_currency")
	foreign = "USD" if currency != "USD" else "EUR"
	quote = factories.quotation(
		lead_of(entry), rate=100, currency=foreign, conversion_rate=0.8, plc_conversion_rate=0.8
	)
	assert quote.grand_total == 100 and quote.base_grand_total == 80
	assert amounts(entry)[0] == 80 and entry.currency == currency


def test_moved_to_a_company_with_another_currency_the_amounts_are_read_again(entry):
	factories.quotation(lead_of(entry), rate=100)
	abroad = frappe.get_doc(doctype="Company", name="Muster Inc", company_name="Muster Inc", abbr="MI")
	abroad.default_currency = "USD"
	abroad.db_insert()  # without a chart of accounts, which nobody asks for here
	rate = {"from_currency": "EUR", "to_currency": "USD", "exchange_rate": 1.5, "date": nowdate()}
	frappe.get_doc(doctype="Currency Exchange", for_selling=1, for_buying=1, **rate).insert()
	entry.reload().move_to_list(factories.prospect_list(company=abroad.name).name)
	assert (entry.company, entry.currency, amounts(entry)[0]) == (abroad.name, "USD", 150)
	assert [(row.amount, row.currency) for row in entry.documents] == [(150, "USD")]


def test_the_customer_of_a_draft_was_changed(crew, entry):
	other = informed(crew)
	quote = factories.quotation(lead_of(entry), submit=False)
	quote.party_name = other.lead
	quote.save()
	assert (quote.lead_number, quote.prospect_list_entry) == (other.lead, other.name)


# ------------------------------------------------------------- lost
def reasons(*names: str) -> list[dict]:
	return [{"lost_reason": name} for name in names]


def test_a_lost_quotation_says_why(entry):
	for name in ("Too expensive", "Too slow"):
		frappe.get_doc({"doctype": "Quotation Lost Reason", "order_lost_reason": name}).insert()
	quote = factories.quotation(lead_of(entry))
	quote.declare_enquiry_lost(reasons("Too expensive", "Too slow"), [], "Ten percent")
	entry.reload()
	assert (entry.objection, entry.objection_note) == ("Too expensive", "Ten percent")
	assert frappe.db.exists("Opportunity Lost Reason", "Too expensive")
	said = frappe.get_all("Comment", {"reference_name": entry.name, "content": ("like", "Marked lost%")})
	assert len(said) == 1 and not entry.done_on


def test_a_lost_opportunity_says_why(entry):
	frappe.get_doc({"doctype": "Opportunity Lost Reason", "lost_reason": "Went elsewhere"}).insert()
	chance = opportunity(entry)
	chance.declare_enquiry_lost(reasons("Went elsewhere"), [], None)
	assert entry.reload().objection == "Went elsewhere"


# ------------------------------------------------------------- sales
def test_a_sale_by_the_chain_and_its_second_invoice_after_won(crew, entry, clock):
	sold = order(factories.quotation(customer(entry), rate=100, qty=10))
	assert (sold.lead_number, sold.prospect_list_entry) == (entry.lead, entry.name)
	first = bill(sold, qty=4)
	assert amounts(entry) == (1000, first.base_grand_total) == (1000, 400)
	assert (entry.outcome, entry.stage) == ("Won", "Done")
	clock.forward(days=40)
	second = enrol_lead(entry.lead, crew.list)
	bill(sold, qty=6)
	assert amounts(entry) == (1000, 1000)
	assert frappe.db.get_value(ENTRY, second, ["sale_value", "done_on"]) == (0, None)


def test_a_later_sale_to_that_customer_is_no_part_of_it(crew, entry, clock):
	factories.sales_invoice(customer(entry), rate=100)
	assert entry.reload().outcome == "Won"
	clock.forward(days=40)
	later = factories.sales_invoice(customer(entry), rate=900)
	assert not later.prospect_list_entry and later.lead_number == entry.lead
	second = frappe.get_doc(ENTRY, enrol_lead(entry.lead, crew.list))
	back = credit(later)
	assert not back.prospect_list_entry
	assert amounts(entry)[1] == 100 and amounts(second)[1] == 0


def test_an_invoice_of_an_order_older_than_the_enquiry(crew, entry, clock):
	entry.close("Not a prospect")
	old = order(factories.quotation(customer(entry), rate=100))
	assert not old.prospect_list_entry
	clock.forward(days=40)
	second = frappe.get_doc(ENTRY, enrol_lead(entry.lead, crew.list))
	assert not bill(old).prospect_list_entry
	assert not second.reload().done_on
	fresh = factories.sales_invoice(customer(entry), rate=50)
	assert fresh.prospect_list_entry == second.name and amounts(second)[1] == 50


def test_a_return_and_its_cancellation(crew, entry):
	invoice = factories.sales_invoice(customer(entry), rate=100, qty=2)
	back = credit(invoice)
	assert back.prospect_list_entry == entry.name
	assert amounts(entry)[1] == 0 and entry.outcome == "Won"
	back.cancel()
	assert amounts(entry)[1] == 200
	invoice.reload().cancel()
	assert amounts(entry)[1] == 0
	assert told(crew.agent, "The sale was cancelled")


def test_corrected_by_hand_on_a_submitted_invoice(crew, entry):
	right = informed(crew)
	invoice = factories.sales_invoice(customer(entry), rate=100)
	assert entry.reload().outcome == "Won"
	invoice.reload()
	invoice.prospect_list_entry = right.name
	invoice.save()
	assert amounts(entry)[1] == 0 and amounts(right)[1] == 100
	assert right.outcome == "Won" and told(crew.agent, "The sale was cancelled")
	invoice.reload()
	invoice.prospect_list_entry = None
	invoice.save()
	assert amounts(right)[1] == 0


def test_the_list_only_proposes(crew, entry):
	frappe.get_doc("Prospect List", crew.list).update({"on_sale": "Propose"}).save()
	invoice = factories.sales_invoice(customer(entry), rate=100)
	entry.reload()
	assert (entry.done_on, entry.won_proposed, entry.sale_value) == (None, 1, 100)
	assert told(crew.agent, "A sale is booked")
	invoice.reload().cancel()
	assert not entry.reload().won_proposed


def test_an_accountant_who_may_not_read_the_entry(crew, entry, http):
	"""They submit it over REST; the Stage Change names them."""
	accountant = factories.user("Accounts User").name
	invoice = factories.sales_invoice(customer(entry), rate=100, submit=False)
	client = http(accountant)
	answer = client.put(f"/api/resource/Sales Invoice/{invoice.name}", json={"docstatus": 1})
	assert answer.status_code == 200, answer.text
	assert client.get(f"/api/resource/{ENTRY}/{entry.name}").status_code == 403
	frappe.db.rollback()
	entry.reload()
	assert (entry.outcome, entry.stage, entry.sale_value) == ("Won", "Done", 100)
	last = frappe.get_last_doc("Prospect Stage Change", {"entry": entry.name})
	assert (last.to_stage, last.changed_by) == ("Done", accountant)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_amounts_are_those_of_the_documents(entry, seed):
	"""Law 4: submit, cancel, amend and return in any order."""
	dice = random.Random(seed)
	open_documents = []
	for _ in range(14):
		act = dice.choice(["quote", "invoice", "cancel", "amend", "return"])
		rate = dice.randint(1, 500)
		doc = dice.choice(open_documents) if open_documents else None
		if act == "quote":
			new = factories.quotation(customer(entry), rate=rate, prospect_list_entry=entry.name)
			open_documents.append(new)
		elif act == "invoice":
			new = factories.sales_invoice(customer(entry), rate=rate, prospect_list_entry=entry.name)
			open_documents.append(new)
		elif doc is None or _is_returned(doc):
			continue
		elif act == "return" and doc.doctype == "Sales Invoice" and not doc.is_return:
			open_documents.append(credit(doc))
		elif act == "amend" and not doc.get("is_return"):
			open_documents.remove(doc)
			open_documents.append(amended(doc, rate))
		elif act == "cancel":
			open_documents.remove(doc)
			doc.reload().cancel()
		assert amounts(entry) == pytest.approx(from_documents(entry))
	assert {d.document for d in entry.documents} == {d.name for d in open_documents}


def _is_returned(doc) -> bool:
	"""ERPNext refuses to cancel what a return stands against."""
	return doc.doctype == "Sales Invoice" and bool(
		frappe.db.exists("Sales Invoice", {"return_against": doc.name, "docstatus": 1})
	)
