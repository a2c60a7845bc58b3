"""The procedure that a list is worked by, from JSON: the one that ships, or one of your own in the same form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any

from prospect_mgmt.procedure.clock import WEEKDAYS, CalendarError, WorkingCalendar
from prospect_mgmt.procedure.standards import Standard
from prospect_mgmt.procedure.steps import Step
from prospect_mgmt.sheet.reading import Unreadable

APP = Path(__file__).parents[1]
SHIPPED = APP / "setup" / "shipped"
WORKFLOW = APP / "prospect_mgmt" / "workflows" / "prospect_procedure.json"
_FLAGS = ("in_working_time", "skip_if_responded")


@dataclass(frozen=True)
class Rules:
	"""One Prospect Procedure, ready to decide by. Its hours are those of the list: a spreadsheet has no timezone."""

	title: str
	steps: tuple[Step, ...]
	calendar: WorkingCalendar
	acknowledge: Standard
	satisfy: Standard
	respond: Standard
	mail_only_in_working_hours: bool
	stages: tuple[str, ...]
	next_stage: Mapping[tuple[str, str], str]  # (stage, workflow action): the stage it leads to

	@property
	def mail_calendar(self) -> WorkingCalendar | None:
		"""The hours in which courtesy notes may go out; None: at any hour."""
		return self.calendar if self.mail_only_in_working_hours else None

	def is_last(self, stage: str) -> bool:
		"""Whether enquiries are closed in this stage."""
		return stage == self.stages[-1]


def load(path: Path | None = None) -> Rules:
	"""The rules in a JSON file (as `procedure.json`, which ships and is the default). Raises Unreadable."""
	try:
		values = json.loads((path or SHIPPED / "procedure.json").read_text(encoding="utf-8"))
		return _rules(values, json.loads(WORKFLOW.read_text(encoding="utf-8")))
	except OSError as problem:
		raise Unreadable(f"The procedure {path} cannot be read: {problem.strerror}.") from None
	except (ValueError, KeyError, TypeError, AttributeError) as problem:
		kind = "" if isinstance(problem, CalendarError) else f"{type(problem).__name__}: "
		raise Unreadable(f"{path} is no procedure: {kind}{problem}") from None


def _rules(values: dict[str, Any], workflow: dict[str, Any]) -> Rules:
	return Rules(
		title=values["title"],
		steps=tuple(_step(at, row) for at, row in enumerate(values["steps"], 1)),
		calendar=_calendar(values),
		acknowledge=_standard(values, "acknowledge"),
		satisfy=_standard(values, "satisfy"),
		respond=_standard(values, "respond"),
		mail_only_in_working_hours=bool(values.get("send_mail_only_in_working_hours")),
		stages=tuple(row["state"] for row in workflow["states"]),
		next_stage={(row["state"], row["action"]): row["next_state"] for row in workflow["transitions"]},
	)


def _step(at: int, row: dict[str, Any]) -> Step:
	known = {f.name for f in fields(Step)} - {"name"}
	values = {k: bool(v) if k in _FLAGS else v for k, v in row.items() if k in known and v is not None}
	return Step(name=f"step{at}", **values)


def _standard(values: dict[str, Any], promise: str) -> Standard:
	return Standard(values.get(f"{promise}_within") or 0, bool(values.get(f"{promise}_in_working_time")))


def _calendar(values: dict[str, Any]) -> WorkingCalendar:
	windows: dict[int, list[tuple[time, time]]] = {}
	for row in values.get("working_hours") or []:
		hours = (_time(row["from_time"]), _time(row["to_time"]))
		windows.setdefault(WEEKDAYS.index(row["weekday"]), []).append(hours)
	return WorkingCalendar(windows)


def _time(said: str) -> time:
	hour, minute, *_seconds = said.split(":")
	return time(int(hour), int(minute))


@cache
def number_series() -> tuple[tuple[tuple[str, str], ...], str]:
	"""The series of lead numbers that ship: rows of (source, series), and the one for all other sources."""
	values = json.loads((SHIPPED / "number_series.json").read_text(encoding="utf-8"))
	return tuple(values["by_source"].items()), values["default"]


@cache
def email_templates() -> tuple[dict[str, Any], ...]:
	"""The e-mail templates that ship."""
	return tuple(json.loads((SHIPPED / "email_templates.json").read_text(encoding="utf-8")))
