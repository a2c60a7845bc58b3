"""Every string of ours has a translation in the five languages that we ship, and says the same."""

import json
import re
from pathlib import Path

import frappe
import pytest
from frappe import _, translate

from prospect_mgmt.importing import label
from prospect_mgmt.procedure import review, review_findings
from prospect_mgmt.reporting import month
from prospect_mgmt.setup import custom_fields
from prospect_mgmt.setup.install import INTERESTS
from prospect_mgmt.sheet import columns, statuses
from tests.stack.paths import APP, CHECKOUT

LANGUAGES = ("zh", "de", "fr", "es", "pt")
FILES = CHECKOUT / APP / "translations"
# Texts in records that we ship, which are shown translated but which Frappe does not look through for strings.
RECORDS = {
	"prospect_mgmt/form_tour": ("title", "description"),
	"prospect_mgmt/onboarding_step": ("title", "description", "action_label"),
	"prospect_mgmt/module_onboarding": ("title", "subtitle", "success_message"),
	"prospect_mgmt/workspace": ("label",),
	"prospect_mgmt/workflows": ("state", "action"),
	"setup/shipped/procedure.json": ("title", "instruction"),
	"setup/shipped/enquiry_form.json": (
		"title",
		"button_label",
		"introduction_text",
		"success_title",
		"success_message",
		"label",
		"description",
	),
}
PLACEHOLDER = re.compile(r"{\w*}|%\w|</?\w+[^>]*>")


@pytest.fixture(scope="module")
def texts(site) -> set[str]:
	found = {text for _place, text, *_context in translate.get_messages_for_app(APP)}
	for folder, keys in RECORDS.items():
		place = CHECKOUT / APP / folder
		for path in [place] if place.is_file() else place.rglob("*.json"):
			found |= _values(json.loads(path.read_text()), keys)
	found |= set(INTERESTS) | _of_custom_fields() | _of_reviews()
	return {text for text in found if text and re.search("[a-zA-Z]", text)}


def _of_reviews() -> set[str]:
	"""What a monthly review says: it is frozen in English, and read in the language of the reader."""
	figures = {figure.replace("_", " ").capitalize() for figure in review.DEFINITIONS}
	names = {*review_findings.NAMES.values(), *month.STANDARDS.values(), month.NO_SOURCE}
	return {*review_findings.TEXTS, *review.DEFINITIONS.values()} | figures | names


def _values(node, keys: tuple[str, ...]) -> set[str]:
	if isinstance(node, list):
		return set().union(*(_values(item, keys) for item in node))
	if not isinstance(node, dict):
		return set()
	own = {value for key, value in node.items() if key in keys and isinstance(value, str)}
	return own.union(*(_values(value, keys) for value in node.values()))


def _of_custom_fields() -> set[str]:
	"""What forms of Frappe and ERPNext show of our fields."""
	shown = [field for field in custom_fields.fields() if not field.get("hidden")]
	choices = {
		choice for field in shown if field["fieldtype"] == "Select" for choice in field["options"].split("\n")
	}
	return choices | {field[key] for field in shown for key in ("label", "description") if key in field}


def ours(language: str) -> dict[str, str]:
	"""{text: translation} of our own file, those for one DocType only (third column) left out."""
	rows = translate.read_csv_file(str(FILES / f"{language}.csv"))
	return {row[0]: row[1] for row in rows if len(row) == 2}


def known(language: str) -> dict[str, str]:
	"""What Frappe and ERPNext translate themselves, and what we add."""
	found = {}
	for app in ("frappe", "erpnext"):
		found |= translate.get_translations_from_csv(language, app)
	return found | ours(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_is_translated(texts, language):
	missing = sorted(texts - set(known(language)))
	assert not missing, f"{len(missing)} strings without {language}: " + json.dumps(
		missing, ensure_ascii=False
	)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_placeholders_and_tags_of_its_text(language):
	wrong = {
		text: translation
		for text, translation in ours(language).items()
		if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(translation))
	}
	assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_files_hold_no_string_that_is_gone(texts, language):
	assert sorted(set(ours(language)) - texts) == []


@pytest.fixture(params=LANGUAGES)
def reader(site, request):
	"""Somebody who uses the app in this language."""
	frappe.local.lang = request.param
	yield
	frappe.local.lang = "en"


def test_a_spreadsheet_in_the_words_of_the_app_is_understood(reader):
	"""What the app calls columns, stages and outcomes is what people write into their own files."""
	assert {field: columns.field_of(label(field)) for field in columns.LABELS} == {
		field: field for field in columns.LABELS
	}
	stages = list(statuses.STAGE_WORDS)
	assert [statuses.read(f"{_(stage)} ({at})", stages).stage for at, stage in enumerate(stages, 1)] == stages
	for outcome in statuses.OUTCOMES:
		assert statuses.outcome(_(outcome, context="Prospect List Entry")) == outcome


def test_a_file_names_each_text_once(site):
	for path in Path(FILES).glob("*.csv"):
		names = [(row[0], *row[2:]) for row in translate.read_csv_file(str(path))]
		assert len(names) == len(set(names)), path.name
