"""The figures of the workspace: of what one may see, counted to a cap, each with the list behind it."""

import frappe
import pytest
from frappe.desk.query_report import run

from prospect_mgmt import cards
from prospect_mgmt.patches.v1_1 import plain_number_cards
from tests import factories
from tests.site import sweeping

CARDS = ("new_today", "unacknowledged", "overdue", "due_today", "waiting_for_us", "won_this_month")


@pytest.fixture
def team(stack, clock):
	clock.at(sweeping.MONDAY)
	return sweeping.team(stack)


def figures() -> dict[str, int]:
	return {name: getattr(cards, f"get_{name}")()["value"] for name in CARDS}


def behind(name: str) -> int:
	"""How many entries the list shows that a card opens, to the same user."""
	filters = []
	for field, asked in getattr(cards, f"get_{name}")()["route_options"].items():
		several = [frappe.parse_json(one) for one in asked] if asked[0].startswith("[") else [asked]
		filters += [[field, *one] if isinstance(one, list) else [field, "=", one] for one in several]
	return len(frappe.get_list("Prospect List Entry", filters=filters, pluck="name", limit=0))


def test_each_figure_is_that_of_its_list_for_whoever_looks(team, clock, stack):
	contractor = factories.user("Prospect Agent").name
	main = frappe.get_doc("Prospect List", team.list)
	main.append("agents", {"user": contractor, "enabled": 1})
	main.save()
	late, reached, nobody, won, theirs = (sweeping.enquiry(team) for _ in range(5))
	nobody.assign(None)
	theirs.assign(contractor)
	reached.log_call("Spoke to her")
	won.close("Won")
	clock.forward(hours=30)
	today = sweeping.enquiry(team)
	sweeping.enquiry(team).close("Spam")  # is in no figure, here as in the reports
	elsewhere = sweeping.enquiry(sweeping.team(stack))
	expected = {
		team.agent: {"new_today": 1, "unacknowledged": 4, "overdue": 4, "due_today": 1, "waiting_for_us": 5, "won_this_month": 1},
		contractor: {"new_today": 0, "unacknowledged": 2, "overdue": 2, "due_today": 0, "waiting_for_us": 2, "won_this_month": 0},
		factories.user("Sales User").name: dict.fromkeys(CARDS, 0),
		factories.user("Sales Manager").name: {
			"new_today": 2, "unacknowledged": 5, "overdue": 4, "due_today": 2, "waiting_for_us": 6, "won_this_month": 1,
		},
	}  # fmt: skip
	assert today and late and elsewhere
	for user, wanted in expected.items():
		frappe.set_user(user)
		assert figures() == wanted, user
		assert {name: behind(name) for name in CARDS} == wanted, user


def test_cards_and_charts_say_what_the_reports_say(team, clock):
	first, second, spam = (sweeping.enquiry(team) for _ in range(3))
	first.close("Won")
	frappe.db.set_value("Prospect List Entry", first.name, "sale_value", 1190)
	second.log_call("Spoke to her")
	spam.close("Spam")
	frappe.set_user(team.agent)
	today, month = frappe.utils.nowdate(), frappe.utils.get_first_day(frappe.utils.nowdate())
	of_today, of_month = (_total("Source Performance", first_day, today) for first_day in (today, month))
	assert cards.get_new_today()["value"] == of_today["received"] == 2
	assert cards.get_won_this_month()["value"] == of_month["won"] == 1
	assert cards.get_sales_this_month()["value"] == "€\u00a01.19 K" and of_month["sale_value"] == 1190
	# The charts of the workspace are those of the reports: whoever looks gets what the report would say.
	charts = frappe.get_all(
		"Dashboard Chart", {"module": "Prospect Mgmt"}, ["report_name", "use_report_chart"]
	)
	assert {row.report_name for row in charts} == {
		"Prospect Funnel", "Promises Kept", "Source Performance", "Agent Performance",
	}  # fmt: skip
	assert all(row.use_report_chart for row in charts)


def _total(report: str, first, last) -> dict:
	found = run(report, filters={"from_date": str(first), "to_date": str(last)})["result"]
	return next(row for row in found if row.get("is_total"))


def test_a_figure_is_counted_to_a_cap(team, monkeypatch):
	monkeypatch.setattr(cards, "CAP", 2)
	for _ in range(3):
		sweeping.enquiry(team)
	frappe.set_user(team.agent)
	assert (cards.get_new_today()["value"], cards.get_new_today()["fieldtype"]) == ("2+", "Data")


def test_what_was_sold_is_for_those_who_may_see_amounts(team):
	entry = sweeping.enquiry(team)
	entry.close("Won")
	frappe.db.set_value("Prospect List Entry", entry.name, "sale_value", 1190)
	frappe.set_user(team.agent)
	assert cards.get_sales_this_month()["value"] == "€\u00a01.19 K"
	frappe.set_user(factories.user("Prospect Agent").name)
	with pytest.raises(frappe.PermissionError):
		cards.get_sales_this_month()


@pytest.mark.parametrize(
	("language", "number_format", "sums", "shown"),
	[
		("en", "#,###.##", {"CHF": 12_345.0}, "CHF 12.3 K"),
		("en", "#,###.##", {"CHF": 1.0, "EUR": 2.0}, "2 currencies"),
		("en", "#,###.##", {}, "0 €"),
		("en", "#,###.##", {"EUR": 999_999}, "1 M €"),
		("en", "#,###.##", {"EUR": -21_110}, "-21.1 K €"),
		# The point is the Desk's business; where the user's numbers have none, so has ours.
		("de", "#.###,##", {"EUR": 1_190}, "1.19 Tsd. €"),
		("en", "#.###", {"EUR": 1_190}, "1190 €"),
		("en", "#,###", {"EUR": 21_110}, "21 K €"),
		("es", "#.###,##", {"EUR": 2_111_000_000}, "2.11 mil M €"),
		# Chinese counts in ten thousands.
		("zh", "#,###.##", {"EUR": 1_190}, "1190 €"),
		("zh", "#,###.##", {"EUR": 21_110}, "2.11 万 €"),
		("zh", "#,###.##", {"EUR": 2_111_000_000}, "21.1 亿 €"),
	],
)
def test_an_amount_is_short_enough_for_a_card_in_every_language(
	stack, monkeypatch, language, number_format, sums, shown
):
	frappe.db.set_value("Currency", "EUR", "symbol_on_right", 1)
	frappe.defaults.set_user_default("number_format", number_format)
	monkeypatch.setattr(frappe.local, "lang", language)
	value = cards._money(sums)["value"]
	assert value.replace("\u00a0", " ") == shown
	assert value.count(" ") <= 1  # Frappe drops what comes after a second one


def test_a_symbol_stands_where_its_currency_has_it(stack):
	assert not frappe.db.get_value("Currency", "EUR", "symbol_on_right")
	assert cards._money({"EUR": 21_110})["value"] == "€\u00a021.1 K"
	frappe.db.set_value("Currency", "EUR", {"symbol": "E."})
	assert cards._money({"EUR": 21_110})["value"] == "21.1 K\u00a0E."


def test_colours_that_are_hard_to_read_are_taken_away_and_an_admins_stay():
	frappe.db.set_value("Number Card", "Prospects: Overdue", "color", "#c52b2b")
	frappe.db.set_value("Number Card", "Prospects: New today", "color", "#123456")
	plain_number_cards.execute()
	shown = ["Prospects: Overdue", "Prospects: New today"]
	assert [frappe.db.get_value("Number Card", card, "color") for card in shown] == [None, "#123456"]
