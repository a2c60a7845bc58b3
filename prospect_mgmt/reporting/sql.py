"""Conditions and terms that the reports' queries are built of. Only what the user may see, only what counts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import frappe
from frappe.desk.reportview import build_match_conditions
from frappe.query_builder import Case, CustomFunction
from frappe.query_builder.functions import Count
from pypika.terms import Criterion, ExistsCriterion, ValueWrapper

from prospect_mgmt.procedure import review
from prospect_mgmt.procedure.review import Scope
from prospect_mgmt.reporting import colleagues
from prospect_mgmt.reporting.period import WholeTeam

ENTRY, ACT, CHANGE, STEP, ANSWER = (
	"Prospect List Entry",
	"Prospect Interaction",
	"Prospect Stage Change",
	"Prospect Due Step",
	"Prospect Answer Promise",
)
REGISTER = "Prospect Lead Number"
# The rows of a period are read in their order of time. Left to itself, MariaDB goes through all entries when the period is
# a long one, and looks up what happened to each.
RECEIVED_IN_TIME = "prospect_list_first_contact_on_outcome_agent_source_index"
ACTS_IN_TIME = "prospect_list_occurred_on_objection_entry_index"
CHANGES_IN_TIME = "prospect_list_changed_on_to_stage_entry_agent_index"
LEAVING_IN_TIME = "prospect_list_from_stage_changed_on_to_stage_agent_entry_index"
ANSWERS_IN_TIME = "respond_by_parent_index"
STEPS_IN_TIME = "status_due_on_entry_index"
OF_ENTRY = ("source", "territory", "company")  # filters that are asked of the enquiry itself
ALWAYS = ValueWrapper(1) == ValueWrapper(1)

Coalesce = CustomFunction("COALESCE", ["value", "otherwise"])
MicrosecondsBetween = CustomFunction("TIMESTAMPDIFF", ["unit", "start", "end"])


class Visible(Criterion):
	"""The records of the list view of the user: law 11, User Permissions and shares, as Frappe builds them."""

	def __init__(self, doctype: str = ENTRY):
		super().__init__()
		self.condition = build_match_conditions(doctype)

	@property
	def is_everything(self) -> bool:
		return not self.condition

	def get_sql(self, **kwargs) -> str:
		return f"({self.condition or '1=1'})"


def table(doctype: str):
	return frappe.qb.DocType(doctype)


def within(column, asked) -> Criterion:
	"""Whether a moment is in the period [start, end)."""
	return (column >= asked.start) & (column < asked.end)


def counted(entry) -> Criterion:
	"""Not spam, no duplicate."""
	return entry.outcome.isnull() | entry.outcome.notin(sorted(review.NOT_COUNTED))


def of_entry(scope: Scope, entry) -> Criterion:
	"""What is asked of the enquiry itself, and that the user may see it, or sees numbers only."""
	condition = ALWAYS if isinstance(scope, WholeTeam) else Visible()
	for field in OF_ENTRY:
		if wanted := getattr(scope, field):
			condition &= entry[field] == wanted
	return condition


def asks_of_entry(scope: Scope) -> bool:
	"""Whether `of_entry` says anything: who sees all entries and asks for all needs none of them read."""
	is_narrowed = any(getattr(scope, field) for field in OF_ENTRY)
	return is_narrowed or not (isinstance(scope, WholeTeam) or Visible().is_everything)


def of_team(scope: Scope, row, agent) -> Criterion:
	"""The list a row is of, and whom it is credited to. All lists are named one by one: the indexes begin with them."""
	condition = row.prospect_list.isin(_lists(scope) or [""])
	return condition & (agent == scope.agent) if scope.agent else condition


def _lists(scope: Scope) -> list[str]:
	lists = (
		[scope.prospect_list]
		if scope.prospect_list
		else frappe.get_all("Prospect List", pluck="name", order_by="name")
	)
	allowed = None if isinstance(scope, WholeTeam) else colleagues.lists_of(scope.agent)
	return lists if allowed is None else [name for name in lists if name in allowed]


def agent_key(scope: Scope, agent, prospect_list):
	"""The agent a row is grouped under; colleagues whom the user is not told of one by one are one group."""
	lists = None if isinstance(scope, WholeTeam) else colleagues.lists_named()
	agent = Coalesce(agent, "")
	if lists is None:
		return agent
	is_known = agent.isin(["", frappe.session.user])
	is_known = is_known | prospect_list.isin(lists) if lists else is_known
	return Case().when(is_known, agent).else_(colleagues.OTHERS)


def entries(scope: Scope):
	"""A query over the enquiries that count."""
	return of_entries(frappe.qb.from_(table(ENTRY)), scope)


def of_entries(query, scope: Scope):
	"""A query that reads or joins the enquiries, over those that count."""
	entry = table(ENTRY)
	query = query.where(of_team(scope, entry, entry.agent))
	return query.where(counted(entry)).where(of_entry(scope, entry))


def credit(act):
	"""Whose figures an act belongs to: who did it; what they or the procedure did, to who had the enquiry."""
	return Case().when((act.by == "Person") & (act.direction == "Outgoing"), act.user).else_(act.agent)


def acts(asked):
	"""A query over the acts of the period that count, joined with their entry."""
	act, entry, later = table(ACT), table(ENTRY), table(ACT).as_("later")
	corrections = frappe.qb.from_(later).select(later.name).where(later.corrects == act.name)
	query = frappe.qb.from_(act).force_index(ACTS_IN_TIME).join(entry).on(entry.name == act.entry)
	query = query.where(of_team(asked.scope, act, credit(act))).where(within(act.occurred_on, asked))
	return (
		query.where(ExistsCriterion(corrections).negate())
		.where(counted(entry))
		.where(of_entry(asked.scope, entry))
	)


def changes(asked, index: str):
	"""A query over the stage changes of the period that count, read by an index, joined with their entry."""
	change, entry = table(CHANGE), table(ENTRY)
	query = frappe.qb.from_(change).force_index(index).join(entry).on(entry.name == change.entry)
	query = query.where(of_team(asked.scope, change, change.agent)).where(within(change.changed_on, asked))
	return query.where(counted(entry)).where(of_entry(asked.scope, entry))


def count_if(condition: Criterion):
	"""How many rows of a group meet a condition."""
	return Count("*") if condition is ALWAYS else Count(Case().when(condition, 1))


def count_distinct_if(condition: Criterion, term):
	"""How many different values a term has in the rows of a group that meet a condition."""
	return Count(Case().when(condition, term)).distinct()


def rows(query) -> list[frappe._dict]:
	"""The rows of a query that has aggregated, with plain numbers."""
	return [
		frappe._dict({key: _plain(value) for key, value in row.items()}) for row in query.run(as_dict=True)
	]


def _plain(value):
	if isinstance(value, Decimal | float):
		return int(value) if value == int(value) else float(value)
	return value.total_seconds() if isinstance(value, timedelta) else value
