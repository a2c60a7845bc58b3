"""Of which kind a reason of the ledger is."""

import re

import pytest

from prospect_mgmt.procedure.reason_kinds import OTHER, has_gap, kind_of, like, pattern

KNOWN = ("cancelled by {0}: {1}", "the entry was closed", "they answered on {0}")


@pytest.mark.parametrize(
	("reason", "kind"),
	[
		("they answered on 2026-06-13 09:00", "they answered on {0}"),
		("they answered on 2026-06-13 09:07", "they answered on {0}"),
		("cancelled by ann@x.example: the entry was closed\nby mistake", "cancelled by {0}: {1}"),
		("the entry was closed", "the entry was closed"),
		("SMTPError: they answered on 1", OTHER),
		("they answered on ", OTHER),
		("The entry was closed", OTHER),
		("", ""),
		(None, ""),
	],
)
def test_a_reason_is_of_the_words_it_is_written_in(reason, kind):
	assert kind_of(reason, KNOWN) == kind


def test_the_first_of_the_known_words_wins():
	assert kind_of("a b c", ("a {0}", "a b {0}")) == "a {0}"


def test_words_as_a_pattern_of_sql():
	assert like("50 % of {0}_{1}\\") == "50 \\% of _%\\__%\\\\"
	assert has_gap("of {0}") and not has_gap("of {x}")


def test_what_stands_in_the_gaps_is_named_by_its_place():
	found = pattern("moved from {2} by {0}: {1}").fullmatch("moved from Monday by ann: so")
	assert found.groupdict() == {"at2": "Monday", "at0": "ann", "at1": "so"}
	assert isinstance(pattern("(.*)"), re.Pattern) and not pattern("(.*)").fullmatch("x")
