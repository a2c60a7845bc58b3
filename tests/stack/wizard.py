"""Completes ERPNext's setup wizard as a German company would. Runs in the bench's Python, in sites/."""

import datetime
import sys

import frappe

COMPANY = "Musterwerk GmbH"
YEARS_AROUND = 6


def answers() -> dict:
	"""What a person would fill in."""
	year = datetime.date.today().year
	return {
		"language": "English",
		"country": "Germany",
		"currency": "EUR",
		"timezone": "Europe/Berlin",
		"company_name": COMPANY,
		"company_abbr": "MW",
		"company_tagline": COMPANY,
		"fy_start_date": f"{year}-01-01",
		"fy_end_date": f"{year}-12-31",
		"bank_account": "Bank",
		"chart_of_accounts": "Standard",
		"enable_telemetry": 0,
		"setup_demo": 0,
	}


def complete_setup() -> None:
	from frappe.desk.page.setup_wizard.setup_wizard import setup_complete

	setup_complete(answers())
	if not frappe.db.exists("Company", COMPANY):
		raise SystemExit("the setup wizard made no company")
	_add_fiscal_years()
	_prepare_for_tests()
	frappe.db.commit()


def _add_fiscal_years() -> None:
	"""Tests freeze the clock at dates of other years."""
	this_year = datetime.date.today().year
	for year in range(this_year - YEARS_AROUND, this_year + YEARS_AROUND + 1):
		start, end = f"{year}-01-01", f"{year}-12-31"
		if not frappe.db.exists("Fiscal Year", {"year_start_date": start}):
			frappe.get_doc(
				doctype="Fiscal Year", year=str(year), year_start_date=start, year_end_date=end
			).insert()


def _prepare_for_tests() -> None:
	"""The scheduler is on, as on a site in use; tours do not stand in a browser test's way."""
	from frappe.utils.scheduler import enable_scheduler

	enable_scheduler()
	frappe.db.set_single_value(
		"System Settings", {"enable_onboarding": 0, "disable_system_update_notification": 1}
	)
	frappe.db.set_value("User", "Administrator", "last_active", frappe.utils.now())


if __name__ == "__main__":
	frappe.init(site=sys.argv[1], sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	complete_setup()
