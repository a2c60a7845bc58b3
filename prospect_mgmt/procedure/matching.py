# ruff: noqa: SIM905 (word lists read better as text)
"""The same person twice: what makes two mail addresses one, how alike two names are, and where to look for candidates.

Telephone numbers come in normalised (E.164, "+493012345"), since only the site knows the country. Nothing here reads a
list: `keys` says under which few values a person is filed, so that candidates are found through an index, and `compare`
judges two of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

try:
	from rapidfuzz.distance import OSA
except ImportError:  # a plain Python: the same measure, slower
	OSA = None

EMAIL, PHONE, NAME, OTHER_NAME = "Email", "Phone", "Name and company", "Phone of somebody else"
SURE = frozenset({EMAIL, PHONE})

SUSPECTED = 0.7  # from this score on, two leads are probably one person
WORTH_SHOWING = 0.4  # from this score on, whoever enters a lead should see the other one
SHARED_BY_ALL = 60  # a key that more people share says nothing of one (a switchboard, a group of companies)
NAMES_ALIKE, COMPANIES_ALIKE, NOT_ANOTHER_PERSON = 0.84, 0.85, 0.75

# Providers that deliver "ada+shop@" to "ada@"; of these, the ones that ignore dots in the name as well.
IGNORE_PLUS = frozenset(
	"gmail.com outlook.com hotmail.com live.com msn.com icloud.com me.com mac.com fastmail.com fastmail.fm proton.me "
	"protonmail.com pm.me zoho.com hey.com runbox.com posteo.de posteo.net mailbox.org".split()
)
IGNORE_DOTS = frozenset({"gmail.com"})
SAME_DOMAIN = {"googlemail.com": "gmail.com"}
# Domains that say nothing about the company.
FREE_MAIL = IGNORE_PLUS | frozenset(
	"yahoo.com yahoo.de yahoo.fr yahoo.co.uk yahoo.co.in ymail.com gmx.de gmx.net gmx.at gmx.ch gmx.com web.de t-online.de "
	"freenet.de arcor.de aol.com hotmail.de hotmail.fr hotmail.co.uk live.de outlook.de mail.com mail.ru yandex.ru qq.com "
	"163.com 126.com orange.fr wanadoo.fr free.fr laposte.net libero.it rediffmail.com bluewin.ch".split()
)
TITLES = frozenset("herr frau mr mrs ms miss dr prof dipl ing mag mme mlle sr sra sig dott".split())
LEGAL_FORMS = frozenset(
	"gmbh mbh ggmbh ag kg kgaa co ohg ug se ev eg ek gbr ltd limited inc incorporated llc llp plc corp corporation company "
	"sa sas sarl srl spa bv nv oy oyj ab as aps pty pvt und and the et cie haftungsbeschrankt".split()
)
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "a", "œ": "o", "ı": "i", "þ": "th"})
_VOWELS = frozenset("aeiouy")


@dataclass(frozen=True)
class Person:
	"""What is known of somebody. `phones`: normalised numbers."""

	name: str = ""
	company: str = ""
	email: str = ""
	phones: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
	"""How surely two are one person (0 to 1), and why."""

	score: float
	reasons: tuple[str, ...]

	@property
	def is_sure(self) -> bool:
		"""Same mailbox, or same number and no other name."""
		return bool(SURE.intersection(self.reasons))

	@property
	def rank(self) -> tuple[bool, float]:
		"""The surest is the highest: a namesake of the same company scores more than a number, and may still be somebody else."""
		return self.is_sure, self.score


# ------------------------------------------------------------- one spelling for what is the same
@lru_cache(maxsize=8192)
def email_key(address: str | None) -> str:
	"""One spelling for all addresses that reach the same mailbox; empty when it is no address."""
	local, at, domain = (address or "").strip().casefold().rpartition("@")
	domain = SAME_DOMAIN.get(domain, domain)
	if not (local and at and domain):
		return ""
	if domain in IGNORE_PLUS:
		local = local.split("+", 1)[0] or local
	if domain in IGNORE_DOTS:
		local = local.replace(".", "") or local
	return f"{local}@{domain}"


def domains_of(mailboxes: Iterable[str]) -> set[str]:
	"""The domains that addresses of these mailboxes, each as `email_key` spells it, may be written with."""
	domains = {mailbox.rpartition("@")[2] for mailbox in mailboxes if mailbox}
	return domains | {other for other, domain in SAME_DOMAIN.items() if domain in domains}


def company_domain(address: str | None) -> str:
	"""The domain of an address when it is a company's own; empty for a free mail provider."""
	domain = email_key(address).rpartition("@")[2]
	return "" if domain in FREE_MAIL else domain


@lru_cache(maxsize=8192)
def plain(text: str | None) -> str:
	"""Lower case without accents, so that Müller, Mueller and MULLER are spelled alike."""
	folded = unicodedata.normalize("NFKD", (text or "").casefold().translate(_LETTERS))
	letters = "".join(c for c in folded if not unicodedata.combining(c))
	for pair, letter in (("ae", "a"), ("oe", "o"), ("ue", "u")):
		letters = letters.replace(pair, letter)
	return letters


@lru_cache(maxsize=8192)
def name_words(name: str | None) -> tuple[str, ...]:
	"""The words of a person's name, without titles."""
	return _words(plain(name), TITLES)


@lru_cache(maxsize=8192)
def company_words(company: str | None) -> tuple[str, ...]:
	"""The words of a company's name, without its legal form."""
	dotted = re.sub(r"\b(?:\w\.){2,}", lambda found: found[0].replace(".", "") + " ", plain(company))
	return _words(dotted, LEGAL_FORMS)


def _words(text: str, empty: frozenset[str]) -> tuple[str, ...]:
	words = tuple(re.findall(r"[^\W_]+", text))
	return tuple(word for word in words if word not in empty) or words


# ------------------------------------------------------------- how alike
def similarity(a: str, b: str) -> float:
	"""1 for the same word, 0 for nothing in common: typed letters that differ (swapped neighbours count once), by length."""
	if OSA:
		return OSA.normalized_similarity(a, b) if a or b else 0.0
	longest = max(len(a), len(b))
	return 1 - _distance(a, b) / longest if longest else 0.0


@lru_cache(maxsize=65536)
def _distance(a: str, b: str) -> int:
	"""Optimal string alignment, as rapidfuzz counts it."""
	before, last = [], list(range(len(b) + 1))
	for i, x in enumerate(a, 1):
		row = [i]
		for j, y in enumerate(b, 1):
			cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
			if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
				cost = min(cost, before[j - 2] + 1)
			row.append(cost)
		before, last = last, row
	return last[-1]


def words_alike(a: Sequence[str], b: Sequence[str], missing: float) -> float:
	"""How alike two lists of words are, in any order; each word that only one of them has costs the factor `missing`."""
	if not a or not b:
		return 0.0
	if a == b:
		return 1.0
	short, rest = sorted((a, b), key=len)
	extra, rest = len(rest) - len(short), list(rest)
	total = weight = 0.0
	for word in sorted(short, key=len, reverse=True):
		scores = [_word_alike(word, other) for other in rest]
		score = max(scores)
		best = rest.pop(scores.index(score))
		size = 1 if _is_initial(word, best) else max(len(word), len(best))
		total += size * score
		weight += size
	return max(total / weight * missing**extra, similarity("".join(a), "".join(b)))


def _word_alike(a: str, b: str) -> float:
	return 0.9 if _is_initial(a, b) else similarity(a, b)


def _is_initial(a: str, b: str) -> bool:
	return len(a) != len(b) and 1 in (len(a), len(b)) and a[0] == b[0]


def compare(a: Person, b: Person) -> Match | None:
	"""Whether two may be the same person; None when nothing worth showing speaks for it."""
	names = words_alike(name_words(a.name), name_words(b.name), missing=0.95)
	scores = {
		EMAIL: 1.0 if email_key(a.email) and email_key(a.email) == email_key(b.email) else 0.0,
		NAME: _by_name(a, b, names),
	}
	if set(a.phones) & set(b.phones):
		known = bool(name_words(a.name) and name_words(b.name))
		# A number can be a company's switchboard: with clearly another name it is somebody else.
		reason, score = (OTHER_NAME, WORTH_SHOWING) if known and names < NOT_ANOTHER_PERSON else (PHONE, 0.95)
		scores[reason] = score
	found = {reason: score for reason, score in scores.items() if score}
	return Match(max(found.values()), tuple(found)) if found else None


def _by_name(a: Person, b: Person, names: float) -> float:
	if names < NAMES_ALIKE:
		return 0.0
	domain = company_domain(a.email)
	if domain and domain == company_domain(b.email):
		return names
	companies = words_alike(company_words(a.company), company_words(b.company), missing=0.9)
	return min(names, companies) if companies >= COMPANIES_ALIKE else 0.0


# ------------------------------------------------------------- where to look
def keys(person: Person) -> set[tuple[str, str]]:
	"""(kind, value) pairs under which a person is filed; two that are alike share at least one.

	Names are filed twice, so that one slip of the pen still leaves the other: by the company with an initial of the
	name, and by the consonants of the whole name with an initial of the company.
	"""
	found = {(PHONE, number) for number in person.phones}
	if key := email_key(person.email):
		found.add((EMAIL, key))
	words, company, domain = (
		name_words(person.name),
		company_words(person.company),
		company_domain(person.email),
	)
	if words and company:
		found |= {(NAME, f"{_skeleton(company[0])[:4]}:{word[0]}") for word in words}
		found.add((NAME, f"{'-'.join(sorted(_skeleton(w)[:6] for w in words))}@{company[0][0]}"))
	if words and domain:
		found |= {(NAME, f"{domain}:{word[0]}") for word in words}
	return {(kind, value[:140]) for kind, value in found}


def _skeleton(word: str) -> str:
	"""First letter and consonants, doubles once: what most slips leave as it is."""
	kept = word[0]
	for letter in word[1:]:
		if letter not in _VOWELS and letter != kept[-1]:
			kept += letter
	return kept
