"""What the figures of a month support best, in plain words: the findings that a monthly review begins with.

Each rule compares two shares or counts and asks how many standard errors lie between them: its evidence. What chance
alone explains (evidence below SURE) and what is seen on fewer than SMALL_SAMPLE cases is no finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

from prospect_mgmt.procedure.review import SMALL_SAMPLE, percent

GOAL = 90  # percent of its promises that a team means to keep, and of its calls that have a summary
SURE = 2.5  # standard errors: by chance once in about a hundred months
MOST = 3
NAMES = {"acknowledge": "Acknowledged in time", "satisfy": "Satisfied in time", "respond": "Answered in time"}

PROMISE = "{name}: {met} of {sample} ({share} %). The goal is {goal} %."
PROMISE_LATE = (
	"{name}: {met} of {sample} ({share} %). The goal is {goal} %. "
	"Of the delay {ours} % was ours, {waiting} % waiting for them, {outside} % outside working hours."
)
SUCCESS = (
	"Success rate: {count} of {sample} closed were won ({share} %), after {count_before} of "
	"{sample_before} ({share_before} %) in the two months before."
)
REACHED = (
	"Calls that reached somebody: {count} of {sample} ({share} %), after {count_before} of "
	"{sample_before} ({share_before} %) in the two months before."
)
RECEIVED = "Enquiries received: {count}, where the two months before let expect {expected}."
SOURCE = (
	"{source}: {count} of {sample} closed were won ({share} %), of all others {count_before} of "
	"{sample_before} ({share_before} %)."
)
OBJECTION = (
	"“{objection}” was heard in {count} of {sample} objections, “{next}” in {second}; "
	"reviving won {won_back} of them back."
)
SUMMARY = "Calls with a summary: {count} of {sample} ({share} %). The goal is {goal} %."
RECORDED = "Contacts recorded within 24 hours: {count} of {sample} ({share} %). The goal is {goal} %."
TEXTS = (PROMISE, PROMISE_LATE, SUCCESS, REACHED, RECEIVED, SOURCE, OBJECTION, SUMMARY, RECORDED)


@dataclass(frozen=True)
class Month:
	"""What a month is judged by. `figures`: of `review.figures`, this month and the two before, the latest first;
	`days`: how many days each has since the first enquiry. The others as `review_promises`, `review`, `review_records`
	give them, of this month."""

	figures: Sequence[Mapping[str, float]]
	days: Sequence[int]
	promises: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
	sources: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
	objections: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
	quality: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
	"""`text` with its `values` in plain words; seen on `sample` cases."""

	text: str
	values: dict
	sample: int
	evidence: float

	def said(self, translate=str) -> str:
		"""The finding in words. `translate` turns an English text into another language."""
		return said(self.text, self.values, translate)


def said(text: str, values: Mapping, translate=str) -> str:
	"""A finding in words: the text with its values, of which a promise is named in the language of the text."""
	if "name" in values:
		values = {**values, "name": translate(values["name"])}
	return translate(text).format(**values)


def findings(month: Month) -> list[Finding]:
	"""The at most three findings with the most evidence, the strongest first; none when the samples are too small."""
	found = [f for f in _all(month) if f.sample >= SMALL_SAMPLE and f.evidence >= SURE]
	return sorted(found, key=lambda f: -f.evidence)[:MOST]


def _all(month: Month) -> Iterator[Finding]:
	yield from _promises(month.promises)
	yield from _changes(month.figures)
	yield from _received(month)
	yield from _sources(month.sources)
	yield from _objections(month.objections)
	yield from _quality(month.quality)


def _promises(promises: Mapping[str, Mapping[str, float]]) -> Iterator[Finding]:
	for promise, found in promises.items():
		sample = found["met"] + found["missed"]
		text = PROMISE
		values = {"name": NAMES[promise], "met": found["met"], "goal": GOAL}
		if delay := found["late_ours"] + found["late_waiting"] + found["late_outside"]:
			text = PROMISE_LATE
			parts = ("ours", "waiting", "outside")
			values |= {part: round(percent(found[f"late_{part}"], delay)) for part in parts}
		yield _below_goal(text, values, found["met"], sample)


def _below_goal(text: str, values: dict, count: float, sample: float) -> Finding:
	"""Evidence that fewer than GOAL percent of a sample are as they should be."""
	goal = GOAL / 100
	evidence = (goal - count / sample) / sqrt(goal * (1 - goal) / sample) if sample else 0.0
	values = values | {"sample": sample, "share": percent(count, sample)}
	return Finding(text, values, int(sample), evidence)


def _changes(figures: Sequence[Mapping[str, float]]) -> Iterator[Finding]:
	"""A share of this month against the same of the two months before."""
	now, *before = figures
	texts = {("won", "closed"): SUCCESS, ("calls_reached", "calls"): REACHED}
	for (part, whole), text in texts.items():
		counts = (now[part], now[whole], sum(m[part] for m in before), sum(m[whole] for m in before))
		yield _compared(text, {}, *counts)


def _compared(
	text: str, values: dict, count: float, sample: float, count_before: float, sample_before: float
) -> Finding:
	"""Evidence that two shares differ; the smaller of both samples counts."""
	pooled = (count + count_before) / (sample + sample_before) if sample + sample_before else 0
	evidence = 0.0
	if sample and sample_before and 0 < pooled < 1:
		error = sqrt(pooled * (1 - pooled) * (1 / sample + 1 / sample_before))
		evidence = abs(count / sample - count_before / sample_before) / error
	values = values | {
		"count": count,
		"sample": sample,
		"share": percent(count, sample),
		"count_before": count_before,
		"sample_before": sample_before,
		"share_before": percent(count_before, sample_before),
	}
	return Finding(text, values, int(min(sample, sample_before)), evidence)


def _received(month: Month) -> Iterator[Finding]:
	"""More or fewer enquiries than the two months before let expect, day for day."""
	now, *before = (figures["received"] for figures in month.figures)
	days, days_before = month.days[0], sum(month.days[1:])
	total = now + sum(before)
	if total and days_before:
		part = days / (days + days_before)
		evidence = abs(now - total * part) / sqrt(total * part * (1 - part))
		values = {"count": now, "expected": round(sum(before) / days_before * days)}
		yield Finding(RECEIVED, values, int(min(now, sum(before))), evidence)


def _sources(sources: Mapping[str, Mapping[str, float]]) -> Iterator[Finding]:
	won, closed = (sum(f[figure] for f in sources.values()) for figure in ("won", "closed"))
	compared = [
		_compared(SOURCE, {"source": source}, f["won"], f["closed"], won - f["won"], closed - f["closed"])
		for source, f in sources.items()
		if source
	]
	large = [finding for finding in compared if finding.sample >= SMALL_SAMPLE]
	if large:  # the one that stands out most: of two sources each is the other of the other
		yield max(large, key=lambda finding: finding.evidence)


def _objections(objections: Mapping[str, Mapping[str, int]]) -> Iterator[Finding]:
	"""One objection that is heard more than any other."""
	ordered = sorted(objections.items(), key=lambda item: (-item[1]["heard"], item[0]))
	counts = [found["heard"] for _name, found in ordered]
	if len(counts) > 1:
		first, second = counts[:2]
		values = {
			"objection": ordered[0][0],
			"count": first,
			"sample": sum(counts),
			"second": second,
			"next": ordered[1][0],
			"won_back": ordered[0][1]["won_back"],
		}
		yield Finding(OBJECTION, values, sum(counts), (first - second) / sqrt(first + second))


def _quality(quality: Mapping[str, float]) -> Iterator[Finding]:
	if quality:
		with_summary = quality["calls"] - quality["no_summary"]
		yield _below_goal(SUMMARY, {"count": with_summary, "goal": GOAL}, with_summary, quality["calls"])
		in_time = quality["recorded"] - quality["recorded_late"]
		yield _below_goal(RECORDED, {"count": in_time, "goal": GOAL}, in_time, quality["recorded"])
