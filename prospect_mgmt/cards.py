"""The number cards of the workspace: each a figure over what the caller may see (law 11), and the list behind it.

They are Custom cards, since Frappe's own count every row; these count ranges of an index, up to CAP (law 9). The charts of
the workspace are reports for a like reason: Frappe keeps the result of its other charts for everybody.
"""

from datetime import datetime

import frappe
from frappe import _
from frappe.query_builder.functions import Sum
from frappe.utils import flt, get_first_day, getdate, now_datetime
from frappe.utils.data import get_number_format_info
from pypika.terms import Criterion

from prospect_mgmt import own_time, permissions
from prospect_mgmt.procedure.review import NOT_COUNTED
from prospect_mgmt.reporting.sql import Visible, counted
from prospect_mgmt.worklist import ENTRY, LIST, count, when_due

CAP = 999  # beyond it a card says "999+", which is the same in every number format
UNITS = {"zh": ((1e8, "{0} 亿"), (1e4, "{0} 万"))}  # of amounts, in languages that do not count in thousands


@frappe.whitelist()
def get_new_today(filters: str | dict | None = None) -> dict:
	"""Enquiries whose first contact was today, by one's own clock; as in the reports, spam and duplicates are not counted."""
	entry, today = frappe.qb.DocType(ENTRY), own_time.start_of_today(frappe.session.user, now_datetime())
	shown = {"first_contact_on": [">=", str(today)], "outcome": ["not in", sorted(NOT_COUNTED)]}
	return _card((entry.first_contact_on >= today) & counted(entry), shown)


@frappe.whitelist()
def get_unacknowledged(filters: str | dict | None = None) -> dict:
	"""Open enquiries whose prospect no person of ours has reached yet."""
	entry = frappe.qb.DocType(ENTRY)
	shown = {"acknowledged_on": ["is", "not set"], "done_on": ["is", "not set"]}
	open_and_not = entry.acknowledged_on.isnull() & entry.done_on.isnull()
	return _card(open_and_not, shown, "acknowledged_on_done_on")


@frappe.whitelist()
def get_overdue(filters: str | dict | None = None) -> dict:
	"""Enquiries on which we should have acted by now, as in the worklist."""
	now = now_datetime()
	# For "<" alone an empty moment is long ago.
	return _act_by("overdue", now, ["is", "set"], ["<", str(now)[:19]])


@frappe.whitelist()
def get_due_today(filters: str | dict | None = None) -> dict:
	"""Enquiries on which we are to act by this evening, by one's own clock; as in the worklist, what is overdue is not of them."""
	now = now_datetime()
	evening = own_time.end_of_today(frappe.session.user, now)
	return _act_by("today", now, [">=", str(now)[:19]], ["<=", str(evening)])


def _act_by(group: str, now: datetime, *filters: list) -> dict:
	"""A card of what is in a group of the worklist, and the filters that say the same."""
	# Several filters on one field, as Frappe's route options write them.
	shown = {"act_by": [frappe.as_json(asked, indent=None) for asked in filters]}
	return _card(when_due(frappe.qb.DocType(ENTRY), now)[group], shown, "act_by")


@frappe.whitelist()
def get_waiting_for_us(filters: str | dict | None = None) -> dict:
	"""Open enquiries where it is our turn."""
	entry = frappe.qb.DocType(ENTRY)
	shown = {"awaiting": "Us", "act_by": ["is", "set"]}
	return _card(entry.act_by.isnotnull() & (entry.awaiting == "Us"), shown, "act_by")


@frappe.whitelist()
def get_won_this_month(filters: str | dict | None = None) -> dict:
	"""Enquiries closed as Won since the first of this month."""
	return _card(_won(), _won_filters())


@frappe.whitelist()
def get_sales_this_month(filters: str | dict | None = None) -> dict:
	"""What these were sold for, in their company's currency. Raises for whoever may not see amounts."""
	frappe.has_permission(ENTRY, "read", throw=True)
	if not frappe.new_doc(ENTRY).has_permlevel_access_to("sale_value", permission_type="read"):
		raise frappe.PermissionError
	entry, sums = frappe.qb.DocType(ENTRY), {}
	visible = Visible()
	for part, _is_list in _parts():
		query = frappe.qb.from_(entry).select(entry.currency, Sum(entry.sale_value))
		for currency, total in query.where(part & _won() & visible).groupby(entry.currency).run():
			sums[currency] = sums.get(currency, 0) + flt(total)
	return {**_money(sums), "route": ["List", ENTRY, "List"], "route_options": _won_filters()}


def _money(sums: dict[str, float]) -> dict:
	"""To three digits. Frappe's own shortening shows 21,110 as "2,111 K" where site and currency write numbers differently.

	What is no plain number the Desk shows as it is, as long as it has fewer than five digits; of what stands before the
	first space it makes the number format of the user.
	"""
	if len(sums) > 1:
		return {"value": _("{0} currencies").format(len(sums)), "fieldtype": "Data"}
	own = frappe.db.get_default("currency")
	((currency, total),) = sums.items() or [(own, 0)]
	currency = currency or own
	symbol, on_right = frappe.get_cached_value("Currency", currency, ["symbol", "symbol_on_right"])
	name = symbol if symbol and currency == own else currency
	number, *unit = _shortened(total).split(" ")
	if on_right or "." in name:  # a dot before the number would be taken for a decimal point
		unit.append(name)
	else:
		number = f"{name}\u00a0{number}"
	return {"value": f"{number} " + "\u00a0".join(unit), "fieldtype": "Data"}


def _shortened(amount: float) -> str:
	"""An amount to three digits, and its unit; whole where the number format of the user has no decimals."""
	decimal_point = get_number_format_info(frappe.defaults.get_user_default("number_format"))[0]
	least = 1 if decimal_point else 10  # "1190" says more than "1 K"
	amount = float(f"{amount:.3g}")
	thousands = ((1e9, _("{0} B")), (1e6, _("{0} M")), (1e3, _("{0} K")))
	units = UNITS.get(frappe.local.lang, thousands)
	size, text = next((unit for unit in units if abs(amount) >= least * unit[0]), (1, "{0}"))
	return text.format(f"{amount / size:g}" if decimal_point else f"{amount / size:.0f}")


def _won() -> Criterion:
	entry = frappe.qb.DocType(ENTRY)
	return (entry.done_on >= get_first_day(getdate())) & (entry.outcome == "Won")


def _won_filters() -> dict:
	# With its hour: a mere date would be taken by the clock of the user, and shifted.
	return {"outcome": "Won", "done_on": [">=", f"{get_first_day(getdate())} 00:00:00"]}


# ------------------------------------------------------------- counting
def _card(condition: Criterion, shown: dict, fields: str | None = None) -> dict:
	"""A card that opens the list with the filters `shown`; of a whole list it is read by the index over these fields."""
	frappe.has_permission(ENTRY, "read", throw=True)
	found, visible = 0, Visible()
	for part, is_list in _parts():
		index = f"prospect_list_{fields}_index" if is_list and fields else None
		found += count(part & condition & visible, index, CAP - found)
		if found > CAP:
			break
	value = f"{CAP}+" if found > CAP else found
	fieldtype = "Data" if found > CAP else "Int"
	return {
		"value": value,
		"fieldtype": fieldtype,
		"route": ["List", ENTRY, "List"],
		"route_options": shown,
	}


def _parts() -> list[tuple[Criterion, bool]]:
	"""What the caller may see, in parts that do not overlap, and whether each is all of a list."""
	entry, user = frappe.qb.DocType(ENTRY), frappe.session.user
	lists = frappe.get_list(LIST, pluck="name", order_by="name")
	own = [entry.agent == user, (entry.cover == user) & ((entry.agent != user) | entry.agent.isnull())]
	if permissions.sees_all(user) or permissions.is_sales_user(user):
		elsewhere = [part & entry.prospect_list.notin(lists) for part in own] if lists else own
		return [
			*((entry.prospect_list == name, True) for name in lists),
			*((part, False) for part in elsewhere),
		]
	nobody = [(entry.prospect_list == name) & entry.agent.isnull() for name in lists]
	return [(part, False) for part in (*own, *nobody)]
