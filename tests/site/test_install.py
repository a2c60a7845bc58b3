"""Installing, updating and removing the app, each on a site of its own."""

import importlib

import frappe
import pytest

from prospect_mgmt.setup import install, versions
from tests.site.scene_install import columns, difference, mentions, on, snapshot

APP = "prospect_mgmt"
# What people did in ERPNext itself on that day, and the counters (Series): installed again, no number is given twice.
BROUGHT_BY_THE_DAY = tuple(
	f"tab{doctype}: "
	for doctype in (
		"Lead", "Contact", "Contact Email", "Contact Phone", "Dynamic Link", "Communication", "Communication Link", "File",
		"Email Account", "Email Queue", "Email Queue Recipient", "User", "User Social Login", "Has Role", "DefaultValue",
		"Notification Settings", "DocShare", "Tag", "Comment", "Version", "Series",
	)
)  # fmt: skip


def test_the_first_list_comes_with_the_first_company(spare_stack):
	# Given a site fresh from the box, whose set-up wizard nobody has finished.
	spare = spare_stack("bare")
	assert on(spare, "lists") == []
	# When the wizard makes the Company.
	spare.site.python("-m", "tests.stack.wizard", spare.site.name)
	# Then there is a list, and leads come onto it.
	assert on(spare, "lists") == ["Prospects"]
	assert on(spare, "new_leads", count=2) == ["LEAD-0001", "LEAD-0002"]
	assert (
		spare.mariadb.query(f"SELECT COUNT(*) FROM `{spare.site.database}`.`tabProspect List Entry`")[0][0]
		== 2
	)


def test_installing_leaves_what_is_there_and_an_update_undoes_nothing(spare_stack):
	# Given a company with leads and customisations of its own, some by the very names that we ship.
	spare = spare_stack("company", with_app=False)
	old_lead = on(spare, "customise")["lead"]
	before = snapshot(spare)
	# When the app is installed.
	_get_app(spare)
	spare.site.install_app()
	# Then nothing that was there is gone or changed, but for what Frappe itself keeps about its apps.
	changed = [line for line in difference(before, snapshot(spare)) if not _is_addition(line)]
	assert not changed, "\n".join(changed)
	assert spare.mariadb.query(f"SELECT name FROM `{spare.site.database}`.tabLead") == ((old_lead,),)
	assert not spare.mariadb.query(f"SELECT name FROM `{spare.site.database}`.`tabProspect List Entry`")
	# And the app migrated again, and again, changes nothing.
	spare.site.frappe("migrate", "--skip-search-index")
	once = snapshot(spare)
	spare.site.frappe("migrate", "--skip-search-index")
	assert difference(once, snapshot(spare)) == []
	# And what an admin edited stays.
	on(spare, "edit_as_admin")
	edited = snapshot(spare)
	spare.site.frappe("migrate", "--skip-search-index")
	assert difference(edited, snapshot(spare)) == []


def _get_app(spare) -> None:
	"""As `bench get-app` leaves the bench: the app is there, and no cache knows of the time before."""
	spare.site.set_apps(True)
	spare.redis.flush()


def _is_addition(line: str) -> bool:
	"""A row or table more, and what Frappe itself keeps about its apps."""
	return " added" in line or "installed_apps" in line


def test_uninstalling_leaves_erpnext_as_it_was(spare_stack):
	# Given a site, and the app on it for a day.
	spare = spare_stack("company", with_app=False)
	on(spare, "customise")
	before, shape = snapshot(spare), columns(spare)
	_get_app(spare)
	spare.site.install_app()
	there = on(spare, "use")
	# When somebody only asks what uninstalling would do, nothing is done.
	in_use = snapshot(spare)
	spare.site.frappe("uninstall-app", APP, "--yes", "--no-backup", "--dry-run")
	assert difference(in_use, snapshot(spare)) == []
	# When it is uninstalled.
	spare.site.frappe("uninstall-app", APP, "--yes", "--no-backup")
	spare.site.set_apps(False)
	# Then tables and columns are those from before, and in them what ERPNext's own documents brought.
	assert columns(spare) == shape
	after = snapshot(spare)
	left = [line for line in difference(before, after) if not line.startswith(BROUGHT_BY_THE_DAY)]
	assert not left, "\n".join(left)
	assert mentions(after, [*there["doctypes"], APP, "Prospect Mgmt", "Prospect Agent"]) == []
	# And ERPNext works, with the leads and their numbers in place.
	assert on(spare, "work_without_the_app")["quotation"] == 1
	leads = {row[0] for row in spare.mariadb.query(f"SELECT name FROM `{spare.site.database}`.tabLead")}
	assert set(there["leads"]) < leads
	# And installed again it gives no number twice, not even that of the lead which was deleted.
	_get_app(spare)
	spare.site.install_app()
	assert on(spare, "new_leads", count=2) == ["LEAD-0004", "LEAD-0005"]


def test_an_unsupported_version_is_refused_in_plain_words():
	with pytest.raises(
		versions.UnsupportedVersion, match=r"this site has ERPNext 14\.2\.0\. Nothing was changed"
	):
		versions.check({"Frappe": "15.44.2", "ERPNext": "14.2.0"})
	with pytest.raises(versions.UnsupportedVersion, match=r"Frappe 17\.0\.0-dev, ERPNext 17\.0\.0-dev"):
		versions.check({"Frappe": "17.0.0-dev", "ERPNext": "17.0.0-dev"})
	versions.check({"Frappe": "16.4.1", "ERPNext": "16.0.0"})


@pytest.mark.parametrize("hook", ["before_install", "before_migrate"])
def test_an_unsupported_version_is_refused_before_anything_is_changed(hook, monkeypatch):
	monkeypatch.setattr(frappe, "__version__", "14.99.0")
	assert frappe.get_hooks(hook, app_name=APP) == [f"prospect_mgmt.setup.install.{hook}"]
	with pytest.raises(versions.UnsupportedVersion):
		getattr(install, hook)()


def test_every_patch_imports():
	from frappe.modules.patch_handler import get_patches_from_app

	for patch in get_patches_from_app(APP):
		assert callable(importlib.import_module(patch.split()[0]).execute), patch


def test_a_fault_of_ours_refuses_no_company(monkeypatch):
	def fail(*_arguments):
		raise frappe.ValidationError("out of order")

	monkeypatch.setattr(install, "_make_first_list", fail)
	company = frappe.get_doc("Company", frappe.get_all("Company", pluck="name")[0])
	install.create_first_list(company, "after_insert")
	assert frappe.db.exists("Error Log", {"method": "The first Prospect List could not be made"})


def test_what_an_admin_deleted_is_not_made_again():
	# Given the template and the list that came with the app, deleted by an admin.
	frappe.db.set_single_value("Prospect Management Settings", "default_prospect_list", None)
	frappe.delete_doc("Prospect List", "Prospects")
	frappe.delete_doc("Email Template", "Prospect Courtesy Note (zh)")
	# When the app is updated, then both stay away.
	install.after_migrate()
	assert not frappe.db.exists("Prospect List", "Prospects")
	assert not frappe.db.exists("Email Template", "Prospect Courtesy Note (zh)")
