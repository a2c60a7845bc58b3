"""A Prospect List in a spreadsheet comes onto the site: rehearsed first, then imported row by row as it was rehearsed.

`rehearsal` reads the file and says of each row what will become of it; `building` makes the records of a row, which both
it and the import ask; `run` is the job, `undo` takes an import back. Nothing here reads a spreadsheet or judges who is
the same person by rules of its own: those are `prospect_mgmt.sheet` and `prospect_mgmt.procedure`.
"""

from frappe import _

from prospect_mgmt.procedure import saying
from prospect_mgmt.sheet import columns

IMPORT, ROW, COLUMN = "Prospect List Import", "Prospect List Import Row", "Prospect List Import Column"

# Verdicts of the rehearsal.
NEW_LEAD, NEW_ENQUIRY, NOTED, DUPLICATE, LEFT_OUT, CANNOT = (
	"New lead",
	"New enquiry",
	"Noted",  # on their open enquiry: what the row says and the site does not know yet
	"Duplicate",
	"Left out",
	"Cannot be imported",
)
TAKEN_IN = (NEW_LEAD, NEW_ENQUIRY)


def shown(text: str) -> str:
	"""What a spreadsheet says, as it may be shown: the Desk takes < and > in tables for HTML."""
	return text.replace("<", "‹").replace(">", "›")


def in_words(text: str) -> str:
	"""What `sheet` says, in the language of whoever asked for the import."""
	return saying.in_words(text, lambda english: _(english, context=COLUMN))


def label(field: str) -> str:
	"""What the column of a field is called, in the same language."""
	return in_words(saying.Said(columns.LABELS[field]))


def row_id(run: str, line: int) -> str:
	"""The key of a row: what is committed under it is never done twice."""
	return f"{run}-{line:07}"
