"""Every string of ours has a translation in the five languages that we ship, and says the same."""

import ast
import json
import re
from pathlib import Path

import frappe
import pytest
from frappe import _, translate

from prospect_mgmt.importing import label
from prospect_mgmt.procedure import review, review_findings, review_funnel, steps
from prospect_mgmt.prospect_mgmt.report.objections import objections
from prospect_mgmt.reporting import month
from prospect_mgmt.setup import custom_fields
from prospect_mgmt.setup.install import INTERESTS, OBJECTIONS, ROLES, SOURCES
from prospect_mgmt.sheet import columns, statuses
from tests.stack.paths import APP, CHECKOUT

LANGUAGES = ("zh", "de", "fr", "es", "pt")
FILES = CHECKOUT / APP / "translations"
# Texts in records that we ship, which are shown translated but which Frappe does not look through for strings.
RECORDS = {
	"prospect_mgmt/form_tour": ("title", "description"),
	"prospect_mgmt/onboarding_step": ("title", "description", "action_label"),
	"prospect_mgmt/module_onboarding": ("title", "subtitle", "success_message"),
	"prospect_mgmt/workspace": ("label", "format"),
	"prospect_mgmt/workflows": ("state", "action"),
	"fixtures": ("label", "description"),
	"prospect_mgmt/doctype": ("group",),
	"setup/shipped/desk.json": ("label", "kanban_board_name"),
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
	found |= {*INTERESTS, *OBJECTIONS, *SOURCES, *ROLES, *objections.GROUPS, steps.DECIDE}
	found |= _of_custom_fields() | _of_reviews() | _headers() | _spoken() | _meanings()
	return {text for text in found if text and re.search("[a-zA-Z]|{.*{", text)}


def _headers() -> set[str]:
	"""The headings on the workspace: they stand in a text of the Desk's editor, and are translated without their tags."""
	path = CHECKOUT / APP / "prospect_mgmt/workspace/prospect_management/prospect_management.json"
	blocks = json.loads(json.loads(path.read_text())["content"])
	return {re.sub("<[^>]*>", "", block["data"]["text"]) for block in blocks if block["type"] == "header"}


def _spoken() -> set[str]:
	"""What Python code hands to `_`, also within an f-string, where Frappe does not see it."""
	calls = [n for path in (CHECKOUT / APP).rglob("*.py") for n in _nodes(path) if isinstance(n, ast.Call)]
	ours = [
		call for call in calls if getattr(call.func, "id", getattr(call.func, "attr", "")) in ("_", "_lt")
	]
	first = [call.args[0] for call in ours if call.args]
	return {node.value for node in first if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _meanings() -> set[str]:
	"""The sentences that say what a figure means, and what the procedure itself asks."""
	places = ("procedure/review*.py", "procedure/steps.py", "prospect_mgmt/report/*/*.py")
	nodes = [node for place in places for path in (CHECKOUT / APP).glob(place) for node in _nodes(path)]
	not_said = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
	not_said |= {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
	constants = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in not_said]
	return {node.value for node in constants if re.fullmatch(r"\S.* .*\.", str(node.value))}


def _nodes(path: Path) -> list[ast.AST]:
	return list(ast.walk(ast.parse(path.read_text())))


def _of_reviews() -> set[str]:
	"""What a monthly review says: it is frozen in English, and read in the language of the reader."""
	figures = {
		figure.replace("_", " ").capitalize()
		for figure in {**review.DEFINITIONS, **review.OF_GROUPS, **review_funnel.MILESTONES}
	}
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


# What each of the words of the app is called in Chinese, and nothing else.
CHINESE = {
	r"agents?": "专员",
	r"enquir(y|ies)": "咨询",
	r"ledger": "台账",
	r"objections?": "异议",
	r"procedures?": "规程",
	r"promises?": "承诺",
	r"prospects?": "潜在客户",
	r"reviews?": "评估",
	r"spam": "垃圾信息",
	r"summary": "概要",
	r"supervisors?": "主管",
	r"worklist": "工作清单",
}


@pytest.mark.parametrize("word", CHINESE)
def test_each_word_of_the_app_has_one_word_in_chinese(word):
	said = re.compile(rf"\b{word}\b", re.IGNORECASE)
	# What stands in quotation marks may be a name.
	found = {
		text: chinese for text, chinese in ours("zh").items() if said.search(re.sub("“[^”]*”", "", text))
	}
	assert found and not {text: chinese for text, chinese in found.items() if CHINESE[word] not in chinese}


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


def test_each_mail_that_we_ship_is_there_in_every_language_and_says_the_same():
	"""Its placeholders and conditions are what a template says besides its words."""
	shipped = json.loads((CHECKOUT / APP / "setup/shipped/email_templates.json").read_text())
	said = {
		(mail.get("prospect_translation_of", mail["name"]), mail.get("prospect_language")): sorted(
			re.findall(r"{[{%].*?[%}]}|</?\w+>", mail["response_html"])
		)
		for mail in shipped
	}
	names = {name for name, _language in said}
	assert said == {(name, language): said[name, None] for name in names for language in (None, *LANGUAGES)}
