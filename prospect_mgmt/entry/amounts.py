"""Quote and sale of an enquiry: read from its documents, in the currency of its company."""

from __future__ import annotations

import frappe
from frappe.utils import flt, getdate, now_datetime

QUOTES, SALES = "Quotation", "Sales Invoice"


def read(entry) -> None:
	"""Law 4: amounts are read from the submitted documents of this enquiry, never added up as they come and go."""
	rows = [*_documents(entry, QUOTES, "transaction_date"), *_documents(entry, SALES, "posting_date")]
	known = {row.document: row for row in entry.documents}
	entry.set("documents", [])
	for row in rows:
		since = _since(known.get(row["document"]), row["amount"])
		entry.append("documents", {**row, **since, "currency": entry.currency})
	quotes = [row for row in rows if row["document_type"] == QUOTES]
	sales = [row for row in rows if row["document_type"] == SALES]
	entry.quotation = quotes[-1]["document"] if quotes else None
	entry.quoted_amount = sum(row["amount"] for row in quotes)
	entry.sales_invoice = sales[-1]["document"] if sales else None
	entry.sale_value = sum(row["amount"] for row in sales)


def _since(before, amount: float) -> dict:
	"""Since when a document counts, and when its amount was changed after: a review of an earlier month asks."""
	now = now_datetime()
	if not before:
		return {"known_on": now}
	is_same = not flt(before.amount - amount, 2)
	return {"known_on": before.known_on, "amount_changed_on": before.amount_changed_on if is_same else now}


def _documents(entry, doctype: str, date_field: str) -> list[dict]:
	found = frappe.get_all(
		doctype,
		filters={"prospect_list_entry": entry.name, "docstatus": 1},
		fields=["name", "status", "company", "base_grand_total", date_field],
		order_by=f"{date_field}, creation",
	)
	return [
		{
			"document_type": doctype,
			"document": row.name,
			"status": row.status,
			"amount": in_currency(row.base_grand_total, row.company, entry.currency, row[date_field]),
			"posted_on": row[date_field],
		}
		for row in found
	]


def in_currency(amount: float, company: str, currency: str, on) -> float:
	"""An amount in a company's own currency, in `currency` at the rate of the day. Raises when no rate is known."""
	own = frappe.get_cached_value("Company", company, "default_currency")
	if own == currency:
		return amount
	from erpnext.setup.utils import get_exchange_rate

	rate = get_exchange_rate(own, currency, getdate(on))
	if not rate:
		frappe.throw(frappe._("No exchange rate from {0} to {1} on {2}.").format(own, currency, on))
	return amount * rate
