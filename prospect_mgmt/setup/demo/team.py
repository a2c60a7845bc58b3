"""Who works in the demo: a company, three lists with a supervisor each, six agents of different diligence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import frappe
from frappe.utils import add_days, getdate

from prospect_mgmt.setup.demo import mail

COMPANY = "Seeblick Pumps"
ITEMS = {"Garden pump": 480, "Well pump": 1250, "Industrial pump": 6400, "Maintenance contract": 950}
WIZARD = {
	"language": "English",
	"country": "Germany",
	"currency": "EUR",
	"timezone": "Europe/Berlin",
	"company_name": COMPANY,
	"company_abbr": "SP",
	"company_tagline": "Pumps",
	"bank_account": "Bank",
	"chart_of_accounts": "Standard",
	"enable_telemetry": 0,
	"setup_demo": 0,
}


@dataclass(frozen=True)
class Agent:
	"""`pace`: how long they take for what others do in 1; `contractor`: has only the role Prospect Agent."""

	first_name: str
	last_name: str
	pace: float
	contractor: bool = False

	@property
	def user(self) -> str:
		return f"{self.first_name}.{self.last_name}@example.com".lower()


@dataclass(frozen=True)
class Team:
	title: str
	supervisor: Agent
	agents: tuple[Agent, ...]
	sources: tuple[str, ...]
	assigns_by_rule: bool = True
	on_sale: str = "Close as Won"
	deputy: Agent | None = None


LENA, OMAR, RUTH = Agent("Lena", "Vogt", 1), Agent("Omar", "Haddad", 1), Agent("Ruth", "Berger", 1)
ANNA, BEN = Agent("Anna", "Keller", 0.4), Agent("Ben", "Fuchs", 1.2)
CARLA, DEV = Agent("Carla", "Moreau", 0.7, contractor=True), Agent("Dev", "Patel", 3.5, contractor=True)
EMMA, FINN = Agent("Emma", "Lindqvist", 0.9), Agent("Finn", "Brandt", 2.0, contractor=True)
TEAMS = (
	Team("Website enquiries", LENA, (ANNA, BEN, DEV), ("Website", "Facebook", "Direct Call"), deputy=OMAR),
	Team("Fairs", OMAR, (CARLA, FINN, BEN), ("Exhibition", "Event"), deputy=LENA),
	Team(
		"Referrals", RUTH, (EMMA, ANNA), ("Referral", "Reference"), assigns_by_rule=False, on_sale="Propose"
	),
)


def set_up(begin: datetime, end: datetime) -> None:
	"""Company, years and items, as far as they are missing."""
	_company()
	for year in range(begin.year, end.year + 1):
		_fiscal_year(year)
	for item, rate in ITEMS.items():
		_item(item, rate)


def hire(world, password: str | None) -> None:
	"""People and lists, as far as they are missing; they are there from the first day on."""
	world.people = {agent.user: agent for team in TEAMS for agent in (*team.agents, team.supervisor)}
	supervisors = [team.supervisor for team in TEAMS]
	# Those first: Frappe makes the first user of a site its System Manager, who sees everything.
	for agent in sorted(world.people.values(), key=lambda agent: agent not in supervisors):
		_user(agent, password, supervises=agent in supervisors)
	for team in TEAMS:
		_list(team, _company(), mail.make_account())
	_stop_first_list()
	frappe.db.commit()


def _company() -> str:
	if not frappe.db.exists("Company", {"name": ("is", "set")}):
		from frappe.desk.page.setup_wizard.setup_wizard import setup_complete

		year = getdate().year
		setup_complete({**WIZARD, "fy_start_date": f"{year}-01-01", "fy_end_date": f"{year}-12-31"})
		frappe.clear_messages()
	return frappe.db.get_value("Company", {}, order_by="creation")


def _fiscal_year(year: int) -> None:
	if not frappe.db.exists(
		"Fiscal Year", {"year_start_date": ("<=", f"{year}-07-01"), "year_end_date": (">=", f"{year}-07-01")}
	):
		doc = frappe.new_doc("Fiscal Year")
		doc.update({"year": str(year), "year_start_date": f"{year}-01-01", "year_end_date": f"{year}-12-31"})
		doc.insert()


def _item(name: str, rate: float) -> None:
	if not frappe.db.exists("Item", name):
		doc = frappe.new_doc("Item")
		group = frappe.db.get_value("Item Group", {"is_group": 0}, order_by="lft")
		doc.update(
			{
				"item_code": name,
				"item_group": group,
				"stock_uom": "Nos",
				"is_stock_item": 0,
				"standard_rate": rate,
			}
		)
		doc.insert()


def _user(agent: Agent, password: str | None, supervises: bool) -> None:
	if not frappe.db.exists("User", agent.user):
		doc = frappe.new_doc("User")
		doc.update({"email": agent.user, "first_name": agent.first_name, "last_name": agent.last_name})
		doc.update({"send_welcome_email": 0, "user_type": "System User", "language": "en"})
		roles = ["Prospect Agent"] if agent.contractor else ["Sales User"]
		for role in [*roles, "Sales Manager"] if supervises else roles:
			doc.append("roles", {"role": role})
		doc.insert()
		# They are told in the Desk; nobody at example.com reads mail.
		frappe.db.set_value("Notification Settings", agent.user, "enable_email_notifications", 0)
	if password:
		frappe.utils.password.update_password(agent.user, password)


def _list(team: Team, company: str, account: str) -> None:
	if frappe.db.exists("Prospect List", team.title):
		return
	doc = frappe.new_doc("Prospect List")
	doc.update(
		{
			"title": team.title,
			"company": company,
			"procedure": frappe.db.get_value("Prospect Procedure", {}, order_by="creation"),
			"supervisor": team.supervisor.user,
			"deputy": team.deputy.user if team.deputy else None,
			"enrol_new_leads": 1,
			"enrol_condition": f"source in {team.sources!r}",
			"email_account": account,
			"sender_phone": "+49 30 23125 000",
			"on_sale": team.on_sale,
		}
	)
	for agent in team.agents:
		doc.append("agents", {"user": agent.user, "enabled": 1, "capacity": 60})
	doc.insert()
	if team.assigns_by_rule:
		rule = frappe.get_doc("Assignment Rule", doc.reload().assignment_rule)
		rule.disabled = 0
		rule.save()


def _stop_first_list() -> None:
	"""The list that came with the app would take every lead: its name comes before some of ours. Nobody works it here."""
	for name in frappe.get_all("Prospect List", filters={"enrol_condition": ("is", "not set")}, pluck="name"):
		frappe.db.set_value("Prospect List", name, {"enrol_new_leads": 0, "enabled": 0})
	from prospect_mgmt.enrolment import forget_lists

	forget_lists()


def plan_absences(world, days: int) -> None:
	"""Two agents go on holiday, and somebody covers for them."""
	for team, agent, cover, share in (
		(TEAMS[0], BEN, ANNA, 0.3),
		(TEAMS[1], FINN, CARLA, 0.6),
		(TEAMS[2], EMMA, ANNA, 0.97),
	):
		leaves = world.begin + timedelta(days=days * share)
		world.plan(leaves, _goes_away(world, team, agent, cover))


def _goes_away(world, team: Team, agent: Agent, cover: Agent):
	with world.acting(team.supervisor.user):
		doc = frappe.get_doc("Prospect List", team.title)
		row = next(row for row in doc.agents if row.user == agent.user)
		row.update({"away_from": getdate(), "away_until": add_days(getdate(), 11), "cover": cover.user})
		doc.save()
	yield from ()


def team_of(prospect_list: str) -> Team:
	"""The team that works a list."""
	return next(team for team in TEAMS if team.title == prospect_list)
