"""The procedure and the workflow that we ship, as plain rules."""

import json
from datetime import time
from pathlib import Path

from prospect_mgmt.procedure.clock import WorkingCalendar
from prospect_mgmt.procedure.steps import Step

APP = Path(__file__).parents[2] / "prospect_mgmt"
PROCEDURE = json.loads((APP / "setup" / "shipped" / "procedure.json").read_text())
WORKFLOW = json.loads((APP / "prospect_mgmt" / "workflows" / "prospect_procedure.json").read_text())
CALENDAR = WorkingCalendar({day: [(time(9), time(18))] for day in range(5)}, timezone="Europe/Berlin")

_FLAGS = ("in_working_time", "skip_if_responded")
STEPS = [
	Step(name=f"step{at}", **{k: bool(v) if k in _FLAGS else v for k, v in row.items()})
	for at, row in enumerate(PROCEDURE["steps"])
]
