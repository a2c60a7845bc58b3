"""The reasons in the ledger reach their reader in their own words and date format."""

import frappe
import pytest

from prospect_mgmt.importing import building
from prospect_mgmt.procedure import steps
from prospect_mgmt.reasons import PATTERNS, in_words
from tests import factories

OF_AN_IMPORT = (building.PASSED, building.TOLD_ONCE, building.SHOWN)


@pytest.mark.parametrize("reason", sorted({*steps.GONE.values(), *steps.CEASED.values(), *OF_AN_IMPORT}))
def test_every_reason_of_the_rules_is_known(reason):
	assert any(pattern.fullmatch(reason) for pattern, _text in PATTERNS)


def test_moments_are_shown_as_the_user_writes_them():
	frappe.db.set_default("date_format", "dd.mm.yyyy")
	frappe.local.user_date_format = None
	assert in_words("they answered on 2026-06-13 09:00").startswith("they answered on 13.06.2026 09:00")
	assert in_words("held: waits for “Courtesy note”") == "held: waits for “Courtesy note”"


def test_moments_are_shown_by_the_clock_of_the_user():
	user = factories.user("Sales User", time_zone="America/New_York").name
	frappe.set_user(user)  # the site is in Berlin
	assert in_words("they answered on 2026-06-13 09:00").endswith(" 03:00")
	assert in_words("held: paused until 2026-01-13 02:00").endswith("12.01.2026 20:00")


def test_what_others_wrote_stays_as_it_is():
	assert in_words("SMTPError {0} <b>") == "SMTPError {0} <b>"
	assert in_words(None) == ""


def test_a_reader_sees_their_language(site):
	frappe.local.lang = "de"
	try:
		assert in_words("the entry was closed") != "the entry was closed"
	finally:
		frappe.local.lang = "en"
