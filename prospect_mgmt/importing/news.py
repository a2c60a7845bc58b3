"""Who hears of an import: one message each, however many rows it had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import frappe
from frappe import _
from frappe.utils import get_fullname

from prospect_mgmt import customers, telling
from prospect_mgmt import notification_choices as choices
from prospect_mgmt.entry import start
from prospect_mgmt.importing import NOTED, ROW, TAKEN_IN


def tell(run) -> None:
	"""Agents hear what they have to work, supervisors what nobody has, keepers of customers what came of theirs."""
	new, noted, of_customers = Counter(), Counter(), Counter()
	examples = {}
	for group in _open_enquiries(run):
		(noted if group.verdict == NOTED else new)[group.agent] += group.number
		if group.customer and group.verdict != NOTED:
			of_customers[group.customer, group.agent] += group.number
			examples[group.customer] = group.example
	supervisors = telling.supervisors(run.prospect_list)
	for agent, number in new.items():
		if agent:
			text = _words(lambda: _("{0} imported enquiries are yours on {1}"), number, run.prospect_list)
			telling.tell([agent], text, kind=choices.ASSIGNMENT)
		else:
			text = _words(lambda: _("{0} imported enquiries on {1} have no agent"), number, run.prospect_list)
			telling.tell(supervisors, text, kind=choices.UNASSIGNED)
	for agent, number in noted.items():
		if agent:
			said = lambda: _("{0} of your open enquiries have a note from a spreadsheet: {1}")  # noqa: E731
		else:
			said = lambda: _("{0} open enquiries without an agent have a note from a spreadsheet: {1}")  # noqa: E731
		telling.tell(
			[agent] if agent else supervisors, _words(said, number, run.name), kind=choices.ASSIGNMENT
		)
	_offer(run, of_customers, examples)


def _open_enquiries(run) -> list[frappe._dict]:
	"""{verdict, agent, customer, number, example} of the open ones; a note on what the same import made is no news."""
	row, entry, made = (
		frappe.qb.DocType(ROW),
		frappe.qb.DocType(start.DOCTYPE),
		frappe.qb.DocType(ROW).as_("made"),
	)
	functions = frappe.query_builder.functions
	query = frappe.qb.from_(row).join(entry).on(entry.name == row.number)
	by_this = (
		(made.lead == entry.lead) & (made.number == entry.name) & (made.prospect_list_import == run.name)
	)
	query = query.left_join(made).on(by_this & made.verdict.isin(TAKEN_IN))
	query = query.select(row.verdict, entry.agent, row.customer)
	query = query.select(
		functions.Count(entry.name).distinct().as_("number"), functions.Max(entry.name).as_("example")
	)
	imported = (row.prospect_list_import == run.name) & (row.status == "Imported")
	query = query.where(imported & entry.done_on.isnull() & (row.verdict.isin(TAKEN_IN) | made.name.isnull()))
	return query.groupby(row.verdict, entry.agent, row.customer).run(as_dict=True)


def _offer(run, of_customers: Counter, examples: dict[str, str]) -> None:
	"""As `customers.offer` does it for one enquiry: to whoever looks after a customer and does not work it already."""
	offered, example = Counter(), {}
	for (customer, agent), number in of_customers.items():
		user = customers.keeper(customer) if frappe.db.exists(customers.CUSTOMER, customer) else None
		if user and user != agent:
			offered[user] += number
			example[user] = examples[customer]
	for user, number in offered.items():
		if frappe.has_permission(start.DOCTYPE, "read", example[user], user=user):
			users, said = [user], lambda: _("{0} imported enquiries on {1} are from customers of yours")
		else:
			users = telling.named_supervisors(run.prospect_list) or telling.sales_managers()
			said = lambda: _("{0} imported enquiries on {1} are from customers whom {2} looks after")  # noqa: E731
		text = _words(said, number, run.prospect_list, get_fullname(user))
		telling.tell(users, text, kind=choices.ASSIGNMENT)


def _words(said: Callable[[], str], *values) -> Callable[[], str]:
	"""What `telling` puts into the words of each reader."""
	return lambda: said().format(*values)
