"""What a status cell says: Call(1), "follow-up", 3, "Won" … as a stage of the procedure, and how it ended."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple, NoReturn

from prospect_mgmt.procedure.saying import Said, _lt
from prospect_mgmt.sheet.cleaning import Unclear, short, text
from prospect_mgmt.sheet.columns import LIKE, plain

STAGE_WORDS = {  # words for the stages that ship, as they stand in the workflow
	"Call": "call|to call|new|open|called|calling|lead|anruf|anrufen|neu|offen|appel|appeler|nouveau|llamada|llamar|"
	"nuevo|ligar|ligacao|chamada|novo|致电|通话|新",
	"Email": "email|e mail|mail|send info|send information|email senden|courriel|correo|correo electronico|邮件|电子邮件",
	"Follow up": "follow up|followup|following up|info sent|nachfassen|suivi|seguimiento|acompanhamento|跟进",
	"Revive": "revive|revival|reactivate|wiederbeleben|reaktivieren|relance|relancer|reactivar|reactivacion|reativar|reativacao|唤醒",
	"Done": "done|closed|complete|completed|finished|erledigt|abgeschlossen|fertig|termine|clos|hecho|listo|cerrado|feito|concluido|完成",
}
OUTCOME_WORDS = {
	"Won": "won|win|sold|sale|converted|customer|gewonnen|verkauft|gagne|vendu|ganado|ganada|vendido|ganho|成交|赢单",
	"Lost": "lost|not interested|rejected|declined|verloren|abgelehnt|perdu|perdido|no interesado|流失|输单|遗失",
	"No response": "no response|no answer|no reply|silent|keine antwort|keine ruckmeldung|pas de reponse|sans reponse|sin respuesta|"
	"sem resposta|无回复|无回应",
	"Unreachable": "unreachable|not reachable|nicht erreichbar|injoignable|ilocalizable|inalcancavel|"
	"incontactavel|联系不上|无法联系",
	"Not a prospect": "not a prospect|no prospect|kein interessent|pas un prospect|no es un prospecto|nao e um prospect|"
	"非潜在客户",
	"Duplicate": "duplicate|dublette|doppelt|doublon|duplicado|duplizieren|dupliquer|duplicar|重复|复制",
	"Spam": "spam|junk|垃圾|垃圾信息|垃圾邮件",
}
OUTCOMES = tuple(OUTCOME_WORDS)
SEVERAL = re.compile(r"([^\W\d]\s*[(（]\s*\d+\s*[)）])\s*(?=\w)")  # Call(1) Email(2)


def _index(words: dict[str, str]) -> dict[str, str]:
	return {plain(word): meaning for meaning, known in words.items() for word in known.split("|")}


_STAGES, _OUTCOMES = _index(STAGE_WORDS), _index(OUTCOME_WORDS)


class Status(NamedTuple):
	"""What a cell says."""

	stage: str
	outcome: str | None = None
	doubt: Said | None = None  # what a person should look at


def read(cell: object, stages: Sequence[str]) -> Status:
	"""The stage in a cell, one of `stages` in the order of the procedure; of several, the furthest. Raises Unclear.

	An outcome in place of a stage means the last stage; an empty cell means the first. A number without a word means a
	stage only where it is all that the cell says: in “Email 3/5” it is a date, or a count.
	"""
	said = text(cell)
	if not said:
		return Status(stages[0])
	if alone := re.fullmatch(r"\W*(\d+)\W*", said):
		return Status(_by_number(alone[1], stages) or _refuse(said, stages))
	parts = [part for part in re.split(r"[,;/|>→+]+", SEVERAL.sub(r"\1,", said)) if part.strip()]
	found = [_one(part, said, stages) for part in parts if _has_words(part)] or [_refuse(said, stages)]
	furthest = max(found, key=lambda status: (stages.index(status.stage), bool(status.outcome)))
	if len(found) == len(parts) or furthest.doubt:
		return furthest
	doubt = _lt("“{0}” has a number that is no status: {1} was taken")
	return furthest._replace(doubt=doubt.format(short(said), furthest.stage))


def label(stage: str, stages: Sequence[str]) -> str:
	"""A stage as it is written in the list, with its number: Call (1)."""
	return f"{stage} ({stages.index(stage) + 1})"


def outcome(cell: object) -> str | None:
	"""The outcome in a cell; None for an empty one. Raises Unclear."""
	said = text(cell)
	if said and plain(said) not in _OUTCOMES:
		raise Unclear(_lt("“{0}” is no outcome: write one of {1}").format(short(said), ", ".join(OUTCOMES)))
	return _OUTCOMES.get(plain(said))


def _one(part: str, said: str, stages: Sequence[str]) -> Status:
	words = plain(re.sub(r"\d+", " ", part))
	number = next(iter(re.findall(r"\d+", part)), None)
	by_number = _by_number(number, stages)
	stage = _meant(words, {**_STAGES, **{plain(stage): stage for stage in stages}})
	if stage in stages:
		doubt = None
		if number and by_number != stage:
			doubt = _lt("“{0}” has the number {1}, but {2} is {3}: {2} was taken").format(
				short(said), number, stage, stages.index(stage) + 1
			)
		return Status(stage, None, doubt)
	ended = _meant(words, _OUTCOMES) or next((_OUTCOMES[w] for w in _ended_in(words)), None)
	if ended:
		return Status(stages[-1], ended)
	return _refuse(said, stages)


def _has_words(part: str) -> bool:
	return bool(plain(re.sub(r"\d+", " ", part)))


def _by_number(number: str | None, stages: Sequence[str]) -> str | None:
	return stages[int(number) - 1] if number and 1 <= int(number) <= len(stages) else None


def _meant(words: str, known: Mapping[str, str]) -> str | None:
	"""What the words mean, also with a typing mistake in them."""
	close = (
		get_close_matches(words, known, n=1, cutoff=LIKE)
		if len(words) > 3 and words not in known
		else [words]
	)
	return known.get(close[0]) if close else None


def _ended_in(words: str) -> list[str]:
	"""`done won` and the like: what follows a word for being done."""
	first, _space, rest = words.partition(" ")
	return [rest] if _STAGES.get(first) == "Done" and rest in _OUTCOMES else []


def _refuse(said: str, stages: Sequence[str]) -> NoReturn:
	choices = ", ".join(label(stage, stages) for stage in stages)
	raise Unclear(_lt("“{0}” is no status: write {1}").format(short(said), choices))
