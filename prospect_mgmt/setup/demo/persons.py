"""Who gets in touch: names, where they come from, what they ask for, and how it will end with them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta

FIRST = [
	"Ada",
	"Bruno",
	"Clara",
	"Dario",
	"Elif",
	"Farid",
	"Greta",
	"Hugo",
	"Ines",
	"Jonas",
	"Katya",
	"Luis",
	"Mara",
	"Nils",
	"Olga",
	"Pavel",
	"Quinn",
	"Rosa",
	"Sven",
	"Tara",
	"Uwe",
	"Vera",
]
LAST = [
	"Adler",
	"Brandão",
	"Castro",
	"Dubois",
	"Ekström",
	"Fischer",
	"García",
	"Haas",
	"Ivanova",
	"Jansen",
	"Kaya",
	"Lopez",
	"Meyer",
	"Novak",
	"Okafor",
	"Petit",
	"Rossi",
	"Singh",
]
BUSINESSES = [
	"Gardens",
	"Hotels",
	"Farms",
	"Engineering",
	"Nurseries",
	"Waterworks",
	"Foods",
	"Logistics",
	"Builders",
	"Estates",
]
DOMAINS = ("example.com", "example.org", "example.net")
COUNTRIES = {
	"Germany": ("de", "+49 30 23125 "),
	"France": ("fr", "+33 1 99 00 "),
	"United Kingdom": ("en", "+44 20 7946 0"),
}
SOURCES = {
	"Website": 34, "Facebook": 6, "Direct Call": 12, "Exhibition": 14, "Event": 8, "Referral": 16, "Reference": 10,
}  # fmt: skip
INTERESTS = {"Product information": 40, "Quote": 30, "Technical assistance": 15, "Demonstration": 15}
FATES = {
	"Won": 24, "Lost": 24, "No response": 15, "Unreachable": 9, "Not a prospect": 6, "Spam": 4, "Duplicate": 2, "Undecided": 16,
}  # fmt: skip
OBJECTIONS = {
	"Price": 35,
	"Chose a competitor": 25,
	"No need at present": 15,
	"No budget": 15,
	"Missing feature": 10,
}
RECENT = 0.2  # of all, in the last tenth of the time: so that something of every stage is open at the end


@dataclass(frozen=True)
class Person:
	"""`fate` is how it ends when there is time enough; `answers`: Soon, After the note, Never."""

	number: int
	name: tuple[str, str]
	arrives_on: datetime
	source: str
	interest: str
	fate: str
	answers: str
	missed_calls: int
	objection: str
	country: str
	has_phone: bool
	has_mail: bool

	@property
	def email(self) -> str | None:
		words = "".join(letter for letter in ".".join(self.name).lower() if letter.isascii())
		return f"{words}.{self.number}@{DOMAINS[self.number % 3]}" if self.has_mail else None

	@property
	def lead(self) -> dict:
		"""The fields of the Lead they become."""
		language, prefix = COUNTRIES[self.country]
		return {
			"first_name": self.name[0],
			"last_name": self.name[1],
			"company_name": f"{self.name[1]} {BUSINESSES[self.number % len(BUSINESSES)]}",
			"email_id": self.email,
			"mobile_no": f"{prefix}{self.number:03d}" if self.has_phone else None,
			"source": self.source,
			"country": self.country,
			"language": language,
			"prospect_interest": self.interest,
		}


def draw(count: int, begin: datetime, end: datetime, rng: random.Random) -> list[Person]:
	"""`count` persons, in the order in which they get in touch."""
	moments = sorted(_arrival(begin, end, rng) for _ in range(count))
	return [_person(number, moment, rng) for number, moment in enumerate(moments, 1)]


def _arrival(begin: datetime, end: datetime, rng: random.Random) -> datetime:
	share = rng.uniform(0.9, 1) if rng.random() < RECENT else rng.uniform(0, 0.95)
	day = (begin + (end - begin) * share).date()
	if day.weekday() >= 5 and rng.random() < 0.85:
		day -= timedelta(days=day.weekday() - 4)
	moment = datetime.combine(
		day, time(rng.choice((7, 8, 9, 9, 10, 10, 11, 11, 13, 14, 14, 15, 16, 17, 19, 21)), rng.randrange(60))
	)
	return min(max(moment, begin), end - timedelta(minutes=rng.randrange(5, 90)))


def _person(number: int, moment: datetime, rng: random.Random) -> Person:
	reach = rng.random()
	return Person(
		number=number,
		name=(rng.choice(FIRST), rng.choice(LAST)),
		arrives_on=moment,
		source=_weighed(SOURCES, rng),
		interest=_weighed(INTERESTS, rng),
		fate=_weighed(FATES, rng),
		answers=_weighed({"Soon": 45, "After the note": 30, "Never": 25}, rng),
		missed_calls=rng.choice((0, 0, 0, 0, 1, 1, 2, 3)),
		objection=_weighed(OBJECTIONS, rng),
		country=rng.choice(tuple(COUNTRIES)),
		has_phone=reach < 0.94,
		has_mail=reach > 0.05,
	)


def _weighed(weights: dict[str, int], rng: random.Random) -> str:
	return rng.choices(tuple(weights), tuple(weights.values()))[0]
