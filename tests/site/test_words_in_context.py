"""A word that our files translate for one record only (third column), since ERPNext means something else by it, is never said without saying of which record."""

import ast
import json
import re
from collections.abc import Iterator

import frappe
import pytest
from frappe import _, translate

from prospect_mgmt import reasons
from tests.site.test_translations import FILES, LANGUAGES, ours
from tests.stack.paths import APP, CHECKOUT

SCRIPTS = CHECKOUT / APP
QUOTES = "\"'`"


@pytest.fixture(scope="module")
def wrong_elsewhere(site) -> dict[str, set[str]]:
	"""{word: the records for which we translate it otherwise than Frappe and ERPNext}, where the word alone is theirs."""
	found = {}
	for language in LANGUAGES:
		theirs = {}
		for app in ("frappe", "erpnext"):
			theirs |= translate.get_translations_from_csv(language, app)
		for word, translation, *record in translate.read_csv_file(str(FILES / f"{language}.csv")):
			if record and word not in ours(language) and translation != theirs.get(word, translation):
				found.setdefault(word, set()).add(record[0])
	return found


@pytest.fixture(scope="module")
def choices(wrong_elsewhere) -> set[str]:
	"""The fields whose choices are such words."""
	found = set()
	for path in SCRIPTS.glob("prospect_mgmt/doctype/*/*.json"):
		doctype = json.loads(path.read_text())
		for field in doctype["fields"]:
			options = (field.get("options") or "").split("\n") if field["fieldtype"] == "Select" else []
			if any(doctype["name"] in wrong_elsewhere.get(option, ()) for option in options):
				found.add(field["fieldname"])
	return found


def test_a_word_that_means_something_else_elsewhere_is_said_of_its_record(wrong_elsewhere, choices):
	assert {"Duplicate", "Lost", "Interest"} <= set(wrong_elsewhere) and {"outcome", "status"} <= choices
	last_name = re.compile(rf"(?:^|\.)({'|'.join(sorted(choices))})$")
	wrong = [
		f"{place}: {said}"
		for place, said in [*_said_in_python(), *_said_in_scripts()]
		if _text_of(said) in wrong_elsewhere or any(last_name.search(part) for part in _parts(said))
	]
	assert not wrong, "\n".join(wrong)


def _text_of(said: str) -> str | None:
	return said[1:-1] if said[0] in QUOTES and said[-1] == said[0] else None


def _parts(said: str) -> list[str]:
	"""What may be said: of `row.outcome || row.stage` both."""
	return [part.strip() for part in re.split(r"\|\||\bor\b|\?\?", said)]


def _said_in_python() -> Iterator[tuple[str, str]]:
	"""What Python code puts into words without a record, and where; `sheet` has words of its own."""
	for path in SCRIPTS.rglob("*.py"):
		for node in ast.walk(ast.parse(path.read_text())):
			if not isinstance(node, ast.Call) or getattr(node.func, "id", None) not in ("_", "_lt"):
				continue
			if len(node.args) == 1 and not node.keywords and "sheet" not in path.parts:
				yield f"{path.relative_to(CHECKOUT)}:{node.lineno}", ast.unparse(node.args[0])


def _said_in_scripts() -> Iterator[tuple[str, str]]:
	for path in SCRIPTS.rglob("*.js"):
		script = path.read_text()
		for call in re.finditer(r"\b__\(", script):
			said, *more = _arguments(script, call.end())
			if len(more) < 2:
				yield f"{path.relative_to(CHECKOUT)}:{script[: call.start()].count(chr(10)) + 1}", said


def _arguments(script: str, at: int) -> list[str]:
	"""The arguments of a call whose bracket ends at `at`."""
	found, depth, quote, begin = [], 0, "", at
	while True:
		character = script[at]
		if quote:
			at += character == "\\"
			quote = "" if character == quote else quote
		elif character in QUOTES:
			quote = character
		elif character in ",)" and not depth:
			found.append(script[begin:at].strip())
			begin = at + 1
			if character == ")":
				return found
		depth += 0 if quote else (character in "([{") - (character in ")]}")
		at += 1


@pytest.mark.parametrize(
	("language", "words"),
	[
		("zh", {"Duplicate": "重复", "Lost": "输单", "Spam": "垃圾信息"}),
		("de", {"Duplicate": "Dublette"}),
		("fr", {"Duplicate": "Doublon"}),
		("pt", {"Duplicate": "Duplicado"}),
	],
)
def test_how_it_ended_is_said_in_our_words(site, language, words):
	frappe.local.lang = language
	try:
		for outcome, word in words.items():
			assert reasons.in_words(f"Closed: {outcome}") == _("Closed: {0}").format(word)
			assert reasons.in_words(f"Closed: {outcome}") != reasons.in_words("Closed: {0}").format(
				_(outcome)
			)
		assert reasons.in_words("Enrolled") == _("Enrolled", context="Prospect Enrolment")
	finally:
		frappe.local.lang = "en"
