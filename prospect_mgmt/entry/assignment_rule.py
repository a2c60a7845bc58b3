"""One Assignment Rule for each list, shipped switched off; its users are the list's agents who can take more."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.automation.doctype.assignment_rule.assignment_rule import apply
from frappe.cache_manager import get_doctype_map
from frappe.model.naming import append_number_if_name_exists
from frappe.query_builder.functions import Count
from pypika.terms import Field

from prospect_mgmt.entry import covers
from prospect_mgmt.set_based import together

ENTRY, RULE = "Prospect List Entry", "Assignment Rule"
OF_AGENTS = "prospect_list_agent_done_on_index"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
AT_ONCE = 200  # waiting entries that the hourly job assigns on one list
NOBODY_FREE = "False and "  # before the rule's condition while no agent can take more


def keep_in_step(prospect_list) -> None:
	"""Create the rule of a list when it is missing, and keep its users: agents who are enabled, here, and not full.

	Whatever else an admin changes in the rule (switched on, Load Balancing, days, condition) stays as it is.
	"""
	users = available_agents(prospect_list)
	rule = _rule_of(prospect_list)
	if not rule and not users:
		return
	rule = rule or _new_rule(prospect_list)
	condition = (rule.assign_condition or "").removeprefix(NOBODY_FREE)
	condition = condition if users else NOBODY_FREE + condition
	if (
		rule.is_new()
		or (users and [row.user for row in rule.users] != users)
		or rule.assign_condition != condition
	):
		rule.assign_condition = condition
		if users:
			rule.set("users", [{"user": user} for user in users])
		rule.save(ignore_permissions=True)  # agents change, the rule follows
	if prospect_list.assignment_rule != rule.name:
		prospect_list.db_set("assignment_rule", rule.name, update_modified=False)


def _rule_of(prospect_list):
	name = prospect_list.assignment_rule
	return frappe.get_doc(RULE, name) if name and frappe.db.exists(RULE, name) else None


def _new_rule(prospect_list):
	name = _("Prospect List {0}").format(prospect_list.name)
	rule = frappe.new_doc(RULE)
	rule.update(
		{
			"__newname": append_number_if_name_exists(RULE, name),  # of a list that was renamed since
			"document_type": ENTRY,
			"disabled": 1,
			"rule": "Round Robin",
			"description": _("New enquiry on the list “{0}”").format("{{ prospect_list }}"),
			"assign_condition": condition_of(prospect_list.name),
		}
	)
	rule.set("assignment_days", [{"day": day} for day in DAYS])
	return rule


def follow_load(prospect_list: str) -> None:
	"""Somebody took or finished an entry: who can take more may have changed, where agents have a capacity."""
	doc = frappe.get_cached_doc("Prospect List", prospect_list)
	if doc.assignment_rule and any(row.capacity for row in doc.agents):
		keep_in_step(frappe.get_doc("Prospect List", prospect_list))


def choose(entry) -> tuple[str, str] | None:
	"""(user, rule): whom Frappe's Assignment Rules will give a new entry to, asked before it is written.

	Frappe asks only afterwards, and then the entry has to be written a second time. None: nobody, or not for a rule
	to say.
	"""
	if frappe.flags.in_patch or frappe.flags.in_install or frappe.flags.in_setup_wizard:
		return None
	values = entry.as_dict()
	filters = {"document_type": ENTRY, "disabled": 0}
	for found in get_doctype_map(RULE, ENTRY, filters=filters, order_by="priority desc"):
		rule = frappe.get_cached_doc(RULE, found.get("name"))
		if rule.is_rule_not_applicable_today() or not rule.safe_eval("assign_condition", values):
			continue
		if rule.rule == "Round Robin":  # the cached one may be behind; whoever asks next waits for us
			rule.last_user = frappe.db.get_value(RULE, rule.name, "last_user", for_update=True)
		if user := rule.get_user(values):
			return user, rule.name
	return None


def remember(rule: str, user: str) -> None:
	"""Round robin goes on from here."""
	table = frappe.qb.DocType(RULE)
	frappe.qb.update(table).set(table.last_user, user).where(table.name == rule).run()
	frappe.get_cached_doc(RULE, rule).last_user = user


def assign_waiting(prospect_list) -> None:
	"""Let a list's rule, when it is switched on, assign what waited for somebody to become free, oldest first."""
	if not prospect_list.assignment_rule or frappe.db.get_value(
		RULE, prospect_list.assignment_rule, "disabled"
	):
		return
	filters = {"prospect_list": prospect_list.name, "agent": ("is", "not set"), "done_on": ("is", "not set")}
	for name in frappe.get_all(
		ENTRY, filters=filters, pluck="name", order_by="first_contact_on", limit=AT_ONCE
	):
		if not available_agents(prospect_list):
			return
		apply(doctype=ENTRY, name=name)


def condition_of(prospect_list: str) -> str:
	"""Which entries the rule of a list assigns: open ones that nobody has."""
	return f"not agent and not done_on and prospect_list == {prospect_list!r}"


def follow_rename(prospect_list, old: str) -> None:
	"""The rule's condition names the list: follow its new name."""
	if rule := _rule_of(prospect_list):
		rule.assign_condition = (rule.assign_condition or "").replace(repr(old), repr(prospect_list.name))
		rule.save(ignore_permissions=True)


def available_agents(prospect_list) -> list[str]:
	"""The agents of a list who are enabled, not away today, and below their capacity; in the list's order."""
	here = [row for row in prospect_list.agents if row.enabled and _is_here(row)]
	held = open_entries(prospect_list.name, {row.user: row.capacity for row in here if row.capacity})
	return [row.user for row in here if not row.capacity or held[row.user] < row.capacity]


def _is_here(row) -> bool:
	return not covers.is_away(row) and bool(frappe.get_cached_value("User", row.user, "enabled"))


def open_entries(prospect_list: str, most: dict[str, int]) -> dict[str, int]:
	"""How many open entries users have on a list: each counted to what `most` says, in one question and within an index."""
	entry = frappe.qb.DocType(ENTRY)
	of_list = frappe.qb.from_(entry).force_index(OF_AGENTS).select(entry.agent)
	here = (entry.prospect_list == prospect_list) & entry.done_on.isnull()
	query = together(of_list.where(here & (entry.agent == user)).limit(most[user]) for user in most)
	agent = Field("agent")
	counted = query.groupby(agent).select(agent, Count("*")).run() if query else ()
	return {**dict.fromkeys(most, 0), **dict(counted)}
